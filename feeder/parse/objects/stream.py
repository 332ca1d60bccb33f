"""Lists of JSON larger than any article: read element after element in bounded memory.

The list is the document itself, or stands below the keys that exports wrap it in (``{"data": {"articles": [...]}}``).
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError
from feeder.parse import whole
from feeder.parse.objects import syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeder.parse import Reader

_CHUNK: Final = 262_144
_MARKS: Final = re.compile(r'["{}\[\]]')
_STRING_MARKS: Final = re.compile(r'["\\]')
_CODES: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_END: Final = re.compile(r"[,\]}]")
_NUMBER: Final = re.compile(r"[-+.eE0-9]*")
_NOT_WHITE: Final = re.compile(r"[^ \t\r\n]")
_OPENING: Final = frozenset("{[")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the list: its value and what is odd about it; ``line`` is the one that it begins at."""

    value: Any
    oddities: tuple[str, ...]
    line: int
    encoding: str = "utf-8"


class _Rest:
    """A reader whose first bytes have been read already."""

    def __init__(self, first: bytes, reader: Reader) -> None:
        self._first = io.BytesIO(first)
        self._reader = reader

    def read(self, size: int = -1, /) -> bytes:
        return self._first.read(size) or self._reader.read(size)


def values(reader: Reader, leads_on: Callable[[str], bool], before: dict[str, Any]) -> Iterator[Element | SeedError]:
    """A document of JSON as one element, if it is not larger than an article; else, and if it is broken, its list's.

    ``before`` receives the members that stand before the list in the objects around it; see ``elements``.

    Raises:
        UnfinishedError: the document ends too early.
        SeedError: it is not JSON, not text, or has no list.
    """
    raw = up_to(whole.LARGEST + 1, reader)
    if len(raw) > whole.LARGEST:
        yield from elements(_Rest(raw, reader), leads_on, before)
        return
    decoded, encoding = text.decode(raw)
    try:
        value, oddities = syntax.loads(decoded)
    except UnfinishedError:
        raise
    except SeedError as error:
        yield from _salvaged(decoded, leads_on, before, error)
        return
    yield Element(value, (*text.doubts(encoding), *oddities), 1, encoding)


