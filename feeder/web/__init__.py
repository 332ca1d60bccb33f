"""The web: feeds, the live stream and pages for everyone, and a listener of its own for the operator.

Links are made from the configured base URL, never from what a request says of its host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import HttpVersion10, HttpVersion11, web

from feeder.editor import Sitemaps
from feeder.pages import GUESSED, Pages
from feeder.web import answers, articles, assets, events, feeds, hub, maps, media, pages, search
from feeder.web.connections.server import REQUEST_BYTES, start
from feeder.web.operator import operator_app
from feeder.web.operator.metrics import Measure
from feeder.web.parts import PARTS, Figures, Operated, Parts, Publications
from feeder.web.prepared import Prepared
from feeder.web.problems import explain
from feeder.web.quick import QUICK, Quick

__all__ = ["Figures", "Measure", "Operated", "Parts", "Publications", "operator_app", "public_app", "start"]

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_VERSIONS: Final = (HttpVersion10, HttpVersion11)
_NAME: Final = "{name:[a-z0-9-]{1,63}}"
_SUFFIX: Final = "{suffix:[a-z0-9]{1,16}}"
_FEED: Final = f"/feeds/{_NAME}.{_SUFFIX}"
_SEARCH: Final = f"/feeds/search.{_SUFFIX}"
_PAGE: Final = f"/feeds/{_NAME}/archive/{{number:[1-9][0-9]{{0,9}}}}.{_SUFFIX}"
_ARTICLE: Final = "/articles/{slug:[a-z0-9-]{1,80}}"


def public_app(parts: Parts) -> web.Application:
    """The application that the world sees. When it is shut down the stream says goodbye to its readers."""
    app = web.Application(middlewares=[explain, _speak_http_1], client_max_size=REQUEST_BYTES)
    app[PARTS] = parts
    app[QUICK] = Quick(parts)
    app[hub.ALLOWANCE] = hub.allowance()
    app[assets.ASSETS] = assets.load()
    app[pages.PAGES] = Pages(parts.site, script=parts.path(assets.address(app[assets.ASSETS], "live.js")))
    app[pages.PREPARED] = Prepared(limits=pages.LIMITS)
    app[maps.SITEMAPS] = Sitemaps(parts.articles, parts.site)
    app[search.SEARCHES] = search.searches_of(parts, app[pages.PAGES])
    app.add_routes(_routes())
    app.on_response_prepare.append(_complete)
    app.on_shutdown.append(_say_goodbye)
    app.on_cleanup.append(_end_making)
    return app


def _routes() -> list[web.RouteDef]:
    open_to_all = [
        _FEED,
        _PAGE,
        *GUESSED,
        "/feeds.opml",
        "/events",
        f"{_ARTICLE}.json",
        f"{_ARTICLE}.md",
        media.PATH,
    ]
    return [
        web.get("/", pages.front),
        web.get("/feeds/", pages.subscribe),
        web.get("/feeds", _with_slash),
        web.get(f"/feeds/{_NAME}/", pages.feed),
        web.get(f"/feeds/{_NAME}", pages.feed_with_slash),
        web.get(_SEARCH, search.document),
        web.get(_FEED, feeds.document),
        web.get(_PAGE, feeds.page),
        *(web.get(path, feeds.alias) for path in GUESSED),
        web.get("/search", search.page),
        web.get("/opensearch.xml", search.description),
        web.get("/events", events.events),
        web.get(_ARTICLE, articles.page),
        web.get(f"{_ARTICLE}.json", articles.item),
        web.get(f"{_ARTICLE}.md", articles.text),
        web.get(f"{_ARTICLE}/history", articles.history),
        web.get(media.PATH, media.shown),
        web.post("/hub", hub.hub),
        web.get("/feeds.opml", maps.opml),
        web.get("/sitemap.xml", maps.pages),
        web.get(r"/sitemap/{number:0|[1-9][0-9]{0,9}}.xml", maps.part),
        web.get("/sitemap-news.xml", maps.news),
        web.get(maps.ROBOTS, maps.robots),
        *(web.get(path, assets.asset) for path in ("/static/{name}", "/favicon.ico", "/favicon.svg")),
        *(web.options(path, feeds.preflight) for path in open_to_all),
    ]


@web.middleware
async def _speak_http_1(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse the other versions that the parser reads, and answer ``OPTIONS *`` (RFC 9110 section 9.3.7)."""
    if request.version not in _VERSIONS:
        raise web.HTTPVersionNotSupported
    if request.method == "OPTIONS" and request.raw_path == "*":
        return await feeds.preflight(request)
    return await handler(request)


async def _with_slash(request: web.Request) -> web.Response:
    return feeds.moved(request, "/feeds/")


async def _complete(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(answers.ON_ALL)


async def _say_goodbye(app: web.Application) -> None:
    await app[PARTS].hub.drain(app[PARTS].drain_seconds)


async def _end_making(app: web.Application) -> None:
    await app[search.SEARCHES].close()
    await app[pages.PREPARED].close()
