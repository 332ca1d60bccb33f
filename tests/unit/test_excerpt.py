from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.cli.excerpt import excerpt


def shown(folder: Path, raw: bytes, *, line: int | None = None, offset: int | None = None) -> list[str]:
    (folder / "a.txt").write_bytes(raw)
    return excerpt(str(folder), "a.txt", line=line, offset=offset)


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (1, ["> 1 | one", "  2 | two"]),
        (2, ["  1 | one", "> 2 | two", "  3 | three"]),
        (4, ["  3 | three", "> 4 | four"]),
        (5, []),
        (99, []),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_line_is_shown_between_its_neighbours(
    tmp_path: Path, line: int, lines: list[str], end: str, encoding: str
) -> None:
    raw = end.join(["one", "two", "three", "four"]).encode(encoding)
    assert shown(tmp_path, raw, line=line) == lines


def test_numbers_stand_below_each_other(tmp_path: Path) -> None:
    assert shown(tmp_path, b"\n".join(b"%d" % number for number in range(1, 20)), line=9) == [
        "   8 | 8", ">  9 | 9", "  10 | 10"
    ]  # fmt: skip


def test_a_byte_is_pointed_at(tmp_path: Path) -> None:
    assert shown(tmp_path, b"It is caf\xe9 time.\n", offset=9) == [
        r"  byte 9 | It is caf\xe9 time.\n",
        "                    ^",
    ]
    assert shown(tmp_path, b"x" * 1000 + b"\x00", offset=1000)[0] == "  byte 1000 | " + "x" * 40 + r"\x00"
    assert shown(tmp_path, b"short", offset=5) == []


def test_long_lines_are_cut_and_do_not_count_as_several(tmp_path: Path) -> None:
    raw = b"x" * 1_000_000 + b"\nsecond\n" + b"y" * 101 + b"\n" + b"z" * 100
    first, second, third = shown(tmp_path, raw, line=2)
    assert first == "  1 | " + "x" * 99 + "…"
    assert second == "> 2 | second"
    assert third == "  3 | " + "y" * 99 + "…"
    assert shown(tmp_path, raw, line=4)[1] == "> 4 | " + "z" * 100


def test_nothing_is_shown_of_what_is_not_there_or_has_no_place(tmp_path: Path) -> None:
    assert shown(tmp_path, b"one\n") == []
    assert shown(tmp_path, gzip.compress(b"one\n" * 100), line=1) == []
    (tmp_path / "link.txt").symlink_to("a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("gone.txt", "link.txt", "pipe.txt", "../" + tmp_path.name + "/a.txt", ""):
        assert excerpt(str(tmp_path), name, line=1, offset=None) == []


@given(raw=st.binary(max_size=300), line=st.integers(1, 6), offset=st.integers(0, 300))
def test_whatever_is_in_a_file_nothing_of_it_commands_a_terminal(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, line: int, offset: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for one in (*shown(folder, raw, line=line), *shown(folder, raw, offset=offset)):
        assert one.isprintable()
