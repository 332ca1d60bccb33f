"""What a store is to who searches it, and to who keeps its full-text index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from feeder.model import Event
    from feeder.query import Query

MOST_ASKED: Final = 2000
"""How many articles one search asks whether they match; see ``Search.search``."""


class Search(Protocol):
    """Articles by what they say: ``Query.matches`` decides, an index only finds whom to ask."""

    async def search(self, query: Query, limit: int) -> list[Event]:
        """The shown articles that match, at most ``limit``, by their latest events.

        Newest date first, to the second; of one second those first that were first accepted last. The answer is that
        of this moment of the log, however far ``Index.index`` has come.

        The work is bounded by counts. Of the articles that the index finds, hardly more than match, the ``MOST_ASKED``
        with the newest dates are asked; of those that it has not read yet, the ``MOST_ASKED`` with the newest events.
        What lies behind is not found: so answers lack something while more than two thousand articles are on their way
        into the index, and can lack it where very many have all the words of a phrase but not beside each other and
        the phrase ends with a single character of a script without spaces.

        Raises:
            UnavailableError: it took too long (seconds), whatever the counts; or as everywhere.
        """
        ...

    async def newest_by_date(self, limit: int) -> list[Event]:
        """The shown articles with the newest dates, at most ``limit``, by their latest events, as ``search`` has them.

        Of those that the index has not read yet the ``limit`` with the newest events are looked at; as what is taken in
        together is numbered in order of date, that is where the newest are.
        """
        ...


class Index(Protocol):
    """The full-text index: a reader of the log, which whoever drives it lets read on when the store is calm.

    Both calls hold up the writer for some milliseconds to some tens of them, so that an article never waits long.
    """

    async def index(self, limit: int) -> bool:
        """Read on, by at most so many articles; says whether there may be more."""
        ...

    async def sweep_index(self) -> bool:
        """Have the words of retracted articles leave the disk, a step of it; says whether there may be more to do.

        They are not found from the retraction on.
        """
        ...
