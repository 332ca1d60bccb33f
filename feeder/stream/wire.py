"""What plain frames become on a connection: a content coding around them, and the chunks of HTTP/1.1. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.stream.chunked import LAST, chunk
from feeder.stream.deflate import HEADER, key_frame

if TYPE_CHECKING:
    from feeder.stream.deflate import Tally
    from feeder.stream.frames import Codec


@dataclass(frozen=True, slots=True)
class Wire:
    """How a connection is written: ``codec`` says what a frame is, the rest how frames become bytes."""

    codec: Codec
    is_gzip: bool = False
    is_chunked: bool = True

    @property
    def name(self) -> str:
        """For those who count: ``sse``, ``sse-gzip``, ``ndjson``, ``ndjson-gzip``."""
        return self.codec.name.lower() + ("-gzip" if self.is_gzip else "")

    def framed(self, coded: bytes) -> bytes:
        """Bytes that are coded already, as they stand on the connection."""
        return chunk(coded) if self.is_chunked and coded else coded

    def start(self) -> bytes:
        """What stands in front of everything."""
        return self.framed(HEADER) if self.is_gzip else b""

    def piece(self, plain: bytes) -> bytes:
        """Plain frames as they may follow anything."""
        return self.framed(key_frame(plain)) if self.is_gzip and plain else self.framed(plain)

    def end(self, sent: Tally) -> bytes:
        """What ends the stream properly, after all that was sent."""
        trailer = self.framed(sent.trailer()) if self.is_gzip else b""
        return trailer + LAST if self.is_chunked else trailer
