"""Searches are answered once for all who ask the same, kept while the log stands still, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

import telling
from feeder.errors import UnavailableError
from feeder.model import Event
from feeder.query import Query, parse
from feeder.store import Bounds
from feeder.web.prepared import Answer, Kept, Limits
from feeder.web.searches import Form, Searches

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
RAIN, WIND = parse("rain"), parse("wind")


def answer(text: str) -> Answer:
    return Answer(body=text.encode(), media_type="text/plain; charset=utf-8")


def titles(query: str, found: Sequence[Event]) -> Answer:
    return answer(f"{query}: " + ", ".join(event.article.title for event in found if event.article))


@dataclass
class Articles:
    """A log in memory, which answers when its door is open."""

    events: list[Event] = field(default_factory=list)
    door: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most: int = 0
    asked: int = 0
    trouble: Exception | None = None

    def tell(self, title: str, days: int = 0) -> None:
        article = replace(telling.PLAIN, title=title, published=AT + timedelta(days=days))
        self.events.append(telling.tell(article, AT, seq=len(self.events) + 1))

    async def bounds(self) -> Bounds:
        return Bounds(1, len(self.events))

    async def search(self, query: Query, limit: int) -> list[Event]:
        self.asked += 1
        found = [event for event in self.events if event.article and query.matches(event.article)][:limit]
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.door.wait()
        finally:
            self.under_way -= 1
        if self.trouble:
            raise self.trouble
        return found

    def open(self) -> None:
        self.door.set()


@asynccontextmanager
async def searching(articles: Articles, *, limit: int = 9, limits: Limits | None = None) -> AsyncIterator[Searches]:
    kept = Kept(most=3, size_bytes=1000, seconds=3600)
    found = Searches(articles, {"a": Form(limit, titles), "b": Form(1, titles)}, limits=limits, kept=kept)
    yield found
    await found.close()


async def until_asked(articles: Articles, times: int) -> None:
    async with asyncio.timeout(10):
        while articles.asked < times:
            await asyncio.sleep(0)


@pytest.fixture
def articles() -> Articles:
    made = Articles()
    made.tell("Rain here", days=1)
    made.tell("Rain there", days=3)
    made.tell("Wind", days=2)
    return made


async def test_what_is_found_is_shown_newest_date_first_as_far_as_the_form_goes(articles: Articles) -> None:
    articles.open()
    articles.tell("Rain again", days=3)
    async with searching(articles) as searches:
        assert (await searches.answer(RAIN, "a")).body == b"rain: Rain again, Rain there, Rain here"
        assert (await searches.answer(WIND, "a")).body == b"wind: Wind"
        assert (await searches.answer(RAIN, "b")).body == b"rain: Rain here"


async def test_the_same_question_is_answered_once_until_the_log_goes_on(articles: Articles) -> None:
    articles.open()
    async with searching(articles) as searches:
        first = await searches.answer(RAIN, "a")
        assert await searches.answer(parse(' "rain" '), "a") is first
        assert (searches.made, articles.asked) == (1, 1)
        articles.tell("More rain", days=9)
        assert (await searches.answer(RAIN, "a")).body == b"rain: More rain, Rain there, Rain here"
        assert searches.made == 2


async def test_all_who_ask_at_the_same_time_share_one_search(articles: Articles) -> None:
    async with searching(articles) as searches:
        many = [asyncio.create_task(searches.answer(RAIN, "a")) for _ in range(20)]
        await until_asked(articles, 1)
        articles.open()
        assert len({id(found) for found in await asyncio.gather(*many)}) == 1
        assert (searches.made, articles.asked) == (1, 1)


async def test_one_who_leaves_does_not_end_the_search_of_the_others(articles: Articles) -> None:
    async with searching(articles) as searches:
        leaving, staying = (asyncio.create_task(searches.answer(RAIN, "a")) for _ in range(2))
        await until_asked(articles, 1)
        leaving.cancel()
        await asyncio.wait([leaving])
        articles.open()
        assert (await staying).body == b"rain: Rain there, Rain here"
        assert articles.asked == 1


async def test_who_asks_after_an_event_is_not_given_what_was_being_made_before_it(articles: Articles) -> None:
    async with searching(articles) as searches:
        before = asyncio.create_task(searches.answer(RAIN, "a"))
        await until_asked(articles, 1)
        articles.tell("More rain", days=9)
        after = asyncio.create_task(searches.answer(RAIN, "a"))
        await until_asked(articles, 2)
        articles.open()
        assert b"More" not in (await before).body
        newest = await after
        assert newest.body.startswith(b"rain: More rain")
        assert await searches.answer(RAIN, "a") is newest


async def test_few_searches_are_under_way_at_a_time(articles: Articles) -> None:
    async with searching(articles, limits=Limits(at_once=2, waiting=5)) as searches:
        many = [asyncio.create_task(searches.answer(parse(f"rain {number}"), "a")) for number in range(6)]
        await until_asked(articles, 2)
        articles.open()
        await asyncio.gather(*many)
        assert (articles.most, articles.asked) == (2, 6)


async def test_one_too_many_is_sent_away_at_once_and_one_who_waits_too_long_after_a_while(articles: Articles) -> None:
    async with searching(articles, limits=Limits(at_once=1, waiting=1, patience_seconds=0.01)) as searches:
        under_way = asyncio.create_task(searches.answer(RAIN, "a"))
        await until_asked(articles, 1)
        waiting = asyncio.create_task(searches.answer(WIND, "a"))
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="waiting"):
            await searches.answer(parse("snow"), "a")
        with pytest.raises(UnavailableError, match="being made"):
            await waiting
        articles.open()
        assert (await under_way).body == b"rain: Rain there, Rain here"
        assert (await searches.answer(WIND, "a")).body == b"wind: Wind"  # there is a turn again


async def test_trouble_is_told_and_not_kept(articles: Articles) -> None:
    articles.open()
    articles.trouble = UnavailableError("the disk is away")
    async with searching(articles, limits=Limits(at_once=1)) as searches:
        for _ in range(2):
            with pytest.raises(UnavailableError, match="the disk is away"):
                await searches.answer(RAIN, "a")
        articles.trouble = None
        assert (await searches.answer(RAIN, "a")).body == b"rain: Rain there, Rain here"


async def test_closing_ends_what_is_under_way(articles: Articles) -> None:
    async with searching(articles) as searches:
        asking = asyncio.create_task(searches.answer(RAIN, "a"))
        await until_asked(articles, 1)
    assert articles.under_way == 0
    with pytest.raises(asyncio.CancelledError):
        await asking


def test_those_not_wanted_longest_go_when_there_are_too_many() -> None:
    kept = Kept(most=2)
    one, two, three = map(answer, ("1", "2", "3"))
    kept.put(("q1", "a"), 1, one, 0)
    kept.put(("q2", "a"), 1, two, 0)
    assert kept.get(("q1", "a"), 1, 0) is one
    kept.put(("q3", "a"), 1, three, 0)
    assert [kept.get((name, "a"), 1, 0) for name in ("q1", "q2", "q3")] == [one, None, three]
    assert (len(kept), kept.bytes) == (2, 2)


def test_all_codings_count_and_one_that_is_too_large_alone_is_not_kept() -> None:
    kept = Kept(size_bytes=10)
    kept.put(("small", "a"), 1, answer("12345"), 0)
    coded = replace(answer("1234"), encoded={"gzip": b"12"})
    assert coded.size == 6
    kept.put(("coded", "a"), 1, coded, 0)
    assert (len(kept), kept.bytes) == (1, 6)
    kept.put(("large", "a"), 1, answer("12345678901"), 0)
    assert kept.get(("large", "a"), 1, 0) is None
    assert kept.get(("coded", "a"), 1, 0) is coded
    kept.put(("coded", "a"), 2, answer("12345678901"), 0)
    assert (len(kept), kept.bytes) == (0, 0)


def test_an_answer_is_kept_for_its_head_of_the_log_and_for_a_while() -> None:
    kept = Kept(seconds=60)
    made = answer("1")
    kept.put(("q", "a"), 5, made, 100)
    kept.put(("q", "a"), 4, answer("older"), 100)  # a slow one that began before
    assert kept.get(("q", "b"), 5, 100) is None
    assert kept.get(("q", "a"), 4, 159.9) is made
    assert kept.get(("q", "a"), 5, 160) is None
    kept.put(("q", "a"), 5, made, 160)
    assert kept.get(("q", "a"), 6, 160) is None
    assert (len(kept), kept.bytes) == (0, 0)


def test_each_coding_has_a_tag_of_its_own() -> None:
    one, other = answer("1"), answer("2")
    tags = {one.etag, other.etag, one.etag_of("gzip"), one.etag_of("br"), other.etag_of("br")}
    assert len(tags) == 5
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)
