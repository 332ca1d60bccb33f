from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse.writing.footnotes import rewritten
from linear import in_linear_time


def test_footnotes_are_numbered_as_they_are_named_and_listed_at_the_end() -> None:
    body = "One[^b], two[^a], one again[^b].\n\n[^a]: About two.\n[^b]: About one.\n\nThe end.\n"
    assert rewritten(body) == (
        "One<sup>1</sup>, two<sup>2</sup>, one again<sup>1</sup>.\n\nThe end.\n\n---\n\n1. About one.\n2. About two.\n"
    )


def test_a_footnote_goes_on_below_set_in_or_not() -> None:
    body = "One[^1].\n\n[^1]: About\none,\n    and more.\n\n    A second paragraph.\n\nThe end."
    assert rewritten(body) == (
        "One<sup>1</sup>.\n\nThe end.\n\n---\n\n1. About\n    one,\n    and more.\n    \n    A second paragraph.\n"
    )


def test_one_that_nobody_names_is_listed_last() -> None:
    assert rewritten("One[^b].\n\n[^a]: A.\n[^b]: B.\n").endswith("1. B.\n2. A.\n")


@pytest.mark.parametrize(
    "body",
    [
        "A list [1] and a mark[^1] without a note.",
        "`[^1]`",
        "```\na[^1]\n\n[^1]: a note\n```\n",
        "Nothing of the kind.",
    ],
)
def test_marks_without_notes_and_code_stay_as_they_are(body: str) -> None:
    assert rewritten(body) == body


def test_of_marks_only_those_in_the_text_are_numbered() -> None:
    body = "One[^1] `[^1]` [^2]\n\n    code[^1]\n\n~~~\n[^1]\n~~~\n\n[^1]: A.\n"
    assert rewritten(body).startswith("One<sup>1</sup> `[^1]` [^2]\n\n    code[^1]\n\n~~~\n[^1]\n~~~\n")


@pytest.mark.parametrize("piece", ["[^1]", "[^1]: a\n", "[^", "`[^1]", "[^1]: a\n\n    "])
def test_no_repetition_takes_long(piece: str) -> None:
    in_linear_time(lambda: rewritten(piece * 50_000 + "\n[^1]: z"))


@given(st.lists(st.sampled_from(["[^a]", "[^a]: ", "[^b]: x", "\n", "\n\n", "    ", "`", "```", "word"])).map("".join))
def test_whatever_stands_there_no_word_is_lost(body: str) -> None:
    assert rewritten(body).count("word") == body.count("word")
