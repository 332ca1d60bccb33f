"""The stream in gzip: pieces that are made once and read by everybody, and the end of each listener's own member."""

from __future__ import annotations

import gzip
import random
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressed import Channel
from feeder.stream.deflate import HEADER, KEY_BYTES, Tally, Window, key_frame

HEARTBEAT = b":\n"
WORDS = ("harbour", "closed", "after", "storm", "ferry", "minister", "said", "Tuesday", "“urgent”", "Zoë", "the", "of")


def event(number: int, words: int = 60) -> bytes:
    """An event of a site: much of it was in the one before."""
    dice = random.Random(number)
    text = " ".join(dice.choices(WORDS, k=words)) + f" {dice.getrandbits(256):x}"
    return (
        f"id: k3qW81zc.{number}\nevent: published\n"
        f'data: {{"id":"urn:uuid:{number:032}","url":"https://news.example/articles/{number}","content_text":"{text}"}}\n\n'
    ).encode()


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


PLAIN = st.one_of(
    st.builds(event, st.integers(1, 9), st.integers(1, 90)),
    st.just(HEARTBEAT),
    st.binary(max_size=60),
    st.builds(noise, st.integers(0, 3000)),
    st.lists(st.integers(1, 40), min_size=1, max_size=40).map(lambda numbers: b"".join(map(event, numbers))),
)


# The tally.


def tally(plain: bytes) -> Tally:
    return Tally(zlib.crc32(plain), len(plain))


@given(st.binary(), st.binary(), st.binary())
def test_a_tally_is_that_of_the_bytes_however_it_came_about(first: bytes, second: bytes, third: bytes) -> None:
    whole = tally(first + second + third)
    assert Tally().plus(first).plus(second).plus(third) == whole
    assert tally(first).then(tally(second)).then(tally(third)) == whole
    assert tally(first).then(tally(second).then(tally(third))) == whole
    assert whole.since(tally(first)) == tally(second + third)
    assert whole.since(tally(first)).since(tally(second)) == tally(third)
    assert whole.since(whole) == Tally()
    assert whole.since(Tally()) == whole


def zeros(doublings: int) -> Tally:
    """So many bytes of zero that nobody would go through them: 2 to this power."""
    made = tally(b"\0")
    for _ in range(doublings):
        made = made.then(made)
    return made


def test_a_long_sequence_counts_in_full_and_is_written_modulo_2_to_32() -> None:
    assert zeros(24) == tally(bytes(1 << 24))
    longer = zeros(32).plus(b"end")
    assert longer.size == (1 << 32) + 3
    assert longer.trailer()[-4:] == struct.pack("<I", 3)
    assert Tally(0, (1 << 32) - 1).trailer()[-4:] == struct.pack("<i", -1)
    assert longer.since(zeros(31)) == zeros(31).plus(b"end")
    assert longer.since(zeros(32)) == tally(b"end")
    assert zeros(40).plus(b"end").since(zeros(40).plus(b"e")) == tally(b"nd")


def test_a_sequence_does_not_begin_with_a_longer_one() -> None:
    with pytest.raises(ValueError, match="3 bytes are no beginning of 2"):
        tally(b"ab").since(tally(b"abc"))


def test_the_trailer_of_nothing_makes_an_empty_file() -> None:
    assert gzip.decompress(HEADER + Tally().trailer()) == b""


def test_the_header_says_no_time_no_name_and_no_system() -> None:
    assert bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]) == HEADER


# Key frames.


@given(st.lists(PLAIN, max_size=6), st.randoms(use_true_random=False))
def test_key_frames_are_read_in_any_order_and_number(plains: list[bytes], dice: random.Random) -> None:
    chosen = dice.choices(plains, k=8) if plains else []
    body = HEADER + b"".join(map(key_frame, chosen)) + tally(b"".join(chosen)).trailer()
    assert gzip.decompress(body) == b"".join(chosen)


@given(PLAIN)
def test_a_key_frame_owes_nothing_to_what_was_made_before(plain: bytes) -> None:
    first = key_frame(plain)
    key_frame(event(3))
    assert key_frame(plain) == first


def test_no_bytes_are_no_piece() -> None:
    window = Window()
    assert key_frame(b"") == b""
    assert window.push(b"") == (b"", False)
    assert window.push(event(1))[1]
    assert window.push(b"") == (b"", False)
    assert window.push(event(2)) == pushed([event(1), event(2)])[1]


