"""Lines for people: pages at a terminal, plain lines in a pipe, and nothing in them that a terminal would obey."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import struct
import termios
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from feeder.cli.screen import Record, Screen
from feeder.cli.terminal import BAD, columns, console, is_coloured, is_page, json_of, safe

WILD = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x9b\x07\r\n\t\x00\u202e\u2066\u200d\u2028\x85 [/]")))
ENVIRONMENT = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@contextmanager
def terminal(cells: int) -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """A real terminal that is so wide: what writes to it, and all that was written, when nothing else will be."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, cells, 0, 0))
    out = open(theirs, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - a descriptor, closed before it is read

    def shown() -> str:
        out.close()
        found = b""
        with suppress(OSError):  # EIO: nobody else will write
            while piece := os.read(ours, 65536):
                found += piece
        return found.decode().replace("\r\n", "\n")

    yield out, shown
    out.close()
    os.close(ours)


def plain(width: int | None, write: Callable[[Screen], None]) -> list[str]:
    out = io.StringIO()
    write(Screen(out, width=width, has_colours=False))
    return out.getvalue().splitlines()


ROWS = [
    Record((("all", "bold"), "The Example", "3 minutes ago"), (("http://x/feeds/all.rss", "dim"),)),
    Record(("world", "世界 " * 12, "none yet"), ("http://x/feeds/world.rss",)),
]


def test_a_terminal_has_its_width_and_its_colours() -> None:
    with terminal(30) as (out, shown):
        screen = Screen(out)
        assert screen.width == 30
        screen.line(("refused", BAD), ": the day is not in the calendar", indent=2)
        assert shown() == "  \x1b[1;31mrefused\x1b[0m: the day is not in\n  the calendar\n"


def test_a_window_that_is_made_wider_has_longer_lines_from_then_on() -> None:
    with terminal(20) as (out, shown):
        screen = Screen(out)
        screen.line("one two three four five six")
        fcntl.ioctl(out, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        screen.line("one two three four five six")
        assert shown() == "one two three four\nfive six\none two three four five six\n"


@pytest.mark.parametrize(
    ("environment", "width", "has_colours"),
    [
        ({}, 70, True),
        ({"NO_COLOR": "1"}, 70, False),
        ({"NO_COLOR": ""}, 70, True),
        ({"TERM": "dumb"}, 70, False),
        ({"COLUMNS": "50"}, 50, True),
        ({"COLUMNS": "wide"}, 70, True),
        ({"COLUMNS": "0"}, 70, True),
        ({"COLUMNS": "3"}, 20, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, 70, False),
    ],
)
def test_a_terminal_is_as_its_environment_says(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], width: int, *, has_colours: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with terminal(70) as (out, shown):
        assert (columns(out), is_coloured(out)) == (width, has_colours)
        Screen(out).line(("x", BAD))
        assert shown() == ("\x1b[1;31mx\x1b[0m\n" if has_colours else "x\n")


def test_a_terminal_that_does_not_say_how_wide_it_is_has_80_cells() -> None:
    with terminal(0) as (out, _):
        assert columns(out) == 80
    assert columns(io.StringIO()) == 80


def test_in_a_pipe_nothing_is_coloured_folded_or_cut_and_a_table_is_parted_by_tabs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert plain(None, lambda screen: screen.line(("x" * 200, BAD), " y " * 50, indent=4)) == [
        "    " + "x" * 200 + " y " * 50
    ]
    assert plain(None, lambda screen: screen.table(("name", "title", "changed"), ROWS)) == [
        "all\tThe Example\t3 minutes ago\thttp://x/feeds/all.rss",
        "world\t" + "世界 " * 12 + "\tnone yet\thttp://x/feeds/world.rss",
    ]


def test_colours_can_be_forced_into_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    assert not is_page(out)
    monkeypatch.setenv("FORCE_COLOR", "1")
    Screen(out).line(("x", BAD))
    assert out.getvalue() == "\x1b[1;31mx\x1b[0m\n"


def test_a_table_stands_in_columns_and_folds_the_one_that_may_give_way() -> None:
    found = plain(50, lambda screen: screen.table(("name", "title", "last change"), ROWS, flexible=1))
    assert found == [
        "NAME   TITLE                         LAST CHANGE",
        "all    The Example                   3 minutes ago",
        "  http://x/feeds/all.rss",
        "world  世界 世界 世界 世界 世界      none yet",
        "       世界 世界 世界 世界 世界",
        "       世界 世界",
        "  http://x/feeds/world.rss",
    ]


@given(WILD)
def test_nothing_in_a_text_commands_a_terminal(text: str) -> None:
    assert all(one.isprintable() or one in "\u200c\u200d" for one in safe(text))


@given(st.lists(WILD, min_size=3, max_size=3), st.sampled_from([None, 30, 80]))
def test_whatever_is_written_is_lines_of_print_that_fit(texts: list[str], width: int | None) -> None:
    def write(screen: Screen) -> None:
        screen.line(*texts, indent=4)
        screen.table(("a", "b", "c"), [Record(texts, texts)])
        screen.columns([texts, texts], indent=4, flexible=1)

    out = io.StringIO()
    write(Screen(out, width=width, has_colours=False))
    written = out.getvalue()
    assert not [one for one in written if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} and one not in "\n\t"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", written)
    if width is None:
        assert written.count("\n") == 4


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", "[link=http://x]y[/link]", ":smile:", "[", "\\["])
@pytest.mark.parametrize("width", [None, 40])
def test_no_markup_is_read_in_a_text(text: str, width: int | None) -> None:
    assert plain(width, lambda screen: screen.line(text)) == [text]
    assert plain(width, lambda screen: screen.columns([(text, "x")])) == [f"{text}  x"]


def test_the_console_reads_nothing_into_a_text() -> None:
    out = io.StringIO()
    console(out, width=40, has_colours=True).print("[bold]x[/bold] :smile: 7 'y' http://x")
    assert out.getvalue() == "[bold]x[/bold] :smile: 7 'y' http://x\n"


def test_a_line_that_is_to_stay_whole_is_not_folded() -> None:
    address = "http://news.example/" + "x" * 100
    assert plain(40, lambda screen: screen.raw("  ", address)) == ["  " + address]
    folded = plain(40, lambda screen: screen.line(address, indent=2))
    assert max(map(cell_len, folded)) == 40
    assert "".join(line.strip() for line in folded) == address


def test_who_has_left_is_an_error_for_the_one_who_writes() -> None:
    left, right = os.pipe()
    os.close(left)
    out = open(right, "w")  # noqa: PTH123, SIM115 - a descriptor, which cannot be closed in order
    with pytest.raises(BrokenPipeError):
        Screen(out, width=80).line("x")
    with suppress(BrokenPipeError):
        out.close()


@given(st.dictionaries(WILD, WILD))
def test_json_has_the_same_value_and_commands_no_terminal(value: dict[str, str]) -> None:
    written = json_of(value)
    assert json.loads(written) == value
    assert not [one for one in written if unicodedata.category(one) in {"Cc", "Zl", "Zp"}]
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", written)
