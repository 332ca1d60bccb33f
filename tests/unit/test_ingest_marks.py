"""The counts of marks are those of the marks, whatever became of the files and in whichever order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engines import NOON
from feeder.ingest.marks import Marks
from feeder.model import Seed
from feeder.store import Mark, Status

MARKS = st.builds(
    lambda path, size, status, refused: Mark(
        seed=Seed(path, size, 2, 3, 4), sha256="", status=status, first_seen=NOON, refused_count=refused
    ),
    st.sampled_from(["a.txt", "b.txt", "c.txt"]),
    st.integers(0, 3),
    st.sampled_from(Status),
    st.integers(0, 1),
)


@given(st.lists(MARKS), st.lists(MARKS))
def test_what_is_counted_is_what_is_there(before: list[Mark], then: list[Mark]) -> None:
    marks = Marks(before)
    for mark in then:
        marks.keep(mark)
    assert dict(marks) == {mark.seed.path: mark for mark in before + then}
    assert marks.seeds == {path: mark.seed for path, mark in marks.items()}
    assert +marks.statuses == Counter(mark.status for mark in marks.values())
    assert {mark.seed.path for mark in marks.refused} == {path for path, mark in marks.items() if mark.is_refused}
