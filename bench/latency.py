"""From a rename into seeds/ to the event on the stream, and to the feed; beside it the least that can be done.

The limit is a bare loop that is told by inotify, reads the file, commits one row to SQLite with synchronous=FULL
and writes it to a socket: no parsing in a process of its own, no identity, no feeds. Both get the same files at the
same pace, in turn, in one run. Usage: bench/latency.py [files] [files a second]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from asyncinotify import Inotify, Mask

FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 100
PACE = float(sys.argv[2]) if len(sys.argv) > 2 else 20
TEXT = (Path(__file__).parent.parent / "seeds" / "000_39792b1896ac9294.txt").read_text()


def story(number: int) -> str:
    return TEXT.replace("Clashes", f"Clashes {number}", 1)


async def drop(folder: Path, dropped: dict[str, float], prefix: str) -> None:
    """Rename files in at the pace, noting when."""
    for number in range(FILES):
        aside = folder / f".{number}.aside"
        aside.write_text(story(number))
        dropped[f"Clashes {number} "] = time.perf_counter()
        aside.rename(folder / f"{prefix}{number}.txt")
        await asyncio.sleep(1 / PACE)


async def arrivals(reader: asyncio.StreamReader, count: int) -> dict[str, float]:
    """When each story's line came."""
    found: dict[str, float] = {}
    while len(found) < count:
        line = await reader.readline()
        moment = time.perf_counter()
        if line.startswith(b"data:") and b"Clashes " in line:
            start = line.index(b"Clashes ")
            found[line[start : line.index(b" in ", start) + 1].decode()] = moment
    return found


async def limit(folder: Path) -> list[float]:
    seeds = folder / "seeds"
    seeds.mkdir()
    database = sqlite3.connect(folder / "limit.db", isolation_level=None, check_same_thread=False)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a TEXT)")
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)

    async def follow() -> None:
        with Inotify() as inotify:
            inotify.add_watch(seeds, Mask.MOVED_TO)
            async for event in inotify:
                text = event.path.read_text()
                database.execute("INSERT INTO t VALUES (?)", (text,))
                writers[0].write(b"data: " + json.dumps(text).encode() + b"\n\n")

    following = asyncio.create_task(follow())
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], limit=1 << 20)
    while not writers:
        await asyncio.sleep(0.01)
    dropped: dict[str, float] = {}
    _, found = await asyncio.gather(drop(seeds, dropped, "a"), arrivals(reader, FILES))
    following.cancel()
    writer.close()
    server.close()
    return [found[title] - dropped[title] for title in dropped]


async def feeder(folder: Path) -> tuple[list[float], list[float]]:
    (folder / "seeds").mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "feeder", "serve", "--port", "0", "--operator", "127.0.0.1:0", cwd=folder,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        announced = folder / "data" / "instance.json"
        while not announced.exists():
            await asyncio.sleep(0.05)
        told = json.loads(announced.read_text())
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(urllib.request.urlopen, told["operator"] + "/readyz")
                break
            await asyncio.sleep(0.05)
        port = int(told["public"].rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        writer.write(b"GET /events HTTP/1.0\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        dropped: dict[str, float] = {}
        published: dict[str, float] = {}
        watching = asyncio.create_task(watch_feed(folder / "feeds" / "all.json", dropped, published))
        _, found = await asyncio.gather(drop(folder / "seeds", dropped, "a"), arrivals(reader, FILES))
        await watching
        writer.close()
        return (
            [found[title] - dropped[title] for title in dropped],
            [published[title] - dropped[title] for title in dropped],
        )
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def watch_feed(feed: Path, dropped: dict[str, float], published: dict[str, float]) -> None:
    """When each story was in the feed file (looked at every 5 ms)."""
    last = 0.0
    while len(published) < FILES:
        with contextlib.suppress(FileNotFoundError):
            if (changed := os.stat(feed).st_mtime) != last:
                last, moment, text = changed, time.perf_counter(), feed.read_text()
                published |= {title: moment for title in dropped if title not in published and title in text}
        await asyncio.sleep(0.005)


def row(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"| {name} | {statistics.median(seconds) * 1e3:.1f} | {p99 * 1e3:.1f} | {ordered[-1] * 1e3:.1f} |")


async def main() -> None:
    print(f"{FILES} files of {len(TEXT.encode())} bytes at {PACE:g} a second\n")
    print("| from rename to … | p50 ms | p99 ms | max ms |\n|---|---|---|---|")
    for turn in range(2):
        folder = Path(tempfile.mkdtemp(prefix="feeder-bench-"))
        (folder / "limit").mkdir()
        (folder / "feeder").mkdir()
        row(f"limit: line on a socket (run {turn + 1})", await limit(folder / "limit"))
        events, feeds = await feeder(folder / "feeder")
        row(f"feeder: event on the stream (run {turn + 1})", events)
        row(f"feeder: in feeds/all.json (run {turn + 1})", feeds)
        shutil.rmtree(folder)


asyncio.run(main())
