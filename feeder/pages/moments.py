"""Moments as pages show them: as they were written, in the words of no host's locale. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Precision

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def spoken(moment: datetime, precision: Precision = "minute") -> str:
    """A moment for people: ``30 April 2019``, or with its time of day and its own offset."""
    day = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return day if precision == "day" else f"{day}, {moment.hour:02}:{moment.minute:02} {_zone(moment)}"


def machine(moment: datetime, precision: Precision = "second") -> str:
    """A moment for ``<time datetime>``, no more exact than it was written (HTML 4.5.14)."""
    if precision == "day":
        return moment.date().isoformat()
    return moment.isoformat(timespec="minutes" if precision == "minute" else "seconds")


def _zone(moment: datetime) -> str:
    offset = moment.strftime("%z")
    return "UTC" if offset in {"", "+0000"} else f"UTC{offset[:3]}:{offset[3:5]}"
