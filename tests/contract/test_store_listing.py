"""The contract of a store's lists of all articles (``feeder.store.Listing``)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from engines import MINUTE, NOON, article, take
from feeder.model import Headline, Kind
from feeder.store import HourCount, Listed, Stretch

if TYPE_CHECKING:
    from feeder.model import Event
    from feeder.store import Store

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def accept(store: Store, *titles: str, now: datetime = NOON, path: str = "", **fields: Any) -> list[Event]:
    """Take articles in, in this order, each from a file of its own, at one moment."""
    events: list[Event] = []
    for number, title in enumerate(titles):
        one = article(title, title=title, slug=title.lower(), **fields)
        accepted = await store.accept([take(path or f"{title}.txt", one)], now=now + number * MINUTE)
        events += accepted.events
    return events


async def test_a_store_without_articles_lists_none(store: Store) -> None:
    assert await store.stretches(2, 0) == []
    assert await store.listed(0, 10) == []
    assert await store.headlines(NOON - DAY, 10) == []
    assert await store.counts_by_hour(NOON - DAY) == []


async def test_articles_are_listed_in_order_of_first_acceptance_whatever_happens_to_them(store: Store) -> None:
    first, *_ = await accept(store, "One", "Two", "Three")
    second = (await store.listed(1, 1))[0]
    await store.retract(first.article_id, now=NOON + DAY, reason="killed")
    assert await store.listed(0, 10) == [
        Listed(1, "one", NOON + DAY, is_shown=False),
        Listed(2, "two", NOON + MINUTE, is_shown=True),
        Listed(3, "three", NOON + 2 * MINUTE, is_shown=True),
    ]
    assert await store.listed(1, 1) == [second]
    assert await store.listed(3, 10) == []


async def test_stretches_are_of_a_fixed_set_each_with_its_newest_event(store: Store) -> None:
    events = await accept(store, "One", "Two", "Three", "Four", "Five")
    assert await store.stretches(2, 0) == [
        Stretch(1, 2, NOON + MINUTE, is_empty=False),
        Stretch(2, 4, NOON + 3 * MINUTE, is_empty=False),
        Stretch(3, 5, NOON + 4 * MINUTE, is_empty=False),
    ]
    await store.retract(events[2].article_id, now=NOON + DAY, reason="killed")
    assert await store.stretches(2, 5) == [Stretch(2, 6, NOON + DAY, is_empty=False)]
    await store.retract(events[3].article_id, now=NOON + 2 * DAY, reason="killed")
    assert await store.stretches(2, 6) == [Stretch(2, 7, NOON + 2 * DAY, is_empty=True)]
    assert await store.stretches(2, 7) == []
    assert [one.seq for one in await store.stretches(2, 0)] == [2, 7, 5]


async def test_what_is_forgotten_of_the_log_is_still_listed(store: Store) -> None:
    await accept(store, "One", "Two", "Three")
    await accept(store, "Four", now=NOON + DAY)
    before = await store.listed(0, 10), await store.stretches(2, 0), await store.headlines(NOON - DAY, 10)
    assert await store.prune(NOON + DAY) == 3
    assert (await store.bounds()).oldest == 4
    assert (await store.listed(0, 10), await store.stretches(2, 0), await store.headlines(NOON - DAY, 10)) == before
    assert [one.number for one in await store.stretches(2, 1)] == [1, 2]


async def test_many_events_are_gone_over_in_steps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeder.store.sqlite.listing.EVENTS_STEP", 2)
    monkeypatch.setattr("feeder.store.sqlite.listing.STEP", 2)
    await accept(store, "One", "Two", "Three", "Four", "Five")
    assert [one.number for one in await store.stretches(1, 0)] == [1, 2, 3, 4, 5]
    assert [one.slug for one in await store.headlines(NOON - 2 * DAY, 10)] == ["five", "four", "three", "two", "one"]


async def test_a_headline_is_what_a_list_of_news_says(store: Store) -> None:
    published = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await accept(store, "Regen & 雨", language="de", published=published, published_precision="minute")
    (found,) = await store.headlines(published, 10)
    assert found == Headline(
        slug="regen & 雨",
        title="Regen & 雨",
        language="de",
        published=published,
        published_precision="minute",
        at=NOON,
    )
    assert found.published.utcoffset() == published.utcoffset()
    assert await store.headlines(published + timedelta(microseconds=1), 10) == []


async def test_headlines_are_by_the_articles_dates_and_not_by_their_events(store: Store) -> None:
    await accept(store, "Old", published=NOON - 5 * DAY)
    await accept(store, "Late", published=NOON - MINUTE)
    await accept(store, "Early", published=NOON - 2 * MINUTE)
    (gone,) = await accept(store, "Gone", published=NOON - MINUTE)
    await accept(store, "Same", published=NOON - MINUTE)
    await store.retract(gone.article_id, now=NOON + DAY, reason="killed")
    assert [one.slug for one in await store.headlines(NOON - DAY, 10)] == ["same", "late", "early"]
    assert [one.slug for one in await store.headlines(NOON - DAY, 2)] == ["same", "late"]


async def test_a_corrected_old_article_is_no_news(store: Store) -> None:
    await accept(store, "Old", published=NOON - 5 * DAY, path="old.txt", id="urn:test:old", own_id=True)
    assert await accept(
        store,
        "Old",
        now=NOON + DAY,
        published=NOON - 5 * DAY,
        path="old.txt",
        id="urn:test:old",
        own_id=True,
        correction="!",
    )
    assert await store.headlines(datetime(2026, 3, 1, tzinfo=UTC), 10) == []


async def test_events_are_counted_by_hour_and_kind(store: Store) -> None:
    first, *_ = await accept(store, "One", "Two", now=NOON - MINUTE)  # one of them in the hour before
    await accept(store, "Three", now=NOON + 59 * MINUTE)
    await store.retract(first.article_id, now=NOON + DAY, reason="killed")
    eleven = [HourCount(NOON - HOUR, Kind.PUBLISHED, 1)]
    later = [HourCount(NOON, Kind.PUBLISHED, 2), HourCount(NOON + DAY, Kind.RETRACTED, 1)]
    assert await store.counts_by_hour(NOON - DAY) == eleven + later
    assert await store.counts_by_hour(NOON) == later
    half = [HourCount(NOON, Kind.PUBLISHED, 1), *later[1:]]
    assert await store.counts_by_hour(NOON + MINUTE) == half, "of the first hour, what came since"
    assert await store.counts_by_hour(NOON + 2 * DAY) == []


async def test_an_edit_and_a_correction_of_one_hour_are_counted_each_for_itself(store: Store) -> None:
    own: dict[str, Any] = {"path": "own.txt", "id": "urn:test:own", "own_id": True}
    edits: list[dict[str, Any]] = [{}, {"language": "de"}, {"correction": "It was less."}, {"language": "fr"}]
    for minute, fields in enumerate(edits):
        await accept(store, "Own", now=NOON + minute * MINUTE, **own, **fields)
    assert [(one.kind, one.events) for one in await store.counts_by_hour(NOON)] == [
        (Kind.CORRECTED, 1),
        (Kind.PUBLISHED, 1),
        (Kind.UPDATED, 2),
    ]


async def test_what_the_log_has_forgotten_is_not_counted_even_if_it_is_the_latest_of_its_article(store: Store) -> None:
    await accept(store, "One", "Two")
    await accept(store, "Three", now=NOON + DAY)
    await store.prune(NOON + DAY)
    assert await store.counts_by_hour(NOON - DAY) == [HourCount(NOON + DAY, Kind.PUBLISHED, 1)]
