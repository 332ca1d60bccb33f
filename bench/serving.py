"""How many polls of a feed a second: of feeder, and of nginx, Starlette and Node with the same bytes.

feeder is the real service: a store of 50 articles, their RSS feed of about 100 KB. It is asked for it once, and all
others are given the same bytes, nginx on disk (packed beforehand), the others in memory. Each server has one core, wrk
with one thread and 64 connections another; the servers take turns, and each figure is compared with nginx's of the
same round. Three polls are measured: of who has the feed (304), the same with other header lines each time (so that
nothing remembered of the lines helps), and of who has it not and takes gzip (200). A server that is not there gets a
row that says so: the commands are nginx, node and wrk or what NGINX, NODE and WRK name; Starlette with uvicorn is
looked for in the Python that STARLETTE names, or this one. Usage: bench/serving.py [seconds a measurement] [rounds]
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import platform
import re
import shutil
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from peers_of_serving import Peer, peers
from processes import Watched, last_line, running
from service import serving
from sites import named
from stories import drop, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
ARTICLES, WORDS = 50, 225
CONNECTIONS = 64
FEED = "/feeds/all.rss"
START_SECONDS = 30
OTHER_LINES = """\
local made, at = {}, 0
init = function()
  for number = 1, 20000 do
    wrk.headers["User-Agent"] = "reader " .. number
    made[number] = wrk.format()
  end
end
request = function() at = at % #made + 1; return made[at] end
"""
GZIP = {"Accept-Encoding": "gzip"}


@dataclass
class Server:
    """One of those compared: where it listens, what it is asked, and its figures so far."""

    name: str
    failure: str = ""
    url: str = ""
    etag: str = ""
    watched: Watched | None = None
    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)


def cores() -> tuple[set[int], set[int]]:
    """A core for the servers and another one for wrk; the same if there is only one."""
    there = sorted(os.sched_getaffinity(0))
    return {there[0]}, {there[-1]}


def pin(pid: int, core: set[int]) -> None:
    """Keep all threads of a process, and those it starts from now on, on one core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            os.sched_setaffinity(int(task.name), core)


async def asked(url: str, headers: dict[str, str]) -> tuple[int, bytes, str]:
    """Status, bytes as sent, and tag."""
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(url, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), answer.headers.get("ETag", "")


@contextlib.asynccontextmanager
async def started(peer: Peer, folder: Path, raw: bytes) -> AsyncIterator[Server]:
    """A peer that serves the feed's bytes on a free port."""
    server = Server(peer.name, peer.missing())
    if server.failure:
        yield server
        return
    folder.mkdir()
    port = free_port()
    peer.prepare(folder, raw, port)
    async with running(peer.command(folder), folder, folder / "log") as process:
        server.url = f"http://127.0.0.1:{port}{FEED}"
        give_up = time.monotonic() + START_SECONDS
        while not await is_up(server) and process.returncode is None and time.monotonic() < give_up:
            await asyncio.sleep(0.05)
        if not server.etag:
            server.failure = f"not up: {last_line(folder / 'log')}"
        server.watched = Watched(process.pid)
        yield server


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def is_up(server: Server) -> bool:
    try:
        _, _, server.etag = await asked(server.url, GZIP)
    except aiohttp.ClientError:
        return False
    return True


async def check(server: Server, raw: bytes) -> None:
    """See that it says what all say: the same bytes packed, and 304 to its own tag."""
    if server.failure:
        return
    status, body, tag = await asked(server.url, GZIP)
    if status != 200 or body[:2] != b"\x1f\x8b" or gzip.decompress(body) != raw:
        server.failure = f"gives {status} and {len(body)} bytes"
    elif (again := await asked(server.url, GZIP | {"If-None-Match": tag}))[:2] != (304, b""):
        server.failure = f"gives {again[0]} to its own tag"


