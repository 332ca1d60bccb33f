"""gzip read as it arrives: what could be decoded of it after each piece (RFC 1952). Pure."""

from __future__ import annotations

import zlib
from typing import Final

_MOST_BYTES: Final = 64 * 1024 * 1024


class Inflater:
    """A decoder fed in pieces of any size. ``is_ended`` once a trailer has come whose sums are right."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._zlib = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._size = 0

    @property
    def is_ended(self) -> bool:
        """Whether the one member is complete."""
        return self._zlib.eof

    def take(self, raw: bytes) -> bytes:
        """All that a reader can have of the content by now, of what it has not had yet."""
        if self.complaints or not raw:
            return b""
        if self.is_ended:
            self.complaints.append("bytes follow the gzip trailer; browsers read one member only")
            return b""
        return self._inflated(raw)

    def _inflated(self, raw: bytes) -> bytes:
        try:
            plain = self._zlib.decompress(raw, _MOST_BYTES - self._size)
        except zlib.error as error:
            self.complaints.append(f"it is not gzip: {error}")
            return b""
        self._size += len(plain)
        if self._zlib.unconsumed_tail:
            self.complaints.append(f"it inflates to more than {_MOST_BYTES} bytes")
        if self._zlib.unused_data:
            self.complaints.append("bytes follow the gzip trailer; browsers read one member only")
        return plain
