"""Places for listeners: in total, and for one address."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from feeder.stream.admission import Admission, Refusal, Seat

HERE, THERE = "192.0.2.1", "192.0.2.2"


def test_as_many_as_may_get_a_place() -> None:
    admission = Admission(2, 0)
    first, second = admission.enter(HERE), admission.enter(HERE)
    assert first is not None
    assert second is not None
    assert (admission.enter(HERE), admission.enter(None)) == (None, None)
    assert (admission.listeners, admission.refused) == (2, {"full": 2, "address": 0})
    first.leave()
    assert admission.listeners == 1
    assert admission.enter(THERE) is not None


def test_as_many_of_one_address_as_may() -> None:
    admission = Admission(0, 2)
    first = admission.enter(HERE)
    assert first is not None
    assert admission.enter(HERE) is not None
    assert admission.enter(HERE) is None
    assert admission.enter(THERE) is not None
    assert (admission.listeners, admission.refused[Refusal.ADDRESS], admission.refused[Refusal.FULL]) == (3, 1, 0)
    first.leave()
    assert admission.enter(HERE) is not None
    assert admission.enter(HERE) is None


def test_who_is_not_counted_by_address_is_counted_in_total() -> None:
    admission = Admission(3, 1)
    assert all(admission.enter(None) for _ in range(3))
    assert admission.enter(None) is None
    assert (admission.parties, admission.listeners) == (0, 3)


def test_without_limits_everybody_gets_a_place() -> None:
    admission = Admission(0, 0)
    assert all(admission.enter(HERE) for _ in range(1000))
    assert (admission.listeners, admission.parties, sum(admission.refused.values())) == (1000, 0, 0)


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    admission = Admission(0, 2)
    assert admission.enter("2001:db8::1") is not None
    assert admission.enter("2001:db8::ffff:1") is not None
    assert admission.enter("2001:db8::2") is None
    assert admission.enter("2001:db8:0:1::2") is not None


def test_a_place_is_given_back_once() -> None:
    admission = Admission(0, 5)
    seats = [admission.enter(HERE) for _ in range(2)]
    for _ in range(3):
        assert seats[0] is not None
        seats[0].leave()
    assert (admission.listeners, admission.parties) == (1, 1)


def test_addresses_are_forgotten() -> None:
    admission = Admission(0, 100)
    for number in range(10_000):
        seat = admission.enter(f"10.0.{number >> 8}.{number & 255}")
        assert seat is not None
        seat.leave()
    assert (admission.parties, admission.listeners) == (0, 0)


def test_refused_addresses_are_not_remembered() -> None:
    admission = Admission(1, 100)
    assert admission.enter(HERE) is not None
    for number in range(100):
        assert admission.enter(f"10.0.0.{number}") is None
    assert admission.parties == 1


STEPS = st.lists(st.tuples(st.sampled_from([None, HERE, THERE, "2001:db8::1"]), st.integers(0, 20)), max_size=60)


@given(STEPS, st.integers(0, 6), st.integers(0, 3))
def test_the_numbers_are_those_of_who_is_there(steps: list[tuple[str | None, int]], most: int, each: int) -> None:
    """Whoever comes and goes in whatever order."""
    admission, there = Admission(most, each), list[tuple[str | None, Seat]]()
    for address, leaver in steps:
        if leaver < len(there):
            there.pop(leaver)[1].leave()
        present = Counter(one for one, _ in there)
        seat = admission.enter(address)
        is_room = (not most or len(there) < most) and (not each or address is None or present[address] < each)
        assert (seat is not None) is is_room
        if seat is not None:
            there.append((address, seat))
        assert admission.listeners == len(there)
        assert admission.parties == len({one for one, _ in there if one} if each else ())
