from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from feeder.model import Filter, Person
from feeder.query import MOST_CHARACTERS, MOST_TERMS, Query, QueryError, Searchable, matcher, of_filter, parse
from linear import in_linear_time
from telling import PLAIN

STORY = replace(
    PLAIN,
    title="Harbour bridge closed: O'Neil calls for action",
    summary="The U.S. engineers arrived by e-mail.",
    text="Cars wait at the Müller pier.\n\n東京都の天気は晴れ。 They code in C++, 3.5 hours a day.",
    language="en-GB",
    authors=(Person("Ann Lee"), Person("José Núñez")),
    byline="By Ann Lee in Port City",
    section="World/South America",
    sections=("world", "world-south-america"),
    keywords=("Climate change", "Ports", "Киев"),
)


@pytest.mark.parametrize(
    "query",
    [
        "harbour",
        "HARBOUR Bridge",
        '"bridge closed"',
        '"BRIDGE, closed"',
        "cars OR nothing",
        "nothing OR cars pier",
        "cars -boats",
        '-"closed bridge"',
        "müller",
        "Muller",
        "O'Neil",
        "O’Neil",
        "neil",
        "oneil OR o-neil",
        "U.S.",
        "us engineers",
        "e-mail",
        '"e mail"',
        "C++",
        "C",  # the sign is a word of its own, so that Canal finds Canal+
        "3.5",
        "東京都",
        "東京",
        "京",
        "天気は晴れ",
        "ann",
        '"josé nunez"',
        "Lee climate",  # words may stand in different fields
        "Ports",
        '"south america"',
        "title:bridge",
        'title:"harbour bridge"',
        "Title:bridge -title:pier",
        "section:world",
        "section:World",
        "section:world-south-america",
        "section:World/South-America",
        'section:"South America"',
        'section:"world/south america"',
        'tag:"climate change"',
        "tag:climate-change",
        "tag:kiev",
        "tag:киев",
        "author:lee",
        'author:"Ann Lee"',
        'author:"port city"',
        "language:en",
        "language:EN-gb",
        "language:en_GB",
        "-language:de",
        "harbour AND bridge",
        "harbour - bridge — !",
        "“bridge closed”",
        "−boats",
        "bridge(closed)",
        "(harbour) bridge",
    ],
)
def test_what_matches(query: str) -> None:
    assert parse(query).matches(STORY)


@pytest.mark.parametrize(
    "query",
    [
        "harbours",
        "harbour nothing",
        "nothing OR boats",
        '"closed bridge"',
        '"action cars"',  # of two fields
        '"Lee José"',  # of two authors
        '"change ports"',  # of two keywords
        "-bridge",
        "cars -title:bridge",
        "C# OR C+",
        "3.6",
        "京東",
        "東京の",
        "都天",
        "title:pier",
        "author:harbour",
        '-author:"Ann Lee"',
        "section:america",
        "section:world-south",
        "section:wor",
        "tag:climate",
        "tag:harbour",
        "language:eng OR language:de",
        "language:en-US",
        "language:en-G",
        "2019",
    ],
)
def test_what_does_not_match(query: str) -> None:
    assert not parse(query).matches(STORY)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "The query is empty; write at least one word."),
        ("  ", "is empty"),
        ("--", "is empty"),
        ("!!! …", "at least one word"),
        ("OR", "one side of OR"),
        ("a OR", "one side of OR"),
        ("OR a", "one side of OR"),
        ("a OR OR b", "one side of OR"),
        ("a OR !", "one side of OR"),
        ("AND", "at least one word"),
        ('"open', "The quotation mark at character 1 has no partner"),
        ('a "b" c"', "character 8"),
        ("title:", "title: needs a value right behind the colon, as in title:harbour."),
        ("title: harbour", "title:harbour"),
        ("author:!", 'author:"Jane Doe"'),
        ('tag:""', "tag:elections"),
        ("language:english", "language:en or language:pt-BR"),
        ('language:"en gb"', "language:en"),
        ("(a OR b) c", "a c OR b c"),
        ("c (a OR b)", "Parentheses do not group"),
        ("x" * (MOST_CHARACTERS + 1), f"more than {MOST_CHARACTERS} characters"),
        ("\ufb2c" * MOST_CHARACTERS, "characters"),  # longer when it is normalised
        ("x " * (MOST_TERMS + 1), f"more than {MOST_TERMS} terms"),
        (" OR ".join("x" * (MOST_TERMS + 1)), f"more than {MOST_TERMS} terms"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(query: str, told: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert told in str(refused.value)
    assert re.fullmatch(r"[^\n]+\.", str(refused.value))


@pytest.mark.parametrize(
    ("query", "normal"),
    [
        ("  a   b ", "a b"),
        ('"Berlin" "New  York"', 'Berlin "New York"'),
        ("a AND b OR c", "a b OR c"),
        ("TITLE:x -Section:Y", "title:x -section:Y"),
        ('"OR" "-a" "title:b"', '"OR" "-a" "title:b"'),
        ('"(a" OR b', '"(a" OR b'),
        ("--a", "-a"),
        ("Straße", "Straße"),
        ("a - b", "a b"),
        ("a\x00\u202eb", "ab"),
        ("title:-a", "title:-a"),
        ("language:pt_BR", "language:pt-BR"),
        ('a"b c"d', 'a "b c" d'),
    ],
)
def test_a_query_is_written_in_one_way(query: str, normal: str) -> None:
    assert str(parse(query)) == normal


def test_a_query_of_many_terms_is_within_the_bounds() -> None:
    assert len(parse("x " * MOST_TERMS).alternatives[0]) == MOST_TERMS


PIECES = [
    "a",
    "OR",
    "AND",
    '"',
    '" ',
    "-",
    "title:",
    "section:",
    "language:",
    "en",
    "(",
    ")",
    " ",
    "東",
    ".",
    "+",
    "x y",
]
QUERIES = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=3000))


