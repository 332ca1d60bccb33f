"""Several processes behind one address: which of them answers a connection, as the system says it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from live import until
from program import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from typing import Any

    from program import Running


async def workers(running: Running) -> list[dict[str, Any]]:
    """What the operator is told of the workers."""
    found: list[dict[str, Any]] = orjson.loads(
        (await running.get(running.operator + "/status", Accept="application/json"))[1]
    )["workers"]
    return found


async def pids(running: Running, count: int = 2) -> list[int]:
    """The processes of the workers, once so many are up."""

    async def up() -> list[int] | None:
        found = [one["pid"] for one in await workers(running) if one["up"]]
        return found if len(found) == count else None

    found: list[int] = await running.until(up)
    return found


def is_there(pid: int) -> bool:
    """Whether a process lives; one that ended and was not asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


async def until_gone(*gone: int) -> None:
    await until(lambda: not any(map(is_there, gone)))


def _inode(ours: int, theirs: int) -> str:
    """The server's side of a connection between two ports of this machine; 0 before it is taken."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, inode = (line.split()[number] for number in (1, 2, 9))
        if int(local[-4:], 16) == theirs and int(remote[-4:], 16) == ours:
            return inode
    return "0"


def _has(pid: int, inode: str) -> bool:
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(one.readlink()) == f"socket:[{inode}]":
                    return True
    return False


@dataclass
class Line:
    """One connection, and the process that answers it."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: Any) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection that stays."""
        given = {"Host": "x", "Content-Length": str(len(body))} if body else {"Host": "x"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        async with asyncio.timeout(PATIENCE_SECONDS):
            status, *told = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in told)}
            length = int(fields.get("content-length", 0))
            return int(status.split()[1]), fields, await self.reader.readexactly(length)


@asynccontextmanager
async def connected(running: Running, of: Collection[int]) -> AsyncIterator[list[Line]]:
    """A connection to each of these processes, in their order."""
    found = await _lines(running, of)
    try:
        yield [found[pid] for pid in of]
    finally:
        for line in found.values():
            line.writer.transport.abort()


async def _lines(running: Running, of: Collection[int]) -> dict[int, Line]:
    port, found = urlsplit(running.url).port or 0, {}
    for _ in range(200):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ours = writer.get_extra_info("sockname")[1]
        await until(lambda ours=ours: _inode(ours, port) != "0")  # type: ignore[misc]
        inode = _inode(ours, port)
        pid = next((pid for pid in of if pid not in found and _has(pid, inode)), None)
        if pid is None:
            writer.transport.abort()
        else:
            found[pid] = Line(pid, reader, writer)
        if len(found) == len(of):
            return found
    raise AssertionError(f"only {sorted(found)} of {sorted(of)} were met")


@dataclass
class Listener:
    """A listener on the stream that comes back with its last id whenever its connection ends."""

    running: Running
    line: Line | None = None
    last: str = ""
    seen: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    visits: int = 0

    async def listen(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._visit()
            await asyncio.sleep(0.02)

    async def _visit(self) -> None:
        line, self.line = self.line, None
        if line is None:
            port = urlsplit(self.running.url).port
            line = Line(0, *await asyncio.open_connection("127.0.0.1", port))
        try:
            since = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
            line.writer.write(f"GET /events HTTP/1.0\r\nHost: x\r\n{since}\r\n".encode())
            head = await line.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.0 200"), head
            self.visits += 1
            while True:
                self._take(await line.reader.readuntil(b"\n\n"))
        finally:
            line.writer.transport.abort()

    def _take(self, block: bytes) -> None:
        said = [line for line in block.decode().split("\n") if line and not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in said)
        self.last = fields.get("id", self.last)
        self.told.append(fields.get("event", ""))
        if fields.get("event") == "published":
            self.seen.append(fields["id"])


@asynccontextmanager
async def listening(running: Running, *to: Line | None) -> AsyncIterator[list[Listener]]:
    """A listener for each connection (None: any), once all of them are there."""
    found = [Listener(running, line) for line in to]
    tasks = [asyncio.create_task(one.listen()) for one in found]
    try:
        await until(lambda: all(one.told for one in found))
        yield found
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
