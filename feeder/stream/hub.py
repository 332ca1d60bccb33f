"""The road out to listeners: one follower of the log, frames shared by all, a cursor for each listener.

The follower reads the log after its own cursor whenever the bell rings (and every second or so, should a ring be
lost), encodes each event once and lays it into the ring. Listeners at the tip hear of it in rounds (``fanout.py``); who
comes, comes back or lags walks from its cursor over the ring, and over pages of the log where it has fallen off. There
is no queue to overflow and no seam between history and live.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError
from feeder.model import Event, Kind
from feeder.stream import frames
from feeder.stream.admission import Admission
from feeder.stream.choice import seen
from feeder.stream.cursor import Earliest, Id, Known, Moment, Number, Start, Tip, Wish, resolve
from feeder.stream.desk import Desk, Settings
from feeder.stream.fanout import Fanout
from feeder.stream.frames import Frame
from feeder.stream.listener import Listener, tune
from feeder.stream.pages import PAGE
from feeder.stream.past import Past
from feeder.stream.ring import Ring, Shared, bare
from feeder.stream.selection import Selections
from feeder.stream.snapshot import snapshot
from feeder.stream.together import Together
from feeder.stream.walk import Place, Walk

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping, Sequence

    from feeder.model import Article
    from feeder.store import Line
    from feeder.stream.admission import Seat
    from feeder.stream.desk import Terms
    from feeder.stream.past import Passed
    from feeder.stream.selection import Selection
    from feeder.stream.told import Told

_ENCODED_INLINE: Final = 8
"""More events than this are encoded in a thread, so that the loop stays free."""

_READ_AT_START: Final = 512
"""So many of the newest events are in memory as soon as the stream is ready."""

_BUSY_MILLISECONDS: Final = (15_000, 90_000)
_GOODBYES_EACH_SECOND: Final = 2_000
"""So many come back at once and cost nobody anything."""
_SPREAD: Final = 0.5
"""The part of the time to drain in which goodbyes are said; the rest is for those who take them slowly."""


class Hub:
    """All live listeners of one log in this process.

    ``encode`` makes an event's JSON item, one line; it must be pure, as threads call it. ``form`` is the name of what
    it makes (``Form``), if the log may keep that ready. ``clock`` is aware UTC. ``jitter`` gives numbers from 0 up to
    1: it spreads what would otherwise happen to all at once.
    """

    def __init__(  # noqa: PLR0913 (what it joins, and what tests want otherwise)
        self,
        log: Told,
        encode: Callable[[Event], bytes],
        *,
        form: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings = settings or Settings()
        ring = Ring(self._share, frames=settings.ring_frames, size_bytes=settings.ring_bytes)
        self.desk = Desk(settings, clock, jitter, ring)
        self.counts = self.desk.counts
        self.admission = Admission(settings.max_listeners, settings.max_per_address)
        self.trouble: str | None = "the stream has not caught up with the log yet"
        """Why the stream is not ready; None when it is."""
        self.is_closing = False
        self._log = log
        self._encode = encode
        self._form = form
        self._known = Together(self._ask_log)
        self._selections = Selections()
        self._listeners: set[Listener] = set()
        self._is_empty = asyncio.Event()
        self._fanout = Fanout(self.desk, self._selections, self._read_page)

    @property
    def head(self) -> int:
        """The number of the last event that has been taken in."""
        return self.desk.head.seq

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self.admission.listeners

    def by_wire(self) -> Counter[str]:
        """The same by the name of their ``Wire``."""
        return self._fanout.by_wire()

    async def run(self) -> None:
        """Follow the log and serve the listeners until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._fanout.run())

    # Listeners

    async def open(self, wish: Wish, terms: Terms) -> Walk:
        """Where a listener begins, and what it hears first.

        Raises:
            UnavailableError: the log cannot be read now.
        """
        codec, now = terms.wire.codec, time.monotonic()
        if terms.snapshot:
            place, pieces = await snapshot(self._log, terms.choice, terms.snapshot, codec, self._share)
            walk = Walk(place, "", now)
            walk.backlog = deque((*pieces, self.desk.checkpoint(place).written(codec)))
            walk.told = walk.vouched = place.id
        else:
            start = (None if terms.poll else self._start_at_hand(wish)) or await self.resolve_wish(wish)
            walk = Walk(Place(start.after, start.id), wish.words, now)
            walk.until = start.until
            walk.backlog = deque((self._opening(walk, start, terms),))
        walk.is_poll = terms.poll
        return walk

    def take(self, transport: asyncio.Transport, head: bytes, walk: Walk, terms: Terms, seat: Seat) -> Listener:
        """Serve a connection from now on: ``head`` stands in front of everything, uncoded."""
        fanout = self._fanout
        channel = fanout.channel_for(terms)
        listener = Listener(transport, channel, seat, walk, moved=fanout.moved, left=self._left)
        self.counts.connections += 1
        self._listeners.add(listener)
        deadline = self.settings.write_deadline_seconds
        tune(transport, deadline and deadline + self.settings.heartbeat_seconds)
        wire, opening = channel.wire, walk.backlog.popleft() if walk.backlog else b""
        if wire.is_gzip:
            listener.sent = listener.sent.plus(opening)
        transport.write(head + wire.start() + wire.piece(opening))
        listener.begin()
        listener.is_over = self.is_closing  # it has asked for a place before the end began, and missed that
        fanout.welcome(listener)
        return listener

    def _left(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        self._fanout.left(listener)
        listener.seat.leave()
        if not self._listeners:
            self._is_empty.set()

    async def drain(self, seconds: float) -> None:
        """Say goodbye to all, spread over a part of this time, and end what is left when it is over."""
        self.is_closing = True
        leaving = list(self._listeners)
        self._is_empty = asyncio.Event()
        if leaving and self._fanout.is_running and seconds:
            self._fanout.end_all(leaving, min(_SPREAD * seconds, len(leaving) / _GOODBYES_EACH_SECOND))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._is_empty.wait()
        for listener in list(self._listeners):
            listener.abort()

    def turned_away(self) -> Frame:
        """What a reader is told for whom there is no room now."""
        self.counts.busy += 1
        return frames.busy(self.desk.spread(*_BUSY_MILLISECONDS))

    # Where a listener begins

    def _start_at_hand(self, wish: Wish) -> Start | None:
        """Where a wish leads, if that can be said without the log: ten thousand may come back at once."""
        if self.trouble is not None or self.is_closing:
            return None
        match wish.place:
            case Tip():
                place: Place | None = self.desk.head
            case Id(_, seq):
                place = self.desk.ring.place(seq)
            case _:
                place = None
        if place is None or (isinstance(wish.place, Id) and place.id != f"{wish.place.epoch}.{wish.place.seq}"):
            return None
        return Start(wish, place.seq, place.id, self.head)

    async def resolve_wish(self, wish: Wish) -> Start:
        """Where a wish leads, by what the log knows now.

        Raises:
            UnavailableError: the log cannot be read now.
        """
        known = await self._known.get()
        before = await self._log.seq_before(wish.place.at) if isinstance(wish.place, Moment) else 0
        return resolve(wish, known, before=before)

    async def _ask_log(self) -> Known:
        bounds, epochs = await self._log.bounds(), await self._log.epochs()
        days = self.settings.retention_days
        return Known(bounds, epochs, self.desk.clock() - timedelta(days=days) if days else None)

    def _opening(self, walk: Walk, start: Start, terms: Terms) -> bytes:
        # A byte at once, even when there is nothing to say: it shows the way through every proxy.
        codec = terms.wire.codec
        plain = b"" if terms.poll else frames.HEARTBEATS[codec]
        if start.gap is not None:
            self.counts.gaps[start.gap.reason] += 1
            plain += frames.gap(start.gap, terms.feed).written(codec)
        if start.gap is not None or isinstance(start.wish.place, Tip):
            plain += self.desk.checkpoint(walk.place).written(codec)
            walk.told = walk.vouched = walk.place.id
        return plain

    # Following the log

    async def _follow(self) -> None:
        with self._log.bell.listen() as ear:
            while True:
                await ear.wait(self.settings.look_seconds)
                try:
                    await self._catch_up()
                except UnavailableError as error:
                    self.trouble = f"the stream cannot read the log: {error}"
                    await asyncio.sleep(self.desk.pause_seconds())
                else:
                    self.trouble = None

    async def _catch_up(self) -> None:
        bounds = await self._log.bounds()
        # What came just before the start is what those want who come back; a full ring is all that is worth reading.
        is_first, most = self.trouble is not None and not self.head, self.settings.ring_frames
        skipped = max(bounds.oldest - 1, bounds.newest - (min(_READ_AT_START, most) if is_first else most))
        if not is_first and not self._listeners and bounds.newest - self.head > PAGE:
            skipped = bounds.newest
        if skipped > self.head:
            await self._skip_to(skipped)
        while found := await self._log.read(self.head, PAGE):
            shared = await self._share_all(found, await self._lines_of(found), with_seen=True)
            await self._judge(shared)
            self._take(shared)
            self._fanout.wake()

    async def _judge(self, shared: Sequence[Shared]) -> None:
        """Ask those who read texts while the texts are here."""
        reading = self._selections.reading()
        if reading:
            await asyncio.to_thread(_note_all, reading, shared)

    async def _skip_to(self, seq: int) -> None:
        """Nobody is told of these by rounds: who wants them reads them from the log."""
        start = await self.resolve_wish(Wish(Number(seq)))
        self.desk.ring.clear()
        self._fanout.forget_withdrawn()  # there may have been retractions among them
        self.desk.head = Place(start.after, start.id)
        self._fanout.wake()  # somebody may have come to where the log ended a moment ago

    def _take(self, found: Sequence[Shared]) -> None:
        """Frames and head change together: no listener may come between them (nothing here awaits)."""
        for shared in found:
            if shared.event.kind is Kind.RETRACTED:
                self._fanout.forget_withdrawn()
            self.desk.ring.append(shared.light())
        self.desk.head = found[-1].place

    # Reading

    async def _read_page(self, after: int) -> list[Passed]:
        """A page of the log for those who walk.

        Raises:
            UnavailableError: it cannot be read now.
        """
        self.counts.pages += 1
        are_asked = self._selections.are_asked()
        found = await self._read_history(after, with_articles=are_asked)
        if not found or found[0].seq > after + 1:
            start = await self.resolve_wish(Wish(Earliest()))
            if start.after > self.desk.oldest.seq:
                self.desk.oldest = Place(start.after, start.id)
        events = [one for one in found if isinstance(one, Event)]
        lines = await self._lines_of(events) if are_asked else {}
        shared = {one.seq: one for one in await self._share_all(events, lines, with_seen=are_asked)}
        return [shared[one.seq] if isinstance(one, Event) else _past(one) for one in found]

    async def _read_history(self, after: int, *, with_articles: bool) -> Sequence[Line | Event]:
        if self._form is None or with_articles:
            return await self._log.read(after, PAGE)
        return await self._log.lines(after, PAGE, self._form)

    async def _share_all(self, events: Sequence[Event], lines: Mapping[int, bytes], *, with_seen: bool) -> list[Shared]:
        before = await self._log.replaced(events) if with_seen and events else None
        if len(events) <= _ENCODED_INLINE:
            return self._share_each(events, before, lines)
        return await asyncio.to_thread(self._share_each, events, before, lines)

    async def _lines_of(self, events: Sequence[Event]) -> dict[int, bytes]:
        """What the log keeps ready of many events that follow each other: asking for it costs less than making it."""
        if self._form is None or len(events) <= _ENCODED_INLINE:
            return {}
        found = await self._log.lines(events[0].seq - 1, len(events), self._form)
        return {one.seq: one.data for one in found if not isinstance(one, Event)}

    def _share_each(
        self, events: Sequence[Event], before: Mapping[int, Article] | None, lines: Mapping[int, bytes]
    ) -> list[Shared]:
        shared = [self._share(event, lines.get(event.seq)) for event in events]
        if before is None:
            return shared
        return [
            replace(one, seen=seen(event, before.get(event.seq)), has_texts=True)
            for one, event in zip(shared, events, strict=True)
        ]

    def _share(self, event: Event, line: bytes | None = None) -> Shared:
        if line is not None:
            return Shared(bare(event), frames.event(event, line))
        try:
            data = self._encode(event)
        except ValueError:
            data = self._encode(replace(event, article=None))  # it cannot be shown, but its number is given out
        self.counts.encoded += 1
        return Shared(bare(event), frames.event(event, data))


def _past(line: Line) -> Past:
    cursor = line.cursor
    return Past(line.seq, cursor, Frame(line.kind, line.data, id=cursor))


def _note_all(reading: Sequence[Selection], shared: Sequence[Shared]) -> None:
    for selection in reading:
        selection.note(shared)
