"""What plain frames become on each kind of connection, from its first byte to its last."""

from __future__ import annotations

import gzip
import io
from http.client import HTTPResponse

import pytest

from feeder.stream import Codec, Wire
from feeder.stream.deflate import Tally, key_frame

PIECES = [b"event: a\ndata: 1\n\n", b":\n", b"", b"data: " + b"x" * 5000 + b"\n\n"]


class Body:
    """A connection as the standard library's client wants one."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        assert mode == "rb"
        return io.BytesIO(self._raw)


def read(body: bytes) -> bytes:
    """A chunked body, as a client that somebody else wrote reads it."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = HTTPResponse(Body(head + body))  # type: ignore[arg-type]
    answer.begin()
    return answer.read()


def written(wire: Wire) -> bytes:
    sent = Tally().plus(b"".join(PIECES))
    return wire.start() + b"".join(map(wire.piece, PIECES)) + wire.end(sent)


@pytest.mark.parametrize("is_gzip", [False, True])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_all_of_it_is_read_back(*, is_gzip: bool, is_chunked: bool) -> None:
    body = written(Wire(Codec.SSE, is_gzip=is_gzip, is_chunked=is_chunked))
    plain = read(body) if is_chunked else body
    assert (gzip.decompress(plain) if is_gzip else plain) == b"".join(PIECES)


def test_nothing_is_never_the_last_chunk() -> None:
    wire = Wire(Codec.SSE)
    assert wire.piece(b"") == wire.framed(b"") == wire.start() == b""
    assert wire.end(Tally()) == b"0\r\n\r\n"
    assert Wire(Codec.SSE, is_chunked=False).end(Tally()) == b""


def test_what_is_coded_is_not_coded_again() -> None:
    coded = key_frame(b":\n")
    assert Wire(Codec.SSE, is_gzip=True).framed(coded) == Wire(Codec.SSE, is_gzip=True).piece(b":\n")
    assert Wire(Codec.SSE, is_gzip=True, is_chunked=False).framed(coded) == coded


def test_each_kind_has_a_name_for_those_who_count() -> None:
    kinds = [Wire(codec, is_gzip=is_gzip).name for codec in Codec for is_gzip in (False, True)]
    assert kinds == ["sse", "sse-gzip", "ndjson", "ndjson-gzip"]
