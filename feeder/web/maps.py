"""What search engines and feed readers look for at addresses of its own: sitemaps, ``robots.txt`` and the OPML list."""

from __future__ import annotations

import hashlib
from typing import Final

from aiohttp import web

from feeder.editor import Sitemaps
from feeder.errors import UnavailableError
from feeder.render import SITEMAP_TYPE
from feeder.web import answers
from feeder.web.feeds import joined, serve
from feeder.web.headers.conditional import is_not_modified
from feeder.web.parts import PARTS

SITEMAPS: web.AppKey[Sitemaps] = web.AppKey("sitemaps", Sitemaps)

ROBOTS: Final = "/robots.txt"
NOT_FOR_ROBOTS: Final = ("/events", "/hub", "/search", "/feeds/search.")
"""What never ends, and what can be asked for in any number of ways."""


async def robots(request: web.Request) -> web.Response:
    """``/robots.txt`` (RFC 9309), with the sitemaps."""
    parts = request.app[PARTS]
    lines = ["User-agent: *", *(f"Disallow: {parts.path(place)}" for place in NOT_FOR_ROBOTS), ""]
    lines += [f"Sitemap: {parts.site.base_url}/{name}" for name in ("sitemap.xml", "sitemap-news.xml")]
    return answer(request, "\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8")


async def pages(request: web.Request) -> web.Response:
    """``/sitemap.xml``."""
    return answer(request, await request.app[SITEMAPS].whole(), SITEMAP_TYPE)


async def part(request: web.Request) -> web.Response:
    """``/sitemap/N.xml``."""
    body = await request.app[SITEMAPS].part(int(request.match_info["number"]))
    if body is None:
        raise web.HTTPNotFound
    return answer(request, body, SITEMAP_TYPE)


async def news(request: web.Request) -> web.Response:
    """``/sitemap-news.xml``, as of now."""
    body = await request.app[SITEMAPS].news(request.app[PARTS].clock())
    return answer(request, body, SITEMAP_TYPE)


async def opml(request: web.Request) -> web.Response:
    """``/feeds.opml``: all feeds, for readers to import."""
    parts = request.app[PARTS]
    found = parts.publications.opml()
    if found is None:
        raise UnavailableError("the feeds are not published yet")
    return serve(request, found, answers.list_links(parts))


def answer(request: web.Request, body: bytes, media_type: str) -> web.Response:
    """A document of our own making, or word that the client has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": answers.CACHE_CONTROL, "Vary": "Accept-Encoding"}
    now = request.app[PARTS].clock()
    if is_not_modified(joined(request, "If-None-Match"), None, etag=etag, last_modified=None, now=now):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers={**headers, "Content-Type": media_type})