def up_to(size: int, reader: Reader) -> bytes:
    """That many bytes, fewer only at the end: a reader may give less than it is asked for."""
    pieces: list[bytes] = []
    while size > 0 and (piece := reader.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _salvaged(
    decoded: str, leads_on: Callable[[str], bool], before: dict[str, Any], error: SeedError
) -> Iterator[Element | SeedError]:
    """What can be read of a broken document: the elements of its list that are not broken themselves."""
    try:
        found = list(elements(io.BytesIO(decoded.encode()), leads_on, before))
    except SeedError:
        raise error from None
    if all(isinstance(element, SeedError) for element in found):
        raise error
    yield from found


def elements(reader: Reader, leads_on: Callable[[str], bool], before: dict[str, Any]) -> Iterator[Element | SeedError]:
    """The elements of the first list of a document; ``leads_on`` tells by an object's key whether it is below it.

    An element that is broken or too large is a ``SeedError``, and the next ones go on. The members that stand before
    the list in the objects around it are put into ``before``.

    Raises:
        UnfinishedError: the document ends too early.
        SeedError: it has no such list, or is broken around it.
    """
    window = _Window(reader)
    depth = 0
    while (mark := window.peek()) == "{":
        window.take()
        depth += 1
        _enter(window, leads_on, before)
    if mark != "[":
        raise window.refusal("not JSON: a list or an object was expected" if mark else "")
    window.take()
    yield from _elements(window)
    for _ in range(depth):
        window.skip_rest()
    if window.peek():
        raise window.refusal("not JSON: something follows its end")


def _enter(window: _Window, leads_on: Callable[[str], bool], before: dict[str, Any]) -> None:
    """Up to the value of the member that leads to the list; those before it are kept."""
    while True:
        key, _ = window.value()
        if not isinstance(key, str) or window.peek() != ":":
            raise window.refusal("the object is larger than any article and has no list of articles in it")
        window.take()
        if window.peek() in {"{", "["} and leads_on(key):
            return
        before[key], _ = window.value()
        if window.peek() != ",":
            raise window.refusal("the object is larger than any article and has no list of articles in it")
        window.take()


def _elements(window: _Window) -> Iterator[Element | SeedError]:
    if window.peek() == "]":
        window.take()
        return
    while True:
        yield _element(window)
        mark = window.peek()
        if mark not in {",", "]"}:
            raise window.refusal("not JSON: a comma or the end of the list was expected")
        window.take()
        if mark == "]":
            return


def _element(window: _Window) -> Element | SeedError:
    window.peek()
    line = window.line
    try:
        value, oddities = window.value()
    except UnfinishedError:
        raise
    except SeedError as error:
        window.skip_value()
        return SeedError(error.reason, line=error.line or line)
    return Element(value, oddities, line)


class _Window:
    """The part of a text that is being read; what lies behind is forgotten whenever more is read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        first = up_to(len(codecs.BOM_UTF8), reader)
        code = next((code for mark, code in _CODES if first.startswith(mark)), "utf-8")
        self._decoder = codecs.getincrementaldecoder(code)()
        self._text, self._place, self.line, self._ended = "", 0, 1, False
        self._add(first)

    def peek(self) -> str:
        """The next character that is not white space; nothing at the end."""
        while True:
            found = _NOT_WHITE.search(self._text, self._place)
            self._forward(found.start() if found else len(self._text))
            if found is not None or not self._fill():
                return found[0] if found else ""

    def take(self) -> None:
        """Go past one character."""
        self._forward(self._place + 1)

    def value(self) -> tuple[Any, tuple[str, ...]]:
        """The value that comes next, and what is odd about it.

        Raises:
            SeedError: it is broken or too large; ``skip_value`` goes past it.
            UnfinishedError: the text ends in it.
        """
        if not self.peek():
            raise self.refusal("")
        while True:
            try:
                value, end, oddities = syntax.decode(self._text, self._place)
            except UnfinishedError:
                self._grow()
                continue
            except SeedError as error:
                above = self._text.count("\n", 0, self._place)
                raise SeedError(error.reason, line=error.line and self.line - above + error.line - 1) from None
            if _NUMBER.fullmatch(self._text, end) and isinstance(value, int | float) and self._fill():
                continue  # a number may go on
            self._forward(end)
            return value, oddities

    def _grow(self) -> None:
        if len(self._text) - self._place > whole.LARGEST:
            raise SeedError(f"a record of more than {whole.LARGEST} bytes is no single article", line=self.line)
        if not self._fill():
            raise self.refusal("")

    def skip_value(self) -> None:
        """Go past a value without understanding it."""
        mark = self.peek()
        if mark == '"':
            self.take()
            self._skip_string()
        elif mark in _OPENING:
            self.take()
            self.skip_rest()
        else:
            self._until(_END)

    def skip_rest(self) -> None:
        """Go past the end of the list or object that is open."""
        depth = 1
        while depth:
            mark = self._until(_MARKS)
            self.take()
            if mark == '"':
                self._skip_string()
            else:
                depth += 1 if mark in _OPENING else -1

    def _skip_string(self) -> None:
        while self._until(_STRING_MARKS) != '"':
            self.take()
            if self._place == len(self._text):
                self._fill()
            self.take()
        self.take()

    def _until(self, marks: re.Pattern[str]) -> str:
        """Up to the next of some characters."""
        while (found := marks.search(self._text, self._place)) is None:
            self._forward(len(self._text))
            if not self._fill():
                raise self.refusal("")
        self._forward(found.start())
        return found[0]

    def refusal(self, reason: str) -> SeedError:
        """What is wrong at this place; without a reason, and at the end of the text, that it ends too early."""
        if not reason or not self.peek():
            return UnfinishedError("the JSON ends too early", line=self.line)
        return SeedError(reason, line=self.line)

    def _forward(self, place: int) -> None:
        self.line += self._text.count("\n", self._place, place)
        self._place = place

    def _fill(self) -> bool:
        """Read on, as much again as is still needed; whether there was more."""
        if self._ended:
            return False
        self._text, self._place = self._text[self._place :], 0
        return self._add(self._reader.read(max(_CHUNK, len(self._text))))

    def _add(self, piece: bytes) -> bool:
        self._ended = not piece
        try:
            self._text += self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            if not piece:
                raise UnfinishedError("the file ends in the middle of a character", line=self.line) from None
            raise SeedError(f"not {error.encoding} throughout: {error.reason}", line=self.line) from None
        return bool(piece)
