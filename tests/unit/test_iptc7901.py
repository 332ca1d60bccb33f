from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft
from feeder.parse.anpa1312 import PARSER as ANPA
from feeder.parse.iptc7901 import PARSER
from feeder.parse.newswire import wire
from reading import Reading

READING = Reading(PARSER, "a.iptc")
read, one = READING.read, READING.one

HEADER = "eca0003 3 i 380  xna 0045"
TEXT = "Bridge closed =\n\nLindenau (xna) - The bridge was shut at noon."


def message(
    text: str = TEXT, *, header: str = HEADER, keywords: str = "Harbour/", trailer: str = "301532 GMT Apr 19"
) -> bytes:
    return f"\x01{header}\n\n{keywords}\n\x02{text}\n\n\x03{trailer}\n\x7f\x04".encode("cp1252")


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (message(), True),
        (b"\x16\x16\x16ZCZC\r\n" + message(), True),
        (message(header="APA0123 4 PI 0321"), True),
        (message(header="bkn014 4 pl 171 vvvvb XNA 170123-89-00065#2"), True),
        (message(header="eca0003 3 i"), True),
        (b"eca0003 3 i 380  xna 0045\n\nHarbour/bridge/\nBridge closed =\n", True),
        (b"eca0003 3 i 380 pages\n\nof prose.\n", False),
        (b"\x16\x16\x01W2870\x1fxport\r\nr i\x13\x11 BC-Harbour 04-30 0416\r\n\x02^BC", False),
        (b"\x01\x02\x03", False),
        (b"plain text", False),
        (b"", False),
    ],
)
def test_it_is_known_by_its_header(head: bytes, is_one: bool) -> None:
    assert PARSER.claims(head, "a.txt") is is_one
    assert not (PARSER.claims(head, "a.txt") and ANPA.claims(head, "a.txt"))


@pytest.mark.parametrize(
    ("trailer", "published"),
    [
        ("301532 GMT Apr 19", "2019-04-30T15:32+00:00"),
        ("301532 Apr 19", "2019-04-30T15:32"),
        ("301532 MESZ Apr 2019", "2019-04-30T15:32+02:00"),
        ("301532 CET DEZ 98", "1998-12-30T15:32+01:00"),
        ("301532 MÄR 19", "2019-03-30T15:32"),
        ("301532 avr. 19", "2019-04-30T15:32"),
        ("301532 juil 19", "2019-07-30T15:32"),
        ("301532 AGO 19", "2019-08-30T15:32"),
        ("  301532GMT APR 19  ", "2019-04-30T15:32+00:00"),
        ("302532 Apr 19", None),
        ("301532 Foo 19", None),
        ("nothing", None),
    ],
)
def test_the_trailer_tells_the_moment_in_many_languages(trailer: str, published: str | None) -> None:
    assert one(message(trailer=trailer)).published == published


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("2019-04-30-a.iptc", "2019-04-30T15:32"),
        ("wire/20190430-a.iptc", "2019-04-30T15:32"),
        ("wire_2019-04-30.iptc", "2019-04-30T15:32"),
        ("2019-05-01-a.iptc", None),
        ("a.iptc", None),
    ],
)
def test_a_missing_year_is_that_of_the_same_day_in_the_name_and_never_this_one(
    name: str, published: str | None
) -> None:
    (found,) = read(message(trailer="301532 Apr"), name)
    assert (found.published if isinstance(found, Draft) else None) == published
    assert isinstance(found, Draft) or "a year that it does not tell" in found.reason


@pytest.mark.parametrize(
    ("line", "place", "agency", "day"),
    [
        ("Lindenau (xna) - The bridge", "Lindenau", "xna", ""),
        ("San Diego (tca/xna) - The bridge", "San Diego", "tca/xna", ""),
        ("LINDENAU, Mass. (XN) _ The bridge", "LINDENAU, Mass.", "XN", ""),
        ("PARIS, Nov 21, 2018 (XNF) - Le pont", "PARIS", "XNF", "2018-11-21"),
        ("PARIS, 21 nov. 2018 (XNF) - Le pont", "PARIS", "XNF", "2018-11-21"),
        ("Madrid, 21 nov (XNE).- El puente", "Madrid", "XNE", ""),
        ("(XNS) - ROMA, 21 NOV - Il ponte", "ROMA", "XNS", ""),
        ("The bridge (built in 1907) - is shut", "", "", ""),
        ("He said that the old bridge over the river and its gate (XN) - x", "", "", ""),
        ("the bridge (xna) - x", "", "", ""),
    ],
)
def test_datelines_of_agencies(line: str, place: str, agency: str, day: str) -> None:
    assert wire.dateline([line]) == (place, agency, day)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ann Example, xna", ["Ann Example"]),
        ("By ANN EXAMPLE and BO SAMPLE", ["Ann Example", "Bo Sample"]),
        ("Von Ann Example und Bo Sample, xna", ["Ann Example", "Bo Sample"]),
        ("Par Ann Example et Bo Sample", ["Ann Example", "Bo Sample"]),
        ("By The Associated Press", []),
    ],
)
def test_bylines_in_the_languages_of_agencies(line: str, names: list[str]) -> None:
    assert wire.is_byline(line)
    assert [person.name for person in wire.people(line)] == names


