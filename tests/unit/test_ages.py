"""How long, and how long ago."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feeder.pages.ages import age, lasting, short_seconds


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (125, "2 min"), (3600, "1 h"), (3725, "1 h 2 min"),
        (86_400, "1 d"), (90_060, "1 d 1 h"), (86_460, "1 d"), (40 * 86_400 + 3600, "40 d 1 h"),
    ],
)  # fmt: skip
def test_two_units_say_enough(seconds: float, said: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(-60, "just now"), (1.9, "just now"), (2, "2 s ago"), (7300, "2 h 1 min ago")]
)
def test_what_is_yet_to_come_is_just_now(seconds: float, said: str) -> None:
    assert age(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "—"),
        (0, "0 ms"),
        (0.00042, "0.4 ms"),
        (0.012, "12 ms"),
        (0.9, "900 ms"),
        (1, "1 s"),
        (1.55, "1.6 s"),
        (12_345, "12,345 s"),
    ],
)
def test_lags_are_said_in_their_own_unit(seconds: float | None, said: str) -> None:
    assert short_seconds(seconds) in {said, said.replace("1.6", "1.5")}
