"""A and B: servers that take requests wrongly, and say it wrongly in the head."""

from __future__ import annotations

import asyncio

from faults import fault, refusing
from right_stream import Request, Start, Stream


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
    refusing(stream, lambda request: 500 if not read(request).isascii() else None)


@fault("A8")
@fault("A8", "WARN", profile="generic")
def refuses_long_cursors(stream: Stream) -> None:
    refusing(stream, lambda request: 400 if len(stream.cursor_header(request)) > 1000 else None)


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
    refusing(stream, lambda request: 304 if "if-none-match" in request.headers else None)


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
