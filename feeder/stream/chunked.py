"""The chunked transfer coding (RFC 9112 section 7.1): how a body without a known length is cut on HTTP/1.1. Pure."""

from __future__ import annotations

from typing import Final

LAST: Final = b"0\r\n\r\n"
"""The end of a body: the last chunk, and no trailer fields."""


def chunk(data: bytes) -> bytes:
    """The bytes as one chunk; nothing for no bytes, because a chunk of length 0 would be the end of the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
