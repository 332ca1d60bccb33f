"""From the commit of an article to all documents of its feeds, in all formats and codings, on the disk and served.

The road out alone, in one process: a real store, a real folder, no parsing and no sockets. Every article goes to the
feed of everything and to one section, and both show fifty full articles. Then what each step takes by itself; and with
articles stored before, what the archive's pages take that are written behind.
Usage: bench/publishing.py [changes] [stored before, in hundreds of articles] [sections]
"""

from __future__ import annotations

import asyncio
import gc
import html
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop
from stories import story

from feeder.codings import CODINGS
from feeder.model import Article, Feed, Seed
from feeder.publish import Publisher, installed_renderers
from feeder.publish.check import Contents, check
from feeder.publish.document import front_edition
from feeder.publish.folder import settle, stage
from feeder.publish.press import Press
from feeder.render import Head, Site
from feeder.store import Store, Take, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.publish.document import Edition
    from feeder.render import Renderer

CHANGES = int(sys.argv[1]) if len(sys.argv) > 1 else 50
STORED = 100 * (int(sys.argv[2]) if len(sys.argv) > 2 else 10)
SECTIONS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
FULL_WORDS, WORDS = 780, 210
FULL = 60
PAUSE_SECONDS = 0.4
BATCH = 1000
ROUNDS = 15
SITE = Site(title="The Paper", base_url="https://news.example", language="en")
EVERYTHING = Feed(name="all", title="The Paper")
START = datetime(2026, 1, 1, tzinfo=UTC)


def article(number: int, section: int, words: int) -> Article:
    text = story(number, words=words)
    name = f"Desk {section}"
    return Article(
        id=f"urn:x:{number}",
        own_id=True,
        slug=f"story-{number}",
        title=text.title,
        summary=text.paragraphs[0],
        html="".join(f"<p>{html.escape(one, quote=False)}</p>" for one in text.paragraphs),
        text="\n\n".join(text.paragraphs),
        published=START + timedelta(minutes=number),
        section=name,
        sections=(name.lower().replace(" ", "-"),),
        keywords=text.tags,
        language="en",
        content_key=str(number),
        digest=str(number),
        format="seed",
    )


def take(one: Article) -> Take:
    return Take(seed=Seed(f"{one.slug}.txt", 1, 1, 1, 1), sha256=one.digest, format="seed", articles=(one,))


async def fill(store: Store) -> None:
    """The last ones are full articles of the section that is measured; each section has whole hundreds."""
    for first in range(0, STORED, BATCH):
        numbers = range(first, min(first + BATCH, STORED))
        takes = [
            take(article(number, 0, FULL_WORDS if number >= STORED - FULL else WORDS))
            if number >= STORED - FULL
            else take(article(number, number // 100 % SECTIONS, WORDS))
            for number in numbers
        ]
        await store.accept(takes, now=START + timedelta(days=300), limit=BATCH)


class Lag:
    """How long the loop did not answer, looked at every millisecond."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self.seconds.append(time.perf_counter() - began - 0.001)


async def changes(store: Store, publisher: Publisher) -> tuple[list[float], list[float], list[float]]:
    """The seconds from each commit to the documents of ``all`` and to those of both feeds, and the loop's lags."""
    alone, both, lag = [], [], Lag()
    with publisher.bell.listen() as bell:
        await bell.wait()
        for number in range(STORED, STORED + CHANGES):
            one = article(number, 0, FULL_WORDS)
            await asyncio.sleep(PAUSE_SECONDS)
            watching = asyncio.create_task(lag.watch())
            await store.accept([take(one)], now=START + timedelta(days=301, minutes=number))
            began = time.perf_counter()
            waiting = {"all", "desk-0"}
            while waiting:
                shown = {name for name in waiting if is_shown(publisher, name, one)}
                alone += [time.perf_counter() - began] * ("all" in shown)
                waiting -= shown
                if waiting:
                    await bell.wait(5)
            both.append(time.perf_counter() - began)
            watching.cancel()
    return alone, both, lag.seconds


def is_shown(publisher: Publisher, name: str, one: Article) -> bool:
    """A feed is served in all of its formats at once."""
    document = publisher.document(name, "json")
    return document is not None and one.id.encode() in document.body


def row(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"| {name} | {statistics.median(seconds) * 1e3:.2f} | {p99 * 1e3:.2f} | {ordered[-1] * 1e3:.2f} |", flush=True
    )


def timed(work: Callable[..., object], *given: object) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work(*given)
        found.append(time.perf_counter() - began)
    return found


async def steps(store: Store, folder: Path) -> None:
    """What one document takes, step by step."""
    asked = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        front = await store.front(None, EVERYTHING.entries, 100)
        asked.append(time.perf_counter() - began)
    assert front.last is not None
    head = Head(site=SITE, feed=EVERYTHING, updated=front.last.at, cursor=front.last.cursor, previous=1)
    row("ask the store for the front", asked)
    edition = front_edition(head, front)
    for suffix, renderer in installed_renderers(SITE).items():
        steps_of(suffix, renderer, edition, folder)


def steps_of(suffix: str, renderer: Renderer, edition: Edition, folder: Path) -> None:
    sheet = Press({suffix: renderer}).print(edition, suffix)
    body, pieces = sheet.document.body, [piece.body for piece in sheet.pieces]
    wanted = Contents(tuple(piece.article_id for piece in sheet.pieces), ())
    heads = iter([replace(edition.head, cursor=f"other.{number}") for number in range(ROUNDS)])
    row(f"{suffix}: render one new entry", timed(renderer.entry, edition.shown[0]))
    row(f"{suffix}: join {len(pieces)} ready entries", timed(lambda: renderer.document(next(heads), pieces)))
    row(f"{suffix}: read back and compare", timed(check, body, renderer.media_type, wanted))
    for coding, encode in CODINGS.items():
        row(f"{suffix}: {coding}, {len(body):,} to {len(encode(body)):,} bytes", timed(encode, body))
    bodies = iter([body + b" " * number for number in range(ROUNDS)])
    row(f"{suffix}: write, flush, rename, flush", timed(lambda: put(folder / f"x.{suffix}", next(bodies))))


def put(path: Path, body: bytes) -> None:
    stage(path, body)
    settle([path])


def resident() -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="feeder-bench-") as name:
        folder = Path(name)
        store = await open_store(f"sqlite:///{folder}/log.db", data=folder)
        await fill(store)
        publisher = Publisher(store, store, SITE, [EVERYTHING], folder / "feeds")
        began, before = time.perf_counter(), resident()
        await publisher.publish()
        first = time.perf_counter() - began
        gc.collect()
        print(f"{STORED} articles stored before; {len(publisher.feeds())} feeds published in {first:.2f} s, ", end="")
        print(f"{resident() - before:.0f} MB more resident\n")
        began = time.perf_counter()
        await publisher.publish_all()
        took, written = time.perf_counter() - began, publisher.page_writes
        size = sum(path.stat().st_size for path in folder.glob("feeds/*/archive/*.*"))
        print("| | p50 ms | p99 ms | max ms |\n|---|---|---|---|")
        running = asyncio.create_task(publisher.run())
        alone, both, lags = await changes(store, publisher)
        running.cancel()
        row("from the commit to all documents of `all`", alone)
        row("from the commit to all documents of two feeds", both)
        row("the loop does not answer meanwhile", lags)
        await steps(store, folder)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"\narchive: {written} files, {size / 1e6:.0f} MB, in {took:.1f} s; ", end="")
        print(f"{1e3 * took / max(1, written // 3):.1f} ms a page in three formats; {peak:.0f} MB at most")
        await store.close()


uvloop.run(main())
