"""The pump: one task that sends everything to everybody, in slices between which the loop does other things.

A round gives all listeners of a channel what has come since the last one. The first event after a pause goes out at
once; while events keep coming a round starts no sooner than ``LINGER_SECONDS`` after the last, and carries all that
came meanwhile: a send of a dozen events costs little more than that of one (docs/decisions.md). Between rounds those
are fed who lag, or have just come, and what is due on the wheel is done.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from feeder.stream.channel import Channel, Key
from feeder.stream.frames import HEARTBEATS
from feeder.stream.stretch import along
from feeder.stream.walkers import Walkers
from feeder.stream.wheel import Wheel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from feeder.stream.desk import Desk, Settings, Terms
    from feeder.stream.listener import Listener
    from feeder.stream.past import Passed
    from feeder.stream.selection import Selections
    from feeder.stream.utterance import Utterance
    from feeder.stream.walk import Walk

LINGER_SECONDS: Final = 0.002
ROUND_BYTES: Final = 256 * 1024
"""What a round sends at most; what is left is the next one's."""
MOST_EVENTS: Final = 1024
SLICE_SECONDS: Final = 0.001
"""How long the pump keeps the loop, give or take a few sends."""
_LOOK_AT_CLOCK: Final = 15
"""The clock is looked at after so many sends (one less than a power of two)."""
_FINEST_SPOKE_SECONDS: Final = 0.005


