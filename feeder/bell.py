"""A doorbell: it says "look now" and carries nothing.

A lost ring delays and never loses, because every listener also looks on its own from time to time; a doubled
ring does nothing, because the truth is read and not sent.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bell:
    """A bell of one event loop, with any number of listeners."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def ring(self) -> None:
        """Wake every listener; only from the loop's own thread."""
        for listener in self._listeners:
            listener.ring()

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """A listener for as long as the block lasts; it starts as rung, so that the first look is at once."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


class Listener:
    """One ear at a bell. Rings that come while nobody waits are kept as one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._rung.set()

    def ring(self) -> None:
        """Wake this listener."""
        self._rung.set()

    async def wait(self, at_most_seconds: float | None = None) -> bool:
        """Wait for a ring, or for so long; true if it rang.

        The ring is cleared before the caller looks, never after: what happens during the look rings again.
        """
        try:
            async with asyncio.timeout(at_most_seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
