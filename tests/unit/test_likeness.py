from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.likeness import COMPARED_WORDS, SIZE, hashes_of, is_telling, resemblance, sketch

WORDS = [f"word{number}" for number in range(400)]
TEXT = " ".join(WORDS)


def jaccard(one: str, other: str) -> float:
    first, second = (
        {tuple(words[at : at + 3]) for at in range(len(words) - 2)} for words in (one.split(), other.split())
    )
    return len(first & second) / len(first | second)


@pytest.mark.parametrize("changed", [1, 5, 20, 60, 130, 300])
def test_the_estimate_is_near_the_true_share(changed: int) -> None:
    words = list(WORDS)
    for number in range(changed):
        words[number * len(words) // changed] = f"new{number}"
    other = " ".join(words)
    assert resemblance(sketch(TEXT), sketch(other)) == pytest.approx(jaccard(TEXT, other), abs=0.12)


@given(st.text(max_size=300), st.text(max_size=300))
def test_it_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    first, second = sketch(one), sketch(other)
    assert resemblance(first, first) == 1
    if first or second:
        assert 0 <= resemblance(first, second) == resemblance(second, first) <= 1
    assert list(hashes_of(first)) == sorted(set(hashes_of(first)))
    assert len(hashes_of(first)) <= SIZE


def test_marks_and_case_are_no_difference() -> None:
    assert sketch("The bridge, shut!") == sketch("the BRIDGE - shut")


def test_characters_of_a_script_without_spaces_are_words() -> None:
    one, other = "一辆卡车中午撞上大桥北门后大桥关闭", "一辆卡车中午撞上大桥北门后大桥仍关闭"
    assert 0.5 < resemblance(sketch(one), sketch(other)) < 1


def test_only_a_text_of_some_length_is_telling() -> None:
    assert not is_telling(sketch("It rained all day in the valley and in the hills."))
    assert not is_telling(sketch(" ".join(WORDS[:33])))
    assert is_telling(sketch(" ".join(WORDS[:34])))
    assert is_telling(sketch(TEXT))


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    beginning = "x " * COMPARED_WORDS
    assert sketch(beginning + TEXT) == sketch(beginning)
    assert sketch("桥" * COMPARED_WORDS + TEXT) == sketch("桥" * COMPARED_WORDS)


def test_it_is_the_same_in_every_release() -> None:
    assert hashes_of(sketch("one two three four")) == (165789842, 3333706505)
