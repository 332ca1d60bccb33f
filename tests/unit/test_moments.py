from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feeder.cli.moments import ago, exact

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (1, "1 second ago"),
        (59.9, "59 seconds ago"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (3_600, "1 hour ago"),
        (86_399, "23 hours ago"),
        (2 * 86_400, "2 days ago"),
        (30 * 86_400, "30 days ago"),
        (30 * 86_400 + 1, "2026-01-31"),
        (-1, "2026-03-02"),
    ],
)
def test_a_moment_is_told_by_its_distance(seconds: float, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_a_moment_is_told_to_the_second() -> None:
    assert exact(NOW) == "2026-03-02 12:00:00 UTC"
