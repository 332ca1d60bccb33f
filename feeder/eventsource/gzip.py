"""A gzip stream read as it comes (RFC 1952): each event is there as soon as its bytes are."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITH_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
_PIECE_BYTES: Final = 256 * 1024


class Inflate:
    """One connection's coded stream; members that follow each other are one stream."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._has_begun = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: the last member has its end, with a checksum that is right."""
        return self._member.eof or not self._has_begun

    def feed(self, coded: bytes) -> Iterator[bytes]:
        """All that can be read now, in pieces of bounded size, whatever the bytes expand to.

        Raises:
            zlib.error: the bytes are not gzip, or a checksum is wrong.
        """
        self._has_begun |= bool(coded)
        is_full = False
        while coded or is_full:
            if self._member.eof:
                self._member = zlib.decompressobj(_WITH_GZIP_HEADER)
            plain = self._member.decompress(coded, _PIECE_BYTES)
            coded = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            is_full = len(plain) == _PIECE_BYTES and not self._member.eof  # there may be more without more bytes
            if plain:
                yield plain
