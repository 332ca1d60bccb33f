"""The timer wheel says what a list of moments would say, a spoke later at most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feeder.stream.wheel import Wheel

WIDTHS = st.sampled_from([0.005, 0.1, 0.125, 0.3, 1.0])
WAITS = st.floats(0, 50, allow_nan=False)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "again", "remove", "turn"]), st.integers(0, 5), WAITS), max_size=60)


@given(WIDTHS, STEPS)
def test_it_gives_what_a_list_of_moments_would_give(width: float, steps: list[tuple[str, int, float]]) -> None:
    wheel: Wheel[int] = Wheel(width)
    moments: dict[int, tuple[float, int]] = {}
    now = 1000.0
    for step, thing, wait in steps:
        if step == "turn":
            now += wait
            given_out = list(wheel.due(now))
            for one in given_out:
                assert moments.pop(one)[0] <= now
            assert len(set(given_out)) == len(given_out)
            assert all(moment + width >= now - 1e-6 for moment, _ in moments.values())
        elif step == "remove" and thing in moments:
            wheel.remove(thing, moments.pop(thing)[1])
        elif step == "add" or thing in moments:
            if thing in moments:
                wheel.remove(thing, moments[thing][1])
            moments[thing] = now + wait, wheel.add(thing, now + wait)
        assert len(wheel) == len(moments)
        due = wheel.next_due()
        assert (due is None) == (not moments)
        if due is not None:
            first = min(moment for moment, _ in moments.values())
            assert first - 1e-6 <= due <= first + width + 1e-6


def test_what_is_due_first_comes_first_however_it_was_put_in() -> None:
    wheel: Wheel[str] = Wheel(1)
    for thing, moment in (("c", 30.0), ("a", 10.0), ("b", 20.0)):
        wheel.add(thing, moment)
    assert list(wheel.due(10)) == []
    assert list(wheel.due(35)) == ["a", "b", "c"]
    assert (len(wheel), wheel.next_due(), list(wheel.due(1000))) == (0, None, [])


def test_what_is_not_there_is_removed_by_doing_nothing() -> None:
    wheel: Wheel[str] = Wheel(1)
    spoke = wheel.add("a", 5)
    wheel.remove("b", spoke)
    wheel.remove("a", spoke + 1)
    wheel.remove("a", -1)
    assert len(wheel) == 1
    wheel.remove("a", spoke)
    wheel.remove("a", spoke)
    assert wheel.next_due() is None


def test_while_it_turns_things_may_go_and_come() -> None:
    wheel: Wheel[str] = Wheel(1)
    spoke = wheel.add("a", 5)
    wheel.add("b", 5)
    later = wheel.add("c", 6)
    seen = []
    for thing in wheel.due(20):
        seen.append(thing)
        wheel.remove({"a": "b", "b": "a"}.get(thing, ""), spoke)  # the other one goes with it
        wheel.remove("c", later)
        wheel.add("next", 20)  # what is put in now is not due yet
    assert len(seen) == 1
    assert list(wheel.due(20.9)) == []
    assert list(wheel.due(21)) == ["next"]
