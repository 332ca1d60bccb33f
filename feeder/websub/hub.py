"""Our own hub: it makes sure that who asks is who is told, and tells.

What it has answered with 202 is in the store: a service that is killed in the middle asks the subscriber at its next
start. A request is verified once, by one GET; who does not confirm it asks again. Hosts that do not confirm are asked
slowly, so that nobody can have us call on others in a hurry.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

import structlog

from feeder.errors import UnavailableError
from feeder.store import Intent
from feeder.websub import requests
from feeder.websub.deliveries import STORE_PAUSE_SECONDS, Deliveries, Result, Terms
from feeder.websub.limiter import Limiter, host_of
from feeder.websub.requests import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from feeder.outbound import Outbound
    from feeder.store import Subscription, Subscriptions
    from feeder.websub.requests import Request
    from feeder.websub.topics import Document, Topics

T = TypeVar("T")

_GONE: Final = 410
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_FORBIDDEN: Final = 403

_logger = structlog.get_logger(__name__)


class Verification(StrEnum):
    """What became of a request that was answered with 202."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many the hub serves, and how it verifies.

    ``most`` subscriptions in total, ``most_per_host`` of them with callbacks at one host; ``most_waiting`` requests
    wait for verification, ``most_waiting_per_host`` of one host. ``at_once`` of these are verified at the same time,
    ``per_host`` of one host. A verification begins ``grace_seconds`` after its request, because clients note what they
    have asked for when they have the answer; one that is not confirmed keeps its host waiting for ``penalty_seconds``.
    """

    most: int = 10_000
    most_per_host: int = 1_000
    most_waiting: int = 1_000
    most_waiting_per_host: int = 100
    at_once: int = 16
    per_host: int = 2
    grace_seconds: float = 0.2
    penalty_seconds: float = 1


class Hub:
    """The hub at ``address``.

    Args:
        kept: the subscriptions in the store.
        topics: what can be subscribed to.
        outbound: who asks callbacks.
        address: the hub's own URL.
        clock: aware UTC.
        limits: how many, and how they are verified.
        terms: how deliveries are made.

    ``requests`` and ``verifications`` count what became of them since the start; ``limited`` are those that the door
    turned away, because their address asks too often.
    """

    def __init__(  # noqa: PLR0913 - what it joins, and how
        self,
        kept: Subscriptions,
        topics: Topics,
        outbound: Outbound,
        address: str,
        *,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
        terms: Terms | None = None,
    ) -> None:
        self._kept = kept
        self._topics = topics
        self._outbound = outbound
        self._address = address
        self._clock = clock
        self._limits = limits or Limits()
        self._limiter = Limiter(self._limits.most_waiting, self._limits.per_host)
        self._free = asyncio.Semaphore(self._limits.at_once)
        self._one_request = asyncio.Lock()
        self._waiting: dict[tuple[str, str, str], Intent] = {}
        self._group: asyncio.TaskGroup | None = None
        self.deliveries = Deliveries(kept, topics, self._send, clock, terms or Terms())
        self.requests: Counter[str] = Counter(accepted=0, refused=0, limited=0)
        self.verifications: Counter[Verification] = Counter()

    @property
    def waiting(self) -> int:
        """How many requests wait for their verification."""
        return len(self._waiting)

    async def receive(self, body: bytes) -> None:
        """Take a request, a form as it came; whatever becomes of it happens later.

        A request to publish is taken and does nothing: the feeds tell the hub themselves.

        Raises:
            RequestError: it is not taken, and why.
            UnavailableError: it cannot be kept now.
        """
        try:
            request = requests.read(body)
            async with self._one_request:  # in their order, and the limits count each
                await self._take(request)
        except RequestError:
            self.requests["refused"] += 1
            raise
        self.requests["accepted"] += 1

    async def run(self) -> None:
        """Verify and deliver until cancelled, from where the last run stopped."""
        try:
            subscriptions = await _surely(self._kept.subscriptions)
            intents = await _surely(self._kept.intents)
            await self._until_known()
            for one in subscriptions:
                if one.expires is None:  # another hub was told by configuration
                    self.deliveries.end(one)
                else:
                    self.deliveries.add(one)
            async with asyncio.TaskGroup() as group:
                self._group = group
                for intent in intents:
                    self._begin(intent)
                group.create_task(self._deny_what_is_gone())
                group.create_task(self.deliveries.run())
        finally:
            self._group = None
            await self._outbound.close()

    async def _take(self, request: Request) -> None:
        topics = self._topics.all()
        if not topics or self._group is None:
            raise UnavailableError("the feeds are not known yet")
        topic = self._topics.at(request.topic)
        if topic is None:
            example = self._topics.url(*topics[0])
            raise RequestError(f"hub.topic is not the address of a feed of ours, as its rel=self says it: {example}")
        if request.mode == "publish":
            return
        if (refusal := self._outbound.refusal(request.callback)) is not None:
            raise RequestError(f"hub.callback is not called. {refusal}", _FORBIDDEN)
        self._check_room(request.callback, topic, is_new=request.mode == "subscribe")
        seq = self._topics.seq(*topic)
        if seq is None:
            raise UnavailableError("the feed is not published yet")
        feed, suffix = topic
        intent = Intent(
            callback=request.callback,
            feed=feed,
            suffix=suffix,
            lease_seconds=request.lease_seconds,
            secret=request.secret,
            seq=seq,
        )
        self._begin(await self._kept.keep_intent(intent))

    def _check_room(self, callback: str, topic: tuple[str, str], *, is_new: bool) -> None:
        """Refuse what is too much, in total or of one host; what is renewed or given back needs no new place."""
        limits, host = self._limits, host_of(callback)
        if (callback, *topic) not in self._waiting:
            at_host = sum(host_of(intent.callback) == host for intent in self._waiting.values())
            _check(len(self._waiting), limits.most_waiting, at_host, limits.most_waiting_per_host, "requests wait")
        if is_new and self.deliveries.find(callback, *topic) is None:
            at_host = self.deliveries.at_host(host)
            _check(len(self.deliveries), limits.most, at_host, limits.most_per_host, "subscriptions are kept")

    def _begin(self, intent: Intent) -> None:
        """Have an intent verified; an earlier one of the same callback and topic is void."""
        if self._group is None:  # stopping: it is in the store, and the next start begins with it
            return
        self._waiting[_key(intent)] = intent
        self._group.create_task(self._verify(intent))

    async def _verify(self, intent: Intent) -> None:
        await asyncio.sleep(self._limits.grace_seconds)
        async with self._limiter.place(host_of(intent.callback)):
            if self._waiting.get(_key(intent)) != intent:
                return
            async with self._free:
                began = self._clock()
                found = await self._ask(intent)
            await self._conclude(intent, found, began)
            if found is not Verification.CONFIRMED:
                await asyncio.sleep(self._limits.penalty_seconds)

    async def _ask(self, intent: Intent) -> Verification:
        """Ask the subscriber whether it asked (section 5.3)."""
        topic = intent.feed, intent.suffix
        if topic not in self._topics.all():
            await self._deny(intent.callback, *topic)
            return Verification.DENIED
        challenge = secrets.token_urlsafe(32)
        query = {"hub.mode": "unsubscribe", "hub.topic": self._topics.url(*topic), "hub.challenge": challenge}
        if intent.lease_seconds is not None:
            query |= {"hub.mode": "subscribe", "hub.lease_seconds": str(intent.lease_seconds)}
        try:
            answer = await self._outbound.get(_with_query(intent.callback, query))
        except UnavailableError as error:
            _logger.info("subscriber not reached", host=host_of(intent.callback), reason=str(error))
            return Verification.UNANSWERED
        is_echo = hmac.compare_digest(answer.body, challenge.encode())
        return Verification.CONFIRMED if answer.is_success and is_echo else Verification.REFUSED

    async def _conclude(self, intent: Intent, found: Verification, began: datetime) -> None:
        """Do what was confirmed, and forget the intent; unless there is a newer one by now."""
        self.verifications[found] += 1
        if found is not Verification.CONFIRMED:
            await _surely(lambda: self._kept.drop_intent(intent))
        elif intent.lease_seconds is not None:
            expires = began + timedelta(seconds=intent.lease_seconds)
            subscription = await _surely(lambda: self._kept.subscribe(intent, expires=expires))
            if subscription is not None:
                self.deliveries.add(subscription)
        elif await _surely(lambda: self._kept.unsubscribe(intent)):
            ended = self.deliveries.find(*_key(intent))
            if ended is not None:
                self.deliveries.remove(ended)
        if self._waiting.get(_key(intent)) == intent:
            del self._waiting[_key(intent)]
        _logger.info("subscriber asked", host=host_of(intent.callback), feed=intent.feed, outcome=found)

    async def _until_known(self) -> None:
        with self._topics.bell.listen() as listener:
            while not self._topics.all():
                await listener.wait(1)

    async def _deny_what_is_gone(self) -> None:
        """Tell subscribers of feeds that are not configured any more; feeds only go while the service does not run."""
        topics = set(self._topics.all())
        async with asyncio.TaskGroup() as group:
            for one in self.deliveries.all():
                if (one.feed, one.suffix) not in topics:
                    self.deliveries.end(one)
                    group.create_task(self._say_goodbye(one))

    async def _say_goodbye(self, subscription: Subscription) -> None:
        async with self._limiter.place(host_of(subscription.callback)), self._free:
            await self._deny(subscription.callback, subscription.feed, subscription.suffix)

    async def _deny(self, callback: str, feed: str, suffix: str) -> None:
        """Say that there is no such subscription, nor will be (section 5.2); whether it is heard changes nothing."""
        query = {"hub.mode": "denied", "hub.topic": self._topics.url(feed, suffix), "hub.reason": "the feed has ended"}
        with suppress(UnavailableError):
            await self._outbound.get(_with_query(callback, query))

    async def _send(self, subscription: Subscription, document: Document) -> Result:
        """One content distribution request (section 7)."""
        topic = self._topics.url(subscription.feed, subscription.suffix)
        headers = {"Content-Type": document.media_type, "Link": f'<{self._address}>; rel="hub", <{topic}>; rel="self"'}
        if subscription.secret is not None:
            digest = await asyncio.to_thread(_signature, subscription.secret, document.body)
            headers["X-Hub-Signature"] = f"sha256={digest}"
        try:
            answer = await self._outbound.post(subscription.callback, document.body, headers)
        except UnavailableError as error:
            reason = str(error)
        else:
            if answer.is_success:
                return Result.DELIVERED
            if answer.status == _GONE:
                return Result.GONE
            reason = f"it answered {answer.status}"
        if not subscription.is_failing:
            _logger.warning("delivery not taken", host=host_of(subscription.callback), feed=topic, reason=reason)
        return Result.FAILED


def _check(total: int, most: int, at_host: int, most_at_host: int, what: str) -> None:
    if total >= most:
        raise RequestError(f"As many {what} as this hub can have; try again later.", _UNAVAILABLE)
    if at_host >= most_at_host:
        raise RequestError(f"As many {what} as this hub has for one host of callbacks.", _TOO_MANY)


def _key(intent: Intent) -> tuple[str, str, str]:
    return intent.callback, intent.feed, intent.suffix


def _with_query(url: str, query: dict[str, str]) -> str:
    """A callback with parameters at the end of its own (section 5.1.1)."""
    path, mark, own = url.partition("?")
    return f"{path}?{own}{'&' if own else ''}{urlencode(query)}" if mark else f"{path}?{urlencode(query)}"


def _signature(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


async def _surely(call: Callable[[], Awaitable[T]]) -> T:
    """What the store answers, as soon as it can."""
    while True:
        try:
            return await call()
        except UnavailableError as error:
            _logger.warning("subscriptions cannot be kept now", reason=str(error))
            await asyncio.sleep(STORE_PAUSE_SECONDS)
