"""``GET /events``: the live stream over HTTP.

What a request says is judged before the stream starts; from then on the status is 200 and everything is said
in the stream, because a browser's ``EventSource`` gives up for ever on any other answer (HTML 9.2.3).
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from feeder.errors import UnavailableError
from feeder.stream import Codec, Terms, read_wish, subscribe
from feeder.web import negotiate
from feeder.web.parts import PARTS
from feeder.web.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from feeder.model import Event
    from feeder.stream import Wish
    from feeder.web.parts import Parts

PARAMETERS: Final = ("last_event_id", "since", "poll", "feed")

_HEADERS: Final = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "Vary": "Accept, Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
}

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """A request that has been understood."""

    wish: Wish
    terms: Terms


async def events(request: web.Request) -> web.StreamResponse:
    """The stream. Its head goes out before the log is asked, so that a log that is away is no error."""
    parts = request.app[PARTS]
    codec = negotiate.prefer(request.headers.get("Accept"), [codec.value for codec in Codec])
    if codec is None:
        return problem(406, f"The stream is offered as {' and '.join(Codec)}.")
    try:
        call = _understand(request, Codec(codec), parts)
    except ValueError as error:
        return problem(400, str(error))
    except UnavailableError:
        call = None  # told in the stream: another status would end an EventSource for ever
    response = web.StreamResponse(headers={"Content-Type": codec, **_HEADERS})
    await response.prepare(request)
    if request.method == "GET":
        await _send(request, response, Codec(codec), call, parts)
    return response


def _understand(request: web.Request, codec: Codec, parts: Parts) -> _Call:
    """What is asked for.

    Raises:
        ValueError: an unknown parameter, or a value that cannot be meant.
    """
    query = request.query
    for name in query:
        if name not in PARAMETERS:
            raise ValueError(f"The stream has no parameter {name!r}; it has {', '.join(PARAMETERS)}.")
    feeds = query.getall("feed", [])
    terms = Terms(
        codec=codec,
        feed=parts.site.feed_url(feeds[0] if len(feeds) == 1 else "all", "json"),
        matches=_matcher(feeds, {feed.name: feed.shelf for feed in parts.publications.known()}),
        poll=_flag(query.getall("poll", [])),
    )
    header = next((value for name, value in request.raw_headers if name.lower() == b"last-event-id"), None)
    return _Call(read_wish(header, query.get("last_event_id"), query.get("since"), now=parts.clock()), terms)


def _flag(values: Sequence[str]) -> bool:
    if not set(values) <= {"", "0", "1"}:
        raise ValueError("poll is 1 or 0.")
    said = {value == "1" for value in values}
    if len(said) > 1:
        raise ValueError("poll is 1 or 0, and not both.")
    return True in said


def _matcher(names: Sequence[str], shelves: Mapping[str, str | None]) -> Callable[[Event], bool] | None:
    """Whether an event concerns one of the feeds; None when they take everything."""
    for name in names:
        if not shelves:
            raise UnavailableError("the feeds are not known yet")
        if name not in shelves:
            raise ValueError(f"There is no feed {name[:80]!r}; /feeds/ lists those that there are.")
    wanted = {shelves[name] for name in names}
    if not names or None in wanted:
        return None
    return lambda event: not wanted.isdisjoint(event.shelves)


async def _send(
    request: web.Request, response: web.StreamResponse, codec: Codec, call: _Call | None, parts: Parts
) -> None:
    """Write until the reader goes, the stream ends or the reader takes nothing for too long."""
    try:
        _forget_dead_peers(request, parts)
        if call is None or parts.hub.is_full or not await _listen(response, call, parts):
            await _write(response, parts.hub.turned_away().written(codec), parts)
    except TimeoutError:
        parts.hub.counts.dropped += 1
        _abort(request)
    except ConnectionError:
        pass  # the reader has gone
    except Exception:
        # The status is out already: all that can be said is an end that no reader takes for a clean one.
        _logger.exception("stream failed")
        _abort(request)


async def _listen(response: web.StreamResponse, call: _Call, parts: Parts) -> bool:
    """The stream itself; false if it could not begin, because the log is away."""
    try:
        async with (
            subscribe(parts.hub, call.wish, call.terms) as subscription,
            aclosing(subscription.chunks()) as chunks,
        ):
            async for chunk in chunks:
                await _write(response, chunk, parts)
    except UnavailableError:
        return False
    return True


async def _write(response: web.StreamResponse, chunk: bytes, parts: Parts) -> None:
    # Waits only when the transport's buffer is full.
    async with asyncio.timeout(parts.write_deadline_seconds or None):
        await response.write(chunk)


def _forget_dead_peers(request: web.Request, parts: Parts) -> None:
    """Have the kernel end the connection to a peer that has vanished without a word (RFC 5482)."""
    connection = request.transport.get_extra_info("socket") if request.transport else None
    if connection is None or not hasattr(socket, "TCP_USER_TIMEOUT") or not parts.write_deadline_seconds:
        return
    patience = parts.write_deadline_seconds + parts.hub.settings.heartbeat_seconds
    with suppress(OSError):  # not a TCP connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience * 1000))


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