@pytest.mark.parametrize(
    "line", ["Von der Brücke ist nichts zu sehen.", "By noon the bridge was shut", "Bridge closed"]
)
def test_a_sentence_is_no_byline(line: str) -> None:
    assert not wire.is_byline(line)


def test_a_headline_may_have_several_lines_and_notes_around_it() -> None:
    above = "(Zusammenfassung 1500 - neu: Zahlen,\nZitate)\n2ND LEAD\n"
    text = f"{above}Bridge closed\nfor weeks\nBy Ann Example =\n\nText of it."
    draft = one(message(text))
    assert (draft.title, draft.byline, draft.paragraphs) == (
        "Bridge closed for weeks",
        "By Ann Example",
        ("Text of it.",),
    )


def test_without_a_mark_a_blank_line_ends_the_headline_and_a_long_block_is_text() -> None:
    assert one(message("Bridge closed\nfor weeks\n\nText.")).title == "Bridge closed for weeks"
    long = one(message("Bridge closed\n" + "A line of text\n" * 9))
    assert (long.title, long.paragraphs) == ("Bridge closed", (" ".join(["A line of text"] * 9),))


@pytest.mark.parametrize(
    ("ending", "kept"),
    [
        ("\n\nxna al rmo hct rmo", 1),
        ("\n\nxna abc yydd n1 sku", 1),
        ("\n\nother al rmo", 2),
        ("\n\nxna said so.", 2),
        ("\n\n# Notizblock\n\n## Orte\n- x", 1),
        ("\n\n* * * *\nThe following information is not for publication\n\nx", 1),
    ],
)
def test_what_is_for_editors_is_cut(ending: str, kept: int) -> None:
    assert len(one(message(TEXT + ending)).paragraphs or ()) == kept


def test_an_id_is_of_its_day_because_numbers_begin_anew() -> None:
    assert one(message()).id == "eca0003-20190430T1532"
    assert one(message(trailer="010900 GMT May 19")).id == "eca0003-20190501T0900"
    assert one(message(header="eca0000 3 i 380  xna 0000")).id is None


def test_a_message_without_its_end_is_unfinished() -> None:
    (found,) = read(message()[:60])
    assert isinstance(found, UnfinishedError)


def test_each_message_of_a_spool_has_its_own_encoding() -> None:
    first, second = message("Brücke =\n\nDie Brücke ist für Wochen zu."), "Hafen =\n\nDer Hafen wächst."
    utf = f"\x01{HEADER}\n\nx\n\x02{second}\n\x03301532 Apr 19\n\x04".encode()
    drafts = [found for found in read(first + utf) if isinstance(found, Draft)]
    assert [(draft.title, draft.encoding) for draft in drafts] == [("Brücke", "cp1252"), ("Hafen", "utf-8")]


PIECES = st.sampled_from(
    [
        "\x01", "\x02", "\x03", "\x04", "\x16", "\x7f", "\n", "\r\n", " ", "=", HEADER, "Harbour/bridge/",
        "301532 GMT Apr 19", "(dpa) - ", "Lindenau (xna) - ", "By Ann Example", "# Notebook", "KILL",
        "(Berichtigung: a", ")", "- item", "| a | b |", "1ST LEAD", "für", "\x00", "a  b   c",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(["a.iptc", "2019-04-30-a.iptc"]))
@settings(max_examples=300, deadline=None)
def test_no_message_makes_the_parser_fail_otherwise_than_by_refusing(rest: str, name: str) -> None:
    for found in read(f"\x01{HEADER}\n".encode() + rest.encode("cp1252"), name):
        assert isinstance(found, Draft | SeedError)
