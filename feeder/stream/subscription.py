"""One reader of the stream: a cursor, a codec and a filter walking over frames that all readers share."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError
from feeder.stream import frames
from feeder.stream.cursor import Gap, Tip

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from feeder.bell import Listener
    from feeder.model import Event
    from feeder.stream.cursor import Start, Wish
    from feeder.stream.frames import Codec, Frame
    from feeder.stream.hub import Hub
    from feeder.stream.ring import Shared

CHUNK_BYTES: Final = 65536
"""A chunk grows to about this size, so that a slow reader holds no more than one in its transport."""

_GOODBYE_MILLISECONDS: Final = (1_000, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a reader wants of the stream.

    ``matches`` sees events without their content; None takes all. ``feed`` is the address of the feed document
    that a gap points to. With ``poll`` the stream ends when all that is there has been read.
    """

    codec: Codec
    feed: str
    matches: Callable[[Event], bool] | None = None
    poll: bool = False


@asynccontextmanager
async def subscribe(hub: Hub, wish: Wish, terms: Terms) -> AsyncIterator[Subscription]:
    """A reader, from where it wishes to read on, for as long as the block lasts.

    Raises:
        UnavailableError: the log cannot be read now.
    """
    hub.counts.listeners += 1
    hub.counts.connections += 1
    try:
        with hub.bell.listen() as ear:
            yield Subscription(hub, ear, await hub.resolve_wish(wish), terms)
    finally:
        hub.counts.listeners -= 1


class Subscription:
    """A reader's walk along the log; made by ``subscribe``."""

    def __init__(self, hub: Hub, ear: Listener, start: Start, terms: Terms) -> None:
        self._hub = hub
        self._ear = ear
        self._start = start
        self._terms = terms
        self._seq, self._id = start.after, start.id
        self._told = start.wish.words
        """The last id that the reader knows of: it hands this one back."""
        self._vouched: str | None = None
        """The id of the last checkpoint: saying it again would say nothing."""
        self._rest: Sequence[Shared] = ()
        self._retractions = hub.retractions
        self._time = asyncio.get_running_loop().time
        self._spoke = self._time()
        self._ends = self._spoke + (hub.settings.lifetime_seconds * (0.8 + 0.2 * hub.jitter()) or math.inf)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The stream, in chunks of whole frames, each ready to be written.

        The first comes at once; later ones are made when they are asked for, so who writes slowly asks rarely
        and holds nothing up.
        """
        yield self._say(self._opening())
        while not self._is_over:
            if chunk := await self._advance():
                yield self._say(chunk)
            elif self._time() >= self._speaks_by:
                yield self._say(self._sign_of_life())
            elif self._has_read_all:
                if self._terms.poll:
                    yield self._say(b"" if self._vouched == self._id else self._checkpoint())
                    return
                await self._ear.wait(self._patience())
        yield self._say(self._written(frames.goodbye(self._hub.spread(*_GOODBYE_MILLISECONDS))))

    @property
    def _is_over(self) -> bool:
        return self._hub.is_closing or self._time() >= self._ends

    @property
    def _has_read_all(self) -> bool:
        return self._seq >= max(self._hub.head, self._start.until)

    @property
    def _speaks_by(self) -> float:
        # A little early, so that it has arrived in time.
        return self._spoke + (0.9 * self._hub.settings.heartbeat_seconds or math.inf)

    def _patience(self) -> float | None:
        """Seconds until the reader must hear something, or its time is over; None for ever."""
        left = min(self._speaks_by, self._ends) - self._time()
        return None if left == math.inf else max(left, 0)

    async def _advance(self) -> bytes:
        """Go on by a chunk's worth of events; nothing if none of them matched, or none is there."""
        try:
            if await self._fetch():
                return self._take()
            return b"" if self._has_read_all else await self._jump()
        except UnavailableError:
            await asyncio.sleep(self._hub.pause_seconds())
            return b""

    async def _fetch(self) -> bool:
        """Have the next events at hand; false if there are none, or the next one is missing."""
        if self._retractions != self._hub.retractions:
            self._rest = ()  # what has been withdrawn meanwhile must not be told any more
        if not self._rest:
            self._retractions = self._hub.retractions
            self._rest = await self._hub.after(self._seq, self._start.until)
        if self._rest and self._rest[0].seq != self._seq + 1:
            self._rest = ()
        return bool(self._rest)

    def _take(self) -> bytes:
        matches, codec = self._terms.matches, self._terms.codec
        parts: list[bytes] = []
        size, last = 0, self._rest[0]
        for shared in self._rest:
            last = shared
            if matches is None or matches(shared.event):
                parts.append(shared.frame.written(codec))
                size += len(parts[-1])
                self._told = shared.event.cursor
            if size >= CHUNK_BYTES:
                break
        self._rest = self._rest[last.seq - self._seq :]
        self._seq, self._id = last.seq, last.event.cursor
        self._hub.counts.frames += len(parts)
        return b"".join(parts)

    async def _jump(self) -> bytes:
        """The log has forgotten what this reader was still to read: say so, and go on at the oldest kept."""
        start = await self._hub.earliest()
        if start.after <= self._seq:
            raise UnavailableError(f"the log says that it has event {self._seq + 1}, but does not give it")
        gap = Gap(self._id, start.id, start.after - self._seq, "expired")
        self._seq, self._id = start.after, start.id
        return self._gap(gap)

    def _opening(self) -> bytes:
        # A byte at once, even when there is nothing to say: it shows the way through every proxy.
        chunk = b"" if self._terms.poll else frames.HEARTBEATS[self._terms.codec]
        if self._start.gap is not None:
            return chunk + self._gap(self._start.gap)
        return chunk + self._checkpoint() if isinstance(self._start.wish.place, Tip) else chunk

    def _gap(self, gap: Gap) -> bytes:
        self._hub.counts.gaps[gap.reason] += 1
        return self._written(frames.gap(gap, self._terms.feed)) + self._checkpoint()

    def _sign_of_life(self) -> bytes:
        """A heartbeat; or, when others' events have passed by, the place up to which all has been read."""
        return frames.HEARTBEATS[self._terms.codec] if self._id == self._told else self._checkpoint()

    def _checkpoint(self) -> bytes:
        self._told = self._vouched = self._id
        return self._written(frames.checkpoint(self._id, self._hub.clock()))

    def _written(self, frame: Frame) -> bytes:
        return frame.written(self._terms.codec)

    def _say(self, chunk: bytes) -> bytes:
        self._spoke = self._time()
        self._hub.counts.bytes += len(chunk)
        return chunk
