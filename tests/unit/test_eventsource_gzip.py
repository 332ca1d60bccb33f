"""A coded stream as it comes: what can be read at each moment, and whether it is whole."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.eventsource.gzip import Inflate


def read(inflate: Inflate, coded: bytes) -> bytes:
    return b"".join(inflate.feed(coded))


@given(st.binary(max_size=2_000), st.integers(1, 50))
def test_any_stream_in_any_pieces_reads_the_same_and_is_whole_at_its_end(plain: bytes, step: int) -> None:
    coded, inflate = gzip.compress(plain), Inflate()
    assert b"".join(read(inflate, coded[at : at + step]) for at in range(0, len(coded), step)) == plain
    assert inflate.is_whole


def test_an_event_is_there_when_its_bytes_are_and_the_stream_is_not_whole() -> None:
    coder, inflate = zlib.compressobj(wbits=31), Inflate()
    for event in (b"data: one\n\n", b"data: two\n\n"):
        assert read(inflate, coder.compress(event) + coder.flush(zlib.Z_SYNC_FLUSH)) == event
        assert not inflate.is_whole
    assert read(inflate, coder.flush()) == b""
    assert inflate.is_whole


def test_members_that_follow_each_other_are_one_stream() -> None:
    coded, inflate = gzip.compress(b"one", mtime=0) + gzip.compress(b"") + gzip.compress(b"two"), Inflate()
    assert read(inflate, coded) == b"onetwo"
    assert inflate.is_whole
    assert (read(inflate, coded[:30]), inflate.is_whole) == (b"one", False)


def test_nothing_at_all_is_whole() -> None:
    inflate = Inflate()
    assert (read(inflate, b""), inflate.is_whole) == (b"", True)


def test_what_expands_a_thousandfold_comes_in_bounded_pieces() -> None:
    inflate = Inflate()
    pieces = list(inflate.feed(gzip.compress(bytes(50_000_000))))
    assert sum(map(len, pieces)) == 50_000_000
    assert max(map(len, pieces)) <= 1 << 18
    assert inflate.is_whole


def test_a_piece_that_is_exactly_full_holds_nothing_back() -> None:
    """A few bits that zlib has taken already may stand for hundreds of bytes that had no room any more."""
    coded = gzip.compress(bytes((1 << 18) + 5_000))
    for length in range(len(coded)):
        assert read(Inflate(), coded[:length]) == zlib.decompressobj(31).decompress(coded[:length])


@pytest.mark.parametrize("coded", [b"data: one\n\n", gzip.compress(b"one", mtime=0)[:-6] + b"wrong!"])
def test_what_is_not_gzip_or_has_a_wrong_checksum_is_an_error(coded: bytes) -> None:
    with pytest.raises(zlib.error):
        read(Inflate(), coded)
