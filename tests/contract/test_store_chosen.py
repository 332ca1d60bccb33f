"""The contract of shelves in examples: what feeds show, their pages, and how configured feeds come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engines import MINUTE, NOON, article, take
from feeder.model import Event, Feed, Filter, Usage
from feeder.query import QueryError

if TYPE_CHECKING:
    from feeder.store import Front, Page, Store

STORMS = Feed(name="storms", title="Storms", shelf="=storms", wanted=Filter(tag="storm"))
GERMAN = Feed(name="german", title="German", shelf="=german", wanted=Filter(language="de"))


class Desk:
    """Somebody who writes, a story a minute."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.minutes = 0

    async def write(self, name: str, text: str = "It rained.", **fields: Any) -> Event:
        """A story (of the tag ``storm``, if nothing else is said), or its next version; gives what it came to."""
        said = {"keywords": ("storm",), "id": f"urn:x:{name}", "own_id": True, "slug": name} | fields
        if section := said.get("section"):
            said["sections"] = (section,)
        self.minutes += 1
        one = take(name, article(f"{name}: {text}", **said))
        (event,) = (await self.store.accept([one], now=NOON + self.minutes * MINUTE)).events
        return event

    async def retract(self, name: str) -> Event:
        self.minutes += 1
        (event,) = await self.store.retract(f"urn:x:{name}", now=NOON + self.minutes * MINUTE, reason="libel")
        return event


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def shown(found: Front | Page | None) -> list[str]:
    assert found is not None
    return [event.slug for event in found.shown]


def gone(found: Front | Page | None) -> list[tuple[str, int, str | None]]:
    assert found is not None
    return [(stone.slug, stone.seq, stone.reason) for stone in found.gone]


async def test_a_feed_shows_the_newest_and_all_of_the_page_that_is_not_complete(store: Store, desk: Desk) -> None:
    for name in "abcde":
        await desk.write(name)
    await desk.write("a", "And hailed.")
    assert shown(await store.front(None, 2, 10)) == ["a", "e", "d", "c", "b"]
    assert shown(await store.front(None, 2, 5)) == ["a", "e"]
    assert shown(await store.front(None, 2, 3)) == ["a", "e", "d"]
    assert [(await store.front(None, 2, size)).pages for size in (10, 5, 3, 2)] == [0, 1, 1, 2]


async def test_an_article_keeps_its_place_while_it_is_away(store: Store, desk: Desk) -> None:
    for name in "abcd":
        await desk.write(name, section="coast")
    page = await store.page("coast", 1, 2)
    assert (shown(page), gone(page)) == (["a", "b"], [])
    moved = await desk.write("a", section="inland")
    assert (moved.shelves, moved.left) == (("inland", "coast"), ("coast",))
    page = await store.page("coast", 1, 2)
    assert (shown(page), gone(page)) == (["b"], [("a", moved.seq, None)])
    assert (page and (page.seq, page.cursor, page.updated)) == (moved.seq, moved.cursor, moved.at)
    back = await desk.write("a", "And hailed.", section="coast")
    page = await store.page("coast", 1, 2)
    assert (shown(page), gone(page), page and page.seq) == (["a", "b"], [], back.seq)
    assert gone(await store.front("inland", 9, 9)) == [("a", back.seq, None)]


async def test_what_was_retracted_is_a_tombstone_wherever_it_ever_stood_and_whatever_is_forgotten(
    store: Store, desk: Desk
) -> None:
    await store.define([STORMS])
    await desk.write("a", section="coast")
    await desk.write("a", section="inland", keywords=())
    retracted = await desk.retract("a")
    assert set(retracted.left) == {"coast", "inland", "=storms"}
    await desk.write("b")
    await store.prune(NOON + 99 * MINUTE)
    for shelf in (None, "coast", "inland", "=storms"):
        assert gone(await store.front(shelf, 9, 9)) == [("a", retracted.seq, "libel")]
        assert gone(await store.page(shelf, 1, 1)) == [("a", retracted.seq, "libel")]


async def test_tombstones_are_of_what_left_since_the_oldest_that_is_shown(store: Store, desk: Desk) -> None:
    for name in "abcdef":
        await desk.write(name)
    old = [await desk.retract(name) for name in "ab"]
    await desk.write("g")
    new = [await desk.retract(name) for name in "cd"]
    front = await store.front(None, 2, 1)  # no page is incomplete
    assert (shown(front), [seq for _, seq, _ in gone(front)]) == (["g", "f"], [one.seq for one in reversed(new)])
    assert front.complete_after == old[-1].seq
    assert (await store.front(None, 4, 1)).complete_after == 0


async def test_a_page_is_there_when_it_is_complete_and_stale_when_something_on_it_happened(
    store: Store, desk: Desk
) -> None:
    first = await desk.write("a")
    assert await store.page(None, 1, 2) is None
    assert await store.stale_pages(None, 0, 2) == []
    second = await desk.write("b")
    assert shown(await store.page(None, 1, 2)) == ["a", "b"]
    assert await store.stale_pages(None, first.seq, 2) == [1]
    assert await store.stale_pages(None, second.seq, 2) == []
    third = await desk.write("c")
    await desk.write("d")
    assert await store.stale_pages(None, third.seq, 2) == [2]
    edited = await desk.write("a", "And hailed.")
    assert await store.stale_pages(None, edited.seq - 1, 2) == [1]
    assert await store.page(None, 3, 2) is None
    assert await store.page(None, 0, 2) is None


