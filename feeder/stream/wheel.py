"""A timer wheel: moments for many things with one timer for all of them, exact to a spoke. Pure.

Putting something in and taking it out again is one operation on a set, however many there are: of ten thousand
deadlines nearly none is ever reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Thing = TypeVar("Thing")


class Wheel(Generic[Thing]):
    """Moments of a clock that never goes back, each with the things that are due then.

    Args:
        spoke_seconds: how far apart two moments are that it tells apart.
    """

    def __init__(self, spoke_seconds: float) -> None:
        self._width = spoke_seconds
        self._spokes: dict[int, set[Thing]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._spokes.values()))

    def add(self, thing: Thing, moment: float) -> int:
        """Have a thing come up at a moment or up to a spoke later; gives its spoke, to ``remove`` it by."""
        spoke = int(moment / self._width) + 1
        self._spokes.setdefault(spoke, set()).add(thing)
        return spoke

    def remove(self, thing: Thing, spoke: int) -> None:
        """Forget a thing, if it is still there."""
        things = self._spokes.get(spoke)
        if things is not None:
            things.discard(thing)
            if not things:
                del self._spokes[spoke]

    def next_due(self) -> float | None:
        """When something comes up next; None: nothing is in it."""
        return min(self._spokes) * self._width if self._spokes else None

    def due(self, now: float) -> Iterator[Thing]:
        """Take out what has come up by now, the earliest first."""
        reached = int(now / self._width)
        for spoke in sorted(spoke for spoke in self._spokes if spoke <= reached):
            things = self._spokes.get(spoke, set())
            while things:
                yield things.pop()
            self._spokes.pop(spoke, None)
