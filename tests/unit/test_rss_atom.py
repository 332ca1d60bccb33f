"""RSS 2.0 and Atom 1.0: the rules of the formats, and what feedgen by itself would get wrong."""

from __future__ import annotations

import dataclasses
import locale
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import telling
from feeder.model import Article, Enclosure, Event, Feed, Kind, Person, Tombstone
from feeder.render import Head, Site, moments
from feeder.render.rss_atom import Atom, Rss

if TYPE_CHECKING:
    from collections.abc import Sequence

SITE = Site(title="The Morning & Evening", base_url="https://news.example", description="All of it", language="en")
AT = datetime(2026, 11, 22, 12, 0, 1, 250000, tzinfo=UTC)
HEAD = Head(site=SITE, feed=Feed(name="all", title="The Morning & Evening"), updated=AT, cursor="k3.9")
SPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SEED = Path(__file__).parents[2] / "seeds" / "000_39792b1896ac9294.txt"

PLAIN = dataclasses.replace(
    telling.PLAIN, html="<p>What happened.</p><p>And then.</p>", text="What happened.\n\nAnd then."
)


def event(article: Article | None = None, seq: int = 1, **changes: Any) -> Event:
    return telling.tell(dataclasses.replace(article or PLAIN, **changes), AT, seq=seq)


def rss(*events: Event, head: Head = HEAD) -> Any:
    renderer = Rss(head.site)
    return etree.fromstring(renderer.document(head, [renderer.entry(each) for each in events]))


def atom(*events: Event, head: Head = HEAD) -> Any:
    renderer = Atom(head.site)
    return etree.fromstring(renderer.document(head, [renderer.entry(each) for each in events]))


def item(**changes: Any) -> Any:
    return rss(event(**changes)).find("channel/item")


def entry(**changes: Any) -> Any:
    return atom(event(**changes)).find("a:entry", SPACES)


def texts(element: Any, path: str) -> list[str]:
    return [found.text for found in element.findall(path, SPACES)]


# The channel and the feed


def test_the_channels_link_is_the_site_and_not_the_last_link_that_was_given() -> None:
    channel = rss().find("channel")
    assert texts(channel, "link") == ["https://news.example/"]
    links = {(link.get("rel"), link.get("type"), link.get("href")) for link in channel.findall("a:link", SPACES)}
    assert links == {
        ("self", "application/rss+xml", "https://news.example/feeds/all.rss"),
        ("alternate", "text/event-stream", "https://news.example/events?feed=all&since=k3.9"),
    }


def test_a_channel_says_what_the_specification_demands_and_its_date_is_the_newest_event() -> None:
    channel = rss().find("channel")
    assert texts(channel, "title") == ["The Morning & Evening"]
    assert texts(channel, "description") == ["All of it"]
    assert texts(channel, "language") == ["en"]
    assert texts(channel, "lastBuildDate") == ["Sun, 22 Nov 2026 12:00:01 +0000"]
    assert texts(channel, "generator") == ["feeder"]


def test_a_site_without_a_description_is_described_by_the_feeds_title() -> None:
    head = dataclasses.replace(HEAD, site=dataclasses.replace(SITE, description=""))
    assert texts(rss(head=head), "channel/description") == ["The Morning & Evening"]
    assert texts(atom(head=head), "a:subtitle") == []


def test_what_the_feed_says_wins_over_what_the_site_says() -> None:
    site = dataclasses.replace(SITE, author="Desk", rights="(c) site", icon="https://news.example/s.png")
    feed = Feed(name="sport", title="Sport", description="Only sport", language="de", author="Sport desk")
    plain = dataclasses.replace(HEAD, site=site, feed=feed)
    own = dataclasses.replace(plain, feed=dataclasses.replace(feed, rights="(c) feed", icon="https://news.example/f"))
    channel, document = rss(head=plain).find("channel"), atom(head=own)
    assert texts(channel, "description") == ["Only sport"]
    assert texts(channel, "language") == ["de"]
    assert texts(channel, "copyright") == ["(c) site"]
    assert texts(channel, "image/url") == ["https://news.example/s.png"]
    assert texts(channel, "image/title") == texts(channel, "title")
    assert texts(channel, "image/link") == texts(channel, "link")
    assert document.get(LANG) == "de"
    assert texts(document, "a:author/a:name") == ["Sport desk"]
    assert texts(document, "a:rights") == ["(c) feed"]
    assert texts(document, "a:icon") == ["https://news.example/f"]


