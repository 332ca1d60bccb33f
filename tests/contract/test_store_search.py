"""The contract of a store's search: whatever was done to it, the answer is what a look at every article would give."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines import ENGINES, NOON, article, take
from feeder.model import Article, Event, Kind, Person, Seed, Usage
from feeder.query import QueryError, parse
from feeder.store import Store, Take, open_store

DAY = timedelta(days=1)


def titles(events: list[Event]) -> list[str]:
    return [event.article.title for event in events if event.article]


async def put(store: Store, *articles: Article) -> None:
    """Each in a file of its own, one after the other."""
    for one in articles:
        await store.accept([take(f"{one.id}.txt", one)], now=NOON)


async def indexed(store: Store) -> None:
    """Let the index read on to its end."""
    while await store.index(2):
        pass


async def swept(store: Store) -> None:
    while await store.sweep_index():
        pass


def titled(title: str, text: str = "", **fields: Any) -> Article:
    return article(text or title, title=title, id=f"urn:test:{title}", own_id=True, **fields)


@pytest.fixture(params=["before", "half", "after"])
def reading(request: pytest.FixtureRequest) -> int:
    """How many articles the index has read when it is asked: none, some, all; no answer depends on it."""
    return {"before": 0, "half": 2, "after": 1000}[request.param]


async def test_the_newest_date_comes_first_whatever_the_order_of_acceptance(store: Store, reading: int) -> None:
    dates = [3, 1, 5, 2, 4]
    await put(store, *(titled(f"bridge {n}", published=NOON - n * DAY) for n in dates))
    for _ in range(reading // 2):
        await store.index(2)
    assert titles(await store.search(parse("bridge"), 10)) == [f"bridge {n}" for n in (1, 2, 3, 4, 5)]
    assert titles(await store.search(parse("bridge"), 2)) == ["bridge 1", "bridge 2"]
    assert titles(await store.search(parse("bridge -2 -3"), 2)) == ["bridge 1", "bridge 4"]
    assert await store.search(parse("bridge"), 0) == []
    assert await store.search(parse("toll"), 10) == []


async def test_the_newest_dates_are_found_whatever_came_last(store: Store, reading: int) -> None:
    await put(store, *(titled(f"story {n}", published=NOON - n * DAY) for n in (3, 1, 5, 2, 4)))
    for _ in range(reading // 2):
        await store.index(2)
    assert titles(await store.newest_by_date(5)) == [f"story {n}" for n in (1, 2, 3, 4, 5)]
    if reading > 2:
        assert titles(await store.newest_by_date(2)) == ["story 1", "story 2"]
    await store.retract("urn:test:story 1", now=NOON, reason="killed")
    await put(store, titled("story 3", "It snowed.", published=NOON - 3 * DAY))
    if reading:
        await indexed(store)
    found = await store.newest_by_date(10)
    assert titles(found) == [f"story {n}" for n in (2, 3, 4, 5)]
    assert [event.kind for event in found] == [Kind.PUBLISHED, Kind.UPDATED, Kind.PUBLISHED, Kind.PUBLISHED]
    assert await store.newest_by_date(0) == []


async def test_an_archive_that_is_on_its_way_into_the_index_hides_no_news(store: Store) -> None:
    await put(store, titled("news", published=NOON - DAY))
    await indexed(store)
    await put(store, *(titled(f"old {n}", published=NOON - (100 + n) * DAY) for n in (4, 3, 2, 1, 0)))
    assert titles(await store.newest_by_date(2)) == ["news", "old 0"]


async def test_of_one_second_the_last_accepted_comes_first(store: Store, reading: int) -> None:
    dates = [NOON - DAY, NOON - DAY + timedelta(milliseconds=1), NOON - DAY, NOON - DAY - timedelta(seconds=1)]
    await put(store, *(titled(f"bridge {n}", published=date) for n, date in enumerate(dates)))
    for _ in range(reading // 2):
        await store.index(2)
    assert titles(await store.search(parse("bridge"), 10)) == [f"bridge {n}" for n in (2, 1, 0, 3)]


async def test_what_is_found_is_the_latest_event_of_its_article(store: Store, reading: int) -> None:
    await put(store, titled("old news", "It rained."), titled("old news", "It snowed."), titled("else", "It rained."))
    if reading:
        await indexed(store)
    (found,) = await store.search(parse("snowed"), 10)
    assert (found.kind, found.version) == (Kind.UPDATED, 2)
    assert found == await store.by_id("urn:test:old news")


async def test_the_old_text_of_an_edit_is_not_found_wherever_the_index_stands(store: Store) -> None:
    await put(store, titled("a", "rain"))
    await indexed(store)
    await put(store, titled("a", "snow"))
    assert await store.search(parse("rain"), 10) == []
    assert titles(await store.search(parse("snow"), 10)) == ["a"]
    await indexed(store)
    assert await store.search(parse("rain"), 10) == []
    assert titles(await store.search(parse("snow"), 10)) == ["a"]
    assert titles(await store.search(parse("-rain"), 10)) == ["a"]


@pytest.mark.parametrize("read_before", [True, False])
async def test_a_retracted_story_is_not_found_from_its_retraction_on(store: Store, *, read_before: bool) -> None:
    await put(store, titled("a", "rain"), titled("b", "rain"))
    if read_before:
        await indexed(store)
    await store.retract("urn:test:a", now=NOON, reason="libel")
    assert titles(await store.search(parse("rain"), 10)) == ["b"]
    await indexed(store)
    await swept(store)
    assert titles(await store.search(parse("rain"), 10)) == ["b"]
    assert titles(await store.search(parse("-rain"), 10)) == []


async def test_a_story_that_returns_is_found_again(store: Store) -> None:
    await put(store, titled("a", "rain"))
    await indexed(store)
    await store.accept([take("urn:test:a.txt", titled("a", "rain", usage=Usage.WITHDRAWN))], now=NOON)
    assert await store.search(parse("rain"), 10) == []
    await put(store, titled("a", "rain again"))
    assert titles(await store.search(parse("rain"), 10)) == ["a"]
    await indexed(store)
    assert titles(await store.search(parse("rain"), 10)) == ["a"]


async def test_what_was_forgotten_of_the_log_is_found_and_the_index_goes_on(store: Store) -> None:
    await put(store, titled("a", "rain"), titled("b", "rain"))
    await indexed(store)
    await put(store, titled("a", "snow"))
    await store.prune(NOON + DAY)
    assert titles(await store.search(parse("rain OR snow"), 10)) == ["b", "a"]
    await indexed(store)
    await store.prune(NOON + DAY)
    assert titles(await store.search(parse("rain"), 10)) == ["b"]
    assert titles(await store.search(parse("snow"), 10)) == ["a"]
    await store.retract("urn:test:a", now=NOON, reason="libel")
    assert await store.search(parse("snow"), 10) == []


async def test_the_index_says_whether_there_is_more_and_survives_a_restart(store_url: str, tmp_path: Path) -> None:
    store = await open_store(store_url, data=tmp_path)
    await put(store, *(titled(f"bridge {n}") for n in range(5)))
    assert [await store.index(2) for _ in range(2)] == [True, True]
    await store.close()
    store = await open_store(store_url, data=tmp_path)
    assert len(await store.search(parse("bridge"), 10)) == 5
    assert [await store.index(2) for _ in range(2)] == [False, False]
    await store.close()
    reader = await open_store(store_url, data=tmp_path, write=False)
    assert len(await reader.search(parse("bridge"), 10)) == 5
    await reader.close()


async def test_fields_phrases_and_scripts_without_spaces(store: Store, reading: int) -> None:
    await put(
        store,
        titled("Harbour bridge", "The new toll.", authors=(Person("Zoë Example"),), keywords=("Public Transport",)),
        titled(
            "Toll", "A new bridge over the harbour.", section="World/Americas", sections=("world", "world-americas")
        ),
        titled("東京都の橋", "新しい橋が開通した。", language="ja"),
        titled("Language", "C++ and the U.S.", language="en-GB"),
    )
    if reading:
        await indexed(store)

    async def found(query: str) -> set[str]:
        return {title.split()[0] for title in titles(await store.search(parse(query), 10))}

    assert await found("title:toll") == {"Toll"}
    assert await found('"harbour bridge"') == {"Harbour"}
    assert await found('"new toll" OR "over the harbour"') == {"Harbour", "Toll"}
    assert await found("author:zoe") == await found("tag:public-transport") == await found('tag:"public transport"')
    assert await found('author:"zoe example"') == {"Harbour"}
    assert await found("section:world") == await found('section:"world/americas"') == {"Toll"}
    assert (
        await found("橋") == await found("東京") == await found("京都の橋") == await found("通した") == {"東京都の橋"}
    )
    assert await found("都橋") == set()
    assert await found("language:en") == await found("language:EN-gb") == await found("us") == await found("c++")
    assert await found("language:en-us") == set()
    assert await found("-bridge -toll -橋") == {"Language"}


WORDS = [
    "rain",
    "snow",
    "Snow",
    "new",
    "york",
    "New York",
    "C++",
    "U.S.",
    "café",
    "東京",
    "京都",
    "都",
    "ไทย",
    "한국어",
    "☂",
    "x1",
]
TEXTS = st.lists(st.sampled_from([*WORDS, "東京都に雨", "rain.", "-", "\n\n"]), max_size=6).map(" ".join)
TERMS = st.tuples(
    st.sampled_from(["", "", "", "-"]),
    st.sampled_from(["", "", "", "title:", "author:", "tag:", "section:", "language:"]),
    st.one_of(st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)),
).map(lambda parts: f'{parts[0]}{parts[1]}"{parts[2]}"')
QUERIES = st.lists(st.lists(TERMS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=2).map(" OR ".join)
LANGUAGES = st.sampled_from([None, "x1", "en", "en-GB", "rain"])


@st.composite
def candidates(draw: st.DrawFn) -> Article:
    name, text, section = draw(st.integers(0, 5)), draw(TEXTS), draw(st.sampled_from(["", "rain", "snow/new"]))
    title, keywords = draw(TEXTS), tuple(draw(st.lists(st.sampled_from(WORDS), max_size=2)))
    key = hashlib.sha256(repr((name, text, title, keywords, section)).encode()).hexdigest()
    return Article(
        id=f"urn:test:{name}", own_id=True, slug=f"s{name}", title=title, summary=text[:9], html="", text=text,
        published=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(-2, 2)), microseconds=name),
        language=draw(LANGUAGES), authors=tuple(map(Person, draw(st.lists(TEXTS, max_size=2)))), keywords=keywords,
        section=section or None, sections=("snow", "snow-new") if "/" in section else (section,) if section else (),
        content_key=key, digest=key, format="seed",
    )  # fmt: skip


STEPS = st.lists(
    st.one_of(
        candidates(),
        candidates(),
        st.sampled_from(["index", "sweep", "prune", "reopen"]),
        st.integers(0, 5),  # retract it
    ),
    max_size=12,
)


@pytest.mark.parametrize("engine", sorted(ENGINES))
@given(steps=STEPS, queries=st.lists(QUERIES, min_size=1, max_size=8), limit=st.integers(1, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_search_is_a_look_at_every_article(
    engine: str, steps: list[Article | str | int], queries: list[str], limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        runner.run(_compare(ENGINES[engine].format(folder=folder), Path(folder), steps, queries, limit))


async def _compare(url: str, data: Path, steps: list[Article | str | int], queries: list[str], limit: int) -> None:
    store = await open_store(url, data=data)
    order: list[str] = []
    for step in steps:
        if step == "reopen":
            await store.close()
            store = await open_store(url, data=data)
        order += [name for name in await _done(store, step) if name not in order]
    shown = await store.newest(None, 100)
    for text in queries:
        await _agree(store, shown, order, text, limit)
    await store.close()


async def _done(store: Store, step: Article | str | int) -> list[str]:
    match step:
        case Article():
            look = Seed(f"{step.id}.txt", 1, int(step.digest[:12], 16), 1, 1)
            one = Take(seed=look, sha256=step.digest, format="seed", articles=(step,))
            return [event.article_id for event in (await store.accept([one], now=NOON)).events]
        case "index":
            await store.index(2)
        case "sweep":
            await store.sweep_index()
        case "prune":
            await store.prune(NOON + DAY)
        case int() if await store.by_id(f"urn:test:{step}"):
            await store.retract(f"urn:test:{step}", now=NOON, reason="libel")
    return []


async def _agree(store: Store, shown: list[Event], order: list[str], text: str, limit: int) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    matching = [event for event in shown if event.article and query.matches(event.article)]

    def age(event: Event) -> tuple[float, int]:
        assert event.article
        return event.article.published.timestamp() // 1, order.index(event.article_id)

    assert await store.search(query, limit) == sorted(matching, key=age, reverse=True)[:limit], text
