"""The contract of what filters of the stream need: the version before each change, and traces of what is gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engines import MINUTE, NOON, article, take
from feeder.model import Feed, Filter, Person, Usage
from feeder.query import Searchable, may_match, parse, traces_of
from feeder.store import open_store
from feeder.store.sqlite import prune
from feeder.stream import Choice, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from feeder.model import Article, Event, Traces
    from feeder.store import Store

WORLD = article(
    "It rained in Zürich.",
    title="Rain",
    language="de-CH",
    authors=(Person("Ann Lee"),),
    section="World",
    sections=("world",),
    keywords=("Weather",),
)
SPORT = article(
    "東京都の天気は晴れ。 المدرسة",
    title="Sun",
    language="ja",
    section="Sport",
    sections=("sport",),
    keywords=("Tokyo",),
)
SAID = ("zurich", '"rained in"', "title:rain", "author:lee", "tag:weather", "language:de", "section:world")
SAID_LATER = ("東京", "天気は晴れ", "المدرسة", "title:sun", "tag:tokyo", "language:ja", "section:sport")


async def say(store: Store, *versions: Article, path: str = "a.txt", minutes: int = 0) -> None:
    """One file with one version after the other."""
    for one in versions:
        await store.accept([take(path, one)], now=NOON + minutes * MINUTE)


async def gone(store: Store, minutes: int = 0) -> Event:
    """The file's author withdraws it."""
    usage = replace(article("gone"), usage=Usage.WITHDRAWN)
    accepted = await store.accept([take("a.txt", usage)], now=NOON + minutes * MINUTE)
    (event,) = accepted.events
    return event


def asked(left: Traces | None, queries: Sequence[str]) -> list[bool]:
    assert left is not None
    return [may_match(parse(one), left) for one in queries]


async def test_the_version_before_each_change_is_told(store: Store) -> None:
    later = article("It shone.", correction="It was in Tokyo.")
    await say(store, WORLD, SPORT, later)
    await say(store, article("Other."), path="b.txt")
    events = await store.read(0, 9)
    assert [event.kind for event in events] == ["published", "updated", "corrected", "published"]
    versions = [event.article for event in events]
    assert await store.replaced(events) == {2: versions[0], 3: versions[1]}
    assert await store.replaced(events[2:]) == {3: versions[1]}
    assert await store.replaced([events[0], events[3]]) == {}
    assert await store.replaced([]) == {}


async def test_what_returned_replaced_nothing_and_what_was_retracted_is_told_no_more(store: Store) -> None:
    await say(store, WORLD, SPORT)
    before = await store.read(0, 9)
    await gone(store)
    assert await store.replaced(before) == {}
    await say(store, WORLD, SPORT)
    events = await store.read(0, 9)
    assert [event.kind for event in events] == ["published", "updated", "retracted", "published", "updated"]
    assert await store.replaced(events) == {5: events[3].article}


async def test_a_version_that_the_log_has_forgotten_is_not_told(store: Store) -> None:
    await say(store, WORLD)
    await say(store, SPORT, minutes=1)
    await say(store, WORLD, minutes=2)
    events = await store.read(0, 9)
    await store.prune(NOON + MINUTE)
    assert await store.replaced(events[1:]) == {3: events[1].article}
    await store.prune(NOON + 2 * MINUTE)
    assert await store.replaced(events[2:]) == {}


async def test_the_version_before_is_told_while_it_is_what_is_shown(store: Store) -> None:
    """An old story is corrected long after its first event: only who is concerned is to hear of it."""
    await say(store, WORLD)
    (first,) = await store.read(0, 9)
    await store.prune(NOON + MINUTE)
    await say(store, SPORT, minutes=2)
    assert await store.replaced(await store.read(0, 9)) == {2: first.article}


async def test_a_version_below_the_floor_is_never_taken_for_the_one_before(store: Store) -> None:
    await say(store, WORLD)
    await store.define([Feed(name="x", title="X", shelf="=x")])  # from here on: the row stays for this
    await say(store, replace(SPORT, sections=("world",)), minutes=1)
    await say(store, article("At last.", sections=("world",)), minutes=2)
    events = await store.read(0, 9)
    await store.prune(NOON + 2 * MINUTE)
    assert await store.replaced(events[2:]) == {}


async def test_a_retraction_has_the_traces_of_all_versions(store: Store) -> None:
    await say(store, WORLD, SPORT)
    versions = [event.article for event in await store.read(0, 9) if event.article]
    event = await gone(store)
    assert event.traces == traces_of(map(Searchable, versions))
    assert event.traces is not None
    assert event.traces.languages == ("de-ch", "ja")
    assert event.traces.sections == ("sport", "world")
    assert asked(event.traces, (*SAID, *SAID_LATER)) == [True] * 14
    assert asked(event.traces, ("snow", "title:tokyo", "tag:rain", "language:en")) == [False] * 4


async def test_the_earlier_events_of_a_retracted_article_carry_them_too_and_no_others(store: Store) -> None:
    await say(store, WORLD, SPORT)
    await say(store, article("Other."), path="b.txt")
    event = await gone(store)
    log = await store.read(0, 9)
    assert [one.traces for one in log] == [event.traces, event.traces, None, event.traces]
    assert await store.by_id(event.article_id) == await store.by_slug(event.slug) == event == log[-1]
    assert await store.last_event(None) == await store.last_event("world") == event


