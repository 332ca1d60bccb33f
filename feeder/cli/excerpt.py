"""The place in a file that a refusal names: its line between its neighbours, with carets below the place.

A long line is shown around the place, a tab as the spaces it stands for, a byte that is no text by its number, and what
is no text at all as bytes. All of it is safe to print: no control character of the file reaches a terminal.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from feeder.cli.terminal import BAD, QUIET, safe
from feeder.errors import FeederError
from feeder.seeds import open_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.cli.screen import Screen

WIDTH: Final = 100
"""Cells of an excerpt that no terminal limits."""
_TAB: Final = 4
_PIECE: Final = 65_536
_AROUND_BYTES: Final = 2_048
"""How far around a byte its line is looked for: more than any window shows."""
_FARTHEST: Final = 268_435_456
"""How far into a file, in characters or bytes, a line is looked for."""
_BYTES_IN_ROW: Final = 16
_BYTES_WIDTH: Final = 13 + 4 * _BYTES_IN_ROW + 1
"""Cells of a row of bytes; half as many bytes stand in one where there is less room."""
_PACKED: Final = (b"\x1f\x8b", b"PK\x03\x04")
"""How compressed files begin (gzip, zip): the places in them are those of what is packed in them."""
_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_LARGEST_SEARCHED: Final = 1_048_576
_SHORTEST_SEARCHED: Final = 3
"""Of which files (bytes) and for which quotations (characters) the line is looked for where none is known."""
_BREAK: Final = re.compile(r"\r\n?|\n")
_QUOTED: Final = re.compile(r"'([^']+)'|\"([^\"]+)\"")


class _Part(NamedTuple):
    """What was read of a line, and the place in it (characters from 0, its end excluded)."""

    text: str
    start: int
    end: int


def excerpt(  # noqa: PLR0913 - a file, a place in it, and how it is shown
    folder: str, path: str, *, line: int | None, offset: int | None, reason: str = "", width: int = WIDTH
) -> list[str]:
    """What stands around a line (from 1) or a byte (from 0) of a file, ready to print, ``width`` cells at most.

    Of a line the place is what the ``reason`` quotes of it, or else the whole line. Where neither is known it is what
    the reason quotes, if that stands once in a file that is not large. Nothing where there is no place, the file is
    not there or no regular one, or it is compressed.
    """
    try:
        with os.fdopen(open_below(folder, path), "rb") as file:
            head = file.read(4)
            if head.startswith(_PACKED):
                return []
            encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
            if line is None and offset is not None:
                return _around_byte(file, encoding, offset, width)
            line = _only_line_with(file, encoding, reason) if line is None else line
            return [] if line is None else _around_line(file, encoding, line, reason, width)
    except (OSError, FeederError):
        return []


def show(screen: Screen, lines: Sequence[str], *, indent: int) -> None:
    """Write an excerpt: the line with the place as it is, its neighbours paler, the carets in the colour of trouble."""
    for line in lines:
        gutter, _, rest = line.partition("| ")
        if rest and not rest.strip(" ^"):
            screen.raw(" " * indent, (f"{gutter}| ", QUIET), (rest, BAD))
        else:
            screen.raw(" " * indent, line if line.startswith(">") else (line, QUIET))


def _around_line(file: BinaryIO, encoding: str, line: int, reason: str, width: int) -> list[str]:
    found = _neighbours(file, encoding, line)
    if line not in found:
        return []
    return _laid_out(found, line, _quoted(found[line], reason), width)


def _around_byte(file: BinaryIO, encoding: str, offset: int, width: int) -> list[str]:
    first = max(0, offset - _AROUND_BYTES)
    file.seek(first)
    raw = file.read(offset - first + _AROUND_BYTES)
    if len(raw) <= offset - first:
        return []
    if encoding == "utf-8" and _is_binary(raw[max(0, offset - first - 64) : offset - first + 64]):
        return _bytes(raw, first, offset, _BYTES_IN_ROW if width >= _BYTES_WIDTH else _BYTES_IN_ROW // 2)
    part = _part(raw, offset - first, encoding)
    if encoding != "utf-8" or offset > _FARTHEST:
        text, carets = _window(part, width - len(head := f"> byte {offset} | "))
        return [head + text, " " * (len(head) - 2) + "| " + carets]
    number = _line_of(file, offset)
    return _laid_out(_neighbours(file, encoding, number) | {number: part.text}, number, part, width)


def _neighbours(file: BinaryIO, encoding: str, line: int) -> dict[int, str]:
    """The beginnings of a line and of those around it, by their numbers; without it where the file is shorter."""
    file.seek(0)
    first = max(1, line - 1)
    with io.TextIOWrapper(file, encoding, errors=_errors(encoding)) as text:
        found = dict(enumerate(islice(_beginnings(text), first - 1, line + 1), first))
    return {number: beginning.removeprefix("\ufeff") for number, beginning in found.items()}


def _errors(encoding: str) -> str:
    """What is no text stays there byte by byte, which only encodings of single bytes can do."""
    return "surrogateescape" if encoding == "utf-8" else "backslashreplace"


def _beginnings(text: io.TextIOWrapper) -> Iterator[str]:
    """The beginning of each line, however long the line is."""
    characters = 0
    while (piece := text.readline(_PIECE)) and characters < _FARTHEST:
        beginning = piece
        while piece and not piece.endswith("\n"):
            characters += len(piece)
            piece = text.readline(_PIECE)
        characters += len(piece)
        yield beginning.rstrip("\n")


def _only_line_with(file: BinaryIO, encoding: str, reason: str) -> int | None:
    """The number of the one line (from 1) that has what the reason quotes."""
    file.seek(0)
    raw = file.read(_LARGEST_SEARCHED + 1)
    text = raw.decode(encoding, "replace") if len(raw) <= _LARGEST_SEARCHED else ""
    for quoted in _quotes(reason):
        if len(quoted) >= _SHORTEST_SEARCHED and text.count(quoted) == 1:
            return len(_BREAK.findall(text[: text.index(quoted)])) + 1
    return None


def _quotes(reason: str) -> list[str]:
    return ["".join(groups) for groups in _QUOTED.findall(reason)]


def _quoted(text: str, reason: str) -> _Part:
    """The place in a line: what the reason quotes of it if that stands there once, or else all of it."""
    for quoted in _quotes(reason):
        if text.count(quoted) == 1:
            start = text.index(quoted)
            return _Part(text, start, start + len(quoted))
    return _Part(text, len(text) - len(text.lstrip()), len(text.rstrip()))


def _part(raw: bytes, at: int, encoding: str) -> _Part:
    """The line around a byte of ``raw``."""
    begun, rest = _last_line(_decoded(raw[:at], encoding)), _first_line(_decoded(raw[at:], encoding))
    return _Part(begun + rest, len(begun), len(begun) + 1)


def _decoded(raw: bytes, encoding: str) -> str:
    return raw.decode(encoding, _errors(encoding)).removeprefix("\ufeff")


def _last_line(text: str) -> str:
    return _BREAK.split(text)[-1]


def _first_line(text: str) -> str:
    """To the end of the line; a place that is the line break itself is shown as one."""
    return text[:1] + _BREAK.split(text[1:], maxsplit=1)[0]


def _line_of(file: BinaryIO, offset: int) -> int:
    """The number of the line (from 1) that a byte is in, breaks as Python's universal newlines."""
    file.seek(0)
    breaks, last = 0, b""
    while offset > 0 and (piece := file.read(min(_PIECE, offset))):
        offset -= len(piece)
        breaks += piece.count(b"\n") + piece.count(b"\r") - (last + piece).count(b"\r\n")
        last = piece[-1:]
    return breaks + 1


