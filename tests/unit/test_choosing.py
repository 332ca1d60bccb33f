"""What a request chooses of the stream, and one sentence for every value that cannot be meant."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from yarl import URL

from feeder.errors import UnavailableError
from feeder.model import Filter
from feeder.names import slug
from feeder.query import QueryError, matcher, parse
from feeder.render import Site
from feeder.stream import Choice, seen
from feeder.web.choosing import MOST_QUERIES, MOST_VALUES, PARAMETERS, document, understand
from telling import PLAIN, tell

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEEDS = {"all": None, "everything": None, "world": "world", "sport": "sport", "wet": "=wet", "rain": "=rain"}


def chosen(query: str) -> Choice:
    """What a request with this in its address chooses, as aiohttp reads it."""
    return understand(URL(f"/events?{query}", encoded=True).query, FEEDS)


def a(**wanted: set[str]) -> Choice:
    queries = frozenset(map(parse, wanted.pop("q", ())))
    return Choice(queries=queries, **{name: frozenset(values) for name, values in wanted.items()})


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        ("", a()),
        ("since=earliest&poll=1", a()),
        ("feed=all", a()),
        ("feed=everything", a()),
        ("feed=world&feed=all", a()),
        ("feed=world", a(shelves={"world"})),
        ("feed=wet&feed=rain&feed=wet", a(shelves={"=wet", "=rain"})),
        ("section=world", a(sections={"world"})),
        ("section=World/South%20America&section=Sport", a(sections={"world-south-america", "sport"})),
        ("section=all", a(sections={"all-section"})),
        ("language=en&language=PT_br", a(languages={"en", "pt-br"})),
        ("tag=Climate%20Change", a(tags={"climate change"})),
        ("tag=climate-change&tag=%C3%89COLE", a(tags={"climate change", "ecole"})),
        ("tag=%E6%9D%B1%E4%BA%AC", a(tags={"東京"})),
        ("article=urn:uuid:1-2", a(articles={"urn:uuid:1-2"})),
        ("article=urn%3Auuid%3A1-2", a(articles={"urn:uuid:1-2"})),
        ("article=https%3A%2F%2Fnews.example%2F%3Fa%3Db%26c%2Bd", a(articles={"https://news.example/?a=b&c+d"})),
        ("article=tag:news.example,2005:a+b", a(articles={"tag:news.example,2005:a+b"})),  # nobody escaped it
        ("article=tag:feeder,2000:x%2520y", a(articles={"tag:feeder,2000:x%20y"})),
        ("q=rain+-snow", a(q={"rain -snow"})),
        ("q=a%20%20b&q=a+b&q=c", a(q={"a b", "c"})),
        ("section=world&q=rain&language=en", a(sections={"world"}, q={"rain"}, languages={"en"})),
    ],
)
def test_what_is_chosen(query: str, choice: Choice) -> None:
    assert chosen(query) == choice


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("feed=wold", "There is no feed 'wold' (the nearest is 'world'); /feeds/ lists those that there are."),
        ("feed=World", "the nearest is 'world'"),
        ("feed=zzz", "There is no feed 'zzz'; /feeds/ lists"),
        ("feed=", "feed= is empty; write for example feed=all, or leave it out."),
        ("section=%20", "section= is empty; write for example section=world"),
        ("q=", "q= is empty"),
        ("section=!", "section='!' names no section"),
        ("language=english", "language=en or language=pt-BR"),
        ("language=en,de", "'en,de' is no language"),
        ("tag=%21%21", "tag='!!' has no letter"),
        ("article=a-storm", "is no id; write one as events and feeds have it, for example urn:uuid:"),
        ("article=javascript:x", "is no id"),
        ("q=%22open", "quotation mark"),
        ("q=title:", "title:harbour"),
        ("q=" + "x" * 501, "more than 500 characters"),
        ("&".join(f"q={n}{'+x' * 22}" for n in range(3)), "All q= together have more than 64 terms"),
        ("tag=" + "x" * 201, "more than 200 characters"),
        ("&".join(f"tag=t{n}" for n in range(MOST_VALUES + 1)), "tag= is given 65 times; 64 are the most."),
        ("&".join(f"q=t{n}" for n in range(MOST_QUERIES + 1)), "q= is given 9 times; 8 are the most."),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(query: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is what counts
        chosen(query)
    assert told in str(refused.value)
    assert re.fullmatch(r"[^\n]{10,300}\.", str(refused.value))


def test_as_much_as_may_be_asked_is_understood() -> None:
    query = "&".join(f"section=t{n}" for n in range(MOST_VALUES))
    assert len(chosen("&".join(f"q={n}{'+x' * 20}" for n in range(3))).queries) == 3
    assert len(chosen(f"{query}&article=urn:x:{'y' * 3000}").sections) == MOST_VALUES


def test_a_feed_cannot_be_refused_before_any_is_known() -> None:
    with pytest.raises(UnavailableError):
        understand(MultiDict({"feed": "world"}), {})
    assert understand(MultiDict({"section": "world"}), {}) == a(sections={"world"})


SITE = "https://news.example"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "/feeds/all.json"),
        ("since=earliest", "/feeds/all.json"),
        ("feed=wet", "/feeds/wet.json"),
        ("feed=wet&language=en", "/feeds/wet.json"),
        ("feed=wet&feed=rain", "/feeds/all.json"),
        ("section=World", "/feeds/world.json"),
        ("section=arts", "/feeds/all.json"),  # no article is there yet
        ("section=world&section=sport", "/feeds/all.json"),
        ("q=%22a+b%22+-c", "/feeds/search.json?q=%22a%20b%22%20-c"),
        ("section=world&q=a+OR+b", "/feeds/search.json?q=section:world%20a%20OR%20section:world%20b"),
        ("tag=Climate+change&language=en", "/feeds/search.json?q=tag:%22Climate%20change%22%20language:en"),
        ("q=a&q=b", "/feeds/all.json"),
        ("article=urn:x:1", "/feeds/all.json"),
        ("article=urn:x:1&q=a", "/feeds/all.json"),
        (f"q={'a' * 480}&tag={'b' * 100}", "/feeds/all.json"),
    ],
)
def test_where_who_chose_begins_anew(query: str, place: str) -> None:
    site = Site(title="News", description="", base_url=SITE, language="en", author=None)
    given = URL(f"/events?{query}", encoded=True).query
    assert understand(given, FEEDS) is not None
    assert document(given, FEEDS, site) == f"{SITE}{place}"


@given(st.sampled_from(PARAMETERS), st.text(max_size=30))
def test_any_value_is_understood_or_refused(name: str, value: str) -> None:
    refused, found = "", None
    try:
        found = understand(MultiDict({name: value}), FEEDS)
    except ValueError as error:
        refused = str(error)
    assert refused.endswith(".") or (found is not None and bool(found.key))


KEYWORDS = st.sampled_from(["Climate change", "e-mail", "O'Neil", "Киев", "C++", "3.5", "東京", "École"]) | st.text(
    max_size=9
)


@given(KEYWORDS, KEYWORDS)
def test_a_tag_is_found_wherever_the_search_finds_it(keyword: str, other: str) -> None:
    story = seen(tell(replace(PLAIN, keywords=(keyword,)), AT), None)
    for value in (keyword, keyword.upper(), slug(keyword, 63), other):
        try:
            wants = matcher(Filter(tag=value))
        except QueryError:
            continue
        if wants(replace(PLAIN, keywords=(keyword,))):
            assert understand(MultiDict(tag=value), FEEDS).matches(story)