def test_an_atom_feed_says_who_and_where_it_is() -> None:
    document = atom()
    assert texts(document, "a:id") == ["https://news.example/feeds/all.atom"]
    assert texts(document, "a:updated") == ["2026-11-22T12:00:01.250+00:00"]
    assert texts(document, "a:author/a:name") == ["The Morning & Evening"]
    links = [(link.get("rel"), link.get("type"), link.get("href")) for link in document.findall("a:link", SPACES)]
    assert links == [
        ("self", "application/atom+xml", "https://news.example/feeds/all.atom"),
        ("alternate", "text/html", "https://news.example/"),
        ("alternate", "text/event-stream", "https://news.example/events?feed=all&since=k3.9"),
    ]


# Joining


def canonical(document: bytes) -> bytes:
    """The same for every way of writing a character."""
    found: bytes = etree.tostring(etree.fromstring(document), method="c14n2")
    return found


def test_entries_joined_are_what_feedgen_writes_of_them_all() -> None:
    events = [event(seq=2, id="urn:x:2", title="Two & more"), event(seq=1)]
    for renderer, one, whole in ((Rss(SITE), "_item", "rss_str"), (Atom(SITE), "_entry", "atom_str")):
        generator = renderer._channel(HEAD) if isinstance(renderer, Rss) else renderer._feed(HEAD)
        for each in events:
            generator.add_entry(getattr(renderer, one)(each, each.article), order="append")
        joined = renderer.document(HEAD, [renderer.entry(each) for each in events])
        assert canonical(joined) == canonical(getattr(generator, whole)(pretty=True))


@pytest.mark.parametrize("renderer", [Rss(SITE), Atom(SITE)], ids=["rss", "atom"])
def test_namespaces_are_declared_at_the_root_and_nowhere_else(renderer: Rss | Atom) -> None:
    rich = event(authors=(Person("A"),), images=(Enclosure("https://i.example/1.png"),), language="en")
    found = renderer.entry(rich)
    assert b"xmlns" not in found
    assert found.lstrip().startswith((b"<item>", b"<entry "))
    etree.fromstring(renderer.document(HEAD, [found]))


def test_entries_stand_in_the_order_given() -> None:
    events = [event(id=f"urn:x:{number}") for number in (3, 1, 2)]
    assert texts(rss(*events), "channel/item/guid") == ["urn:x:3", "urn:x:1", "urn:x:2"]
    assert texts(atom(*events), "a:entry/a:id") == ["urn:x:3", "urn:x:1", "urn:x:2"]


# Text


def test_a_title_is_escaped_exactly_once() -> None:
    title = "Q&A: is <b> &amp; “x” ]]> bold?"
    assert texts(item(title=title), "title") == [title]
    assert texts(entry(title=title), "a:title") == [title]


def test_a_summary_is_text_in_atom_and_html_in_rss() -> None:
    summary = "AT&T says 1 < 2 & <p> is no <b>end"
    assert texts(entry(summary=summary), "a:summary") == [summary]
    assert entry(summary=summary).find("a:summary", SPACES).get("type") == "text"
    summary = "AT&T says 1 < 2 & </p> is no <b>end</b>"
    shown = "AT&amp;T says 1 &lt; 2 &amp; &lt;/p&gt; is no &lt;b&gt;end&lt;/b&gt;"
    assert texts(item(summary=summary), "description") == [shown]
    assert texts(entry(summary=summary), "a:summary") == [shown]  # readers would take it for HTML whatever it is called
    assert entry(summary=summary).find("a:summary", SPACES).get("type") == "html"


def test_the_summary_stands_before_the_full_text() -> None:
    tags = [child.tag for child in item()]
    assert tags.index("description") < tags.index(f"{{{SPACES['content']}}}encoded")


def test_without_a_summary_the_description_is_the_full_text() -> None:
    assert texts(item(summary=""), "description") == [PLAIN.html]
    assert texts(item(summary=""), "content:encoded") == []
    assert texts(entry(summary=""), "a:summary") == []


def test_html_arrives_as_it_is_whatever_it_holds() -> None:
    html = "<p>]]&gt; ]]> &amp;amp; <!-- x --> العربية 中文 👩‍👩‍👧 \u0085\u2028 e\u0301</p>"
    assert texts(item(html=html), "content:encoded") == [html]
    assert texts(entry(html=html), "a:content") == [html]
    assert entry(html=html).find("a:content", SPACES).get("type") == "html"


