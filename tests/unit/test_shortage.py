"""Articles that wait for the disk: tried again after longer and longer pauses, and told of until none waits."""

from __future__ import annotations

from feeder.errors import UnavailableError
from feeder.ingest.shortage import Shortage

FULL = UnavailableError("the folder media cannot be used: No space left on device")
AWAY = UnavailableError("the folder media cannot be used: Input/output error")


def test_each_pause_is_longer_up_to_half_a_minute() -> None:
    shortage = Shortage()
    assert [shortage.note("a.md", FULL) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert shortage.note("b.md", FULL) == 0.5
    shortage.problems({"b.md"})
    assert shortage.note("a.md", FULL) == 0.5
    assert shortage.note("b.md", FULL) == 1


def test_each_reason_is_told_once_while_somebody_waits_for_it() -> None:
    shortage = Shortage()
    for path in ("a.md", "b.md"):
        shortage.note(path, FULL)
    shortage.note("c.md", AWAY)
    everybody = {"a.md", "b.md", "c.md"}
    assert [problem.rpartition(": ")[2] for problem in shortage.problems(everybody)] == [
        "Input/output error",
        "No space left on device",
    ]
    assert len(shortage.problems({"a.md", "b.md"})) == 1
    assert shortage.problems({"z.md"}) == []  # they are gone from the folder
    assert shortage.problems(everybody) == []
