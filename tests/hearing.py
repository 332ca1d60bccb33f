"""A listener at the far end of a real socket, without HTTP: what the hub sends it, as a browser would read it."""

from __future__ import annotations

import asyncio
import json
import socket
import zlib
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from feeder.model import Kind
from feeder.stream import Choice, Codec, Hub, Settings, Terms, Wire, read_wish
from memory_log import START
from sse_reader import SpecReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from feeder.model import Event
    from feeder.stream.listener import Listener
    from memory_log import MemoryLog
    from sse_reader import Told


FEED = "https://example.org/feeds/all.json"
PROMPT = Settings(heartbeat_seconds=30, look_seconds=30, ring_frames=16)
"""Nothing happens by the clock, unless a test wants it to."""


def terms(
    *, codec: Codec = Codec.SSE, gzip: bool = False, choice: Choice | None = None, poll: bool = False, snapshot: int = 0
) -> Terms:
    """Bare frames of everything, unless something else is said."""
    wire = Wire(codec, is_gzip=gzip, is_chunked=False)
    given = {} if choice is None else {"choice": choice}
    return Terms(wire=wire, feed=FEED, poll=poll, snapshot=snapshot, **given)


class Ear:
    """One listener."""

    def __init__(self, listener: Listener, reader: asyncio.StreamReader, *, gzip: bool) -> None:
        self.listener = listener
        self.spec = SpecReader()
        self.is_ended = False
        self.plain = bytearray()
        self.received = 0
        self._reader = reader
        self.inflate = zlib.decompressobj(31) if gzip else None

    @property
    def told(self) -> list[Told]:
        return self.spec.told

    @property
    def names(self) -> list[str]:
        return self.spec.names

    @property
    def ids(self) -> list[str]:
        return [told.last_id for told in self.told]

    @property
    def seqs(self) -> list[int]:
        return [json.loads(told.data)["seq"] for told in self.told if told.name in set(Kind)]

    async def hear(self, enough: Callable[[], bool] = lambda: False, *, most_bytes: int = 1 << 16) -> None:
        """Read on until it is enough, or the connection has ended."""
        async with asyncio.timeout(10):
            while not self.is_ended and not enough():
                piece = await self._reader.read(most_bytes)
                self.is_ended = not piece
                self.received += len(piece)
                plain = self.inflate.decompress(piece) if self.inflate else piece
                self.plain += plain
                if self.listener.channel.wire.codec is Codec.SSE:
                    self.spec.feed(plain)


@asynccontextmanager
async def hearing(
    hub: Hub, words: str = "", *, since: str | None = None, buffer: int = 0, **wants: Any
) -> AsyncIterator[Ear]:
    """Listen, from a cursor on if one is given; ``buffer`` bounds what the kernel holds of what is not read."""
    wanted = terms(**wants)
    ours, theirs = socket.socketpair()
    for one in (ours, theirs):
        one.setblocking(False)
        if buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    seat = hub.admission.enter(None)
    assert seat is not None
    try:
        walk = await hub.open(read_wish(words.encode(), None, since, now=START), wanted)
    except BaseException:
        seat.leave()
        ours.close()
        theirs.close()
        raise
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
    reader, writer = await asyncio.open_connection(sock=theirs)
    listener = hub.take(transport, b"", walk, wanted, seat)
    try:
        yield Ear(listener, reader, gzip=wanted.wire.is_gzip)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def read_all(hub: Hub, *, since: str = "earliest", words: str = "", **wants: Any) -> Ear:
    """All that a poll is told."""
    async with hearing(hub, words, since=None if words else since, poll=True, **wants) as ear:
        await ear.hear()
        return ear


def encode(event: Event) -> bytes:
    gone = event.retracted or event.kind is Kind.RETRACTED
    return json.dumps({"seq": event.seq, "content": None if gone else f"of {event.seq}"}).encode()


@asynccontextmanager
async def following(hub: Hub) -> AsyncIterator[Hub]:
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def hub_of(log: MemoryLog, settings: Settings = PROMPT, **others: Any) -> Hub:
    return Hub(log, others.pop("encode", encode), clock=lambda: START, jitter=lambda: 0.5, settings=settings, **others)


def in_section(name: str) -> Choice:
    return Choice(sections=frozenset({name}))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)
