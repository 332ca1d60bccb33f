"""How SQLite fills configured feeds: in steps, between which anything may happen."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines import SQLITE_DISAGREEMENTS, disagreements
from feeder import query
from feeder.model import Article, Event, Feed, Filter, Seed
from feeder.store import Take, open_store
from feeder.store.sqlite import filling, wanted
from feeder.store.sqlite.store import Sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORMS = Feed(name="storms", title="Storms", shelf="=storms", wanted=Filter(tag="storm"))
COAST = Feed(name="coast", title="Coast", shelf="=coast", wanted=Filter(tag="coast"))


def take(number: int, *keywords: str, text: str = "It rained.") -> Take:
    """A story, with its tags."""
    digest = hashlib.sha256(repr((keywords, text)).encode()).hexdigest()
    one = Article(
        id=f"urn:x:{number}",
        own_id=True,
        slug=f"story-{number}",
        title=f"Story {number}",
        summary="",
        html="",
        text=text,
        published=NOON - timedelta(days=1),
        keywords=keywords,
        section="news",
        sections=("news",),
        content_key=f"{number}",
        digest=digest,
        format="seed",
    )
    return Take(seed=Seed(f"{number:03}.txt", 1, 2, 3, 4), sha256=digest, articles=(one,))


async def opened(folder: Path) -> Sqlite:
    store = await open_store(f"sqlite:///{folder}/feeder.db", data=folder)
    assert isinstance(store, Sqlite)
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[Sqlite]:
    store = await opened(folder)
    yield store
    await store.close()
    assert disagreements(folder / "feeder.db", SQLITE_DISAGREEMENTS) == []


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "STEP", 3)


async def step(store: Sqlite, *feeds: Feed) -> bool:
    """One step of ``define``; whether there may be more."""
    return await store._writing.run(partial(store._file_on, definitions=wanted.definitions(feeds)))


async def accept(store: Sqlite, *takes: Take) -> Sequence[Event]:
    return (await store.accept(takes, now=NOON)).events


async def shown(store: Sqlite, shelf: str) -> list[str]:
    return sorted(event.slug for event in await store.newest(shelf, 99))


async def gone(store: Sqlite, shelf: str) -> list[str]:
    return sorted(stone.slug for stone in (await store.front(shelf, 99, 99)).gone)


def slugs(*numbers: int) -> list[str]:
    return sorted(f"story-{number}" for number in numbers)


# One step after the other.


async def test_what_was_interrupted_is_taken_up_where_it_was(store: Sqlite, folder: Path) -> None:
    await accept(store, *(take(number, "storm") for number in range(1, 9)))
    assert await step(store, STORMS)
    assert await step(store, STORMS)
    assert await shown(store, "=storms") == slugs(1, 2, 3, 4, 5, 6)
    front = await store.front("=storms", 99, 2)
    assert (front.last and front.last.seq, front.complete_after) == (8, 9)  # who reads now holds on to nothing of it
    assert await store.stale_pages("=storms", 8, 2) == [1, 2, 3]
    again = await opened(folder)
    assert await step(again, STORMS)  # the last two
    assert await shown(again, "=storms") == slugs(*range(1, 9))
    assert await step(again, STORMS)  # nobody is left to be asked
    assert not await step(again, STORMS)
    await again.close()


async def test_a_feed_that_is_defined_while_another_is_filled_catches_up(store: Sqlite) -> None:
    await accept(store, *(take(number, "storm", "coast") for number in range(1, 9)))
    assert await step(store, STORMS)
    await store.define([STORMS, COAST])
    for shelf in ("=storms", "=coast"):
        page = await store.page(shelf, 1, 8)
        assert page is not None
        assert [event.slug for event in page.shown] == [f"story-{number}" for number in range(1, 9)]


async def test_a_feed_that_changes_while_it_is_filled_begins_again(store: Sqlite) -> None:
    await accept(store, *(take(number, "storm" if number % 2 else "coast") for number in range(1, 9)))
    assert await step(store, STORMS)
    changed = Feed(name="storms", title="", shelf="=storms", wanted=Filter(tag="coast"))
    await store.define([changed])
    assert await shown(store, "=storms") == slugs(2, 4, 6, 8)
    assert {event.slug for event in await store.read(0, 99) if event.shelves != ("news",)} == {*slugs(2, 4, 6, 8)}


async def test_a_feed_is_forgotten_in_steps_and_may_come_back_meanwhile(store: Sqlite) -> None:
    await accept(store, *(take(number, "storm") for number in range(1, 9)))
    await store.define([STORMS])
    assert await step(store)
    assert await shown(store, "=storms") == slugs(1, 2, 3, 4, 5)
    assert (await accept(store, take(9, "storm")))[0].shelves == ("news",)  # nobody wants it any more
    await store.define([STORMS])
    assert await shown(store, "=storms") == slugs(*range(1, 10))


async def test_an_article_that_leaves_a_feed_being_forgotten_does_so_quietly(store: Sqlite) -> None:
    await accept(store, *(take(number, "storm") for number in range(1, 9)))
    await store.define([STORMS])
    await step(store)
    await accept(store, take(2, "storm", text="It hailed."), take(7, text="It hailed."))
    await store.retract("urn:x:8", now=NOON, reason="libel")
    await store.define([])
    assert {event.shelves for event in await store.read(0, 99)} == {("news",)}


# What is accepted between two steps.


async def test_of_an_article_that_was_asked_about_the_next_version_decides(store: Sqlite) -> None:
    await accept(store, *(take(number, *["storm"] * (number not in {1, 3})) for number in range(1, 9)))
    await step(store, STORMS)
    (last_asked,) = await accept(store, take(3, "storm"))
    came, left = await accept(store, take(1, "storm"), take(2))
    assert (last_asked.shelves, came.shelves, came.left) == (("news", "=storms"), ("news", "=storms"), ())
    assert (left.shelves, left.left) == (("news", "=storms"), ("=storms",))
    assert await shown(store, "=storms") == slugs(1, 3)
    await store.define([STORMS])
    assert await shown(store, "=storms") == slugs(1, 3, 4, 5, 6, 7, 8)
    assert await gone(store, "=storms") == slugs(2)
    page = await store.page("=storms", 1, 3)
    assert page is not None
    assert [event.slug for event in page.shown] == ["story-3", "story-1"]  # their places are those of their coming


async def test_of_any_other_the_step_that_comes_to_it(store: Sqlite) -> None:
    await accept(store, *(take(number, "storm") for number in range(1, 9)))
    await step(store, STORMS)
    left, new = await accept(store, take(8), take(9, "storm"))
    assert (left.shelves, new.shelves) == (("news",), ("news",))
    await store.define([STORMS])
    assert await shown(store, "=storms") == slugs(1, 2, 3, 4, 5, 6, 7, 9)
    assert await gone(store, "=storms") == slugs(8)
    events = {event.seq: event for event in await store.read(0, 99)}
    assert (events[left.seq].left, events[new.seq].shelves) == (("=storms",), ("news", "=storms"))
    front = await store.front("=storms", 99, 99)
    assert (front.last and front.last.seq, front.complete_after) == (10, 11)  # nobody could read these there before


async def test_an_article_that_is_retracted_before_it_was_asked_about_is_not_known_to_the_feed(store: Sqlite) -> None:
    await accept(store, *(take(number, "storm") for number in range(1, 9)))
    await step(store, STORMS)
    (early,) = await store.retract("urn:x:1", now=NOON, reason="libel")
    (late,) = await store.retract("urn:x:8", now=NOON, reason="libel")
    assert (early.left, late.left) == (("news", "=storms"), ("news",))
    await store.define([STORMS])
    assert (await shown(store, "=storms"), await gone(store, "=storms")) == (slugs(2, 3, 4, 5, 6, 7), slugs(1))


versions = st.lists(
    st.tuples(st.integers(1, 7), st.sets(st.sampled_from(["storm", "coast"])).map(sorted)), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(versions, versions, st.none(), st.sampled_from(["define", "reopen"])), max_size=14))
def test_whatever_is_accepted_between_the_steps_all_is_filed_in_the_end(plan: list[object]) -> None:
    """As if the feeds had been defined behind it all, but for the order of the places."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        assert asyncio.run(filed(Path(one), plan, stepwise=True)) == asyncio.run(filed(Path(other), plan))
        assert disagreements(Path(one) / "feeder.db", SQLITE_DISAGREEMENTS) == []


