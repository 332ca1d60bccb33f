"""What could not be published, and when it is tried again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Final

import structlog

LONGEST_PAUSE_SECONDS: Final = 30.0
_FIRST_PAUSE_SECONDS: Final = 0.5

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Setback:
    """Why something could not be published, how often in a row, and when (loop time) it is tried again."""

    reason: str
    tries: int
    until: float


class Setbacks(dict[str, Setback]):
    """What there is by the name of what it holds up: a feed, or ``""`` for all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def note(self, name: str, reason: str) -> None:
        """It failed, once more perhaps: it waits, longer each time."""
        earlier = self.get(name)
        tries = earlier.tries + 1 if earlier else 1
        self.count += 1
        self[name] = Setback(reason, tries, asyncio.get_running_loop().time() + pause_seconds(tries))
        _logger.error("feed not published", feed=name or "all feeds", reason=reason, tries=tries)

    def forget(self, name: str) -> None:
        """It worked."""
        self.pop(name, None)

    def waiting(self) -> set[str]:
        """What is not tried yet."""
        now = asyncio.get_running_loop().time()
        return {name for name, setback in self.items() if setback.until > now}

    def reasons(self) -> list[str]:
        """Why, a sentence each."""
        return [setback.reason for _, setback in sorted(self.items())]

    def patience_seconds(self, longest: float) -> float:
        """How long until something is to be tried again, at most so long."""
        now = asyncio.get_running_loop().time()
        due = min((setback.until for setback in self.values()), default=now + longest)
        return min(max(due - now, 0.0), longest)


def pause_seconds(tries: int) -> float:
    """How long to wait after so many failures in a row; jittered, so that several machines do not march in step."""
    longest = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, 10), LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (a pause is no secret)
