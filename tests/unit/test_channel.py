"""A channel and what it says: who hears it in which coding, and what each of them has been sent in all."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Event, Kind
from feeder.stream import Codec, Wire, frames
from feeder.stream.channel import Channel
from feeder.stream.choice import EVERYTHING
from feeder.stream.deflate import HEADER, Tally, key_frame
from feeder.stream.ring import Shared
from feeder.stream.selection import Selection
from feeder.stream.stretch import Stretch
from feeder.stream.walk import Place, Walk

AT = datetime(2026, 11, 22, tzinfo=UTC)
GZIP = Wire(Codec.SSE, is_gzip=True, is_chunked=False)
PLAIN = Wire(Codec.SSE, is_chunked=False)
LINES = Wire(Codec.NDJSON)


class Member:
    """A listener without a connection: it does with its tally and its chain what ``Listener`` does."""

    def __init__(self) -> None:
        self.walk: Walk | None = Walk(Place(0, "e.0"), "e.0", 0)
        self.mark = self.sent = Tally()
        self.is_chained = False
        self.raw = bytearray(HEADER)


def channel(wire: Wire = PLAIN) -> Channel[Member]:
    return Channel((wire, "", "https://example.org/f"), wire, Selection(EVERYTHING), Place(0, "e.0"), 5.0)


def shared(seq: int, words: str = "the harbour is closed") -> Shared:
    event = Event(seq=seq, epoch="e", at=AT, kind=Kind.PUBLISHED, article_id="a", slug="a", version=1)
    return Shared(event, frames.event(event, b'"%d %s"' % (seq, words.encode() * 20)))


def stretch(*seqs: int, last: int | None = None) -> Stretch[Shared]:
    taken = tuple(map(shared, seqs))
    return Stretch(taken[-1] if last is None else shared(last), taken)


def come(to: Channel[Member]) -> Member:
    one = Member()
    to.listeners += 1
    to.admit(one)
    return one


def test_a_stretch_is_told_and_moves_the_place() -> None:
    heard = channel()
    come(heard)
    utterance = heard.go_on(stretch(2, 4, last=7), 9.0)
    assert utterance is not None
    assert utterance.data == utterance.alone == b"".join(shared(seq).frame.written(Codec.SSE) for seq in (2, 4))
    assert (utterance.events, utterance.place, utterance.told) == (2, Place(0, "e.0"), "e.0")
    assert (heard.place, heard.told, heard.spoke) == (Place(7, "e.7"), "e.4", 9.0)


def test_what_nobody_takes_is_passed_over_in_silence() -> None:
    heard = channel()
    come(heard)
    assert heard.go_on(Stretch(shared(3), ()), 9.0) is None
    assert (heard.place, heard.told, heard.spoke) == (Place(3, "e.3"), "e.0", 5.0)


def test_who_comes_first_knows_the_place_by_its_id() -> None:
    heard = channel()
    heard.go_on(Stretch(shared(3), ()), 9.0)
    one = come(heard)
    assert (heard.told, one.walk, list(heard.at_tip)) == ("e.3", None, [one])
    heard.go_on(Stretch(shared(4), ()), 9.0)
    come(heard)
    assert heard.told == "e.3"  # the first one has not been told of 4


def test_lines_are_framed_in_chunks() -> None:
    heard = channel(LINES)
    line = shared(1).frame.written(Codec.NDJSON)
    utterance = heard.go_on(stretch(1), 0)
    assert utterance is not None
    assert utterance.data == b"%x\r\n%s\r\n" % (len(line), line)
    assert heard.coded(stretch(1))[0] == utterance.data


def test_few_share_no_window() -> None:
    heard = channel(GZIP)
    for _ in range(3):
        come(heard)
    for seq in (1, 2):
        utterance = heard.go_on(stretch(seq), 0)
        assert utterance is not None
        assert utterance.is_key
        assert utterance.data == utterance.alone == key_frame(shared(seq).frame.written(Codec.SSE))


def test_from_four_on_a_piece_looks_back_and_the_others_get_one_that_does_not() -> None:
    heard = channel(GZIP)
    for _ in range(4):
        come(heard)
    first, second = heard.go_on(stretch(1), 0), heard.go_on(stretch(2), 0)
    assert first is not None
    assert second is not None
    assert (first.is_key, second.is_key) == (True, False)
    assert second.alone == key_frame(shared(2).frame.written(Codec.SSE))
    assert len(second.data) < len(second.alone)
    assert second.alone is second.alone


STEPS = st.lists(
    st.tuples(st.sampled_from(["come", "come", "say", "say", "say", "go", "back", "walk"]), st.integers(0, 30)),
    max_size=80,
)


class Room:
    """A channel, those who are at its tip, those who walk, and those who have gone."""

    def __init__(self) -> None:
        self.channel = channel(GZIP)
        self.here, self.walking, self.gone = list[Member](), list[Member](), list[Member]()
        self.seq = 0

    def come(self, _: int) -> None:
        self.here.append(come(self.channel))

    def say(self, number: int) -> None:
        """Of some of those who are there one cannot be written."""
        self.seq += 1
        missing = self.here.pop(number % len(self.here)) if self.here and number % 3 == 0 else None
        utterance = self.channel.go_on(stretch(self.seq), 0)
        assert utterance is not None
        if missing is not None:
            self.channel.at_tip.pop(missing)
            settle(missing, utterance.tally)
            self.walking.append(missing)
        for one in self.here:
            one.is_chained = one.is_chained or utterance.is_key
            one.raw += utterance.data if one.is_chained else utterance.alone

    def walk(self, number: int) -> None:
        for one in self.walking[:1]:
            data, added = self.channel.coded(stretch(1 + number % 5))
            one.raw += data
            one.sent = one.sent.then(added)

    def back(self, _: int) -> None:
        if self.walking:
            self.channel.admit(self.walking[0])
            self.here.append(self.walking.pop(0))

    def go(self, number: int) -> None:
        if self.here:
            one = self.here.pop(number % len(self.here))
            settle(one, self.channel.tally)
            self.channel.leave(one)
            self.gone.append(one)


@given(STEPS)
def test_whoever_comes_goes_and_falls_back_reads_all_that_it_was_sent(steps: list[tuple[str, int]]) -> None:
    room = Room()
    for step, number in steps:
        getattr(room, step)(number)
    for one in room.here:
        settle(one, room.channel.tally)
    for one in (*room.here, *room.walking, *room.gone):
        gzip.decompress(bytes(one.raw) + one.sent.trailer())  # raises an error if CRC or length are wrong
    assert room.channel.listeners == len(room.here) + len(room.walking)
    assert list(room.channel.at_tip) == room.here


def settle(one: Member, tally: Tally) -> None:
    one.sent = one.sent.then(tally.since(one.mark))
    one.is_chained = False


@pytest.mark.parametrize("wire", [PLAIN, GZIP])
def test_a_stretch_is_coded_once_while_several_walk(wire: Wire) -> None:
    heard = channel(wire)
    heard.listeners = 2
    first = heard.coded(stretch(1, 2))
    assert heard.coded(stretch(1, 2)) is first
    assert heard.coded(stretch(1, 3)) != first
    heard.forget_stretches()
    assert heard.coded(stretch(1, 2)) == first
    for seq in range(1, 40):
        heard.coded(stretch(seq))
    assert len(heard._stretches) == 16


def test_who_walks_alone_leaves_nothing_behind() -> None:
    heard = channel()
    heard.listeners = 1
    heard.coded(stretch(1, 2))
    assert not heard._stretches
    heard.listeners = 2
    one, other = Member(), Member()
    heard.coded(stretch(1, 2))
    heard.admit(one)
    assert heard._stretches
    heard.leave(other)
    assert not heard._stretches


def test_who_was_early_is_ready_when_its_channel_has_come_there() -> None:
    heard = channel()
    at_two, at_four = Member(), Member()
    for one, seq in ((at_two, 2), (at_four, 4)):
        one.walk = Walk(Place(seq, f"e.{seq}"), "", 0)
        heard.early[one] = None
    assert heard.caught_up() == []
    heard.place = Place(3, "e.3")
    assert (heard.caught_up(), list(heard.early)) == ([at_two], [at_four])
    heard.place = Place(4, "e.4")
    assert (heard.caught_up(), heard.early) == ([at_four], {})
