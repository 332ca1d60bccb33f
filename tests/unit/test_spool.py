from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft
from feeder.parse import spool
from feeder.parse.spool import Message

BEGINS = re.compile(rb"(?:\A|(?<=\n))BEGIN\n")


class Trickle:
    """A reader that gives a few bytes at a time, and tells how many."""

    def __init__(self, raw: bytes, size: int) -> None:
        self.file = io.BytesIO(raw)
        self.size = size

    def read(self, size: int = -1, /) -> bytes:
        return self.file.read(min(size, self.size) if size >= 0 else self.size)


def raws(raw: bytes, size: int, largest: int = 1 << 20) -> list[bytes | None]:
    found = spool.messages(Trickle(raw, size), BEGINS, largest)
    return [message.raw if isinstance(message, Message) else None for message in found]


@given(
    bodies=st.lists(st.text("ab\n", max_size=60).map(str.encode), max_size=6),
    lead=st.sampled_from([b"", b"pads\n"]),
    size=st.integers(1, 90),
)
@settings(max_examples=100, deadline=None)
def test_messages_put_together_are_the_file_however_it_is_read(bodies: list[bytes], lead: bytes, size: int) -> None:
    whole = lead + b"".join(b"BEGIN\n" + body + b"\n" for body in bodies)
    found = list(spool.messages(Trickle(whole, size), BEGINS, 1 << 20))
    messages = [message for message in found if isinstance(message, Message)]
    assert b"".join(message.raw for message in messages) == whole
    assert len(messages) == (len(bodies) or bool(lead))
    for message in messages:
        assert message.line == 1 + whole[: message.offset].count(b"\n")
        assert message.raw == whole[message.offset : message.offset + len(message.raw)]


@pytest.mark.parametrize("size", [700, 5000, 1 << 20])
def test_a_message_that_is_too_large_refuses_itself_alone(size: int) -> None:
    small, large = b"BEGIN\nfew\n", b"BEGIN\n" + b"x" * 30_000 + b"\n"
    assert raws(small + large + small + large, size, largest=8000) == [small, None, small, None]


def test_its_line_is_told_and_those_behind_count_on() -> None:
    raw = b"BEGIN\n" + b"x\n" * 9000 + b"BEGIN\nfew\n"
    refused, kept = spool.messages(io.BytesIO(raw), BEGINS, 8000)
    assert isinstance(refused, SeedError)
    assert (refused.line, refused.offset) == (1, 0)
    assert isinstance(kept, Message)
    assert kept.line == 9002


def test_a_strict_file_that_begins_otherwise_is_one_message() -> None:
    raw = b"Hello\nBEGIN\nmore\n"
    (message,) = spool.messages(io.BytesIO(raw), BEGINS, 1 << 20, strictly=True)
    assert isinstance(message, Message)
    assert message.raw == raw


def test_little_is_held_of_a_long_file() -> None:
    raw = b"BEGIN\nfew\n" * 400_000
    reader = Trickle(raw, 1 << 20)
    found = spool.messages(reader, BEGINS, 1 << 20)
    next(found)
    assert reader.file.tell() < 1 << 20


def test_a_draft_that_cannot_be_made_tells_its_line() -> None:
    def read(raw: bytes) -> Draft:
        if b"bad" in raw:
            raise UnfinishedError("it is cut off")
        return Draft(title="good")

    messages = spool.messages(io.BytesIO(b"BEGIN\ngood\nBEGIN\nbad\n"), BEGINS, 1 << 20)
    good, bad = spool.drafts(messages, read)
    assert good == Draft(title="good")
    assert isinstance(bad, UnfinishedError)
    assert bad.line == 3
