"""What the store makes ready for later, when it is calm: the full-text index reads on, lines of the stream are mended.

Searches look at what the index has not read themselves, and the stream makes the lines that it does not find, so
nothing waits for it; while an archive is taken in, the writer has better things to do.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.bell import Listener
    from feeder.store import Index, Lines, Log

STEP: Final = 50
"""How many articles one step takes in: some ten milliseconds of the writer's time."""
LINES_STEP: Final = 200
"""How many lines one step writes anew: likewise."""
CALM_SECONDS: Final = 0.5
LONGEST_BUSY_SECONDS: Final = 6.0
"""It is calm when nothing has rung for so long; if it never is, one step is done all the same after this time."""
SWEEP_SECONDS: Final = 3600.0
"""The shortest time from one sweep to the next: each writes all of the index anew."""
LOOK_SECONDS: Final = 30.0
"""How long a lost ring, or a store that was away, can delay it."""

_logger = structlog.get_logger(__name__)


class Indexer:
    """Drives the index and the lines of a store; ``run`` does it until it is cancelled."""

    def __init__(  # noqa: PLR0913 - what it drives, and when
        self,
        log: Log,
        index: Index,
        lines: Lines,
        *,
        calm_seconds: float = CALM_SECONDS,
        longest_busy_seconds: float = LONGEST_BUSY_SECONDS,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._log = log
        self._index = index
        self._lines = lines
        self._calm_seconds = calm_seconds
        self._longest_busy_seconds = longest_busy_seconds
        self._sweep_seconds = sweep_seconds
        self._sweep_at = 0.0
        self._is_sweeping = False

    async def run(self) -> None:
        """Follow the log until cancelled."""
        with self._log.bell.listen() as listener:
            while True:
                await listener.wait(LOOK_SECONDS)
                await self._calm(listener)
                try:
                    await self._work(listener)
                except UnavailableError as error:
                    _logger.warning("what is made ready for searches and replays waits", reason=str(error))

    async def _calm(self, listener: Listener) -> None:
        """Wait until nothing has rung for a moment, but not for ever."""
        end = _now() + self._longest_busy_seconds
        while _now() < end and await listener.wait(self._calm_seconds):
            pass

    async def _work(self, listener: Listener) -> None:
        """Read on to the end of the log, mend lines, then sweep; break off when something rings."""
        if not await _stepwise(lambda: self._index.index(STEP), listener):
            return
        if await _stepwise(lambda: self._lines.mend_lines(LINES_STEP), listener) and _now() >= self._sweep_at:
            await _stepwise(self._sweep, listener)

    async def _sweep(self) -> bool:
        more = await self._index.sweep_index()
        if self._is_sweeping and not more:
            self._sweep_at = _now() + self._sweep_seconds
        self._is_sweeping = more
        return more


async def _stepwise(step: Callable[[], Awaitable[bool]], listener: Listener) -> bool:
    """Take steps until there is no more to do, with pauses as long as they take; false if something rang meanwhile."""
    more = True
    while more:
        started = _now()
        more = await step()
        if await listener.wait(_now() - started):
            listener.ring()  # what was heard has not been looked at
            return False
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