def test_an_article_without_a_body_is_still_an_entry() -> None:
    assert texts(entry(html="", summary=""), "a:title") == ["One"]
    assert texts(item(html="", summary=""), "title") == ["One"]


@pytest.mark.parametrize("renderer", [Rss(SITE), Atom(SITE)], ids=["rss", "atom"])
@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1b", "\ufffe", "\ud800"], ids=ascii)
@pytest.mark.parametrize("field", ["title", "summary", "html", "section", "byline"])
def test_what_xml_forbids_is_refused_for_this_entry(renderer: Rss | Atom, bad: str, field: str) -> None:
    changed: dict[str, Any] = {field: f"a{bad}b"}
    with pytest.raises(ValueError, match=r"."):
        renderer.entry(event(**changed))
    assert b"One" in renderer.entry(event())


# Identity, people, subjects


def test_an_items_guid_is_no_permalink_and_its_link_is_the_page() -> None:
    guid = item().find("guid")
    assert (guid.text, guid.get("isPermaLink")) == (PLAIN.id, "false")
    assert texts(item(), "link") == ["https://news.example/articles/2019-04-30-one"]


def test_every_author_is_named() -> None:
    people = (Person("Ann", "ann@news.example", "https://news.example/ann"), Person("Bo"))
    assert texts(item(authors=people), "dc:creator") == ["Ann", "Bo"]
    assert texts(item(authors=people), "author") == []
    found = entry(authors=people)
    assert texts(found, "a:author/a:name") == ["Ann", "Bo"]
    assert texts(found, "a:author/a:email") == ["ann@news.example"]
    assert texts(found, "a:author/a:uri") == ["https://news.example/ann"]


def test_the_byline_names_the_author_where_nobody_else_does() -> None:
    assert texts(item(byline="Our own correspondent"), "dc:creator") == ["Our own correspondent"]
    assert texts(entry(byline="Our own correspondent"), "a:author/a:name") == ["Our own correspondent"]
    assert texts(item(byline="By Ann", authors=(Person("Ann"),)), "dc:creator") == ["Ann"]
    assert texts(entry(), "a:author") == []


def test_the_section_and_the_keywords_are_categories_once_each() -> None:
    changes = {"section": "World", "sections": ("world",), "keywords": ("a&b", "World", "c")}
    assert texts(item(**changes), "category") == ["World", "a&b", "c"]
    assert [found.get("term") for found in entry(**changes).findall("a:category", SPACES)] == ["World", "a&b", "c"]


def test_an_entry_says_its_own_language_and_rights() -> None:
    assert entry(language="es").get(LANG) == "es"
    assert entry().get(LANG) is None
    assert texts(item(language="es", rights="(c) EFE"), "dc:language") == ["es"]
    assert texts(item(language="es", rights="(c) EFE"), "dc:rights") == ["(c) EFE"]
    assert texts(item(), "dc:language") == []
    assert texts(entry(rights="(c) EFE"), "a:rights") == ["(c) EFE"]


# Links and media

TAPE = Enclosure("https://m.example/tape.mp3", "audio/mpeg")
SOUND = Enclosure("https://m.example/a.mp3?x=1&y=2", "audio/mpeg", 1234, "Interview & more")
PAPER = Enclosure("https://m.example/b.pdf", "application/pdf", 0)
PHOTO = Enclosure("https://m.example/p.jpg", "image/jpeg", 99, "A “photo”")
BARE = Enclosure("https://m.example/unknown")


def test_atom_links_keep_what_they_are() -> None:
    found = entry(enclosures=(SOUND, PAPER), images=(PHOTO, BARE), link="https://elsewhere.example/?a=1&b=2")
    links = [dict(link.attrib) for link in found.findall("a:link", SPACES)]
    assert links == [
        {"href": "https://news.example/articles/2019-04-30-one", "rel": "alternate", "type": "text/html"},
        {"href": "https://elsewhere.example/?a=1&b=2", "rel": "related"},
        {"href": SOUND.url, "rel": "enclosure", "type": "audio/mpeg", "length": "1234", "title": "Interview & more"},
        {"href": PAPER.url, "rel": "enclosure", "type": "application/pdf", "length": "0"},
        {"href": PHOTO.url, "rel": "enclosure", "type": "image/jpeg", "length": "99", "title": "A “photo”"},
        {"href": BARE.url, "rel": "enclosure"},
    ]


