"""Many small articles dropped at once: how fast they are published, how the service answers meanwhile, what it needs.

Then an idle look at the folder, and a restart with all of them known. Beside it the least that a program in Python
can do with the same files: read each, hash it, split it, and put it into SQLite. Usage: bench/bulk.py [articles]
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from processes import at_rest
from service import serving
from stories import FOLDERS, drop, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service import Service

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
WORDS = 210
PATIENCE_SECONDS = 60 + COUNT / 200
PROBE_SECONDS = 0.02
LOOKS = 3
FLOOR_FILES = 20_000


def floor(seeds: Path, count: int) -> float:
    """Articles a second of the least that can be done."""
    database = sqlite3.connect(seeds.parent / "floor.db", isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a, b, c)")
    files = sorted(seeds.rglob("*.txt"))[:count]
    started = time.perf_counter()
    for at in range(0, len(files), 500):
        database.execute("BEGIN")
        for file in files[at : at + 500]:
            raw = file.read_bytes()
            head, *body = raw.decode().split("\n\n")
            database.execute(
                "INSERT INTO t VALUES (?, ?, ?)", (hashlib.sha256(raw).hexdigest(), head, json.dumps(body))
            )
        database.execute("COMMIT")
    database.close()
    return len(files) / (time.perf_counter() - started)


@contextlib.asynccontextmanager
async def probing(service: Service) -> AsyncIterator[list[float]]:
    """How long the service takes to answer, in seconds, asked all the while."""
    found: list[float] = []

    async def probe() -> None:
        while True:
            started = time.perf_counter()
            async with service.session.get(f"{service.public}/feeds/all.json") as answer:
                await answer.read()
            found.append(time.perf_counter() - started)
            await asyncio.sleep(PROBE_SECONDS)

    task = asyncio.create_task(probe())
    try:
        yield found
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] * 1e3


def row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


async def fill(service: Service, started: float) -> None:
    """Until all is published, and what it took."""
    most = 0.0

    def note() -> None:
        nonlocal most
        most = max(most, service.watched.resident()["service"])

    async with probing(service) as lags:
        await service.until_published(COUNT, PATIENCE_SECONDS, note)
        took = time.perf_counter() - started
    row("feeder: published", f"{COUNT / took:.0f} articles/s ({took:.1f} s)")
    each = {part: seconds / COUNT * 1e6 for part, seconds in service.watched.cpu_seconds().items()}
    row("CPU an article: service / workers", f"{each['service']:.0f} / {each['workers']:.0f} us")
    slow = " / ".join(f"{share(lags, part):.1f}" for part in (0.5, 0.99, 1))
    row("answers meanwhile: p50 / p99 / max", f"{slow} ms")
    row("most memory of the service; of the workers", f"{most:.0f}; {service.watched.resident()['workers']:.0f} MB")


async def look(service: Service) -> None:
    """What a look at the folder takes when nothing has changed."""
    await at_rest(service.watched)
    before = service.watched.cpu_seconds()["service"]
    for _ in range(LOOKS):
        await service.look()
    used = (service.watched.cpu_seconds()["service"] - before) / LOOKS
    row(f"CPU of a look at {COUNT} known files", f"{used:.2f} s")


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="feeder-bench-") as name:
        folder = Path(name)
        size = drop(folder / "seeds", COUNT, lambda number: story(number, words=WORDS).seed())
        print(f"{COUNT} articles of {size // COUNT} bytes in {FOLDERS} folders, dropped at once\n")
        print("| what | figure |\n|---|---|")
        row("floor: read, hash, split, SQLite", f"{floor(folder / 'seeds', FLOOR_FILES):.0f} articles/s")
        started = time.perf_counter()
        async with serving(folder, until_ready=False) as service:
            await fill(service, started)
            await look(service)
        started = time.perf_counter()
        async with serving(folder):
            took = time.perf_counter() - started
        row("restart with all known, until ready (the folder is looked through)", f"{took:.1f} s")


asyncio.run(main())
