"""The contract of a store: the log, the articles as they stand, and what is due (``feeder.store``)."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engines import MINUTE, NOON, article, take
from feeder.errors import ConfigError, UnavailableError
from feeder.model import Kind, Person, Section, Usage
from feeder.store import Bounds, Concerned, Epoch, Front, Store, open_store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


MICROSECOND = timedelta(microseconds=1)


async def test_an_empty_log_has_no_event_and_one_epoch(store: Store) -> None:
    assert await store.read(0, 10) == []
    assert await store.bounds() == Bounds(1, 0)
    (epoch,) = await store.epochs()
    assert (epoch.first, epoch.last) == (1, 0)
    assert re.fullmatch("[0-9A-Za-z]{8}", epoch.name)
    assert await store.last_event(None) is None
    assert await store.seq_before(NOON) == 0
    assert await store.next_due() is None


async def test_events_are_numbered_from_one_and_read_after_a_cursor(store: Store) -> None:
    await store.accept([take(f"{n}.txt", article(f"story {n}")) for n in range(5)], now=NOON)
    assert [event.seq for event in await store.read(0, 100)] == [1, 2, 3, 4, 5]
    assert [event.seq for event in await store.read(1, 3)] == [2, 3, 4]
    assert await store.read(5, 100) == []
    assert await store.bounds() == Bounds(1, 5)
    (epoch,) = await store.epochs()
    assert {event.cursor for event in await store.read(0, 100)} == {f"{epoch.name}.{n}" for n in range(1, 6)}


async def test_what_is_read_back_is_what_was_accepted(store: Store) -> None:
    candidate = article("Regen & 雨 “quoted”", authors=(Person("A B"),), section="World", sections=("world",))
    accepted = await store.accept([take("a.txt", candidate, backfill=True)], now=NOON)
    (event,) = await store.read(0, 1)
    assert accepted.events == (event,)
    assert event.article == dataclasses.replace(candidate, sketch="")
    assert (event.kind, event.at, event.version, event.shelves) == (Kind.PUBLISHED, NOON, 1, ("world",))
    assert (event.article_id, event.slug, event.backfill) == (candidate.id, candidate.slug, True)
    assert await store.by_id(event.article_id) == await store.by_slug(event.slug) == event
    assert await store.by_id("urn:nobody") is await store.by_slug("nothing") is None


async def test_every_start_of_a_writer_is_a_new_epoch_and_a_reader_is_none(store_url: str, tmp_path: Path) -> None:
    for n in range(3):
        writer = await open_store(store_url, data=tmp_path)
        await writer.accept([take(f"{n}.txt", article(f"story {n}"))] if n != 1 else [], now=NOON)
        reader = await open_store(store_url, data=tmp_path, write=False)
        assert await reader.epochs() == await writer.epochs()
        await reader.close()
        await writer.close()
    reader = await open_store(store_url, data=tmp_path, write=False)
    epochs, events = await reader.epochs(), await reader.read(0, 10)
    await reader.close()
    names = [epoch.name for epoch in epochs]
    assert len(set(names)) == 3
    assert epochs == [Epoch(names[0], 1, 1), Epoch(names[1], 2, 1), Epoch(names[2], 2, 2)]
    assert [event.epoch for event in events] == [names[0], names[2]]


async def test_only_a_writer_makes_a_store(store_url: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no store"):
        await open_store(store_url, data=tmp_path, write=False)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - no thread is needed here


async def test_an_unknown_scheme_is_the_users_to_mend(tmp_path: Path) -> None:
    for url in ("feeder.db", "nosuch:///feeder.db"):
        with pytest.raises(ConfigError):
            await open_store(url, data=tmp_path)


async def test_the_bell_rings_after_a_commit_that_wrote_events_and_only_then(store: Store) -> None:
    with store.bell.listen() as listener:
        await listener.wait()
        files = [take("a.txt", article())]
        await store.stage(files, now=NOON)
        await store.refresh([files[0].seed])
        await store.accept([take("b.txt", article("later", published=NOON + MINUTE))], now=NOON - MINUTE)
        assert await listener.wait(5)
        await store.accept([], now=NOON)
        assert not await listener.wait(0.05)
        await store.retract(article().id, now=NOON, reason="libel")
        assert await listener.wait(5)


async def test_a_caller_who_goes_away_stops_no_transaction(store: Store) -> None:
    with store.bell.listen() as listener:
        await listener.wait()
        files = [take(f"{n}.txt", article(f"story {n}")) for n in range(400)]
        first = asyncio.create_task(store.accept(files, now=NOON))
        await asyncio.sleep(0)
        first.cancel()
        await store.accept([take("last.txt", article("last"))], now=NOON)
        assert await listener.wait(5)
    events = await store.read(0, 1000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len(events) in {1, 401}


async def test_moments_never_go_back_when_the_clock_does(store: Store) -> None:
    for n, now in enumerate([NOON, NOON - timedelta(hours=3), NOON + MINUTE]):
        await store.accept([take(f"{n}.txt", article(f"story {n}"))], now=now)
    assert [event.at for event in await store.read(0, 10)] == [NOON, NOON + MICROSECOND, NOON + MINUTE]


async def test_each_transaction_has_a_moment_of_its_own_and_its_events_share_it(store: Store) -> None:
    for n in range(3):
        await store.accept([take(f"{n}{part}.txt", article(f"story {n}{part}")) for part in "ab"], now=NOON)
    moments = [event.at for event in await store.read(0, 10)]
    assert moments[::2] == moments[1::2]
    assert moments[0] == NOON < moments[2] < moments[4] < NOON + timedelta(milliseconds=1)


async def test_a_moment_is_found_in_the_log(store: Store) -> None:
    for n in range(4):
        files = [take(f"{n}{part}.txt", article(f"story {n}{part}")) for part in "ab"]
        await store.accept(files, now=NOON + n * MINUTE)
    assert await store.seq_before(NOON) == 0
    assert await store.seq_before(NOON + timedelta(microseconds=1)) == 2
    assert await store.seq_before(NOON + 2 * MINUTE) == 4
    assert await store.seq_before(NOON + 9 * MINUTE) == 8
    await store.prune(NOON + 2 * MINUTE)
    assert await store.seq_before(NOON) == 4


async def test_pruning_forgets_events_but_neither_articles_nor_numbers(store: Store) -> None:
    await store.accept([take("a.txt", article("kept"))], now=NOON)
    await store.accept([take("b.txt", article("first", section="News", sections=("news",)))], now=NOON)
    await store.accept([take("b.txt", article("second"))], now=NOON)
    await store.accept([take("b.txt", article("third"))], now=NOON + MINUTE)
    assert await store.prune(NOON + MINUTE) == 3
    assert await store.prune(NOON + MINUTE) == await store.prune(NOON) == 0
    assert await store.bounds() == Bounds(4, 4)
    assert [event.seq for event in await store.read(0, 10)] == [4]
    assert [event.seq for event in await store.newest(None, 10)] == [4, 1]
    left = await store.last_event("news")
    assert left is not None
    assert (left.seq, left.shelves) == (3, ("news",))
    assert await store.prune(NOON + 2 * MINUTE) == 1
    assert await store.bounds() == Bounds(5, 4)
    assert await store.read(0, 10) == []
    accepted = await store.accept([take("b.txt", article("fourth"))], now=NOON + 3 * MINUTE)
    assert [event.seq for event in accepted.events] == [5]
    assert await store.epochs() == [Epoch(accepted.events[0].epoch, 1, 5)]


async def test_newest_gives_shown_articles_by_their_latest_event(store: Store) -> None:
    await store.accept([take(f"{n}.txt", article(f"story {n}")) for n in range(4)], now=NOON)
    await store.accept([take("0.txt", article("story 0, rewritten"))], now=NOON)
    await store.retract((await store.read(1, 1))[0].article_id, now=NOON, reason="libel")
    assert [event.seq for event in await store.newest(None, 10)] == [5, 4, 3]
    assert [event.seq for event in await store.newest(None, 2)] == [5, 4]


async def test_sections_follow_their_articles(store: Store) -> None:
    americas = article(section="World/Américas", sections=("world", "world-americas"))
    await store.accept([take("a.txt", americas), take("b.txt", article("none"))], now=NOON)
    assert [section.name for section in await store.sections()] == ["world", "world-americas"]
    assert [event.seq for event in await store.newest("world", 9)] == [1]
    await store.accept([take("a.txt", article(section="Sport", sections=("sport",)))], now=NOON)
    assert [section.name for section in await store.sections()] == ["sport"]
    assert await store.newest("world", 9) == []
    assert [event.seq for event in await store.newest("sport", 9)] == [3]
    await store.retract(article().id, now=NOON, reason="libel")
    assert await store.sections() == []
    assert await store.newest("sport", 9) == []


async def test_a_section_that_the_log_once_had_is_never_forgotten(store: Store) -> None:
    for section in ("World News", "Sport"):
        name = section.lower().replace(" ", "-")
        await store.accept([take("a.txt", article(section=section, sections=(name,)))], now=NOON)
    assert await store.sections() == [Section("sport", "Sport")]
    assert await store.sections(ever=True) == [Section("sport", "Sport"), Section("world-news", "World News")]
    await store.retract(article().id, now=NOON, reason="libel")
    await store.prune(NOON + MINUTE)
    assert await store.sections() == []
    assert [section.title for section in await store.sections(ever=True)] == ["Sport", "World News"]


async def test_a_front_is_the_last_event_and_the_articles_of_one_moment(store: Store) -> None:
    empty = Front(last=None, shown=(), gone=(), pages=0, complete_after=0, date_is_unique=True)
    assert await store.front(None, 9, 9) == await store.front("news", 9, 9) == empty
    await store.accept([take(f"{n}.txt", article(f"story {n}")) for n in range(3)], now=NOON)
    await store.accept([take("a.txt", article(section="News", sections=("news",)))], now=NOON)
    for section, limit in ((None, 2), (None, 9), ("news", 9)):
        front = await store.front(section, limit, 1)
        assert front.last == await store.last_event(section)
        assert list(front.shown) == await store.newest(section, limit)
    await store.retract(article().id, now=NOON, reason="libel")
    front = await store.front("news", 9, 9)
    assert (front.last and front.last.kind, front.shown) == (Kind.RETRACTED, ())


async def test_a_front_shows_no_event_beyond_its_last_one_while_others_come_in(store: Store) -> None:
    async def write() -> None:
        for n in range(40):
            await store.accept([take(f"{n}.txt", article(f"story {n}"))], now=NOON)

    writing, seen = asyncio.create_task(write()), set()
    while not writing.done():
        front = await store.front(None, 9, 1)
        numbers = [event.seq for event in front.shown]
        last = front.last.seq if front.last else 0
        assert numbers == list(range(last, max(last - 9, 0), -1))
        seen.add(last)
    await writing
    assert len(seen) > 1


async def test_a_date_is_unique_as_long_as_no_earlier_moment_of_its_second_has_an_event(store: Store) -> None:
    async def unique(section: str | None = None) -> bool:
        return (await store.front(section, 9, 9)).date_is_unique

    async def accept(name: str, now: datetime, section: str = "news") -> None:
        await store.accept([take(f"{name}{n}.txt", article(f"{name}{n}", sections=(section,))) for n in "ab"], now=now)

    await accept("first", NOON)
    assert await unique()  # two events of one moment
    await accept("later", NOON + timedelta(milliseconds=999), "sport")
    assert (await unique(), await unique("sport"), await unique("news")) == (False, False, True)
    await accept("next second", NOON + timedelta(seconds=1))
    assert await unique()
    await accept("the clock goes back", NOON)
    assert not await unique()
    await accept("another day", NOON + timedelta(days=1))
    assert await unique()
    await accept("and once more", NOON + timedelta(days=1, milliseconds=1), "sport")
    assert not await unique()
    await store.prune(NOON + timedelta(days=1, milliseconds=1))
    assert not await unique()  # of what is forgotten nobody knows
    assert not await unique("news")


async def test_an_event_concerns_the_sections_that_an_article_leaves(store: Store) -> None:
    for section in ("news", "sport", "arts"):
        await store.accept([take("a.txt", article(section=section, sections=(section,)))], now=NOON)
    assert [event.shelves for event in await store.read(0, 9)] == [("news",), ("sport", "news"), ("arts", "sport")]
    last = [await store.last_event(section) for section in ("news", "sport", "arts", None)]
    assert [event and event.seq for event in last] == [2, 3, 3, 3]
    assert await store.last_event("weather") is None


async def test_a_retraction_concerns_every_section_that_the_article_ever_had(store: Store) -> None:
    for section in ("news", "sport", "arts"):
        await store.accept([take("a.txt", article(section=section, sections=(section,)))], now=NOON)
    (event,) = await store.retract(article().id, now=NOON, reason="libel")
    assert set(event.shelves) == {"news", "sport", "arts"}
    assert [await store.last_event(section) for section in ("news", "sport", "arts", None)] == [event] * 4


async def test_what_expires_is_retracted_in_order_of_that_moment(store: Store) -> None:
    files = [take(f"{n}.txt", article(f"story {n}", expires=NOON + n * MINUTE)) for n in (3, 1, 2)]
    await store.accept(files, now=NOON)
    assert await store.next_due() == NOON + MINUTE
    assert await store.expire(now=NOON) == []
    (first,) = await store.expire(now=NOON + 2 * MINUTE, limit=1)
    (second,) = await store.expire(now=NOON + 2 * MINUTE)
    assert [(event.kind, event.reason) for event in (first, second)] == [(Kind.RETRACTED, "expired")] * 2
    assert [first.article_id, second.article_id] == [article(f"story {n}").id for n in (1, 2)]
    assert await store.next_due() == NOON + 3 * MINUTE
    assert {mark.seed.path: mark.status for mark in await store.marks()} == {
        "1.txt": "expired",
        "2.txt": "expired",
        "3.txt": "published",
    }


async def test_an_embargo_is_the_next_due_moment_until_it_is_released(store: Store) -> None:
    await store.accept([take("a.txt", article(embargoed=NOON + MINUTE))], now=NOON)
    assert await store.next_due() == NOON + MINUTE
    await store.accept([], now=NOON + MINUTE)
    assert await store.next_due() is None


async def test_a_retracted_story_is_replayed_without_its_content(store: Store) -> None:
    await store.accept([take("a.txt", article("first"))], now=NOON)
    await store.accept([take("a.txt", article("second"))], now=NOON)
    await store.accept([take("a.txt", article("second", usage=Usage.WITHDRAWN))], now=NOON)
    await store.accept([take("a.txt", article("third"))], now=NOON)
    events = await store.read(0, 9)
    assert [event.kind for event in events] == ["published", "updated", "retracted", "published"]
    assert [event.article is None for event in events] == [True, True, True, False]
    assert [event.retracted for event in events] == [True, True, False, False]
    assert [event.version for event in events] == [1, 2, 2, 3]
    assert await store.by_slug(events[0].slug) == events[3]


async def test_close_can_be_called_twice_and_keeps_everything(store_url: str, tmp_path: Path) -> None:
    store = await open_store(store_url, data=tmp_path)
    accepting = asyncio.create_task(store.accept([take("a.txt", article())], now=NOON))
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    accepted = await accepting
    reader = await open_store(store_url, data=tmp_path, write=False)
    assert tuple(await reader.read(0, 9)) == accepted.events
    await reader.close()


async def test_what_a_stretch_of_the_log_concerned_is_told_at_once(store: Store) -> None:
    assert await store.concerned(0) is None
    await store.accept([take("a.txt", article("one", section="World", sections=("world",)))], now=NOON)
    await store.accept([take("b.txt", article("two", section="Sport", sections=("sport",)))], now=NOON)
    await store.accept([take("c.txt", article("three"))], now=NOON + MINUTE)
    assert await store.concerned(0) == Concerned(1, 3, frozenset({"world", "sport"}))
    assert await store.concerned(1) == Concerned(2, 3, frozenset({"sport"}))
    assert await store.concerned(2) == Concerned(3, 3, frozenset())
    assert await store.concerned(3) is None
    await store.prune(NOON + MINUTE)
    assert await store.concerned(0) == Concerned(3, 3, frozenset())


async def test_what_does_not_matter_moves_no_date(store: Store) -> None:
    hour = timedelta(hours=1)
    await store.accept([take("a.txt", article("one", keywords=("a",)))], now=NOON)
    await store.accept([take("a.txt", article("one", keywords=("b",)))], now=NOON + hour)
    await store.accept([take("a.txt", article("It was more.", keywords=("b",)))], now=NOON + 2 * hour)
    await store.accept([take("a.txt", article("It was more.", section="World"))], now=NOON + 3 * hour)
    await store.accept([take("a.txt", article("It was more.", section="Sport"))], now=NOON + 4 * hour)
    await store.accept([take("a.txt", article("It was more.", modified=NOON + hour))], now=NOON + 5 * hour)
    told = [event.article for event in await store.read(0, 9)]
    third = NOON + 2 * hour
    assert [one and (one.modified, one.said_since) for one in told] == [
        (None, None),
        (None, (1, NOON)),
        (third, None),
        (third, (3, third)),
        (third, (3, third)),
        (NOON + hour, None),
    ]
