"""Moments on a page: the day that was written, whatever the host's zone and locale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from feeder.model import Precision
from feeder.pages.moments import machine, spoken

EAST = timezone(timedelta(hours=5, minutes=30))
WEST = timezone(-timedelta(hours=3, minutes=30))


@pytest.mark.parametrize(
    ("moment", "precision", "said", "written"),
    [
        (datetime(2019, 4, 30, tzinfo=UTC), "day", "30 April 2019", "2019-04-30"),
        (datetime(2019, 4, 30, tzinfo=EAST), "day", "30 April 2019", "2019-04-30"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "minute", "2 January 2026, 03:04 UTC", "2026-01-02T03:04+00:00"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST), "second", "2 January 2026, 03:04 UTC+05:30",
         "2026-01-02T03:04:05+05:30"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=WEST), "minute", "31 December 2026, 23:59 UTC-03:30",
         "2026-12-31T23:59-03:30"),
    ],
)  # fmt: skip
def test_a_moment_as_it_was_written(moment: datetime, precision: Precision, said: str, written: str) -> None:
    assert (spoken(moment, precision), machine(moment, precision)) == (said, written)