async def test_what_was_said_before_a_return_is_still_known_when_it_goes_again(store: Store) -> None:
    await say(store, WORLD)
    first = await gone(store)
    assert asked(first.traces, SAID_LATER) == [False] * 7
    await say(store, SPORT)
    returned = (await store.read(0, 9))[2]
    assert (returned.kind, returned.traces) == ("published", None)
    second = await gone(store)
    assert second.article_id == first.article_id
    assert asked(second.traces, (*SAID, *SAID_LATER)) == [True] * 14


async def test_traces_outlive_a_restart(store_url: str, tmp_path: Path) -> None:
    store = await open_store(store_url, data=tmp_path)
    await say(store, WORLD)
    await gone(store)
    log = await store.read(0, 9)
    await store.close()
    store = await open_store(store_url, data=tmp_path)
    assert await store.read(0, 9) == log
    assert asked(log[0].traces, SAID) == [True] * 7
    await store.close()


async def test_versions_that_the_log_forgot_are_in_the_traces(store: Store) -> None:
    await say(store, WORLD)
    await say(store, SPORT, minutes=1)
    await say(store, article("At last.", section="Arts", sections=("arts",)), minutes=2)
    await store.prune(NOON + 2 * MINUTE)
    assert [event.traces for event in await store.read(0, 9)] == [None]
    event = await gone(store, minutes=3)
    assert asked(event.traces, (*SAID, *SAID_LATER, "last")) == [True] * 15
    assert set(event.shelves) == {"world", "sport", "arts"}
    await store.prune(NOON + 9 * MINUTE)
    await say(store, article("Once more."), minutes=10)
    event = await gone(store, minutes=11)
    assert asked(event.traces, (*SAID, *SAID_LATER, "last", "once")) == [True] * 16


async def test_a_clean_up_in_many_steps_forgets_no_trace(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "VERSIONS", 2)
    words = [f"word{n}" for n in range(9)]
    for n, word in enumerate(words):
        await say(store, *(article(f"{word} {path}", title=path) for path in "b"), path=f"{n % 2}.txt", minutes=n)
    await store.prune(NOON + 99 * MINUTE)
    ids = {event.article_id for event in await store.newest(None, 9)}
    left = [(await store.retract(one, now=NOON + 100 * MINUTE, reason="libel"))[0].traces for one in sorted(ids)]
    assert [any(asked(one, [word])[0] for one in left) for word in words] == [True] * 9


async def test_of_a_text_that_was_retracted_no_word_is_left_on_the_disk(store: Store, store_url: str) -> None:
    secret = "Unmistakable"
    await say(store, article(f"{secret} words.", keywords=(secret,), title=secret))
    await gone(store)
    await store.sweep_index()
    await store.close()
    folder = Path(store_url.removeprefix("sqlite:///")).parent
    assert all(secret.lower().encode() not in file.read_bytes().lower() for file in folder.iterdir())


async def test_a_choice_meets_an_article_from_its_coming_to_its_end(store: Store) -> None:
    await store.define([Feed(name="wet", title="Wet", shelf="=wet", wanted=Filter(query="rained"))])
    await say(store, WORLD, SPORT)
    choices = {
        "wet": Choice(shelves=frozenset({"=wet"})),
        "zurich": Choice(queries=frozenset({parse("zurich")}), sections=frozenset({"world"})),
        "tokyo": Choice(queries=frozenset({parse("東京")}), languages=frozenset({"ja"})),
        "both": Choice(queries=frozenset({parse("東京")}), sections=frozenset({"world"})),
        "other": Choice(tags=frozenset({"snow"})),
    }

    async def met() -> dict[str, list[int]]:
        log = await store.read(0, 9)
        before = await store.replaced(log)
        told = [seen(event, before.get(event.seq)) for event in log]
        return {name: [n for n, one in enumerate(told, 1) if choice.matches(one)] for name, choice in choices.items()}

    assert await met() == {"wet": [1, 2], "zurich": [1, 2], "tokyo": [2], "both": [], "other": []}
    await gone(store)
    assert await met() == {"wet": [1, 2, 3], "zurich": [1, 2, 3], "tokyo": [1, 2, 3], "both": [1, 2, 3], "other": []}


async def test_who_reads_a_search_and_listens_from_there_misses_nothing(store: Store) -> None:
    query = parse("rain OR 東京")
    for path, text in (("a.txt", "Rain."), ("b.txt", "More rain."), ("c.txt", "Snow."), ("d.txt", "Hail.")):
        await say(store, article(text, title=text), path=path)
    found = await store.search(query, 9)
    shown = {event.article_id: event.article for event in found}
    cursor = max(event.seq for event in found)
    await say(store, article("It is dry.", title="Rain."), article("It is dry now.", title="Dry."), path="a.txt")
    await store.retract(article("More rain.", title="More rain.").id, now=NOON, reason="libel")
    await say(store, article("東京都", title="Snow."), path="c.txt", minutes=1)
    await say(store, article("Sun.", title="Hail."), path="d.txt", minutes=2)
    await say(store, article("Rain again."), path="e.txt", minutes=3)
    log = await store.read(cursor, 99)
    before = await store.replaced(log)
    choice = Choice(queries=frozenset({query}))
    for event in log:
        if choice.matches(seen(event, before.get(event.seq))):
            shown.pop(event.article_id, None)
            if event.article and query.matches(event.article):
                shown[event.article_id] = event.article
    assert shown == {event.article_id: event.article for event in await store.search(query, 9)}
    assert len(shown) == 2
