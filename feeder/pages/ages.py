"""How long something lasted, or ago it was, in the few words that a glance takes in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import timedelta

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_MOMENT: Final = 2
_TEN: Final = 10


def lasting(time: timedelta) -> str:
    """``3 d 4 h``, ``12 min``, ``8 s``: the two largest units, the second only where it is next to the first."""
    left = max(int(time.total_seconds()), 0)
    for place, (seconds, unit) in enumerate(_UNITS[:-1]):
        if left >= seconds:
            below, name = _UNITS[place + 1]
            rest = left % seconds // below
            return f"{left // seconds} {unit}" + (f" {rest} {name}" if rest and place < _MOMENT else "")
    return f"{left} s"


def age(time: timedelta) -> str:
    """``just now``, ``12 min ago``; what is yet to come is just now."""
    return "just now" if time.total_seconds() < _MOMENT else f"{lasting(time)} ago"


def short_seconds(seconds: float | None) -> str:
    """``0.4 ms``, ``12 ms``, ``1.5 s``, ``40 s``; a dash where nothing is known."""
    if seconds is None:
        return "—"
    value, unit = (seconds * 1000, "ms") if seconds < 1 else (seconds, "s")
    return f"{value:.1f} {unit}".replace(".0 ", " ") if value < _TEN else f"{value:,.0f} {unit}"
