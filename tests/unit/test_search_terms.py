"""What is written into the index, and what is asked of it: exactly what the matcher says, in all but one case."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import unicodedata
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Article, Person
from feeder.query import RULES, Query, QueryError, folded, is_unspaced, parse
from feeder.store.sqlite.search_terms import FORM, asked, columns

TABLE = (
    "CREATE VIRTUAL TABLE words USING fts5 (said, title, authors, facets, content = '', columnsize = 0, "
    "tokenize = \"ascii tokenchars '+#=-_'\")"
)
FOLDED_15 = "1e65db3459e1d4e0"


def article(title: str = "", text: str = "", **fields: object) -> Article:
    return Article(
        id="urn:test:1", slug="s", title=title, summary="", html="", text=text,
        published=datetime(2026, 3, 1, tzinfo=UTC), content_key="", digest="", format="seed", **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def is_candidate(one: Article, question: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(TABLE)
        connection.execute(
            "INSERT INTO words (rowid, said, title, authors, facets) VALUES (1, ?, ?, ?, ?)", columns(one)
        )
        return connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (question,)).fetchone() is not None


def test_an_article_is_written_in_words_and_pairs() -> None:
    one = article("The Café", "東京都に rain.", authors=(Person("Zoë X"),), keywords=("New York",), language="pt-BR",
                  section="A/B", sections=("a", "a-b"))  # fmt: skip
    said, title, authors, facets = columns(one)
    assert said.split(" = ")[:2] == ["東京 京都 都に に rain", "the cafe"]
    assert said.endswith(" = に= 京= 東= 都=")
    assert (title.strip(), authors.strip()) == ("the cafe", "zoe x")
    assert facets.split() == sorted(
        ["t=new_york", "n=new-york", "s=a_b", "s=a", "s=b", "a=a", "a=a-b", "l=pt", "l=pt-br"]
    )


def test_a_line_that_begins_the_longest_is_not_written_twice() -> None:
    one = article("Title", "It rained all day. And night.", keywords=("it rained", "it rain"))
    lines = [line.strip() for line in columns(one)[0].split("=")]
    assert lines == ["it rained all day and night", "title", "it rain", ""]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rain", '(said : "rain")'),
        ('"new york" -snow', '((said : "new york") NOT (said : "snow"))'),
        ("-rain -snow", '((said : "=") NOT (said : "rain" OR said : "snow"))'),
        ("title:rain OR author:x", '(title : "rain") OR (authors : "x")'),
        ("東京都", '(said : "東京 京都")'),
        ("都", '(said : "都=")'),
        ('"rain 都" -"rain 都" -都', '((said : "rain" AND said : "都=") NOT (said : "都="))'),
        ('"東京 rain"', '(said : "東京 京 rain")'),
        ("tag:new-york", '(facets : ("t=new_york" OR "n=new-york"))'),
        ('tag:"C++ x"', '(facets : ("t=c_++_x"))'),
        ("section:World/Americas", '(facets : ("s=world_americas" OR "a=world-americas"))'),
        ("language:pt_BR", '(facets : ("l=pt-br"))'),
    ],
)
def test_a_query_is_asked_so(query: str, expected: str) -> None:
    assert asked(parse(query)) == expected


@pytest.mark.parametrize("query", ['author:"ann bob"', '"ann bob"', '"rain ann"', '"new york rain"', '"東 京 rain"'])
def test_no_phrase_goes_over_the_end_of_a_line(query: str) -> None:
    one = article("東", "京 rain.", authors=(Person("Ann"), Person("Bob")), keywords=("New", "York"))
    assert not is_candidate(one, asked(parse(query)))
    assert is_candidate(one, asked(parse(f"-{query}")))


PIECES = [
    "a",
    "b",
    "a b",
    "C++",
    "#",
    "U.S.",
    "é",
    "東",
    "京",
    "東京",
    "ไ",
    "ท",
    "한",
    "국",
    "☂",
    "👍🏽",
    ".",
    "-",
    "\n",
    "ǅ",
    "½",
    "ß",
    "का",
    "が",
    "x_y",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=7).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda between: between.join(parts))
)
FIELDS = ["", "", "title:", "author:", "tag:", "section:", "language:"]


def ends_alone(query: Query) -> bool:
    """Whether a phrase ends with a single character of an unspaced script: the one thing that is asked for loosely."""
    ((term,),) = query.alternatives
    *others, last = term.words.split()
    return bool(others) and len(last) == 1 and is_unspaced(last)


@given(st.fixed_dictionaries(dict.fromkeys(["title", "text", "name", "other", "tag", "section", "wanted"], TEXTS)),
       st.sampled_from(FIELDS))  # fmt: skip
def test_the_index_and_the_matcher_agree_exactly(texts: dict[str, str], field: str) -> None:
    """So what is denied can be taken from what was found before anybody is asked."""
    people = Person(texts["name"]), Person(texts["other"])
    fields = {"authors": people, "keywords": (texts["tag"],), "section": texts["section"], "language": "a-b"}
    one = article(texts["title"], texts["text"], **fields)
    for sign in ("", "-"):
        try:
            query = parse(f'{sign}{field}"{texts["wanted"]}"')
        except QueryError:
            return
        found = is_candidate(one, asked(query))
        assert found is query.matches(one) or (found and ends_alone(query)), asked(query)


@given(st.text(max_size=40), st.text(min_size=1, max_size=3))
def test_whatever_matches_is_a_candidate(text: str, wanted: str) -> None:
    one = article("", text)
    try:
        query = parse(f'"{wanted}"')
    except QueryError:
        return
    found = is_candidate(one, asked(query))
    assert found is query.matches(one) or (found and ends_alone(query))


def test_another_folding_needs_another_form() -> None:
    """Who changes ``folded`` gives ``FORM`` and ``RULES`` other numbers, and this test what it folds to now."""
    everything = " ".join(
        f"a{chr(code)}b{chr(code)}" for code in range(0x20, sys.maxunicode) if not 0xD800 <= code < 0xE000
    )
    folds = hashlib.sha256(folded(everything).encode()).hexdigest()[:16]
    number, unicode = FORM.split()
    assert unicode == unicodedata.unidata_version
    if unicode == "14.0.0":
        assert (number, RULES, folds) == ("1", 1, FOLDED_15)
