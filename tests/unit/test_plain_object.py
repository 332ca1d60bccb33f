from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.model import Draft, Usage
from feeder.parse import HEAD_BYTES, parser_for
from feeder.parse.json_article import PARSER
from feeder.parse.objects import plain_object

RECORD = {"title": "Ferry stops", "text": "The ferry stopped at noon.", "date": "2019-04-30"}


def draft(**members: Any) -> Draft:
    (found,) = PARSER.parse("a.json", io.BytesIO(json.dumps({**RECORD, **members}).encode()))
    if isinstance(found, SeedError):
        raise found
    return found


@pytest.mark.parametrize(
    ("members", "identity"),
    [
        ({}, None),
        ({"id": 5}, None),
        ({"id": "5cc8"}, "5cc8"),
        ({"_id": {"$oid": "5cc8"}}, "5cc8"),
        ({"id": "urn:x:5"}, "urn:x:5"),
        ({"id": 5, "guid": {"rendered": "https://x.example/?p=5"}}, "https://x.example/?p=5"),
        ({"url": "https://x.example/a"}, "https://x.example/a"),
        ({"id": 5, "url": "https://x.example/a"}, "tag:x.example,2000:5"),
        ({"url": "/a"}, None),
    ],
)
def test_an_id_is_its_own_or_its_address_and_never_the_number_of_a_row(members: dict[str, Any], identity: Any) -> None:
    assert draft(**members).id == identity


@pytest.mark.parametrize(
    ("members", "usage"),
    [
        ({"status": "publish"}, Usage.USABLE),
        ({"status": "success"}, Usage.USABLE),
        ({"status": "draft"}, Usage.DRAFT),
        ({"status": "auto-draft"}, Usage.DRAFT),
        ({"status": False}, Usage.DRAFT),
        ({"status": 0}, Usage.DRAFT),
        ({"status": 1}, Usage.USABLE),
        ({"status": "trash"}, Usage.WITHDRAWN),
        ({"published": False}, Usage.DRAFT),
        ({"is_published": False}, Usage.DRAFT),
        ({"published": True}, Usage.USABLE),
        ({"draft": True}, Usage.DRAFT),
        ({"retracted": True}, Usage.WITHDRAWN),
        ({"status": {"a": 1}}, Usage.USABLE),
    ],
)
def test_a_draft_is_told_by_the_flags_of_many_systems(members: dict[str, Any], usage: Usage) -> None:
    found = draft(**members)
    assert found.usage is usage
    assert found.published == "2019-04-30"


@pytest.mark.parametrize(
    ("members", "authors", "byline"),
    [
        ({"author": "Ann Lee"}, ["Ann Lee"], None),
        ({"author": "Smith, John"}, ["Smith, John"], None),
        ({"authors": "Ann Lee, Bob Ray"}, ["Ann Lee", "Bob Ray"], None),
        ({"author": "Ann Lee; Bob Ray"}, ["Ann Lee", "Bob Ray"], None),
        ({"author": "By Ann Lee"}, [], "By Ann Lee"),
        ({"authors": ["By Ann Lee", "Bob Ray"]}, ["Ann Lee", "Bob Ray"], None),
        ({"author": 7}, [], None),
        ({"authors": [], "creator": ["Ann Lee"]}, ["Ann Lee"], None),
        ({"byline": {"original": "By Ann Lee", "person": []}}, [], "By Ann Lee"),
        ({"user": {"name": "Ann Lee", "username": "ann"}}, ["Ann Lee"], None),
    ],
)
def test_people_are_named_in_many_ways(members: dict[str, Any], authors: list[str], byline: str | None) -> None:
    found = draft(**members)
    assert ([person.name for person in found.authors], found.byline) == (authors, byline)


@pytest.mark.parametrize(
    ("members", "published"),
    [
        ({"date": "04-05-2019", "warc_date": "2019-05-01T00:00:00Z"}, "2019-04-05"),
        ({"date": "04-05-2019", "domain": "x.example", "split": "train"}, "2019-04-05"),
        ({"date": "04-05-2019"}, "04-05-2019"),
        ({"date_gmt": "2019-04-30T09:30:00"}, "2019-04-30T09:30:00Z"),
        ({"date_gmt": "2019-04-30T09:30:00+02:00"}, "2019-04-30T09:30:00+02:00"),
        ({"date": None, "pub_date": "2019-04-30T09:30:00+0000"}, "2019-04-30T09:30:00+0000"),
        ({"date_download": "2020-01-01", "date_publish": "2019-04-29"}, "2019-04-29"),
        ({"crawled": "2020-01-01", "date": "", "fields": {"webPublicationDate": "2019-04-29"}}, "2019-04-29"),
    ],
)
def test_the_date_of_publication_is_found_and_read_as_meant(members: dict[str, Any], published: str) -> None:
    assert draft(**members).published == published


