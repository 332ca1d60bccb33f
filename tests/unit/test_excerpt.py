"""The place in a file: its line and those around it, with carets below the place, safe to print and never too wide."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from feeder.cli.excerpt import excerpt


def shown(  # noqa: PLR0913 - a place in a file
    folder: Path, raw: bytes, *, line: int | None = None, offset: int | None = None, reason: str = "", width: int = 100
) -> list[str]:
    (folder / "a.txt").write_bytes(raw)
    return excerpt(str(folder), "a.txt", line=line, offset=offset, reason=reason, width=width)


def pointed(lines: list[str]) -> str:
    """What stands above the carets, cell by cell; wide characters are not cut by them."""
    number = next(number for number, line in enumerate(lines) if re.fullmatch(r" +\| *\^+", line))
    carets, above = lines[number], lines[number - 1]
    start, end = carets.index("^"), len(carets)
    found, at = "", 0
    for one in above:
        if start <= at < end:
            found += one
        at += cell_len(one)
    return found


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (1, ["> 1 | one", "    | ^^^", "  2 | two"]),
        (2, ["  1 | one", "> 2 | two", "    | ^^^", "  3 | three"]),
        (4, ["  3 | three", "> 4 | four", "    | ^^^^"]),
        (5, []),
        (99, []),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_line_is_shown_between_its_neighbours(
    tmp_path: Path, line: int, lines: list[str], end: str, encoding: str
) -> None:
    raw = end.join(["one", "two", "three", "four"]).encode(encoding)
    assert shown(tmp_path, raw, line=line) == lines


def test_numbers_stand_below_each_other(tmp_path: Path) -> None:
    assert shown(tmp_path, b"\n".join(b"%d" % number for number in range(1, 20)), line=9) == [
        "   8 | 8", ">  9 | 9", "     | ^", "  10 | 10"
    ]  # fmt: skip


def test_an_empty_line_has_a_caret_too(tmp_path: Path) -> None:
    assert shown(tmp_path, b"one\n\nthree\n", line=2) == ["  1 | one", "> 2 |", "  3 | three"]


@pytest.mark.parametrize(
    ("line", "reason", "place"),
    [
        (" date 2026-02-30 No such day", "'2026-02-30' is not in the calendar", "2026-02-30"),
        ("  date: soon  ", "the date: 'soon' is not a date that is understood", "soon"),
        ("日本語 'x' 2026-02-30", "'2026-02-30' is not in the calendar", "2026-02-30"),
        ("新しい 日付", "'日付' is not a date", "日付"),
        ("cafe\u0301 2026-02-30", "'2026-02-30' is not in the calendar", "2026-02-30"),
        ("\t\tdate\t2026-02-30", "'2026-02-30' is not in the calendar", "2026-02-30"),
        ("\x1b[31m 2026-02-30", "'2026-02-30' is not in the calendar", "2026-02-30"),
        ("ab ab", "'ab' is twice there, so all of it is meant", "ab ab"),
        ('{"title": ', "the JSON ends too early", '{"title":'),
        ("x" * 500 + " 2026-02-30 " + "y" * 500, "'2026-02-30' is not in the calendar", "2026-02-30"),
        ("日" * 500 + " 2026-02-30 " + "本" * 500, "'2026-02-30' is not in the calendar", "2026-02-30"),
    ],
)
@pytest.mark.parametrize("width", [40, 100])
def test_carets_stand_below_what_the_reason_quotes_or_the_whole_line(
    tmp_path: Path, line: str, reason: str, place: str, width: int
) -> None:
    lines = shown(tmp_path, f"first\n{line}\nlast\n".encode(), line=2, reason=reason, width=width)
    assert pointed(lines) == place
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: x\ndate: 2026-02-30\n---\n", 3),
        ("---\r\ntitle: x\r\ndate: 2026-02-30\r\n---\r\n", 3),
        ("x" * 200 + " 2026-02-30", 1),
        ("date: 2026-02-30\nand 2026-02-30 again\n", None),
        ("no such day\n", None),
        ("date: 2026-02-30\n" + "x" * 1_048_576, None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_without_a_place_it_is_looked_for_by_what_the_reason_quotes(
    tmp_path: Path, text: str, line: int | None, encoding: str
) -> None:
    lines = shown(tmp_path, text.encode(encoding), reason="'2026-02-30' is not in the calendar")
    assert [one.split()[1] for one in lines if one.startswith(">")] == ([] if line is None else [str(line)])
    assert not lines or pointed(lines) == "2026-02-30"


def test_what_is_hardly_anything_is_not_looked_for(tmp_path: Path) -> None:
    assert shown(tmp_path, b"a b c", reason="'b' is no date") == []


@pytest.mark.parametrize("width", [40, 41, 42, 43])
def test_a_window_does_not_begin_with_a_mark_of_the_letter_before_it(tmp_path: Path, width: int) -> None:
    line = "e\u0301" * 300 + " 2026-02-30"
    found = shown(tmp_path, line.encode(), line=1, reason="'2026-02-30' is no day", width=width)[0]
    assert re.match("> 1 \\| …e\u0301", found), ascii(found)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_byte_is_shown_in_its_line_and_pointed_at(tmp_path: Path, end: bytes) -> None:
    raw = end.join([b"one", b"", b"three", b"It is caf\xe9 time.", b"five", *[b"six"] * 9000])
    assert shown(tmp_path, raw, offset=raw.index(b"\xe9")) == [
        "  3 | three",
        r"> 4 | It is caf\xe9 time.",
        "    |          ^^^^",
        "  5 | five",
    ]
    far = raw + b"\xff"
    assert shown(tmp_path, far, offset=len(raw))[1] == r"> 9005 | six\xff"


def test_a_byte_of_a_short_file_is_pointed_at(tmp_path: Path) -> None:
    raw = "日本語 ".encode() + b"\xff.\n"
    assert pointed(shown(tmp_path, raw, offset=raw.index(b"\xff"))) == r"\xff"
    assert shown(tmp_path, b"short", offset=5) == []


def test_a_nul_in_a_long_line_is_shown_with_what_stands_around_it(tmp_path: Path) -> None:
    found = shown(tmp_path, b"x" * 10_000 + b"\x00" + b"y" * 10_000, offset=10_000, width=60)
    assert pointed(found) == r"\x00"
    assert re.fullmatch(r"> 1 \| …x{17,19}\\x00y+…", found[0])
    assert cell_len(found[0]) <= 60


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_byte_of_an_encoding_of_several_is_pointed_at_too(tmp_path: Path, encoding: str) -> None:
    raw = "first line\nthe Ω is here".encode(encoding)
    at = len("first line\nthe ".encode(encoding))
    found = shown(tmp_path, raw, offset=at)
    assert found[0] == f"> byte {at} | the Ω is here"
    assert pointed(found) == "Ω"


def test_what_is_no_text_is_shown_as_bytes(tmp_path: Path) -> None:
    raw = bytes(range(128, 256)) * 3
    assert shown(tmp_path, raw, offset=0x26) == [
        "  00000010 | 90 91 92 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f  ................",
        "> 00000020 | a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab ac ad ae af  ................",
        "           |                   ^^",
        "  00000030 | b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 ba bb bc bd be bf  ................",
    ]
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    assert shown(tmp_path, png, offset=0) == [
        "> 00000000 | 89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52  .PNG........IHDR",
        "           | ^^",
    ]
    assert shown(tmp_path, raw, offset=0x26, width=70)[1:3] == [
        "> 00000020 | a0 a1 a2 a3 a4 a5 a6 a7  ........",
        "           |                   ^^",
    ]


def test_tabs_are_the_spaces_they_stand_for(tmp_path: Path) -> None:
    assert shown(tmp_path, b"a\tb\n", line=1)[0] == "> 1 | a   b"


def test_long_lines_are_cut_and_do_not_count_as_several(tmp_path: Path) -> None:
    raw = b"x" * 1_000_000 + b"\nsecond\n" + b"y" * 101 + b"\n" + b"z" * 94
    first, second, _, third = shown(tmp_path, raw, line=2)
    assert first == "  1 | " + "x" * 93 + "…"
    assert second == "> 2 | second"
    assert third == "  3 | " + "y" * 93 + "…"
    assert shown(tmp_path, raw, line=4)[1] == "> 4 | " + "z" * 94


def test_nothing_is_shown_of_what_is_not_there_or_has_no_place(tmp_path: Path) -> None:
    assert shown(tmp_path, b"one\n") == []
    assert shown(tmp_path, gzip.compress(b"one\n" * 100), line=1) == []
    (tmp_path / "link.txt").symlink_to("a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("gone.txt", "link.txt", "pipe.txt", "../" + tmp_path.name + "/a.txt", ""):
        assert excerpt(str(tmp_path), name, line=1, offset=None) == []


@given(
    raw=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))),
    line=st.integers(1, 6),
    offset=st.integers(0, 300),
    width=st.integers(40, 120),
)
def test_whatever_is_in_a_file_nothing_of_it_commands_a_terminal_or_is_too_wide(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, line: int, offset: int, width: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    of_line, of_byte = shown(folder, raw, line=line, width=width), shown(folder, raw, offset=offset, width=width)
    for one in (*of_line, *of_byte):
        assert one.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert max(map(cell_len, of_line), default=0) <= width
    assert max(map(cell_len, of_byte), default=0) <= max(width, 46)
    assert bool(of_byte) == (offset < len(raw))
    assert not of_byte or pointed(of_byte)
