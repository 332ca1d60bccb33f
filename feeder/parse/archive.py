"""What lies within an archive: each file of it, read by its own parser, under limits that no bomb gets through.

An archive in an archive is not opened. Where the packed bytes are read, ``gzip_file`` and ``zip_file`` know; this is
what holds for both.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from feeder import parse
from feeder.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

MEMBER_BYTES: Final = 64 * 1_048_576
"""Unpacked bytes of a file that its parser cannot stream; as ``limits.file_bytes`` is by default."""
LARGEST_RATIO: Final = 200
"""Unpacked bytes for each packed one. Text gives 3 to 20, the most repetitive tables and XML some 100, deflate's
utmost is 1032."""
_UNSUSPICIOUS_BYTES: Final = 4 * 1_048_576
"""So much may come out whatever the ratio: a small file of one letter is no bomb."""

_PACKED: Final = re.compile(
    rb"PK(?:\x03\x04|\x05\x06)|\x1f\x8b|BZh[1-9]|\xfd7zXZ\x00|7z\xbc\xaf|Rar!\x1a|\x28\xb5\x2f\xfd|.{257}ustar",
    re.DOTALL,
)


def is_bomb(packed: int, unpacked: int) -> bool:
    """Whether more came out than any text gives, by the bytes read and the bytes made of them."""
    return unpacked > max(_UNSUSPICIOUS_BYTES, packed * LARGEST_RATIO)


def drafts(member: str, reader: Reader) -> Iterator[Draft | SeedError]:
    """The articles of one file within an archive.

    Args:
        member: its path below the seeds folder, as if the archive were the folder that it lies in.
        reader: its unpacked bytes.

    Raises:
        SeedError: as its parser does, or because nobody claims it, it is an archive itself, or is too large.
    """
    head = _exactly(reader, parse.HEAD_BYTES)
    if _PACKED.match(head):
        raise SeedError("an archive within an archive is not opened; unpack it first", offset=0)
    parser = parse.parser_for(head, member)
    rest = Rest(head, reader, None if parser.streams else MEMBER_BYTES)
    for found in parser.parse(member, rest):
        if isinstance(found, SeedError):
            yield found
        else:
            yield replace(found, member=member, format=found.format or parser.name)


class Rest:
    """A reader that gives back what was looked at already, and refuses to go on above a limit (None: it has none)."""

    def __init__(self, head: bytes, reader: Reader, limit: int | None) -> None:
        self._head = head
        self._reader = reader
        self._limit = limit
        self._given = 0

    def read(self, size: int = -1, /) -> bytes:
        """As ``Reader``, and never fewer bytes than there are.

        Raises:
            SeedError: more than the limit has been read.
        """
        wanted = size if size >= 0 else (MEMBER_BYTES if self._limit is None else self._limit) + 1
        found, self._head = self._head[:wanted], self._head[wanted:]
        return self._counted(found + _exactly(self._reader, wanted - len(found)))

    def _counted(self, found: bytes) -> bytes:
        self._given += len(found)
        if self._limit is not None and self._given > self._limit:
            raise SeedError(f"more than {self._limit} bytes unpacked, which is no single file of articles")
        return found


def _exactly(reader: Reader, size: int) -> bytes:
    """So many bytes unless the file ends; a reader may give fewer at once."""
    pieces, left = [], size
    while left > 0 and (piece := reader.read(min(left, 1_048_576))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
