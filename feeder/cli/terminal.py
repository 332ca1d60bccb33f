"""A terminal and what may be written to it: its width, its colours, and texts in which nothing is a command to it.

The environment is asked as its conventions have it: ``NO_COLOR`` (no-color.org) and ``TERM=dumb`` take colours away,
``COLUMNS`` is the width, ``FORCE_COLOR`` makes a page with colours also where no terminal is.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from feeder.errors import printable

if TYPE_CHECKING:
    from rich.console import Console

GOOD: Final = "green"
BAD: Final = "bold red"
ODD: Final = "yellow"
QUIET: Final = "dim"

STATUSES: Final = {
    "published": GOOD,
    "scheduled": "cyan",
    "draft": "cyan",
    "withdrawn": "magenta",
    "expired": "magenta",
    "duplicate": QUIET,
    "ignored": QUIET,
    "quarantined": BAD,
    "waiting": ODD,
}
"""How what becomes of a file is coloured; the word stands there in any case."""

_USUAL_COLUMNS: Final = 80
_FEWEST_COLUMNS: Final = 20
_JOINERS: Final = frozenset("\u200c\u200d")
"""Parts of words in Persian and of emoji, though Python does not count them as printable."""
_UNSAFE_IN_JSON: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """A text on one line in which nothing is a command to a terminal.

    Control characters and overrides of the direction of writing are written out; every kind of space is one.
    """
    return text if text.isprintable() else "".join(map(_safe, text))


def _safe(one: str) -> str:
    if one in _JOINERS:
        return one
    return " " if unicodedata.category(one) == "Zs" else printable(one)


def json_of(value: Any) -> str:
    """A value as JSON on one line; what a terminal would obey is escaped, which changes no value."""
    return escaped(json.dumps(value, ensure_ascii=False, default=str))


def escaped(written: str) -> str:
    """JSON in which nothing is a command to a terminal: such characters stand only within its strings."""
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def say_json(value: Any) -> None:
    """Write a value as one line of JSON, in UTF-8 whatever the terminal's encoding is (RFC 8259 section 8.1)."""
    click.echo(json_of(value).encode("utf-8", "backslashreplace") + b"\n", nl=False)


def is_page(stream: TextIO) -> bool:
    """Whether what is written there is laid out for a person."""
    return stream.isatty() or bool(os.environ.get("FORCE_COLOR"))


def is_coloured(stream: TextIO) -> bool:
    """Whether what is written there has colours."""
    return is_page(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns(stream: TextIO) -> int:
    """How many cells a line has: what ``COLUMNS`` says, or the terminal, or 80."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return max(int(said), _FEWEST_COLUMNS)
    try:
        return max(os.get_terminal_size(stream.fileno()).columns or _USUAL_COLUMNS, _FEWEST_COLUMNS)
    except (OSError, ValueError):
        return _USUAL_COLUMNS


def console(stream: TextIO, *, width: int | None = None, has_colours: bool | None = None) -> Console:
    """Rich's console for a page on a stream, without what rich would read into texts: markup, emoji names, numbers.

    The colours are the sixteen of the terminal's own palette, so that they suit a light one as well as a dark one.
    """
    from rich.console import Console

    class Raising(Console):
        def on_broken_pipe(self) -> None:
            """Whoever reads has left: that is for ``main`` to end."""
            raise  # noqa: PLE0704 - rich calls this where it has caught the error

    is_colourful = is_coloured(stream) if has_colours is None else has_colours
    return Raising(
        file=stream, width=width or columns(stream), height=25, force_terminal=True, legacy_windows=False,
        color_system="standard" if is_colourful else None, markup=False, emoji=False, highlight=False,
    )  # fmt: skip
