"""How a thread that works behind others rests: as much as was said, and often."""

from __future__ import annotations

import pytest

from feeder.publish.pace import STRETCH_SECONDS, Breath


class Hours:
    """A clock that goes on by what is worked and slept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


def worked(ratio: float, *works: float) -> list[float]:
    """The rests that are taken while these are worked, one after the other."""
    hours = Hours()
    breath = Breath(ratio, hours.clock, hours.sleep)
    for seconds in works:
        hours.now += seconds
        breath.draw()
    return hours.slept


def test_it_rests_as_many_times_as_long_as_it_worked() -> None:
    assert worked(1.0, 0.25, 0.5) == pytest.approx([0.25, 0.5])
    assert worked(3.0, 0.25) == pytest.approx([0.75])


def test_many_small_works_are_one_rest_and_nothing_is_forgotten() -> None:
    step = STRETCH_SECONDS * 0.4
    assert worked(2.0, *[step] * 7) == pytest.approx([step * 6] * 2)


def test_who_need_not_rest_does_not() -> None:
    assert worked(0, 1.0, 2.0) == []
