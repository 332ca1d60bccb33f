from __future__ import annotations

import pytest

from feeder.seeds import Missing


@pytest.fixture
def missing() -> Missing:
    return Missing(grace_seconds=60)


def note(missing: Missing, count: int, now: float = 0) -> list[str]:
    paths = [f"{number:02}.txt" for number in range(count)]
    for path in paths:
        missing.note(path, now)
    return paths


def test_a_file_counts_as_deleted_after_the_grace_time(missing: Missing) -> None:
    missing.note("a.txt", 5)
    missing.note("a.txt", 50)
    assert missing.next_look() == 65
    assert missing.take_deleted(64.9, known=3) == []
    assert missing.take_deleted(65, known=3) == ["a.txt"]


def test_an_editor_that_unlinks_and_saves_deletes_nothing(missing: Missing) -> None:
    missing.note("a.txt", 0)
    missing.forget("a.txt")
    assert missing.take_deleted(100, known=1) == []
    assert missing.next_look() is None


def test_more_than_half_of_at_least_ten_is_held_back_for_ever(missing: Missing) -> None:
    paths = note(missing, 6)
    assert missing.take_deleted(0, known=10) == []
    assert list(missing.held) == paths
    assert missing.next_look() is None
    assert missing.take_deleted(10_000, known=10) == []


@pytest.mark.parametrize(("gone", "known"), [(5, 10), (9, 9), (1, 1)])
def test_half_or_few_are_believed(missing: Missing, gone: int, known: int) -> None:
    paths = note(missing, gone)
    assert missing.take_deleted(60, known) == paths
    assert missing.held == ()


def test_an_operator_confirms_what_was_held_and_only_that(missing: Missing) -> None:
    paths = note(missing, 6)
    missing.take_deleted(60, known=10)
    assert list(missing.confirm()) == paths
    assert missing.take_deleted(60, known=10) == paths


def test_a_confirmation_does_not_cover_what_vanishes_later(missing: Missing) -> None:
    old = note(missing, 11)
    missing.take_deleted(60, known=20)
    missing.confirm()
    for number in range(30, 45):
        missing.note(f"{number}.txt", 61)
    assert missing.take_deleted(200, known=25) == old
    assert len(missing.held) == 15


def test_files_that_come_back_end_the_doubt(missing: Missing) -> None:
    paths = note(missing, 6)
    missing.take_deleted(0, known=10)
    for path in paths[:3]:
        missing.forget(path)
    assert missing.take_deleted(60, known=10) == paths[3:]
    assert missing.held == ()
