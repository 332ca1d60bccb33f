"""A: what a request may say, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.conform.checks import words
from feeder.conform.target import Ask
from feeder.conform.verdict import Level, check, doubtful, fine, judged, untold, wrong
from feeder.conform.visit import Profile

if TYPE_CHECKING:
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_OK: Final = 200
_CLIENT_ERRORS: Final = 400
_NOT_ALLOWED: Final = 405
_SERVER_ERRORS: Final = 500
_NOT_IMPLEMENTED: Final = 501

ORIGIN: Final = "https://conform.example"
UNKNOWN_METHOD: Final = "CONFORM"
"""A method that nobody has: asking with a real one could change something."""

PROBLEM: Final = "application/problem+json"

GARBAGE: Final[tuple[bytes, ...]] = (
    b"conform-never-given-out",
    b"\xff\xfe\x80",
    "ünïcödé 日本".encode(),
    b"<script>\"'`",
    b"1" * 100,
    b"%00%0A%0D",
    b"../../etc/passwd",
    b"x" * 4000,
)


@check("A1", "GET is answered by a stream whatever Accept allows it", "HTML 9.2.3; RFC 9110 12.5.1")
async def accepting(visit: Visit) -> Finding:
    """``text/event-stream``, ``text/*``, ``*/*`` and none at all."""
    accepts = ("text/event-stream", "text/*", "*/*", "text/html;q=0.5, text/event-stream", "")
    asks = [Ask(headers={"Accept": accept}) for accept in accepts]
    heads = [(await visit.head(ask)).head for ask in asks]
    faults = [f"{ask}: {head}" for ask, head in zip(asks, heads, strict=True) if not head.is_stream]
    return judged(faults, f"a stream for {len(asks)} ways to accept it")


@check("A2", "an Accept that excludes the stream gets 406 or another form", "RFC 9110 15.5.7", level=Level.SHOULD)
async def excluding(visit: Visit) -> Finding:
    """Nobody gets what he said he cannot read."""
    faults = []
    for accept in ("image/png", "text/event-stream;q=0, application/x-conform"):
        ask = Ask(headers={"Accept": accept})
        head = (await visit.head(ask)).head
        if head.is_stream or head.status >= _SERVER_ERRORS:
            faults.append(f"{ask}: {head}")
    return judged(faults, "406 or another form")


@check("A3", "HEAD has the head of GET and ends at once", "RFC 9110 9.3.2")
async def head_only(visit: Visit) -> Finding:
    """No body, no waiting, and the same fields where they do not speak of the body's framing."""
    async with visit.wire.ask(Ask(method="HEAD")) as answer:
        body = await answer.beyond(visit.moment_seconds / 4)
    if body:
        return wrong(f"HEAD: {len(body)} bytes follow the head: {body[:40]!r}")
    other = (await visit.opening()).head
    if answer.head.status != other.status:
        return wrong(f"HEAD says {answer.head.status}, GET {other.status}")
    names = ("content-type", "cache-control", "vary", "access-control-allow-origin", "x-accel-buffering")
    faults = [f"HEAD and GET differ in {name}" for name in names if answer.head[name] != other[name]]
    return judged(faults, f"HEAD: {answer.head}, and nothing after it")


@check("A4", "methods that there are not get 405 with Allow", "RFC 9110 15.5.6, 10.2.1")
async def other_methods(visit: Visit) -> Finding:
    """Of strangers only a method that nobody has is tried: POST may publish there."""
    methods = (UNKNOWN_METHOD, "POST", "PUT", "PATCH", "DELETE") if visit.is_ours else (UNKNOWN_METHOD,)
    faults = []
    for method in methods:
        head = (await visit.head(Ask(method=method, headers={"Content-Length": "0"}))).head
        if method == UNKNOWN_METHOD and head.status == _NOT_IMPLEMENTED:
            continue
        if head.status != _NOT_ALLOWED:
            faults.append(f"{method}: {head.status} instead of 405")
        elif "get" not in head.members("allow"):
            faults.append(f"{method}: 405, and Allow is {head['allow']!r}")
    return judged(faults, f"{', '.join(methods)}: refused by name")


@check("A5", "a preflight for Last-Event-ID is allowed", "Fetch, CORS-preflight fetch; WPT eventsource-cross-origin")
async def preflight(visit: Visit) -> Finding:
    """A browser sends one before it reconnects to another origin with an id that is not plain."""
    if "access-control-allow-origin" not in (await visit.head(Ask(headers={"Origin": ORIGIN}))).head:
        return untold("the stream is for pages of its own origin only: GET has no Access-Control-Allow-Origin")
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "cache-control,last-event-id",
    }
    head = (await visit.head(Ask(method="OPTIONS", headers=asked))).head
    if not _OK <= head.status < _OK + 100:
        return wrong(f"OPTIONS: {head.status}")
    if head["access-control-allow-origin"] not in {"*", ORIGIN}:
        return wrong(f"OPTIONS: Access-Control-Allow-Origin is {head['access-control-allow-origin']!r}")
    allowed = head.members("access-control-allow-headers")
    if not allowed & {"*", "last-event-id"}:
        return wrong(f"OPTIONS: Access-Control-Allow-Headers is {head['access-control-allow-headers']!r}")
    return fine(f"OPTIONS: {head.status}, {head['access-control-allow-headers']}")