class Fanout:
    """All channels of a hub, and the task that serves them.

    Args:
        desk: what it works with.
        selections: what the listeners choose.
        read_page: the events behind a number, as shared frames.
    """

    def __init__(self, desk: Desk, selections: Selections, read_page: Callable[[int], Awaitable[list[Passed]]]) -> None:
        self._desk = desk
        self._selections = selections
        self._clock = time.monotonic
        self._channels: dict[Key, Channel[Listener]] = {}
        self._ending: deque[Listener] = deque()
        self._woken = asyncio.Event()
        self.walkers = Walkers(desk, read_page, self._note_pause, self._woken.set)
        self._wheel: Wheel[Listener] = Wheel(_spoke(desk.settings))
        self._round_ended = -math.inf
        self._ends_each_second = math.inf
        self._may_end = 0.0
        self.is_running = False

    @property
    def channels(self) -> int:
        """How many different things are listened to."""
        return len(self._channels)

    def by_wire(self) -> Counter[str]:
        """How many listen over each kind of wire, by its name."""
        found: Counter[str] = Counter()
        for channel in self._channels.values():
            found[channel.wire.name] += channel.listeners
        return found

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        self.is_running = True
        try:
            while True:
                await self._rest()
                await self._send_rounds()
                await self._feed_ready()
                await self._turn()
        finally:
            self.is_running = False
            await self.walkers.pages.close()

    # Coming and going

    def channel_for(self, terms: Terms) -> Channel[Listener]:
        """The channel of all who listen on equal terms."""
        key = terms.wire, terms.choice.key, terms.feed
        channel = self._channels.get(key)
        if channel is None:
            selection = self._selections.take(terms.choice)
            channel = Channel(key, terms.wire, selection, self._desk.head, self._clock())
            self._channels[key] = channel
        channel.listeners += 1
        return channel

    def welcome(self, listener: Listener) -> None:
        """Somebody has come; its walk says from where."""
        lifetime = self._desk.settings.lifetime_seconds
        listener.ends = self._clock() + (lifetime * (0.8 + 0.2 * self._desk.jitter()) or math.inf)
        if lifetime:
            listener.life_spoke = self._wheel.add(listener, listener.ends)
        if listener.is_paused:
            self._note_pause(listener)
            self._woken.set()  # the pump may have nothing else to look at the wheel for
        else:
            self.walkers.ready((listener,))

    def moved(self, listener: Listener) -> None:
        """It can be written again."""
        if listener.walk is not None or listener.is_over:
            self.walkers.ready((listener,))

    def left(self, listener: Listener) -> None:
        """It has gone."""
        channel = listener.channel
        channel.leave(listener)
        self._wheel.remove(listener, listener.life_spoke)
        self._wheel.remove(listener, listener.pause_spoke)
        if not channel.listeners:
            del self._channels[channel.key]
            self._selections.drop(channel.selection)

    def forget_withdrawn(self) -> None:
        """Something was withdrawn: it must not be sent from what is kept."""
        self.walkers.pages.forget()
        for channel in self._channels.values():
            channel.forget_stretches()

    def end_all(self, listeners: Sequence[Listener], seconds: float) -> None:
        """Have these say goodbye one by one, spread over a time."""
        self._ends_each_second = len(listeners) / seconds if seconds else math.inf
        self._may_end = self._clock()
        self._ending.extend(listeners)
        self._woken.set()

    # Resting

    async def _rest(self) -> None:
        """Wait until there is something to do; and a moment longer while events keep coming."""
        if self.walkers:
            await asyncio.sleep(0)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience()):
                await self._woken.wait()
        self._woken.clear()
        early = self._round_ended + LINGER_SECONDS - self._clock()
        if early > 0 and not self.walkers:
            await asyncio.sleep(early)

    def _patience(self) -> float | None:
        moments = [
            channel.spoke + self.walkers.silence_seconds for channel in self._channels.values() if channel.at_tip
        ]
        moments += [walk.spoke + self.walkers.silence_seconds for _, walk in self._early()]
        if (due := self._wheel.next_due()) is not None:
            moments.append(due)
        if self._ending:
            moments.append(self._may_end)
        return max(0, min(moments) - self._clock()) if moments else None

    # Rounds

    async def _send_rounds(self) -> None:
        # What comes meanwhile is the next rounds': a channel with many listeners would never come to an end of it.
        began, goal = self._clock(), self._desk.head.seq
        for channel in list(self._channels.values()):
            while channel.place.seq < goal:
                await self._send_round(channel)
            if channel.early:
                self.walkers.ready(channel.caught_up())
            began = await self._yield_if_long(began)

    async def _send_round(self, channel: Channel[Listener]) -> None:
        if not channel.at_tip:
            channel.place = self._desk.head
            return
        found = self._desk.ring.after(channel.place.seq, MOST_EVENTS)
        stretch = along(found, channel.selection, ROUND_BYTES) if found else None
        if stretch is None:  # too much has come, or only the log can tell: each goes its own way
            self._scatter(channel)
        elif (utterance := channel.go_on(stretch, self._clock())) is not None:
            reached = await self._utter(channel, utterance)
            self._desk.note_told(stretch.taken, reached)
        self._round_ended = self._clock()

    def _scatter(self, channel: Channel[Listener]) -> None:
        for listener in list(channel.at_tip):
            self.walkers.fall_back(listener, channel.place, channel.told, channel.tally)
            if not listener.is_paused:
                self.walkers.ready((listener,))
        channel.place = self._desk.head

    async def _utter(self, channel: Channel[Listener], utterance: Utterance) -> int:
        """Send it to all who were at the tip when it was said; to who comes while it is sent it is old."""
        began, reached, size = self._clock(), 0, len(utterance.data)
        for index, listener in enumerate(list(channel.at_tip)):
            if listener not in channel.at_tip:
                continue
            if listener.is_paused:
                self._desk.counts.slow += 1
                self.walkers.fall_back(listener, utterance.place, utterance.told, utterance.tally)
                continue
            reached += 1
            if not listener.hear(utterance):
                self._note_pause(listener)
            if index & _LOOK_AT_CLOCK == _LOOK_AT_CLOCK:
                began = await self._yield_if_long(began)
        self._desk.counts.note_sent(channel.wire.name, utterance.events * reached, size * reached)
        return reached

    # Those who walk

    async def _feed_ready(self) -> None:
        """Everybody who can go on does so by one step; who has more to do comes again, after the next round."""
        began = self._clock()
        for _ in range(len(self.walkers)):
            self.walkers.step()
            began = await self._yield_if_long(began)

    async def _yield_if_long(self, began: float) -> float:
        """Let the loop do other things, if it could not for a slice; gives when the next slice began."""
        if self._clock() - began <= SLICE_SECONDS:
            return began
        await asyncio.sleep(0)
        return self._clock()

    # What is due

    async def _turn(self) -> None:
        now = self._clock()
        for listener in self._wheel.due(now):
            self._look_at(listener, now)
        silence = self.walkers.silence_seconds
        for channel in list(self._channels.values()):
            if channel.at_tip and now - channel.spoke >= silence:
                await self._utter(channel, self._sign_of_life(channel, now))
        for listener, walk in self._early():
            if now - walk.spoke >= silence:
                self.walkers.speak_to(listener, walk)
        self._end_some(now)

    def _early(self) -> list[tuple[Listener, Walk]]:
        """Those who wait for their channel and could be written; no round tells them anything."""
        early = (one for channel in self._channels.values() for one in channel.early)
        return [(one, one.walk) for one in early if one.walk and not one.is_paused and not one.is_ending]

    def _look_at(self, listener: Listener, now: float) -> None:
        """One of its moments may have come: it has not taken anything for too long, or has lived long enough."""
        deadline = self._desk.settings.write_deadline_seconds
        is_stuck = listener.is_paused or listener.is_ending
        if is_stuck and deadline and now >= listener.paused_at + deadline:
            self._desk.counts.dropped += 1
            listener.abort()
        elif now >= listener.ends:
            self.walkers.end_soon(listener)

    def _end_some(self, now: float) -> None:
        while self._ending and self._may_end <= now:
            self._may_end += 1 / self._ends_each_second
            self.walkers.end_soon(self._ending.popleft())

    def _sign_of_life(self, channel: Channel[Listener], now: float) -> Utterance:
        """A heartbeat; or, when others' events have passed by, the place up to which all has been read."""
        codec = channel.wire.codec
        if channel.told == channel.place.id:
            return channel.say(HEARTBEATS[codec], now)
        utterance = channel.say(self._desk.checkpoint(channel.place).written(codec), now)
        channel.told = channel.place.id
        return utterance

    def _note_pause(self, listener: Listener) -> None:
        """It has to be written again before its deadline."""
        listener.paused_at = self._clock()
        if deadline := self._desk.settings.write_deadline_seconds:
            self._wheel.remove(listener, listener.pause_spoke)
            listener.pause_spoke = self._wheel.add(listener, listener.paused_at + deadline)


def _spoke(settings: Settings) -> float:
    """How exact the wheel has to be: an eighth of the shortest time that it measures, at most a second."""
    times = [one for one in (settings.lifetime_seconds, settings.write_deadline_seconds) if one]
    return max(_FINEST_SPOKE_SECONDS, min(1, *(one / 8 for one in times)) if times else 1)
