"""Articles over HTTP: the page of each, the same as JSON and as Markdown, and what changed from version to version."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder import editor
from feeder.codings import encoded
from feeder.render import MARKDOWN_TYPE, markdown_document
from feeder.web import answers
from feeder.web.pages import conditional, edited, kept, newsroom, passing
from feeder.web.parts import PARTS
from feeder.web.prepared import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.editor import Contents, Newsroom
    from feeder.model import Article, Event
    from feeder.render import Site

_JSON: Final = "application/json; charset=utf-8"
_CORS: Final = {"Access-Control-Allow-Origin": "*"}


async def page(request: web.Request) -> web.Response:
    """``/articles/SLUG``: one article, or word of what became of it."""
    return await _page(request, "article", editor.article)


async def history(request: web.Request) -> web.Response:
    """``/articles/SLUG/history``: what changed from version to version."""
    return await _page(request, "history", editor.history)


async def _page(
    request: web.Request, name: str, edit: Callable[[Newsroom, Event], Awaitable[Contents]]
) -> web.Response:
    event = await _latest(request)
    if event.article is None:
        contents = await edit(newsroom(request.app[PARTS]), event)
        return passing(request, contents.template, status=410, **contents.values)
    return await kept(request, f"{name} {event.cursor}", partial(edited, request, partial(_of, edit, event)))


async def _of(edit: Callable[[Newsroom, Event], Awaitable[Contents]], event: Event, room: Newsroom) -> Contents:
    return await edit(room, event)


async def item(request: web.Request) -> web.Response:
    """``/articles/SLUG.json``: the article as an item of JSON Feed, as the stream sends it."""
    event = await _latest(request)
    body = request.app[PARTS].encode(event)
    if event.article is None:
        return _withdrawn(body, _JSON)
    return conditional(request, Answer(body=body, media_type=_JSON, headers=_CORS))


async def text(request: web.Request) -> web.Response:
    """``/articles/SLUG.md``: the article as a file of Markdown with front matter."""
    event, site = await _latest(request), request.app[PARTS].site
    if event.article is None:
        return _withdrawn(f"This article was withdrawn: <{site.article_url(event.slug)}>\n".encode(), MARKDOWN_TYPE)
    make = partial(_file, event, event.article, site)
    return await kept(request, f"markdown {event.cursor}", partial(asyncio.to_thread, make))


def _file(event: Event, article: Article, site: Site) -> Answer:
    """The file in all codings; search engines are told which page it is another form of."""
    page = site.article_url(event.slug)
    body = markdown_document(event, article, base_url=site.base_url, page=page)
    headers = {**_CORS, "Link": f'<{page}>; rel="canonical"'}
    return Answer(body=body, media_type=MARKDOWN_TYPE, encoded=encoded(body), headers=headers)


def _withdrawn(body: bytes, kind: str) -> web.Response:
    headers = {"Content-Type": kind, "Cache-Control": answers.CACHE_CONTROL, **_CORS}
    return web.Response(status=410, body=body, headers=headers)


async def _latest(request: web.Request) -> Event:
    event = await request.app[PARTS].articles.by_slug(request.match_info["slug"])
    if event is None:
        raise web.HTTPNotFound
    return event