@check("A6a", "a parameter that there is not is refused", "checklist; RFC 9457", level=Level.PROMISED)
async def unknown_parameter(visit: Visit) -> Finding:
    """Who misspells a filter must not get the stream of everything without a word."""
    answer = await visit.heard(Ask(query="conform-no-such-parameter=1"), visit.moment_seconds)
    fault = _refusal_fault(answer.head.status, answer.head.media_type, is_strict=visit.is_ours)
    return wrong(f"{answer.ask}: {fault}") if fault else fine(f"{answer.ask}: {answer.head}")


@check("A6b", "a value that cannot be meant is refused before the stream", "contract; RFC 9457", needs=Profile.FEEDER)
async def bad_values(visit: Visit) -> Finding:
    """400 with a problem document whose status is its own."""
    faults = []
    for query in ("poll=perhaps", "poll=1&poll=0", "feed=Conform-No-Such-Feed", "snapshot=many", "q=%22open"):
        answer = await visit.whole(Ask(query=query))
        fault = _refusal_fault(answer.head.status, answer.head.media_type, is_strict=True)
        if fault is None and f'"status":{_CLIENT_ERRORS}'.encode() not in bytes(answer.plain).replace(b" ", b""):
            fault = f"the problem document does not say its status: {bytes(answer.plain)[:60]!r}"
        if fault:
            faults.append(f"?{query}: {fault}")
    return judged(faults, "400 and a problem document for each")


def _refusal_fault(status: int, media_type: str, *, is_strict: bool) -> str | None:
    if not _CLIENT_ERRORS <= status < _SERVER_ERRORS or (is_strict and status != _CLIENT_ERRORS):
        return f"{status} instead of {_CLIENT_ERRORS}"
    if is_strict and media_type != PROBLEM:
        return f"the refusal is {media_type or 'of no type'} instead of {PROBLEM}"
    return None


@check("A7", "the header Last-Event-ID beats the query", "contract; Mercure, reconciliation", needs=Profile.FEEDER)
async def header_first(visit: Visit) -> Finding:
    """A browser that reconnects repeats the address it began with, and its header is the newer word."""
    past = await visit.past()
    if len(past.events) < 3:  # noqa: PLR2004 (a first, a middle and a last)
        return untold("needs a history of three events")
    first, middle = past.ids[0], past.ids[len(past.ids) // 2]
    faults = []
    for query in (f"last_event_id={first}", "since=earliest"):
        answer = await visit.poll(query, {"Last-Event-ID": middle})
        wanted = past.ids[past.ids.index(middle) + 1 :]
        got = [block.id or "" for block in visit.events(answer)][: len(wanted)]
        if found := words.difference(got, wanted):
            faults.append(f"Last-Event-ID: {middle} with ?{query}: {found}")
    return judged(faults, f"the stream went on after {middle} of the header")


@check("A8", "a Last-Event-ID that was never given out is no error", "HTML 9.2.3; WPT request-status-error")
async def garbage(visit: Visit) -> Finding:
    """Bytes of any kind, up to 4 KB: an error would end a browser's stream for ever."""
    faults, doubts = [], []
    for cursor in GARBAGE:
        ask = Ask(headers={"Last-Event-ID": cursor})
        head = (await visit.head(ask)).head
        if head.status >= _SERVER_ERRORS or (visit.is_ours and not head.is_stream):
            faults.append(f"{ask}: {head}")
        elif not head.is_stream:
            doubts.append(f"{ask}: {head}, after which an EventSource never comes back")
    return judged(faults, f"{len(GARBAGE)} kinds of garbage: a stream") if faults or not doubts else doubtful(doubts[0])


@check("A9", "an empty Last-Event-ID is none", "HTML 9.2.4")
async def empty_cursor(visit: Visit) -> Finding:
    """An id that was reset is sent by some clients as an empty field."""
    ask = Ask(headers={"Last-Event-ID": ""})
    answer = await visit.heard(ask, visit.moment_seconds, lambda heard: bool(heard.blocks))
    if not answer.head.is_stream:
        return wrong(f"{ask}: {answer.head}")
    first = answer.blocks[0].name if answer.blocks else "nothing"
    if visit.is_ours and first != "checkpoint":
        return wrong(f"{ask}: the stream begins with {first} and not with a checkpoint")
    return fine(f"{ask}: {answer.head}, beginning with {first}")


@check(
    "A10", "repeated, escaped and unescaped values are read alike", "contract; URL, urlencoded", needs=Profile.FEEDER
)
async def escapes(visit: Visit) -> Finding:
    """Names and values escaped, a plus that was meant as one, a value said twice."""
    past = await visit.past()
    faults = []
    for query in (
        "s%69nce=e%61rliest",
        "since=1971-01-01T00:00:00+00:00",
        "since=1971-01-01T00:00:00%2B00:00",
        "since=1971-01-01%2000:00:00Z",
        "since=earliest&feed=all&feed=all",
        "since=earliest&feed=%61ll",
    ):
        answer = await visit.poll(query)
        got = [block.id or "" for block in visit.events(answer)][: len(past.ids)]
        found = words.difference(got, past.ids) if answer.head.is_stream else str(answer.head)
        if found:
            faults.append(f"?{query}: {found}")
    return judged(faults, "all of them give the whole history")