async def measure(server: Server, kind: str, headers: dict[str, str], script: Sequence[str] = ()) -> None:
    """Ask as fast as it answers; adds to its rates (a second) and costs (CPU, µs a request)."""
    if server.watched is None or server.failure:
        return
    serves, asks = cores()
    for pid in (server.watched.pid, *server.watched.children()):
        pin(pid, serves)
    lines = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    before = sum(server.watched.cpu_seconds().values())
    process = await asyncio.create_subprocess_exec(
        *named("WRK", "wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *lines, *script, server.url,
        stdout=asyncio.subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, asks),
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    used = sum(server.watched.cpu_seconds().values()) - before
    total = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if process.returncode or not total or not rate or "Socket errors" in output or "Non-2xx" in output:
        server.failure = f"failed at {kind}: {' '.join(output.split())[-100:] or 'wrk'}"
        return
    server.rates.setdefault(kind, []).append(float(rate[1]))
    server.costs.setdefault(kind, []).append(used / max(int(total[1]), 1) * 1e6)


def table(servers: list[Server], kind: str) -> list[str]:
    yardstick = next((s.rates[kind] for s in servers if s.name == "nginx" and kind in s.rates), [])
    lines = [
        f"| {kind} | a second: median (min-max) | of nginx: median (min-max) | CPU us a request |",
        "|---|---|---|---|",
    ]
    for server in servers:
        if server.failure or kind not in server.rates:
            lines.append(f"| {server.name} | {server.failure or 'not measured'} | | |")
            continue
        rates = server.rates[kind]
        ratios = [one / other for one, other in zip(rates, yardstick, strict=False)]
        cost = statistics.median(server.costs[kind])
        lines.append(f"| {server.name} | {spread(rates, ',.0f')} | {spread(ratios, '.2f')} | {cost:.1f} |")
    return [*lines, ""]


def spread(figures: list[float], form: str) -> str:
    if not figures:
        return ""
    return f"{statistics.median(figures):{form}} ({min(figures):{form}}-{max(figures):{form}})"


async def main() -> None:
    if shutil.which(named("WRK", "wrk")[0]) is None:
        print("| feeder | not measured: wrk is not installed | | |")
        return
    with tempfile.TemporaryDirectory(prefix="feeder-bench-") as name:
        folder = Path(name)
        drop(folder / "feeder" / "seeds", ARTICLES, lambda number: story(number, words=WORDS).seed())
        (folder / "other.lua").write_text(OTHER_LINES)
        async with serving(folder / "feeder") as service, contextlib.AsyncExitStack() as stack:
            await service.until_published(ARTICLES, START_SECONDS)
            feeder = Server("feeder", url=service.public + FEED, watched=service.watched)
            raw = await settled(feeder)
            others = [await stack.enter_async_context(started(peer, folder / peer.name, raw)) for peer in peers()]
            await compare([feeder, *others], raw, ["-s", str(folder / "other.lua")])


async def compare(servers: list[Server], raw: bytes, script: list[str]) -> None:
    """Measure all in turn, and print the tables."""
    for server in servers:
        await check(server, raw)
    packed = len((await asked(servers[0].url, GZIP))[1])
    print(f"a feed of {len(raw):,} bytes, {packed:,} by gzip; {os.cpu_count()} cores, {platform.system()}, ", end="")
    print(f"load average {os.getloadavg()[0]:.1f} before", end="", flush=True)
    for _ in range(ROUNDS):
        for server in servers:
            known = GZIP | {"If-None-Match": server.etag}
            await measure(server, "304", known)
            await measure(server, "304, other lines each time", known, script)
            await measure(server, "200 gzip", GZIP)
    print(f" and {os.getloadavg()[0]:.1f} after\n")
    for kind in servers[0].rates:
        print(*table(servers, kind), sep="\n")


async def settled(feeder: Server) -> bytes:
    """The feed once it shows all articles; notes its tag by gzip."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            raw = (await asked(feeder.url, {"Accept-Encoding": "identity"}))[1]
            if raw.count(b"<item>") == ARTICLES:
                _, _, feeder.etag = await asked(feeder.url, GZIP)
                return raw
            await asyncio.sleep(0.1)


asyncio.run(main())
