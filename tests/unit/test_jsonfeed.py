"""JSON Feed 1.1, and the item that is also an event's data on the stream."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.model import Enclosure, Event, Feed, Kind, Person, Tombstone
from feeder.render import Head, Site
from feeder.render.jsonfeed import JsonFeed
from telling import PLAIN, tell

SITE = Site(title="The Morning & Evening", base_url="https://news.example")
AT = datetime(2026, 11, 22, 12, 0, 1, 250000, tzinfo=UTC)
HEAD = Head(site=SITE, feed=Feed(name="all", title="The Morning & Evening"), updated=AT, cursor="k3.9")
TOLD = tell(PLAIN, AT, seq=7, version=2)


def item(told: Event = TOLD, **changes: Any) -> dict[str, Any]:
    article = dataclasses.replace(told.article or PLAIN, **changes)
    found: dict[str, Any] = orjson.loads(JsonFeed(SITE).entry(dataclasses.replace(told, article=article)))
    return found


def document(head: Head = HEAD, *entries: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(JsonFeed(head.site).document(head, entries))
    return found


def test_a_plain_article_says_only_what_it_has_in_a_fixed_order() -> None:
    assert JsonFeed(SITE).entry(TOLD) == (
        b'{"id":"urn:uuid:0b5f0a6e-3a51-5c58-8c4f-2f6d3f0f5a11",'
        b'"url":"https://news.example/articles/2019-04-30-one","title":"One","content_html":"<p>What happened.</p>",'
        b'"summary":"What happened.","date_published":"2019-04-30T00:00:00+00:00",'
        b'"_feeder":{"seq":7,"version":2,"at":"2026-11-22T12:00:01.250000+00:00","feeds":["all"],'
        b'"published_precision":"day"}}'
    )


def test_a_rich_article_says_everything() -> None:
    found = item(
        dataclasses.replace(
            TOLD, backfill=True, shelves=("world", "world-americas", "sport", "=late"), left=("sport",)
        ),
        authors=(
            Person("Ann", "ann@news.example"),
            Person("Bo", "b@o.example", "https://bo.example"),
            Person("Cy"),
        ),
        images=(Enclosure("https://m.example/1.png"), Enclosure("https://m.example/2.png", "image/png", 5, "Two")),
        enclosures=(Enclosure("https://m.example/a"), Enclosure("https://m.example/b.mp3", "audio/mpeg", 0)),
        keywords=("a", "b"),
        section="World/Americas",
        sections=("world", "world-americas"),
        language="es",
        link="https://elsewhere.example/x",
        byline="By Ann and Bo",
        dateline="CARACAS",
        places=("Caracas",),
        subjects=("medtop:1",),
        source="EFE",
        rights="(c) EFE",
        correction="It was Monday.",
        supersedes="urn:x:old",
        urgency=1,
        modified=datetime(2019, 5, 1, 9, 30, tzinfo=UTC),
        expires=datetime(2030, 5, 1, tzinfo=UTC),
    )
    assert found["external_url"] == "https://elsewhere.example/x"
    assert found["image"] == "https://m.example/1.png"
    assert found["date_modified"] == "2019-05-01T09:30:00.007+00:00"
    assert found["authors"] == [
        {"name": "Ann", "url": "mailto:ann@news.example"},
        {"name": "Bo", "url": "https://bo.example"},
        {"name": "Cy"},
    ]
    assert found["tags"] == ["World/Americas", "a", "b"]  # as RSS and Atom have them
    assert found["language"] == "es"
    assert found["attachments"] == [
        {"url": "https://m.example/a", "mime_type": "application/octet-stream"},
        {"url": "https://m.example/b.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 0},
        {"url": "https://m.example/1.png", "mime_type": "application/octet-stream"},
        {"url": "https://m.example/2.png", "mime_type": "image/png", "title": "Two", "size_in_bytes": 5},
    ]
    assert found["_feeder"] == {
        "seq": 7,
        "version": 2,
        "at": "2026-11-22T12:00:01.250000+00:00",
        "feeds": ["all", "world", "world-americas", "late"],  # not sport, which it has just left
        "backfill": True,
        "published_precision": "day",
        "section": "World/Americas",
        "byline": "By Ann and Bo",
        "dateline": "CARACAS",
        "places": ["Caracas"],
        "subjects": ["medtop:1"],
        "source": "EFE",
        "rights": "(c) EFE",
        "correction": "It was Monday.",
        "supersedes": "urn:x:old",
        "urgency": 1,
        "expires": "2030-05-01T00:00:00+00:00",
    }


def test_the_byline_names_the_author_where_nobody_else_does() -> None:
    assert item(byline="Our own correspondent")["authors"] == [{"name": "Our own correspondent"}]
    assert "authors" not in item()


def test_a_body_is_always_there_and_a_summary_only_if_there_is_one() -> None:
    found = item(html="", summary="")
    assert found["content_html"] == ""
    assert "summary" not in found


@pytest.mark.parametrize("kind", [Kind.RETRACTED, Kind.PUBLISHED])
def test_a_retracted_article_says_only_that_it_is_gone(kind: Kind) -> None:
    reason = "killed" if kind is Kind.RETRACTED else None
    gone = dataclasses.replace(
        TOLD, kind=kind, article=None, reason=reason, retracted=True, shelves=("world", "=late", "late")
    )
    found = orjson.loads(JsonFeed(SITE).entry(gone))
    said = {"reason": "killed"} if reason else {}
    assert found == {
        "id": PLAIN.id,
        "url": "https://news.example/articles/2019-04-30-one",
        "_feeder": {
            "seq": 7,
            "version": 2,
            "at": AT.isoformat(),
            "feeds": ["all", "world", "late"],
            **said,
            "retracted": True,
        },
    }


# Moments


def test_a_day_keeps_its_day_and_its_offset() -> None:
    found = item(published=datetime(2019, 4, 30, tzinfo=timezone(timedelta(hours=-4))))
    assert found["date_published"] == "2019-04-30T00:00:00-04:00"


def test_an_offset_with_seconds_is_written_as_rfc_3339_can() -> None:
    found = item(published=datetime(1912, 4, 15, tzinfo=ZoneInfo("Europe/Amsterdam")))
    assert found["date_published"] == "1912-04-15T00:00:00+00:19"


def test_nothing_is_dated_after_the_event_that_brought_it() -> None:
    future = AT + timedelta(days=4000)
    found = item(published=future, modified=future)
    assert found["date_published"] == "2026-11-22T12:00:01+00:00"
    shown = [datetime.fromisoformat(found[name]) for name in ("date_published", "date_modified")]
    assert sorted((*shown, AT)) == [*shown, AT]


# One line


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_entry_is_one_line_whoever_splits_it(text: str) -> None:
    line = JsonFeed(SITE).entry(dataclasses.replace(TOLD, article=dataclasses.replace(PLAIN, title=text, html=text)))
    assert line.decode().splitlines() == [line.decode()]
    assert orjson.loads(line)["content_html"] == text


@pytest.mark.parametrize("text", ["a\r\nb", "a\u2028b", "a\u2029b", "a\x85b", "a\x0bb\x1cc"], ids=ascii)
def test_every_line_break_is_escaped(text: str) -> None:
    line = JsonFeed(SITE).entry(dataclasses.replace(TOLD, article=dataclasses.replace(PLAIN, title=text)))
    assert len(line.decode().splitlines()) == 1
    assert orjson.loads(line)["title"] == text


def test_half_a_character_is_refused_for_this_entry() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        item(title="a\ud800b")


# The document


def test_a_document_says_who_and_where_it_is_and_how_to_follow_it() -> None:
    site = dataclasses.replace(
        SITE, description="All of it", language="en", author="Desk", icon="https://news.example/i"
    )
    assert document(dataclasses.replace(HEAD, site=site)) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Morning & Evening",
        "home_page_url": "https://news.example/",
        "feed_url": "https://news.example/feeds/all.json",
        "description": "All of it",
        "icon": "https://news.example/i",
        "language": "en",
        "authors": [{"name": "Desk"}],
        "_feeder": {
            "cursor": "k3.9",
            "stream": "https://news.example/events?feed=all&since=k3.9",
            "updated": "2026-11-22T12:00:01.250000+00:00",
        },
        "items": [],
    }
    assert set(document()) == {"version", "title", "home_page_url", "feed_url", "_feeder", "items"}


def test_the_items_of_a_document_are_the_entries_a_line_each_in_the_order_given() -> None:
    entries = [JsonFeed(SITE).entry(dataclasses.replace(TOLD, article_id=f"urn:x:{number}")) for number in (3, 1, 2)]
    body = JsonFeed(SITE).document(HEAD, [*entries[:2], b"", entries[2]])
    assert [line.rstrip(b",") for line in body.splitlines()[1:-1]] == entries
    assert [found["id"] for found in orjson.loads(body)["items"]] == ["urn:x:3", "urn:x:1", "urn:x:2"]
    assert body.endswith(b"]}\n")


def test_what_a_document_shows_no_more_stands_beside_the_items() -> None:
    """As an item it would need content, which JSON Feed demands of every item."""
    renderer = JsonFeed(SITE)
    killed = Tombstone(article_id="urn:x:2", slug="two", seq=8, at=AT, reason="killed")
    left = Tombstone(article_id="urn:x:1", slug="one", seq=7, at=AT)
    entries = [renderer.entry(TOLD)]
    body = renderer.document(HEAD, entries, [renderer.tombstone(killed), renderer.tombstone(left)])
    found = orjson.loads(body)
    address = "https://news.example/articles"
    assert found["_feeder"]["tombstones"] == [
        {"id": "urn:x:2", "url": f"{address}/two", "seq": 8, "at": AT.isoformat(), "reason": "killed"},
        {"id": "urn:x:1", "url": f"{address}/one", "seq": 7, "at": AT.isoformat()},
    ]
    assert found["_feeder"]["cursor"] == HEAD.cursor
    assert found["items"] == orjson.loads(renderer.document(HEAD, entries))["items"]
    assert "tombstones" not in orjson.loads(renderer.document(HEAD, entries))["_feeder"]


def test_a_page_of_the_archive_has_its_own_address_and_leads_to_the_one_before() -> None:
    site = dataclasses.replace(SITE, hub="https://news.example/hub", rights="(c) us")
    found = document(dataclasses.replace(HEAD, site=site, page=2, previous=1))
    assert found["feed_url"] == "https://news.example/feeds/all/archive/2.json"
    assert found["next_url"] == "https://news.example/feeds/all/archive/1.json"
    assert found["_feeder"]["current"] == "https://news.example/feeds/all.json"
    assert found["_feeder"]["rights"] == "(c) us"
    assert "hubs" not in found
    assert "next_url" not in document(dataclasses.replace(HEAD, page=1))


def test_the_feed_names_its_hub_and_the_last_page_of_its_archive() -> None:
    site = dataclasses.replace(SITE, hub="https://news.example/hub")
    found = document(dataclasses.replace(HEAD, site=site, previous=4))
    assert found["hubs"] == [{"type": "WebSub", "url": "https://news.example/hub"}]
    assert found["next_url"] == "https://news.example/feeds/all/archive/4.json"
    assert "current" not in found["_feeder"]
