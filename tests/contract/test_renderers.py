"""What every renderer promises, whatever its format; run against all that are installed."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import orjson
import pytest
from lxml import etree

import telling
from feeder import registry
from feeder.model import Article, Enclosure, Event, Feed, Kind, Person, Tombstone
from feeder.render import Head, Site

if TYPE_CHECKING:
    from feeder.render import Renderer

GOLDEN = Path(__file__).parents[1] / "golden"
SITE = Site(
    title="The Morning & Evening",
    base_url="https://news.example",
    description="All the news <that> fits",
    language="en",
    author="The desk",
    rights="© The Morning & Evening",
    icon="https://news.example/icon.png",
    hub="https://news.example/hub",
)
AT = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
HEAD = Head(site=SITE, feed=Feed(name="all", title="The Morning & Evening"), updated=AT, cursor="k3.6", previous=3)
GONE = Tombstone(article_id="urn:x:gone", slug="gone", seq=5, at=AT - timedelta(minutes=5), reason="R&D <killed>")
LEFT = Tombstone(article_id="tag:news.example,2026:left", slug="left", seq=4, at=AT - timedelta(minutes=6))
PLAIN = dataclasses.replace(telling.PLAIN, slug="2019-04-30-plain", title="A plain story")


def tell(seq: int, article: Article) -> Event:
    return telling.tell(article, AT - timedelta(minutes=10 - seq), seq=seq, backfill=seq == 1)


def variant(seq: int, **changes: Any) -> Event:
    return tell(seq, dataclasses.replace(PLAIN, **changes))


AWKWARD = [
    variant(
        6,
        id="tag:news.example,2026:6",
        slug="all-of-it",
        title="Q&A: “is <b> bold?” ]]>",
        summary="AT&T says 1 < 2.",
        html="<p>AT&amp;T says 1 &lt; 2. ]]&gt; ]]></p><ul><li>a</li></ul>",
        authors=(Person("Ann", "ann@news.example", "https://news.example/ann"), Person("Bo")),
        byline="By Ann and Bo",
        dateline="CARACAS",
        section="World",
        sections=("world",),
        keywords=("a&b", "c"),
        language="en",
        images=(Enclosure("https://m.example/1.png?a=1&b=2", "image/png", 5, "A “photo”"),),
        enclosures=(
            Enclosure("https://m.example/unknown"),
            Enclosure("https://m.example/a.mp3", "audio/mpeg", 1234),
            Enclosure("https://m.example/b.pdf", "application/pdf", 99),
        ),
        link="https://elsewhere.example/x?a=1&b=2",
        correction="An earlier version said “Monday”.",
        rights="© EFE",
        modified=datetime(2026, 11, 22, 11, 0, tzinfo=UTC),
        published=datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=-4, minutes=-30))),
        published_precision="minute",
    ),
    variant(5, id="urn:x:5", slug="ar", title="عاجل: خبر 5 < 6", language="ar"),
    tell(
        4,
        dataclasses.replace(PLAIN, id="urn:x:4", slug="ja", title="速報・日本語", html="<p>本文。</p>", language="ja"),
    ),
    tell(
        3,
        dataclasses.replace(
            PLAIN, id="urn:x:3", slug="emoji", title="👩‍👩‍👧 🇻🇪 e\u0301", summary="", byline="By Nobody"
        ),
    ),
    variant(2, id="urn:x:2", slug="old", published=datetime(1912, 4, 15, tzinfo=UTC)),
    tell(1, PLAIN),
]


@pytest.fixture(params=sorted(registry.offers("renderers")))
def suffix(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def renderer(suffix: str) -> Renderer:
    made: Renderer = registry.find("renderers", suffix)(SITE)
    return made


def document(renderer: Renderer, head: Head = HEAD) -> bytes:
    tombstones = [found for gone in (GONE, LEFT) if (found := renderer.tombstone(gone))]
    return renderer.document(head, [renderer.entry(event) for event in AWKWARD], tombstones)


def ids(body: bytes, suffix: str) -> list[str]:
    """The ids in a document, in order."""
    if suffix == "json":
        return [item["id"] for item in orjson.loads(body)["items"]]
    root = etree.fromstring(body)
    return [found.text for found in root.iterfind(".//guid" if suffix == "rss" else "{*}entry/{*}id")]


def test_a_document_shows_every_entry_in_the_order_given(renderer: Renderer, suffix: str) -> None:
    assert ids(document(renderer), suffix) == [event.article_id for event in AWKWARD]


def test_a_tombstone_says_who_is_gone_and_shows_nothing_else(renderer: Renderer, suffix: str) -> None:
    body = document(renderer)
    assert (b"urn:x:gone" in body) is (renderer.tombstone(GONE) != b"") is (suffix != "rss")
    assert "urn:x:gone" not in ids(body, suffix)
    without = renderer.document(HEAD, [renderer.entry(event) for event in AWKWARD])
    assert without == renderer.document(HEAD, [renderer.entry(event) for event in AWKWARD], [])
    assert (without == body) is (suffix == "rss")


def test_a_page_of_the_archive_shows_the_same_entries(renderer: Renderer, suffix: str) -> None:
    page = document(renderer, dataclasses.replace(HEAD, page=2, previous=1))
    assert ids(page, suffix) == ids(document(renderer), suffix)
    assert f"https://news.example/feeds/all/archive/2.{suffix}".encode() in page
    assert f"https://news.example/feeds/all/archive/1.{suffix}".encode() in page


def test_what_was_searched_for_has_an_address_of_its_own(renderer: Renderer, suffix: str) -> None:
    site = dataclasses.replace(SITE, hub="https://news.example/hub")
    head = dataclasses.replace(HEAD, site=site, query='tag:"a & b" <ürü')
    found = document(renderer, head)
    own = f"https://news.example/feeds/search.{suffix}?q=tag:%22a%20%26%20b%22%20%3C%C3%BCr%C3%BC".encode()
    # the id of Atom is an address too, and people are told it in XML
    assert found.count(own) == {"atom": 3, "rss": 2, "json": 1}[suffix]
    assert b'"https://news.example/search?q=tag:%22' in found or b">https://news.example/search?q=tag:%22" in found
    assert f"https://news.example/feeds/all.{suffix}".encode() not in found
    live = b"https://news.example/events?q=tag:%22a%20%26%20b%22%20%3C%C3%BCr%C3%BC&since=k3.6"
    assert live in found.replace(b"&amp;", b"&")
    assert b"feed=all" not in found
    assert b"/hub" not in found
    assert f"https://news.example/feeds/all.{suffix}".encode() in document(renderer, HEAD)


def test_a_document_without_entries_is_whole(renderer: Renderer, suffix: str) -> None:
    assert ids(renderer.document(HEAD, []), suffix) == []


def test_an_entry_is_the_same_in_every_document(renderer: Renderer) -> None:
    section = dataclasses.replace(HEAD, feed=Feed(name="world", title="World", shelf="world", language="de"))
    entries = [renderer.entry(event) for event in AWKWARD]
    for head in (HEAD, section):
        assert all(entry in renderer.document(head, entries) for entry in entries)


def test_the_media_type_names_its_charset(renderer: Renderer) -> None:
    kind, _, charset = renderer.media_type.partition("; ")
    assert kind.startswith("application/")
    assert charset == "charset=utf-8"


def test_an_entry_that_cannot_be_rendered_is_a_value_error_and_harms_no_other(renderer: Renderer) -> None:
    before = document(renderer)
    bad = dataclasses.replace(PLAIN, title="half a character: \ud800")
    with pytest.raises(ValueError, match=r"."):
        renderer.entry(tell(9, bad))
    assert document(renderer) == before


def test_a_retraction_never_shows_content(renderer: Renderer) -> None:
    gone = dataclasses.replace(tell(9, PLAIN), kind=Kind.RETRACTED, article=None, reason="killed")
    found = renderer.entry(gone)
    assert b"plain story" not in found
    assert b"What happened" not in found
    renderer.document(HEAD, [found] if found else [])


def test_many_threads_render_what_one_renders(renderer: Renderer) -> None:
    expected = document(renderer)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: document(renderer), range(40))) == {expected}


@pytest.mark.parametrize(
    "world", [{"TZ": "Asia/Tokyo", "LC_ALL": "C"}, {"TZ": "America/Caracas", "LC_ALL": "de_DE.UTF-8"}]
)
def test_another_process_elsewhere_renders_the_same_bytes(suffix: str, world: dict[str, str]) -> None:
    program = (
        f"import sys, hashlib; sys.path[:0] = {[str(folder) for folder in Path(__file__).parents[:2]]!r}\n"
        "import test_renderers as here\n"
        f"body = here.document(here.registry.find('renderers', {suffix!r})(here.SITE))\n"
        "print(hashlib.sha256(body).hexdigest())"
    )
    environment = {**os.environ, **world, "PYTHONHASHSEED": "7"}
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True)
    here = document(registry.find("renderers", suffix)(SITE))
    assert found.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_the_bytes_are_the_golden_ones(renderer: Renderer, suffix: str) -> None:
    """A change of these files is a change of every ETag: say so in the changelog, then write them anew."""
    assert document(renderer) == (GOLDEN / f"all.{suffix}").read_bytes()


def test_feedparser_reads_the_same_stories_from_rss_and_atom() -> None:
    stories = []
    for suffix in ("rss", "atom"):
        renderer: Renderer = registry.find("renderers", suffix)(SITE)
        found = feedparser.parse(document(renderer), response_headers={"content-type": renderer.media_type})
        assert not found.bozo, found.get("bozo_exception")
        stories.append([(story.id, story.link, story.published_parsed[:5]) for story in found.entries])
    assert stories[0] == stories[1]
    assert [story[0] for story in stories[0]] == [event.article_id for event in AWKWARD]
