"""Pages for people over HTTP: the front page, the feeds, one article. Made once for each state of the log, and kept."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from markupsafe import Markup

from feeder import media
from feeder.codings import IDENTITY, encoded
from feeder.model import Kind
from feeder.pages import Pages, figures_of, follow
from feeder.web import accept_encoding, answers
from feeder.web.conditional import is_not_modified
from feeder.web.feeds import joined
from feeder.web.parts import PARTS
from feeder.web.prepared import Answer, Prepared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from feeder.model import Article, Event
    from feeder.pages import Followed, Page
    from feeder.web.parts import Parts

FRONT_ARTICLES: Final = 30
"""How many articles the front page lists."""
_MOST_RELATED: Final = 5
_MOST_FEEDS: Final = 8
"""How many of the feeds that show an article its page offers to readers."""

_HTML: Final = "text/html; charset=utf-8"
_JSON: Final = "application/json; charset=utf-8"
_REASONS: Final = {
    "withdrawn": "It was withdrawn by its publisher.",
    "killed": "It was withdrawn for good by its publisher.",
    "expired": "It was published for a limited time, which is over.",
}

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
    here = followed(config[PARTS], ("all",))
    page = config[PAGES].render(template, status=status, followed=here, **values)
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


def followed(parts: Parts, names: Iterable[str] | None = None) -> list[Followed]:
    """These feeds, or all, with the addresses of the documents that there are."""
    listed = {feed.name: feed for feed in parts.publications.feeds()}
    chosen = listed if names is None else [name for name in names if name in listed]
    return [follow(parts.site, listed[name], _kinds(parts, name)) for name in chosen]


def _kinds(parts: Parts, name: str) -> dict[str, str]:
    found = {suffix: parts.publications.document(name, suffix) for suffix in parts.suffixes}
    return {suffix: document.media_type.partition(";")[0] for suffix, document in found.items() if document}


async def front(request: web.Request) -> web.Response:
    """``/``: the newest articles, and the feeds."""
    return await kept(request, "front", partial(_front, request))


async def _front(request: web.Request) -> Answer:
    parts = request.app[PARTS]
    newest = await parts.articles.newest(None, FRONT_ARTICLES)
    values = {"events": newest, "listed": followed(parts), "followed": followed(parts, ("all",))}
    return await made(request, "front.html", **values)


async def subscribe(request: web.Request) -> web.Response:
    """``/feeds/``: every feed with its addresses."""
    return await kept(request, "feeds", partial(_subscribe, request))


async def _subscribe(request: web.Request) -> Answer:
    listed = followed(request.app[PARTS])
    return await made(request, "feeds.html", listed=listed, followed=listed)


async def made(request: web.Request, template: str, **values: Any) -> Answer:
    """A page rendered and coded in a thread."""
    pages = request.app[PAGES]
    return await asyncio.to_thread(lambda: prepared(pages.render(template, **values)))


async def article(request: web.Request) -> web.Response:
    """``/articles/SLUG``: one article, or word of what became of it."""
    event = await _latest(request)
    if event.article is None:
        reason = _REASONS.get(event.reason or "", "It was withdrawn by its publisher.")
        return passing(request, "gone.html", status=410, event=event, reason=reason)
    return await kept(request, f"article {event.cursor}", partial(_article, request, event, event.article))


async def _article(request: web.Request, event: Event, article: Article) -> Answer:
    parts = request.app[PARTS]
    html = media.addressed(article, parts.path("")).html
    return await made(
        request,
        "article.html",
        event=event,
        article=article,
        body=Markup(html),  # noqa: S704 (sanitised by normalize; nobody behind it checks again)
        figures=figures_of(article),
        related=await _related(request, article),
        followed=followed(parts, parts.site.feeds_of(event)[:_MOST_FEEDS]),
    )


async def _related(request: web.Request, article: Article) -> list[Event]:
    """The articles that say almost the same and are still shown; a few of them."""
    articles = request.app[PARTS].articles
    found = [await articles.by_id(article_id) for article_id in article.related[:_MOST_RELATED]]
    return [event for event in found if event is not None and event.article is not None]


async def item(request: web.Request) -> web.Response:
    """``/articles/SLUG.json``: the article as an item of JSON Feed, as the stream sends it."""
    event = await _latest(request)
    body, cors = request.app[PARTS].encode(event), {"Access-Control-Allow-Origin": "*"}
    if event.kind is Kind.RETRACTED:
        headers = {"Content-Type": _JSON, "Cache-Control": answers.CACHE_CONTROL, **cors}
        return web.Response(status=410, body=body, headers=headers)
    return conditional(request, Answer(body=body, media_type=_JSON, headers=cors))


async def _latest(request: web.Request) -> Event:
    event = await request.app[PARTS].articles.by_slug(request.match_info["slug"])
    if event is None:
        raise web.HTTPNotFound
    return event