async def test_a_feed_that_is_defined_shows_what_came_before_in_the_order_of_coming(store: Store, desk: Desk) -> None:
    for name, tags in (("a", ("storm",)), ("b", ()), ("c", ("storm", "coast")), ("d", ("storm",))):
        await desk.write(name, keywords=tags)
    left = await desk.write("c", keywords=("coast",))
    await desk.write("c", "And hailed.", keywords=("coast",))  # that is nothing to a feed that it has left
    last = await desk.write("a", "And hailed.")
    await store.define([STORMS])
    front = await store.front("=storms", 9, 9)
    assert (shown(front), gone(front)) == (["a", "d"], [("c", left.seq, None)])
    assert gone(await store.page("=storms", 2, 1)) == [("c", left.seq, None)]
    told = [(one.slug, one.left) for one in await store.read(0, 99) if "=storms" in one.shelves]
    assert told == [("a", ()), ("c", ()), ("d", ()), ("c", ("=storms",)), ("a", ())]
    assert (front.last and front.last.seq) == last.seq
    assert (await desk.write("e")).shelves == ("=storms",)
    assert shown(await store.front("=storms", 9, 9)) == ["e", "a", "d"]


async def test_all_of_a_feed_is_news_from_its_definition_on(store: Store, desk: Desk) -> None:
    for name in "abc":
        await desk.write(name)
    other = await desk.write("other", keywords=())
    await store.define([STORMS])
    front, page = await store.front("=storms", 9, 2), await store.page("=storms", 1, 2)
    assert (front.last, front.complete_after, front.date_is_unique) == (other, other.seq + 1, False)
    assert page is not None
    assert (page.seq, page.cursor, page.updated) == (other.seq, other.cursor, other.at)
    assert await store.stale_pages("=storms", other.seq, 2) == [1]
    later = await desk.write("d")
    assert await store.stale_pages("=storms", later.seq - 1, 2) == [1, 2]
    assert await store.stale_pages("=storms", later.seq, 2) == []


async def test_the_moment_of_a_definition_outlives_the_log(store: Store, desk: Desk) -> None:
    for name in "ab":
        await desk.write(name)
    last = await desk.write("other", keywords=())
    await store.define([STORMS])
    await desk.write("c")
    await desk.write("other", "And hailed.", keywords=())
    await store.prune(NOON + 99 * MINUTE)
    page = await store.page("=storms", 1, 2)
    assert (page and (page.seq, page.cursor, page.updated)) == (last.seq, last.cursor, last.at)


async def test_a_feed_that_wants_something_else_is_another_and_the_others_stay(store: Store, desk: Desk) -> None:
    await store.define([STORMS, GERMAN])
    await desk.write("a", language="en", section="coast")
    await desk.write("b", language="de", keywords=(), section="coast")
    others = [await store.front(shelf, 9, 9) for shelf in (None, "coast", "=german")]
    await store.define([replace(STORMS, wanted=Filter(language="en"), title="English", entries=3), GERMAN])
    assert shown(await store.front("=storms", 9, 9)) == ["a"]
    await store.define([replace(STORMS, wanted=Filter(query="-hail")), GERMAN])
    assert shown(await store.front("=storms", 9, 9)) == ["b", "a"]
    after = [await store.front(shelf, 9, 9) for shelf in (None, "coast", "=german")]
    assert [(shown(one), one.last and one.last.seq, one.complete_after) for one in after] == [
        (shown(one), one.last and one.last.seq, one.complete_after) for one in others
    ]


async def test_a_feed_that_looks_otherwise_but_wants_the_same_is_the_same(store: Store, desk: Desk) -> None:
    await desk.write("a")
    await store.define([STORMS])
    await desk.write("other", keywords=())
    await store.define([GERMAN, replace(STORMS, title="Other", entries=3, formats=("rss",))])
    last = await store.last_event("=storms")
    assert (last and last.slug) == "a"


async def test_a_feed_that_is_not_named_any_more_leaves_no_trace(store: Store, desk: Desk) -> None:
    await store.define([STORMS, GERMAN])
    await desk.write("a", language="de")
    await desk.write("a", language="en", keywords=())
    await store.define([GERMAN])
    assert [(one.shelves, one.left) for one in await store.read(0, 9)] == [(("=german",), ()), (("=german",),) * 2]
    front = await store.front("=storms", 9, 9)
    assert (front.last, shown(front), gone(front), front.pages) == (None, [], [], 0)
    assert (await desk.write("b", language="en")).shelves == ()
    assert set((await desk.retract("a")).left) == {"=german"}


async def test_configured_feeds_are_no_sections(store: Store, desk: Desk) -> None:
    await store.define([STORMS, Feed(name="coast", title="Coast", shelf="coast"), Feed(name="all", title="All")])
    await desk.write("a", section="inland")
    for ever in (True, False):
        assert [section.name for section in await store.sections(ever=ever)] == ["inland"]


async def test_a_query_that_cannot_be_read_changes_nothing(store: Store, desk: Desk) -> None:
    await store.define([STORMS])
    await desk.write("a")
    with pytest.raises(QueryError, match="quotation mark"):
        await store.define([replace(GERMAN, wanted=Filter(query='"open'))])
    assert shown(await store.front("=storms", 9, 9)) == ["a"]


async def test_what_nobody_can_read_any_more_is_wanted_by_no_new_feed(store: Store, desk: Desk) -> None:
    await desk.write("a")
    await desk.retract("a")
    await desk.write("b")
    await desk.write("b", keywords=())
    await store.prune(NOON + 99 * MINUTE)
    await desk.write("c", usage=Usage.USABLE)
    await store.define([STORMS])
    front = await store.front("=storms", 9, 9)
    assert (shown(front), gone(front)) == (["c"], [])
