"""One more article among many: how long until it is in the feed, of feeder and of three makers of static sites.

All get the same Markdown files. First everything is built from nothing. Then one more article is renamed into the
folder and the build is run again, until it is over and the feed has the article. Last, the program stays and watches
the folder itself: from the rename until the article is in the feed file (feeder: and on the stream). The programs
take turns, all in one run. Each is the command of its name, or what the environment says: HUGO, PELICAN, ELEVENTY;
one that is not there gets a row that says so. Usage: bench/peers.py [articles] [repetitions] [first builds]
"""

# ruff: noqa: RUF001 (the sign for "times")

from __future__ import annotations

import asyncio
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from processes import FailedError, Run, Watched, at_rest, last_line, run, running
from service import arrivals, serving, sightings
from sites import ENTRIES, Program, programs
from stories import Story, fresh, mark, story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
REPEATS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
BUILDS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
PATIENCE_SECONDS = 60 + COUNT / 25


class Site:
    """The site of one program: the same articles as those of all others, and its figures so far."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.log = folder / "bench.log"
        self.feed = folder / program.feed
        self.failure = "" if program.is_installed else "not installed"
        self.next = COUNT
        self.builds: list[Run] = []
        self.rebuilds: list[Run] = []
        self.sights: list[float] = []
        self.events: list[float] = []
        self.watch_megabytes = 0.0

    @property
    def version(self) -> str:
        found = subprocess.run(
            [*self.program.command, *self.program.version], capture_output=True, text=True, timeout=60, check=False
        )
        words = found.stdout.split()
        return next((word for word in words if word.lstrip("v")[:1].isdigit()), "?").lstrip("v")

    def prepare(self) -> None:
        """Write the settings and all articles."""
        for name, text in self.program.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        articles = self.folder / self.program.articles
        articles.mkdir(parents=True, exist_ok=True)
        for number in range(COUNT):
            _write(articles / f"{number:06}.md", story(number))

    def one_more(self) -> tuple[str, float]:
        """Rename one more article in; gives its mark and the moment."""
        number, self.next = self.next, self.next + 1
        aside = self.folder / "aside.md"
        _write(aside, fresh(number))
        started = time.perf_counter()
        aside.rename(self.folder / self.program.articles / f"{number:06}.md")
        return mark(number), started

    async def build_all(self) -> None:
        for made in self.program.made:
            shutil.rmtree(self.folder / made, ignore_errors=True)
        self.builds.append(await self._build())
        text = self.feed.read_text() if self.feed.exists() else ""
        if (shown := len(re.findall(r"<(?:entry|item)\b", text))) != min(COUNT, ENTRIES):
            raise FailedError(f"{self.program.feed} has {shown} articles")

    async def build_one_more(self) -> None:
        wanted, _ = self.one_more()
        self.rebuilds.append(await self._build())
        if wanted not in self.feed.read_text():
            raise FailedError("the article is not in the feed after the build")

    async def _build(self) -> Run:
        return await run([*self.program.command, *self.program.build], self.folder, self.log, PATIENCE_SECONDS)

    async def watch(self) -> None:
        """Have the program watch, and give it one article after the other, each when it is at rest."""
        command = [*self.program.command, *self.program.watch]
        async with running(command, self.folder, self.log) as process:
            watched = Watched(process.pid)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.program.ready not in self.log.read_text(errors="replace"):
                    if process.returncode is not None:
                        raise FailedError(f"exit {process.returncode}: {last_line(self.log)}")
                    await asyncio.sleep(0.05)
                await at_rest(watched)
            for repeat in range(REPEATS + 1):
                seconds = await self._see_one_more()
                if repeat:  # the first one warms up
                    self.sights.append(seconds)
                await at_rest(watched)  # the feed may be written before the rest is
            self.watch_megabytes = watched.peak()

    async def _see_one_more(self) -> float:
        wanted, started = self.one_more()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS / 4):
                return (await sightings(self.feed, [wanted]))[wanted] - started
        except TimeoutError:
            raise FailedError(f"an article was not in the feed in {PATIENCE_SECONDS / 4:.0f} s") from None

    async def serve(self) -> None:
        """The same for feeder, which has a stream too."""
        async with serving(self.folder) as service, service.listening() as reader:
            for repeat in range(REPEATS + 1):
                wanted, started = self.one_more()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    came, seen = await asyncio.gather(arrivals(reader, [wanted]), sightings(self.feed, [wanted]))
                if repeat:
                    self.events.append(came[wanted] - started)
                    self.sights.append(seen[wanted] - started)
                await at_rest(service.watched)
            self.watch_megabytes = service.watched.peak()


def _write(path: Path, made: Story) -> None:
    path.write_text(made.markdown())


async def measure(sites: list[Site]) -> None:
    """All programs in turn; one that fails is left out from there on."""
    for number in range(BUILDS):
        for site in sites:
            await attempt(site, site.build_all, f"first build {number + 1} of {BUILDS}")
    for number in range(REPEATS):
        for site in sites:
            await attempt(site, site.build_one_more, f"one more article {number + 1} of {REPEATS}")
    for site in sites:
        await attempt(site, site.serve if site.program.name == "feeder" else site.watch, "watching")


async def attempt(site: Site, step: Callable[[], Awaitable[None]], what: str) -> None:
    if site.failure:
        return
    print(f"{site.program.name}: {what}", file=sys.stderr)
    try:
        await step()
    except (FailedError, TimeoutError) as error:
        site.failure = f"failed at {what}: {str(error) or 'took too long'}"


def row(name: str, seconds: list[float], yardstick: float, rest: str) -> str:
    if not seconds:
        return f"| {name} | | | | | {rest} |"
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"| {name} | {low:.3f} | {middle:.3f} | {high:.3f} | {middle / yardstick:.3g} | {rest} |"


def of_runs(name: str, runs: list[Run], yardstick: float) -> str:
    cpu, most = statistics.median(run.cpu_seconds for run in runs), max(run.megabytes for run in runs)
    return row(name, [run.seconds for run in runs], yardstick, f"{cpu:.2f} | {most:.0f}")


def first_builds(sites: list[Site]) -> Iterator[str]:
    yield f"| first build of {COUNT} articles | min s | median s | max s | × feeder | CPU s | peak MB |"
    yield "|---|---|---|---|---|---|---|"
    yardstick = statistics.median([run.seconds for run in sites[0].builds] or [math.nan])
    for site in sites:
        if site.builds:
            yield of_runs(called(site, site.program.build_name), site.builds, yardstick)
        if site.failure:
            yield row(site.program.name, [], yardstick, f"{site.failure} |")


def one_more(sites: list[Site]) -> Iterator[str]:
    yield f"| one more article among {COUNT} is in the feed | min s | median s | max s | × feeder | CPU s | peak MB |"
    yield "|---|---|---|---|---|---|---|"
    yardstick = statistics.median(sites[0].sights or [math.nan])
    for site in sites:
        program = site.program
        if site.events:
            yield row("feeder serve: event on the stream", site.events, yardstick, "|")
        if site.sights:
            name = called(site, program.watch_name)
            yield row(name, site.sights, yardstick, f"| {site.watch_megabytes:.0f}")
        if site.rebuilds:
            yield of_runs(called(site, program.build_name), site.rebuilds, yardstick)
        if site.failure:
            yield row(program.name, [], yardstick, f"{site.failure} |")


def called(site: Site, how: str) -> str:
    return f"{site.program.name} {how}"


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="feeder-bench-") as name:
        sites = [Site(program, Path(name) / program.name) for program in programs()]
        there = [site for site in sites if not site.failure]
        for site in there:
            site.prepare()
        size = sum(len(story(number).markdown().encode()) for number in range(min(COUNT, 500))) / min(COUNT, 500)
        print(f"{COUNT} articles of {size:.0f} bytes; {', '.join(f'{s.program.name} {s.version}' for s in there)}")
        print(f"{os.cpu_count()} cores, {platform.system()}, load average {load()} before", end="", flush=True)
        await measure(sites)
        print(f" and {load()} after\n")
        print(*first_builds(sites), "", *one_more(sites), sep="\n")


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


asyncio.run(main())
