"""Articles that wait because what they show cannot be kept now: the disk is full, or away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from feeder.errors import UnavailableError

_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0


class Shortage:
    """Which files wait, by path, and why. Everything else is taken in meanwhile."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, float]] = {}

    def note(self, path: str, error: UnavailableError) -> float:
        """A file could not be taken in; gives after how many seconds it is tried again, each time longer."""
        _, last = self._waiting.get(path, ("", _FIRST_PAUSE_SECONDS / 2))
        pause = min(last * 2, _LONGEST_PAUSE_SECONDS)
        self._waiting[path] = (str(error), pause)
        return pause

    def problems(self, waiting: Collection[str]) -> list[str]:
        """What the operator is told, a sentence each; who does not wait any more is forgotten."""
        self._waiting = {path: told for path, told in self._waiting.items() if path in waiting}
        reasons = sorted({reason for reason, _ in self._waiting.values()})
        return [f"some articles wait, as what they show cannot be kept: {reason}" for reason in reasons]
