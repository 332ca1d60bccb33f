"""Deliveries: every subscription is a cursor, and is brought to the end of the log as often as it falls behind.

A ring says that documents changed; who has subscribed to one of those is sent it as it is then, never an older one.
What is not taken is tried again after growing pauses, until the lease is over. Who failed last time waits in a line of
its own: those who answer late, or never, cost the others nothing. How far each one is comes into the store in small
heaps, after the delivery: a crash in between delivers twice, never not at all.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import structlog

from feeder.errors import UnavailableError
from feeder.websub.limiter import Limiter, host_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from feeder.store import Subscription, Subscriptions
    from feeder.websub.topics import Document, Topics

NOTE_SECONDS: Final = 0.25
"""How long what was delivered is gathered before it is noted."""
STORE_PAUSE_SECONDS: Final = 2.0
"""When the store is tried again that could not take something."""
SLICE: Final = 50
"""So many subscriptions are looked at in one step of the loop."""

_logger = structlog.get_logger(__name__)


class Result(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How deliveries are made.

    ``at_once`` are under way at the same time in total, ``again_at_once`` besides to those that failed last time, and
    ``per_host`` of each to one host. ``between_seconds`` is the shortest time from one delivery to the next of the same
    subscription. ``look_seconds`` is how long a lost ring can delay one.
    """

    at_once: int = 64
    again_at_once: int = 16
    per_host: int = 2
    between_seconds: float = 1
    first_pause_seconds: float = 1
    longest_pause_seconds: float = 3600
    look_seconds: float = 30

    def pause_seconds(self, tries: int) -> float:
        """How long to wait after so many failures in a row; jittered, so that not all come back at once."""
        longest = min(self.first_pause_seconds * 2.0 ** min(tries - 1, 60), self.longest_pause_seconds)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - a pause is no secret


