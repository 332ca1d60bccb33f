"""D: servers that lose, double, or misplace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from faults import fault
from right_stream import FIRST, Event, Line, Request, Start, Stream, event


def numbering(stream: Stream, change: Callable[[int], int]) -> None:
    frame = stream.frame

    def numbered(name: str, told: dict[str, Any] | None, cursor: str | None, form: str) -> bytes:
        if cursor and told and "_feeder" in told:
            cursor = f"right.{change(int(cursor.rpartition('.')[2]))}"
        return frame(name, told, cursor, form)

    stream.frame = numbered  # type: ignore[method-assign]


@fault("D1")
def gives_ids_twice(stream: Stream) -> None:
    numbering(stream, lambda seq: seq - seq % 2)


@fault("D1", profile="generic")
def gives_strangers_ids_twice(stream: Stream) -> None:
    stream.begins_with = "earliest"
    numbering(stream, lambda seq: seq - seq % 2)


@fault("D1")
def has_holes(stream: Stream) -> None:
    numbering(stream, lambda seq: seq + (seq > 6))


@fault("D1")
def has_ids_of_another_form(stream: Stream) -> None:
    stream.rewrite = lambda frame: frame.replace(b"id: right.", b"id: right-")


@fault("D2")
@fault("D2", profile="generic")
def numbers_its_heartbeats(stream: Stream) -> None:
    stream.heartbeat = b"id: right.99\nevent: ping\ndata: {}\n\n"


@fault("D2")
def numbers_its_gaps(stream: Stream) -> None:
    stream.rewrite = lambda frame: frame.replace(b"event: gap", b"id: right.99\nevent: gap")


@fault("D2")
def gives_a_checkpoint_another_id(stream: Stream) -> None:
    stream.rewrite = lambda frame: frame.replace(b'"cursor": "right', b'"cursor": "left')


def resuming(stream: Stream, change: Callable[[int], int]) -> None:
    """Who hands in a number reads on after another one."""
    after = stream.after
    stream.after = lambda seq, words, form: after(change(seq), words, form)  # type: ignore[method-assign]


@fault("D3a", patience_seconds=0.3)
@fault("D3b")
def skips_the_next_event(stream: Stream) -> None:
    resuming(stream, lambda seq: seq + 1)


@fault("D3a", profile="generic", patience_seconds=0.3)
def skips_strangers_next_event(stream: Stream) -> None:
    stream.begins_with = "earliest"
    resuming(stream, lambda seq: seq + 1)


@fault("D3a")
@fault("D4")
def repeats_the_last_event(stream: Stream) -> None:
    resuming(stream, lambda seq: seq - 1)


@fault("D3a", profile="generic")
@fault("D4", profile="generic")
def repeats_strangers_last_event(stream: Stream) -> None:
    stream.begins_with = "earliest"
    resuming(stream, lambda seq: seq - 1)


@fault("D3a", patience_seconds=0.3)
def replays_backwards(stream: Stream) -> None:
    due = stream.due
    stream.due = lambda cursor, request: due(cursor, request)[::-1]  # type: ignore[method-assign]


@fault("D3b")
def knows_no_bare_numbers(stream: Stream) -> None:
    resolve = stream.resolve

    def other(words: str, form: str, *, is_since: bool) -> Start:
        if words.isdigit():
            return stream.gap(words, "unknown", None, stream.newest, form)
        return resolve(words, form, is_since=is_since)

    stream.resolve = other  # type: ignore[method-assign]


@fault("D4")
def hangs_up_on_who_has_everything(stream: Stream) -> None:
    tell = stream.tell

    async def telling(request: Request, line: Line, form: str) -> None:
        if stream.cursor_header(request) != f"right.{stream.newest}":
            await tell(request, line, form)

    stream.tell = telling  # type: ignore[method-assign]


def gapping(stream: Stream, **changes: Any) -> None:
    gap = stream.gap

    def changed(words: str, reason: str, lost: int | None, after: int, form: str) -> Start:
        told = {"words": words, "reason": reason, "lost": lost, "after": after, "form": form} | changes
        return gap(**told)

    stream.gap = changed  # type: ignore[method-assign]


@fault("D5")
@fault("D7")
def does_not_count_what_is_lost(stream: Stream) -> None:
    gapping(stream, lost=1)


@fault("D5")
@fault("D6")
@fault("D7")
def gives_another_reason(stream: Stream) -> None:
    gapping(stream, reason="lost")


@fault("D5")
@fault("D6")
@fault("D7")
def says_nothing_of_a_gap(stream: Stream) -> None:
    stream.gap = lambda words, reason, lost, after, form: Start(after)  # type: ignore[method-assign]


@fault("D6", "WARN", profile="generic")
def says_nothing_of_a_gap_to_strangers(stream: Stream) -> None:
    stream.begins_with = "earliest"
    says_nothing_of_a_gap(stream)


@fault("D6")
def begins_anew_after_an_unknown_id(stream: Stream) -> None:
    gapping(stream, after=3)


@fault("D6")
def sends_no_checkpoint_after_a_gap(stream: Stream) -> None:
    gap = stream.gap
    stream.gap = lambda *given: Start(gap(*given).after, gap(*given).frames[:1])  # type: ignore[method-assign]


@fault("D6")
def repeats_other_words(stream: Stream) -> None:
    gapping(stream, words="something")


@fault("D10")
def loses_an_event_far_back(stream: Stream) -> None:
    told = [event(FIRST + number, ("published", f"l{number}", "Long", "world", "en", ())) for number in range(500)]
    stream.log = [one for one in told if one.seq != FIRST + 400]


@fault("D11", patience_seconds=0.3)
def uses_cursors_up(stream: Stream) -> None:
    seen: set[str] = set()
    resolve = stream.resolve

    def once(words: str, form: str, *, is_since: bool) -> Start:
        if words in seen:
            return Start(stream.newest)
        seen.add(words)
        return resolve(words, form, is_since=is_since)

    stream.resolve = once  # type: ignore[method-assign]


@fault("D12")
def leaves_the_moment_itself_out(stream: Stream) -> None:
    after = stream.resolve

    def later(words: str, form: str, *, is_since: bool) -> Start:
        start = after(words, form, is_since=is_since)
        return Start(start.after + 1) if stream.moment(words) and not words.endswith("w") else start

    stream.resolve = later  # type: ignore[method-assign]


@fault("D12")
def takes_a_time_without_a_zone(stream: Stream) -> None:
    moment = stream.moment
    stream.moment = lambda words: moment(words if words.endswith(("Z", "w", "00")) else f"{words}Z")  # type: ignore[method-assign]


@fault("D12")
def knows_no_durations(stream: Stream) -> None:
    moment = stream.moment
    stream.moment = lambda words: None if words.endswith("w") else moment(words)  # type: ignore[method-assign]


@fault("D13")
def replays_what_was_retracted(stream: Stream) -> None:
    for one in stream.log:
        if one.item["id"] == "urn:test:d":
            one.item["title"] = "A story that will go"


@fault("D13")
def does_not_mark_what_was_retracted(stream: Stream) -> None:
    for one in stream.log:
        if one.kind == "published":
            one.item["_feeder"].pop("retracted", None)


@fault("D9", publishes=True, patience_seconds=0.4)
def tells_live_in_another_order(stream: Stream) -> None:
    rest = stream.rest

    async def resting(rung: asyncio.Event, line: Line, form: str) -> None:
        await rest(rung, line, form)
        await asyncio.sleep(0.05)  # so that several come at once

    stream.rest = resting  # type: ignore[method-assign]
    due = stream.due

    def ordered(cursor: int, request: Request) -> list[Event]:
        found = due(cursor, request)
        return found if stream.cursor_header(request) or request.get("since") else found[::-1]

    stream.due = ordered  # type: ignore[method-assign]


@fault("D3c", publishes=True)
def loses_an_event_at_the_seam(stream: Stream) -> None:
    """It replays, looks away for a moment, and joins what is live then."""
    tell = stream.tell

    async def telling(request: Request, line: Line, form: str) -> None:
        if not stream.cursor_header(request):
            await tell(request, line, form)
            return
        start = stream.start(request, form)
        for one in stream.due(start.after, request):
            line.send(stream.frame(one.kind, one.item, one.id, form))
        await asyncio.sleep(0.01)
        request.headers["last-event-id"] = f"right.{stream.newest}".encode()
        await tell(request, line, form)

    stream.tell = telling  # type: ignore[method-assign]


@fault("D3c", publishes=True)
def doubles_an_event_at_the_seam(stream: Stream) -> None:
    """It listens first and replays then."""
    start = stream.start

    def starting(request: Request, form: str) -> Start:
        found = start(request, form)
        again = stream.due(found.after, request)[:1]
        return Start(found.after, [*found.frames, *(stream.frame(one.kind, one.item, one.id, form) for one in again)])

    stream.start = starting  # type: ignore[method-assign]
