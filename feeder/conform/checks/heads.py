"""B: the head of the stream."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from math import inf
from typing import TYPE_CHECKING, Final

from feeder.conform.checks.requests import ORIGIN, UNKNOWN_METHOD
from feeder.conform.target import Ask
from feeder.conform.verdict import Level, check, doubtful, fine, judged, untold, wrong
from feeder.conform.visit import GZIP

if TYPE_CHECKING:
    from feeder.conform.answer import Answer
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_TYPE: Final = re.compile(r"text/event-stream(?:[ \t]*;[ \t]*charset=\"?utf-8\"?)?", re.IGNORECASE)
_AT_ONCE_SECONDS: Final = 0.1
_LATE_SECONDS: Final = 1.0
_ERRORS: Final = 400
_TRIES: Final = 3


@check("B1", "the status is exactly 200", "HTML 9.2.3; WPT request-status-error")
async def status(visit: Visit) -> Finding:
    """A browser takes 2xx, 4xx and 5xx alike for the end, for ever."""
    head = (await visit.opening()).head
    return fine("200") if head.status == 200 else wrong(f"GET: {head.status}")  # noqa: PLR2004 (the status)


@check("B2", "the Content-Type is text/event-stream, in UTF-8", "HTML 9.2.3, 9.2.5; WPT format-mime-valid-bogus")
async def media_type(visit: Visit) -> Finding:
    """With no parameter but ``charset=utf-8``: the text is always UTF-8."""
    said = (await visit.opening()).head["content-type"]
    return fine(said) if _TYPE.fullmatch(said) else wrong(f"Content-Type: {said}" if said else "no Content-Type")


@check("B3", "caches must not keep it nor change it", "RFC 9111 5.2.2.5, 5.2.2.6")
async def caching(visit: Visit) -> Finding:
    """``no-store`` and ``no-transform``."""
    head = (await visit.opening()).head
    directives = head.members("cache-control")
    missing = sorted({"no-store", "no-transform"} - directives)
    said = f"Cache-Control: {head['cache-control']}" if directives else "no Cache-Control"
    if not missing:
        return fine(said)
    evidence = f"{said}: {' and '.join(missing)} is missing"
    return wrong(evidence) if visit.is_ours or not directives & {"no-store", "no-cache"} else doubtful(evidence)


@check("B4", "nginx is told not to buffer it", "nginx, proxy_buffering", level=Level.PROMISED)
async def buffering(visit: Visit) -> Finding:
    """``X-Accel-Buffering: no``."""
    head = (await visit.opening()).head
    said = head["x-accel-buffering"]
    if not said and "nginx" in head["server"].lower():
        return untold("nginx answers, and keeps the field to itself")
    return fine("X-Accel-Buffering: no") if said.lower() == "no" else wrong(f"X-Accel-Buffering is {said!r}")


@check("B5a", "no Content-Length, and well-formed chunks", "RFC 9112 6.1, 6.3, 7.1")
async def framing(visit: Visit) -> Finding:
    """Without chunks nobody can tell an end from a broken connection."""
    answers = await visit.captures()
    if not answers:
        return wrong(f"there is no stream: {(await visit.opening()).head}")
    if "content-length" in answers[0].head:
        return wrong(f"Content-Length: {answers[0].head['content-length']}")
    faults = [sentence for answer in answers if answer.chunks for sentence in answer.chunks.complaints]
    if any(answer.chunks is None for answer in answers):
        evidence = "the body ends with the connection, so a broken stream looks like a finished one"
        return wrong(evidence) if visit.is_ours else doubtful(evidence)
    return judged(faults, f"{sum(answer.chunks.count for answer in answers if answer.chunks)} chunks")


@check("B5b", "HTTP/1.0 gets no chunks", "RFC 9112 6.1")
async def old_client(visit: Visit) -> Finding:
    """A client of 1.0 would take the sizes for text; its stream ends with the connection."""
    answer = await visit.old_client()
    if not answer.head.is_stream:
        return wrong(f"GET by HTTP/1.0: {answer.head}")
    faults = [f"HTTP/1.0 is given {name}" for name in ("transfer-encoding", "content-length") if name in answer.head]
    return judged(faults, "no Transfer-Encoding, no Content-Length")


@check("B5c", "a stream that ends says so by the last chunk", "RFC 9112 7.1, 8")
async def last_chunk(visit: Visit) -> Finding:
    """Between two events, and not by cutting the connection."""
    polled = [await visit.poll("since=latest")] if visit.is_ours else []
    ended = [answer for answer in [*polled, *await visit.captures()] if answer.is_over]
    if not ended:
        return untold(f"no stream ended within {visit.options.seconds:g} s")
    faults = [f"{answer.ask}: {fault}" for answer in ended if (fault := _end_fault(answer))]
    return judged(faults, f"{len(ended)} streams ended cleanly")


def _end_fault(answer: Answer) -> str | None:
    if answer.chunks is not None and not answer.is_ended:
        return "the connection was closed without the last chunk"
    return None if answer.text.is_between else "it ended in the middle of an event"


@check("B7", "Vary names what the answer depends on", "RFC 9110 12.5.5")
async def varying(visit: Visit) -> Finding:
    """Coding, form and origin: each one that makes a difference."""
    plain = (await visit.opening()).head
    named = plain.members("vary")
    differing = {
        "accept-encoding": "content-encoding" in (await visit.head(Ask(headers=GZIP))).head,
        "accept": plain.is_stream and await _is_negotiated(visit),
        "origin": (await visit.head(Ask(headers={"Origin": ORIGIN}))).head["access-control-allow-origin"] == ORIGIN,
    }
    missing = [name for name, differs in differing.items() if differs and not named & {name, "*"}]
    said = f"Vary: {plain['vary']}" if named else "no Vary"
    return judged([f"{said}, but the answer depends on {name}" for name in missing], said)


async def _is_negotiated(visit: Visit) -> bool:
    head = (await visit.head(Ask(headers={"Accept": "image/png, application/x-ndjson;q=0.5"}))).head
    return not head.is_stream


@check("B8", "CORS is said as browsers need it", "Fetch, CORS protocol and credentials")
async def origins(visit: Visit) -> Finding:
    """Never ``*`` with credentials."""
    head = (await visit.head(Ask(headers={"Origin": ORIGIN}))).head
    allowed, has_credentials = head["access-control-allow-origin"], "access-control-allow-credentials" in head
    if not allowed:
        return untold("GET with an Origin has no Access-Control-Allow-Origin: for its own origin only")
    if allowed not in {"*", ORIGIN}:
        return untold(f"other origins than {allowed} are not let in")
    if has_credentials and allowed == "*":
        return wrong("Access-Control-Allow-Origin: * with Allow-Credentials: browsers refuse it")
    if has_credentials:
        return doubtful("any origin that asks may read the stream with its reader's cookies")
    return fine(f"Access-Control-Allow-Origin: {allowed}")


@check("B9", "a stream has no validators, and conditions are ignored", "RFC 9110 13.1, 14.2")
async def conditions(visit: Visit) -> Finding:
    """304, 206 and 412 would end a browser's stream for ever."""
    plain = (await visit.opening()).head
    faults = [f"the stream has {name}" for name in ("etag", "last-modified") if name in plain]
    for name, value in (
        ("If-None-Match", "*"),
        ("If-Modified-Since", "Fri, 01 Jan 2038 00:00:00 GMT"),
        ("Range", "bytes=0-"),
    ):
        ask = Ask(headers={name: value})
        head = (await visit.head(ask)).head
        faults += [] if head.is_stream else [f"{ask}: {head}"]
    return judged(faults, "200 to every condition")


