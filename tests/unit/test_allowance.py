"""How often one address may ask."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web.connections.allowance import Allowance

HERE, THERE = "192.0.2.1", "192.0.2.2"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_and_then_so_many_a_second() -> None:
    clock = Clock()
    allowance = Allowance(2, 5, clock)
    assert [allowance.take(HERE) for _ in range(5)] == [0] * 5
    assert allowance.take(HERE) == pytest.approx(0.5)
    assert allowance.take(HERE) == pytest.approx(0.5)  # who is turned away has spent nothing
    assert allowance.take(THERE) == 0
    clock.now += 0.5
    assert allowance.take(HERE) == 0
    assert allowance.take(HERE) == pytest.approx(0.5)
    clock.now += 100
    assert [bool(allowance.take(HERE)) for _ in range(6)] == [False] * 5 + [True]


def test_who_waits_as_long_as_it_was_told_is_let_in() -> None:
    clock = Clock(1e6)
    allowance = Allowance(3, 2, clock)
    for _ in range(50):
        clock.now += allowance.take(HERE) + 1e-6
        assert allowance.take(HERE) == 0


def test_who_is_not_counted_may_ask_as_it_likes() -> None:
    allowance = Allowance(1, 1, Clock())
    assert not any(allowance.take(None) for _ in range(1000))
    assert len(allowance) == 0


def test_a_network_of_ipv6_is_one() -> None:
    allowance = Allowance(1, 1, Clock())
    assert allowance.take("2001:db8::1") == 0
    assert allowance.take("2001:db8::2") > 0
    assert allowance.take("2001:db8:0:1::2") == 0


def test_who_asks_no_more_is_forgotten() -> None:
    clock = Clock()
    allowance = Allowance(10, 10, clock)
    for number in range(500):
        allowance.take(f"10.0.{number >> 8}.{number & 255}")
        clock.now += 0.02
    assert len(allowance) <= 6


def test_at_most_so_many_addresses_are_known() -> None:
    """Who has asked most recently stays known, however many others come."""
    clock = Clock()
    allowance = Allowance(0.001, 1, clock, most=100)
    assert allowance.take(HERE) == 0
    for number in range(1000):
        allowance.take(f"10.0.{number >> 8}.{number & 255}")
        clock.now += 0.001
        assert len(allowance) <= 100
    assert allowance.take("10.0.3.231") > 0


def test_who_keeps_asking_stays_known() -> None:
    allowance = Allowance(0.001, 1, Clock(), most=100)
    assert allowance.take(HERE) == 0
    for number in range(1000):
        allowance.take(f"10.0.{number >> 8}.{number & 255}")
        assert number % 90 or allowance.take(HERE) > 0


def test_a_pause_saves_up_no_more_than_there_is() -> None:
    """Also for who stands behind another that is still known."""
    clock = Clock()
    allowance = Allowance(1, 10, clock)
    for _ in range(10):
        allowance.take(THERE)
    allowance.take(HERE)
    clock.now = 9
    assert len(allowance) == 2
    assert [bool(allowance.take(HERE)) for _ in range(11)] == [False] * 10 + [True]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 2)), max_size=80))
def test_nobody_gets_more_than_its_allowance(steps: list[tuple[int, float]]) -> None:
    clock, taken = Clock(), dict[int, list[float]]()
    allowance = Allowance(2, 4, clock)
    for who, pause in steps:
        clock.now += pause
        if allowance.take(f"192.0.2.{who}") == 0:
            taken.setdefault(who, []).append(clock.now)
    for moments in taken.values():
        for first, moment in enumerate(moments):
            for last, later in enumerate(moments[first:], 1):
                assert last <= 4 + 2 * (later - moment) + 1e-6
