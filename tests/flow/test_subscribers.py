"""Nothing lost, nothing doubled: listeners that stall, leave and return while the service is killed under them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
from dataclasses import dataclass, field

import pytest

from program import Place, Running, Serve
from several import kill, workers

LISTENERS = 60
KILLS = 3
STORIES = 60 if not os.environ.get("FEEDER_SOAK") else 600


@dataclass
class Listener:
    """A listener on a raw socket that behaves badly and keeps its last event id, as browsers do."""

    port: int
    random: random.Random
    last: str = ""
    seen: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    async def listen(self, until: int) -> None:
        """Come and go until so many events were seen."""
        while len(self.seen) < until:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                await self._visit(until)
            await asyncio.sleep(self.random.uniform(0, 0.05))

    async def _visit(self, until: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            since = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
            path = "/events" if self.last else "/events?since=earliest"
            writer.write(f"GET {path} HTTP/1.0\r\nHost: x\r\n{since}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.0 200"), head
            leave_after = self.random.choice((1, 3, 10, 1000))
            async with asyncio.timeout(self.random.uniform(0.05, 3)):
                while leave_after and len(self.seen) < until:
                    if self.random.random() < 0.02:
                        await asyncio.sleep(0.3)  # stalls, unread bytes pile up at the server
                    leave_after -= self._take(await reader.readuntil(b"\n\n"))
        finally:
            writer.transport.abort()

    def _take(self, block: bytes) -> bool:
        lines = [line for line in block.decode().split("\n") if line and not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in lines)
        if "id" in fields:
            self.last = fields["id"]
        if fields.get("event") in {"published", "updated"}:
            self.seen.append(fields["id"])
            return True
        if fields.get("event") == "gap":
            self.odd.append(block.decode())
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


async def drop_stories(place: Place, dice: random.Random, killed: asyncio.Event) -> None:
    for number in range(STORIES):
        if number == STORIES // 2:
            await killed.wait()  # however slow the machine is, there is something to tell before and after
        place.drop(
            f"{number:04}.txt", f"date 2026-01-02 Story {number}\n\nIt was story {number}, and it was not the first.\n"
        )
        await asyncio.sleep(dice.uniform(0, 4 / STORIES))


async def kill_and_restart(
    serve: Serve, running: Running, flags: tuple[str, ...], dice: random.Random, killed: asyncio.Event
) -> Running:
    await running.until_log(1)
    for _ in range(KILLS):
        for worker in await workers(running):
            await asyncio.sleep(dice.uniform(0.1, 0.5))
            if worker["pid"] is not None:
                kill(worker["pid"], dice.choice((signal.SIGKILL, signal.SIGTERM)))
        await asyncio.sleep(dice.uniform(0.3, 1.2))
        await running.stop(signal.SIGKILL)
        killed.set()
        running = await serve(*flags)
    return running


@pytest.mark.parametrize("count", ["1", "2"])
async def test_sixty_unruly_listeners_get_every_event_once_in_order_across_kills(
    place: Place, serve: Serve, count: str
) -> None:
    """Of the service, and where several processes serve, of these."""
    dice = random.Random(20260102)
    port = free_port()
    flags = ("--port", str(port), "--workers", count)
    running = await serve(*flags)
    listeners = [Listener(port, random.Random(dice.random())) for _ in range(LISTENERS)]
    async with asyncio.timeout(240), asyncio.TaskGroup() as group:
        killed = asyncio.Event()
        dropping = group.create_task(drop_stories(place, dice, killed))
        killing = group.create_task(kill_and_restart(serve, running, flags, dice, killed))
        for listener in listeners:
            group.create_task(listener.listen(STORIES))
        running = await killing
        await dropping
    events = [event["id"] for event in await running.log()]
    assert [int(cursor.split(".")[1]) for cursor in events] == list(range(1, STORIES + 1))
    assert len({cursor.split(".")[0] for cursor in events}) > 1  # it was killed in the middle
    for listener in listeners:
        assert listener.seen == events
        assert listener.odd == []
