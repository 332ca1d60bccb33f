"""A `feeder serve` of its own for a benchmark: started, asked, listened to and ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING

import aiohttp
from processes import FailedError, Watched, last_line, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

FEEDER = [sys.executable, "-m", "feeder"]
START_SECONDS = 60
LOOK_SECONDS = 0.002


class Service:
    """A running service, by its addresses and its processes."""

    def __init__(self, session: aiohttp.ClientSession, told: dict[str, str], watched: Watched) -> None:
        self.session = session
        self.public, self.operator = told["public"], told["operator"]
        self.watched = watched

    async def counted(self, name: str) -> float:
        """One of its counters."""
        async with self.session.get(f"{self.operator}/metrics") as answer:
            text = await answer.text()
        return next((float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)

    async def is_ready(self) -> bool:
        async with self.session.get(f"{self.operator}/readyz") as answer:
            return answer.status == 200

    async def ask_to_look(self) -> None:
        """Ask for a look at the whole folder."""
        headers = {"X-Feeder": "bench", "Content-Type": "application/json"}
        async with self.session.post(f"{self.operator}/look", headers=headers) as answer:
            answer.raise_for_status()

    async def look(self) -> None:
        """Have the folder looked at as a whole; returns when that is done."""
        before = await self.counted("feeder_looks_total")
        await self.ask_to_look()
        async with asyncio.timeout(START_SECONDS):
            while await self.counted("feeder_looks_total") <= before:
                await asyncio.sleep(0.02)

    async def until_published(self, count: int, patience_seconds: float, each: Callable[[], None] = bool) -> None:
        """Wait for the log to be so long.

        Raises:
            FailedError: it was not in time.
        """
        newest, give_up = 0.0, time.monotonic() + patience_seconds
        while time.monotonic() < give_up:
            newest = await self.counted("feeder_stream_head")
            each()
            if newest >= count:
                return
            await asyncio.sleep(0.1)
        raise FailedError(f"only {newest:.0f} of {count} were published in {patience_seconds:.0f} s")

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.StreamReader]:
        """A bare connection to the stream, after the answer's head."""
        host, _, port = self.public.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 20)
        try:
            writer.write(b"GET /events HTTP/1.0\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            yield reader
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def serving(folder: Path, *, until_ready: bool = True) -> AsyncIterator[Service]:
    """A service in a folder (`seeds/` there is its own), on free ports; it is ready, or at least answers.

    Raises:
        FailedError: it was not in time.
    """
    announced, log = folder / "data" / "instance.json", folder / "serve.log"
    announced.unlink(missing_ok=True)
    command = [*FEEDER, "serve", "--port", "0", "--operator", "127.0.0.1:0"]
    async with (
        running(command, folder, log) as process,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=START_SECONDS)) as session,
    ):
        try:
            async with asyncio.timeout(START_SECONDS):
                while not announced.exists():
                    if process.returncode is not None:
                        raise FailedError(f"exit {process.returncode}: {last_line(log)}")
                    await asyncio.sleep(0.02)
                service = Service(session, json.loads(announced.read_text()), Watched(process.pid))
                while until_ready and not await service.is_ready():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise FailedError(f"not up in {START_SECONDS} s: {last_line(log)}") from None
        yield service


async def arrivals(reader: asyncio.StreamReader, marks: Iterable[str]) -> dict[str, float]:
    """When an event came with each of these marks in its title."""
    found: dict[str, float] = {}
    missing = set(marks)
    while missing:
        line = await reader.readline()
        moment = time.perf_counter()
        if not line:
            raise FailedError("the stream ended")
        if line.startswith(b"data:") and isinstance(title := json.loads(line[5:]).get("title"), str):
            mark = title.rpartition(" ")[2]
            if mark in missing:
                missing.discard(mark)
                found[mark] = moment
    return found


async def sightings(feed: Path, marks: Iterable[str]) -> dict[str, float]:
    """When each of these marks was in a feed file, which is looked at every 2 ms."""
    found: dict[str, float] = {}
    missing, last = set(marks), None
    while missing:
        with contextlib.suppress(FileNotFoundError):
            told = feed.stat()
            look = (told.st_mtime_ns, told.st_size, told.st_ino)
            if look != last:
                last, text, moment = look, feed.read_text(errors="replace"), time.perf_counter()
                seen = {mark for mark in missing if mark in text}
                missing -= seen
                found |= dict.fromkeys(seen, moment)
        await asyncio.sleep(LOOK_SECONDS)
    return found
