"""The structure of a mail: header fields (RFC 5322) and the tree of its parts (RFC 2045, 2046), without copying any.

The standard library reads the words of fields here, but not the whole mail: its parser takes minutes on deep nesting
and on long address lists. Everything below is linear and bounded.
"""

from __future__ import annotations

import binascii
import quopri
import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import cached_property
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 12
"""Multiparts within each other; mail programs make up to five."""
MOST_PARTS: Final = 1000
HEADER_BYTES: Final = 262_144
"""Of one header; a dozen relays and signatures make some 20,000."""
_LONGEST_VALUE: Final = 8192
"""Characters of a field that are read: parameters take quadratic time in the standard library."""

_FIELD: Final = re.compile(rb"([!-9;-~]{1,80})[ \t]*:[ \t]*")
_HEADER_END: Final = re.compile(rb"(?:\A|(?<=\n)|(?<=\r)(?!\n))(?=\r?\n|\r)")
_LINES: Final = re.compile(rb"\r?\n|\r")
_FOLDING: Final = re.compile(r"[\r\n]+[ \t]*|[ \t]+")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=]+")
_BOUNDARY_CHARACTERS: Final = 200


@dataclass(frozen=True)
class Part:
    """A mail, or a part of one: its header fields and where its body is among the bytes of the whole.

    ``children`` are the parts of a multipart. ``is_whole`` tells that the multipart was closed as it should be.
    """

    raw: bytes
    start: int
    end: int
    fields: tuple[tuple[str, bytes], ...]
    children: list[Part] = field(default_factory=list)
    is_whole: bool = True

    def get(self, name: str) -> str:
        """The first field of a name (in lower case) as text, its encoded words read (RFC 2047); empty if missing."""
        return next(self.all(name), "")

    def all(self, name: str) -> Iterator[str]:
        """All fields of a name as text."""
        return (_words(value) for key, value in self.fields if key == name)

    def plain(self, name: str) -> str:
        """The first field of a name as it stands, unfolded: of addresses, whose words are read once they are parted."""
        return next((_unfolded(value) for key, value in self.fields if key == name), "")

    @cached_property
    def _message(self) -> Message:
        """The fields that have parameters, for the standard library to read."""
        message = Message()
        for name in ("content-type", "content-disposition"):
            if value := self.plain(name):
                message[name] = value[:_LONGEST_VALUE]
        return message

    @property
    def type(self) -> str:
        """The media type in lower case; ``text/plain`` if there is none that can be read (RFC 2045 section 5.2)."""
        return self._message.get_content_type()

    @property
    def disposition(self) -> str:
        """``attachment``, ``inline`` or nothing (RFC 2183)."""
        return (self._message.get_content_disposition() or "").lower()

    @property
    def filename(self) -> str:
        """The name that a part would be saved by, read by RFC 2231 or RFC 2047; empty if it has none."""
        name = self._message.get_filename() or ""
        return text.clean_line(decoded_words(name))

    def parameter(self, name: str) -> str:
        """A parameter of the media type."""
        found = self._message.get_param(name)
        return collapse_rfc2231_value(found) if found else ""

    @property
    def content(self) -> bytes:
        """The body with its transfer encoding undone (RFC 2045 section 6).

        Raises:
            SeedError: it is encoded in a way that is not understood.
        """
        body, encoding = self.raw[self.start : self.end], self.plain("content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return _from_base64(body)
        if encoding == "quoted-printable":
            return quopri.decodestring(body)
        if encoding.rstrip(";") not in {"", "7bit", "8bit", "binary", "7-bit", "8-bit"}:
            raise SeedError(f"the transfer encoding {encoding[:40]!r} is not understood", offset=self.start)
        return body

    def walk(self) -> Iterator[Part]:
        """This part and all within it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(raw: bytes) -> Part:
    """The tree of a mail.

    Raises:
        UnfinishedError: it ends within its header.
        SeedError: its header is too long, or it has too many parts or levels.
    """
    return _Reader(raw).part(0, len(raw), 0)


def fields_of(head: bytes) -> dict[str, bytes]:
    """The first field of each name (in lower case) in the header that some bytes begin with; empty if they do not."""
    if _FIELD.match(head) is None:
        return {}
    return dict(reversed(list(_fields(head, strict=True))))


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parts = 0

    def part(self, start: int, end: int, depth: int) -> Part:
        self._parts += 1
        if self._parts > MOST_PARTS or depth > DEEPEST:
            raise SeedError(f"more than {MOST_PARTS} parts, or {DEEPEST} within each other", offset=start)
        found = _HEADER_END.search(self._raw, start, min(end, start + HEADER_BYTES))
        if found is None and end - start > HEADER_BYTES:
            raise SeedError(f"the header has more than {HEADER_BYTES} bytes", offset=start)
        if found is None and not depth:
            raise UnfinishedError("the mail is cut off: its header has no end")
        stop = found.end() if found else end
        body = _LINES.match(self._raw, stop, end)
        fields = tuple(_fields(self._raw[start:stop]))
        part = Part(self._raw, body.end() if body else end, end, fields)
        return self._with_children(part, depth) if part.type.startswith("multipart/") else part

    def _with_children(self, part: Part, depth: int) -> Part:
        boundary = part.parameter("boundary").rstrip()
        if not boundary or len(boundary) > _BOUNDARY_CHARACTERS:
            raise SeedError("a multipart without a boundary", offset=part.start)
        spans, is_whole = _spans(part, boundary.encode("utf-8", "surrogateescape"))
        children = [self.part(start, end, depth + 1) for start, end in spans]
        return Part(part.raw, part.start, part.end, part.fields, children, is_whole)


def _spans(part: Part, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts of a multipart are, and whether it is closed (RFC 2046 section 5.1.1)."""
    line = re.compile(rb"(?:\A|(?:(?<=\n)|(?<=\r)))--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
    spans: list[tuple[int, int]] = []
    begins: int | None = None
    for found in line.finditer(part.raw, part.start, part.end):
        if begins is not None:
            spans.append((begins, _before_line_end(part.raw, begins, found.start())))
        if found[1]:
            return spans, True
        begins = found.end()
    if begins is not None:
        spans.append((begins, part.end))
    return spans, False


def _before_line_end(raw: bytes, start: int, end: int) -> int:
    """The end without the line end before it, which belongs to the boundary."""
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
    return end - 1 if end > start and raw[end - 1 : end] == b"\r" else end


def _fields(header: bytes, *, strict: bool = False) -> Iterator[tuple[str, bytes]]:
    """The fields of a header, names in lower case, values with their folding; ``strict`` ends at what is none."""
    name, value = "", [b""]
    for line in _LINES.split(header):
        if line[:1] in {b" ", b"\t"} and name:
            value.append(line)
            continue
        if name:
            yield name, b"\n".join(value)
        found = _FIELD.match(line)
        if found is None and strict:
            return
        name, value = (found[1].decode("ascii").lower(), [line[found.end() :]]) if found else ("", [b""])
    if name:
        yield name, b"\n".join(value)


def _unfolded(value: bytes) -> str:
    """A value on one line; bytes beyond ASCII are UTF-8 (RFC 6532), or what they look like."""
    value = value[: _LONGEST_VALUE * 4].replace(b"\0", b"")
    try:
        found = value.decode("ascii")
    except UnicodeDecodeError:
        found = readable(value, None)
    return _FOLDING.sub(" ", found).strip()[:_LONGEST_VALUE]


def _words(value: bytes) -> str:
    return decoded_words(_unfolded(value))


def decoded_words(value: str) -> str:
    """Text with its encoded words read (RFC 2047); a word that cannot be read stays as it is."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(_word(piece, charset) for piece, charset in pieces)


def _word(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    if charset is None:
        return piece.decode("raw-unicode-escape")  # what decode_header makes of the text between encoded words
    return readable(piece, charset.partition("*")[0])  # with a language behind it (RFC 2231 section 5)


def readable(raw: bytes, charset: str | None) -> str:
    """Some bytes of a field as text, in the best way there is; never raises."""
    try:
        return text.decode(raw, declared=charset)[0] if raw else ""
    except SeedError:
        return raw.decode("latin-1")


def _from_base64(body: bytes) -> bytes:
    packed = _NOT_BASE64.sub(b"", body).partition(b"=")[0]
    if len(packed) % 4 == 1:
        raise UnfinishedError("the base64 ends in the middle of a character")
    return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))
