"""Faults, each a small change to a server that does everything right, with the check that must find it.

To add one, write a function that takes the server and breaks it, and put ``@fault`` with the check's code above it.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from right_stream import FIRST, Coder, Event, Line, Request, Start, Stream, event

Break = Callable[[Stream], None]


@dataclass(frozen=True)
class Fault:
    """``options`` are those of the run; a ``publishes`` fault needs the live checks."""

    code: str
    breaks: Break
    outcome: str = "FAIL"
    profile: str = "feeder"
    publishes: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}-{self.breaks.__name__}"


FAULTS: list[Fault] = []


def fault(code: str, outcome: str = "FAIL", profile: str = "feeder", **more: Any) -> Callable[[Break], Break]:
    publishes = more.pop("publishes", False)

    def note(breaks: Break) -> Break:
        FAULTS.append(Fault(code, breaks, outcome, profile, publishes, more))
        return breaks

    return note


def rewriting(code: str, name: str, change: Callable[[bytes], bytes], outcome: str = "FAIL") -> None:
    """A fault that changes each frame of the text."""

    def breaks(stream: Stream) -> None:
        stream.rewrite = change

    breaks.__name__ = name
    FAULTS.append(Fault(code, breaks, outcome))


# A ------------------------------------------------------------------------------------------------------------------


@fault("A1")
def knows_one_accept_only(stream: Stream) -> None:
    stream.form = lambda accept: "sse" if accept in {"text/event-stream", ""} else None  # type: ignore[method-assign]


@fault("A2", "WARN")
def does_not_look_at_accept(stream: Stream) -> None:
    stream.form = lambda accept: "sse"  # type: ignore[method-assign]


@fault("A3", patience_seconds=0.3)
def never_answers_head(stream: Stream) -> None:
    answer = stream.answer

    async def hangs(request: Request, writer: asyncio.StreamWriter) -> None:
        await (asyncio.sleep(60) if request.method == "HEAD" else answer(request, writer))

    stream.answer = hangs  # type: ignore[method-assign]


@fault("A3")
def sends_the_stream_to_head(stream: Stream) -> None:
    answer = stream.answer

    async def as_get(request: Request, writer: asyncio.StreamWriter) -> None:
        request.method = request.method.replace("HEAD", "GET")
        await answer(request, writer)

    stream.answer = as_get  # type: ignore[method-assign]


@fault("A3")
def has_another_head_for_head(stream: Stream) -> None:
    answer, fields = stream.answer, stream.fields

    async def other(request: Request, writer: asyncio.StreamWriter) -> None:
        stream.fields = {} if request.method == "HEAD" else fields
        await answer(request, writer)

    stream.answer = other  # type: ignore[method-assign]


@fault("A4")
def answers_every_method(stream: Stream) -> None:
    as_get(stream, "CONFORM", "POST", "PUT", "PATCH", "DELETE")


@fault("A4", profile="generic")
def answers_unknown_methods(stream: Stream) -> None:
    as_get(stream, "CONFORM")


def as_get(stream: Stream, *methods: str) -> None:
    answer = stream.answer

    async def all_alike(request: Request, writer: asyncio.StreamWriter) -> None:
        request.method = "GET" if request.method in methods else request.method
        await answer(request, writer)

    stream.answer = all_alike  # type: ignore[method-assign]


@fault("A4")
def does_not_say_what_is_allowed(stream: Stream) -> None:
    stream.allowed = ""


@fault("A5")
def lets_no_cursor_through_the_preflight(stream: Stream) -> None:
    stream.allowed_headers = "Accept"


@fault("A5")
def knows_no_preflight(stream: Stream) -> None:
    stream.preflight = lambda writer: stream.problem(writer, 405, "No.", Allow="GET")  # type: ignore[method-assign]


@fault("A6a", profile="generic", outcome="WARN")
@fault("A6a")
@fault("A6b", patience_seconds=0.3)
def takes_any_query(stream: Stream) -> None:
    stream.fault = lambda request: None  # type: ignore[method-assign]


@fault("A6a")
@fault("A6b")
def refuses_without_a_problem_document(stream: Stream) -> None:
    stream.problem = lambda writer, status, detail, **fields: stream.say(  # type: ignore[method-assign]
        writer, status, {"Content-Type": "text/html", **fields}, detail.encode()
    )


@fault("A6b")
def says_another_status_in_the_problem(stream: Stream) -> None:
    stream.problem = lambda writer, status, detail, **fields: stream.say(  # type: ignore[method-assign]
        writer, status, {"Content-Type": "application/problem+json", **fields}, b'{"status":500}'
    )


@fault("A7")
def believes_the_query_more(stream: Stream) -> None:
    stream.wish = lambda request: (  # type: ignore[method-assign]
        (request.get("last_event_id"), False)
        if request.get("last_event_id")
        else (request.get("since") or stream.cursor_header(request), bool(request.get("since")))
    )


@fault("A8")
@fault("A8", profile="generic")
def chokes_on_other_bytes(stream: Stream) -> None:
    read = stream.cursor_header
    refuse_cursors(stream, lambda request: 500 if not read(request).isascii() else None)


@fault("A8")
@fault("A8", "WARN", profile="generic")
def refuses_long_cursors(stream: Stream) -> None:
    refuse_cursors(stream, lambda request: 400 if len(stream.cursor_header(request)) > 1000 else None)


def refuse_cursors(stream: Stream, status: Callable[[Request], int | None]) -> None:
    answer = stream.answer

    async def refusing(request: Request, writer: asyncio.StreamWriter) -> None:
        if found := status(request):
            stream.problem(writer, found, "No.")
        else:
            await answer(request, writer)

    stream.answer = refusing  # type: ignore[method-assign]


@fault("A9")
def takes_an_empty_cursor_for_one(stream: Stream) -> None:
    start = stream.start

    def starting(request: Request, form: str) -> Start:
        if request.headers.get("last-event-id") == b"":
            return stream.gap("", "unknown", None, stream.newest, form)
        return start(request, form)

    stream.start = starting  # type: ignore[method-assign]


@fault("A10")
def does_not_unescape(stream: Stream) -> None:
    stream.pairs = lambda query: [  # type: ignore[method-assign]
        (name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)
    ]


# B ------------------------------------------------------------------------------------------------------------------


@fault("B1")
@fault("B1", profile="generic")
def answers_201(stream: Stream) -> None:
    stream.status = 201


@fault("F2")
@fault("F2", profile="generic")
@fault("B1", profile="generic")
def is_overloaded(stream: Stream) -> None:
    stream.status = 503


@fault("B13")
def writes_a_space_before_the_colon(stream: Stream) -> None:
    stream.fields["X-Odd "] = "1"


@fault("B13")
def allows_two_origins(stream: Stream) -> None:
    stream.fields["access-control-allow-origin"] = "https://one.example"


@fault("B2")
def names_another_charset(stream: Stream) -> None:
    stream.type = "text/event-stream; charset=iso-8859-1"


@fault("B2", profile="generic")
def is_plain_text(stream: Stream) -> None:
    stream.type = "text/plain"


@fault("B3")
@fault("B3", profile="generic")
def says_nothing_to_caches(stream: Stream) -> None:
    del stream.fields["Cache-Control"]


@fault("B3", "WARN", profile="generic")
@fault("B3")
def may_be_transformed(stream: Stream) -> None:
    stream.fields["Cache-Control"] = "no-cache"


@fault("B4")
@fault("B4", "WARN", profile="generic")
def may_be_buffered(stream: Stream) -> None:
    del stream.fields["X-Accel-Buffering"]


@fault("B5a")
def has_a_length(stream: Stream) -> None:
    stream.fields["Content-Length"] = "100000"


@fault("B5a")
def counts_chunks_wrong(stream: Stream) -> None:
    stream.chunk = lambda content: b"%x\r\n%s\r\n" % (len(content) + 1, content)  # type: ignore[method-assign]


@fault("B5a")
def writes_sizes_in_decimal(stream: Stream) -> None:
    stream.chunk = lambda content: b"%d\r\n%s\r\n" % (len(content), content)  # type: ignore[method-assign]


@fault("B5a")
def ends_size_lines_in_a_line_feed(stream: Stream) -> None:
    stream.chunk = lambda content: b"%x\n%s\r\n" % (len(content), content)  # type: ignore[method-assign]


@fault("B5a")
@fault("B5a", "WARN", profile="generic")
def ends_with_the_connection(stream: Stream) -> None:
    stream.is_chunked = lambda request: False  # type: ignore[method-assign]


@fault("B5b")
def chunks_for_old_clients(stream: Stream) -> None:
    stream.is_chunked = lambda request: True  # type: ignore[method-assign]


@fault("B5c")
def hangs_up_without_a_last_chunk(stream: Stream) -> None:
    stream.last_chunk = b""


@fault("B5c", profile="generic")
def is_cut_in_the_middle(stream: Stream) -> None:
    stream.lives_seconds = 0.1
    stream.rewrite = lambda frame: frame[:-1]


@fault("B7")
@fault("B7", profile="generic")
def does_not_vary(stream: Stream) -> None:
    del stream.fields["Vary"]


@fault("B7")
def echoes_origins_without_saying_so(stream: Stream) -> None:
    echo(stream)


@fault("B8", "WARN")
def lets_every_origin_in_with_cookies(stream: Stream) -> None:
    stream.fields["Access-Control-Allow-Credentials"] = "true"
    echo(stream)


def echo(stream: Stream) -> None:
    answer = stream.answer

    async def echoing(request: Request, writer: asyncio.StreamWriter) -> None:
        stream.fields["Access-Control-Allow-Origin"] = request.header("origin") or "*"
        await answer(request, writer)

    stream.answer = echoing  # type: ignore[method-assign]


@fault("B8")
def allows_credentials_to_everybody(stream: Stream) -> None:
    stream.fields["Access-Control-Allow-Credentials"] = "true"


@fault("B9")
def has_a_tag(stream: Stream) -> None:
    stream.fields["ETag"] = '"1"'


@fault("B9")
@fault("B9", profile="generic")
def answers_conditions(stream: Stream) -> None:
    refuse_cursors(stream, lambda request: 304 if "if-none-match" in request.headers else None)


@fault("B10", "WARN")
def misspells_expires(stream: Stream) -> None:
    stream.fields["Expire"] = "0"


@fault("B11")
@fault("B11", profile="generic")
def says_nothing_at_first(stream: Stream) -> None:
    stream.opening, stream.heartbeat = b"", None
    stream.start = lambda request, form: Start(stream.newest)  # type: ignore[method-assign]


@fault("B12")
@fault("B12", profile="generic")
def says_errors_as_a_stream(stream: Stream) -> None:
    stream.problem = lambda writer, status, detail, **fields: stream.say(  # type: ignore[method-assign]
        writer, status, {"Content-Type": "text/event-stream", **fields}, b"data: no\n\n"
    )


# C ------------------------------------------------------------------------------------------------------------------


@fault("C2")
@fault("C2", profile="generic")
def begins_with_a_mark(stream: Stream) -> None:
    stream.opening = b"\xef\xbb\xbf:\n"


rewriting("C1", "writes_latin_1", lambda frame: frame.replace(b"Storm", b"St\xf6rm").replace(b"curs", b"c\xfcrs", 1))
rewriting("C3a", "ends_lines_in_a_carriage_return", lambda frame: frame.replace(b"\n", b"\r"))
rewriting("C3a", "ends_one_line_in_a_carriage_return", lambda frame: frame.replace(b"\ndata", b"\rdata"))
rewriting("C3b", "mixes_line_ends", lambda frame: frame.replace(b"\ndata", b"\r\ndata"), "WARN")
rewriting("C4", "ends_events_twice", lambda frame: frame + b"\n", "WARN")
rewriting("C5a", "breaks_its_json", lambda frame: frame.replace(b"{", b"{\ndata: "))
rewriting("C5a", "writes_no_json", lambda frame: frame.replace(b"data: {", b"data: "))
rewriting("C6", "writes_no_space", lambda frame: frame.replace(b": ", b":"), "WARN")
rewriting("C6", "writes_two_spaces", lambda frame: frame.replace(b"event: ", b"event:  "))
rewriting("C9", "lets_data_become_a_field", lambda frame: frame.replace(b", ", b"\nid: 1\ndata: "))
rewriting("C9", "has_a_control_character_in_a_name", lambda frame: frame.replace(b"event: ", b"event: \x01"))
rewriting("C10", "has_a_nul_in_an_id", lambda frame: frame.replace(b"id: ", b"id: \0"))
rewriting("C10", "has_ids_of_json", lambda frame: frame.replace(b"id: ", b'id: [{"at":'), "WARN")
rewriting("C10", "has_long_ids", lambda frame: frame.replace(b"id: ", b"id: " + b"0" * 128), "WARN")
rewriting(
    "C10", "has_empty_ids", lambda frame: frame.replace(b"id: right", b"id: \nevent: x\ndata: x\n\nid: right"), "WARN"
)
rewriting("C11", "has_a_retry_of_words", lambda frame: b"retry: 5s\n" + frame)
rewriting("C11", "has_a_retry_of_a_millisecond", lambda frame: b"retry: 1\n" + frame, "WARN")
rewriting("C12", "has_events_without_data", lambda frame: frame.replace(b"data: ", b": "))
rewriting("C12", "sends_ids_alone", lambda frame: b"id: right.4\n\n" + frame, "WARN")
rewriting("C13", "has_fields_of_its_own", lambda frame: b"time: noon\n" + frame)
rewriting("C13", "does_not_split_its_data", lambda frame: frame.replace(b", ", b",\n"))
rewriting("C14", "calls_an_event_error", lambda frame: frame.replace(b"event: checkpoint", b"event: error"))


# D ------------------------------------------------------------------------------------------------------------------


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


# E, F, G ------------------------------------------------------------------------------------------------------------


@fault("E1", seconds=1.5, heartbeat_seconds=0.2)
@fault("E1", "WARN", profile="generic", seconds=1.5, heartbeat_seconds=0.2)
def has_no_heartbeat(stream: Stream) -> None:
    stream.heartbeat = None


@fault("E2")
@fault("E2", profile="generic")
def ends_heartbeats_like_events(stream: Stream) -> None:
    stream.heartbeat = b":ping\n\n"


@fault("E3", "WARN", publishes=True, seconds=1.0)
def beats_whatever_happens(stream: Stream) -> None:
    stream.heartbeat_seconds = 0.2
    tell = stream.tell

    async def beating(request: Request, line: Line, form: str) -> None:
        async def beat() -> None:
            while True:
                await asyncio.sleep(0.2)
                line.send(b":\n")

        stream.heartbeat = None
        task = asyncio.create_task(beat())
        try:
            await tell(request, line, form)
        finally:
            task.cancel()

    stream.tell = beating  # type: ignore[method-assign]


@fault("E5")
@fault("E5", "WARN", profile="generic")
def ends_at_once(stream: Stream) -> None:
    stream.lives_seconds = 0.1


@fault("E6", "WARN", publishes=True, patience_seconds=2)
def tells_late(stream: Stream) -> None:
    stream.told_late_seconds = 1.1


@fault("E6", "WARN", publishes=True, patience_seconds=0.3)
def tells_nothing(stream: Stream) -> None:
    stream.tell_all = lambda one: None  # type: ignore[method-assign]


@fault("F2")
def turns_away_without_a_time(stream: Stream) -> None:
    stream.start = lambda request, form: Start(  # type: ignore[method-assign]
        stream.newest, [stream.frame("busy", {"retry_seconds": 1}, None, form)]
    )


@fault("F5", profile="generic")
def loses_the_query_in_a_redirect(stream: Stream) -> None:
    answer = stream.answer

    async def redirecting(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.get("feed"):
            stream.say(writer, 302, {"Location": "/events"}, b"")
        else:
            await answer(request, writer)

    stream.answer = redirecting  # type: ignore[method-assign]


@fault("G1", patience_seconds=0.3)
def forgets_what_a_slow_reader_has_not_taken(stream: Stream) -> None:
    due = stream.due
    stream.due = lambda cursor, request: [  # type: ignore[method-assign]
        one for one in due(cursor, request) if request.get("poll") or one.seq != 7
    ]


@fault("G1", patience_seconds=0.3)
def serves_one_after_the_other(stream: Stream) -> None:
    """Who comes while a reader of the history is there waits for it to go."""
    lock, answer = asyncio.Lock(), stream.answer

    async def queueing(request: Request, writer: asyncio.StreamWriter) -> None:
        if not request.get("since"):
            async with lock:
                pass
        if request.get("poll") or not request.get("since"):
            await answer(request, writer)
            return
        async with lock:
            await answer(request, writer)

    stream.answer = queueing  # type: ignore[method-assign]


# H ------------------------------------------------------------------------------------------------------------------


@fault("H0")
@fault("H0", "WARN", profile="generic")
def does_not_compress(stream: Stream) -> None:
    stream.squeezes = False


@fault("H1")
@fault("H1", profile="generic")
def compresses_for_who_refuses_it(stream: Stream) -> None:
    stream.coding = lambda accepted: "gzip" in accepted  # type: ignore[method-assign]


@fault("H1")
def compresses_unasked(stream: Stream) -> None:
    stream.coding = lambda accepted: True  # type: ignore[method-assign]


@fault("H1")
def knows_small_letters_only(stream: Stream) -> None:
    coding = stream.coding
    stream.coding = lambda accepted: "GZIP" not in accepted and coding(accepted)  # type: ignore[method-assign]


class Waiting(Coder):
    """It waits for more before it gives anything."""

    def write(self, plain: bytes) -> bytes:
        return self.zlib.compress(plain)


@fault("H2")
@fault("H2", profile="generic")
def waits_for_more_before_it_compresses(stream: Stream) -> None:
    stream.coder = Waiting  # type: ignore[method-assign]


class Members(Coder):
    """Each piece a member of its own, which browsers do not read on after."""

    def write(self, plain: bytes) -> bytes:
        return gzip.compress(plain)

    def end(self) -> bytes:
        return b""


@fault("H2")
@fault("H4")
@fault("H5")
def compresses_member_by_member(stream: Stream) -> None:
    stream.coder = Members  # type: ignore[method-assign]


class Deaf(Coder):
    """Heartbeats stay in its buffer."""

    def write(self, plain: bytes) -> bytes:
        return b"" if plain == b":\n" else super().write(plain)


@fault("H2")
def keeps_heartbeats_back(stream: Stream) -> None:
    stream.coder = Deaf  # type: ignore[method-assign]


class Changing(Coder):
    def write(self, plain: bytes) -> bytes:
        return super().write(plain.replace(b"Storm", b"Sturm"))


@fault("H3")
def compresses_something_else(stream: Stream) -> None:
    stream.coder = Changing  # type: ignore[method-assign]


class Losing(Coder):
    def write(self, plain: bytes) -> bytes:
        return super().write(b"" if b"id: right.6\n" in plain else plain)


@fault("H3")
@fault("H5")
def loses_an_event_in_compression(stream: Stream) -> None:
    stream.coder = Losing  # type: ignore[method-assign]


class Unended(Coder):
    def end(self) -> bytes:
        return b""


@fault("H4")
def has_no_trailer(stream: Stream) -> None:
    stream.coder = Unended  # type: ignore[method-assign]


@fault("H4", profile="generic")
def has_no_trailer_for_strangers(stream: Stream) -> None:
    stream.coder, stream.lives_seconds = Unended, 0.1  # type: ignore[method-assign]


class Miscounting(Coder):
    def end(self) -> bytes:
        trailer = super().end()
        return trailer[:-8] + bytes(8)


@fault("H4")
def has_wrong_sums(stream: Stream) -> None:
    stream.coder = Miscounting  # type: ignore[method-assign]


@fault("H5")
def has_one_window_for_all(stream: Stream) -> None:
    """Who joins later gets references to what it has not seen."""
    shared = Coder()
    shared.write(b"".join(stream.frame(one.kind, one.item, one.id, "sse") for one in stream.log))

    class Joining(Coder):
        def __init__(self) -> None:
            self.zlib = shared.zlib.copy()
            self.has_begun = False

        def write(self, plain: bytes) -> bytes:
            head = b"" if self.has_begun else b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
            self.has_begun = True
            return head + super().write(plain)

    stream.coder = Joining  # type: ignore[method-assign]


@fault("H6", "WARN")
def compresses_errors_unasked(stream: Stream) -> None:
    stream.problem = lambda writer, status, detail, **fields: stream.say(  # type: ignore[method-assign]
        writer, status, {"Content-Type": "text/plain", "Content-Encoding": "gzip", **fields}, gzip.compress(b"No.")
    )


# K ------------------------------------------------------------------------------------------------------------------


@fault("K1")
def begins_without_a_checkpoint(stream: Stream) -> None:
    start = stream.start
    stream.start = lambda request, form: Start(start(request, form).after)  # type: ignore[method-assign]


@fault("K1")
def does_not_say_the_time(stream: Stream) -> None:
    stream.rewrite = lambda frame: frame.replace(b"13:00:00", b"one o'clock")


@fault("K2")
def does_not_say_the_version(stream: Stream) -> None:
    for one in stream.log:
        del one.item["_feeder"]["version"]


@fault("K2")
def says_another_number(stream: Stream) -> None:
    stream.log[2].item["_feeder"]["seq"] = 99


@fault("K2")
def gives_no_reason(stream: Stream) -> None:
    for one in stream.log:
        one.item["_feeder"].pop("reason", None)


@fault("K3")
def has_a_kind_of_its_own(stream: Stream) -> None:
    stream.opening = b'event: hello\ndata: {"hello":1}\n\n'


@fault("K4", patience_seconds=0.3)
def polls_for_ever(stream: Stream) -> None:
    tell = stream.tell

    async def telling(request: Request, line: Line, form: str) -> None:
        request.query = [pair for pair in request.query if pair[0] != "poll"]
        await tell(request, line, form)

    stream.tell = telling  # type: ignore[method-assign]


@fault("K4")
def ends_a_poll_without_a_checkpoint(stream: Stream) -> None:
    tell, checkpoint = stream.tell, stream.checkpoint

    async def telling(request: Request, line: Line, form: str) -> None:
        stream.checkpoint = (  # type: ignore[method-assign]
            (lambda seq, form: b"") if request.get("since") == "latest" else checkpoint
        )
        await tell(request, line, form)

    stream.tell = telling  # type: ignore[method-assign]


@fault("K5")
def has_no_lines_of_json(stream: Stream) -> None:
    stream.form = lambda accept: "sse" if accept in {"", "*/*"} or "text/event-stream" in accept else None  # type: ignore[method-assign]


@fault("K5")
def adds_members_to_its_lines(stream: Stream) -> None:
    framing(stream, lambda line: line.replace(b'"data"', b'"more":1,"data"'))


@fault("K5")
def tells_other_data_in_lines(stream: Stream) -> None:
    framing(stream, lambda line: line.replace(b"Storm", b"Sturm"))


@fault("K5")
def tells_less_in_lines(stream: Stream) -> None:
    framing(stream, lambda line: b"" if b'"right.6"' in line else line)


def framing(stream: Stream, change: Callable[[bytes], bytes]) -> None:
    """Change the lines of JSON, and them alone."""
    frame = stream.frame
    stream.frame = lambda name, told, cursor, form: (  # type: ignore[method-assign]
        change(frame(name, told, cursor, form)) if form == "ndjson" else frame(name, told, cursor, form)
    )


@fault("K6")
def knows_no_snapshots(stream: Stream) -> None:
    stream.snapshot = lambda count, form: Start(stream.newest)  # type: ignore[method-assign]


@fault("K6")
def snapshots_the_newest_first(stream: Stream) -> None:
    snapshot = stream.snapshot

    def reversed_(count: int, form: str) -> Start:
        found = snapshot(count, form)
        return Start(found.after, [*found.frames[-2::-1], found.frames[-1]])

    stream.snapshot = reversed_  # type: ignore[method-assign]


@fault("K6")
def snapshots_for_who_comes_back(stream: Stream) -> None:
    start = stream.start
    stream.start = lambda request, form: (  # type: ignore[method-assign]
        stream.snapshot(3, form) if request.get("snapshot") else start(request, form)
    )


@fault("K7")
def has_feeds_that_lead_nowhere(stream: Stream) -> None:
    stream.link = lambda: "<https://news.example/>; rel=hub"  # type: ignore[method-assign]


@fault("K7")
def has_feeds_that_lead_too_far(stream: Stream) -> None:
    stream.link = lambda: '</events?since=right.99>; rel="alternate"; type="text/event-stream"'  # type: ignore[method-assign]


@fault("K8")
def tells_it_otherwise_each_time(stream: Stream) -> None:
    count = iter(range(10_000_000))
    stream.rewrite = lambda frame: frame.replace(b'"url": "', b'"n": %d, "url": "' % next(count))


def forgetting(code: str, name: str, change: Callable[[Request], None]) -> None:
    """A fault of the filters: the request is read otherwise."""

    def breaks(stream: Stream) -> None:
        matches = stream.matches

        def other(one: Event, request: Request) -> bool:
            copy = Request(request.method, request.path, request.version, list(request.query), request.headers)
            change(copy)
            return matches(one, copy)

        stream.matches = other  # type: ignore[method-assign]

    breaks.__name__ = name
    FAULTS.append(Fault(code, breaks))


def without(name: str) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.query = [pair for pair in request.query if pair[0] != name]

    return change


def only_first(request: Request) -> None:
    request.query = list(dict(reversed(request.query)).items())


def never(name: str) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.query = [(one, "nothing at all" if one == name else value) for one, value in request.query]

    return change


for _code, _name in {
    "K20": "feed",
    "K21": "section",
    "K22": "language",
    "K23": "tag",
    "K24": "article",
    "K25": "q",
}.items():
    forgetting(_code, f"passes_{_name}_over", without(_name))
    forgetting(_code, f"finds_nothing_by_{_name}", never(_name))
forgetting("K26", "takes_the_first_of_two_values", only_first)
forgetting("K26", "passes_the_second_name_over", without("feed"))


@fault("K22")
def knows_no_dialects(stream: Stream) -> None:
    for one in stream.log:
        one.shown["language"].discard("en" if one.item.get("language") == "en-GB" else "")


@fault("K9", seconds=1.3)
def is_silent_in_lines(stream: Stream) -> None:
    framing(stream, lambda line: b"" if b'"heartbeat"' in line else line)


@fault("K9")
def ends_lines_otherwise(stream: Stream) -> None:
    framing(stream, lambda line: line.replace(b"\n", b"\0"))


@fault("H4")
def has_no_trailer_for_old_clients(stream: Stream) -> None:
    line = stream.line

    def lined(writer: asyncio.StreamWriter, request: Request, *, squeezed: bool) -> Line:
        stream.coder = Coder if request.version == "HTTP/1.1" else Unended  # type: ignore[method-assign]
        return line(writer, request, squeezed=squeezed)

    stream.line = lined  # type: ignore[method-assign]


@fault("D3c", publishes=True)
def loses_an_event_on_every_wire(stream: Stream) -> None:
    """Who replays gets it, who listens does not; the witness is not asked to be believed."""
    due = stream.due
    stream.due = lambda cursor, request: [  # type: ignore[method-assign]
        one for one in due(cursor, request) if one.seq % 5 or stream.cursor_header(request)
    ]


@fault("D3c", publishes=True)
def compresses_something_else_at_the_seam(stream: Stream) -> None:
    class Wrong(Coder):
        def write(self, plain: bytes) -> bytes:
            return super().write(plain.replace(b"New", b"Old"))

    stream.coder = Wrong  # type: ignore[method-assign]


@fault("K27")
def starts_filtered_readers_at_the_tip(stream: Stream) -> None:
    start = stream.start
    stream.start = lambda request, form: (  # type: ignore[method-assign]
        Start(stream.newest) if request.get("feed") and stream.cursor_header(request) else start(request, form)
    )