async def filed(folder: Path, plan: Sequence[object], *, stepwise: bool = False) -> list[object]:
    """What a store says of its shelves at the end of a plan: versions are accepted, a step of ``define`` is done."""
    store, serial = await opened(folder), count()
    for part in plan:
        if isinstance(part, list):
            await accept(store, *(take(number, *tags, text=f"{next(serial)}") for number, tags in part))
        elif stepwise and part == "reopen":
            await store.close()
            store = await opened(folder)
        elif stepwise:
            await step(store, *([COAST] if part == "define" else []), STORMS)
    await store.define([COAST, STORMS])
    try:
        events = [(event.seq, {*event.shelves}, {*event.left}) for event in await store.read(0, 999)]
        fronts = [await store.front(feed.shelf, 99, 99) for feed in (COAST, STORMS)]
    finally:
        await store.close()
    return [events, *(([event.seq for event in front.shown], front.gone) for front in fronts)]


# Rules.


async def test_with_other_rules_of_matching_feeds_are_filled_anew(
    store: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accept(store, take(1, "storm"))
    await store.define([STORMS])
    (other,) = await accept(store, take(2))
    await store.define([STORMS])
    last = await store.last_event("=storms")
    assert (last and last.slug) == "story-1"
    monkeypatch.setattr(query, "RULES", query.RULES + 1)
    await store.define([STORMS])
    last = await store.last_event("=storms")
    assert (last and last.seq) == other.seq
    assert await shown(store, "=storms") == slugs(1)


# Kills.

CHILD = """
import asyncio, pathlib, sys
from feeder.model import Feed, Filter
from feeder.store import open_store
from feeder.store.sqlite import filling

filling.STEP, step = 7, filling.file_on

def told(connection, definitions):
    more = step(connection, definitions)
    print("step", flush=True)
    return more

filling.file_on = told

async def main(folder, tag):
    store = await open_store(f"sqlite:///{folder}/feeder.db", data=pathlib.Path(folder))
    await store.define([Feed(name="storms", title="", shelf="=storms", wanted=Filter(tag=tag))])
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def killed_at(folder: Path, tag: str, steps: int) -> bool:
    """Run a ``define`` and kill it in a step; whether it was still running."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), tag], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child:
        for _ in range(steps):
            child.stdout.readline()
        child.kill()
    return child.returncode == -signal.SIGKILL


async def test_a_kill_while_a_feed_is_forgotten_leaves_a_shelf(folder: Path) -> None:
    store = await opened(folder)
    await accept(store, *(take(number, "storm") for number in range(90)))
    await store.define([STORMS])
    await store.close()
    assert await asyncio.to_thread(killed_at, folder, "coast", 3)
    assert disagreements(folder / "feeder.db", SQLITE_DISAGREEMENTS) == []


@pytest.mark.parametrize("steps", range(1, 25, 1 if os.environ.get("FEEDER_SOAK") else 6))
async def test_a_kill_costs_one_step(folder: Path, steps: int) -> None:
    """First while feeds are filled, then while they are forgotten and filled anew."""
    store = await opened(folder)
    await accept(store, *(take(number, "storm" if number % 3 else "coast") for number in range(90)))
    await store.close()
    is_killed = [await asyncio.to_thread(killed_at, folder, tag, steps) for tag in ("storm", "coast")]
    assert any(is_killed)
    assert disagreements(folder / "feeder.db", SQLITE_DISAGREEMENTS) == []
    store = await opened(folder)
    await store.define([STORMS])
    assert await shown(store, "=storms") == slugs(*(number for number in range(90) if number % 3))
    page = await store.page("=storms", 1, 60)
    assert page is not None
    assert [event.slug for event in page.shown] == [f"story-{number}" for number in range(90) if number % 3]
    await store.close()
    assert disagreements(folder / "feeder.db", SQLITE_DISAGREEMENTS) == []
