"""The place in a file that a refusal names, short and safe to print: no control character of it reaches a terminal."""

from __future__ import annotations

import codecs
import io
import os
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from feeder.errors import FeederError, printable
from feeder.seeds import open_below

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH: Final = 100
_BYTES_BEFORE, _BYTES_SHOWN = 40, 80
_MOST_CHARACTERS: Final = 268_435_456
"""How far into a file a line is looked for."""
_PIECE: Final = 65_536
_PACKED: Final = (b"\x1f\x8b", b"PK\x03\x04")
"""How compressed files begin (gzip, zip): the places in them are those of what is packed in them."""
_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def excerpt(folder: str, path: str, *, line: int | None, offset: int | None) -> list[str]:
    """What stands around a line (from 1) or a byte (from 0) of a file, ready to print.

    Nothing where neither is known, the file is not there or no regular one, or it is compressed.
    """
    try:
        with os.fdopen(open_below(folder, path), "rb") as file:
            head = file.read(4)
            if head.startswith(_PACKED):
                return []
            if line is not None:
                return _around_line(file, _encoding(head), line)
            return [] if offset is None else _around_byte(file, offset)
    except (OSError, FeederError):
        return []


def _encoding(head: bytes) -> str:
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8-sig")


def _around_line(file: BinaryIO, encoding: str, line: int) -> list[str]:
    file.seek(0)
    first = max(1, line - 1)
    with io.TextIOWrapper(file, encoding, errors="backslashreplace") as text:
        found = list(islice(_beginnings(text), first - 1, line + 1))
    if len(found) <= line - first:
        return []
    digits = len(str(line + 1))
    return [
        f"{'>' if number == line else ' '} {number:>{digits}} | {_short(beginning)}".rstrip()
        for number, beginning in enumerate(found, first)
    ]


def _beginnings(text: io.TextIOWrapper) -> Iterator[str]:
    """The beginning of each line, however long the line is."""
    characters = 0
    while (piece := text.readline(_PIECE)) and characters < _MOST_CHARACTERS:
        beginning = piece
        while piece and not piece.endswith("\n"):
            characters += len(piece)
            piece = text.readline(_PIECE)
        characters += len(piece)
        yield beginning[: _WIDTH + 1].rstrip("\n")


def _around_byte(file: BinaryIO, offset: int) -> list[str]:
    first = max(0, offset - _BYTES_BEFORE)
    file.seek(first)
    found = file.read(_BYTES_SHOWN)
    if len(found) <= offset - first:
        return []
    before, rest = _shown(found[: offset - first]), _shown(found[offset - first :])
    head = f"  byte {offset} | "
    return [head + before + rest, " " * (len(head) + len(before)) + "^"]


def _shown(raw: bytes) -> str:
    return printable(raw.decode("utf-8", "backslashreplace"))


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _WIDTH else shown[: _WIDTH - 1] + "…"
