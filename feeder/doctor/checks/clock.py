"""The clock: what happened stands in the log with its time, which never goes back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.doctor.finding import not_checked, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from feeder.doctor.finding import Finding

_FIRST_YEAR, _LAST_YEAR = 2026, 2100
_STEP_SECONDS: Final = 0.5
"""Between two readings of both clocks; disciplining a clock parts them by a two-thousandth at most."""
_SLIGHT_SECONDS: Final = 2.0
_GRAVE_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The machine's clock.

    ``now`` is aware UTC. ``parted_seconds`` is by how much the wall's clock and the monotonic one parted while we
    looked, ``is_synchronised`` what the kernel says (None: nothing), ``steps`` how often the running instance saw the
    clock being set (None: none runs), ``last_event`` the time of the log's newest event.
    """

    now: datetime
    parted_seconds: float = 0.0
    is_synchronised: bool | None = None
    steps: int | None = None
    last_event: datetime | None = None


def judge(clocks: Clocks) -> Iterator[Finding]:
    """Whether the time is right, as far as one machine can tell."""
    shown = f"{clocks.now:%Y-%m-%d %H:%M:%S} UTC"
    if not _FIRST_YEAR <= clocks.now.year <= _LAST_YEAR:
        yield problem("clock", f"The clock says {shown}, which cannot be.", _SET)
    else:
        yield from _judge_synchronised(clocks, shown)
    yield from _judge_steps(clocks)
    if clocks.last_event is not None:
        yield from _judge_behind(clocks.last_event, clocks.now)


def _judge_synchronised(clocks: Clocks, shown: str) -> Iterator[Finding]:
    if clocks.is_synchronised is None:
        yield not_checked("clock", f"The clock says {shown}; the kernel does not say whether it is kept right.")
    elif clocks.is_synchronised:
        yield ok("clock", f"The clock says {shown}, and is kept right over the network.")
    else:
        yield warning(
            "clock",
            f"The clock says {shown}, and nothing keeps it right: embargoes and the dates of events follow it.",
            _SET,
        )


def _judge_steps(clocks: Clocks) -> Iterator[Finding]:
    if abs(clocks.parted_seconds) > _STEP_SECONDS:
        yield warning("clock", f"The clock was set by {clocks.parted_seconds:+.1f} s while we looked.", _ONE)
    if clocks.steps:
        yield warning("clock", f"The clock was set {clocks.steps:,} times since the instance started.", _ONE)


def _judge_behind(last: datetime, now: datetime) -> Iterator[Finding]:
    seconds = (last - now).total_seconds()
    if seconds <= _SLIGHT_SECONDS:
        return
    says = f"The clock is {_span(seconds)} behind the newest event ({last:%Y-%m-%d %H:%M:%S} UTC)"
    grave = seconds > _GRAVE_SECONDS
    yield (problem if grave else warning)(
        "clock",
        f"{says}: times of events never go back, so new ones have that time until the clock has come to it.",
        f"{_SET} If it is right now and was ahead then, nothing mends it but waiting.",
    )


_SPANS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def _span(seconds: float) -> str:
    for length, name in _SPANS:
        if seconds >= length:
            return f"{seconds / length:.1f} {name}s"
    return f"{seconds:.0f} seconds"


_SET: Final = "Have it kept right: systemd-timesyncd or chrony; in a container or a guest, on its host."
_ONE: Final = "Let one program keep it right by small steps, and one only (systemd-timesyncd or chrony)."
