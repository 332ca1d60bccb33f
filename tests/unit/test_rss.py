"""RSS as a stream, its claims, and the small things that the feed families share: dates, people, titles, addresses."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeder import dates
from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Enclosure, Person
from feeder.parse import HEAD_BYTES, parser_for, xml
from feeder.parse.rss import PARSER
from feeder.parse.syndication import enclosures, wording, written_dates
from feeder.parse.syndication.entry import own_id, people
from feeder.parse.syndication.fields import Fields, base_of, language_of, prefix_of, resolved

ITEM = (
    "<item><title>Note {0}</title><pubDate>Tue, 30 Apr 2019 10:00:00 GMT</pubDate>"
    "<description>Text {0}.</description></item>\n"
)
START = '<?xml version="1.0"?><rss version="2.0"><channel><title>Gazette</title>\n'
END = "</channel></rss>"


class Counted(io.RawIOBase):
    """A file made as it is read, so that it may be larger than memory; it knows how much of it was asked for."""

    def __init__(self, start: str, item: str, count: int) -> None:
        self.rest = iter([start, *(item.format(number) for number in range(count)), END])
        self.left = b""
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        while size < 0 or len(self.left) < size:
            piece = next(self.rest, None)
            if piece is None:
                break
            self.left += piece.encode()
        found, self.left = (self.left, b"") if size < 0 else (self.left[:size], self.left[size:])
        self.given += len(found)
        return found


def drafts(document: str) -> list[Draft | SeedError]:
    return list(PARSER.parse("feed.xml", io.BytesIO(document.encode())))


def fields(inner: str, **namespaces: str) -> Fields:
    declared = "".join(f' xmlns:{prefix}="{address}"' for prefix, address in namespaces.items())
    return Fields(etree.fromstring(f"<item{declared}>{inner}</item>"))


def test_a_feed_is_read_an_item_at_a_time() -> None:
    reader = Counted(START, ITEM, 5000)
    found = PARSER.parse("feed.xml", reader)
    first = next(found)
    assert isinstance(first, Draft)
    assert first.title == "Note 0"
    assert reader.given <= 4 * HEAD_BYTES
    assert sum(1 for _ in found) == 4999
    assert reader.given > 8 * HEAD_BYTES


def test_an_item_too_large_refuses_itself_alone() -> None:
    large = ITEM.format("long text<br/>" * (xml.LARGEST_RECORD // 10))
    found = drafts(START + ITEM.format(1) + large + ITEM.format(2) + END)
    assert [getattr(draft, "title", "refused") for draft in found] == ["Note 1", "refused", "Note 2"]


def test_what_is_odd_about_the_document_is_told_once() -> None:
    found = drafts(START + ITEM.format("A & B") + ITEM.format("C & D") + END)
    assert [draft.warnings for draft in found if isinstance(draft, Draft)] == [
        ("a bare & in the text; it should be written &amp;",),
        (),
    ]


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("<rss version='2.0'><channel/></rss>", "rss"),
        ("\ufeff<?xml version='1.0'?><!-- x --><rss/>", "rss"),
        ("<RSS version='0.91'></RSS>", "rss"),
        ("<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'/>", "rss"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "atom"),
        ("<rss xmlns:wp='http://wordpress.org/export/1.2/'/>", "wxr"),
    ],
)
def test_a_feed_is_known_by_its_root(document: str, name: str) -> None:
    assert parser_for(document.encode(), "anything.txt").name == name
    assert parser_for(document.encode("utf-16"), "anything.txt").name == name


@pytest.mark.parametrize(
    "document",
    [
        "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://xmlns.com/foaf/0.1/'/>",
        "<rssfeed/>",
        "rss",
        "{'rss': 1}",
        "",
    ],
)
def test_what_is_no_feed_is_not_claimed(document: str) -> None:
    assert not PARSER.claims(document.encode(), "feed.rss")


@given(
    st.lists(
        st.sampled_from(
            [
                "<item>",
                "</item>",
                "<title>",
                "</title>",
                "<link/>",
                "<pubDate>2019-04-30</pubDate>",
                "&amp;",
                "&",
                "]]>",
                "<![CDATA[",
                "<description>Text</description>",
                "<b x='",
                "<guid>1</guid>",
                "&#0;",
                "&nbsp;",
                "é",
            ]
        ),
        max_size=25,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_between_the_tags_is_read_or_refused(pieces: list[str]) -> None:
    with suppress(SeedError):
        assert drafts(START + "".join(pieces) + END)


# Dates.


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("Tue, 30 Apr 2019 12:05:00 +0000", "30 Apr 2019 12:05:00 +0000"),
        ("30 Apr 50 12:05:00 GMT", "30 Apr 1950 12:05:00 GMT"),
        ("30 Apr 49 12:05:00 GMT", "30 Apr 2049 12:05:00 GMT"),
        ("Sr, 1 maj 2019 8:00:00 CEST", "1 May 2019 8:00:00 +0200"),
        ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "11 Jul 2004 12:00:00 EST"),
        ("Tue Apr 30 12:05:00 JST 2019", "Tue Apr 30 12:05:00 +0900 2019"),
        ("2019-04-30 午前 9:05", "2019-04-30 9:05 AM"),
        ("Tue, 30 lip 2019 12:05:00 GMT", "30 lip 2019 12:05:00 GMT"),
        ("30 Apr 2019 12:05:00 IST", "30 Apr 2019 12:05:00 IST"),
    ],
)
def test_a_date_is_put_into_words_that_are_understood(found: str, meant: str) -> None:
    assert written_dates.readable(found) == meant


def test_the_first_date_that_can_be_read_counts() -> None:
    chosen = written_dates.choose([("a", " "), ("b", "today"), ("c", "2019")])
    assert chosen is not None
    assert chosen[:2] == ("2019-01-01", "c")
    assert len(chosen[2]) == 2
    assert written_dates.choose([("a", "today"), ("b", "tomorrow")]) == ("today", "a", ())
    assert written_dates.choose([("a", "")]) is None


@given(st.integers(min_value=-631_152_000, max_value=2_524_607_999))  # 1950 to 2049
def test_every_moment_of_rfc_822_stays_what_it_is(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    for form in ("%a, %d %b %Y %H:%M:%S GMT", "%d %b %y %H:%M:%S UT", "%A,%d %B %Y %H:%M:%S +0000"):
        written, doubt = written_dates.whole(moment.strftime(form))
        assert (dates.read(written, UTC)[0], doubt) == (moment, None)


# People and ids.


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("ann@gazette.example (Ann Example)", [Person("Ann Example", "ann@gazette.example")]),
        ("Ann Example <ann@gazette.example>", [Person("Ann Example", "ann@gazette.example")]),
        ("Ann Example (ann@gazette.example)", [Person("Ann Example", "ann@gazette.example")]),
        ("mailto:ann@gazette.example", [Person("", "ann@gazette.example")]),
        ("no-reply@gazette.example (Ann Example)", [Person("Ann Example")]),
        ("no-reply@gazette.example", []),
        ("Ann Example and Bob Sample", [Person("Ann Example"), Person("Bob Sample")]),
        ("By Ann Example", [Person("Ann Example")]),
        ("Sample, Bob", [Person("Sample, Bob")]),
        ("News and views", [Person("News and views")]),
        ("<b>Ann</b> &amp; Co", [Person("Ann & Co")]),
        ("", []),
    ],
)
def test_a_line_names_people(found: str, meant: list[Person]) -> None:
    assert list(people(found)) == meant


def test_an_id_that_is_no_uri_is_one_of_its_feed() -> None:
    assert own_id("17", "https://gazette.example/feed") == "tag:gazette.example,2000:17"
    assert own_id("17", None) == "17"
    assert own_id("urn:x-gazette:17", "https://gazette.example/") == "urn:x-gazette:17"


def test_an_editor_is_an_author_only_as_a_person_with_an_address() -> None:
    editors = ["Harbour Desk", "desk@gazette.example", "desk@gazette.example (Cora Model)"]
    found = [drafts(f"{START}<managingEditor>{editor}</managingEditor>{ITEM.format(1)}{END}")[0] for editor in editors]
    names = [[person.name for person in draft.authors] for draft in found if isinstance(draft, Draft)]
    assert names == [[], [], ["Cora Model"]]


def test_a_source_that_is_an_address_is_not_a_name() -> None:
    item = "<item><source url='https://b.example/rss'>{}</source><description>x</description></item>"
    found = drafts(START + item.format("https://b.example/1") + item.format("The Other Paper") + END)
    assert [draft.source for draft in found if isinstance(draft, Draft)] == ["Gazette", "The Other Paper"]


# Elements and addresses.


def test_elements_are_known_by_their_vocabulary_whatever_the_prefix() -> None:
    found = fields(
        "<x:creator>Ann</x:creator><pubdate>now</pubdate><y:title>other</y:title><title>own</title>",
        x="HTTPS://purl.org/dc/elements/1.1",
        y="http://search.yahoo.com/mrss",
    )
    assert found.text("dc:creator") == "Ann"
    assert found.text("pubDate") == "now"
    assert list(found.texts("title", "media:title")) == [("title", "own"), ("media:title", "other")]


@pytest.mark.parametrize(
    ("namespace", "prefix"),
    [
        ("http://wordpress.org/export/1.0/", "wp"),
        ("http://wordpress.org/export/1.2/excerpt/", "excerpt"),
        ("http://www.w3.org/2005/Atom", "atom"),
        ("https://elsewhere.example/ns", "?"),
        ("", ""),
    ],
)
def test_a_vocabulary_has_its_usual_prefix(namespace: str, prefix: str) -> None:
    assert prefix_of(namespace) == prefix


def test_a_prefix_that_is_not_declared_is_read_all_the_same() -> None:
    media = '<media:content url="https://a.example/1.jpg"><media:title>Bridge</media:title></media:content>'
    item = f"<Item><dc:creator>Ann</dc:creator>{media}<Description>x</Description></Item>"
    (draft,) = drafts(f"<rss><channel>{item}</channel></rss>")
    assert isinstance(draft, Draft)
    assert draft.authors == (Person("Ann"),)
    assert draft.images == (Enclosure("https://a.example/1.jpg", title="Bridge"),)
    with pytest.raises(UnfinishedError):
        drafts(f"<rss><channel>{item}")


def test_base_and_language_come_from_around() -> None:
    root = etree.fromstring('<a xml:base="https://a.example/x/" xml:lang="de"><b xml:base="y/"><c/></b></a>')
    assert base_of(root[0][0]) == "https://a.example/x/y/"
    assert language_of(root[0][0]) == "de"
    assert base_of(etree.fromstring("<a/>"), "https://b.example/") == "https://b.example/"


@pytest.mark.parametrize(
    ("address", "base", "meant"),
    [
        (" /x ", "https://a.example/b", "https://a.example/x"),
        ("x.jpg", "feeds/a", "x.jpg"),
        ("x.jpg", None, "x.jpg"),
        ("//[", "https://a.example/", "//["),
    ],
)
def test_an_address_is_made_absolute_by_a_base_of_the_web(address: str, base: str | None, meant: str) -> None:
    assert resolved(address, base) == meant


# Texts.


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("<b>Bold</b> &amp; x", "Bold & x"),
        ("How to use <div>", "How to use <div>"),
        ("Fish & chips", "Fish & chips"),
        ("One<br/>two", "One two"),
        ("<a href='x'>y", "y"),
        ("<script>evil()</script>Title", "Title"),
        ("a < b and c > d", "a < b and c > d"),
        ("x<y and z>w", "x<y and z>w"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_a_title_is_html_only_where_it_surely_is(found: str, meant: str) -> None:
    assert wording.title(found) == meant


def test_addresses_in_html_become_absolute() -> None:
    html = (
        '<p>a="b" <a class=x href=b?x&amp;y>B</a> '
        "<IMG SRC='c.png'> <a href='#d'>D</a> <a href=\"mailto:e@f\">E</a></p>"
    )
    assert wording.absolute(html, "https://a.example/d/e") == (
        '<p>a="b" <a class=x href="https://a.example/d/b?x&amp;y">B</a> <IMG SRC="https://a.example/d/c.png"> '
        "<a href='#d'>D</a> <a href=\"mailto:e@f\">E</a></p>"
    )
    assert wording.absolute(html, "feed/") == html


def test_no_attribute_can_be_broken_out_of() -> None:
    html = wording.absolute("<a href='x&quot; onclick=&quot;y&lt;'>x</a>", "https://a.example/")
    assert html == '<a href="https://a.example/x%22 onclick=%22y%3C">x</a>'


def test_first_words_end_with_a_word() -> None:
    assert wording.first_words("Short.") == "Short."
    assert wording.first_words("word " * 40) == "word " * 15 + "word…"
    assert wording.first_words("字" * 200) == "字" * 80 + "…"


# Files.


def test_of_the_renditions_in_a_group_the_widest_counts() -> None:
    found = fields(
        """<m:group><m:title>Bridge</m:title><m:credit>Ann Example</m:credit>
        <m:content url="https://a.example/1.jpg" width="100"/>
        <m:content url="https://a.example/2.jpg" width="900"/></m:group>
        <m:content url="https://a.example/film" medium="video"/><m:content/>""",
        m="http://search.yahoo.com/mrss/",
    )
    media = enclosures.media(found, None)
    assert [(image.url, image.title) for image in media.images] == [("https://a.example/2.jpg", "Bridge (Ann Example)")]
    assert [file.url for file in media.enclosures] == ["https://a.example/film"]


def test_a_credit_is_not_said_twice() -> None:
    found = fields(
        '<m:content url="https://a.example/1.jpg"><m:description>By Ann</m:description>'
        "<m:credit>Ann</m:credit></m:content>",
        m="http://search.yahoo.com/mrss/",
    )
    assert [image.title for image in enclosures.media(found, None).images] == ["By Ann"]


def test_an_entry_of_a_million_files_is_bounded() -> None:
    found = fields("".join(f'<enclosure url="https://a.example/{number}.mp3"/>' for number in range(3000)))
    assert len(enclosures.media(found, None).enclosures) == 200


@pytest.mark.parametrize(
    ("found", "meant"), [("12", 12), (" 7 ", 7), ("-1", None), ("1e3", None), ("9" * 40, None), ("٣", None)]
)
def test_a_size_is_digits(found: str, meant: int | None) -> None:
    assert enclosures.number(found) == meant
