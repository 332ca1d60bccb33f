"""The list of feeds, by the rules that the W3C's validator applies to OPML, and as two readers import it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from feeder.model import Feed
from feeder.render import Site, opml
from program import require

SITE = Site(
    title="The Morning & Evening", base_url="https://news.example/paper", description="All of it", language="en"
)
AT = datetime(2026, 3, 2, 13, 4, 5, 678, tzinfo=timezone(timedelta(hours=1)))
FEEDS = [
    Feed(name="all", title="The Morning"),
    Feed(name="world", title='The "Morning" – <World>', description="Abroad", language="pt-BR"),
    Feed(name="late", title="Late", formats=("json", "atom")),
    Feed(name="own", title="Own", formats=("txt",)),
]
KNOWN = {"text", "title", "type", "xmlUrl", "htmlUrl", "description", "language"}


def outlines(body: bytes) -> list[dict[str, str]]:
    """What the list says, if it is valid OPML 2.0."""
    root = etree.fromstring(body)
    assert (root.tag, dict(root.attrib)) == ("opml", {"version": "2.0"})
    assert [part.tag for part in root] == ["head", "body"]
    assert {found.tag for found in root[0]} <= {"title", "dateModified", "ownerName"}
    found = [dict(outline.attrib) for outline in root[1]]
    assert found
    for outline in found:
        assert {"text", "title", "type", "xmlUrl"} <= outline.keys() <= KNOWN
        assert outline["type"] == "rss"
    return found


def test_each_feed_is_listed_once_by_the_format_that_most_readers_know() -> None:
    found = outlines(opml.document(SITE, FEEDS, AT))
    assert [outline["xmlUrl"] for outline in found] == [
        "https://news.example/paper/feeds/all.rss",
        "https://news.example/paper/feeds/world.rss",
        "https://news.example/paper/feeds/late.atom",
        "https://news.example/paper/feeds/own.txt",
    ]
    assert found[0] == {
        "text": "The Morning",
        "title": "The Morning",
        "type": "rss",
        "xmlUrl": "https://news.example/paper/feeds/all.rss",
        "htmlUrl": "https://news.example/paper/",
        "description": "All of it",
        "language": "en",
    }
    assert (found[1]["title"], found[1]["description"], found[1]["language"]) == (
        'The "Morning" – &lt;World&gt;',
        "Abroad",
        "pt-BR",
    )


@pytest.mark.parametrize("title", ["Harbour & <port>", "</b>", "a<!--b", "a<?b", "&amp; &nbsp; &#38;", "<b>"])
def test_what_looks_like_markup_is_read_as_what_was_written(title: str) -> None:
    site = Site(title=title, base_url="https://news.example", author=title, description=title)
    body = opml.document(site, [Feed(name="x", title=title)], AT)
    (found,) = outlines(body)
    head = etree.fromstring(body)[0]
    for told in (
        found["text"],
        found["title"],
        found["description"],
        head.findtext("title"),
        head.findtext("ownerName"),
    ):
        read = html.fragment_fromstring(str(told), create_parent="div")
        assert (len(read), read.text) == (0, title)


@pytest.mark.parametrize("title", ["Q & A", "AT&T", "Less < more", "A “quote” & 'another'"])
def test_what_no_reader_takes_for_markup_stands_as_it_is(title: str) -> None:
    (found,) = outlines(opml.document(SITE, [Feed(name="x", title=title)], AT))
    assert found["text"] == found["title"] == title


@pytest.mark.parametrize(("suffixes", "listed"), [(("json",), "json"), (("json", "atom"), "atom"), (("txt",), "txt")])
def test_a_feed_that_does_not_say_its_formats_has_those_of_all(suffixes: Sequence[str], listed: str) -> None:
    (found,) = outlines(opml.document(SITE, FEEDS[:1], AT, suffixes=suffixes))
    assert found["xmlUrl"] == f"https://news.example/paper/feeds/all.{listed}"


def test_its_date_is_that_of_the_log_and_no_clock_is_asked() -> None:
    body = opml.document(SITE, FEEDS, AT)
    assert etree.fromstring(body).findtext("head/dateModified") == "Mon, 02 Mar 2026 13:04:05 +0100"
    assert body == opml.document(SITE, FEEDS, AT)


def test_of_another_moment_only_the_date_is_another_and_other_feeds_are_another_list() -> None:
    body, later = opml.document(SITE, FEEDS, AT), opml.document(SITE, FEEDS, AT + timedelta(hours=1))
    assert later == body.replace(b"13:04:05", b"14:04:05") != body
    assert outlines(opml.document(SITE, FEEDS[:1], AT)) == outlines(body)[:1]


def test_nothing_is_said_that_is_not_known() -> None:
    bare = Site(title="T", base_url="https://news.example")
    body = opml.document(bare, [Feed(name="all", title="T")], AT)
    assert outlines(body)[0].keys() == {"text", "title", "type", "xmlUrl", "htmlUrl"}
    assert b"ownerName" not in body
    assert b"<ownerName>Ed</ownerName>" in opml.document(
        Site(title="T", base_url="https://x.example", author="Ed"), FEEDS, AT
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_title_is_one_line_of_well_formed_xml(title: str) -> None:
    site = Site(title=title, base_url="https://news.example", author=title or None)
    (found,) = outlines(opml.document(site, [Feed(name="x", title=title, description=title)], AT))
    assert found["text"] == found["title"] == found["title"].strip()
    assert len(found["title"].splitlines()) == 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.opml"
    path.write_bytes(opml.document(SITE, FEEDS, AT.astimezone(UTC)))
    return path


def test_newsboat_imports_every_feed(file: Path, tmp_path: Path) -> None:
    newsboat = shutil.which("newsboat")
    require(newsboat, "newsboat is not installed")
    urls = tmp_path / "urls"
    places = ["-u", str(urls), "-c", str(tmp_path / "cache.db"), "-C", "/dev/null", "-i", str(file)]
    subprocess.run([str(newsboat), *places], check=True, capture_output=True, env={"HOME": str(tmp_path)}, timeout=30)
    listed = [line.split()[0] for line in urls.read_text().splitlines()]
    assert listed == [outline["xmlUrl"] for outline in outlines(file.read_bytes())]


def test_sfeed_imports_every_feed_with_its_title(file: Path) -> None:
    sfeed = shutil.which("sfeed_opml_import")
    require(sfeed, "sfeed is not installed")
    told = subprocess.run(
        [str(sfeed)], check=True, capture_output=True, input=file.read_bytes(), timeout=30
    ).stdout.decode()
    for outline in outlines(file.read_bytes()):
        assert f"'{outline['title']}' '{outline['xmlUrl']}'" in told
