"""What the conformance run reads by itself: requests, heads, chunks, gzip and the text of a stream."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.conform import Target, Unheard
from feeder.conform.chunks import Chunks
from feeder.conform.head import read_head
from feeder.conform.inflate import Inflater
from feeder.conform.target import Ask
from feeder.conform.text import Text
from sse_reader import SpecReader


def split(whole: bytes, cuts: list[int]) -> list[bytes]:
    """The same bytes in pieces, cut where the numbers say."""
    places = sorted({cut % (len(whole) + 1) for cut in cuts})
    return [whole[begin:end] for begin, end in zip([0, *places], [*places, len(whole)], strict=True)]


CUTS = st.lists(st.integers(0, 10_000), max_size=20)

# Targets and requests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host", "place"),
    [
        ("http://127.0.0.1:8000/events", "127.0.0.1:8000", "/events"),
        ("http://news.example", "news.example", "/"),
        ("https://news.example:443/a?b=1#c", "news.example", "/a?b=1"),
        ("https://news.example:80/", "news.example:80", "/"),
        ("news.example/events", "news.example", "/events"),
        ("http://[::1]:8000/events?since=10m", "[::1]:8000", "/events?since=10m"),
        ("http://exämple.example/ä?q=ö%20+", "xn--exmple-cua.example", "/%C3%A4?q=%C3%B6%20+"),
        ("http://a.example/x y?z=\r\nEvil: 1", "a.example", "/x%20y?z=Evil:%201"),
    ],
)
def test_an_address_becomes_a_request(url: str, host: str, place: str) -> None:
    lines = Ask().written(Target.read(url), {}).decode("ascii").split("\r\n")
    assert lines[:2] == [f"GET {place} HTTP/1.1", f"Host: {host}"]
    assert lines[-2:] == ["", ""]


def test_a_query_is_put_behind_that_of_the_address() -> None:
    target = Target.read("http://a.example/events?feed=all")
    assert Ask(query="poll=1").written(target, {}).startswith(b"GET /events?feed=all&poll=1 HTTP/1.1\r\n")
    assert Ask(path="/x").written(target, {}).startswith(b"GET /x HTTP/1.1\r\n")


def test_fields_are_bytes_and_accept_can_be_left_out() -> None:
    target = Target.read("http://a.example/")
    raw = Ask(headers={"Last-Event-ID": b"\xff", "Accept": ""}, version="1.0").written(target, {"X-Key": "1"})
    assert (
        raw
        == b"GET / HTTP/1.0\r\nHost: a.example\r\nCache-Control: no-store\r\nX-Key: 1\r\nLast-Event-ID: \xff\r\n\r\n"
    )
    assert b"Last-Event-ID: \r\n" in Ask(headers={"Last-Event-ID": ""}).written(target, {})


# Heads -------------------------------------------------------------------------------------------------------------


def test_a_head_is_read_field_by_field() -> None:
    head = read_head(
        b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nVARY:a ,B\r\nVary: c;q=1\r\n\r\n"
    )
    assert (head.version, head.status, head.media_type, head.is_stream) == ("1.1", 200, "text/event-stream", True)
    assert head.members("vary") == {"a", "b", "c"}
    assert head["x"] == ""
    assert head.complaints == ()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"HTTP/1.1  200 OK\r\nA: b\r\n\r\n", "the status line"),
        (b"HTTP/1.1 200\r\nA: b\r\n\r\n", "the status line"),
        (b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "'A : b'"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "' c'"),
        (b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", "is no field"),
        (b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", "is no field"),
        (b"HTTP/1.1 200 OK\r\nDate: 1\r\ndate: 2\r\n\r\n", "date is there 2 times"),
    ],
)
def test_what_rfc_9112_does_not_allow_is_a_complaint(raw: bytes, words: str) -> None:
    assert words in read_head(raw).complaints[0]


@pytest.mark.parametrize("raw", [b"SSH-2.0-x\r\n\r\n", b"\r\n\r\n", b"HTTP/2 200\r\n\r\n"])
def test_what_is_no_http_is_unheard(raw: bytes) -> None:
    with pytest.raises(Unheard, match="does not begin with a status line"):
        read_head(raw)


# Chunks ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), CUTS)
def test_chunks_are_taken_apart_wherever_they_are_cut(pieces: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(b"%X;ext=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nTrailer: 1\r\n\r\n"
    chunks = Chunks()
    assert b"".join(chunks.take(piece) for piece in split(whole, cuts)) == b"".join(pieces)
    assert (chunks.complaints, chunks.is_ended, chunks.count) == ([], True, len(pieces))


@given(st.binary(min_size=1, max_size=30), st.integers(1, 40))
def test_content_is_there_before_its_chunk_ends(content: bytes, size: int) -> None:
    chunks = Chunks()
    assert chunks.take(b"%x\r\n%s" % (len(content) + size, content)) == content
    assert not chunks.is_ended


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"2\nab\r\n", "bare line feed"),
        (b"2\r\nabc\r\n", "its size is wrong"),
        (b"3\r\nab\r\n", "its size is wrong"),
        (b"0x2\r\nab\r\n", "no size"),
        (b"-2\r\nab\r\n", "no size"),
        (b" 2\r\nab\r\n", "no size"),
        (b"\r\n", "no size"),
        (b"data: x\n\n", "bare line feed"),
        (b"0\r\n\r\nmore", "4 bytes follow the last chunk"),
        (b"1" * 5000, "does not end"),
    ],
)
def test_chunks_that_are_wrong_are_a_complaint_at_once(raw: bytes, words: str) -> None:
    chunks = Chunks()
    chunks.take(raw + (b"1\r\n" if b"3\r\n" in raw else b""))
    assert words in chunks.complaints[0]
    assert chunks.take(b"5\r\nhello\r\n") == b""
    assert len(chunks.complaints) == 1


@given(st.binary(max_size=200))
def test_any_bytes_are_chunks_or_a_complaint(raw: bytes) -> None:
    Chunks().take(raw)


# gzip --------------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=6))
def test_what_was_flushed_is_there_at_once(pieces: list[bytes]) -> None:
    coder, inflater = zlib.compressobj(wbits=31), Inflater()
    for piece in pieces:
        assert inflater.take(coder.compress(piece) + coder.flush(zlib.Z_SYNC_FLUSH)) == piece
    assert not inflater.is_ended
    inflater.take(coder.flush())
    assert (inflater.is_ended, inflater.complaints) == (True, [])


def test_what_is_no_gzip_a_wrong_sum_and_a_second_member_are_complaints() -> None:
    whole = gzip.compress(b"news")
    for raw, words in (
        (b"data: x\n\n", "not gzip"),
        (whole[:-8] + bytes(8), "incorrect data check"),
        (whole[:-4] + bytes(4), "incorrect length check"),
        (whole + whole, "bytes follow the gzip trailer"),
        (gzip.compress(bytes(65 * 1024 * 1024)), "inflates to more than"),
    ):
        inflater = Inflater()
        inflater.take(raw)
        assert words in inflater.complaints[0]
        assert inflater.take(b"more") == b""
    inflater = Inflater()
    assert inflater.take(whole) == b"news"
    assert inflater.take(b"\0") == b""
    assert "bytes follow" in inflater.complaints[0]


# The text ----------------------------------------------------------------------------------------------------------

DATA = ["data: a", "data:b", "data", "data:  c", "data: \u2028\x85\x0b\x0c", "data: ünï"]
OTHERS = ["event: x", "event", "id: 1", "id", "id:2", "retry: 3000", ":", ": a: b", ""]
LINES = st.sampled_from([*DATA, *OTHERS])
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(st.lists(st.tuples(LINES, ENDS), max_size=30), CUTS, st.booleans())
def test_what_is_dispatched_is_what_a_reader_by_the_standard_says(
    lines: list[tuple[str, str]], cuts: list[int], has_mark: bool
) -> None:
    """Two readers, written apart; the one of the tests gets it whole, ours in pieces."""
    raw = (b"\xef\xbb\xbf" if has_mark else b"") + "".join(line + end for line, end in lines).encode() + b":\n"
    spec, text = SpecReader().feed(raw), Text()
    for number, piece in enumerate(split(raw, cuts)):
        text.take(piece, float(number))
    told = [(block.name, block.data) for block in text.blocks if block.data is not None]
    assert told == [(one.name, one.data) for one in spec.told]
    assert len(text.comments) == spec.comments
    last = [block.id for block in text.blocks if block.id is not None]
    assert (last[-1] if last else "") == spec.last_id


def offences(raw: bytes) -> list[tuple[str, bool]]:
    text = Text()
    text.take(raw, 0)
    return [(one.code, one.is_grave) for one in text.offences]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"id: e.1\nevent: x\ndata: {}\n\n:\n:\ndata: y\n\n", []),
        (b": opening\nretry: 3000\nid: a\ndata: 1\ndata: 2\n\n", []),
        (b"\xef\xbb\xbfdata: x\n\n", [("C2", True)]),
        (b"data: x\n\n\xef\xbb\xbfdata: x\n\n", [("C13", True)]),
        (b"data: \xff\n\n", [("C1", True)]),
        (b"data: \xed\xa0\x80\n\n", [("C1", True)]),
        (b"data: x\rid: 1\n\n", [("C3a", True)]),
        (b"data: x\r\n\n", [("C3b", False)]),
        (b"data: x\n\n\n", [("C4", False)]),
        (b"data:x\n\n", [("C6", False)]),
        (b"id:  x\ndata: y\n\n", [("C6", True), ("C10", False)]),
        (b"id: 1\nid: 2\ndata: x\n\n", [("C9", True)]),
        (b"event: a\x07\ndata: x\n\n", [("C9", True)]),
        (b"id: a\0\ndata: x\n\n", [("C10", True)]),
        (b"id\ndata: x\n\n", [("C10", False)]),
        (b"id: urn:uuid:1\ndata: x\n\n", [("C10", False)]),
        (b"id: " + b"1" * 128 + b"\ndata: x\n\n", []),
        (b"id: " + b"1" * 129 + b"\ndata: x\n\n", [("C10", False)]),
        (b"retry: 3s\ndata: x\n\n", [("C11", True)]),
        ("retry: ٣\ndata: x\n\n".encode(), [("C11", True)]),
        (b"retry: 999\ndata: x\n\n", [("C11", False)]),
        (b"retry: 3600000\ndata: x\n\n", []),
        (b"retry: " + b"9" * 5000 + b"\ndata: x\n\n", [("C11", False)]),
        (b"event: x\n\n", [("C12", True)]),
        (b"id: 1\n\n", [("C12", False)]),
        (b"Data: x\n\n", [("C13", True)]),
        (b"event: error\ndata: x\n\n", [("C14", True)]),
        (b":ping\n\n", [("E2", True)]),
        (b":ping\ndata: x\n\n", []),
    ],
)
def test_what_is_wrong_or_unwise_is_told_by_its_code(raw: bytes, found: list[tuple[str, bool]]) -> None:
    assert offences(raw) == found


def test_line_ends_that_are_none_stay_in_the_data() -> None:
    text = Text()
    text.take("data: a\u2028b\x85c\x0bd\x0ce\n\n".encode(), 0)
    assert [block.data for block in text.blocks] == ["a\u2028b\x85c\x0bd\x0ce"]


def test_an_event_has_the_moment_of_its_empty_line_and_its_own_bytes() -> None:
    text = Text()
    for at, piece in enumerate([b":\nda", b"ta: x\n", b"\r", b"\n"]):
        text.take(piece, at)
        assert text.is_between == (at == 3)
    (block,) = text.blocks
    assert (block.at, block.raw) == (3, b"data: x\n\r\n")


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    Text().take(raw, 0)
