"""What a store tells of all its articles at once, for lists as long as the site is old: little of each, in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Headline, Kind


@dataclass(frozen=True, slots=True)
class Stretch:
    """A fixed set of articles: the ``number``-th (from 1) so many in order of first acceptance.

    ``seq`` is the newest event of any of them and ``at`` its moment; ``is_empty`` tells that none of them is shown.
    """

    number: int
    seq: int
    at: datetime
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in order of first acceptance: its number there (from 1), and the moment of its latest event.

    ``is_shown`` is false for a retracted one.
    """

    num: int
    slug: str
    at: datetime
    is_shown: bool


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many events of a kind the log has of one hour: that which begins at ``hour``, a whole one of UTC."""

    hour: datetime
    kind: Kind
    events: int


class Listing(Protocol):
    """All articles, in order of first acceptance; and how many events there were."""

    async def stretches(self, size: int, after: int) -> list[Stretch]:
        """The stretches of ``size`` articles that an event with ``seq > after`` concerns, as they are now, by number.

        With ``after`` 0 all that there are.
        """
        ...

    async def listed(self, after: int, limit: int) -> list[Listed]:
        """The articles with ``num > after`` in order, at most ``limit``."""
        ...

    async def headlines(self, since: datetime, limit: int) -> list[Headline]:
        """The shown articles whose own date is not before a moment, newest date first; of a date, latest event first.

        They are looked for among the newest events, because nothing is accepted before its date. Only where an archive
        of tens of thousands was taken in since that moment may some be missing.
        """
        ...

    async def counts_by_hour(self, since: datetime) -> list[HourCount]:
        """How many events that are still kept were accepted at ``since`` or later, by hour and kind, none being 0.

        In order of the hours; of one hour in that of the kinds' names. The first hour has only what came since.
        """
        ...
