"""Kept media in the feeds: in full, with their type and length, and nothing changes for articles without."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import feedparser
import orjson
import pytest
from lxml import etree

from feeder import registry
from feeder.model import Article, Enclosure, Feed
from feeder.render import Head, Site
from telling import tell

SITE = Site(title="The Morning", base_url="https://news.example/paper", language="en")
AT = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
HEAD = Head(site=SITE, feed=Feed(name="all", title="The Morning"), updated=AT, cursor="k3.9")
PHOTO = Enclosure(f"/media/{'a' * 64}.jpg", "image/jpeg", 1234, "At dawn")
SECOND = Enclosure(f"/media/{'b' * 64}.png", "image/png", 99)
SONG = Enclosure(f"/media/{'c' * 64}.mp3", "audio/mpeg", 5678, "The song")
ELSEWHERE = Enclosure("https://m.example/x.jpg", "image/jpeg", 7)
HTML = f'<p><img src="{SECOND.url}" alt="/media/"> <a href="{SONG.url}">Hear</a> <a href="/media/">x</a></p>'
PLAIN = Article(
    id="urn:x:1",
    slug="one",
    title="One",
    summary="What happened.",
    html=HTML,
    text="Hear x",
    published=datetime(2019, 4, 30, tzinfo=UTC),
    content_key="c",
    digest="d",
    format="seed",
)


def document(suffix: str, **changes: Any) -> bytes:
    event = tell(dataclasses.replace(PLAIN, **changes), AT)
    renderer = registry.find("renderers", suffix)(SITE)
    found: bytes = renderer.document(HEAD, [renderer.entry(event)])
    return found


def full(one: Enclosure) -> str:
    return f"https://news.example/paper{one.url}"


@pytest.mark.parametrize("suffix", sorted(registry.offers("renderers")))
def test_every_address_is_said_in_full(suffix: str) -> None:
    text = document(suffix, images=(PHOTO, SECOND), enclosures=(SONG,)).decode()
    for one in (PHOTO, SECOND, SONG):
        assert full(one) in text
        assert text.count(one.url) == text.count(full(one))
    assert text.count("/paper/media/") == text.count(f"{SITE.base_url}/media/")


@pytest.mark.parametrize("suffix", sorted(registry.offers("renderers")))
def test_what_lies_elsewhere_stays_where_it_is(suffix: str) -> None:
    text = document(suffix, html="<p>/media/</p>", images=(ELSEWHERE,)).decode()
    assert ELSEWHERE.url in text
    assert "/paper/media/" not in text


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_readers_find_the_html_with_full_addresses(suffix: str) -> None:
    [entry] = feedparser.parse(document(suffix), sanitize_html=False, resolve_relative_uris=False).entries
    assert entry.content[0].value == (
        f'<p><img src="{full(SECOND)}" alt="/media/"> <a href="{full(SONG)}">Hear</a> '
        '<a href="https://news.example/media/">x</a></p>'
    )


def test_rss_encloses_the_sound_and_lists_the_pictures() -> None:
    item = etree.fromstring(document("rss", images=(PHOTO, SECOND), enclosures=(SONG,))).find("channel/item")
    assert [dict(one.attrib) for one in item.findall("enclosure")] == [
        {"url": full(SONG), "length": "5678", "type": "audio/mpeg"}
    ]
    media = [dict(one.attrib) for one in item.findall("{http://search.yahoo.com/mrss/}content")]
    assert media == [
        {"url": full(PHOTO), "type": "image/jpeg", "medium": "image", "fileSize": "1234"},
        {"url": full(SECOND), "type": "image/png", "medium": "image", "fileSize": "99"},
    ]


def test_rss_encloses_the_first_picture_where_there_is_nothing_else() -> None:
    bare = Enclosure("https://m.example/unknown")
    item = etree.fromstring(document("rss", images=(bare, PHOTO, SECOND), enclosures=(bare,))).find("channel/item")
    assert [dict(one.attrib) for one in item.findall("enclosure")] == [
        {"url": full(PHOTO), "length": "1234", "type": "image/jpeg"}
    ]
    media = [one.get("url") for one in item.findall("{http://search.yahoo.com/mrss/}content")]
    assert media == [bare.url, full(SECOND), bare.url]


def test_atom_links_to_all_of_them() -> None:
    entry = etree.fromstring(document("atom", images=(PHOTO,), enclosures=(SONG,))).find("{*}entry")
    links = [dict(link.attrib) for link in entry.findall("{*}link") if link.get("rel") == "enclosure"]
    assert links == [
        {"rel": "enclosure", "href": full(SONG), "type": "audio/mpeg", "length": "5678", "title": "The song"},
        {"rel": "enclosure", "href": full(PHOTO), "type": "image/jpeg", "length": "1234", "title": "At dawn"},
    ]


def test_a_json_item_attaches_a_kept_picture_that_is_its_image_too() -> None:
    [item] = orjson.loads(document("json", images=(PHOTO, SECOND), enclosures=(SONG,)))["items"]
    assert item["image"] == full(PHOTO)
    assert item["attachments"] == [
        {"url": full(SONG), "mime_type": "audio/mpeg", "title": "The song", "size_in_bytes": 5678},
        {"url": full(PHOTO), "mime_type": "image/jpeg", "title": "At dawn", "size_in_bytes": 1234},
        {"url": full(SECOND), "mime_type": "image/png", "size_in_bytes": 99},
    ]
    assert full(SECOND) in item["content_html"]


def test_a_json_item_attaches_what_the_other_formats_enclose() -> None:
    [item] = orjson.loads(document("json", images=(ELSEWHERE, SECOND)))["items"]
    assert item["image"] == ELSEWHERE.url
    assert [one["url"] for one in item["attachments"]] == [ELSEWHERE.url, full(SECOND)]
    entry = etree.fromstring(document("atom", images=(ELSEWHERE, SECOND))).find("{*}entry")
    enclosed = [link.get("href") for link in entry.findall("{*}link") if link.get("rel") == "enclosure"]
    assert enclosed == [one["url"] for one in item["attachments"]]


def test_rss_encloses_the_first_enclosure_where_nothing_is_fully_known() -> None:
    tape, film = Enclosure("https://m.example/t.mp3", "audio/mpeg"), Enclosure("https://m.example/f")
    for first, kind in ((tape, "audio/mpeg"), (film, "application/octet-stream")):
        item = etree.fromstring(document("rss", enclosures=(first, tape, film))).find("channel/item")
        [found] = [dict(one.attrib) for one in item.findall("enclosure")]
        assert found == {"url": first.url, "length": "0", "type": kind}  # 0: unknown, by the profile
    pictures = etree.fromstring(document("rss", images=(Enclosure("https://m.example/p"),))).find("channel/item")
    assert pictures.find("enclosure") is None
    assert pictures.find("{http://search.yahoo.com/mrss/}content").get("medium") == "image"