def test_rss_encloses_the_first_that_is_fully_known_and_the_rest_are_media() -> None:
    found = item(enclosures=(TAPE, SOUND, PAPER), images=(PHOTO, BARE))
    assert [dict(each.attrib) for each in found.findall("enclosure")] == [
        {"url": SOUND.url, "length": "1234", "type": "audio/mpeg"}
    ]
    media = [dict(each.attrib) for each in found.findall("media:content", SPACES)]
    assert media == [
        {"url": PHOTO.url, "type": "image/jpeg", "medium": "image", "fileSize": "99"},
        {"url": BARE.url, "medium": "image"},
        {"url": TAPE.url, "type": "audio/mpeg", "medium": "audio"},
        {"url": PAPER.url, "type": "application/pdf", "medium": "document"},  # a size must be positive
    ]
    assert texts(found, "media:content/media:title") == ["A “photo”"]
    assert found.find("media:group", SPACES) is None  # a group of one is an error of the format


def test_the_page_elsewhere_is_related_in_both() -> None:
    elsewhere = "https://elsewhere.example/?a=1&b=2"
    for found in (item(link=elsewhere), entry(link=elsewhere)):
        related = [link for link in found.findall("a:link", SPACES) if link.get("rel") == "related"]
        assert [link.get("href") for link in related] == [elsewhere]
    assert item().find("a:link", SPACES) is None


def test_an_address_that_atom_does_not_allow_is_left_out_and_its_owner_is_not() -> None:
    found = entry(authors=(Person("Jürgen", "jürgen@müller.example"), Person("Ann", "ann@news.example")))
    assert texts(found, "a:author/a:name") == ["Jürgen", "Ann"]
    assert texts(found, "a:author/a:email") == ["ann@news.example"]


def test_an_enclosure_of_no_bytes_says_so() -> None:
    assert item(enclosures=(PAPER,)).find("enclosure").get("length") == "0"


# Moments


def test_a_day_keeps_its_day_and_its_offset() -> None:
    day = datetime(2019, 4, 30, tzinfo=timezone(timedelta(hours=-4)))
    assert texts(item(published=day), "pubDate") == ["Tue, 30 Apr 2019 00:00:00 -0400"]
    assert texts(entry(published=day), "a:published") == ["2019-04-30T00:00:00-04:00"]
    assert texts(entry(published=day), "a:updated") == ["2019-04-30T00:00:00.001-04:00"]


@pytest.mark.parametrize(
    ("year", "written"), [(1969, "Tue, 31 Dec 1969 00:00:00 +0000"), (987, "Sat, 31 Dec 0987 00:00:00 +0000")]
)
def test_dates_before_the_epoch_have_four_digits(year: int, written: str) -> None:
    day = datetime(year, 12, 31, tzinfo=UTC)
    assert texts(item(published=day), "pubDate")[0][5:] == written[5:]
    assert texts(entry(published=day), "a:published") == [f"{year:04d}-12-31T00:00:00+00:00"]


