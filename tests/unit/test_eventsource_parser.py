"""What the bytes of a stream say: against the specification, spelled out in ``whatwg``, and where browsers agree."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.eventsource import Message, Parser, TooLongError
from feeder.eventsource import parser as module
from whatwg import interpret, utf8_decode

TOKENS = [
    *(b"data", b"event", b"id", b"retry", b"DATA", b"data ", b"x", b":", b": ", b" ", b"\n", b"\n", b"\r", b"\r\n"),
    *(b"\n\n", b"\0", b"1000", b"-1", b"1.5", "²٣".encode(), b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf"),
    *("é€😀".encode(), b"\xe2\x82", b"\xf0\x9f", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff"),
    *("\u2028\u2029\x85\x0b\x0c\x1c".encode(), b"data: one\n", b"id: 7\n", b"event: updated\n", b"id\n", b"data\n"),
]
STREAMS = st.one_of(st.lists(st.sampled_from(TOKENS), max_size=60).map(b"".join), st.binary(max_size=80))


def read(stream: bytes, *cuts: int, last_id: str = "") -> tuple[Parser, list[Message]]:
    """A stream that comes in pieces, cut at these places."""
    parser, found = Parser(last_id), []
    for start, end in pairwise([0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]):
        found += parser.feed(stream[start:end])
    return parser, found


def data(stream: bytes) -> list[str]:
    return [message.data for message in read(stream)[1]]


@given(STREAMS, st.lists(st.integers(0, 10_000), max_size=8), st.sampled_from(["", "before"]))
def test_any_bytes_in_any_pieces_say_what_the_specification_says(stream: bytes, cuts: list[int], last_id: str) -> None:
    expected = interpret(stream, last_id)
    parser, found = read(stream, *cuts, last_id=last_id)
    assert [(one.name, one.data, one.last_id) for one in found] == expected.events
    assert (parser.last_id, parser.retry_milliseconds) == (expected.last_id, expected.reconnection_time)
    assert parser.comments == expected.comments


@given(STREAMS)
def test_a_byte_at_a_time_says_the_same(stream: bytes) -> None:
    assert read(stream, *range(len(stream)))[1] == read(stream)[1]


@given(st.binary(max_size=40))
def test_the_oracle_decodes_as_pythons_decoder_does(stream: bytes) -> None:
    assert utf8_decode(stream) == stream.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_an_event_is_there_with_the_last_byte_that_it_needs(end: bytes) -> None:
    parser = Parser()
    assert parser.feed(b"data: a" + end) == []
    assert [message.data for message in parser.feed(end[:1])] == ["a"]
    assert [message.data for message in parser.feed(end[1:] + b"data: b" + end + end)] == ["b"]


def test_the_two_halves_of_a_line_end_may_come_apart() -> None:
    parser = Parser()
    pieces = [b"data: a\r", b"", b"\ndata: b\r", b"\n", b"\r", b"\n"]
    assert [message.data for piece in pieces for message in parser.feed(piece)] == ["a\nb"]


def test_data_is_joined_by_line_feeds_and_loses_one_space() -> None:
    assert data(b"data:  a\ndata:\ndata: b \ndata\n\n") == [" a\n\nb \n"]


def test_an_event_without_data_is_none_but_one_with_an_empty_line_of_it_is() -> None:
    assert data(b"event: quiet\n\ndata\n\ndata:\n\n") == ["", ""]
    assert [message.name for message in read(b"event: quiet\n\ndata: a\n\n")[1]] == ["message"]


def test_what_is_not_finished_is_no_event() -> None:
    assert data(b"data: a\n\ndata: b\n") == ["a"]


def test_only_the_first_byte_order_mark_goes() -> None:
    assert data(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == ["a"]
    assert data(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n") == []


def test_only_carriage_return_and_line_feed_end_a_line() -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert data(f"data: {text}\n\n".encode()) == [text]


def test_an_id_stays_until_the_next_one_and_an_empty_one_takes_it_back() -> None:
    _, found = read(b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n")
    assert [(message.id, message.last_id) for message in found] == [("1", "1"), (None, "1"), ("", "")]


def test_an_id_alone_moves_the_place_to_read_on_from() -> None:
    parser, found = read(b"data: a\n\nid: 9\n\n")
    assert (parser.last_id, len(found)) == ("9", 1)
    assert read(b"id: 9\n")[0].last_id == ""


def test_an_id_with_nul_is_none() -> None:
    _, (message,) = read(b"id: 1\nid: 2\0\ndata: a\n\n")
    assert (message.id, message.last_id) == ("1", "1")


def test_an_event_without_an_id_does_not_lose_the_one_that_the_connection_was_asked_with() -> None:
    parser, (message,) = read(b"event: busy\ndata: {}\n\n", last_id="k3.7")
    assert (message.id, message.last_id, parser.last_id) == (None, "k3.7", "k3.7")


@pytest.mark.parametrize(("value", "taken"), [("1000", 1000), ("0", 0), ("007", 7), ("", None), ("-1", None)])
@pytest.mark.parametrize("space", ["", " "])
def test_retry_is_digits_and_nothing_else(value: str, taken: int | None, space: str) -> None:
    assert read(f"retry:{space}{value}\n".encode())[0].retry_milliseconds == taken


@pytest.mark.parametrize("value", ["1e3", "1 000", "1000 ", "٣", "²", "0x10", "+5"])
def test_what_only_looks_like_a_number_is_none(value: str) -> None:
    assert read(f"retry: {value}\n".encode())[0].retry_milliseconds is None


def test_more_digits_than_python_reads_are_a_long_time() -> None:
    assert read(b"retry: " + b"9" * 10_000 + b"\n")[0].retry_milliseconds == 10**18


def test_comments_are_seen_and_say_nothing() -> None:
    parser, found = read(b":\n: data: a\n:\ndata: b\n:\n\n")
    assert (parser.comments, [message.data for message in found]) == (4, ["b"])


@given(st.lists(st.integers(0, 300), max_size=6), st.integers(0, 300))
def test_a_line_above_the_limit_is_an_error_however_it_comes(cuts: list[int], length: int) -> None:
    stream, places = b"data: a\n\n" + b"x" * length, sorted(cuts)
    parser = Parser(most_line_bytes=100)
    try:
        for start, end in pairwise([0, *(min(cut, len(stream)) for cut in places), len(stream)]):
            parser.feed(stream[start:end])
    except TooLongError:
        assert length > 100
    else:
        assert length <= 100


def test_a_whole_line_above_the_limit_is_an_error_too() -> None:
    assert Parser(most_line_bytes=100).feed(b"x" * 100 + b"\n") == []
    with pytest.raises(TooLongError, match="a line is longer than 100 bytes"):
        Parser(most_line_bytes=100).feed(b"x" * 101 + b"\n")


def test_an_event_above_the_limit_is_an_error_though_each_of_its_lines_is_short() -> None:
    parser = Parser(most_event_bytes=100)
    for _ in range(3):
        assert parser.feed(b"data: " + b"a" * 49 + b"\n" + b"data: " + b"a" * 49 + b"\n\n")
    with pytest.raises(TooLongError, match="an event is longer than 100 bytes"):
        parser.feed(b"data:\n" * 101)


def test_long_lines_in_small_pieces_cost_no_more_than_their_length() -> None:
    """A search that began anew with each piece would look at 10,000 times as many bytes, and take minutes."""
    parser = Parser()
    parser.feed(b"data: ")
    for _ in range(20_000):
        parser.feed(b"x" * 1_000)
    assert len(parser.feed(b"\n\n")[0].data) == 20_000_000


def test_it_is_pure() -> None:
    named = re.findall(r"^(?:from|import) (\w+)", Path(module.__file__).read_text("utf-8"), re.MULTILINE)
    assert set(named) <= {"__future__", "re", "dataclasses", "typing"}