class Deliveries:
    """Brings the documents of topics to their subscribers.

    Args:
        kept: where it is noted how far each one is.
        topics: the documents, and their bell.
        send: one try to bring a document to a subscriber.
        clock: aware UTC; leases are measured by it.
        terms: how much at once, and how often.

    ``counts`` are what became of deliveries since the start.
    """

    def __init__(
        self,
        kept: Subscriptions,
        topics: Topics,
        send: Callable[[Subscription, Document], Awaitable[Result]],
        clock: Callable[[], datetime],
        terms: Terms,
    ) -> None:
        self._kept = kept
        self._topics = topics
        self._send = send
        self._clock = clock
        self._terms = terms
        self._subscriptions: dict[int, Subscription] = {}
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._hosts: Counter[str] = Counter()
        self._tries: Counter[int] = Counter()
        self._under_way: set[int] = set()
        self._resting: dict[int, asyncio.TimerHandle] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._first = Limiter(terms.at_once, terms.per_host)
        self._again = Limiter(terms.again_at_once, terms.per_host)
        self._noted: dict[int, Subscription] = {}
        self._ended: dict[int, Subscription] = {}
        self._has_notes = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self.counts: Counter[Result] = Counter()

    def __len__(self) -> int:
        return len(self._subscriptions)

    def all(self) -> list[Subscription]:
        """Every subscription."""
        return list(self._subscriptions.values())

    def find(self, callback: str, feed: str, suffix: str) -> Subscription | None:
        """The subscription of a callback to a topic."""
        num = self._numbers.get((callback, feed, suffix))
        return None if num is None else self._subscriptions[num]

    @property
    def failing(self) -> int:
        """How many did not take what they were sent last."""
        return sum(one.is_failing for one in self._subscriptions.values())

    def at_host(self, host: str) -> int:
        """How many callbacks are at a host."""
        return self._hosts[host]

    def add(self, subscription: Subscription) -> None:
        """Deliver to a subscription from now on; a renewed one is tried again at once."""
        num = subscription.num
        earlier = self._subscriptions.get(num)
        if earlier is None:
            self._hosts[host_of(subscription.callback)] += 1
            self._numbers[_key(subscription)] = num
        else:
            subscription = replace(subscription, seq=max(subscription.seq, earlier.seq))
        self._subscriptions[num] = subscription
        if num in self._noted:
            self._noted[num] = subscription
        del self._tries[num]
        if (timer := self._resting.pop(num, None)) is not None:
            timer.cancel()
        self._consider(num)

    def remove(self, subscription: Subscription) -> None:
        """Deliver no more to a subscription."""
        num = subscription.num
        if self._subscriptions.pop(num, None) is None:
            return
        del self._numbers[_key(subscription)]
        host = host_of(subscription.callback)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
        del self._tries[num]
        self._noted.pop(num, None)
        if (timer := self._resting.pop(num, None)) is not None:
            timer.cancel()

    def end(self, subscription: Subscription) -> None:
        """The same, and have the store forget it."""
        self.remove(subscription)
        self._ended[subscription.num] = subscription
        self._has_notes.set()

    async def run(self) -> None:
        """Follow the documents until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._keep_notes())
            try:
                with self._topics.bell.listen() as listener:
                    while True:
                        await listener.wait(self._terms.look_seconds)
                        await self._look()
            finally:
                self._group = None  # what rings from now on begins nothing
                for timer in self._resting.values():
                    timer.cancel()

    async def _look(self) -> None:
        """Find the subscriptions whose lease is over, and those whose documents have changed."""
        now, changed = self._clock(), self._changed()
        for count, one in enumerate(self.all(), 1):
            if count % SLICE == 0:  # thousands would hold the loop up
                await asyncio.sleep(0)
            if self._subscriptions.get(one.num) is not one:
                continue
            if one.expires is not None and one.expires <= now:
                self.end(one)
            elif (one.feed, one.suffix) in changed:
                self._consider(one.num)

    def _changed(self) -> set[tuple[str, str]]:
        """The topics whose documents are not those of the last look."""
        topics = {(one.feed, one.suffix) for one in self._subscriptions.values()}
        found = {topic: seq for topic in topics if (seq := self._topics.seq(*topic)) is not None}
        changed = {topic for topic, seq in found.items() if self._seen.get(topic) != seq}
        self._seen = found
        return changed

    def _consider(self, num: int) -> None:
        """Begin a delivery, if there is something to deliver and nothing speaks against it now."""
        one = self._subscriptions.get(num)
        if one is None or self._group is None or num in self._under_way or num in self._resting:
            return
        if (self._topics.seq(one.feed, one.suffix) or 0) > one.seq:
            self._under_way.add(num)
            limiter = self._again if one.is_failing else self._first
            self._group.create_task(self._deliver(num, host_of(one.callback), limiter))

    async def _deliver(self, num: int, host: str, limiter: Limiter) -> None:
        try:
            async with limiter.place(host):
                outcome = await self._try(num)
        finally:
            self._under_way.discard(num)
        if outcome is not None and num in self._subscriptions:
            self._settle(num, *outcome)

    async def _try(self, num: int) -> tuple[Result, int] | None:
        """One try with what there is now, and how far it brings the subscription; None if there is nothing to do."""
        one = self._subscriptions.get(num)
        if one is None or (one.expires is not None and one.expires <= self._clock()):
            return None
        document, seq = self._topics.document(one.feed, one.suffix), self._topics.seq(one.feed, one.suffix)
        if document is None or seq is None:
            return None
        return await self._send(one, document), seq

    def _settle(self, num: int, result: Result, seq: int) -> None:
        """Note how a try went, and when the subscription is looked at again."""
        self.counts[result] += 1
        one = self._subscriptions[num]
        if result is Result.GONE:
            _logger.info("subscription ended by its subscriber", host=host_of(one.callback), feed=one.feed)
            self.end(one)
            return
        is_failing = result is not Result.DELIVERED
        self._tries[num] = self._tries[num] + 1 if is_failing else 0
        now = replace(one, seq=one.seq if is_failing else seq, is_failing=is_failing)
        if now != one:
            self._subscriptions[num] = self._noted[num] = now
            self._has_notes.set()
        terms = self._terms
        pause = terms.pause_seconds(self._tries[num]) if is_failing else terms.between_seconds
        self._resting[num] = asyncio.get_running_loop().call_later(pause, self._wake, num)

    def _wake(self, num: int) -> None:
        del self._resting[num]
        self._consider(num)

    async def _keep_notes(self) -> None:
        """Bring what was noted into the store, until cancelled; what is noted by then too."""
        try:
            while True:
                await self._has_notes.wait()
                await asyncio.sleep(NOTE_SECONDS if await self._write_notes() else STORE_PAUSE_SECONDS)
        finally:
            await self._write_notes()

    async def _write_notes(self) -> bool:
        """Whether the store took them; if not, they are kept."""
        noted, self._noted = self._noted, {}
        ended, self._ended = self._ended, {}
        self._has_notes.clear()
        with suppress(UnavailableError):
            if ended:
                await self._kept.end(ended.values())
            if noted:
                await self._kept.note_delivered(noted.values())
            return True
        self._noted, self._ended = noted | self._noted, ended | self._ended
        self._has_notes.set()
        return False


def _key(subscription: Subscription) -> tuple[str, str, str]:
    return subscription.callback, subscription.feed, subscription.suffix