@pytest.mark.parametrize("size", [1, 100, 5_000, 65_536, 1_000_000])
def test_what_cannot_be_made_smaller_grows_by_little(size: int) -> None:
    assert len(key_frame(noise(size))) <= size + 16 + size // 1000
    assert len(Window().push(noise(size))[0]) <= size + 16 + size // 1000


# The shared window.


def pushed(plains: list[bytes], window: Window | None = None) -> list[tuple[bytes, bool]]:
    window = window or Window()
    return [window.push(plain) for plain in plains]


@given(st.lists(PLAIN, max_size=8))
def test_the_same_pushes_give_the_same_pieces(plains: list[bytes]) -> None:
    assert pushed(plains) == pushed(plains)


def test_a_key_push_is_a_key_frame() -> None:
    window = Window()
    assert window.push(event(1)) == (key_frame(event(1)), True)
    assert window.push(event(2)) != (key_frame(event(2)), False)
    window.restart()
    assert window.push(event(3)) == (key_frame(event(3)), True)


def test_a_key_push_comes_once_in_so_many_bytes() -> None:
    pieces = pushed([noise(KEY_BYTES // 4)] * 9)
    assert [is_key for _, is_key in pieces] == [True, False, False, False] * 2 + [True]
    assert [is_key for _, is_key in pushed([noise(KEY_BYTES)] * 3)] == [True] * 3


def test_silence_costs_no_key_push() -> None:
    assert [is_key for _, is_key in pushed([event(1)] + [HEARTBEAT] * 1000)] == [True] + [False] * 1000


def test_a_heartbeat_is_a_few_bytes() -> None:
    assert len(key_frame(HEARTBEAT)) <= 8
    assert all(len(piece) <= 8 for piece, _ in pushed([HEARTBEAT, event(1), HEARTBEAT, HEARTBEAT])[::2])


def test_an_event_costs_less_behind_others() -> None:
    plains = [event(number) for number in range(1, 40)]
    window = sum(len(piece) for piece, _ in pushed(plains))
    alone = sum(len(key_frame(plain)) for plain in plains)
    assert window < alone * 0.75 < sum(map(len, plains)) * 0.5


def test_an_event_repeats_what_lies_tens_of_kilobytes_behind_it() -> None:
    (_, (between, _), (again, _)) = pushed([noise(1500), noise(30_000), noise(1500)])
    assert len(between) > 30_000
    assert len(again) < 400


# Listeners that come and go.

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), PLAIN),
        st.tuples(st.just("join"), st.just(b"")),
        st.tuples(st.just("tell"), PLAIN),
        st.tuples(st.just("end"), st.just(b"")),
        st.tuples(st.just("restart"), st.just(b"")),
    ),
    max_size=30,
)


@given(STEPS, st.randoms(use_true_random=False))
def test_whoever_comes_whenever_reads_all_of_its_own(steps: list[tuple[str, bytes]], dice: random.Random) -> None:
    channel = Channel()
    everybody = [channel.join()]
    for step, plain in steps:
        one = dice.choice(channel.listeners) if channel.listeners else None
        if step == "push":
            channel.push(plain)
        elif step == "restart":
            channel.window.restart()
        elif step == "join" or one is None:
            everybody.append(channel.join())
        elif step == "tell":
            channel.tell(one, plain)
        else:
            channel.end(one)
    for one in list(channel.listeners):
        channel.end(one)
    assert [gzip.decompress(one.raw) for one in everybody] == [one.plain for one in everybody]


def test_a_late_listener_gets_key_frames_until_the_next_key_push() -> None:
    channel = Channel()
    early = channel.join()
    channel.push(event(1))
    late = channel.join()
    for number in range(2, 200):
        channel.push(event(number))
        channel.push(HEARTBEAT)
    assert late.in_chain
    for one in (early, late):
        channel.end(one)
    assert gzip.decompress(early.raw) == early.plain
    assert early.plain.endswith(late.plain)
    assert len(early.raw) < len(late.raw)


def test_a_filtered_listener_reads_any_choice_of_key_frames() -> None:
    channel = Channel()
    one = channel.join()
    for number in range(0, 50, 7):
        channel.tell(one, event(number))
    channel.end(one)
    assert gzip.decompress(one.raw) == b"".join(map(event, range(0, 50, 7)))


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-1], lambda raw: raw[:-8] + b"\0" + raw[-7:]])
def test_a_listener_that_was_cut_off_knows_it(spoil: Callable[[bytes], bytes]) -> None:
    channel = Channel()
    one = channel.join()
    channel.push(event(1))
    channel.end(one)
    with pytest.raises((EOFError, gzip.BadGzipFile)):
        gzip.decompress(spoil(one.raw))
