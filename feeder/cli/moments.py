"""How moments are told: to people how long ago they were, in a pipe as they are; the clock is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_LONGEST: Final = timedelta(days=30)


def ago(at: datetime, now: datetime) -> str:
    """How long ago it was, in its largest unit: ``3 minutes ago``; after a month, or before its time, the day."""
    seconds = int((now - at).total_seconds())
    if seconds < 0 or now - at > _LONGEST:
        return f"{at:%Y-%m-%d}"
    length, name = next(((length, name) for length, name in _UNITS if seconds >= length), (1, "second"))
    count = seconds // length
    return f"{count} {name}{'' if count == 1 else 's'} ago" if count else "just now"


def exact(at: datetime) -> str:
    """The moment to the second, in its own zone: ``2026-03-02 12:00:00 UTC``."""
    return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname() or ''}".rstrip()