def _is_binary(raw: bytes) -> bool:
    """Whether more than a quarter of it is no text."""
    text = raw.decode("utf-8", "surrogateescape")
    return sum(not one.isprintable() and one not in "\t\r\n\f" for one in text) > len(text) / 4


def _bytes(raw: bytes, first: int, offset: int, length: int) -> list[str]:
    """Rows of so many bytes, each with its own offset, and the same as text beside them."""
    start = offset - offset % length
    found = []
    for at in range(max(start - length, first), start + 2 * length, length):
        row = raw[at - first : at - first + length]
        if row:
            text = "".join(one if one.isprintable() and one.isascii() else "." for one in row.decode("latin-1"))
            found.append(f"{'>' if at == start else ' '} {at:08x} | {row.hex(' '):<{3 * length - 1}}  {text}")
        if at == start:
            found.append(f"{'':10} | {'':{3 * (offset - start)}}^^")
    return found


def _laid_out(found: dict[int, str], line: int, part: _Part, width: int) -> list[str]:
    digits = len(str(max(found)))
    room = width - digits - 5
    lines = []
    for number, text in sorted(found.items()):
        shown, carets = _window(part if number == line else _Part(text, 0, 0), room)
        lines.append(f"{'>' if number == line else ' '} {number:>{digits}} | {shown}".rstrip())
        if number == line and carets:
            lines.append(f"  {'':{digits}} | {carets}")
    return lines


def _window(part: _Part, width: int) -> tuple[str, str]:
    """As much of a line as fits, with the place in it, and the carets that go below; a place of no cells has one."""
    cells = list(_cells(part.text))
    widths = [size for _, size in cells]
    low = _left(widths, part, width) if sum(widths[: part.end]) > width - 1 else 0
    is_begun = low > 0
    high = _right(widths, low, width - is_begun)
    text = "…" * is_begun + "".join(shown for shown, _ in cells[low:high]) + "…" * (high < len(cells))
    before = sum(widths[low : part.start]) + is_begun
    within = sum(widths[max(part.start, low) : min(part.end, high)])
    return text, " " * before + "^" * max(within, 1) if part.end else ""


def _left(widths: Sequence[int], part: _Part, width: int) -> int:
    """Where a window begins that has a third of its cells before the place."""
    low, room = part.start, width // 3
    while low > 0 and room >= widths[low - 1]:
        low -= 1
        room -= widths[low]
    while low < part.start and widths[low] == 0:  # a mark belongs to the letter before it
        low += 1
    return low


def _right(widths: Sequence[int], low: int, room: int) -> int:
    """Where a window ends that has so many cells: the end of the line, or where one is left for the sign of more."""
    if sum(widths[low:]) <= room:
        return len(widths)
    high = low
    while room > widths[high]:
        room -= widths[high]
        high += 1
    return high


def _cells(text: str) -> Iterator[tuple[str, int]]:
    """Each character as it is shown, and how many cells that takes."""
    from rich.cells import get_character_cell_size

    at = 0
    for one in text:
        if one == "\t":
            size = _TAB - at % _TAB
            yield " " * size, size
        elif one.isprintable():
            size = get_character_cell_size(one)
            yield one, size
        else:
            shown = safe(one)
            size = len(shown)
            yield shown, size
        at += size
