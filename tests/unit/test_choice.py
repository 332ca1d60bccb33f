"""What a reader of the stream chooses: an event matches if one of the versions that it is about does, as a whole."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from feeder.model import Article, Event, Kind, Person
from feeder.query import Searchable, folded, parse, traces_of
from feeder.stream import EVERYTHING, Choice, Seen, seen
from feeder.stream.choice import standing
from telling import PLAIN, tell

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORY = replace(
    PLAIN,
    title="The bridge is closed",
    text="Cars wait at the pier.",
    language="en-GB",
    authors=(Person("Ann Lee"),),
    section="World/Americas",
    sections=("world", "world-americas"),
    keywords=("Climate change", "Киев"),
)
NEXT = replace(
    STORY, title="The bridge is open", language="pt", section="Sport", sections=("sport",), keywords=("Ports",)
)


def choice(**wanted: Sequence[str]) -> Choice:
    queries = frozenset(map(parse, wanted.pop("queries", ())))
    return Choice(queries=queries, **{name: frozenset(values) for name, values in wanted.items()})


def change(before: Article, after: Article, *shelves: str, left: tuple[str, ...] = ()) -> Event:
    """An event that brought ``after`` in the place of ``before``."""
    union = tuple(dict.fromkeys((*after.sections, *before.sections, *shelves)))
    gone = tuple(name for name in before.sections if name not in after.sections)
    return replace(tell(after, AT, shelves=union, left=gone + left), kind=Kind.UPDATED)


def retraction(*versions: Article, shelves: tuple[str, ...] = ()) -> Event:
    """The event by which all the versions of an article go."""
    ever = tuple(dict.fromkeys((*(name for one in versions for name in one.sections), *shelves)))
    gone = replace(tell(versions[0], AT, shelves=ever, left=ever), kind=Kind.RETRACTED, article=None)
    return replace(gone, traces=traces_of(map(Searchable, versions)))


MATCHING: list[dict[str, Sequence[str]]] = [
    {},
    {"shelves": ["world"]},
    {"shelves": ["=wet", "world-americas"]},
    {"sections": ["world-americas"]},
    {"languages": ["en"]},
    {"languages": ["en-gb"]},
    {"languages": ["de", "en"]},
    {"tags": ["climate change"]},
    {"tags": ["snow", "climate change"]},
    {"tags": ["kiev"]},  # by its name in an address
    {"tags": [folded("КИЕВ")]},
    {"articles": [STORY.id]},
    {"articles": ["urn:x:other", STORY.id]},
    {"queries": ["closed"]},
    {"queries": ["snow", "author:lee -rain"]},
    {"queries": ["section:americas"]},
    {"shelves": ["world"], "sections": ["world"], "languages": ["en"], "tags": ["climate change"]},
    {"sections": ["world"], "articles": [STORY.id], "queries": ['"bridge is closed"']},
]
OTHERS: list[dict[str, Sequence[str]]] = [
    {"shelves": ["=wet"]},
    {"sections": ["americas"]},
    {"languages": ["e"]},
    {"languages": ["en-us"]},
    {"tags": ["climate"]},
    {"articles": ["urn:x:other"]},
    {"queries": ["open"]},
    {"queries": ["-closed", "title:cars"]},
    {"sections": ["world"], "languages": ["de"]},
    {"sections": ["world"], "queries": ["snow"]},
    {"articles": [STORY.id], "tags": ["ports"]},
]
FIRST = seen(tell(STORY, AT), None)
RETRACTED = seen(retraction(STORY), None)


@pytest.mark.parametrize("wanted", MATCHING)
def test_what_matches_an_article_matches_its_first_event_and_its_retraction(wanted: dict[str, Sequence[str]]) -> None:
    assert choice(**wanted).matches(FIRST)
    assert choice(**wanted).matches(RETRACTED)


@pytest.mark.parametrize("wanted", OTHERS)
def test_what_does_not_matches_neither(wanted: dict[str, Sequence[str]]) -> None:
    assert not choice(**wanted).matches(FIRST)
    if "-closed" not in str(wanted):  # what a query denies counts as not said when the text is gone
        assert not choice(**wanted).matches(RETRACTED)


def test_who_saw_a_story_sees_it_leave() -> None:
    left = seen(change(STORY, NEXT), STORY)
    for wanted in ({"sections": ["world"]}, {"queries": ["closed"]}, {"languages": ["en"]}, {"tags": ["kiev"]}):
        assert choice(**wanted).matches(left)
        assert not choice(**wanted).matches(seen(tell(NEXT, AT), None))
    assert choice(sections=["sport"], queries=["open"]).matches(left)


def test_all_must_hold_of_one_version() -> None:
    left = seen(change(STORY, NEXT), STORY)
    assert choice(sections=["world"], languages=["en"]).matches(left)
    assert choice(sections=["sport"], languages=["pt"]).matches(left)
    assert not choice(sections=["world"], languages=["pt"]).matches(left)
    assert not choice(sections=["sport"], queries=["closed"]).matches(left)
    assert not choice(sections=["sport"], tags=["kiev"]).matches(left)


def test_a_feed_that_the_article_leaves_is_of_the_version_before() -> None:
    left = seen(change(STORY, NEXT, "=wet", "=dry", left=("=wet",)), STORY)
    assert choice(shelves=["=wet"], languages=["en"]).matches(left)
    assert not choice(shelves=["=wet"], languages=["pt"]).matches(left)
    assert choice(shelves=["=dry"], languages=["pt"]).matches(left)
    assert choice(shelves=["=dry"], languages=["en"]).matches(left)  # whether it stood there before nobody tells


def test_a_story_that_returns_replaces_nothing() -> None:
    back = seen(tell(NEXT, AT), STORY)
    assert len(back.versions) == 1
    assert not choice(queries=["closed"]).matches(back)


def test_what_stands_is_the_version_that_an_event_brought() -> None:
    now = standing(change(STORY, NEXT, "=wet", "=dry", left=("=wet",)))
    assert choice(sections=["sport"], shelves=["=dry"], queries=["open"]).matches(now)
    for wanted in ({"sections": ["world"]}, {"shelves": ["=wet"]}, {"queries": ["closed"]}, {"languages": ["en"]}):
        assert not choice(**wanted).matches(now)


def test_a_version_that_nobody_knows_any_more_may_have_been_anything_but_elsewhere() -> None:
    left = seen(change(STORY, NEXT), None)
    assert choice(sections=["world"], languages=["xx"], tags=["rare"], queries=["rare"]).matches(left)
    assert not choice(sections=["arts"]).matches(left)
    assert not choice(articles=["urn:x:other"]).matches(left)


def test_of_a_retracted_article_without_traces_nothing_is_known() -> None:
    gone = seen(replace(retraction(STORY), traces=None), None)
    assert choice(sections=["world"], languages=["xx"], tags=["rare"], queries=["rare"]).matches(gone)
    assert not choice(sections=["arts"]).matches(gone)


def test_an_earlier_event_of_a_retracted_article_is_asked_like_the_retraction() -> None:
    told = retraction(STORY, NEXT)
    stripped = replace(tell(STORY, AT), article=None, retracted=True, traces=told.traces)
    assert choice(sections=["world"], queries=["closed"]).matches(seen(stripped, None))
    assert choice(languages=["pt"]).matches(seen(stripped, None))
    assert not choice(sections=["sport"]).matches(seen(stripped, None))  # it did not concern that one
    assert choice(sections=["sport"]).matches(seen(told, None))
    assert not choice(queries=["snow"]).matches(seen(stripped, None))


def test_light_is_asked_all_but_texts() -> None:
    for full in (FIRST, RETRACTED, seen(change(STORY, NEXT), STORY), seen(change(STORY, NEXT), None)):
        light = full.light()
        assert (light.article_id, light.kind) == (full.article_id, full.kind)
        for wanted in (*MATCHING, *OTHERS):
            one = choice(**wanted)
            if not one.reads_text:
                assert one.matches(light) is one.matches(full)
        assert light.light() == light


@pytest.mark.parametrize("full", [FIRST, RETRACTED, seen(change(STORY, NEXT), STORY)])
def test_who_asks_what_was_said_is_told_that_it_is_not_here(full: Seen) -> None:
    with pytest.raises(LookupError):
        choice(queries=["closed"]).matches(full.light())
    assert not choice(sections=["arts"], queries=["closed"]).matches(full.light())  # that is decided without


def test_light_is_light() -> None:
    long = replace(STORY, text="word " * 100_000)
    for full in (seen(tell(long, AT), None), seen(change(long, long), long), seen(retraction(long), None)):
        assert len(pickle.dumps(full.light())) < 900
    same = seen(change(STORY, replace(STORY, text="Other.")), STORY).light()
    assert len(same.versions) == 1  # versions that no choice tells apart are kept once


def test_everything_is_everything() -> None:
    assert EVERYTHING.is_everything
    assert not EVERYTHING.reads_text
    assert EVERYTHING.key == ""
    assert all(EVERYTHING.matches(one) for one in (FIRST, RETRACTED, FIRST.light()))
    assert not any(choice(**wanted).is_everything for wanted in MATCHING[1:])


NAMES = st.frozensets(st.sampled_from(["world", "sport", "=wet", "a&b", "a=b", "ü", "\ud800", ""]), max_size=3)
QUERIES = st.frozensets(
    st.sampled_from(["rain", "rain OR snow", "-rain", "tag:a", "a&b", "q=x"]).map(parse), max_size=2
)
CHOICES = st.builds(Choice, shelves=NAMES, sections=NAMES, languages=NAMES, tags=NAMES, articles=NAMES, queries=QUERIES)


@given(CHOICES, CHOICES)
def test_keys_are_equal_for_equal_choices_and_for_no_others(one: Choice, other: Choice) -> None:
    again = Choice(
        **{
            name: frozenset(sorted(getattr(one, name), key=str, reverse=True))
            for name in ("shelves", "sections", "languages", "tags", "articles", "queries")
        }
    )
    assert again.key == one.key
    places = {frozenset({one.shelves, one.sections}) - {frozenset()} for one in (one, other)}
    rest = {(one.languages, one.tags, one.articles, one.queries) for one in (one, other)}
    assert (one.key == other.key) is (len(places) == len(rest) == 1)


@pytest.mark.parametrize("name", ["world", "sport", "arts", "a&b", "ü", "news", "x"])
def test_keys_are_the_same_in_every_process(name: str) -> None:
    one = choice(sections=[name, "local"], shelves=["=wet"], queries=["rain", "a OR b"], languages=["en", "de"])
    first, second = sorted(
        [urlencode([("or", "=wet")]), urlencode([("or", place) for place in sorted([name, "local"])])]
    )
    expected = [("stands", first), ("stands", second), ("language", "de"), ("language", "en"), ("q", "a OR b")]
    assert one.key == urlencode([*expected, ("q", "rain")])


def test_who_asks_where_a_story_stands_need_not_know_what_it_said_before() -> None:
    assert not any(one.reads_before for one in (EVERYTHING, choice(sections=["world"]), choice(articles=["urn:x:1"])))
    for wanted in ({"languages": ["en"]}, {"tags": ["a"]}, {"queries": ["a"]}, {"sections": ["a"], "shelves": ["=b"]}):
        assert choice(**wanted).reads_before


def test_a_feed_that_is_a_section_is_the_same_choice() -> None:
    assert choice(shelves=["world", "sport"]).key == choice(sections=["sport", "world"]).key
    assert choice(shelves=["world"], sections=["world"]).key == choice(sections=["world"]).key
    assert choice(shelves=["world"], sections=["sport"]).key != choice(sections=["sport", "world"]).key


SECTIONS = ("world", "sport", "arts")
TAGS = ("Rain", "Snow fall")
ARTICLES = st.builds(
    lambda text, **rest: replace(PLAIN, text=text, **rest),
    text=st.lists(st.sampled_from(["rain", "snow", "東京都", "المدرسة", "Zürich"]), max_size=3).map(" ".join),
    language=st.none() | st.sampled_from(["en", "en-GB", "ja"]),
    keywords=st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
    sections=st.lists(st.sampled_from(SECTIONS), max_size=2, unique=True).map(tuple),
)
WANTED = st.fixed_dictionaries(
    {},
    optional={
        "sections": st.lists(st.sampled_from(SECTIONS), max_size=2),
        "shelves": st.lists(st.sampled_from(SECTIONS), max_size=2),
        "languages": st.lists(st.sampled_from(["en", "en-gb", "ja"]), max_size=2),
        "tags": st.lists(st.sampled_from(["rain", "snow fall"]), max_size=2),
        "articles": st.lists(st.sampled_from([PLAIN.id, "urn:x:other"]), max_size=1),
        "queries": st.lists(st.sampled_from(["rain", "京都", "-snow", "zurich OR المدرسة", "tag:rain"]), max_size=2),
    },
)


def is_wanted(wanted: dict[str, Sequence[str]], article: Article) -> bool:
    """The definition, for one version."""

    def holds(name: str, *values: bool) -> bool:
        return not wanted.get(name) or any(values)

    language = (article.language or "").lower()
    return (
        holds("sections", *(name in article.sections for name in wanted.get("sections", ())))
        and holds("shelves", *(name in article.sections for name in wanted.get("shelves", ())))
        and holds("languages", *(f"{language}-".startswith(f"{one}-") for one in wanted.get("languages", ())))
        and holds("tags", *(one in map(str.lower, article.keywords) for one in wanted.get("tags", ())))
        and holds("articles", *(one == article.id for one in wanted.get("articles", ())))
        and holds("queries", *(parse(one).matches(article) for one in wanted.get("queries", ())))
    )


@given(ARTICLES, ARTICLES, WANTED)
def test_choices_agree_with_the_definition(before: Article, after: Article, wanted: dict[str, Sequence[str]]) -> None:
    one = choice(**wanted)
    assert one.matches(seen(tell(after, AT), None)) is is_wanted(wanted, after)
    either = is_wanted(wanted, after) or is_wanted(wanted, before)
    assert one.matches(seen(change(before, after), before)) is either
    without = one.matches(seen(change(before, after), None))
    assert without >= either if one.reads_before else without is either


@given(st.lists(ARTICLES, min_size=1, max_size=4), WANTED)
def test_a_retraction_reaches_everybody_who_was_told(
    versions: Sequence[Article], wanted: dict[str, Sequence[str]]
) -> None:
    assume(any(is_wanted(wanted, one) for one in versions))
    assert choice(**wanted).matches(seen(retraction(*versions), None))
