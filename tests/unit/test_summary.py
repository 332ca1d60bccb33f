from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.summary import LIMIT, summarise

SENTENCE = "The bridge over the harbour was shut at noon after a lorry struck its gate. "


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Shut at noon.", "Shut at noon."),
        (SENTENCE * 5, (SENTENCE * 3).strip()),
        (SENTENCE * 3 + "Mr. " + "word " * 60, (SENTENCE * 3).strip()),
        ("“" + "word " * 20 + "end.” " + "more " * 60, "“" + "word " * 20 + "end.”"),
        ("Dr. " + "word " * 100, ("Dr. " + "word " * 58).strip() + "…"),
        ("桥" * 99 + "。" + "桥" * 300, "桥" * 99 + "。"),
        ("x" * 400, "x" * 298 + "…"),
        ("", ""),
    ],
)
def test_a_paragraph_is_cut_at_a_sentence(paragraph: str, expected: str) -> None:
    assert summarise(paragraph) == expected


@given(st.text(max_size=2000))
def test_a_summary_stays_below_its_limit(paragraph: str) -> None:
    assert len(summarise(paragraph)) < LIMIT
    assert "\n" not in summarise(paragraph)
