"""One deadline for many, who all have the same time: one timer, however many they are.

Who began first is due first, so they stand in line, and the timer is set for the one in front. To begin and to end cost
an entry of a table each; that is all that a connection pays which does what it should.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio


class Late(Protocol):
    """Who can be late."""

    def be_late(self) -> None:
        """The time is over; it is not waited for any more."""
        ...


class Deadlines:
    """Those who are waited for, each for ``seconds`` from its beginning; 0: nobody is."""

    def __init__(self, seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        self._seconds = seconds
        self._loop = loop
        self._due: dict[Late, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.missed = 0
        """How many were late since the start."""

    def __len__(self) -> int:
        return len(self._due)

    def begin(self, one: Late) -> None:
        """Wait for it from now on; if it is waited for already, its time runs on."""
        if one in self._due or not self._seconds:
            return
        self._due[one] = moment = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(moment, self._ring)

    def end(self, one: Late) -> None:
        """It came, or went; nothing happens if it was not waited for."""
        self._due.pop(one, None)

    def close(self) -> None:
        """Wait for nobody any more."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        late, now = [], self._loop.time()
        for one, moment in self._due.items():
            if moment > now:
                self._timer = self._loop.call_at(moment, self._ring)
                break
            late.append(one)
        for one in late:
            self._due.pop(one, None)
            self.missed += 1
            one.be_late()
