"""How long after their acceptance events are written to listeners. Pure: constant memory, and no work to speak of.

A measurement raises a few numbers. For the moment's quantiles there are fine buckets, each a tenth wider than the one
below, in generations of which the oldest is forgotten as time goes on; for Prometheus, which wants counts that only
ever grow, a few coarse ones.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper bounds of the histogram's buckets, in seconds; above the last there is one more."""

_LEAST_SECONDS: Final = 1e-5
_PER_DOUBLING: Final = 8
_DOUBLINGS: Final = 30
_MOST_SECONDS: Final = _LEAST_SECONDS * 2**_DOUBLINGS
_FINE: Final = _PER_DOUBLING * _DOUBLINGS
"""From ten microseconds to three hours; what is outside is counted at the end that it is nearer to."""

_WINDOW_SECONDS: Final = 300.0
_GENERATIONS: Final = 5


class Lag:
    """Measurements, as quantiles of the last minutes and as a histogram since the start.

    Args:
        clock: seconds of any origin that only ever grow.
        window_seconds: how far back the quantiles look, at most; at least four fifths of it.
    """

    def __init__(self, clock: Callable[[], float], *, window_seconds: float = _WINDOW_SECONDS) -> None:
        self._clock = clock
        self._generation_seconds = window_seconds / _GENERATIONS
        self._generations: deque[list[int]] = deque([[0] * _FINE], maxlen=_GENERATIONS)
        self._ends = clock() + self._generation_seconds
        self._counts = [0] * (len(BOUNDS) + 1)
        self.total_seconds = 0.0
        """The sum of all that was measured since the start."""

    def note(self, seconds: float, times: int = 1) -> None:
        """So many events were written so long after they were accepted; less than nothing (a clock was set) is 0."""
        seconds = max(seconds, 0.0)
        self._turn()
        self._generations[-1][_place(seconds)] += times
        self._counts[bisect_left(BOUNDS, seconds)] += times
        self.total_seconds += seconds * times

    def quantile(self, q: float) -> float | None:
        """What a share ``q`` of the last minutes' measurements do not exceed, to 5 %; None if there are none."""
        self._turn()
        counts = [sum(column) for column in zip(*self._generations, strict=True)]
        rank = max(math.ceil(q * sum(counts)), 1)
        for place, below in enumerate(accumulate(counts)):
            if below >= rank:
                return _middle(place)
        return None

    @property
    def counts(self) -> Sequence[int]:
        """How many measurements since the start were at most each of ``BOUNDS``; at the end how many there were."""
        return list(accumulate(self._counts))

    def _turn(self) -> None:
        """Begin a new generation for each that has ended."""
        now = self._clock()
        if now < self._ends:
            return
        ended = 1 + int((now - self._ends) / self._generation_seconds)
        for _ in range(min(ended, _GENERATIONS)):
            self._generations.append([0] * _FINE)
        self._ends += ended * self._generation_seconds


def _place(seconds: float) -> int:
    """The fine bucket of a measurement."""
    if seconds <= _LEAST_SECONDS:
        return 0
    return min(int(math.log2(min(seconds, _MOST_SECONDS) / _LEAST_SECONDS) * _PER_DOUBLING), _FINE - 1)


def _middle(place: int) -> float:
    """A measurement in the middle of a fine bucket, by ratio: no one in it is further off than half its width."""
    return _LEAST_SECONDS * math.exp2((place + 0.5) / _PER_DOUBLING)
