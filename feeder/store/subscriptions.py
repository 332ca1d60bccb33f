"""Who is told of feed documents over WebSub: what a store keeps of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody asked of the WebSub hub, and nobody has confirmed yet: to be told of a feed document, or no more.

    ``num`` names it for ever, 0 until it is kept. ``callback`` is the URL that is told, and may be a secret itself, as
    ``secret`` is (what deliveries are signed with; None: they are not). ``seq`` is the last event of the document at
    the moment of asking. ``lease_seconds`` is None for an intent to be told no more.
    """

    num: int = 0
    callback: str = field(repr=False)
    feed: str
    suffix: str
    lease_seconds: int | None
    secret: bytes | None = field(default=None, repr=False)
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Somebody who is told of a feed document, as a cursor on the log.

    ``num`` names it for ever, through renewals; ``seq`` is the last event of the document that was delivered last.
    ``expires`` (aware UTC) is the end of its lease; None for the hub of others that is told by configuration.
    ``is_failing`` says that the last delivery was not taken.
    """

    num: int
    callback: str = field(repr=False)
    feed: str
    suffix: str
    secret: bytes | None = field(default=None, repr=False)
    expires: datetime | None
    seq: int
    is_failing: bool = False


class Subscriptions(Protocol):
    """Who is told of feed documents over WebSub. Each call is one transaction, and survives a crash once it returns."""

    async def subscriptions(self) -> list[Subscription]:
        """All of them, those whose lease is over included, in the order in which they began."""
        ...

    async def intents(self) -> list[Intent]:
        """What waits for its confirmation, in the order in which it was asked for."""
        ...

    async def keep_intent(self, intent: Intent) -> Intent:
        """Keep an intent and give it with its number; it takes the place of an earlier one of callback and document."""
        ...

    async def drop_intent(self, intent: Intent) -> None:
        """It was not confirmed; what is subscribed stays as it is."""
        ...

    async def subscribe(self, intent: Intent, *, expires: datetime) -> Subscription | None:
        """The intent was confirmed: from now on there is this subscription, and it counts as not failing.

        One of the same callback and document is renewed: it keeps its number and its cursor. None if another intent
        has taken this one's place.
        """
        ...

    async def unsubscribe(self, intent: Intent) -> bool:
        """Likewise: the subscription of its callback and document is forgotten. False if there is another intent."""
        ...

    async def end(self, subscriptions: Collection[Subscription]) -> None:
        """Forget them; one that was renewed in the meantime (its ``expires`` is another) stays."""
        ...

    async def note_delivered(self, subscriptions: Collection[Subscription]) -> None:
        """Keep their ``seq`` (it never goes back) and ``is_failing``; one that is not there any more stays away."""
        ...

    async def follow(self, callback: str, documents: Collection[tuple[str, str]]) -> list[Subscription]:
        """Have this callback told of these documents (feed, suffix) without a lease, and give these subscriptions.

        It is told of no others without a lease, nor is any other callback. New ones begin at the beginning (``seq`` 0).
        """
        ...
