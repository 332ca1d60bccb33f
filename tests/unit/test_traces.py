"""Traces: what is left of a withdrawn text finds every reader whose query found the text, and says nothing of it."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Person, Traces
from feeder.query import QueryError, Searchable, has_language, has_tag, may_match, parse, traces_of
from feeder.query.traces import _MOST_BYTES
from telling import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Article

FIRST = replace(
    PLAIN,
    title="Harbour bridge closed",
    summary="The U.S. engineers arrived by e-mail.",
    text="Cars wait at the Müller pier.\n\n東京都の天気は晴れ。 المدرسة مغلقة اليوم",
    language="en-GB",
    authors=(Person("José Núñez"),),
    section="World/South America",
    sections=("world", "world-south-america"),
    keywords=("Climate change", "Киев"),
)
SECOND = replace(FIRST, title="Bridge open", text="Nothing.", language="pt-BR", section="Sport", sections=("sport",))


def left(*versions: Article, before: Traces | None = None) -> Traces:
    return traces_of(map(Searchable, versions), before)


@pytest.mark.parametrize(
    "query",
    [
        "harbour",
        '"bridge closed"',
        "muller",
        "U.S. e-mail",
        "東京都",
        "天気は晴れ",
        "京",
        "مدرسة OR المدرسة",
        "title:closed",
        'author:"José Núñez"',
        "section:sport",
        'section:"South America"',
        "section:World/South-America",
        "tag:climate-change",
        'tag:"climate change"',
        "tag:kiev",
        "language:en",
        "language:pt_br",
        "nothing harbour",  # of two versions: too much, but never too little
        '"closed bridge"',
        "-bridge harbour",  # what is denied counts as not said
        "absent OR pier",
    ],
)
def test_what_one_version_said_is_found(query: str) -> None:
    assert may_match(parse(query), left(FIRST, SECOND))


@pytest.mark.parametrize(
    "query",
    [
        "harbours",
        "harbour absent",
        "title:pier",
        "author:harbour",
        "北京",
        "東気",
        "section:america",
        "section:spor",
        "tag:climate",
        "tag:harbour",
        "language:de",
        "language:en-US",
        "absent -harbour",
    ],
)
def test_what_none_said_is_not(query: str) -> None:
    assert not may_match(parse(query), left(FIRST, SECOND))


def test_languages_and_tags_are_exact() -> None:
    found = left(FIRST, replace(PLAIN, language=None))
    assert found.languages == ("en-gb",)
    assert found.sections == ("world", "world-south-america")
    assert has_language(found, "en")
    assert not has_language(found, "e")
    assert has_tag(found, "climate change", "-")
    assert has_tag(found, "-", "climate-change")
    assert not has_tag(found, "climate", "change")


def test_of_nothing_nothing_is_left() -> None:
    assert traces_of(()) == Traces()
    assert not may_match(parse("a"), Traces())
    assert may_match(parse("-a"), Traces())


def test_no_word_can_be_read() -> None:
    found = left(FIRST)
    kept = repr(found).encode() + found.words + found.facets
    for word in (b"bridge", b"Harbour", b"Climate", b"climate", b"Jos", "東京".encode(), b"kiev"):
        assert word not in kept


def test_they_are_the_same_on_every_machine_and_in_any_order() -> None:
    """They lie in stores: another hash would lose what was kept."""
    found = left(FIRST, SECOND)
    assert found == left(SECOND, FIRST, FIRST)
    assert found.facets[:8].hex() == "3b6610cefbeb1723"
    assert hashlib.sha256(found.words).hexdigest()[:16] == "d2667d7477b502c7"


def made_up(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    return ["".join(dice.choices("abcdefghijklmnop", k=9)) for _ in range(count)]


def wrongly_found(found: Traces) -> float:
    """How many of words that nobody said are taken for said."""
    foreign = made_up(4000, 2)
    return sum(may_match(parse(word), found) for word in foreign) / len(foreign)


@pytest.mark.parametrize(("count", "most_bytes"), [(10, 64), (300, 1024), (1000, 2048), (5000, 8192)])
def test_about_one_foreign_word_in_a_hundred_is_taken_for_one_of_the_set(count: int, most_bytes: int) -> None:
    found = left(replace(PLAIN, title="", text=" ".join(made_up(count, 1))))
    assert len(found.words) <= most_bytes
    assert wrongly_found(found) < 0.015


def test_it_stays_so_as_versions_are_added_one_after_the_other() -> None:
    words = made_up(3000, 1)
    found = None
    for n in range(0, len(words), 60):
        found = left(replace(PLAIN, text=" ".join(words[max(n - 300, 0) : n + 60])), before=found)
    assert found is not None
    assert all(may_match(parse(word), found) for word in words)
    assert len(found.words) <= 16_384
    assert wrongly_found(found) < 0.04


def test_what_says_too_much_is_bounded_and_still_found() -> None:
    words = made_up(40_000, 1)
    found = left(replace(PLAIN, text=" ".join(words)))
    assert len(found.words) == _MOST_BYTES
    assert all(may_match(parse(word), found) for word in words[::400])
    assert wrongly_found(found) < 0.15


WORDS = ["Berlin", "Zürich", "port", "e-mail", "O'Neil", "7", "...", "C++", "3.5", "a.b", "ﬁne"]
UNSPACED = ["東京都", "京都", "東京", "京", "がぎ", "ไทย", "한국", "المدرسة", "שלום", "😀", "a東b"]
TEXT = st.lists(st.sampled_from([*WORDS, *UNSPACED, ".", "\n\n"]), max_size=8).map(" ".join) | st.text(max_size=20)
NAME = st.sampled_from(["Climate change", "Київ", "東京", "O'Neil", "e-mail", "World", "3.5"])
ARTICLES = st.builds(
    lambda title, summary, text, **rest: replace(PLAIN, title=title, summary=summary, text=text, **rest),
    title=TEXT,
    summary=TEXT,
    text=TEXT,
    language=st.none() | st.sampled_from(["en", "en-GB", "pt-BR", "zh-Hans"]),
    byline=st.none() | TEXT,
    keywords=st.lists(NAME | TEXT, max_size=3).map(tuple),
    section=st.none() | NAME,
    sections=st.lists(st.sampled_from(["world", "tokyo", "dong-jing", "sport"]), max_size=2).map(tuple),
)
TERM = st.builds(
    lambda deny, field, text, quote: f"{deny}{field}{quote}{text}{quote}",
    st.sampled_from(["", "", "-"]),
    st.sampled_from(["", "", "title:", "author:", "tag:", "section:", "language:"]),
    TEXT | NAME | st.sampled_from(["en", "pt"]),
    st.sampled_from(["", '"']),
)
QUERY = st.lists(TERM | st.just("OR"), min_size=1, max_size=5).map(" ".join)


def piece(data: st.DataObject, text: str) -> str:
    """Some of a text, as somebody would search for it."""
    start = data.draw(st.integers(0, len(text)))
    return text[start : start + data.draw(st.integers(1, 12))]


@given(st.data(), st.lists(ARTICLES, min_size=1, max_size=3), QUERY)
def test_whatever_matched_a_version_matches_its_traces(
    data: st.DataObject, versions: Sequence[Article], written: str
) -> None:
    one = data.draw(st.sampled_from(versions))
    said = data.draw(st.sampled_from([one.title, one.text, one.summary, *one.keywords, one.section or ""]))
    field = data.draw(st.sampled_from(["", "", "title:", "author:", "tag:", "section:"]))
    kept = data.draw(st.integers(0, len(versions)))
    found = left(*versions[kept:], before=left(*versions[:kept]))
    for text in (written, f'{field}"{piece(data, said)}"', said[:400], f"{written} {said[:100]}"):
        try:
            query = parse(text)
        except QueryError:
            continue
        if any(query.matches(version) for version in versions):
            assert may_match(query, found)
