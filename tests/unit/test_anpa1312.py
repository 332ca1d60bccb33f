from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Usage
from feeder.parse.anpa1312 import PARSER
from reading import Reading

READING = Reading(PARSER, "a.anpa")
read, one = READING.read, READING.one

TEXT = "^BC-EU--Harbour Bridge,20<\n^Bridge closed<\n\tLINDENAU (XN) _ The bridge was shut."
TRAILER = "XN-WF-04-30-19 1532GMT<"


def message(
    text: str = TEXT, *, second: str = "r i\x13\x11 BC-Harbour     04-30 0416", trailer: str = TRAILER
) -> bytes:
    return f"\x16\x16\x01W2870\x1fxport\n{second}\n\x02{text}\n\n\t   \x03{trailer}\n\x04".encode("latin-1")


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (message(), True),
        (message().lstrip(b"\x16"), True),
        (b"\x00" * 40 + message(), True),
        (message(second="r s\x13\x12 BC-BBO--Glance     08-18 "), True),
        (message(second="u a\x13\x11 BC-Harbour"), True),
        (message().replace(b"\x1fxport", b""), True),
        (b"\x01eca0003 3 i 380  xna 0045\n\nHarbour/\n\x02Bridge =\n", False),
        (b"W2870 xport\nr i BC-Harbour 04-30 0416\n", False),
        (b"\x01\x02", False),
        (b"", False),
    ],
)
def test_it_is_known_by_its_header(head: bytes, is_one: bool) -> None:
    assert PARSER.claims(head, "a.txt") is is_one


@pytest.mark.parametrize(
    ("trailer", "published"),
    [
        ("XN-WF-04-30-19 1532GMT<", "2019-04-30T15:32+00:00"),
        ("XN-NY-04-30-19 1132EDT<", "2019-04-30T11:32-04:00"),
        ("XN-NY-04-30-98 0632EST", "1998-04-30T06:32-05:00"),
        ("XN-WF-04-30-19 1532<", "2019-04-30T15:32"),
    ],
)
def test_the_trailer_tells_the_moment(trailer: str, published: str) -> None:
    assert one(message(trailer=trailer)).published == published


@pytest.mark.parametrize(
    ("name", "published"),
    [("2019-04-30-a.anpa", "2019-04-30"), ("2019-05-01-a.anpa", None), ("a.anpa", None)],
)
def test_without_a_trailer_the_day_of_the_header_needs_a_year(name: str, published: str | None) -> None:
    (found,) = read(message(trailer=""), name)
    assert (found.published if isinstance(found, Draft) else None) == published


@pytest.mark.parametrize(
    ("line", "own_id", "version", "usage"),
    [
        ("BC-EU--Harbour Bridge,416", "BC-EU--Harbour Bridge-2019-04-30", None, Usage.USABLE),
        ("BC-EU--Harbour Bridge,1st Ld-Writethru,416", "BC-EU--Harbour Bridge-2019-04-30", 2, Usage.USABLE),
        ("BC-EU--Harbour Bridge, 12th Ld-Writethru,416", "BC-EU--Harbour Bridge-2019-04-30", 13, Usage.USABLE),
        ("BC-EU--Harbour Bridge, 2nd Ld,416", "BC-EU--Harbour Bridge-2019-04-30", 3, Usage.USABLE),
        ("BC-EU--Harbour Bridge,Writethru", "BC-EU--Harbour Bridge-2019-04-30", 2, Usage.USABLE),
        ("BC-EU--Harbour Bridge,1st Add,90", "W2870-20190430T1532", None, Usage.USABLE),
        ("BC-EU--Harbour Bridge,Bulletin Kill,20", "BC-EU--Harbour Bridge-2019-04-30", None, Usage.WITHDRAWN),
        ("BC-EU--XNewsAlert,17", "W2870-20190430T1532", None, Usage.USABLE),
        ("BC-EU--Kilkenny Bridge,20", "BC-EU--Kilkenny Bridge-2019-04-30", None, Usage.USABLE),
    ],
)
def test_the_keyword_names_the_story_and_its_version(line: str, own_id: str, version: int | None, usage: Usage) -> None:
    draft = one(message(TEXT.replace("BC-EU--Harbour Bridge,20", line)))
    assert (draft.id, draft.version, draft.usage) == (own_id, version, usage)


