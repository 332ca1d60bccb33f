"""The filters of the stream over HTTP: the same whether an event is heard live, or read from memory or the log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from feeder.model import Feed, Filter, Person
from live import NOON, Live, Plan, article, serving
from sse_reader import SpecReader

PLAN_FEEDS = [
    Feed(name="wet", title="Wet", shelf="=wet", wanted=Filter(query="rain OR flood")),
    Feed(name="globe", title="The World", shelf="world"),
]


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path, feeds=PLAN_FEEDS)) as found:
        await found.store.define(PLAN_FEEDS)
        yield found


async def poll(live: Live, query: str) -> SpecReader:
    status, body, _ = await live.get(f"/events?poll=1&{query}")
    assert status == 200, body
    return SpecReader().feed(body)


def numbers(reader: SpecReader) -> list[int]:
    return [int(told.last_id.partition(".")[2]) for told in reader.told if told.name not in {"checkpoint", "gap"}]


@asynccontextmanager
async def hearing(live: Live, query: str) -> AsyncIterator[SpecReader]:
    """A listener who is there from now on, and has heard its first checkpoint."""
    async with live.session.get(f"{live.url}/events?{query}") as answer:
        assert answer.status == 200
        reader = SpecReader()

        async def listen() -> None:
            async for piece in answer.content.iter_any():
                reader.feed(piece)

        listening = asyncio.create_task(listen())
        await said(reader, 1)
        yield reader
        listening.cancel()


async def said(reader: SpecReader, count: int) -> None:
    async with asyncio.timeout(10):
        while len(reader.told) < count:
            await asyncio.sleep(0.002)


async def happenings(live: Live) -> None:
    """1 rain in World; 2 a game; 3 the rain story is another one, in Sport; 4 天気; 5 it is retracted; 6 the end."""
    rain = article(
        "Rain",
        "It rained in Zürich.",
        language="de-CH",
        section="World",
        sections=("world",),
        keywords=("Weather",),
        authors=(Person("Ann Lee"),),
    )
    (first,) = await live.accept(rain, publish=False)
    await live.accept(article("Game", section="Sport", sections=("sport",), language="en"), publish=False)
    dry = replace(rain, text="All is dry.", language="en", section="Sport", sections=("sport",), keywords=("Drought",))
    live.clock.now = NOON + timedelta(minutes=3)
    await live.accept(replace(dry, title="Dry", summary="Dry.", digest="dry", content_key="dry"), publish=False)
    await live.accept(article("天気", "東京都の天気は晴れ。", language="ja"), publish=False)
    await live.retract(first.article_id)
    await live.accept(article("The end", "Of it all: rain.", sections=("arts",)))


RAIN = [1, 3, 5]
CHOSEN = {
    "feed=world": RAIN,
    "feed=globe": RAIN,
    "section=World": RAIN,
    "feed=wet": [1, 3, 5, 6],
    "section=sport": [2, 3, 5],
    "section=world&section=arts": [1, 3, 5, 6],
    "language=de": RAIN,
    "language=ja&language=de": [1, 3, 4, 5],
    "language=de&section=world": RAIN,
    "language=de&section=sport": [5],  # no version was so; but of what is gone nobody knows which said what
    "tag=weather": RAIN,
    "tag=snow": [],
    "q=zurich": RAIN,
    f"q={quote('東京')}": [4],
    f"q={quote('rain -game')}": [1, 3, 5, 6],
    "q=author:lee&section=world": RAIN,
    "q=dry": [3, 5],
    "q=dry&q=game": [2, 3, 5],
    "q=nothing": [],
}


async def test_live_is_told_what_matches_and_sees_it_leave(live: Live) -> None:
    chosen = {query: expected for query, expected in CHOSEN.items() if query != "feed=world"}  # not there yet
    async with AsyncExitStack() as stack:
        heard = {query: await stack.enter_async_context(hearing(live, query)) for query in chosen}
        last = await stack.enter_async_context(hearing(live, "section=arts"))
        await happenings(live)
        await said(last, 2)
        for query, reader in heard.items():
            await said(reader, 1 + len(chosen[query]))
        assert {query: numbers(reader) for query, reader in heard.items()} == chosen


async def test_who_comes_later_is_told_the_same_and_what_was_retracted_without_content(live: Live) -> None:
    await happenings(live)
    for is_in_memory in (True, False):
        if not is_in_memory:
            live.hub.desk.ring.clear()
        for query, expected in CHOSEN.items():
            reader = await poll(live, f"since=earliest&{query}")
            # What is gone is asked by its traces, which may find an event too many and never one too few.
            assert set(expected) <= set(numbers(reader)) <= {*expected, *RAIN}, query
            assert "Zürich" not in str([told.data for told in reader.told])


async def test_the_thread_of_one_article(live: Live) -> None:
    await happenings(live)
    article_id = (await live.store.read(0, 1))[0].article_id
    assert numbers(await poll(live, f"since=earliest&article={quote(article_id, safe='')}")) == RAIN
    other = (await live.store.read(3, 1))[0].article_id
    assert numbers(await poll(live, f"since=earliest&article={article_id}&article={other}")) == [1, 3, 4, 5]


@pytest.mark.parametrize(
    "query", ["feed=wold", "section=", "language=english", "tag=!", "article=a-storm", "q=title:", "sektion=world"]
)
async def test_what_cannot_be_meant_is_refused_before_the_stream_starts(live: Live, query: str) -> None:
    status, body, headers = await live.get(f"/events?{query}")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(body)["detail"].endswith(".")


async def test_who_reads_a_search_feed_and_listens_from_there_misses_nothing(live: Live) -> None:
    for query in ("rain", "nothing yet"):
        feed = json.loads((await live.get(f"/feeds/search.json?q={quote(query)}"))[1])
        assert numbers(await poll(live, feed["_feeder"]["stream"].partition("?")[2])) == []
    await live.accept(article("Rain", "It rained."))
    feed = json.loads((await live.get("/feeds/search.json?q=rain"))[1])
    stream = feed["_feeder"]["stream"].partition("?")[2]
    assert numbers(await poll(live, stream)) == []
    await live.accept(article("Sun"), article("Flood", "After the rain."))
    found = (await live.store.bounds()).newest
    assert numbers(await poll(live, stream)) in ([found], [found - 1])


async def test_a_snapshot_shows_what_matches_now(live: Live) -> None:
    await live.accept(article("Rain", "It rained.", sections=("world",)))
    await live.accept(replace(article("Rain", "It is dry.", sections=("sport",)), title="Dry"))
    for query, count in (("feed=wet", 0), ("section=world", 0), ("q=rained", 0), ("section=sport", 1), ("q=dry", 1)):
        assert len(numbers(await poll(live, f"snapshot=5&{query}"))) == count, query


@pytest.mark.parametrize(
    ("query", "place"),
    [("section=world", "/feeds/world.json"), ("q=rain&language=en", "/feeds/search.json?q=language:en%20rain")],
)
async def test_a_gap_names_the_document_of_what_was_chosen(live: Live, query: str, place: str) -> None:
    await live.accept(article("Rain", section="World", sections=("world",)))
    gap: dict[str, Any] = json.loads((await poll(live, f"since=garbage&{query}")).told[0].data)
    assert gap["feed"] == f"https://news.example{place}"
    assert (await live.get(place))[0] == 200
