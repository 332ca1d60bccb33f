from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from feeder.model import Seed
from feeder.seeds import Settling, is_being_written

SEED = Seed("a.txt", 10, 1, 1, 1)
GROWN = dataclasses.replace(SEED, size=20)


@pytest.fixture
def settling() -> Settling:
    return Settling(settle_seconds=1, grace_seconds=30)


def test_a_file_that_nobody_writes_is_settled_at_once(settling: Settling) -> None:
    assert settling.is_settled(SEED, 0, written=False)


def test_without_word_from_the_system_two_looks_a_settle_time_apart_must_agree(settling: Settling) -> None:
    assert not settling.is_settled(SEED, 0, written=None)
    assert settling.next_look() == 1
    assert not settling.is_settled(SEED, 0.9, written=None)
    assert not settling.is_settled(GROWN, 1.5, written=None)
    assert not settling.is_settled(GROWN, 2.4, written=None)
    assert settling.is_settled(GROWN, 2.5, written=None)


def test_a_file_held_open_waits_however_long_its_writer_pauses_but_not_for_ever(settling: Settling) -> None:
    assert not settling.is_settled(SEED, 0, written=True)
    assert not settling.is_settled(SEED, 29, written=True)
    assert not settling.is_settled(GROWN, 29.5, written=True)
    assert not settling.is_settled(GROWN, 59, written=True)
    assert settling.is_settled(GROWN, 59.5, written=True)


def test_a_writer_that_closes_is_noticed_at_the_next_look(settling: Settling) -> None:
    assert not settling.is_settled(SEED, 0, written=True)
    assert settling.next_look() == 1
    assert settling.is_settled(SEED, 1, written=False)


def test_a_cut_off_file_waits_for_its_rest_until_the_grace_time_is_over(settling: Settling) -> None:
    assert settling.may_be_unfinished(SEED, 5)
    assert settling.is_held(SEED, 6)
    assert not settling.is_held(GROWN, 6)
    assert settling.may_be_unfinished(GROWN, 20)
    assert settling.next_look() == 50
    assert not settling.may_be_unfinished(GROWN, 50)


def test_what_is_forgotten_waits_no_longer(settling: Settling) -> None:
    settling.is_settled(SEED, 0, written=None)
    assert settling.waiting == ["a.txt"]
    settling.forget("a.txt")
    assert settling.waiting == []
    assert settling.next_look() is None


def test_a_file_that_changed_while_it_was_read_is_looked_at_again(settling: Settling) -> None:
    settling.look_again(SEED, 3)
    assert settling.next_look() == 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is writing")
def test_the_system_tells_who_is_writing(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x")
    assert is_being_written(str(file)) is False
    with file.open("a") as writing:
        assert is_being_written(str(file)) is True
        writing.write("more")
    assert is_being_written(str(file)) is False
    with file.open() as _reading:
        assert is_being_written(str(file)) is False


def test_a_file_that_is_gone_is_unknown(tmp_path: Path) -> None:
    assert is_being_written(str(tmp_path / "gone")) is None