def test_the_date_of_a_crawl_is_none() -> None:
    assert (
        draft(date=None, date_download="2020-01-01", crawl_date="2020-01-01", scraped_at="2020-01-01").published is None
    )


def test_where_names_the_key_of_each_field() -> None:
    found = draft(fields={"byline": "By Ann Lee"}, tags=["ferry"], attributes={"lang": "en"})
    assert found.where == {
        "title": "title",
        "published": "date",
        "paragraphs": "text",
        "byline": "fields.byline",
        "keywords": "tags",
        "language": "attributes.lang",
    }


def test_further_sections_are_keywords() -> None:
    found = draft(categories=["Harbour", "Travel"], tags="ferry, port")
    assert (found.section, found.keywords) == ("Harbour", ("ferry", "port", "Travel"))
    assert draft(category={"id": 3, "name": "Harbour"}).section == "Harbour"
    assert draft(categories=[3, 5]).section is None


def test_an_image_is_the_first_key_that_has_one() -> None:
    def images(**members: Any) -> list[str]:
        return [image.url for image in draft(**members).images]

    assert images(top_image="https://x.example/a.jpg", images=[]) == ["https://x.example/a.jpg"]
    assert images(image={"url": "https://x.example/a.jpg", "caption": "A"}) == ["https://x.example/a.jpg"]
    assert images(image={"id": 7}, thumbnail="t.jpg") == ["t.jpg"]


@pytest.mark.parametrize(
    ("value", "is_article"),
    [
        (RECORD, True),
        ({"title": "a", "description": "b", "pub_date": "2019"}, True),
        ({"title": "a", "description": "b"}, False),
        ({"title": "a", "date": "2019-04-30"}, False),
        ({"name": "a", "description": "b", "version": "1", "date": "2019"}, False),
        ({"title": "a", "description": "b", "date": "2019", "items": [{"a": 1}]}, False),
        ({"title": "a", "content": [RECORD]}, False),
        ({"title": "a", "content": [{"type": "p", "text": "b"}]}, True),
        ({"title": "", "text": "b"}, False),
        ({"a": 1}, False),
    ],
)
def test_an_article_has_a_title_and_a_text_or_a_summary_and_a_date(value: dict[str, Any], is_article: bool) -> None:
    assert plain_object.is_article(value) is is_article


@pytest.mark.parametrize(
    "wrapped",
    [
        [RECORD],
        {"articles": [RECORD]},
        {"data": {"items": [{"item": RECORD}]}},
        {"response": {"docs": [RECORD]}},
        {"hits": {"hits": [{"_id": "1", "_source": RECORD}]}},
        {"db": [{"meta": {}, "data": {"posts": [RECORD]}}]},
        {"article": RECORD},
        {"title": "Export", "description": "All", "date": "2020-01-01", "posts": [RECORD]},
        [[RECORD]],
    ],
)
def test_what_exports_wrap_around_articles_is_taken_off(wrapped: Any) -> None:
    raw = json.dumps(wrapped).encode()
    parser = parser_for(raw[:HEAD_BYTES], "a.json")
    (found,) = parser.parse("a.json", io.BytesIO(raw))
    assert isinstance(found, Draft)
    assert (parser.name, found.title) == ("json", "Ferry stops")


def test_a_record_that_is_none_refuses_itself_alone() -> None:
    raw = json.dumps([RECORD, 7, {"a": 1}, {"@type": "Person", "name": "Ann"}, RECORD]).encode()
    found = list(PARSER.parse("a.json", io.BytesIO(raw)))
    assert [isinstance(each, SeedError) for each in found] == [False, True, True, True, False]
    assert [str(each) for each in found[1:4]] == [
        "the record is a number, not an object",
        "JSON, but no article: it has no title and text under keys that are known",
        "JSON, but no article: its @type is Person",
    ]


KEYS = re.findall(
    r"\w+",
    """title headline text content body html date published updated authors author byline tags categories section url
    id guid image images status draft _embedded fields attributes sys _source metadata version lang source wp:term name
    value type webTitle rendered blocks summary description""",
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["2019-04-30", "<p>x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(members=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
@settings(max_examples=200, deadline=None)
def test_wrong_types_are_refused_or_left_out_and_never_fail(members: dict[str, Any]) -> None:
    assert plain_object.is_article(members) in {True, False}
    found = Draft(**plain_object.fields(members))
    assert found.title is None or isinstance(found.title, str)
    assert all(isinstance(keyword, str) for keyword in found.keywords)
    assert found.html is None or found.paragraphs is None
    json.dumps(dict(found.where or {}))
