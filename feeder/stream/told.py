"""What the stream tells of: the log, and the articles that it has led to. A store is both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from feeder.store import Log

if TYPE_CHECKING:
    from feeder.model import Event


class Told(Log, Protocol):
    """The log, and the latest state of what it tells of."""

    async def newest(self, shelf: str | None, limit: int) -> list[Event]:
        """The articles that are shown on a shelf, by their latest events, latest first (``Articles.newest``)."""
        ...
