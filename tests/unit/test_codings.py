"""The content codings: readable by their usual readers, the same bytes each time, and without a time in them."""

from __future__ import annotations

import gzip
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeder.codings import CODINGS, encoded

READERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor(max_window_size=8 << 20).decompress(body),
}
BODY = b"".join(b"<p>Story %d, and what happened in it.</p>\n" % number for number in range(9000))


@pytest.mark.parametrize("size", [1000, 100_000, 128 * 1024, 128 * 1024 + 1, len(BODY)])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_reader_gets_the_document_back(coding: str, size: int) -> None:
    body = BODY[:size]
    made = encoded(body)[coding]
    assert READERS[coding](made) == body
    assert len(made) < size / 3


@given(st.binary(max_size=3000))
def test_only_what_is_smaller_is_kept_and_is_right(body: bytes) -> None:
    for coding, made in encoded(body).items():
        assert len(made) < len(body)
        assert READERS[coding](made) == body


@pytest.mark.parametrize("body", [b"", b"x", b"<rss/>"])
def test_a_few_bytes_are_not_coded(body: bytes) -> None:
    assert encoded(body) == {}


def test_the_same_bytes_in_every_thread_and_each_time() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: encoded(BODY), range(8)))
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("coding", CODINGS)
def test_no_room_is_kept_beyond_the_bytes(coding: str) -> None:
    CODINGS[coding](BODY)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [CODINGS[coding](BODY) for _ in range(8)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < sum(map(len, kept)) + 8 * 1024


def test_gzip_says_no_time_and_no_name() -> None:
    made = encoded(BODY)["gzip"]
    assert made[:4] == b"\x1f\x8b\x08\x00"  # no flags: no name, no comment
    assert made[4:8] == bytes(4)
