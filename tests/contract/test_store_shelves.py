"""The contract of shelves: places, fronts, archive pages and tombstones agree with what the log says of them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines import ENGINES, MINUTE, NOON, SQLITE_DISAGREEMENTS, article, disagreements, take
from feeder import query
from feeder.model import Article, Event, Feed, Filter, Kind, Tombstone, Usage
from feeder.store import Front, Store, Take, open_store

STORMS = Filter(tag="storm")
ENGLISH_COAST = Filter(section="coast", language="en")
DEFINITIONS: tuple[dict[str, Filter], ...] = (
    {},
    {"=one": STORMS},
    {"=one": ENGLISH_COAST},
    {"=one": STORMS, "=two": ENGLISH_COAST},
    {"=two": STORMS, "=everything": Filter()},
)
SHELVES = (None, "coast", "inland", "=one", "=two", "=everything")


@dataclass
class Naive:
    """A log as it was told, and what follows from it by going through all of it."""

    log: list[Event] = field(default_factory=list)
    oldest: int = 1
    wanted: dict[str, Filter] = field(default_factory=dict)
    defined: dict[str | None, int] = field(default_factory=dict)
    order: dict[str | None, list[str]] = field(default_factory=dict)

    def tell(self, events: Iterable[Event]) -> None:
        """New events: each says itself what it concerns, and that is compared with what it must say."""
        for new in events:
            shelves, left = self.concerned(new, self.log)
            assert (set(new.shelves), set(new.left)) == (shelves, left)
            self.log.append(new)
            for shelf in (None, *new.shelves):
                places = self.order.setdefault(shelf, [])
                places += [new.article_id] * (new.article_id not in places)

    def concerned(self, new: Event, before: Sequence[Event]) -> tuple[set[str], set[str]]:
        history = [one for one in before if one.article_id == new.article_id]
        if new.article is None:
            ever = {shelf for one in history for shelf in one.shelves}
            return ever, ever
        wants = {shelf for shelf, wanted in self.wanted.items() if query.matcher(wanted)(new.article)}
        stands, stood = (
            {*new.article.sections, *wants},
            {*history[-1].shelves} - {*history[-1].left} if history else set(),
        )
        return stands | stood, stood - stands

    def define(self, wanted: dict[str, Filter]) -> None:
        """Feeds as if they had always been there, as far as versions are kept."""
        fresh = {shelf: filter_ for shelf, filter_ in wanted.items() if self.wanted.get(shelf) != filter_}
        struck = {*self.wanted, *wanted} - (wanted.keys() & self.wanted.keys()) | fresh.keys()
        self.log = [without(one, struck) for one in self.log]
        self.order = {shelf: places for shelf, places in self.order.items() if shelf not in struck}
        self.wanted = dict(wanted)
        self.defined = {shelf: at for shelf, at in self.defined.items() if shelf in wanted}
        for shelf, filter_ in fresh.items():
            self.fill(shelf, filter_)

    def fill(self, shelf: str, wanted: Filter) -> None:
        self.defined[shelf] = len(self.log)
        standing: dict[str, bool] = {}
        for at, one in enumerate(self.log):
            said = self.said(one)
            is_wanted = said is not None and query.matcher(wanted)(said)
            if is_wanted or (said and standing.get(one.article_id)):
                left = () if is_wanted else (shelf,)
                self.log[at] = replace(one, shelves=(*one.shelves, shelf), left=(*one.left, *left))
                standing[one.article_id] = is_wanted
        self.order[shelf] = [name for name in self.order.get(None, []) if name in standing]

    def said(self, one: Event) -> Article | None:
        """What an event brought, if it can still be read."""
        later = [other for other in self.log[one.seq :] if other.article_id == one.article_id]
        is_forgotten = one.seq < self.oldest and later
        return None if is_forgotten or any(other.kind is Kind.RETRACTED for other in later) else one.article

    def on(self, shelf: str | None) -> list[Event]:
        """Each article that ever stood on a shelf, in the order of their places, by its newest event there."""
        newest = {one.article_id: one for one in self.concerning(shelf)}
        return [newest[name] for name in self.order.get(shelf, [])]

    def concerning(self, shelf: str | None) -> list[Event]:
        return [one for one in self.log if shelf is None or shelf in one.shelves]

    def last(self, shelf: str | None) -> int:
        return max([self.defined.get(shelf, 0), *(one.seq for one in self.concerning(shelf))])

    def front(self, shelf: str | None, limit: int, size: int) -> tuple[list[int], list[Tombstone]]:
        here = self.on(shelf)
        begun = here[len(here) // size * size :]
        newest = latest_first(one for one in here if stands(one, shelf))[:limit]
        oldest = newest[-1].seq if len(newest) == limit else 0
        left = latest_first(one for one in here if not stands(one, shelf) and one.seq > oldest)[:limit]
        shown = {one.seq: one for one in (*newest, *begun) if stands(one, shelf)}
        gone = {one.seq: one for one in (*left, *begun) if not stands(one, shelf)}
        return sorted(shown, reverse=True), [tombstone(one) for one in latest_first(gone.values())]

    def complete_after(self, shelf: str | None, front: Front) -> int:
        """The smallest number behind which every event is of an article that is in the front."""
        here = {one.article_id for one in front.shown} | {one.article_id for one in front.gone}
        missed = [one.seq for one in self.concerning(shelf) if one.article_id not in here]
        return max([*missed, self.defined[shelf] + 1 if self.defined.get(shelf) else 0])

    def stale(self, shelf: str | None, after: int, size: int) -> list[int]:
        here = self.on(shelf)
        complete = range(1, len(here) // size + 1)
        if 0 < self.defined.get(shelf, 0) >= after:
            return list(complete)
        found = {place // size + 1 for place, one in enumerate(here) if one.seq > after}
        return [number for number in complete if number in found]


def without(one: Event, shelves: set[str]) -> Event:
    kept, left = ([name for name in names if name not in shelves] for names in (one.shelves, one.left))
    return replace(one, shelves=tuple(kept), left=tuple(left))


def stands(one: Event, shelf: str | None) -> bool:
    return one.kind is not Kind.RETRACTED and shelf not in one.left


def latest_first(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda one: -one.seq)


def tombstone(one: Event) -> Tombstone:
    return Tombstone(article_id=one.article_id, slug=one.slug, seq=one.seq, at=one.at, reason=one.reason)


@dataclass(frozen=True)
class Write:
    story: int
    text: str
    sections: tuple[str, ...]
    keywords: tuple[str, ...]
    language: str
    usage: Usage


@dataclass(frozen=True)
class Kill:
    story: int


@dataclass(frozen=True)
class Define:
    wanted: dict[str, Filter]


@dataclass(frozen=True)
class Prune:
    minutes: int


STORIES = st.integers(1, 6)
writes = st.builds(
    Write,
    STORIES,
    st.sampled_from(["rain", "snow"]),
    st.sampled_from([("coast",), ("inland",), ("coast", "inland"), ()]),
    st.sampled_from([("storm",), ()]),
    st.sampled_from(["en", "de"]),
    st.sampled_from([Usage.USABLE, Usage.USABLE, Usage.USABLE, Usage.WITHDRAWN]),
)
steps = st.one_of(
    writes,
    writes,
    st.lists(writes, min_size=2, max_size=5, unique_by=lambda write: write.story).map(tuple),
    st.builds(Kill, STORIES),
    st.builds(Define, st.sampled_from(DEFINITIONS)),
    st.builds(Prune, st.integers(0, 3)),
)


@dataclass
class Played:
    """A store that goes through what the model goes through."""

    store: Store
    naive: Naive = field(default_factory=Naive)
    minutes: int = 0

    async def play(self, step: object) -> None:
        self.minutes += 1
        now = NOON + self.minutes * MINUTE
        match step:
            case Write():
                await self.play((step,))
            case tuple():
                takes = [self.take(write) for write in step]
                self.naive.tell((await self.store.accept(takes, now=now)).events)
            case Kill(story):
                if await self.store.by_id(name(story)):
                    self.naive.tell(await self.store.retract(name(story), now=now, reason="libel"))
            case Define(wanted):
                await self.store.define([feed(shelf, filter_) for shelf, filter_ in wanted.items()])
                self.naive.define(wanted)
            case Prune(minutes):
                before = now - minutes * MINUTE
                await self.store.prune(before)
                pruned = [one.seq + 1 for one in self.naive.log if one.at < before]
                self.naive.oldest = max([self.naive.oldest, *pruned])

    def take(self, write: Write) -> Take:
        fields = {"sections": write.sections, "section": write.sections[-1] if write.sections else None}
        said = article(
            f"story {write.story}: {write.text}",
            id=name(write.story),
            own_id=True,
            keywords=write.keywords,
            language=write.language,
            usage=write.usage,
            **fields,
        )
        return take(f"{write.story}.txt", said)

    async def rest_agrees(self, shelf: str | None, limit: int, size: int, whole: Front) -> None:
        """Who knows some of the events is given the others."""
        known = {one.seq for one in whole.shown if one.seq % 2} | {10**6}
        shown = tuple(one for one in whole.shown if one.seq not in known)
        kept = tuple(one.seq for one in whole.shown if one.seq in known)
        assert await self.store.front(shelf, limit, size, known) == replace(whole, shown=shown, kept=kept)

    async def agree(self, limit: int, size: int) -> None:
        for shelf in SHELVES:
            front = await self.store.front(shelf, limit, size)
            here = self.naive.on(shelf)
            assert ([one.seq for one in front.shown], list(front.gone)) == self.naive.front(shelf, limit, size)
            assert (front.last.seq if front.last else 0) == self.naive.last(shelf)
            assert front.complete_after == self.naive.complete_after(shelf, front)
            assert front.pages == len(here) // size
            await self.rest_agrees(shelf, limit, size, front)
            for number in range(front.pages + 3):
                await self.page_agrees(shelf, number, size)
            for after in range(len(self.naive.log) + 1):
                assert await self.store.stale_pages(shelf, after, size) == self.naive.stale(shelf, after, size)
        await self.log_agrees()

    async def page_agrees(self, shelf: str | None, number: int, size: int) -> None:
        page = await self.store.page(shelf, number, size)
        here = self.naive.on(shelf)[max(number - 1, 0) * size : number * size]
        if number == 0 or len(here) < size:
            assert page is None
            return
        assert page is not None
        newest = self.naive.log[max([self.naive.defined.get(shelf, 0), *(one.seq for one in here)]) - 1]
        assert (page.seq, page.cursor, page.updated) == (newest.seq, newest.cursor, newest.at)
        assert [one.seq for one in page.shown] == [one.seq for one in here if stands(one, shelf)]
        assert list(page.gone) == [tombstone(one) for one in here if not stands(one, shelf)]

    async def log_agrees(self) -> None:
        """Events say what they concern when they are read again, those of before a definition too."""
        events = await self.store.read(0, 999)
        told = self.naive.log[self.naive.oldest - 1 :]
        assert [(one.seq, {*one.shelves}, {*one.left}) for one in events] == [
            (one.seq, {*one.shelves}, {*one.left}) for one in told
        ]


def name(story: int) -> str:
    return f"urn:story:{story}"


def feed(shelf: str, wanted: Filter) -> Feed:
    return Feed(name=shelf.removeprefix("="), title=shelf, shelf=shelf, wanted=wanted)


async def played(engine: str, played_steps: Sequence[object], limit: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(ENGINES[engine].format(folder=folder), data=Path(folder))
        try:
            game = Played(store)
            for step in played_steps:
                await game.play(step)
            await game.agree(limit, size)
        finally:
            await store.close()
        assert disagreements(Path(folder) / "feeder.db", SQLITE_DISAGREEMENTS) == []


@pytest.mark.parametrize("engine", sorted(ENGINES))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=5, max_size=30), st.integers(1, 4), st.integers(1, 4))
def test_whatever_happens_to_articles_what_feeds_show_follows_from_the_log(
    engine: str, played_steps: list[object], limit: int, size: int
) -> None:
    asyncio.run(played(engine, played_steps, limit, size))
