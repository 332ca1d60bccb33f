"""The stream in gzip, compressed once for all listeners (RFC 1951, RFC 1952). Pure.

What a listener gets is one gzip member: ``HEADER``, pieces of deflate, and at a clean end ``Tally.trailer``. Every
piece ends at a byte and can be read the moment it is there. There are two sorts:

- ``key_frame`` refers to nothing in front of it. It may follow any other piece, whatever the listener has got before:
  for who has just come, who catches up, who gets what nobody else does.
- ``Window.push`` refers to what was pushed before, which makes it a third smaller. It is for those who got every push
  since a key push, in order, and no other piece in between. Whoever falls out joins again at the next key push.

The trailer wants the CRC and the length of all that one listener was sent. A channel keeps one ``Tally`` of what it
sends to all; what it sent to one of them lies between two values of it. So a round costs one CRC, not one for each::

    came = channel.tally                                # when a listener comes
    sent = sent.then(channel.tally.since(came))         # what all got meanwhile ...
    sent, came = sent.plus(private), channel.tally      # ... and then this listener alone
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from isal import isal_zlib

HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""How a gzip member begins: deflate, no name, no time, no system; the same for all."""

KEY_BYTES: Final = 64 * 1024
"""So many plain bytes, twice what deflate can look back on, go from one key push to the next (docs/decisions.md)."""

_LEVEL: Final = 3
_RAW: Final = -15  # deflate without a header or trailer of its own, looking back on 32 KiB
_FINAL_BLOCK: Final = b"\x03\x00"  # the last block, empty, in the fixed code
_TRAILER: Final = struct.Struct("<II")
_ISIZE_MODULUS: Final = 1 << 32


class Tally(NamedTuple):
    """What a gzip trailer says of a sequence of bytes: ``crc`` is its CRC-32, ``size`` its true length in bytes."""

    crc: int = 0
    size: int = 0

    def plus(self, plain: bytes) -> Tally:
        """The same sequence with these bytes behind it."""
        return Tally(isal_zlib.crc32(plain, self.crc), self.size + len(plain))

    def then(self, other: Tally) -> Tally:
        """This sequence with the other one behind it; the bytes themselves are not needed."""
        return Tally(isal_zlib.crc32_combine(self.crc, other.crc, other.size), self.size + other.size)

    def since(self, earlier: Tally) -> Tally:
        """What came after ``earlier``, a tally of the beginning of this sequence.

        Raises:
            ValueError: the beginning is longer than the sequence.
        """
        size = self.size - earlier.size
        if size < 0:
            raise ValueError(f"{earlier.size} bytes are no beginning of {self.size}")
        # Combining XORs the shifted first part with the second; doing it with the whole takes the first part out.
        return Tally(isal_zlib.crc32_combine(earlier.crc, self.crc, size), size)

    def trailer(self) -> bytes:
        """The end of a gzip member that holds this sequence: a final block, the CRC, the length modulo 2^32."""
        return _FINAL_BLOCK + _TRAILER.pack(self.crc, self.size % _ISIZE_MODULUS)


def key_frame(plain: bytes) -> bytes:
    """The bytes as a piece that refers to nothing before it; the same for the same bytes; nothing for no bytes."""
    return _compressed(_compressor(), plain) if plain else b""


class Window:
    """What the listeners of one channel have in common to look back on; some 120 KB of memory once it is used."""

    __slots__ = ("_compressor", "_pushed")

    def __init__(self) -> None:
        self._compressor = _compressor()
        self._pushed = 0

    def push(self, plain: bytes) -> tuple[bytes, bool]:
        """The bytes as the next piece for who got every push since the last key push, and whether this is a key push.

        A key push is what ``key_frame`` makes of the same bytes, so one piece may go to all. The same pushes give the
        same pieces. No bytes are no piece and no key push.
        """
        if not plain:
            return b"", False
        if self._pushed >= KEY_BYTES:
            self.restart()
        is_key = self._pushed == 0
        self._pushed += len(plain)
        return _compressed(self._compressor, plain), is_key

    def restart(self) -> None:
        """Let the next push be a key push: right when no fewer listeners wait for one than would lose by it.

        Also when nobody is left who got every push. What was used to look back on is given back.
        """
        self._compressor = _compressor()
        self._pushed = 0


def _compressor() -> isal_zlib.Compress:
    """A new one: that costs less than a copy of one of zlib's, and owes nothing to what was compressed before."""
    return isal_zlib.compressobj(_LEVEL, wbits=_RAW)


def _compressed(compressor: isal_zlib.Compress, plain: bytes) -> bytes:
    return compressor.compress(plain) + compressor.flush(isal_zlib.Z_SYNC_FLUSH)