def test_an_offset_with_seconds_is_written_in_minutes_and_the_day_stays() -> None:
    day = datetime(1912, 4, 15, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert day.utcoffset() == timedelta(minutes=19, seconds=32)
    assert texts(item(published=day), "pubDate") == ["Mon, 15 Apr 1912 00:11:00 +0030"]  # the same instant
    assert texts(entry(published=day), "a:published") == ["1912-04-15T00:00:00+00:19"]


def test_nothing_is_dated_after_the_event_that_brought_it() -> None:
    future = AT + timedelta(days=4000)
    found = entry(published=future, modified=future)
    assert texts(found, "a:published") == ["2026-11-22T12:00:01+00:00"]
    shown = [datetime.fromisoformat(texts(found, name)[0]) for name in ("a:published", "a:updated")]
    assert sorted((*shown, AT)) == [*shown, AT]
    assert parsedate_to_datetime(texts(item(published=future), "pubDate")[0]) <= AT
    assert datetime.fromisoformat(texts(item(modified=future), "dcterms:modified")[0]) <= AT


def test_a_correction_moves_updated_and_leaves_the_date() -> None:
    later = datetime(2019, 5, 1, 9, 30, tzinfo=UTC)
    assert texts(entry(modified=later), "a:published") == ["2019-04-30T00:00:00+00:00"]
    assert texts(entry(modified=later), "a:updated") == ["2019-05-01T09:30:00.001+00:00"]
    assert texts(item(modified=later), "dcterms:modified") == ["2019-05-01T09:30:00.001+00:00"]
    assert texts(item(), "dcterms:modified") == []
    assert texts(item(modified=later), "a:updated") == []  # SimplePie would take it for the date of the item


def test_an_article_was_not_updated_before_it_was_published() -> None:
    earlier = datetime(2019, 4, 1, tzinfo=UTC)
    assert texts(entry(modified=earlier), "a:updated") == ["2019-04-30T00:00:00.001+00:00"]


@pytest.mark.parametrize("modified", [None, datetime(2020, 1, 1, 12, 0, tzinfo=UTC), AT])
def test_entries_of_one_moment_are_told_apart_by_milliseconds(modified: datetime | None) -> None:
    """Two of one ``updated`` are what the W3C's validator warns of (DuplicateUpdated)."""
    articles = [dataclasses.replace(PLAIN, id=f"urn:x:{number}", modified=modified) for number in range(100)]
    events = [event(article, seq=951 + number) for number, article in enumerate(articles)]
    found = texts(atom(*events), "a:entry/a:updated")
    assert len(set(found)) == len(found)
    moments_found = [datetime.fromisoformat(each) for each in found]
    assert all(abs(each - (modified or PLAIN.published)) < timedelta(seconds=1) for each in moments_found)
    assert max(moments_found) <= AT


PAST = st.datetimes(datetime(1000, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=200, deadline=None)
@given(PAST, st.none() | PAST, PAST, st.integers(1, 10**6))
def test_updated_is_right_to_the_second_and_between_publication_and_event(
    published: datetime, modified: datetime | None, at: datetime, seq: int
) -> None:
    told = telling.tell(dataclasses.replace(PLAIN, published=published, modified=modified), at, seq=seq)
    assert told.article is not None
    found = moments.updated(told.article, told)
    shown = moments.published(told.article, at)
    assert shown <= found <= at
    assert abs(found - min(max(published, modified or published), at)) < timedelta(seconds=1)
    written = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?\+00:00", moments.rfc3339(found))
    assert written
    assert datetime.fromisoformat(written[0]) == found


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(1000, 1, 1), datetime(2500, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_an_rss_date_has_an_offset_of_half_hours_and_is_the_same_instant(reading: datetime, offset: int) -> None:
    moment = reading.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    written = moments.rfc822(moment)
    assert parsedate_to_datetime(written) == moment
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d\d[03]0", written)
    midnight = moment.replace(hour=0, minute=0, second=0)
    assert parsedate_to_datetime(moments.rfc822(midnight)).date() == midnight.date()


def test_the_locale_of_the_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("another thread would feel this")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert texts(rss(event()), "channel/item/pubDate") == ["Tue, 30 Apr 2019 00:00:00 +0000"]
    atom(event())


# Retractions


def test_a_retracted_article_is_a_tombstone_in_atom_and_nothing_in_rss() -> None:
    gone = Event(seq=9, epoch="k3", at=AT, kind=Kind.RETRACTED, article_id="urn:x&y", slug="s", version=3)
    found = atom(gone).find("at:deleted-entry", SPACES)
    assert dict(found.attrib) == {"ref": "urn:x&y", "when": "2026-11-22T12:00:01.250+00:00"}
    assert len(found) == 0
    assert Rss(SITE).entry(gone) == b""


def test_tombstones_stand_before_the_entries_with_their_reasons() -> None:
    renderer = Atom(SITE)
    left = Tombstone(article_id="urn:x:1", slug="one", seq=3, at=AT)
    killed = Tombstone(article_id="urn:x:2", slug="two", seq=4, at=AT, reason="R&D <withdrawn>")
    body = renderer.document(HEAD, [renderer.entry(event())], [renderer.tombstone(killed), renderer.tombstone(left)])
    found = etree.fromstring(body)
    assert [child.get("ref") for child in found[-3:]] == ["urn:x:2", "urn:x:1", None]
    assert found[-1].tag == f"{{{SPACES['a']}}}entry"
    assert texts(found, "at:deleted-entry/at:comment") == ["R&D <withdrawn>"]
    rss_renderer = Rss(SITE)
    assert rss_renderer.tombstone(killed) == b""
    assert rss_renderer.document(HEAD, [], [b""]) == rss_renderer.document(HEAD, [])


def test_a_document_without_tombstones_does_not_name_their_namespace() -> None:
    """The W3C's validator warns of a namespace that it does not know (UnknownNamespace)."""
    assert b"tombstones" not in Atom(SITE).document(HEAD, [Atom(SITE).entry(event())])


# Archives and hubs

PAGE = dataclasses.replace(HEAD, page=2, previous=1)
HISTORY = "{http://purl.org/syndication/history/1.0}archive"


def relations(parent: Any) -> dict[str, str]:
    return {link.get("rel"): link.get("href") for link in parent.findall("a:link", SPACES)}


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_a_page_of_the_archive_says_what_it_is_and_where_to_go_on(suffix: str) -> None:
    feed = rss(head=PAGE).find("channel") if suffix == "rss" else atom(head=PAGE)
    assert feed.find(HISTORY) is not None
    assert relations(feed) == {
        "self": f"https://news.example/feeds/all/archive/2.{suffix}",
        "current": f"https://news.example/feeds/all.{suffix}",
        "prev-archive": f"https://news.example/feeds/all/archive/1.{suffix}",
        "alternate": "https://news.example/events?feed=all&since=k3.9",
    }
    if suffix == "atom":
        assert texts(feed, "a:id") == texts(atom(), "a:id")


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_the_feed_itself_leads_to_the_last_page_and_the_first_page_to_none(suffix: str) -> None:
    def feed(head: Head) -> Any:
        return rss(head=head).find("channel") if suffix == "rss" else atom(head=head)

    current = feed(dataclasses.replace(HEAD, previous=7))
    assert relations(current)["prev-archive"] == f"https://news.example/feeds/all/archive/7.{suffix}"
    assert "current" not in relations(current)
    assert current.find(HISTORY) is None
    assert "prev-archive" not in relations(feed(dataclasses.replace(HEAD, page=1)))


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_who_tells_of_changes_is_named_in_the_feed_and_not_in_its_archive(suffix: str) -> None:
    site = dataclasses.replace(SITE, hub="https://news.example/hub")
    for head, expected in ((HEAD, "https://news.example/hub"), (PAGE, None)):
        told = dataclasses.replace(head, site=site)
        feed = rss(head=told).find("channel") if suffix == "rss" else atom(head=told)
        assert relations(feed).get("hub") == expected
    assert "hub" not in relations(atom())


@pytest.mark.parametrize(
    ("icon", "is_shown"),
    [
        ("https://news.example/i.PNG?x=1", True),
        ("https://news.example/i.jpeg", True),
        ("https://news.example/icon", True),
        ("https://news.example/i.svg", False),
        ("https://news.example/favicon.ico", False),
    ],
)
def test_a_channel_shows_only_pictures_that_rss_knows(icon: str, is_shown: bool) -> None:
    head = dataclasses.replace(HEAD, site=dataclasses.replace(SITE, icon=icon))
    assert (rss(head=head).find("channel/image") is not None) is is_shown
    assert texts(atom(head=head), "a:icon") == texts(atom(head=head), "a:logo") == [icon]


# The rules of the formats, as a reader would check them


def atom_faults(document: Any) -> list[str]:
    """What RFC 4287 forbids; the numbers are its sections."""
    faults = []
    for element in (document, *(entries := document.findall("a:entry", SPACES))):
        faults += [f"4.1 {name} once" for name in ("id", "title", "updated") if len(texts(element, f"a:{name}")) != 1]
        links = element.findall("a:link", SPACES)
        alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
        faults += ["4.1.1 one alternate per type and language"] * (len(alternates) != len(set(alternates)))
        faults += ["4.2.7.1 href" for link in links if not link.get("href")]
        dates = [*texts(element, "a:updated"), *texts(element, "a:published")]
        faults += ["3.3 RFC 3339" for date in dates if datetime.fromisoformat(date).tzinfo is None or "T" not in date]
    faults += ["4.1.1 author"] * (not document.findall("a:author", SPACES))
    faults += ["4.1.3.1 type"] * any(
        found.get("type") not in {"text", "html", None} for found in document.iterfind(".//a:content", SPACES)
    )
    ids = [(texts(found, "a:id")[0], texts(found, "a:updated")[0]) for found in entries]
    return faults + ["4.1.1 same id and updated"] * (len(ids) != len(set(ids)))


def rss_faults(document: Any) -> list[str]:
    """What RSS 2.0 and the Advisory Board's profile forbid."""
    channel = document.find("channel")
    faults = [f"{name} once" for name in ("title", "link", "description") if len(channel.findall(name)) != 1]
    faults += ["lastBuildDate once"] * (len(channel.findall("lastBuildDate")) != 1)
    for found in channel.findall("item"):
        faults += ["guid"] * (found.find("guid").get("isPermaLink") != "false")
        faults += [
            f"at most one {name}" for name in ("enclosure", "description", "pubDate") if len(found.findall(name)) > 1
        ]
        faults += ["enclosure" for each in found.findall("enclosure") if set(each.attrib) != {"url", "length", "type"}]
        parsed = parsedate_to_datetime(texts(found, "pubDate")[0])
        faults += ["pubDate"] * (parsed.tzinfo is None or len(texts(found, "pubDate")[0].split()[3]) != 4)
    return faults


def test_the_rules_find_a_planted_fault() -> None:
    broken = atom(event())
    for link in broken.iterfind(".//a:link", SPACES):
        link.attrib.pop("type", None)
        link.set("rel", "alternate")
    assert atom_faults(broken) == ["4.1.1 one alternate per type and language"]
    assert atom_faults(atom(event(), event())) == ["4.1.1 same id and updated"]
    document = rss(event())
    document.find("channel/item/guid").attrib.clear()
    assert rss_faults(document) == ["guid"]


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20)
TITLES = WORDS.filter(str.strip)
MEDIA = st.builds(
    Enclosure,
    st.just("https://m.example/x"),
    st.none() | st.sampled_from(["image/png", "audio/ogg"]),
    st.none() | st.integers(0, 2**40),
    st.none() | WORDS,
)
OFFSETS = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
MOMENTS = st.datetimes(datetime(1000, 1, 2), datetime(2100, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 (bounds are naive)
ARTICLES = st.builds(
    dataclasses.replace,
    st.just(PLAIN),
    title=TITLES,
    summary=WORDS,
    html=WORDS,
    published=MOMENTS,
    modified=st.none() | MOMENTS,
    keywords=st.lists(TITLES, max_size=3).map(tuple),
    byline=st.none() | TITLES,
    images=st.lists(MEDIA, max_size=2).map(tuple),
    enclosures=st.lists(MEDIA, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ARTICLES, max_size=3))
def test_whatever_the_articles_are_the_rules_hold(articles: Sequence[Article]) -> None:
    events = [event(article, id=f"urn:x:{number}") for number, article in enumerate(articles)]
    document = atom(*events)
    assert atom_faults(document) == []
    assert rss_faults(rss(*events)) == []
    assert texts(document, "a:entry/a:title") == [article.title for article in articles]
    for found, article in zip(texts(document, "a:entry/a:published"), articles, strict=True):
        assert datetime.fromisoformat(found) <= AT
        if article.published < AT:
            assert found[:16] == article.published.isoformat()[:16]


# Real readers


def founding_article() -> Article:
    head, _, body = SEED.read_text("utf-8").partition("\n")
    paragraphs = [found.strip() for found in body.split("\n\n") if found.strip()]
    return dataclasses.replace(
        PLAIN,
        title=head.removeprefix(" date 2019-04-30 "),
        summary=paragraphs[0],
        html="".join(f"<p>{found.replace('&', '&amp;')}</p>" for found in paragraphs),
        text="\n\n".join(paragraphs),
        language="en",
    )


@pytest.mark.parametrize("renderer", [Rss(SITE), Atom(SITE)], ids=["rss", "atom"])
def test_feedparser_reads_the_founding_article_back(renderer: Rss | Atom) -> None:
    article = founding_article()
    body = renderer.document(HEAD, [renderer.entry(event(article))])
    found = feedparser.parse(body, response_headers={"content-type": renderer.media_type})
    assert not found.bozo, found.get("bozo_exception")
    shown = found.entries[0]
    assert shown.title == article.title
    assert shown.title.count("\N{LEFT SINGLE QUOTATION MARK}") == 1
    assert shown.content[0].value == article.html
    assert shown.content[0].value.count("<p>") == 25
    assert shown.summary == article.summary
    assert shown.published_parsed[:3] == (2019, 4, 30)
    assert shown.id == article.id
    assert shown.link == "https://news.example/articles/2019-04-30-one"
    assert found.feed.link == "https://news.example/"
    assert found.feed.updated_parsed[:6] == (2026, 11, 22, 12, 0, 1)


@pytest.mark.parametrize("renderer", [Rss(SITE), Atom(SITE)], ids=["rss", "atom"])
def test_feedparser_reads_people_subjects_and_media_back(renderer: Rss | Atom) -> None:
    changes: dict[str, Any] = {
        "authors": (Person("Ann"),),
        "keywords": ("a", "b"),
        "section": "World",
        "enclosures": (SOUND,),
    }
    body = renderer.document(HEAD, [renderer.entry(event(**changes))])
    shown = feedparser.parse(body, response_headers={"content-type": renderer.media_type}).entries[0]
    assert shown.author == "Ann"
    assert [tag.term for tag in shown.tags] == ["World", "a", "b"]
    assert [(each.href, each.type, each.length) for each in shown.enclosures] == [(SOUND.url, "audio/mpeg", "1234")]


def test_a_change_that_does_not_matter_moves_no_date() -> None:
    first = telling.tell(dataclasses.replace(PLAIN, modified=AT - timedelta(hours=1)), AT, seq=7)
    assert first.article is not None
    same = dataclasses.replace(first.article, keywords=("ferry",), said_since=(7, AT))
    later = telling.tell(same, AT + timedelta(days=1), seq=431, version=2)
    updated = [moments.updated(event.article, event) for event in (first, later) if event.article]
    assert updated[0] == updated[1]


# Opened in a browser

XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.mark.parametrize(("renderer", "suffix"), [(Rss, "rss"), (Atom, "atom")])
@pytest.mark.parametrize(
    ("head", "own", "page"),
    [
        (HEAD, "feeds/all.{}", "feeds/all/"),
        (dataclasses.replace(HEAD, feed=Feed(name="world", title="World")), "feeds/world.{}", "feeds/world/"),
        (dataclasses.replace(HEAD, page=2, previous=1), "feeds/all.{}", "feeds/all/"),
        (
            dataclasses.replace(HEAD, query='"a & b"'),
            "feeds/search.{}?q=%22a%20%26%20b%22",
            "search?q=%22a%20%26%20b%22",
        ),
    ],
)
def test_who_opens_it_in_a_browser_is_told_what_it_is(
    renderer: type[Rss | Atom], suffix: str, head: Head, own: str, page: str
) -> None:
    root = etree.fromstring(renderer(SITE).document(head, []))
    assert root.getprevious().attrib == {"type": "text/css", "href": "/static/feed-document.css"}
    top = root[0] if suffix == "rss" else root
    introduction = top.find(f"{XHTML}div")
    assert (introduction.get("lang"), introduction.get("dir")) == ("en", "ltr")
    assert introduction.findtext(f"{XHTML}p/{XHTML}code") == f"https://news.example/{own.format(suffix)}"
    assert introduction.find(f"{XHTML}p/{XHTML}a").get("href") == f"https://news.example/{page}"


@pytest.mark.parametrize("renderer", [Rss, Atom])
def test_the_style_is_a_place_within_the_site_wherever_that_is(renderer: type[Rss | Atom]) -> None:
    site = dataclasses.replace(SITE, base_url="https://news.example/a&b/'c'")
    whole = renderer(site).document(dataclasses.replace(HEAD, site=site), [])
    declaration, style, _ = whole.split(b"\n", 2)
    assert declaration == b"<?xml version='1.0' encoding='UTF-8'?>"
    assert style == b'<?xml-stylesheet type="text/css" href="/a&amp;b/&#x27;c&#x27;/static/feed-document.css"?>'
    etree.fromstring(whole)


def test_the_page_of_a_section_is_its_own_and_that_of_everything_the_front_page() -> None:
    world = dataclasses.replace(HEAD, feed=Feed(name="world", title="World"))
    assert rss().findtext("channel/link") == "https://news.example/"
    assert rss(head=world).findtext("channel/link") == "https://news.example/feeds/world/"
    links = {link.get("type"): link.get("href") for link in atom(head=world).findall("a:link", SPACES)}
    assert links["text/html"] == "https://news.example/feeds/world/"
