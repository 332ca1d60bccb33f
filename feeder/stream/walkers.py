"""Those who are not at the tip: who comes, comes back or lags walks along the log, a chunk at a time.

The next events are in the ring, or on a page of the log, which is read for all who need it. A walker that can be
written is stepped on by the pump; one that is paused, or waits for a page, is not in the queue.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from feeder.stream.cursor import Gap
from feeder.stream.frames import HEARTBEATS
from feeder.stream.frames import gap as gap_frame
from feeder.stream.frames import goodbye as goodbye_frame
from feeder.stream.pages import PAGE, Pages
from feeder.stream.stretch import along
from feeder.stream.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from feeder.stream.channel import Channel
    from feeder.stream.deflate import Tally
    from feeder.stream.desk import Desk
    from feeder.stream.listener import Listener
    from feeder.stream.past import Passed
    from feeder.stream.stretch import Stretch
    from feeder.stream.walk import Place

CHUNK_BYTES: Final = 64 * 1024
"""What a walking listener is sent at once; nobody lags by more than this in its transport."""
SOON: Final = 0.9
"""Heartbeats come a little early, so that they have arrived in time."""

GOODBYE_MILLISECONDS: Final = (1_000, 5_000)


class Walkers:
    """The queue of those who can go on.

    Args:
        desk: what they walk along, and are counted in.
        read_page: the events behind a number, as shared frames.
        paused: called with a listener that does not take all that it was sent, or is to go.
        woken: called when there is somebody to step on.
    """

    def __init__(
        self,
        desk: Desk,
        read_page: Callable[[int], Awaitable[list[Passed]]],
        paused: Callable[[Listener], None],
        woken: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._paused = paused
        self._woken = woken
        self._clock = time.monotonic
        self._ready: deque[Listener] = deque()
        self.pages: Pages[Listener] = Pages(read_page, self.ready, desk.pause_seconds)

    def __len__(self) -> int:
        return len(self._ready)

    def ready(self, listeners: Iterable[Listener]) -> None:
        """These can go on. For nobody the pump is not woken: it asks in each of its turns, and would never rest."""
        self._ready.extend(listeners)
        if self._ready:
            self._woken()

    def step(self) -> None:
        """Let the next one go on by a chunk; who has more to do gets in line again."""
        self._step(self._ready.popleft())

    def fall_back(self, listener: Listener, place: Place, told: str, tally: Tally) -> None:
        """It goes on alone from here: it has missed what its channel said."""
        listener.channel.at_tip.pop(listener, None)
        listener.settle(tally)
        listener.walk = Walk(place, told, self._clock())

    def speak_to(self, listener: Listener, walk: Walk) -> None:
        """Let one that is not in the queue hear that somebody is there."""
        self._tell(listener, walk, HEARTBEATS[listener.channel.wire.codec], again=False)

    def end_soon(self, listener: Listener) -> None:
        """It is to say goodbye as soon as it can be written."""
        listener.is_over = True
        if not listener.is_paused:
            self.ready((listener,))

    @property
    def silence_seconds(self) -> float:
        """After so long somebody has to say something."""
        return SOON * self._desk.settings.heartbeat_seconds or math.inf

    def _step(self, listener: Listener) -> None:
        if listener.transport is None or listener.is_ending or listener.is_paused:
            return
        walk = listener.walk
        if listener.is_over:
            self._say_goodbye(listener)
        elif walk is None:
            return  # it has arrived meanwhile
        elif walk.backlog:
            self._tell(listener, walk, walk.backlog.popleft())
        elif walk.place.seq < self._desk.oldest.seq:
            self._jump(listener, walk)
        else:
            self._go_on(listener, walk)

    def _go_on(self, listener: Listener, walk: Walk) -> None:
        channel = listener.channel
        if not channel.at_tip:
            channel.place = self._desk.head
        end = max(self._desk.head.seq, walk.until) if walk.is_poll else channel.place.seq
        if walk.place.seq >= end:
            self._arrive(listener, walk)
            return
        stretch = self._next_stretch(walk.place.seq, channel)
        if stretch is None:
            self._wait(listener, walk)
        else:
            self._hand_over(listener, walk, stretch)

    def _next_stretch(self, seq: int, channel: Channel[Listener]) -> Stretch[Passed] | None:
        """What comes behind a number, from the ring or from a page of the log; None if neither can tell now."""
        recent: Sequence[Passed] | None = self._desk.ring.after(seq, PAGE)
        for found, is_history in ((recent, False), (self.pages.after(seq), True)):
            if found and found[0].seq == seq + 1:
                stretch = along(found, channel.selection, CHUNK_BYTES, is_history=is_history)
                if stretch is not None:
                    return stretch
        return None

    def _hand_over(self, listener: Listener, walk: Walk, stretch: Stretch[Passed]) -> None:
        walk.place = stretch.last.place
        if stretch.taken:
            data, added = listener.channel.coded(stretch)
            walk.told = stretch.taken[-1].cursor
            walk.events += len(stretch.taken)
            if listener.channel.wire.is_gzip:
                listener.sent = listener.sent.then(added)
            self._desk.counts.note_sent(listener.channel.wire.name, len(stretch.taken), len(data))
            self._write(listener, walk, data)
        self._again(listener)

    def _wait(self, listener: Listener, walk: Walk) -> None:
        """Nothing of it is here; who waits for long hears that somebody is there."""
        if self._clock() - walk.spoke >= self.silence_seconds:
            self.speak_to(listener, walk)
        self.pages.want(walk.place.seq, listener)

    def _arrive(self, listener: Listener, walk: Walk) -> None:
        channel = listener.channel
        if walk.is_poll:
            self._end_poll(listener, walk)
        elif walk.place.seq > channel.place.seq:
            channel.early[listener] = None
        elif walk.told != walk.place.id:
            self._tell(listener, walk, self._checkpoint(listener, walk))
        else:
            self._desk.counts.note_replay(walk.events)
            channel.admit(listener)

    def _jump(self, listener: Listener, walk: Walk) -> None:
        """The log has forgotten what it was still to read: say so, and go on at the oldest that is kept."""
        oldest = self._desk.oldest
        gap = Gap(walk.place.id, oldest.id, oldest.seq - walk.place.seq, "expired")
        self._desk.counts.gaps[gap.reason] += 1
        walk.place = oldest
        plain = gap_frame(gap, listener.channel.feed).written(listener.channel.wire.codec)
        self._tell(listener, walk, plain + self._checkpoint(listener, walk))

    def _end_poll(self, listener: Listener, walk: Walk) -> None:
        self._desk.counts.note_replay(walk.events)
        self._end(listener, b"" if walk.vouched == walk.place.id else self._checkpoint(listener, walk))

    def _say_goodbye(self, listener: Listener) -> None:
        goodbye = goodbye_frame(self._desk.spread(*GOODBYE_MILLISECONDS))
        self._end(listener, goodbye.written(listener.channel.wire.codec))

    def _checkpoint(self, listener: Listener, walk: Walk) -> bytes:
        walk.told = walk.vouched = walk.place.id
        return self._desk.checkpoint(walk.place).written(listener.channel.wire.codec)

    def _tell(self, listener: Listener, walk: Walk, plain: bytes, *, again: bool = True) -> None:
        """Send something that only this one is to hear."""
        wire = listener.channel.wire
        if wire.is_gzip:
            listener.sent = listener.sent.plus(plain)
        data = wire.piece(plain)
        self._desk.counts.note_sent(wire.name, 0, len(data))
        self._write(listener, walk, data)
        if again:
            self._again(listener)

    def _write(self, listener: Listener, walk: Walk, data: bytes) -> None:
        walk.spoke = self._clock()
        if not listener.send(data):
            self._paused(listener)

    def _again(self, listener: Listener) -> None:
        if not listener.is_paused:
            self._ready.append(listener)

    def _end(self, listener: Listener, plain: bytes) -> None:
        """End the stream properly, within the time that a write may take."""
        if listener.walk is None:
            self.fall_back(listener, listener.channel.place, "", listener.channel.tally)
        wire = listener.channel.wire
        sent = listener.sent.plus(plain) if wire.is_gzip else listener.sent
        last = wire.piece(plain) + wire.end(sent)
        self._desk.counts.note_sent(wire.name, 0, len(last))
        self._paused(listener)
        listener.end(last)
