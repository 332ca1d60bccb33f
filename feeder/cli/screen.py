"""Lines for people: a page at a terminal, plain lines in a pipe.

At a terminal a page has its width and its colours. In a pipe nothing is coloured, folded or cut, and what is a table at
a terminal is a line a record, its columns parted by tabs. Every text passes through ``safe``, whoever wrote it, and
nothing here reads markup in a text. rich is loaded when there is a page to lay out.
"""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple, TextIO

import click

from feeder.cli.terminal import QUIET, columns, console, is_page, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.text import Text

Span = str | tuple[str, str]
"""A text, or a text and its style, in rich's words: ``("refused", "bold red")``."""

_GAP: Final = 2
_NARROWEST: Final = 12
"""Cells that the one column keeps that gives way when a table is too wide."""


class Record(NamedTuple):
    """A row of a table, and what stands below it at a terminal; in a pipe ``below`` are further columns."""

    cells: Sequence[Span]
    below: Sequence[Span] = ()


class Screen:
    """Where the lines for people go: standard output, or ``stream``. Who names a width has a page of that width."""

    def __init__(
        self, stream: TextIO | None = None, *, width: int | None = None, has_colours: bool | None = None
    ) -> None:
        self._stream = stream or sys.stdout
        self._is_fixed = width is not None
        is_laid_out = self._is_fixed or is_page(self._stream)
        self._console = console(self._stream, width=width, has_colours=has_colours) if is_laid_out else None

    @property
    def width(self) -> int | None:
        """Cells of a line as they are now: a window may have been made wider; None where nothing is laid out."""
        if self._console is None:
            return None
        if not self._is_fixed:
            self._console.width = columns(self._stream)
        return self._console.width

    def line(self, *spans: Span, indent: int = 0) -> None:
        """Write a line, moved in by so many cells; at a terminal one that is too long goes on below its beginning."""
        if self._console is None or self.width is None:
            self.raw(" " * indent, *spans)
            return
        lines = _folded(self._console, _text(spans), self.width - indent)
        self._write(_text([" " * indent]) + line for line in lines)

    def raw(self, *spans: Span) -> None:
        """Write a line as it is, also if it is too long: an address that is to be clicked, a line laid out already."""
        if self._console is None:
            self._write_plain("".join(map(_plain, spans)))
        else:
            self._write([_text(spans)])

    def table(self, head: Sequence[str], records: Sequence[Record], *, flexible: int = -1) -> None:
        """Write a table; its column ``flexible`` gives way and is folded if it is too wide for the terminal."""
        if self._console is None or self.width is None:
            for record in records:
                self._write_plain("\t".join(map(_plain, (*record.cells, *record.below))))
            return
        rows = [[(name.upper(), QUIET) for name in head], *(record.cells for record in records)]
        laid = _aligned(self._console, rows, self.width, flexible)
        self._write(next(laid))
        for record, lines in zip(records, laid, strict=True):
            self._write(lines)
            for below in record.below:
                self.line(below, indent=_GAP)

    def columns(self, rows: Sequence[Sequence[Span]], *, indent: int = 0, flexible: int = -1) -> None:
        """Write rows of cells, those of a column below each other; the flexible one is folded if need be."""
        if self._console is None or self.width is None:
            for row in rows:
                self._write_plain(" " * indent + "  ".join(map(_plain, row)))
            return
        for lines in _aligned(self._console, rows, self.width - indent, flexible):
            self._write(_text([" " * indent]) + line for line in lines)

    def _write(self, lines: Iterable[Text]) -> None:
        from rich.text import Text

        if self._console is not None:
            self._console.print(Text("\n").join(lines), soft_wrap=True)  # one write

    def _write_plain(self, line: str) -> None:
        click.echo(line, file=self._stream)


def _parted(span: Span) -> tuple[str, str]:
    return (span, "") if isinstance(span, str) else span


def _plain(span: Span) -> str:
    return safe(_parted(span)[0])


def _text(spans: Iterable[Span]) -> Text:
    from rich.text import Text

    text = Text()
    for words, style in map(_parted, spans):
        text.append(safe(words), style or None)
    return text


def _folded(console: Console, text: Text, width: int) -> Iterator[Text]:
    """The lines of a text: parted between words, or within one that is longer than a line."""
    for line in text.wrap(console, max(width, _NARROWEST), overflow="fold"):
        line.rstrip()
        yield line


def _aligned(console: Console, rows: Sequence[Sequence[Span]], width: int, flexible: int) -> Iterator[list[Text]]:
    """The lines of each row, its cells in columns; the flexible one is folded where all together are too wide."""
    texts = [[_text([cell]) for cell in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip(*texts, strict=True)]
    others = sum(widths) - widths[flexible] + _GAP * (len(widths) - 1)
    widths[flexible] = min(widths[flexible], max(width - others, _NARROWEST))
    for row in texts:
        parts = [list(_folded(console, cell, room)) for cell, room in zip(row, widths, strict=True)]
        yield [_joined(cells, widths) for cells in zip_longest(*parts)]


def _joined(cells: Sequence[Text | None], widths: Sequence[int]) -> Text:
    line = _text([])
    for cell, room in zip(cells, widths, strict=True):
        found = cell or _text([])
        line = line + found + " " * (room - found.cell_len + _GAP)
    line.rstrip()
    return line
