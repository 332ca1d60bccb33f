"""Frames as a browser reads them: whole, one line of data, ids only where one may resume."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Event, Kind
from feeder.stream import frames
from feeder.stream.cursor import Gap
from feeder.stream.frames import HEARTBEATS, Codec, Frame

if TYPE_CHECKING:
    from sse_reader import SpecReader, Told
else:
    from tests.sse_reader import SpecReader, Told

AT = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=80)


def happened(kind: Kind = Kind.PUBLISHED, seq: int = 7) -> Event:
    return Event(seq=seq, epoch="k3q", at=AT, kind=kind, article_id="urn:x", slug="x", version=1)


def test_an_event_on_the_wire() -> None:
    frame = frames.event(happened(), b'{"id":"urn:x"}')
    assert frame.written(Codec.SSE) == b'id: k3q.7\nevent: published\ndata: {"id":"urn:x"}\n\n'
    assert frame.written(Codec.NDJSON) == b'{"id":"k3q.7","event":"published","data":{"id":"urn:x"}}\n'


def test_a_frame_is_written_once_for_all() -> None:
    frame = frames.event(happened(), b"{}")
    assert all(frame.written(codec) is frame.written(codec) for codec in Codec)


@pytest.mark.parametrize("kind", Kind)
def test_the_name_says_what_happened(kind: Kind) -> None:
    assert SpecReader().feed(frames.event(happened(kind), b"{}").written(Codec.SSE)).names == [kind.value]


def test_a_checkpoint_is_a_place_to_resume_at() -> None:
    assert frames.checkpoint("k3q.7", AT).written(Codec.SSE) == (
        b'id: k3q.7\nevent: checkpoint\ndata: {"cursor":"k3q.7","at":"2026-11-22T12:30:15.123Z"}\n\n'
    )


@pytest.mark.parametrize(
    "frame",
    [
        frames.gap(Gap("k3q.1", "k3q.5", 4, "expired"), "https://example.org/feeds/all.json"),
        frames.busy(20_000),
        frames.goodbye(1_500),
    ],
)
def test_other_notices_do_not_move_a_readers_cursor(frame: Frame) -> None:
    reader = SpecReader().feed(frames.event(happened(), b"{}").written(Codec.SSE)).feed(frame.written(Codec.SSE))
    assert reader.told[-1].name == frame.name
    assert reader.last_id == "k3q.7"
    assert json.loads(frame.written(Codec.NDJSON))["id"] is None


def test_a_gap_says_what_is_missing_and_where_to_look() -> None:
    frame = frames.gap(Gap("k3q.1", "k3q.5", 4, "expired"), "https://example.org/feeds/all.json")
    assert json.loads(frame.data) == {
        "requested": "k3q.1",
        "resumed_from": "k3q.5",
        "lost": 4,
        "reason": "expired",
        "feed": "https://example.org/feeds/all.json",
    }


def test_busy_and_goodbye_say_when_to_come_back() -> None:
    for frame in (frames.busy(20_000), frames.goodbye(20_000)):
        reader = SpecReader().feed(frame.written(Codec.SSE))
        assert reader.retry == 20_000
        assert json.loads(reader.told[0].data) == {"retry_seconds": 20.0}


def test_a_heartbeat_is_no_event() -> None:
    reader = SpecReader().feed(HEARTBEATS[Codec.SSE] * 3)
    assert (reader.comments, reader.told, reader.is_between_events) == (3, [], True)
    assert not HEARTBEATS[Codec.SSE].endswith(b"\n\n")
    assert json.loads(HEARTBEATS[Codec.NDJSON])["event"] == "heartbeat"


@pytest.mark.parametrize("data", [b"a\nid: 9", b"a\rid: 9", b"\n"])
def test_data_that_could_forge_a_field_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not one line"):
        frames.event(happened(), data)


@given(text=TEXT, size=st.integers(1, 7))
def test_any_text_comes_through_whole_however_the_bytes_are_cut(text: str, size: int) -> None:
    data = orjson.dumps({"title": text})
    wire = frames.event(happened(), data).written(Codec.SSE) + HEARTBEATS[Codec.SSE]
    reader = SpecReader()
    for start in range(0, len(wire), size):
        reader.feed(wire[start : start + size])
    assert [told.data for told in reader.told] == [data.decode()]
    assert reader.is_between_events


@given(requested=TEXT)
def test_a_readers_own_words_cannot_forge_a_field(requested: str) -> None:
    wire = frames.gap(Gap(requested, "k3q.5", None, "unknown"), "https://example.org").written(Codec.SSE)
    reader = SpecReader().feed(wire)
    assert json.loads(reader.told[0].data)["requested"] == requested
    assert reader.last_id == ""


def test_the_oracle_itself_reads_the_examples_of_the_specification() -> None:
    reader = SpecReader().feed("\ufeff: test\r\n\rdata: first\rid: 1\n\ndata:second\nid\n\ndata:  third\n\n".encode())
    assert [(told.data, told.last_id) for told in reader.told] == [("first", "1"), ("second", ""), (" third", "")]
    assert SpecReader().feed(b"data\n\ndata\ndata\n\ndata:").told == [
        Told("message", "", ""),
        Told("message", "\n", ""),
    ]
    assert SpecReader().feed(b"event: add\ndata: 73\r\ndata: 1\r\n\r").told == []  # a line feed may follow
    assert SpecReader().feed(b"event: a\n\ndata: 1\n\n").told == [Told("message", "1", "")]
    with pytest.raises(AssertionError, match="does not know"):
        SpecReader().feed(b"colour: red\n")
