"""From a rename into seeds/ to the event on the stream, and to the feed; beside it the least that can be done.

The limit is a bare loop that is told by inotify, reads the file, commits one row to SQLite with synchronous=FULL
and writes it to a socket: no parsing in a process of its own, no identity, no feeds, nothing stored before. Both get
files of the same kind at the same pace, in turn, in one run. With a third number, feeder has taken in so many
articles before; their files lie in the folder, and the whole of it is looked at in the middle of the last run.
Usage: bench/latency.py [files] [files a second] [stored before]
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from asyncinotify import Inotify, Mask
from processes import at_rest
from service import Service, arrivals, serving, sightings
from stories import drop, mark, story

FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 100
PACE = float(sys.argv[2]) if len(sys.argv) > 2 else 20
STORED = int(sys.argv[3]) if len(sys.argv) > 3 else 0
TURNS = 2
PATIENCE_SECONDS = 60 + 2 * FILES / PACE
FILL_SECONDS = 60 + STORED / 200


def numbers(turn: int) -> range:
    return range(STORED + turn * FILES, STORED + (turn + 1) * FILES)


async def rename_in(folder: Path, turn: int) -> dict[str, float]:
    """Rename files in at the pace; gives when."""
    moments: dict[str, float] = {}
    for number in numbers(turn):
        aside = folder / f".{number}.aside"
        aside.write_text(story(number).seed())
        moments[mark(number)] = time.perf_counter()
        aside.rename(folder / f"fresh {number}.txt")
        await asyncio.sleep(1 / PACE)
    return moments


async def limit(folder: Path, turn: int) -> list[float]:
    seeds = folder / "seeds"
    seeds.mkdir(parents=True)
    database = sqlite3.connect(folder / "limit.db", isolation_level=None, check_same_thread=False)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a TEXT)")
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)

    async def follow() -> None:
        with Inotify() as inotify:
            inotify.add_watch(seeds, Mask.MOVED_TO)
            async for event in inotify:
                text = (seeds / str(event.name)).read_text()
                database.execute("INSERT INTO t VALUES (?)", (text,))
                title = text.partition("\n")[0]
                writers[0].write(b"data: " + json.dumps({"title": title, "text": text}).encode() + b"\n\n")

    following = asyncio.create_task(follow())
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], limit=1 << 20)
    while not writers:
        await asyncio.sleep(0.01)
    dropped, found = await asyncio.gather(rename_in(seeds, turn), arrivals(reader, map(mark, numbers(turn))))
    following.cancel()
    writer.close()
    server.close()
    database.close()
    return [found[each] - moment for each, moment in dropped.items()]


async def look_halfway(service: Service, turn: int) -> None:
    """In the last turn: what the service does every half minute falls into the few seconds that are measured."""
    if turn == TURNS - 1:
        await asyncio.sleep(FILES / PACE / 2)
        await service.ask_to_look()


async def feeder(service: Service, folder: Path, turn: int) -> tuple[list[float], list[float]]:
    marks = [mark(number) for number in numbers(turn)]
    async with service.listening() as reader:
        dropped, found, seen, _ = await asyncio.gather(
            rename_in(folder / "seeds", turn),
            arrivals(reader, marks),
            sightings(folder / "feeds" / "all.json", marks),
            look_halfway(service, turn),
        )
    return (
        [found[each] - moment for each, moment in dropped.items()],
        [seen[each] - moment for each, moment in dropped.items()],
    )


def row(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"| {name} | {statistics.median(seconds) * 1e3:.1f} | {p99 * 1e3:.1f} | {ordered[-1] * 1e3:.1f} |", flush=True
    )


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="feeder-bench-") as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        drop(folder / "seeds", STORED, lambda number: story(number).seed())
        size = statistics.mean(len(story(number).seed().encode()) for number in numbers(0))
        async with serving(folder, until_ready=False) as service:
            await service.until_published(STORED, FILL_SECONDS)
            await at_rest(service.watched)
            print(f"{FILES} files of {size:.0f} bytes at {PACE:g} a second, {STORED} articles stored before\n")
            print("| from rename to … | p50 ms | p99 ms | max ms |\n|---|---|---|---|")
            for turn in range(TURNS):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    row(f"limit: line on a socket (run {turn + 1})", await limit(folder / f"limit {turn}", turn))
                async with asyncio.timeout(PATIENCE_SECONDS):
                    events, feeds = await feeder(service, folder, turn)
                run = f"run {turn + 1}" + (", with a look at the whole folder" if turn == TURNS - 1 else "")
                row(f"feeder: event on the stream ({run})", events)
                row(f"feeder: in feeds/all.json ({run})", feeds)


asyncio.run(main())
