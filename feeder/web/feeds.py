"""Feed documents over HTTP: the prepared bytes, and 304 for those who have them (RFC 9110 section 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.errors import UnavailableError
from feeder.web.conditional import format_date, is_not_modified
from feeder.web.parts import PARTS

if TYPE_CHECKING:
    from feeder.web.parts import Document, Parts

CACHE_CONTROL: Final = "public, no-cache"
"""Anyone may keep it, and asks before using it: a retraction is never hidden by a cache, and asking is cheap."""

ALIASES: Final = {
    "/feed": "rss",
    "/rss": "rss",
    "/rss.xml": "rss",
    "/feed.xml": "rss",
    "/index.xml": "rss",
    "/atom.xml": "atom",
    "/feed.json": "json",
}
"""Addresses that readers guess, and the format of ``/feeds/all.*`` that they mean."""

_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
}


async def document(request: web.Request) -> web.Response:
    """``GET /feeds/NAME.SUFFIX``; the name is looked up and never becomes a path."""
    parts = request.app[PARTS]
    name, suffix = request.match_info["name"], request.match_info["suffix"]
    found = parts.publications.document(name, suffix)
    if found is None:
        raise _missing(parts, name, suffix)
    headers = {
        "ETag": found.etag,
        "Last-Modified": format_date(found.last_modified),
        "Cache-Control": CACHE_CONTROL,
        "Vary": "Accept-Encoding",
        "Link": links(parts, name, suffix, found),
        **_CORS,
    }
    if is_not_modified(
        joined(request, "If-None-Match"),
        request.headers.get("If-Modified-Since"),
        etag=found.etag,
        last_modified=found.last_modified,
        date_is_unique=found.date_is_unique,
        now=parts.clock(),
    ):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = found.media_type
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return web.Response(body=found.body, headers=headers)


def _missing(parts: Parts, name: str, suffix: str) -> Exception:
    """Why there is no document: nobody can say that there is no such feed before the feeds are known."""
    known = {feed.name for feed in parts.publications.known()}
    if not known or (name in known and suffix in parts.suffixes):
        return UnavailableError("the feed is not published yet")
    return web.HTTPNotFound()


def links(parts: Parts, name: str, suffix: str, found: Document) -> str:
    """The document's own address, and the live stream from its last event on (RFC 8288).

    The stream's is a path: it holds by whichever name the document was reached.
    """
    own = f'<{parts.site.feed_url(name, suffix)}>; rel="self"'
    live = parts.path(f"/events?feed={name}&since={found.cursor}")
    return f'{own}, <{live}>; rel="alternate"; type="text/event-stream"'


def joined(request: web.Request, name: str) -> str | None:
    """A list-valued header whose lines are one list (RFC 9110 section 5.3), None if it is absent."""
    lines = request.headers.getall(name, [])
    return ", ".join(lines) if lines else None


async def alias(request: web.Request) -> web.Response:
    """A guessed address: moved for good, so that readers note the real one."""
    place = f"/feeds/all.{ALIASES[request.path]}"
    return moved(request, place)


def moved(request: web.Request, place: str) -> web.Response:
    """A permanent redirect within the site, the query kept. 301 rather than 308: every feed reader knows it."""
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    location = request.app[PARTS].path(place) + query
    return web.Response(status=301, headers={"Location": location, "Cache-Control": "public, max-age=86400", **_CORS})


async def preflight(_: web.Request) -> web.Response:
    """``OPTIONS``: any page may read, with the headers that feed readers and ``EventSource`` send."""
    return web.Response(
        status=204,
        headers={
            "Allow": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Headers": "Accept, Cache-Control, If-Modified-Since, If-None-Match, Last-Event-ID",
            "Access-Control-Max-Age": "86400",
        },
    )
