"""What the service and its workers say to each other."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.config import Settings
from feeder.model import Feed, Filter
from feeder.public import Share
from feeder.publish.document import Document, Piece, Sheet
from feeder.render import Head, Site
from feeder.store import Epoch
from feeder.stream import form_of
from feeder.web import Measure
from feeder.web.readership import MOST_POLLERS, Asked, Poller, Readers
from feeder.workers import sums
from feeder.workers.words import (
    MOST_BYTES,
    Answer,
    Complete,
    Leave,
    Request,
    Seen,
    Shown,
    State,
    Terms,
    Up,
    Upward,
    down,
    read_down,
    read_up,
    up,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
POLLER = Poller("all", "rss", "curl/8", "198.51.100.0/24", 3, first=5.5, last=7.25, polls=4, bare=3, wasted=2)
SEEN = Readers({("all", "rss"): Asked(1, 2, 3, 4)}, {"00000000000000ff": POLLER}, looked_at=6, halvings=3)
SITE = Site(title="The Paper", base_url="https://news.example")


def sheet(name: str, *entries: bytes, missing: bytes = b"") -> Sheet:
    """A document of entries, of which one more is not in it."""
    body = b"<all>" + b"".join(entries) + b"</all>"
    document = Document(
        name=name, suffix="atom", body=body, media_type="application/atom+xml", seq=3, epoch="e", etag='"3-e-x"',
        last_modified=NOON, date_is_unique=True, cursor="e.3", encoded={"gzip": b"coded"},
    )  # fmt: skip
    given = [*entries, missing] if missing else entries
    pieces = [Piece(f"urn:{n}", n, NOON, entry, is_gone=False) for n, entry in enumerate(given, 1)]
    return Sheet(
        document, Head(site=SITE, feed=Feed(name=name, title=name), updated=NOON, cursor="e.3"), 1, tuple(pieces)
    )


@pytest.mark.parametrize(
    "word",
    [
        Terms(Settings(), SITE, Share(2, 3), b"key"),
        Complete(7, (Feed(name="all", title="All"),), (Epoch("e", 1, 3),), None),
        Answer(4, 429, "Too many."),
        Leave(),
    ],
)
def test_what_the_service_says_is_heard(word: Terms | Complete | Answer | Leave) -> None:
    assert read_down(down(word)) == word


def test_a_worker_believes_the_lines_that_the_service_wrote() -> None:
    feeds = (Feed(name="storms", title="Storms", shelf="=storms", wanted=Filter(query="storm"), formats=("rss",)),)
    site = replace(SITE, feeds=feeds)
    heard = read_down(down(Terms(Settings(), site, Share(), b"")))
    assert isinstance(heard, Terms)
    assert form_of(heard.site).name == form_of(site).name


def test_settings_are_handed_over_with_what_was_set_and_what_was_not() -> None:
    settings = Settings.model_validate({"data": {"path": "elsewhere"}})
    heard = read_down(down(Terms(settings, SITE, Share(), b"")))
    assert isinstance(heard, Terms)
    assert heard.settings.store_url == settings.store_url == "sqlite:///elsewhere/feeder.db"


def test_a_sheet_is_sent_without_a_byte_of_others() -> None:
    """Its pieces lie in its own document, also where a document that was printed later shows them too."""
    entries = [b"<entry>" + bytes([65 + n]) * 40_000 + b"</entry>" for n in range(3)]
    sent, other = sheet("all", *entries, missing=b"<x/>"), sheet("world", *entries, b"z" * 900_000)
    place = 0
    for piece in sent.pieces:
        place = piece.find_in(other.document.body, place)
    message = down(sent)
    assert len(message) < len(sent.document.body) + 4_000
    heard = read_down(message)
    assert isinstance(heard, Sheet)
    assert (heard.document, heard.head, heard.complete_after) == (sent.document, sent.head, 1)
    assert [piece.body for piece in heard.pieces] == [*entries, b"<x/>"]
    assert [piece.key for piece in heard.pieces] == [piece.key for piece in sent.pieces]
    assert all(piece._place[0] is heard.document.body for piece in heard.pieces[:3])
    assert sent.pieces[0]._place[0] is other.document.body  # the service's own are where they were


@pytest.mark.parametrize(
    "word",
    [
        Up(),
        Shown(12),
        State(["the disk"], [Measure("a", "counter", "A.", 1.5, {"x": "y"})], 3, 0.25, 70_000, distrusts_index=True),
        State([], [Measure("a", "gauge", "A.", math.inf, across="most")], 3, 0.25, 70_000, limited=2),
        State([], [Measure("a", "histogram", "A.", 2.5, buckets=((0.1, 3), (math.inf, 4)))], 3, 0.25, 70_000),
        Request(3, bytes(range(256))),
        Seen(SEEN),
    ],
)
def test_what_a_worker_says_is_heard(word: Upward) -> None:
    assert read_up(up(word)) == word


@given(st.binary(max_size=200))
def test_whatever_a_worker_says_is_a_word_or_refused(message: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind: bytes that are no text, text that is no JSON
        read_up(message)


@given(
    st.dictionaries(
        st.sampled_from(["number", "body", "measures", "listeners", "reasons", "other"]), st.none() | st.text()
    ),
    st.sampled_from(["Up", "Shown", "State", "Request", "Terms", "dict", ""]),
)
def test_words_with_other_parts_are_refused_or_heard(fields: dict[str, object], word: str) -> None:
    try:
        heard = read_up(json.dumps({"word": word, **fields}).encode())
    except ValueError:
        return
    assert type(heard).__name__ == word


@pytest.mark.parametrize(
    "change",
    [
        {"asked": [["all", "rss", "x", 2, 3, 4]]},
        {"asked": [["all", 7, 1, 2, 3, 4]]},
        {"asked": [["all"]]},
        {"pollers": [["0f"]]},
        {"pollers": [["0f", *("all", "rss", "curl", "net"), 1, 1.0, math.inf, 1, 2, 3, 4, 5, True]]},
        {"pollers": [["0f", *("all", "rss", "curl", "net"), 1, 1.0, "now", 1, 2, 3, 4, 5, True]]},
        {"pollers": [["0f", *("all", "rss", "curl", ["net"]), 1, 1.0, 1.0, 1, 2, 3, 4, 5, True]]},
        {"looked_at": None},
        {"looked_at": math.inf},
        {"halvings": "many"},
        {"pollers": [["no digest", *("all", "rss", "curl", "net"), 1, 1.0, 1.0, 1, 2, 3, 4, 5, True]]},
    ],
)
def test_who_reads_is_heard_in_the_form_that_was_said_or_not_at_all(change: dict[str, object]) -> None:
    said = json.loads(up(Seen(SEEN)))
    assert read_up(json.dumps(said).encode()) == Seen(SEEN)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it is
        read_up(json.dumps({**said, "readers": said["readers"] | change}).encode())


def test_the_longest_word_of_who_reads_is_short_enough_to_be_heard() -> None:
    longest = Poller("f" * 63, "s" * 16, "a" * 40, "n" * 43, 10**8, 1.1e10, 1.1e10, 10**9, 10**9, 10**9, 10**9, 10**9)
    asked = {("f" * 59 + str(number), "s" * 16): Asked(*[10**9] * 4) for number in range(1000, 4000)}
    everything = Readers(asked, {f"{number:016}": longest for number in range(MOST_POLLERS)}, 10**9, 32)
    assert len(up(Seen(everything))) < MOST_BYTES


def measure(value: float, **labels: str) -> Measure:
    return Measure("a", "counter", "A.", value, labels)


def test_figures_of_several_are_added_up_or_the_one_that_counts_is_taken() -> None:
    head = [Measure("head", "gauge", "Head.", value, across="least") for value in (7, 5)]
    slow = [Measure("slow", "gauge", "Slow.", value, across="most") for value in (math.nan, 0.5)]
    each = [[measure(1, x="y"), measure(10), head[0], slow[0]], [measure(2, x="y"), measure(20), head[1], slow[1]]]
    assert sums.together(each) == [measure(3, x="y"), measure(30), head[1], slow[1]]
    lags = [Measure("lag", "histogram", "Lag.", 2.5, buckets=((0.1, n), (math.inf, n + 1))) for n in (3, 5)]
    (lag,) = sums.together([[one] for one in lags])
    assert (lag.value, lag.buckets) == (5, ((0.1, 8), (math.inf, 10)))
    assert sums.together([[], *each, []]) == sums.together(each)
    assert sums.counted(each[0]) == [measure(1, x="y"), measure(10)]


@given(st.integers(0, 10_000), st.integers(1, 64))
def test_the_shares_of_a_limit_are_the_limit(limit: int, of: int) -> None:
    parts = [Share(number, of).part(limit) for number in range(1, of + 1)]
    assert sum(parts) == (max(limit, of) if limit else 0)
    assert max(parts) - min(parts) <= 1
    assert Share().part(limit) == limit
