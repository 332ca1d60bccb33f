"""A body of unknown length on HTTP/1.1."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.stream.chunked import LAST, chunk


class Answer(io.BytesIO):
    """A socket with an answer in it."""

    def makefile(self, mode: str) -> Answer:
        return self


def body(framed: bytes) -> tuple[bytes, bytes]:
    """The body as Python's own client reads it, and what it leaves for the next answer."""
    answer = Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed)
    answer.close = lambda: None  # type: ignore[method-assign] # the connection stays
    response = http.client.HTTPResponse(answer)  # type: ignore[arg-type]
    response.begin()
    return response.read(), answer.read()


@pytest.mark.parametrize(
    ("data", "framed"),
    [(b":\n", b"2\r\n:\n\r\n"), (b"x" * 255, b"ff\r\n" + b"x" * 255 + b"\r\n"), (b"", b"")],
)
def test_a_chunk_is_its_length_and_its_bytes(data: bytes, framed: bytes) -> None:
    assert chunk(data) == framed


@given(st.lists(st.binary(max_size=70)))
def test_a_client_reads_the_body_whole(pieces: list[bytes]) -> None:
    assert body(b"".join(map(chunk, pieces)) + LAST + b"HTTP/1.1") == (b"".join(pieces), b"HTTP/1.1")


def test_a_body_that_was_cut_off_is_told_from_one_that_ended() -> None:
    with pytest.raises(http.client.IncompleteRead):
        body(chunk(b"data: 1\n\n"))
