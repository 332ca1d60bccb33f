"""Pages for people over HTTP: the front page, the feeds. Made once for each state of the log, and kept."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from feeder import editor
from feeder.codings import IDENTITY, encoded
from feeder.editor import Newsroom
from feeder.pages import Pages, follow
from feeder.web import answers
from feeder.web.feeds import joined, missing, moved
from feeder.web.headers import accept_encoding
from feeder.web.headers.conditional import is_not_modified
from feeder.web.parts import PARTS
from feeder.web.prepared import Answer, Limits, Prepared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.editor import Contents
    from feeder.model import Feed
    from feeder.pages import Followed, Page
    from feeder.web.parts import Parts

_SEARCH: Final = "search"
"""What no feed is called: the search has documents of that name."""
_HTML: Final = "text/html; charset=utf-8"

LIMITS: Final = Limits(waiting=1000, patience_seconds=20)
"""After each event all pages are made anew as they are asked for, some 10 ms each: a crawler's burst waits for them."""

PAGES: web.AppKey[Pages] = web.AppKey("pages", Pages)
PREPARED: web.AppKey[Prepared] = web.AppKey("prepared", Prepared)


def prepared(page: Page) -> Answer:
    """A page as it is served, in all codings; they are made here."""
    return Answer(
        body=page.body,
        media_type=_HTML,
        encoded=encoded(page.body),
        headers={"Content-Security-Policy": page.policy},
    )


async def kept(request: web.Request, key: str, make: Callable[[], Awaitable[Answer]]) -> web.Response:
    """The page of a key, made if it is not there as the log and the list of feeds say now."""
    parts = request.app[PARTS]
    feeds = parts.publications.opml()
    state = feeds.etag if feeds else ""
    head = (await parts.articles.bounds()).newest  # before it is made: what it shows is of this head or newer
    return conditional(request, await request.app[PREPARED].answer((key, state), head, make))


def passing(request: web.Request, template: str, *, status: int, **values: Any) -> web.Response:
    """A page that is not for keeping."""
    config = request.config_dict
    here = {"followed": newsroom(config[PARTS]).followed(("all",))}
    page = config[PAGES].render(template, **{"status": status, **here, **values})
    headers = {"Content-Type": _HTML, "Content-Security-Policy": page.policy, "Cache-Control": "no-store"}
    return web.Response(status=status, body=page.body, headers=headers)


def conditional(request: web.Request, found: Answer) -> web.Response:
    """An answer of our own making in the coding that the client likes best, or word that the client has it."""
    sizes = answers.sizes(found)
    coding = accept_encoding.choose(joined(request, "Accept-Encoding"), sizes) or IDENTITY
    etag, now = found.etag_of(coding), request.app[PARTS].clock()
    headers = {"ETag": etag, "Cache-Control": answers.CACHE_CONTROL, "Vary": "Accept-Encoding", **found.headers}
    if is_not_modified(joined(request, "If-None-Match"), None, etag=etag, last_modified=None, now=now):
        return web.Response(status=304, headers=headers)
    coded = {} if coding == IDENTITY else {"Content-Encoding": coding}
    headers |= {"Content-Type": found.media_type, **coded}
    return web.Response(body=answers.body_of(found, coding), headers=headers)


def newsroom(parts: Parts) -> Newsroom:
    """What pages are made of, with the feeds that are published."""
    return Newsroom(parts.articles, parts.site, partial(followed, parts))


def followed(parts: Parts) -> list[Followed]:
    """All feeds, with the addresses of the documents that there are."""
    return [_followed(parts, feed) for feed in parts.publications.feeds()]


def _followed(parts: Parts, feed: Feed) -> Followed:
    found = {suffix: parts.publications.document(feed.name, suffix) for suffix in parts.suffixes}
    there = {suffix: document for suffix, document in found.items() if document}
    kinds = {suffix: document.media_type.partition(";")[0] for suffix, document in there.items()}
    return follow(parts.site, feed, kinds, max((one.archive_pages for one in there.values()), default=0))


async def front(request: web.Request) -> web.Response:
    """``/``: the newest articles, and the feeds."""
    return await kept(request, "front", partial(edited, request, editor.front))


async def subscribe(request: web.Request) -> web.Response:
    """``/feeds/``: every feed with its addresses."""
    return await kept(request, "feeds", partial(edited, request, editor.feeds))


async def feed(request: web.Request) -> web.Response:
    """``/feeds/NAME/``: one feed, how to follow it and its newest articles.

    Raises:
        UnavailableError: it is not published yet, or the feeds are not known.
    """
    parts, name = request.app[PARTS], request.match_info["name"]
    if name == _SEARCH:
        return moved(request, "/search")
    here = next((found for found in parts.publications.feeds() if found.name == name), None)
    if here is None:
        raise missing(parts, name)
    edit = partial(editor.feed, followed=_followed(parts, here))
    return await kept(request, f"feed {name}", partial(edited, request, edit))


async def feed_with_slash(request: web.Request) -> web.Response:
    """``/feeds/NAME``: the page of a feed is at the address with a slash, and that of searches elsewhere."""
    name = request.match_info["name"]
    if name == _SEARCH:
        return moved(request, "/search")
    if name not in {known.name for known in request.app[PARTS].publications.known()}:
        raise missing(request.app[PARTS], name)
    return moved(request, f"/feeds/{name}/")


async def edited(request: web.Request, edit: Callable[[Newsroom], Awaitable[Contents]]) -> Answer:
    """A page of which an editor says what stands on it."""
    contents = await edit(newsroom(request.app[PARTS]))
    return await made(request, contents.template, **contents.values)


async def made(request: web.Request, template: str, **values: Any) -> Answer:
    """A page rendered and coded in a thread."""
    pages = request.app[PAGES]
    return await asyncio.to_thread(lambda: prepared(pages.render(template, **values)))
