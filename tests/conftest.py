"""The fixtures that many tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from program import COMMAND, PATIENCE_SECONDS, Place, Running, Serve


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
async def serve(place: Place) -> AsyncIterator[Serve]:
    """Starts the service (again); whatever still runs at the end is stopped."""
    started: list[Running] = []

    async def start(*arguments: str, prefix: tuple[str, ...] = ()) -> Running:
        announcement = place.folder / "data" / "instance.json"
        announcement.unlink(missing_ok=True)
        with (place.folder / "log.txt").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *prefix, *COMMAND, "serve", "--port", "0", "--operator", "127.0.0.1:0", *arguments,
                cwd=place.folder, env=place.environment(), stderr=log, stdout=log,
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not announcement.exists():
                assert process.returncode is None, (place.folder / "log.txt").read_text()
                await asyncio.sleep(0.01)
        told = orjson.loads(announcement.read_bytes())
        running = Running(place, process, told["public"], told["operator"], aiohttp.ClientSession())
        started.append(running)
        await running.until(running.ready)
        return running

    yield start
    for running in started:
        await running.session.close()
        if running.process.returncode is None:
            await running.stop()
        said = running.said()
        assert "Traceback" not in said, said
