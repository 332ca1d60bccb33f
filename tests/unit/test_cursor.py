"""Where a reader reads on: every form of a cursor, and every way in which one cannot be honoured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.store import Bounds, Epoch
from feeder.stream.cursor import (
    REQUESTED_LENGTH,
    Earliest,
    Gap,
    Id,
    Known,
    Moment,
    Number,
    Tip,
    Unreadable,
    Wish,
    read,
    resolve,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Three runs of a writer: one of 40 events, one that wrote nothing, one of 60; the first 9 are forgotten.
EPOCHS = [Epoch("aaa", 1, 40), Epoch("bbb", 41, 40), Epoch("ccc", 41, 100)]
KNOWN = Known(Bounds(10, 100), EPOCHS)


def since(words: str) -> object:
    return read(None, None, words, now=NOW).place


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("", Tip()),
        ("latest", Tip()),
        ("earliest", Earliest()),
        ("ccc.57", Id("ccc", 57)),
        ("ccc." + "9" * 60, Id("ccc", 10**60 - 1)),
        ("57", Number(57)),
        ("0", Number(0)),
        ("90s", Moment(NOW - timedelta(seconds=90))),
        ("10m", Moment(NOW - timedelta(minutes=10))),
        ("2h", Moment(NOW - timedelta(hours=2))),
        ("1d", Moment(NOW - timedelta(days=1))),
        ("2w", Moment(NOW - timedelta(weeks=2))),
        ("999999999w", Earliest()),
        ("2026-11-22T10:00:00Z", Moment(datetime(2026, 11, 22, 10, tzinfo=UTC))),
        ("2026-11-22t10:00:00.25z", Moment(datetime(2026, 11, 22, 10, 0, 0, 250000, tzinfo=UTC))),
        ("2026-11-22 10:00:00.123456789Z", Moment(datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC))),
        ("2026-11-22T10:00:00+02:00", Moment(datetime(2026, 11, 22, 8, tzinfo=UTC))),
        ("2026-11-22T10:00:00 02:00", Moment(datetime(2026, 11, 22, 8, tzinfo=UTC))),
        ("2026-11-22T10:00:00-02:30", Moment(datetime(2026, 11, 22, 12, 30, tzinfo=UTC))),
        ("0001-01-01T00:00:00+14:00", Earliest()),
        ("0001-01-01T00:00:00-00:01", Moment(datetime(1, 1, 1, 0, 1, tzinfo=UTC))),
        ("2016-12-31T23:59:60Z", Moment(datetime(2017, 1, 1, tzinfo=UTC))),
    ],
)
def test_every_form_of_since(words: str, place: object) -> None:
    assert since(words) == place


@pytest.mark.parametrize(
    "words",
    [
        "garbage",
        "-1",
        "+5",
        "1.5m",
        "10 m",
        "10M",
        "10mm",
        "ccc.057",
        "ccc.-1",
        "ccc.",
        ".5",
        "ccc.5 ",
        "ccc.\u0665",  # an Arabic five
        "\u0665",
        "ccc.5\x00",
        "a/b.5",
        "LATEST",
        "9" * 19,
        "ccc." + "9" * 61,
        "c" * 46 + ".5",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-13-22T10:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:00:61Z",
        "2026-11-22T10:00:00+99:00",
        "2026-11-22T10:00:00.Z",
        "9999-12-31T23:59:60Z",
        "\u0662\u0660\u0662\u0666-11-22T10:00:00Z",
    ],
)
def test_what_the_stream_never_gave_out_is_unreadable_and_no_error(words: str) -> None:
    assert since(words) == Unreadable()
    assert resolve(read(None, None, words, now=NOW), KNOWN).gap is not None


@given(st.binary(max_size=300), st.text(max_size=300), st.text(max_size=300))
@example(b"\xff\xfe\x00", "", "")
@example(b"", "\ud800", "")
@example(b"", "", "\ud800.1")
def test_nothing_that_a_reader_hands_in_raises(header: bytes, last_event_id: str, words: str) -> None:
    wish = read(header, last_event_id, words, now=NOW)
    start = resolve(wish, KNOWN, before=9)
    assert len(wish.words) <= REQUESTED_LENGTH
    wish.words.encode()
    assert KNOWN.bounds.oldest - 1 <= start.after <= KNOWN.bounds.newest


def test_the_header_counts_before_the_id_in_the_address_and_that_before_since() -> None:
    def place(header: bytes | None, last_event_id: str | None, words: str | None) -> object:
        return read(header, last_event_id, words, now=NOW).place

    assert place(b"ccc.1", "ccc.2", "ccc.3") == Id("ccc", 1)
    assert place(b"", "ccc.2", "ccc.3") == Id("ccc", 2)
    assert place(None, "", "ccc.3") == Id("ccc", 3)
    assert place(None, None, None) == Tip()
    assert place(b"nonsense", "ccc.2", "ccc.3") == Unreadable()
    assert place(b"earliest", None, None) == place(None, "10m", None) == Unreadable()  # only since= knows these


def started(place: Id | Number | Earliest | Tip | Unreadable) -> tuple[int, str, Gap | None]:
    start = resolve(Wish(place, "words"), KNOWN)
    assert start.until == 100
    return start.after, start.id, start.gap


@pytest.mark.parametrize("seq", [9, 10, 39, 40])
def test_an_id_within_its_epoch_is_honoured(seq: int) -> None:
    assert started(Id("aaa", seq)) == (seq, f"aaa.{seq}", None)


def test_the_end_of_the_log_and_its_beginning() -> None:
    assert started(Tip()) == (100, "ccc.100", None)
    assert started(Earliest()) == (9, "aaa.9", None)


def test_the_place_before_an_epochs_first_event_is_the_end_of_the_one_before() -> None:
    assert started(Id("ccc", 40)) == (40, "aaa.40", None)
    assert started(Id("bbb", 40)) == (40, "aaa.40", None)


@pytest.mark.parametrize(
    ("place", "start", "gap"),
    [
        (Id("aaa", 3), 9, Gap("words", "aaa.9", 6, "expired")),
        (Number(0), 9, Gap("words", "aaa.9", 9, "expired")),
        (Id("aaa", 41), 40, Gap("words", "aaa.40", 0, "epoch")),
        (Id("aaa", 5000), 40, Gap("words", "aaa.40", 0, "epoch")),
        (Id("aaa", 10**60 - 1), 40, Gap("words", "aaa.40", 0, "epoch")),
        (Id("bbb", 77), 40, Gap("words", "aaa.40", 0, "epoch")),
        (Id("ccc", 101), 100, Gap("words", "ccc.100", 0, "epoch")),
        (Id("ccc", 39), 100, Gap("words", "ccc.100", None, "unknown")),
        (Id("zzz", 50), 100, Gap("words", "ccc.100", None, "unknown")),
        (Number(101), 100, Gap("words", "ccc.100", None, "unknown")),
        (Unreadable(), 100, Gap("words", "ccc.100", None, "unknown")),
    ],
)
def test_a_cursor_that_cannot_be_honoured_is_a_gap(place: Id | Number | Unreadable, start: int, gap: Gap) -> None:
    assert started(place) == (start, gap.resumed_from, gap)


def test_a_cursor_past_the_end_of_an_epoch_that_is_forgotten_too_counts_what_was_lost() -> None:
    known = Known(Bounds(60, 100), EPOCHS)
    assert resolve(Wish(Id("aaa", 44), "aaa.44"), known).gap == Gap("aaa.44", "ccc.59", 19, "epoch")


def test_a_moment_reads_on_after_the_last_event_before_it() -> None:
    start = resolve(Wish(Moment(NOW)), KNOWN, before=77)
    assert (start.after, start.id, start.gap) == (77, "ccc.77", None)


@pytest.mark.parametrize(
    ("at", "before", "reason"),
    [
        (NOW - timedelta(days=31), 9, "expired"),
        (NOW - timedelta(days=29), 9, None),
        (NOW - timedelta(days=31), 10, None),
    ],
)
def test_a_moment_before_the_retention_is_a_gap(at: datetime, before: int, reason: str | None) -> None:
    known = Known(Bounds(10, 100), EPOCHS, kept_from=NOW - timedelta(days=30))
    gap = resolve(Wish(Moment(at), "31d"), known, before=before).gap
    assert (gap.reason if gap else None) == reason


def test_a_moment_before_everything_is_no_gap_while_nothing_has_been_forgotten() -> None:
    known = Known(Bounds(1, 100), [Epoch("aaa", 1, 100)], kept_from=NOW)
    assert resolve(Wish(Moment(NOW - timedelta(days=99))), known, before=0).gap is None


def test_an_empty_log_gives_a_place_that_it_honours_later() -> None:
    empty = resolve(Wish(Tip()), Known(Bounds(1, 0), [Epoch("aaa", 1, 0), Epoch("bbb", 1, 0)]))
    assert (empty.after, empty.id, empty.gap) == (0, "aaa.0", None)
    later = Known(Bounds(1, 3), [Epoch("aaa", 1, 0), Epoch("bbb", 1, 3)])
    assert resolve(read(b"aaa.0", None, None, now=NOW), later).after == 0
    assert resolve(read(b"aaa.0", None, None, now=NOW), later).gap is None


def test_a_log_without_any_epoch_still_has_a_place() -> None:
    assert resolve(Wish(Tip()), Known(Bounds(1, 0), [])).id == "0.0"


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(0, 60), st.data())
def test_what_was_given_out_is_honoured_until_it_is_forgotten(
    runs: list[int], pruned: int, data: st.DataObject
) -> None:
    epochs, first = [], 1
    for number, length in enumerate(runs):
        epochs.append(Epoch(f"e{number}", first, first + length - 1))
        first += length
    newest = first - 1
    known = Known(Bounds(min(pruned, newest) + 1, newest), epochs)
    seq = data.draw(st.integers(0, newest))
    given_out = known.id_of(seq)
    start = resolve(read(given_out.encode(), None, None, now=NOW), known)
    if seq >= known.bounds.oldest - 1:
        assert (start.after, start.id, start.gap) == (seq, given_out, None)
    else:
        assert start.gap == Gap(given_out, start.id, known.bounds.oldest - 1 - seq, "expired")
        assert start.after == known.bounds.oldest - 1