def test_lines_above_the_text_are_told_apart() -> None:
    text = (
        "^*9006< ^BC-EU--Harbour,20<\n^Bridge closed<\n^XN Photo XNP101, XNP102<\n^(Eds: Updates. With XN Photos.)<\n"
        "^A lorry struck the northern gate of the harbour bridge at noon and nobody was hurt, the\npolice said.<\n"
        "^By ANN EXAMPLE=\n^XN Sports Writer=\n^All Times GMT=\n\tThe bridge is shut.\n"
    )
    draft = one(message(text))
    assert draft.title == "Bridge closed"
    assert draft.summary == (
        "A lorry struck the northern gate of the harbour bridge at noon and nobody was hurt, the police said."
    )
    assert draft.byline == "By ANN EXAMPLE, XN Sports Writer"
    assert draft.paragraphs == ("All Times GMT", "The bridge is shut.")


def test_rows_of_a_table_keep_their_lines_and_wrapped_lines_do_not() -> None:
    text = "^BC-X,20<\n^Standings<\n^;W;L\nLindenau;23;13\nBridge End;24;14\n\n\tOne line\nand its rest\n\tAnother."
    draft = one(message(text, second="r s\x13\x12 BC-X 04-30 0416"))
    assert draft.paragraphs == (";W;L", "Lindenau;23;13\nBridge End;24;14", "One line and its rest", "Another.")


def test_signs_that_the_wire_has_no_letters_for_become_quotes_and_dashes() -> None:
    draft = one(message("^BC-X,20<\n^``Shut''  _ for weeks<\n\t``It is shut,'' she said _ twice.\n\t___\n"))
    assert draft.title == "\u201cShut\u201d  \u2014 for weeks"
    assert draft.paragraphs == ("\u201cIt is shut,\u201d she said \u2014 twice.",)


@pytest.mark.parametrize(
    ("letter", "section"), [("i", "International"), ("s", "Sports"), ("f", "Business"), ("a", None), ("z", None)]
)
def test_a_category_that_all_agencies_use_is_the_section(letter: str, section: str | None) -> None:
    assert one(message(second=f"r {letter}\x13\x11 BC-Harbour 04-30 0416")).section == section


def test_a_message_without_its_end_is_unfinished() -> None:
    (found,) = read(message()[:90])
    assert isinstance(found, UnfinishedError)


def test_a_spool_gives_each_message_and_refuses_the_bad_one_with_its_line() -> None:
    first, bad, last = read(b"\0\0" + message() + message(trailer="") + message())
    assert isinstance(first, Draft)
    assert isinstance(last, Draft)
    assert isinstance(bad, SeedError)
    assert bad.line == 1 + message().count(b"\n")


PIECES = st.sampled_from(
    [
        "\x01", "\x02", "\x03", "\x04", "\x16", "\n", "\t", "^", "<", "=", "   ", "W2870\x1fxport\n",
        "r i\x13\x11 BC-X 04-30 1\n", "^BC-X, 1st Ld-Writethru,20<", "^By ANN EXAMPLE=", "^Eds: x<", "a" * 100,
        TRAILER, "(XN) _ ", "``", "''", "_", "é", "\x00", "^XN Press=", ";1;2",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(["a.anpa", "2019-04-30-a.anpa"]))
@settings(max_examples=300, deadline=None)
def test_no_message_makes_the_parser_fail_otherwise_than_by_refusing(rest: str, name: str) -> None:
    for found in read(b"\x16\x16\x01W2870\x1fxport\nr i\x13\x11 BC-X 04-30 1\n" + rest.encode("latin-1"), name):
        assert isinstance(found, Draft | SeedError)
