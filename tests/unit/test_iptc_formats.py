"""NITF, NewsML-G2 and NewsML 1: what they claim, what a hostile file costs, and what random elements make of them."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.limits import Limits
from feeder.model import Draft, Person
from feeder.normalize import normalize
from feeder.parse import newsml_1, newsml_g2, nitf
from feeder.parse.newswire import iptc_xml
from linear import in_linear_time

if TYPE_CHECKING:
    from feeder.parse import Parser

PARSERS: list[Parser] = [nitf.PARSER, newsml_g2.PARSER, newsml_1.PARSER]
BY_ROOT = {
    "nitf": "nitf",
    "newsItem": "newsmlg2",
    "newsMessage": "newsmlg2",
    "packageItem": "newsmlg2",
    "NewsML": "newsml1",
    "NewsItem": "newsml1",
}


def drafts(parser: Parser, raw: bytes) -> list[Draft | SeedError]:
    return list(parser.parse("a.xml", io.BytesIO(raw)))


@pytest.mark.parametrize("root", [*BY_ROOT, "rss", "feed", "html", "NITF", "newsitem", "project"])
def test_each_format_claims_its_roots_whatever_the_file_is_called(root: str) -> None:
    head = f"<?xml version='1.0'?><!DOCTYPE {root} SYSTEM 'x.dtd'><x:{root} xmlns:x='urn:x'>".encode()
    expected = [BY_ROOT[root]] if root in BY_ROOT else []
    assert [parser.name for parser in PARSERS if parser.claims(head, "a.txt")] == expected


def nitf_of(body: str) -> bytes:
    head = '<nitf><head><docdata><date.issue norm="20190430"/></docdata></head><body><body.head><hedline><hl1>T</hl1>'
    return f"{head}</hedline></body.head><body.content>{body}</body.content></body></nitf>".encode()


def newsml_of(body: str) -> bytes:
    return f"<NewsML><NewsItem><NewsComponent>{body}</NewsComponent></NewsItem></NewsML>".encode()


def g2_of(body: str) -> bytes:
    return f'<newsItem guid="a"><contentSet>{body}</contentSet></newsItem>'.encode()


PHOTO = '<NewsComponent><Role FormalName="x"/><ContentItem Href="a.jpg"/></NewsComponent>'


@pytest.mark.parametrize(
    ("parser", "raw"),
    [
        (nitf.PARSER, nitf_of("x<media/>" * 30_000)),
        (nitf.PARSER, nitf_of("<p>" * 230 + "<i/>" * 30_000 + "</p>" * 230)),
        (nitf.PARSER, nitf_of("<p>" + "a\n    b\nc\n" * 30_000 + "</p>")),
        (nitf.PARSER, nitf_of('<note type="npa"/>' * 30_000)),
        (nitf.PARSER, nitf_of("<hl2>x</hl2>" * 30_000)),
        (newsml_1.PARSER, newsml_of("<NewsComponent>" * 230 + "<ContentItem/>" * 20_000 + "</NewsComponent>" * 230)),
        (newsml_1.PARSER, newsml_of(PHOTO * 8_000)),
        (newsml_g2.PARSER, g2_of("<inlineData> </inlineData>" * 20_000)),
        (newsml_g2.PARSER, g2_of("<inlineData>" + "&lt;p " * 100_000 + "</inlineData>")),
    ],
)
def test_hostile_content_takes_linear_time(parser: Parser, raw: bytes) -> None:
    in_linear_time(lambda: drafts(parser, raw))


NAMES = (  # of all three formats, so that each meets what it does not expect
    "nitf head body body.head body.content docdata hedline hl1 byline person p block note media media-reference "
    "newsMessage newsItem itemMeta contentMeta contentSet inlineXML inlineData headline html remoteContent link "
    "NewsML NewsItem NewsComponent NewsLines HeadLine ContentItem DataContent Role Identification NewsIdentifier"
)
ATTRIBUTES = ("", 'norm="20190430"', 'FormalName="Caption"', 'qcode="stat:usable"', 'source="a.jpg"', 'Href="a.jpg"')
TREES = st.recursive(
    st.sampled_from(["", "x", " ", "By Ann Lee", "20190430", "&amp;", "<![CDATA[<p>a</p>]]>"]),
    lambda inner: st.tuples(
        st.sampled_from(NAMES.split()), st.sampled_from(ATTRIBUTES), st.lists(inner, max_size=4)
    ).map(lambda made: f"<{made[0]} {made[1]}>{''.join(made[2])}</{made[0]}>"),
    max_leaves=25,
)


@given(TREES, st.sampled_from(["nitf", "newsItem", "newsMessage", "NewsML", "NewsItem"]))
@settings(max_examples=150, deadline=None)
def test_any_tree_of_elements_is_read_or_refused(tree: str, root: str) -> None:
    raw = f"<{root}>{tree}</{root}>".encode()
    for parser in PARSERS:
        with suppress(SeedError):
            for found in drafts(parser, raw):
                if isinstance(found, Draft):
                    normalize(found, name="a.xml", format=parser.name, zone=UTC, limits=Limits())


def test_a_message_of_many_items_is_read_one_after_the_other() -> None:
    item = '<newsItem guid="urn:x:{}"><contentMeta><headline>T</headline></contentMeta></newsItem>'
    items = newsml_g2.PARSER.parse("a", io.BytesIO(f"<newsMessage>{item.format(1)}{item.format(2)}<cut".encode()))
    first, second = next(items), next(items)
    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert (first.id, second.id) == ("urn:x:1", "urn:x:2")
    with pytest.raises(SeedError, match="cut off"):
        next(items)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ann Lee and BOB RAY, Coast Desk", ["Ann Lee", "Bob Ray"]),
        ("Von Anna Berg und Max Holm", ["Anna Berg", "Max Holm"]),
        ("ar/bk", []),
        ("VRG", []),
        ("ray.bob", []),
        ("Agence France-Presse", []),
        ("", []),
    ],
)
def test_only_people_are_authors(line: str, names: list[str]) -> None:
    assert [person.name for person in iptc_xml.people(line) if person.name != "Coast Desk"] == names


def test_what_a_format_marks_as_a_person_may_be_called_press() -> None:
    assert iptc_xml.named("Ann Lee and Jordan Press") == (Person("Ann Lee"), Person("Jordan Press"))
    assert iptc_xml.named("李明") == (Person("李明"),)
    assert iptc_xml.named("Staff Reporter") == ()
