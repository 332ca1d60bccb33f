"""How the figures went: what the parts counted in each five minutes of the last two days, in constant memory. Pure.

Counters only say how much there was since the start. Who notes them now and then has what happened in between; nothing
here is kept over a restart.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from feeder.web.operator.metrics import Measure
    from feeder.web.readership import Asked, Name

HOURS: Final = 48
"""How far back the operator sees."""
STEP_SECONDS: Final = 300
_MOST_STEPS: Final = HOURS * 3600 // STEP_SECONDS
_OF_STREAM: Final = ("connections", "refused", "gaps", "slow", "dropped")


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted since the start: how requests for feeds were answered, and what befell listeners.

    ``whole`` are 200, ``unchanged`` 304 and ``deltas`` 226.
    """

    whole: int = 0
    unchanged: int = 0
    deltas: int = 0
    connections: int = 0
    refused: int = 0
    gaps: int = 0
    slow: int = 0
    dropped: int = 0
    replayed: int = 0

    def since(self, earlier: Totals) -> Totals:
        """What came since; nothing is less than 0."""
        names = [one.name for one in fields(Totals)]
        return Totals(**{name: max(0, getattr(self, name) - getattr(earlier, name)) for name in names})


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one moment; ``lag_p50`` and ``lag_p99`` are in seconds, None where nothing was written."""

    listeners: int = 0
    lag_p50: float | None = None
    lag_p99: float | None = None
    totals: Totals = field(default_factory=Totals)


@dataclass(frozen=True, slots=True)
class Step:
    """Five minutes that began at ``at`` (aware UTC): the most of the samples in it, and what was counted."""

    at: datetime
    listeners: int
    lag_p50: float | None
    lag_p99: float | None
    counted: Totals


class Course:
    """The steps up to now, the last of them under way. A clock that was set back goes on with the step that it had."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=_MOST_STEPS)
        self._before = Totals()
        self._latest = Totals()

    def note(self, now: datetime, sample: Sample) -> None:
        """The figures as they are; ``now`` is aware UTC."""
        second = int(now.timestamp()) // STEP_SECONDS * STEP_SECONDS
        at = datetime.fromtimestamp(second, UTC)
        if self._steps and at <= self._steps[-1].at:
            step = self._steps.pop()
        else:
            self._before, step = self._latest, Step(at, 0, None, None, Totals())
        self._latest = sample.totals
        self._steps.append(
            Step(
                step.at,
                max(step.listeners, sample.listeners),
                _most(step.lag_p50, sample.lag_p50),
                _most(step.lag_p99, sample.lag_p99),
                sample.totals.since(self._before),
            )
        )

    def steps(self) -> Sequence[Step]:
        """All that is known, oldest first; a step in which nobody noted anything is left out."""
        return list(self._steps)


def _most(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)


def sample_of(measures: Iterable[Measure], counted: Mapping[Name, Asked]) -> Sample:
    """The figures as the parts tell them."""
    sums: dict[str, float] = {}
    for one in measures:
        sums[one.name] = sums.get(one.name, 0.0) + one.value
    asked = list(counted.values())
    totals = Totals(
        whole=sum(one.whole for one in asked),
        unchanged=sum(one.unchanged for one in asked),
        deltas=sum(one.deltas for one in asked),
        **{name: int(sums.get(f"stream_{name}", 0)) for name in _OF_STREAM},
        replayed=int(sums.get("stream_replays", 0)),
    )
    lags = (sums.get(f"stream_lag_{name}", math.nan) for name in ("p50", "p99"))
    half, nearly_all = (None if math.isnan(lag) else lag for lag in lags)
    return Sample(int(sums.get("stream_listeners", 0)), half, nearly_all, totals)
