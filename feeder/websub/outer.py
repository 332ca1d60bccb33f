"""The hub of others, which is told by us that a document changed, and comes for it itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import structlog

from feeder.errors import UnavailableError
from feeder.websub.deliveries import STORE_PAUSE_SECONDS, Deliveries, Result, Terms

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from feeder.outbound import Outbound
    from feeder.store import Subscription, Subscriptions
    from feeder.websub.topics import Document, Topics

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_logger = structlog.get_logger(__name__)


class OuterHub:
    """Tells the hub at ``address`` of every topic, by a delivery without content: what changed meanwhile is one.

    ``outbound`` must be allowed to ask it. How far it was told is kept as for any subscriber, over restarts.
    """

    def __init__(  # noqa: PLR0913 - what it joins, and how
        self,
        kept: Subscriptions,
        topics: Topics,
        outbound: Outbound,
        address: str,
        *,
        clock: Callable[[], datetime],
        terms: Terms | None = None,
    ) -> None:
        self._kept = kept
        self._topics = topics
        self._outbound = outbound
        self._address = address
        self.deliveries = Deliveries(kept, topics, self._ping, clock, terms or Terms())

    async def run(self) -> None:
        """Tell it until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.deliveries.run())
                group.create_task(self._follow())
        finally:
            await self._outbound.close()

    async def _follow(self) -> None:
        """Have it told of topics that are new, too."""
        followed: set[tuple[str, str]] = set()
        with self._topics.bell.listen() as listener:
            while True:
                await listener.wait()
                topics = set(self._topics.all())
                if topics <= followed:
                    continue
                try:
                    subscriptions = await self._kept.follow(self._address, topics)
                except UnavailableError as error:
                    _logger.warning("subscriptions cannot be kept now", reason=str(error))
                    await asyncio.sleep(STORE_PAUSE_SECONDS)
                    listener.ring()
                    continue
                for one in subscriptions:
                    self.deliveries.add(one)
                followed = topics

    async def _ping(self, subscription: Subscription, _: Document) -> Result:
        """The form that the public hubs take; the Recommendation leaves it to hub and publisher (section 6)."""
        topic = self._topics.url(subscription.feed, subscription.suffix)
        form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
        reason = "it refused"
        with suppress(UnavailableError):
            answer = await self._outbound.post(self._address, form.encode(), _FORM)
            if answer.is_success:
                return Result.DELIVERED
            reason = f"it answered {answer.status}"
        if not subscription.is_failing:
            _logger.warning("hub not told", topic=topic, reason=reason)
        return Result.FAILED
