"""Which coding a client gets, by what it says of codings (RFC 9110 section 12.5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web.headers.accept_encoding import choose, weigh

SIZES = {"identity": 1000, "gzip": 300, "br": 250, "zstd": 260}


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("   ", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("deflate", "identity"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("zstd, gzip", "zstd"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("gzip; q=0.5 ,\tbr ; Q=0.5", "br"),
        ("identity, gzip;q=0.9", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0.9, gzip;q=0.5", "identity"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.000", "identity"),
        ("gzip;q=0, x-gzip", "identity"),
        ("*", "br"),
        ("*;q=0.1", "br"),
        ("br;q=0, *", "zstd"),
        ("gzip, *;q=0", "gzip"),
        ("gzip, identity;q=0", "gzip"),
        ("*;q=0, identity;q=0.1", "identity"),
        ("*;q=0.5, identity", "identity"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("deflate, identity;q=0", None),
        ("*;q=0, deflate", None),
        ("identity;q=0, *;q=0.3", "br"),
        # what is malformed is passed over, and nothing is read into it
        ("gzip;q=2", "identity"),
        ("gzip;q=0.1234", "identity"),
        ("gzip;q=-1", "identity"),
        ("gzip;q=", "identity"),
        ("gzip;level=9", "identity"),
        ("gzip br", "identity"),
        (";q=0", "identity"),
        (",,gzip,,", "gzip"),
        ("gzip;q=abc, br", "br"),
        ("\u00e9, gzip", "gzip"),
    ],
)
def test_the_coding_that_is_liked_best(field: str | None, coding: str | None) -> None:
    assert choose(field, SIZES) == coding


def test_only_what_there_is_counts() -> None:
    assert choose("br, gzip;q=0.5", {"identity": 9, "gzip": 5}) == "gzip"
    assert choose("br", {"identity": 9}) == "identity"
    assert choose("*, identity;q=0", {"identity": 9}) is None


def test_the_smallest_of_equals_whatever_the_order() -> None:
    assert choose("br, gzip", {"identity": 9, "br": 5, "gzip": 4}) == "gzip"
    assert choose("*", {"identity": 3, "br": 5, "gzip": 4}) == "identity"


@given(st.text(max_size=60))
def test_no_text_raises_and_none_is_only_said_to_who_excludes(field: str) -> None:
    assert choose(field, SIZES) in {*SIZES, None}
    if "0" not in field:
        assert choose(field, SIZES) is not None


def test_a_long_field_takes_no_longer_than_its_length() -> None:
    assert weigh("gzip;q=0." * 20_000) == {}
    assert weigh("," * 200_000) == {}
    assert weigh(" " * 200_000 + "x") == {"x": 1.0}