@check("B10", "Expires is spelled right, if it is there", "RFC 9111 5.3", level=Level.SHOULD)
async def expires(visit: Visit) -> Finding:
    """``Expire: 0`` is a misspelling that has been copied from server to server."""
    head = (await visit.opening()).head
    if "expire" in head:
        return wrong(f"a field Expire: {head['expire']}")
    if "expires" not in head or head["expires"] == "0" or _is_date(head["expires"]):
        return fine(f"Expires: {head['expires']}" if "expires" in head else "there is none")
    return wrong(f"Expires: {head['expires']}")


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True


@check("B11", "head and first byte come at once", "HTML 9.2.7")
async def promptness(visit: Visit) -> Finding:
    """Within 0.1 s even when there is nothing to say; the best of three, without the time that the network takes."""
    took = [await _first_byte_seconds(visit)]
    while took[-1] > _AT_ONCE_SECONDS and took[-1] != inf and len(took) < _TRIES:
        took.append(await _first_byte_seconds(visit))
    best = min(took)
    if best == inf:
        return wrong(f"head, but not one byte of the stream within {visit.moment_seconds + _LATE_SECONDS:g} s")
    evidence = f"the first byte was there after {best * 1000:.0f} ms"
    return wrong(evidence) if best > _LATE_SECONDS else (doubtful if best > _AT_ONCE_SECONDS else fine)(evidence)


async def _first_byte_seconds(visit: Visit) -> float:
    """From the request to the first byte of text, without the way there and back; infinite if none came."""
    answer = await visit.heard(Ask(), visit.moment_seconds + _LATE_SECONDS, lambda heard: bool(heard.plain))
    return (
        inf if answer.first_byte is None else max(answer.first_byte - answer.asked - 2 * answer.connecting_seconds, 0)
    )


@check("B12", "an error is no text/event-stream", "HTML 9.2.3; RFC 9110 15")
async def errors(visit: Visit) -> Finding:
    """Whoever reads it must not take it for news."""
    path = f"{visit.wire.target.path.rstrip('/')}/conform-no-such-thing"
    asks = [Ask(method=UNKNOWN_METHOD), Ask(path=path), Ask(headers={"Accept": "image/png"})]
    asks += [Ask(query="poll=perhaps")] if visit.is_ours else []
    heads = [(await visit.head(ask)).head for ask in asks]
    seen = [(ask, head) for ask, head in zip(asks, heads, strict=True) if head.status >= _ERRORS]
    if not seen:
        return untold("no error could be had")
    faults = [f"{ask}: {head}" for ask, head in seen if head.media_type == "text/event-stream"]
    return judged(faults, f"{len(seen)} errors, none of them a stream")


@check("B13", "the head is well-formed", "RFC 9112 4, 5; RFC 9110 5.3")
async def well_formed(visit: Visit) -> Finding:
    """A status line, fields with a colon at the name, nothing twice that may be there once."""
    heads = [(await visit.opening()).head, (await visit.old_client()).head]
    return judged([sentence for head in heads for sentence in head.complaints], "nothing is wrong with it")
