from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.model import Draft, Enclosure, Person, Usage
from feeder.parse import HEAD_BYTES, whole
from feeder.parse.json_feed import PARSER
from feeder.parse.objects import feed_item

VERSION = "https://jsonfeed.org/version/1.1"
ITEM = {"id": "https://x.example/1", "title": "Ferry", "content_text": "It stopped.", "date_published": "2019-04-30"}


def take(document: Any) -> list[Draft | SeedError]:
    return list(PARSER.parse("a.json", io.BytesIO(json.dumps(document).encode())))


def draft(item: dict[str, Any], **feed: Any) -> Draft:
    (found,) = take({"version": VERSION, "items": [{**ITEM, **item}], **feed})
    assert isinstance(found, Draft)
    return found


def test_what_the_feed_says_counts_where_an_item_says_nothing() -> None:
    feed = {"language": "en", "authors": [{"name": "Desk", "url": "mailto:desk@x.example"}], "author": {"name": "Old"}}
    assert draft({}, **feed).authors == (Person("Desk", email="desk@x.example"),)
    assert draft({}, author={"name": "Old"}).authors == (Person("Old"),)
    assert draft({"author": {"name": "Ann"}}, **feed).authors == (Person("Ann"),)
    assert draft({"author": {}}, **feed).authors == (Person("Desk", email="desk@x.example"),)
    assert (draft({}, **feed).language, draft({"language": "sv"}, **feed).language) == ("en", "sv")


@pytest.mark.parametrize(
    ("item", "feed", "identity"),
    [
        ({"id": "7"}, {"home_page_url": "https://x.example/", "title": "X"}, "tag:x.example,2000:7"),
        ({"id": 7}, {"feed_url": "https://y.example/feed.json"}, "tag:y.example,2000:7"),
        ({"id": "7", "url": "https://z.example/7"}, {}, "tag:z.example,2000:7"),
        ({"id": "7"}, {"title": "Port News"}, "tag:port-news,2000:7"),
        ({}, {"home_page_url": "https://y.example/"}, "https://x.example/1"),
    ],
)
def test_an_id_is_unique_within_its_feed_only(item: dict[str, Any], feed: dict[str, Any], identity: str) -> None:
    assert draft(item, **feed).id == identity


def test_an_external_url_is_the_link_else_its_own_address_else_an_id_that_is_one() -> None:
    assert draft({"url": "https://x.example/a", "external_url": "https://y.example/"}).link == "https://y.example/"
    assert draft({"url": "https://x.example/a"}).link == "https://x.example/a"
    assert draft({}).link == "https://x.example/1"
    assert draft({"id": "7"}).link is None


def test_attachments_are_enclosures_and_pictures_are_images() -> None:
    found = draft(
        {
            "image": "i.jpg",
            "attachments": [
                {"url": "a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12, "title": "Listen"},
                {"url": "b.png", "mime_type": "image/png", "size_in_bytes": -1},
                {"mime_type": "audio/mpeg"},
                "c.mp3",
            ],
        }
    )
    assert found.images == (Enclosure("i.jpg"), Enclosure("b.png", "image/png"))
    assert found.enclosures == (Enclosure("a.mp3", "audio/mpeg", 12, "Listen"),)


def test_a_post_without_a_title_gets_its_first_words_and_a_warning() -> None:
    found = draft({"title": None, "content_text": "A short post.\n\nMore of it."})
    assert (found.title, found.where and found.where["title"]) == ("A short post.", "content_text")
    long = draft({"title": "", "content_text": None, "content_html": "<p>" + "word " * 40 + "</p>"}).title or ""
    assert long.endswith("word…")
    assert len(long) <= 81


def test_the_last_change_stands_for_a_date_of_publication() -> None:
    found = draft({"date_published": None, "date_modified": "2019-05-01"})
    assert (found.published, found.modified) == ("2019-05-01", None)
    assert "last change" in found.warnings[0]


def test_html_comes_before_text() -> None:
    found = draft({"content_html": "<p>a</p>"})
    assert (found.html, found.paragraphs) == ("<p>a</p>", None)


def test_our_own_words_are_read_back() -> None:
    own = {"version": 3, "urgency": True, "section": "Harbour", "places": ["Ekholm"], "published_precision": "day"}
    found = draft({"date_published": "2019-04-30T00:00:00+02:00", "_feeder": own})
    assert (found.version, found.urgency, found.section, found.places) == (3, None, "Harbour", ("Ekholm",))
    assert found.published == "2019-04-30"


def test_a_retracted_item_is_withdrawn_even_if_nothing_is_left_of_it() -> None:
    assert draft({"_feeder": {"retracted": True}}).usage is Usage.WITHDRAWN
    (left,) = take({"version": VERSION, "items": [{"id": "x:1", "_feeder": {"retracted": True}}]})
    assert isinstance(left, Draft)
    assert (left.id, left.usage) == ("x:1", Usage.WITHDRAWN)


@pytest.mark.parametrize(
    ("document", "claimed"),
    [
        ({"version": VERSION, "items": []}, True),
        ({"version": "https://www.jsonfeed.org/version/1", "title": "x"}, True),
        ({"feed_url": "x", "items": [ITEM]}, True),
        ({"items": [ITEM]}, False),
        ({"version": "2.0", "items": [{"a": 1}]}, False),
        ([ITEM], False),
    ],
)
def test_a_feed_is_told_by_its_version_or_its_items(document: Any, claimed: bool) -> None:
    assert PARSER.claims(json.dumps(document).encode()[:HEAD_BYTES], "a.json") is claimed


def test_a_feed_larger_than_any_article_is_read_item_by_item() -> None:
    items = [{**ITEM, "id": str(number), "content_text": "x" * 100_000} for number in range(60)]
    feed = {"version": VERSION, "language": "sv", "home_page_url": "https://x.example/", "items": [*items, 7]}
    raw = json.dumps({**feed, "authors": [{"name": "Too late"}]}).encode()
    assert len(raw) > whole.LARGEST
    *found, error = PARSER.parse("a.json", io.BytesIO(raw))
    assert isinstance(error, SeedError)
    assert len(found) == 60
    assert all(isinstance(each, Draft) and each.language == "sv" and not each.authors for each in found)
    assert isinstance(found[9], Draft)
    assert found[9].id == "tag:x.example,2000:9"


KEYS = [
    "id",
    "url",
    "title",
    "content_html",
    "content_text",
    "authors",
    "tags",
    "attachments",
    "_feeder",
    "name",
    "image",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "version", "places"]), inner),
    max_leaves=8,
)


@given(item=st.dictionaries(st.sampled_from(KEYS), VALUES), feed=st.dictionaries(st.sampled_from(KEYS), VALUES))
@settings(max_examples=150, deadline=None)
def test_wrong_types_never_fail(item: dict[str, Any], feed: dict[str, Any]) -> None:
    found = Draft(**feed_item.fields(item, feed))
    assert found.title is None or isinstance(found.title, str)
    assert found.id is None or isinstance(found.id, str)
