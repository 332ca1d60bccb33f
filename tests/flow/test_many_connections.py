"""More connections than there can be open files: the service goes on with its work, and whoever is there is served."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

import pytest

from polling import PLAIN
from program import Serve
from wire import Wire, request, wired

ROOM = 100
FEW = ("sh", "-c", 'ulimit -n 200 && exec "$@"', "sh")


async def test_as_many_listen_as_there_is_room_for(serve: Serve) -> None:
    """Half of very few files; who comes then is told when to come back, and who runs it what to do."""
    pytest.importorskip("resource", reason="NOT TESTED: this system has no such limits")
    running = await serve(prefix=FEW)
    (line,) = [line for line in running.said().splitlines() if "fewer can listen" in line]
    assert f'"room": {ROOM}' in line
    async with AsyncExitStack() as stack:
        for number in range(ROOM + 2):
            wire = await stack.enter_async_context(wired(urlsplit(running.url).port or 0))
            wire.writer.write(request("GET", "/events"))
            async with asyncio.timeout(10):
                await wire.reader.readuntil(b"event: " + (b"checkpoint" if number < ROOM else b"busy"))


async def test_connections_leave_files_for_the_work(serve: Serve) -> None:
    pytest.importorskip("resource", reason="NOT TESTED: this system has no such limits")
    running = await serve(prefix=FEW)
    port, there = urlsplit(running.url).port or 0, list[Wire]()
    async with AsyncExitStack() as stack:
        for _ in range(300):
            wire = await stack.enter_async_context(wired(port))
            with suppress(EOFError, ConnectionError):
                if (await wire.ask(PLAIN)).status == 200:
                    there.append(wire)
        assert 50 < len(there) < 150
        running.place.drop("storm.txt", "date 2026-03-01 A storm\n\nIt rained.\n")

        async def is_shown() -> bool:
            return b"A storm" in (await there[0].ask(request("GET", "/feeds/all.json"))).body

        await running.until(is_shown)
        assert await running.ready()
        metrics = (await running.get(f"{running.operator}/metrics"))[1].decode().splitlines()
        assert f"feeder_connections_refused_total {300 - len(there)}.0" in metrics

    async def is_let_in() -> bool:
        with suppress(EOFError, ConnectionError):
            async with wired(port) as wire:
                return (await wire.ask(PLAIN)).status == 200
        return False

    await running.until(is_let_in)
