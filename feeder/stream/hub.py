"""The road out to listeners: one follower of the log, frames shared by all, a cursor for each reader.

The follower reads the log after its own cursor whenever the bell rings (and every second or so, should a ring
be lost), encodes each event once and lays it into the ring. A reader walks from its cursor over the ring, and
over pages of the log where it has fallen off; first connect, replay, reconnect and a slow client are one loop.
There is no queue to overflow and no seam between history and live.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.model import Kind
from feeder.stream import frames
from feeder.stream.cursor import Earliest, Known, Moment, Wish, resolve
from feeder.stream.ring import Ring, Shared, bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Event
    from feeder.store import Log
    from feeder.stream.cursor import Start
    from feeder.stream.frames import Frame

PAGE: Final = 128
"""Events in one read of the log."""

_ENCODED_INLINE: Final = 8
"""More events than this are encoded in a thread, so that the loop stays free."""

_BUSY_MILLISECONDS: Final = (15_000, 90_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The hub's measures; of those in seconds and of numbers of listeners 0 means no limit."""

    heartbeat_seconds: float = 15
    lifetime_seconds: float = 3600
    max_listeners: int = 20_000
    max_per_address: int = 100
    look_seconds: float = 1
    retention_days: float = 0
    ring_frames: int = 4096
    ring_bytes: int = 32 * 1024 * 1024


@dataclass(slots=True)
class Counts:
    """What the hub has done since it began; plain numbers for whoever wants to show them."""

    listeners: int = 0
    connections: int = 0
    busy: int = 0
    encoded: int = 0
    pages: int = 0
    frames: int = 0
    bytes: int = 0
    dropped: int = 0
    gaps: Counter[str] = field(default_factory=Counter)


class Hub:
    """All live readers of one log in this process.

    ``encode`` makes an event's JSON item, one line; it must be pure, as threads call it. ``clock`` is aware
    UTC. ``jitter`` gives numbers from 0 up to 1: it spreads what would otherwise happen to all at once.
    """

    def __init__(
        self,
        log: Log,
        encode: Callable[[Event], bytes],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock
        self.jitter = jitter
        self.counts = Counts()
        self.bell = Bell()
        self.head = 0
        """The last event that the follower has taken in."""
        self.trouble: str | None = "the stream has not caught up with the log yet"
        """Why the stream is not ready; None when it is."""
        self.retractions = 0
        """How many retractions the follower has met: whoever holds events from before one must read anew."""
        self.is_closing = False
        self._log = log
        self._encode = encode
        self._ring = Ring(self._share, frames=self.settings.ring_frames, size_bytes=self.settings.ring_bytes)
        self._pages: dict[int, asyncio.Task[list[Shared]]] = {}

    @property
    def is_full(self) -> bool:
        """Whether as many readers listen as may."""
        return 0 < self.settings.max_listeners <= self.counts.listeners

    async def run(self) -> None:
        """Follow the log until cancelled."""
        with self._log.bell.listen() as ear:
            while True:
                await ear.wait(self.settings.look_seconds)
                try:
                    await self._catch_up()
                except UnavailableError as error:
                    self.trouble = f"the stream cannot read the log: {error}"
                    await asyncio.sleep(self.pause_seconds())
                else:
                    self.trouble = None

    def close(self) -> None:
        """Say goodbye to every reader; each one's stream ends after the chunk that it is being sent."""
        self.is_closing = True
        self.bell.ring()

    async def after(self, seq: int, until: int) -> Sequence[Shared]:
        """The next events above ``seq`` that are known to be there (up to the head, or ``until``), some at a time.

        Nothing if all has been read; the first one's number is above ``seq + 1`` if the log has forgotten what
        was in between.
        """
        if seq >= max(self.head, until):
            return ()
        shared = self._ring.after(seq, PAGE)
        return shared if shared is not None else await self._page_after(seq)

    async def earliest(self) -> Start:
        """The place in front of the oldest event that the log still keeps."""
        return await self.resolve_wish(Wish(Earliest()))

    def pause_seconds(self) -> float:
        """How long to wait for a log that is away: jittered, so that not all come back to it at once."""
        return self.settings.look_seconds * (0.5 + self.jitter())

    def spread(self, least: int, most: int) -> int:
        """A whole number between two, another for each reader."""
        return least + int(self.jitter() * (most - least))

    def turned_away(self) -> Frame:
        """What a reader is told for whom there is no room now."""
        self.counts.busy += 1
        return frames.busy(self.spread(*_BUSY_MILLISECONDS))

    async def _catch_up(self) -> None:
        bounds = await self._log.bounds()
        # A full ring is all that is worth reading at the start.
        self.head = max(self.head, bounds.oldest - 1, bounds.newest - self.settings.ring_frames)
        if not self.counts.listeners and bounds.newest - self.head > PAGE:
            self._skip_to(bounds.newest)
        while found := await self._log.read(self.head, PAGE):
            self._take(await self._share_all(found))
            self.bell.ring()

    def _skip_to(self, newest: int) -> None:
        """Nobody listens while an archive is taken in: who comes later reads these events from the log."""
        self._ring.clear()
        self.retractions += 1  # there may have been some among them
        self.head = newest

    def _take(self, found: Sequence[Shared]) -> None:
        """Frames and head change together: no reader may come between them (nothing here awaits)."""
        for shared in found:
            self.retractions += shared.event.kind is Kind.RETRACTED
            self._ring.append(shared)
        self.head = found[-1].seq

    async def resolve_wish(self, wish: Wish) -> Start:
        """Where a reader's wish leads, by what the log knows now.

        Raises:
            UnavailableError: the log cannot be read now.
        """
        bounds, epochs = await self._log.bounds(), await self._log.epochs()
        days = self.settings.retention_days
        kept_from = self.clock() - timedelta(days=days) if days else None
        before = await self._log.seq_before(wish.place.at) if isinstance(wish.place, Moment) else 0
        return resolve(wish, Known(bounds, epochs, kept_from), before=before)

    async def _page_after(self, seq: int) -> Sequence[Shared]:
        """A page of the log; one read serves all who need it at the same time."""
        first = seq - seq % PAGE
        shared = [one for one in await self._page(first) if one.seq > seq]
        # The read that was under way may have begun before the event that this reader is waiting for.
        return shared or await self._read(seq)

    async def _page(self, first: int) -> list[Shared]:
        task = self._pages.get(first)
        if task is None:
            task = self._pages[first] = asyncio.create_task(self._read(first))
            task.add_done_callback(lambda _: self._pages.pop(first))
        return await asyncio.shield(task)  # one reader's leaving is not the others' loss

    async def _read(self, after: int) -> list[Shared]:
        self.counts.pages += 1
        return await self._share_all(await self._log.read(after, PAGE))

    async def _share_all(self, events: Sequence[Event]) -> list[Shared]:
        if len(events) <= _ENCODED_INLINE:
            return [self._share(event) for event in events]
        return await asyncio.to_thread(lambda: [self._share(event) for event in events])

    def _share(self, event: Event) -> Shared:
        try:
            data = self._encode(event)
        except ValueError:
            data = self._encode(replace(event, article=None))  # it cannot be shown, but its number is given out
        self.counts.encoded += 1
        return Shared(bare(event), frames.event(event, data))
