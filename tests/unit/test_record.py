from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import orjson
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Article, Enclosure, Person, Usage
from feeder.record import decode, encode

OFFSETS = st.integers(-18 * 60, 18 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)  # noqa: DTZ001
LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MAYBE = st.none() | LINES
PEOPLE = st.lists(st.builds(Person, LINES, MAYBE, MAYBE), max_size=2).map(tuple)
FILES = st.lists(st.builds(Enclosure, LINES, MAYBE, st.none() | st.integers(0, 2**40), MAYBE), max_size=2).map(tuple)
VALUES = st.lists(LINES, max_size=2).map(tuple)
LEAST = Article(
    id="urn:x:1",
    slug="a",
    title="A",
    summary="b",
    html="<p>b</p>",
    text="b",
    published=datetime(2019, 4, 30, tzinfo=UTC),
    content_key="c",
    digest="d",
    format="seed",
)


@given(
    st.builds(
        Article,
        **dict.fromkeys(("id", "slug", "title", "summary", "html", "text", "content_key", "digest", "format"), LINES),
        **dict.fromkeys(("supersedes", "language", "byline", "dateline", "section", "source", "correction"), MAYBE),
        **dict.fromkeys(("places", "sections", "keywords", "subjects", "warnings"), VALUES),
        **{name: st.none() | MOMENTS for name in ("modified", "embargoed", "expires")},
        published=MOMENTS,
        own_id=st.booleans(),
        version=st.integers(1, 99),
        usage=st.sampled_from(Usage),
        authors=PEOPLE,
        images=FILES,
        enclosures=FILES,
        where=st.none() | st.dictionaries(LINES, LINES, max_size=2),
    )
)
def test_an_article_survives_being_stored(article: Article) -> None:
    stored = decode(encode(article))
    assert stored == article
    assert stored.published.utcoffset() == article.published.utcoffset()
    assert type(stored.usage) is Usage


def test_what_is_absent_is_left_out_and_reads_as_its_default() -> None:
    record = orjson.loads(encode(LEAST))
    assert record.keys() == {
        field.name for field in dataclasses.fields(Article) if field.default is dataclasses.MISSING
    }
    assert decode(encode(LEAST)) == LEAST


def test_a_record_is_one_line_of_json() -> None:
    record = encode(dataclasses.replace(LEAST, text="a\nb\u2028c"))
    assert b"\n" not in record
    assert record.startswith(b'{"id":')
