"""JSON Lines (https://jsonlines.org, NDJSON) and JSON text sequences (RFC 7464): one record a line.

Records are read one after the other in bounded memory; one that is broken or too large refuses itself alone.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError
from feeder.parse import whole
from feeder.parse.objects import kinds, stream, syntax
from feeder.parse.objects.stream import Element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

_SUFFIXES: Final = frozenset({"jsonl", "ndjson", "jsonlines", "ldjson", "jsons", "json-seq"})
_CHUNK: Final = 262_144
_LOOKED_AT: Final = 20
_SEPARATOR: Final = b"\x1e"
_WIDE: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class JsonLines:
    """The parser of JSON Lines."""

    name = "jsonl"
    precedence = 41
    streams = True

    def claims(self, head: bytes, name: str) -> bool:
        """By its suffix and first line, or by several lines that are records; see ``Parser``."""
        if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == _SEPARATOR:
            return True
        if not syntax.starts(head, name):
            return False
        given = [line for line in text.glimpse(head).split("\n") if line.strip()]
        records = [line for line in given[:_LOOKED_AT] if _is_record(line)]
        if syntax.suffix(name) in _SUFFIXES:
            return bool(records) or (len(given) == 1 and syntax.glimpse(head).cut)
        return len(records) > 1 and len(records) * 2 >= len(given[:_LOOKED_AT])

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (see ``Parser``)
        """Each record; see ``Parser``."""
        for number, raw, is_cut in _records(_Utf8(reader)):
            if raw is None:
                yield SeedError(f"a record of more than {whole.LARGEST} bytes is no single article", line=number)
                continue
            try:
                element = _element(raw, number)
            except SeedError as error:
                yield _at(error, number, is_cut=is_cut)
                continue
            for found in kinds.drafts(element):
                yield _at(found, number) if isinstance(found, SeedError) else found


def _is_record(line: str) -> bool:
    """Whether a line is a whole object, and an article."""
    if not line.lstrip().startswith("{") or not line.rstrip().endswith("}"):
        return False
    try:
        value, _ = syntax.loads(line)
    except SeedError:
        return False
    return kinds.has_article(value)


def _element(raw: bytes, number: int) -> Element:
    try:
        decoded, encoding = raw.decode(), "utf-8"
    except UnicodeDecodeError:
        decoded, encoding = text.decode(raw)
    value, oddities = syntax.loads(decoded)
    return Element(value, (*text.doubts(encoding), *oddities), number, encoding)


def _at(error: SeedError, number: int, *, is_cut: bool = False) -> SeedError:
    """The refusal with the line of the record; the rest of one that the file ends in may be on its way."""
    kind = UnfinishedError if is_cut and isinstance(error, UnfinishedError) else SeedError
    return kind(error.reason, line=number)


def _records(reader: Reader) -> Iterator[tuple[int, bytes | None, bool]]:
    """The records with the line that each begins at, and whether the file ends in it, before the end of its line.

    None stands for one that is too large; blank ones are passed over.

    A sequence (RFC 7464) is parted by its separators alone: a record of it may have several lines.
    """
    first = reader.read(_CHUNK)
    end = _SEPARATOR if first.lstrip()[:1] == _SEPARATOR else b"\n"
    pending = _Pending(end)
    piece = first
    while piece:
        *ended, rest = piece.split(end)
        for part in ended:
            pending.add(part)
            yield from pending.record()
        pending.add(rest)
        piece = reader.read(_CHUNK)
    yield from pending.record(is_cut=True)


class _Pending:
    """The record that is being read: its bytes so far, until they are too many."""

    def __init__(self, end: bytes) -> None:
        self._end_lines = end.count(b"\n")
        self._bytes: bytearray | None = bytearray()
        self._begins = self._line = 1

    def add(self, part: bytes) -> None:
        """Some more of the record."""
        self._line += part.count(b"\n")
        if self._bytes is not None and len(self._bytes) + len(part) > whole.LARGEST:
            self._bytes = None
        if self._bytes is not None:
            self._bytes += part

    def record(self, *, is_cut: bool = False) -> Iterator[tuple[int, bytes | None, bool]]:
        """The record, which is whole now, if there is anything in it; the next one begins behind it."""
        found, begins = self._bytes, self._begins
        self._line += self._end_lines
        self._bytes, self._begins = bytearray(), self._line
        if found is None or found.strip():
            yield begins, None if found is None else bytes(found), is_cut


class _Utf8:
    """The bytes of a reader in UTF-8, without a byte-order mark."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._first = stream.up_to(len(codecs.BOM_UTF8), reader)
        code = next((code for mark, code in _WIDE if self._first.startswith(mark)), None)
        self._decoder = codecs.getincrementaldecoder(code)() if code else None
        self._first = self._first.removeprefix(codecs.BOM_UTF8)

    def read(self, size: int = -1, /) -> bytes:
        """Some more bytes, nothing at the end; how many depends on the encoding."""
        piece, self._first = self._first or self._reader.read(size), b""
        if self._decoder is None:
            return piece
        try:
            decoded = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise SeedError(f"not {error.encoding} throughout: {error.reason}") from None
        return decoded.encode("utf-8", "surrogatepass") or (self.read(size) if piece else b"")


PARSER: Final = JsonLines()
