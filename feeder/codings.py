"""The content codings that documents are kept in, ready to be sent (RFC 9110 section 8.4.1).

A document is coded anew at each change, and all of its formats and codings have to be ready at once: how much time a
level takes counts for as much as how small it makes a feed (docs/decisions.md has the figures). None of them puts a
time or a name into its output, and all of them let other threads run meanwhile.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import brotli
import zstandard
from isal import igzip_lib

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IDENTITY: Final = "identity"
"""No coding."""

_LARGE_BYTES: Final = 128 * 1024
"""What is larger is coded one level more quickly: it would hold up all that changed with it."""

_kept = threading.local()


def _brotli(body: bytes) -> bytes:
    coded: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=1 if len(body) > _LARGE_BYTES else 2)
    return coded


def _zstd(body: bytes) -> bytes:
    """In a window of at most 2 MB: browsers refuse more than 8 (RFC 9659). A thread keeps what its coder works in."""
    level = 2 if len(body) > _LARGE_BYTES else 3
    coders: dict[int, zstandard.ZstdCompressor] = vars(_kept).setdefault("zstd", {})
    coder = coders.get(level) or coders.setdefault(level, zstandard.ZstdCompressor(level=level))
    return bytes(memoryview(coder.compress(body)))  # what it gives keeps the room that the worst case needs


def _gzip(body: bytes) -> bytes:
    """By ISA-L, whose levels go to 3 (about zlib's 3 in size); with a header that says no time and no system."""
    return igzip_lib.compress(body, 2 if len(body) > _LARGE_BYTES else 3, igzip_lib.COMP_GZIP)


CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}
"""What each coding makes of a document; the slowest first, so that none is waited for in the end."""


def encoded(body: bytes) -> dict[str, bytes]:
    """A document in every coding that makes it smaller."""
    return smaller(body, {coding: encode(body) for coding, encode in CODINGS.items()})


def smaller(body: bytes, coded: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those that are smaller than the document: a few bytes are sent as they are."""
    return {coding: made for coding, made in coded.items() if len(made) < len(body)}
