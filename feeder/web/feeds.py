"""Feed documents over HTTP: prepared bytes in the coding a client likes best, and 304 for those who have them.

One road for every document: choose the coding (RFC 9110 section 12.5.3), which says whose tag counts; then the
conditions in their order (section 13.2.2); then, for who names an older document of ours and takes it, only what came
since (RFC 3229). Ranges are not served: parts of two states would make a torn document.

A tag stands for the bytes of one coding, and the tag of another coding is no match, current as it may be: a cache that
keeps several would else be told to go on with the wrong one. Who changes its ``Accept-Encoding`` gets one 200 more.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.codings import CODINGS, IDENTITY
from feeder.errors import UnavailableError
from feeder.pages import guessed
from feeder.web import answers
from feeder.web.connections import addresses
from feeder.web.headers import accept_encoding, deltas
from feeder.web.headers.conditional import is_failed, is_not_modified
from feeder.web.parts import PARTS
from feeder.web.readership import Poll

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Feed
    from feeder.web.parts import Document, Parts
    from feeder.web.readership import Name

_ALLOWED_HEADERS: Final = "A-IM, Accept, Cache-Control, If-Modified-Since, If-None-Match, Last-Event-ID"
_SMALL_BYTES: Final = 16 * 1024
"""What is compressed where it stands: a thread would take longer to reach."""


async def document(request: web.Request) -> web.Response:
    """``GET /feeds/NAME.SUFFIX``; the name is looked up and never becomes a path."""
    parts = request.app[PARTS]
    name, suffix = request.match_info["name"], request.match_info["suffix"]
    found = parts.publications.document(name, suffix)
    if found is None:
        raise missing(parts, name, suffix)
    link = answers.feed_links(parts, name, suffix, found)
    answer = _unchanged(request, found, link) or await _since(request, found, link) or _whole(request, found, link)
    _count(request, (name, suffix), found, answer)
    return answer


def _count(request: web.Request, name: Name, found: Document, answer: web.Response) -> None:
    """Note how a document was asked for, and by whom."""
    parts = request.app[PARTS]
    asked, is_whole = parts.readership.asked(name), answer.status == HTTPStatus.OK
    asked.whole += is_whole
    asked.unchanged += answer.status == HTTPStatus.NOT_MODIFIED
    asked.deltas += answer.status == HTTPStatus.IM_USED
    size = len(answer.body) if isinstance(answer.body, bytes) and request.method != "HEAD" else 0
    asked.bytes += size
    is_conditional = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
    poll = Poll(name, found.etag, size if is_whole else 0, is_conditional, answer.status == HTTPStatus.NOT_MODIFIED)
    parts.readership.look(poll, addresses.whence(request, parts.trusted_proxies), request.headers.get("User-Agent", ""))


async def page(request: web.Request) -> web.Response:
    """``GET /feeds/NAME/archive/N.SUFFIX``: a page of the archive (RFC 5005 section 4)."""
    parts = request.app[PARTS]
    name, number, suffix = (request.match_info[part] for part in ("name", "number", "suffix"))
    found = await parts.publications.page(name, int(number), suffix)
    if found is None:
        raise web.HTTPNotFound if parts.publications.document(name, suffix) else missing(parts, name, suffix)
    return serve(request, found, answers.page_links(parts, name, int(number), suffix, found))


def serve(request: web.Request, found: Document, link: str) -> web.Response:
    """A prepared document, or word that the client has it.

    Raises:
        HTTPNotAcceptable: the client takes no coding that there is.
        HTTPPreconditionFailed: the document is not the one that the client wants to read on.
    """
    return _unchanged(request, found, link) or _whole(request, found, link)


def _unchanged(request: web.Request, found: Document, link: str) -> web.Response | None:
    now, coding = request.app[PARTS].clock(), _coding(request, found)
    etag, last_modified = found.etag_of(coding), found.last_modified
    if is_failed(
        joined(request, "If-Match"),
        request.headers.get("If-Unmodified-Since"),
        etag=etag,
        last_modified=last_modified,
        now=now,
    ):
        raise web.HTTPPreconditionFailed
    if is_not_modified(
        joined(request, "If-None-Match"),
        request.headers.get("If-Modified-Since"),
        etag=etag,
        last_modified=last_modified,
        date_is_unique=found.date_is_unique,
        now=now,
    ):
        return web.Response(status=304, headers=answers.unchanged(found, coding, link, now))
    return None


def _whole(request: web.Request, found: Document, link: str) -> web.Response:
    coding, now = _coding(request, found), request.app[PARTS].clock()
    opening = request.headers.get("Sec-Fetch-Dest") == answers.OPENING
    headers = answers.whole(found, coding, link, now, opening=opening)
    return web.Response(body=answers.body_of(found, coding), headers=headers)


def _coding(request: web.Request, found: Document) -> str:
    chosen = accept_encoding.choose(joined(request, "Accept-Encoding"), answers.sizes(found))
    if chosen is None:
        raise web.HTTPNotAcceptable
    return chosen


async def _since(request: web.Request, found: Document, link: str) -> web.Response | None:
    """What is new for a client that has an older document and takes a delta; None if that cannot be said.

    Who has the current one, in whichever coding, has nothing to gain: a delta is of articles and not of bytes.
    """
    if not deltas.takes_feed(joined(request, "A-IM"), request.headers.get("User-Agent", "")):
        return None
    name, suffix, now = request.match_info["name"], request.match_info["suffix"], request.app[PARTS].clock()
    for old in deltas.held(joined(request, "If-None-Match")):
        if old.state == found.etag:
            return web.Response(status=304, headers=answers.unchanged(found, old.coding, link, now))
        body = await request.app[PARTS].publications.delta(name, suffix, old.seq, old.epoch)
        if body is not None and len(body) < len(found.body):
            return await _delta(request, found, link, body, old.tag)
    return None


async def _delta(request: web.Request, found: Document, link: str, body: bytes, base: str) -> web.Response:
    """226: the tag is that of the whole document, which the client has once it has put both together."""
    coding = _coding(request, found)
    if coding != IDENTITY:
        encode = CODINGS[coding]
        body = encode(body) if len(body) < _SMALL_BYTES else await asyncio.to_thread(encode, body)
    headers = answers.delta(found, coding, link, request.app[PARTS].clock(), base)
    return web.Response(status=226, reason="IM Used", body=body, headers=headers)


def missing(parts: Parts, name: str, suffix: str | None = None) -> Exception:
    """Why there is no document, or no page of a feed: nobody can say that there is none before feeds are known."""
    known = {feed.name: feed for feed in parts.publications.known()}
    if not known or (name in known and (suffix is None or suffix in _formats(parts, known[name]))):
        return UnavailableError("the feed is not published yet")
    return web.HTTPNotFound()


def _formats(parts: Parts, feed: Feed) -> Sequence[str]:
    return feed.formats or parts.suffixes


def joined(request: web.Request, name: str) -> str | None:
    """A list-valued header whose lines are one list (RFC 9110 section 5.3), None if it is absent."""
    lines = request.headers.getall(name, [])
    return ", ".join(lines) if lines else None


async def alias(request: web.Request) -> web.Response:
    """A guessed address: moved for good, so that readers note the real one."""
    parts = request.app[PARTS]
    formats = next((_formats(parts, feed) for feed in parts.publications.known() if feed.name == "all"), parts.suffixes)
    return moved(request, guessed(formats)[request.path])


def moved(request: web.Request, place: str) -> web.Response:
    """A permanent redirect within the site, the query kept. 301 rather than 308: every feed reader knows it."""
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    location = request.app[PARTS].path(place) + query
    headers = {"Location": location, "Cache-Control": "public, max-age=86400", **answers.CORS}
    return web.Response(status=301, headers=headers, text=f"This is at {location} for good.\n")


async def preflight(_: web.Request) -> web.Response:
    """``OPTIONS``: any page may read, with the headers that feed readers and ``EventSource`` send."""
    return web.Response(
        status=204,
        headers={
            "Allow": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": "86400",
        },
    )
