"""Which part of a file is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web.headers.ranges import describe, wanted


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-9", range(10)),
        ("bytes=0-99", range(10)),
        ("bytes=3-", range(3, 10)),
        ("bytes=9-", range(9, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("Bytes=2-4", range(2, 5)),
        (" bytes = 2-4 ", range(2, 5)),
    ],
)
def test_one_range_is_that_part(field: str, part: range) -> None:
    assert wanted(field, 10) == part


@pytest.mark.parametrize("field", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"])
def test_what_lies_behind_the_end_is_nothing(field: str) -> None:
    part = wanted(field, 10)
    assert part is not None
    assert len(part) == 0
    assert describe(part, 10) == "bytes */10"


@pytest.mark.parametrize(
    "field",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=0x1-2",
     "bytes=+1-2", "bytes=1 - 2", "bytes=\u0663-", "bytes=" + "9" * 5000 + "-"],
)  # fmt: skip
def test_anything_else_asks_for_the_whole(field: str | None) -> None:
    assert wanted(field, 10) is None


def test_a_part_is_described_by_its_first_and_last_byte() -> None:
    assert describe(range(2, 5), 10) == "bytes 2-4/10"


@given(st.text(st.sampled_from("bytes=0123456789-, "), max_size=30), st.integers(1, 1000))
def test_a_part_lies_within_the_file(field: str, length: int) -> None:
    part = wanted(field, length)
    assert part is None or len(part) == 0 or 0 <= part[0] <= part[-1] < length
