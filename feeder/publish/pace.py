"""How often feeds are published: at once after a quiet time, seldom while much happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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
