"""How often feeds are published: at once after a quiet time, seldom while much happens."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.bell import Listener

LOOK_SECONDS: Final = 30.0
"""How long a lost ring can delay a story."""
PASS_SECONDS: Final = 0.25
"""The shortest time from one pass to the next: a burst of events is a few passes, not one each."""
PAUSE_RATIO: Final = 4
LONGEST_PAUSE_SECONDS: Final = 2.0
"""And the pause after a pass that took long, in times of what it took: many feeds have changed, and may again."""
MANY_EVENTS: Final = 1000
LONGEST_BUSY_SECONDS: Final = 6.0
CALM_SECONDS: Final = 0.5
"""So many events in one pass are an archive that is being taken in. Its feeds are written now and then, after so long
at the latest and as soon as there is no news for a moment; until then the road in has the machine."""


STRETCH_SECONDS: Final = 0.0005
"""How long a thread that works behind others keeps them from going on, at most, give or take one article."""


class Breath:
    """The rests of a thread that works behind others, ``ratio`` times what it works, in many small ones.

    One long rest would not do: who computes for ten milliseconds without one holds the loop up for as long.
    """

    def __init__(
        self, ratio: float, clock: Callable[[], float] = time.perf_counter, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._ratio = ratio
        self._clock = clock
        self._sleep = sleep
        self._since = clock()

    def draw(self) -> None:
        """Rest, if there was work for long enough since the last time."""
        took = self._clock() - self._since
        if self._ratio and took >= STRETCH_SECONDS:
            self._sleep(took * self._ratio)
            self._since = self._clock()


async def rest(took: float) -> None:
    """The pause after a pass that took so many seconds."""
    await asyncio.sleep(max(PASS_SECONDS - took, min(took * PAUSE_RATIO, LONGEST_PAUSE_SECONDS)))


async def calm(listener: Listener, end: float) -> bool:
    """Wait until nothing has rung for a moment, but no longer than to an end (loop time); true if nothing rang."""
    rung = False
    while asyncio.get_running_loop().time() < end and await listener.wait(CALM_SECONDS):
        rung = True
    if rung:
        listener.ring()  # what was heard has not been looked at
    return not rung
