"""An answer while it comes: framing, coding and text taken apart, and when each byte was there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.conform.chunks import Chunks
from feeder.conform.inflate import Inflater
from feeder.conform.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.conform.head import Head
    from feeder.conform.target import Ask
    from feeder.conform.text import Block

MOST_BYTES: Final = 16 * 1024 * 1024
"""What is read of one answer; who has more to say is not heard out."""

_PIECE: Final = 64 * 1024
_BODILESS: Final = (204, 304)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One read from the socket: when, how many bytes of the body, and how many bytes of text they gave."""

    at: float
    raw: int
    text: int


class Answer:
    """A head, and a body that is read by ``listen``.

    ``asked`` and all other moments are of the loop's clock; ``connecting_seconds`` is how long the connection took.
    ``surplus`` is what came where no body can be.
    """

    def __init__(
        self, ask: Ask, head: Head, reader: asyncio.StreamReader, *, asked: float, connecting_seconds: float
    ) -> None:
        self.ask = ask
        self.head = head
        self.asked = asked
        self.connecting_seconds = connecting_seconds
        self.headed = asyncio.get_running_loop().time()
        self.arrivals: list[Arrival] = []
        self.plain = bytearray()
        self.text = Text()
        self.chunks = Chunks() if "chunked" in head.members("transfer-encoding") else None
        self.inflater = Inflater() if head["content-encoding"].strip().lower() in {"gzip", "x-gzip"} else None
        self.listened = self.headed
        self.is_closed = False
        self.surplus = b""
        self._reader = reader
        self._received = 0

    @property
    def blocks(self) -> list[Block]:
        """The blocks of the text so far."""
        return self.text.blocks

    @property
    def is_bodiless(self) -> bool:
        """Whether there can be no body (RFC 9112 section 6.3)."""
        return self.ask.method == "HEAD" or self.head.status in _BODILESS

    @property
    def length(self) -> int | None:
        """What ``Content-Length`` says, if it counts."""
        said = self.head["content-length"]
        return int(said) if said.isascii() and said.isdigit() and self.chunks is None else None

    @property
    def is_ended(self) -> bool:
        """Whether the server has said all it wanted to say, as its framing tells."""
        if self.is_bodiless:
            return True
        if self.chunks is not None:
            return self.chunks.is_ended
        return self._received >= self.length if self.length is not None else self.is_closed

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come."""
        return self.is_closed or self.is_ended

    @property
    def first_byte(self) -> float | None:
        """When the first byte of text was there."""
        return next((one.at for one in self.arrivals if one.text), None)

    @property
    def complaints(self) -> list[str]:
        """What is wrong about framing and coding."""
        return [*(self.chunks.complaints if self.chunks else []), *(self.inflater.complaints if self.inflater else [])]

    def take(self, raw: bytes) -> None:
        """Bytes of the body have come."""
        if not raw:
            return
        if self.is_bodiless:
            self.surplus += raw
            return
        now = asyncio.get_running_loop().time()
        self._received += len(raw)
        piece = self.chunks.take(raw) if self.chunks else raw
        text = self.inflater.take(piece) if self.inflater else piece
        self.arrivals.append(Arrival(now, len(raw), len(text)))
        self.plain += text
        if self.head.media_type == "text/event-stream":
            self.text.take(text, now)

    async def listen(self, seconds: float, enough: Callable[[Answer], bool] | None = None) -> Answer:
        """Read until nothing more can come, it is enough, the time is over, or there has been too much."""
        until = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(until):
                while not (self.is_over or (enough is not None and enough(self)) or self._received > MOST_BYTES):
                    await self._read()
        except TimeoutError:
            pass
        self.listened = asyncio.get_running_loop().time()
        return self

    async def beyond(self, seconds: float) -> bytes:
        """What comes after an answer that should have none, or no more: nothing, if all is well."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_closed:
                    await self._read()
        except TimeoutError:
            pass
        return self.surplus

    async def _read(self) -> None:
        try:
            raw = await self._reader.read(_PIECE)
        except ConnectionError:
            raw = b""
        self.is_closed = not raw
        self.take(raw)
