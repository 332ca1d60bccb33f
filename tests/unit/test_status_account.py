"""What /status tells: of hours, of refused files, of readers and of the stream."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeder.model import Feed, Kind, Seed
from feeder.store import HourCount, Mark, Refusal, Status
from feeder.web import Figures, Measure
from feeder.web.operator import status
from feeder.web.operator.course import Course, Sample, Totals, sample_of
from feeder.web.operator.metrics import of_readers
from feeder.web.readership import Asked, Poller, Readers

NOW = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)
HOUR = timedelta(hours=1)


def figures(readers: Readers | None = None, *hours: HourCount) -> Figures:
    feeds = [Feed(name="all", title="All"), Feed(name="world", title="World")]
    return Figures(now=NOW, since=NOW - HOUR, hours=hours, feeds=feeds, readers=readers or Readers(), steps=())


def mark(path: str, reason: str | None, seen: datetime = NOW, *, changed: float = 0, **fields: Any) -> Mark:
    given: dict[str, Any] = {"status": Status.QUARANTINED, "refusal": Refusal(reason) if reason else None, **fields}
    return Mark(seed=Seed(path, 1, 1, int(changed * 1e9), 1), sha256="", first_seen=seen, **given)


def test_there_is_a_row_for_each_hour_of_two_days_also_where_nothing_happened() -> None:
    counts = [HourCount(datetime(2026, 3, 2, 12, tzinfo=UTC), Kind.CORRECTED, 3)]
    told = status.of_hours(figures(None, *counts, HourCount(NOW - 50 * HOUR, Kind.UPDATED, 9)), [])
    assert len(told) == 48
    assert told[-1]["at"] == "2026-03-02T12:00:00+00:00"
    assert told[0]["at"] == "2026-02-28T13:00:00+00:00"
    assert {key: value for key, value in told[-1].items() if value} == {"at": told[-1]["at"], "corrected": 3}
    assert all(set(row.values()) == {row["at"], 0} for row in told[:-1])


def test_a_refused_file_counts_in_the_hour_in_which_it_came_or_was_written_last() -> None:
    new = mark("new.txt", "no date", NOW - 3 * HOUR)
    edited = mark("edited.txt", "no date", NOW - 30 * HOUR, changed=(NOW - 2 * HOUR).timestamp())
    ahead = mark("ahead.txt", "no date", NOW - 30 * HOUR, changed=(NOW + 99 * HOUR).timestamp())
    odd = mark("odd.txt", "no date", NOW - 30 * HOUR, changed=1e25)
    told = status.of_hours(figures(), [new, edited, ahead, odd, mark("old.txt", "no date", NOW - 90 * HOUR)])
    assert {row["at"][8:13]: row["refused"] for row in told if row["refused"]} == {
        "01T06": 1, "02T09": 1, "02T10": 1, "02T12": 1
    }  # fmt: skip


def test_reasons_are_grouped_by_what_they_have_in_common() -> None:
    marks = [
        mark("a.txt", "the date '2026-02-30' does not exist", NOW - HOUR),
        mark("b\udcff.txt", "the date '2026-13-01' does not exist"),
        mark("c.txt", "no title"),
        mark(
            "d.jsonl", None, status=Status.PUBLISHED, refused=(Refusal("no title"), Refusal("no title"), Refusal("x"))
        ),
        mark("e.txt", None),
    ]
    told = status.of_refusals(marks, NOW)
    assert [(one["reason"], one["files"], one["path"]) for one in told["reasons"]] == [
        ("no title", 2, "d.jsonl"),
        ("the date … does not exist", 2, "b\\xff.txt"),
        ("no reason is known", 1, "e.txt"),
        ("x", 1, "d.jsonl"),
    ]
    assert [one["path"] for one in told["latest"]] == ["e.txt", "d.jsonl", "c.txt", "b\\xff.txt", "a.txt"]
    assert (told["files"], told["other_reasons"]) == (5, 0)


def test_of_many_reasons_and_files_only_the_first_are_told() -> None:
    told = status.of_refusals([mark(f"{n}.txt", "x" * n) for n in range(1, 201)], NOW)
    assert (len(told["reasons"]), len(told["latest"]), told["files"]) == (8, 10, 200)
    assert told["other_reasons"] == 121 - 8, "longer ones are cut, and alike then"
    assert max(len(one["reason"]) for one in told["reasons"]) <= 120


def poller(agent: str, network: str = "198.51.100.0/24", **fields: Any) -> Poller:
    given: dict[str, Any] = {"subscribers": 0, "polls": 5, "bare": 5, "wasted": 4, "wasted_bytes": 4000, **fields}
    return Poller("all", "rss", agent, network, first=0, last=NOW.timestamp(), **given)


def told_of(*pollers: Poller) -> dict[str, Any]:
    asked = {("all", "rss"): Asked(1, 2, 3, 4), ("world", "atom"): Asked(unchanged=9), ("gone", "rss"): Asked(1)}
    readers = Readers(asked, {str(n): one for n, one in enumerate(pollers)}, looked_at=14, halvings=0)
    return status.of_readers(figures(readers))


def test_documents_of_the_feeds_are_told_with_how_they_were_answered() -> None:
    told = told_of(poller("a/1"), poller("b/1"))
    assert told["documents"] == [
        {"feed": "world", "format": "atom", "requests": 9, "whole": 0, "unchanged": 9, "deltas": 0, "bytes": 0}
        | {"pollers": 0, "subscribers": 0},
        {"feed": "all", "format": "rss", "requests": 6, "whole": 1, "unchanged": 2, "deltas": 3, "bytes": 4}
        | {"pollers": 2, "subscribers": 0},
    ]
    assert (told["requests"], told["looked_at"], told["one_in"]) == (16, 14, 1)


def test_a_service_announces_its_subscribers_once_however_many_addresses_it_asks_from() -> None:
    services = [poller("Feedly/1.0", subscribers=16), poller("Feedly/1.0", "n", subscribers=15)]
    (_, document) = told_of(*services, poller("NewsBlur", subscribers=3), poller("curl"))["documents"]
    assert document["subscribers"] == 19


def test_who_has_not_come_for_a_day_is_not_told_of_any_more_also_if_the_process_that_saw_him_has_ended() -> None:
    gone = replace(poller("curl/8"), last=(NOW - 25 * HOUR).timestamp())
    told = told_of(gone, poller("curl/8"))
    assert [one["pollers"] for one in told["documents"]] == [0, 1]
    assert [one["pollers"] for one in told["unconditional"]] == [1]


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [({}, True), ({"bare": 0}, True), ({"unchanged": 1}, False), ({"wasted": 2}, False)],
)
def test_who_is_never_told_that_nothing_changed_asks_without_need(fields: dict[str, Any], is_told: bool) -> None:
    told = told_of(poller("curl/8", **fields))["unconditional"]
    assert [(one["agent"], one["conditional"]) for one in told] == [("curl/8", "bare" in fields)] * is_told


def test_who_asks_without_need_is_told_by_program_the_dearest_first() -> None:
    pollers = [poller("sfeed", str(n), wasted_bytes=9) for n in range(5)]
    (curl, sfeed) = told_of(*pollers, poller("curl/8"))["unconditional"]
    assert (curl["agent"], curl["wasted_bytes"], curl["last"]) == ("curl/8", 4000, "2026-03-02T12:34:56+00:00")
    assert sfeed == {
        "agent": "sfeed", "conditional": False, "networks": ["0", "1", "2"], "documents": ["all.rss"], "pollers": 5,
        "polls": 25, "wasted": 20, "wasted_bytes": 45, "last": "2026-03-02T12:34:56+00:00",
    }  # fmt: skip


def measures(listeners: float = 0, p50: float = math.nan, **counts: int) -> list[Measure]:
    return [
        Measure("stream_listeners", "gauge", "", listeners),
        Measure("stream_listening", "gauge", "", listeners, {"codec": "sse"}),
        Measure("stream_lag_p50", "gauge", "", p50),
        *(Measure(f"stream_{name}", "counter", "", count) for name, count in counts.items()),
        *(Measure("stream_gaps", "counter", "", n, {"reason": f"because {n}"}) for n in (1, 2)),
    ]


def test_the_stream_is_told_as_it_is_counted() -> None:
    told = status.of_stream(figures(), measures(3, slow=7, replays=9))
    assert (told["listeners"], told["codecs"]["sse"], told["codecs"]["ndjson-gzip"]) == (3, 3, 0)
    assert (told["lag_p50_seconds"], told["lag_p99_seconds"], told["slow"], told["replayed"]) == (None, None, 7, 9)
    assert (told["gaps"], told["refused"]) == ({"because 1": 1, "because 2": 2}, {})
    json.dumps(told, allow_nan=False)


def test_only_feeds_that_there_are_have_a_place_in_the_metrics() -> None:
    readers = Readers({("all", "rss"): Asked(1, 2, 3, 4), ("gone", "rss"): Asked(1)})
    found = [(one.name, one.value, dict(one.labels)) for one in of_readers(readers.asked, {"all", "world"})]
    labels = {"feed": "all", "format": "rss"}
    assert found == [
        *(("feed_requests", n, {**labels, "answer": answer}) for n, answer in ((1, "200"), (2, "304"), (3, "226"))),
        ("feed_bytes", 4, labels),
    ]


def test_each_five_minutes_have_the_most_of_their_samples_and_what_was_counted_in_them() -> None:
    course, start = Course(), datetime(2026, 3, 2, 12, tzinfo=UTC)
    for minute, listeners, lag, slow in (
        (1, 5, None, 2),
        (3, 9, 0.5, 3),
        (4, 7, 0.2, 4),
        (6, 1, None, 10),
        (21, 0, 0.1, 11),
    ):
        course.note(start + timedelta(minutes=minute), Sample(listeners, lag, lag, Totals(slow=slow)))
    assert [(step.at.minute, step.listeners, step.lag_p99, step.counted.slow) for step in course.steps()] == [
        (0, 9, 0.5, 4), (5, 1, None, 6), (20, 0, 0.1, 1)
    ]  # fmt: skip


def test_a_clock_that_was_set_back_and_counters_that_began_anew_do_no_harm() -> None:
    course = Course()
    course.note(NOW, Sample(2, totals=Totals(gaps=5)))
    course.note(NOW - HOUR, Sample(3, totals=Totals(gaps=6)))
    course.note(NOW + HOUR, Sample(1, totals=Totals(gaps=1)))
    assert [(step.listeners, step.counted.gaps) for step in course.steps()] == [(3, 6), (1, 0)]


def test_two_days_are_kept() -> None:
    course = Course()
    for step in range(700):
        course.note(NOW + step * timedelta(minutes=5), Sample(step))
    assert [step.listeners for step in course.steps()] == list(range(124, 700))


def test_a_sample_is_read_from_what_the_parts_tell() -> None:
    readers = Readers({("all", "rss"): Asked(1, 2, 3, 4), ("all", "atom"): Asked(1, 1, 1, 1)})
    found = sample_of(measures(3, 0.25, slow=7, replays=9), readers.asked)
    assert (found.listeners, found.lag_p50, found.lag_p99) == (3, 0.25, None)
    assert found.totals == Totals(whole=2, unchanged=3, deltas=4, slow=7, replayed=9, gaps=3)
