"""A file packed with gzip (RFC 1952): unpacked on the way, whatever its size, and read as what it then is."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError
from feeder.parse import archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

TOTAL_BYTES: Final = 16 * 1024**3
"""Unpacked bytes of one file. They pass in bounded memory; a dump of a million articles has about 5 GB."""

_MAGIC: Final = b"\x1f\x8b"
_DEFLATE: Final = 8
_CHUNK_BYTES: Final = 65_536
_WITH_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
_EXTRA, _NAME = 4, 8
"""Flags of the header (RFC 1952 section 2.3.1)."""
_HEADER_BYTES: Final = 10
_LONGEST_NAME: Final = 255


class Gzip:
    """The parser of gzip files."""

    name = "gzip"
    precedence = 0
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (its signature tells all)
        """By its first two bytes; see ``Parser``."""
        return head.startswith(_MAGIC)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """The articles of the file that is packed in it; see ``Parser``."""
        unpacked = Unpacked(reader)
        unpacked.fill(1)
        yield from archive.drafts(_inner(name, unpacked.stored_name), unpacked)
        while unpacked.read(_CHUNK_BYTES):
            pass  # a parser that saw enough may have left the end, and the check sum is there
        if unpacked.strays:
            yield SeedError("something that is not gzip follows the packed data; it was left out", offset=unpacked.at)


def _inner(name: str, stored: str) -> str:
    """The path of what is packed: without ``.gz``, else by the name that the file itself stores, in the same folder."""
    folder, slash, last = name.rpartition("/")
    stem, _, suffix = last.rpartition(".")
    if stem and suffix.lower() in {"gz", "gzip"}:
        return f"{folder}{slash}{stem}"
    return f"{folder}{slash}{stored or last}"


class Unpacked:
    """A ``Reader`` of what is packed in the bytes of another; several members stand for one file (section 2.2).

    ``at`` is the byte of the packed file that is worked on, ``strays`` tells that it goes on with something else.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._packed = b""
        self._ready = bytearray()
        self._stream = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._begun = False
        self._ended = False
        self._read = 0
        self._made = 0
        self.stored_name = ""
        self.strays = False

    @property
    def at(self) -> int:
        """The offset of the next byte that was not unpacked yet."""
        return self._read - len(self._packed)

    def read(self, size: int = -1, /) -> bytes:
        """As ``Reader``; without a size as much as one file may have.

        Raises:
            UnfinishedError: the packed data ends in the middle.
            SeedError: it is damaged, or a bomb.
        """
        wanted = archive.MEMBER_BYTES + 1 if size < 0 else size
        self.fill(wanted)
        found = bytes(self._ready[:wanted])
        del self._ready[:wanted]
        return found

    def fill(self, size: int) -> None:
        """Unpack until so many bytes are ready or all is read."""
        while len(self._ready) < size and not self._ended:
            if not self._packed and not self._next_chunk():
                return
            self._inflate()

    def _next_chunk(self) -> bool:
        self._packed = self._reader.read(_CHUNK_BYTES)
        if not self._read:
            self.stored_name = _stored_name(self._packed)
        self._read += len(self._packed)
        if self._packed:
            return True
        if self._begun or not self._read:
            raise UnfinishedError("the gzip file is cut off", offset=self._read)
        self._ended = True
        return False

    def _inflate(self) -> None:
        """Unpack some of what was read; at the end of a member another one may follow, or padding."""
        if not self._begun and not self._begins():
            return
        try:
            made = self._stream.decompress(self._packed, _CHUNK_BYTES)
        except zlib.error as error:
            raise SeedError(f"the gzip file is damaged: {_why(error)}") from None
        self._packed = self._stream.unconsumed_tail or self._stream.unused_data
        self._ready += made
        self._count(len(made))
        if self._stream.eof:
            self._stream, self._begun = zlib.decompressobj(_WITH_GZIP_HEADER), False

    def _begins(self) -> bool:
        """Whether a member begins here; zeros are padding of tapes and block devices."""
        if self.at:
            self._packed = self._packed.lstrip(b"\0")
        if not self._packed:
            return False
        self.strays = self.at > 0 and not _MAGIC.startswith(self._packed[: len(_MAGIC)])
        self._begun, self._ended = not self.strays, self.strays
        return self._begun

    def _count(self, made: int) -> None:
        self._made += made
        if archive.is_bomb(self._read, self._made) or self._made > TOTAL_BYTES:
            raise SeedError(f"{self._read} bytes unpack to more than {self._made}: a bomb", offset=self.at)


def _why(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2]


def _stored_name(head: bytes) -> str:
    """The name in the header, without any folder; empty if there is none or it is no text."""
    if len(head) < _HEADER_BYTES or head[2] != _DEFLATE or not head[3] & _NAME:
        return ""
    start = _HEADER_BYTES
    if head[3] & _EXTRA:
        start += 2 + int.from_bytes(head[start : start + 2], "little")
    found, end, _ = head[start : start + _LONGEST_NAME].partition(b"\0")
    try:
        name = found.decode("utf-8") if end else ""
    except UnicodeDecodeError:
        name = found.decode("latin-1")
    last = text.clean_line(name).replace("\\", "/").rpartition("/")[2]
    return "" if last in {".", ".."} else last


PARSER: Final = Gzip()
