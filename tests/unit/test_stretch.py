"""Going on along events: up to a size, as far as somebody can say what is taken."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Event, Kind
from feeder.stream import Choice, frames
from feeder.stream.choice import EVERYTHING, seen
from feeder.stream.ring import Shared
from feeder.stream.selection import Selection
from feeder.stream.stretch import along

AT = datetime(2026, 11, 22, tzinfo=UTC)
WANTED = Selection(Choice(sections=frozenset({"p"})))


def shared(seq: int, section: str = "p", size: int = 10, *, is_known: bool = True) -> Shared:
    event = Event(
        seq=seq, epoch="e", at=AT, kind=Kind.PUBLISHED, article_id="a", slug="a", version=1, shelves=(section,)
    )
    return Shared(event, frames.event(event, b"1" * size), seen(event, None) if is_known else None)


def numbers(found: tuple[Shared, ...]) -> list[int]:
    return [one.seq for one in found]


@given(st.lists(st.tuples(st.sampled_from("pq"), st.integers(1, 200), st.sampled_from([True, True, True, False]))))
def test_it_goes_as_far_as_size_and_knowledge_reach(made: list[tuple[str, int, bool]]) -> None:
    found = [shared(seq, *one[:2], is_known=one[2]) for seq, one in enumerate(made, 1)]
    wanted, size, last = [], 0, 0
    for seq, (section, length, is_known) in enumerate(made, 1):
        if not is_known or size >= 300:
            break
        last = seq
        if section == "p":
            wanted.append(seq)
            size += length
    stretch = along(found, WANTED, 300)
    if not last:
        assert stretch is None
    else:
        assert stretch is not None
        assert (stretch.last.seq, numbers(stretch.taken)) == (last, wanted)


def test_one_is_taken_however_large_it_is() -> None:
    stretch = along([shared(1, size=1000), shared(2)], WANTED, 10)
    assert stretch is not None
    assert (stretch.last.seq, numbers(stretch.taken)) == (1, [1])


def test_who_takes_everything_need_know_nothing() -> None:
    stretch = along([shared(1, "q", is_known=False), shared(2, is_known=False)], Selection(EVERYTHING), 1000)
    assert stretch is not None
    assert numbers(stretch.taken) == [1, 2]


def test_what_nobody_wants_takes_no_room() -> None:
    stretch = along([shared(seq, "q", size=500) for seq in range(1, 9)], WANTED, 10)
    assert stretch is not None
    assert (stretch.last.seq, stretch.taken) == (8, ())
