"""``GET /events``: the live stream over HTTP.

What a request says is judged before the stream starts; from then on the status is 200 and everything is said
in the stream, because a browser's ``EventSource`` gives up for ever on any other answer (HTML 9.2.3).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.codings import IDENTITY
from feeder.errors import UnavailableError
from feeder.stream import EVERYTHING, MOST_IN_SNAPSHOT, Codec, Terms, Wire, read_wish
from feeder.web import choosing
from feeder.web.connections.addresses import peer
from feeder.web.connections.takeover import head, is_chunked, take_over
from feeder.web.headers import accept_encoding, negotiate
from feeder.web.parts import PARTS
from feeder.web.problems import problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.stream import Wish
    from feeder.web.parts import Parts

PARAMETERS: Final = ("last_event_id", "since", "poll", "snapshot", *choosing.PARAMETERS)

_HEADERS: Final = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "Vary": "Accept, Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
}


async def events(request: web.Request) -> web.StreamResponse:
    """The stream: aiohttp reads the request, and the hub has the connection from then on."""
    parts = request.app[PARTS]
    codec = negotiate.prefer(request.headers.get("Accept"), [codec.value for codec in Codec])
    if codec is None:
        return problem(406, f"The stream is offered as {' and '.join(Codec)}.")
    wire = Wire(Codec(codec), is_gzip=_takes_gzip(request), is_chunked=is_chunked(request))
    try:
        terms = await _understand(request, wire, parts)
    except ValueError as error:
        return problem(400, str(error))
    except UnavailableError:
        terms = None  # told in the stream: another status would end an EventSource for ever
    headers = {"Content-Type": codec, **_HEADERS}
    if request.method == "HEAD":
        return web.StreamResponse(headers=headers | _coding(wire))
    if terms is None or not await _listen(request, headers, terms, parts):
        return await _turn_away(request, headers, parts.hub.turned_away().written(wire.codec))
    raise asyncio.CancelledError  # the hub has the connection


async def _turn_away(request: web.Request, headers: dict[str, str], busy: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    response.force_close()  # where there is no room for listeners there is none for idle connections
    with suppress(ConnectionError):  # who has gone meanwhile is told nothing
        await response.prepare(request)
        await response.write(busy)
    return response


async def _listen(request: web.Request, headers: dict[str, str], terms: Terms, parts: Parts) -> bool:
    """Hand the connection over; false if there is no room for it, or the log cannot be asked now."""
    seat = None if parts.hub.is_closing else parts.hub.admission.enter(peer(request, parts.trusted_proxies))
    if seat is None:
        return False
    try:
        walk = await parts.hub.open(_wish(request, parts), terms)
        transport = take_over(request, has_end=terms.poll)
    except UnavailableError:
        seat.leave()
        return False
    except BaseException:
        seat.leave()
        raise
    if transport is None:
        seat.leave()
        raise asyncio.CancelledError
    parts.hub.take(transport, head(request, headers | _coding(terms.wire), parts.clock()), walk, terms, seat)
    return True


def _coding(wire: Wire) -> dict[str, str]:
    return {"Content-Encoding": "gzip"} if wire.is_gzip else {}


def _takes_gzip(request: web.Request) -> bool:
    """Whether the client likes the stream compressed at least as much as not (RFC 9110 section 12.5.3)."""
    field = ", ".join(request.headers.getall("Accept-Encoding", []))
    return accept_encoding.choose(field, {"gzip": 0, IDENTITY: 1}) == "gzip"


async def _understand(request: web.Request, wire: Wire, parts: Parts) -> Terms:
    """What is asked for.

    Raises:
        ValueError: an unknown parameter, or a value that cannot be meant.
        UnavailableError: a feed is named, and the feeds are not known yet.
    """
    query = request.query
    for name in query:
        if name not in PARAMETERS:
            near = choosing.nearest(name, PARAMETERS)
            raise ValueError(f"The stream has no parameter {name[:80]!r}{near}; it has {', '.join(PARAMETERS)}.")
    articles = _count(query.getall("snapshot", []))
    is_continued = bool(_last_event_id(request) or query.get("last_event_id"))
    feeds = await _feeds(query.getall("feed", []), parts) if query else {}
    return Terms(
        wire=wire,
        choice=choosing.understand(query, feeds) if query else EVERYTHING,
        feed=choosing.document(query, feeds, parts.site),
        poll=_flag(query.getall("poll", [])),
        snapshot=0 if is_continued else articles,
    )


async def _feeds(named: Sequence[str], parts: Parts) -> dict[str, str | None]:
    """The shelves of all feeds: those that are published, and sections that the log has had for a moment only."""
    feeds = {feed.name: feed.shelf for feed in parts.publications.known()}
    if feeds and not feeds.keys() >= set(named):
        sections = {section.name: section.name for section in await parts.articles.sections(ever=True)}
        return sections | feeds
    return feeds


def _wish(request: web.Request, parts: Parts) -> Wish:
    query = request.query
    return read_wish(_last_event_id(request), query.get("last_event_id"), query.get("since"), now=parts.clock())


def _last_event_id(request: web.Request) -> bytes | None:
    return next((value for name, value in request.raw_headers if name.lower() == b"last-event-id"), None)


def _flag(values: Sequence[str]) -> bool:
    if not set(values) <= {"", "0", "1"}:
        raise ValueError("poll is 1 or 0.")
    said = {value == "1" for value in values}
    if len(said) > 1:
        raise ValueError("poll is 1 or 0, and not both.")
    return True in said


def _count(values: Sequence[str]) -> int:
    said = set(values) - {""}
    value = said.pop() if said else "0"
    if said or not (value.isascii() and value.isdigit()) or int(value[:9]) > MOST_IN_SNAPSHOT:
        raise ValueError(f"snapshot is one number of articles, at most {MOST_IN_SNAPSHOT}.")
    return int(value)