@given(QUERIES)
def test_parsing_never_raises_anything_else_and_what_is_written_is_read_as_the_same(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)
    assert query.matches(STORY) is parse(str(query)).matches(STORY)


WORDS = ["Berlin", "berlin", "Zürich", "port", "ports", "e-mail", "O'Neil", "7", "-", "...", "Ä"]
UNSPACED = ["東京都", "京都", "東京", "京", "ไทย"]
TEXTS = st.lists(st.sampled_from([*WORDS, *UNSPACED]), max_size=8).map(" ".join)


def plainly(text: str) -> list[str]:
    """The words of a text as a person would part these few."""
    text = text.lower().replace("ü", "u").replace("ä", "a")
    return re.findall(r"[a-z0-9]+|[東京都]+|[ไทย]+", text)


def stands_in(text: str, phrase: str) -> bool:
    """The definition: the phrase's words beside each other, a run of an unspaced script as part of one at an end."""
    wanted, words = plainly(phrase), plainly(text)
    windows = (words[at : at + len(wanted)] for at in range(len(words) - len(wanted) + 1))
    return any(is_window(window, wanted) for window in windows)


def is_window(window: list[str], wanted: list[str]) -> bool:
    last = len(wanted) - 1
    for place, (word, one) in enumerate(zip(window, wanted, strict=True)):
        if one.isascii() or 0 < place < last:
            fits = word == one
        elif 0 == place == last:
            fits = one in word
        else:
            fits = word.endswith(one) if place == 0 else word.startswith(one)
        if not fits:
            return False
    return True


@given(title=TEXTS, text=TEXTS, phrase=TEXTS, other=TEXTS)
def test_the_matcher_agrees_with_the_definition(title: str, text: str, phrase: str, other: str) -> None:
    assume(plainly(phrase) and plainly(other))
    story = replace(PLAIN, title=title, summary="", text=text)
    first = stands_in(title, phrase) or stands_in(text, phrase)
    second = stands_in(title, other)
    assert parse(f'"{phrase}"').matches(story) is first
    assert parse(f'title:"{other}"').matches(story) is second
    assert parse(f'"{phrase}" title:"{other}"').matches(story) is (first and second)
    assert parse(f'"{phrase}" OR title:"{other}"').matches(story) is (first or second)
    assert parse(f'"{phrase}" -title:"{other}"').matches(story) is (first and not second)


@given(title=TEXTS, text=TEXTS, words=st.lists(st.sampled_from([*WORDS[:6], *UNSPACED]), min_size=1, max_size=4))
def test_what_is_required_is_in_every_match(title: str, text: str, words: list[str]) -> None:
    query, story = parse(" ".join(words)), Searchable(replace(PLAIN, title=title, text=text))
    (required,) = query.required or ()
    assert query.matches(story) is all(one.needle in story.words for one in required)


def test_what_only_denies_requires_nothing() -> None:
    assert parse("-a").required is None
    assert parse("a OR -b").required is None
    assert [[one.text for one in terms] for terms in parse("a -b OR c title:d").required or ()] == [["a"], ["c", "d"]]


def test_one_searchable_article_answers_many_queries() -> None:
    found = Searchable(STORY)
    assert parse("harbour").matches(found)
    words = found.words
    assert not parse("boats").matches(found)
    assert found.words is words


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), True),
        (Filter(section="world"), True),
        (Filter(section="World/South America"), True),
        (Filter(section="sport"), False),
        (Filter(tag="climate-change"), True),
        (Filter(language="en"), True),
        (Filter(language="de"), False),
        (Filter(author="Ann Lee"), True),
        (Filter(author="Lee Ann"), False),
        (Filter(query="boats OR bridge"), True),
        (Filter(query="boats OR bridge", language="de"), False),
        (Filter(query="boats OR bridge", section="world", tag="Ports", language="en", author="lee"), True),
        (Filter(query="-bridge", section="world"), False),
    ],
)
def test_a_filter_wants_all_its_values(wanted: Filter, expected: bool) -> None:
    assert matcher(wanted)(STORY) is expected


@pytest.mark.parametrize(
    "wanted", [Filter(query=""), Filter(section=""), Filter(tag="!"), Filter(language="x y"), Filter(author="x" * 600)]
)
def test_a_filter_that_cannot_be_meant_is_refused(wanted: Filter) -> None:
    with pytest.raises(QueryError):
        of_filter(wanted)


def test_a_filter_is_a_query_that_says_so() -> None:
    wanted = Filter(section="World", author="Ann Lee", query="a OR b -c")
    assert str(of_filter(wanted)) == 'section:World author:"Ann Lee" a OR section:World author:"Ann Lee" b -c'
    assert of_filter(Filter()) == Query(((),))


def test_an_article_without_section_author_or_language_has_none() -> None:
    bare = replace(PLAIN, language=None)
    assert not any(parse(query).matches(bare) for query in ("section:world", "author:ann", "language:en", "tag:a"))
    assert parse("-language:en -section:world").matches(bare)


@pytest.mark.parametrize("piece", ["a b ", "aa", "東", "- ", '"" '])
def test_hostile_queries_and_texts_take_linear_time(piece: str) -> None:
    story = replace(PLAIN, text=piece * (1_000_000 // len(piece)))
    query = parse((piece * 100)[:MOST_TERMS] + f" {piece}z")
    in_linear_time(lambda: query.matches(story))
