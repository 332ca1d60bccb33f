"""The web: feeds, the live stream and pages for everyone, and a listener of its own for the operator.

Links are made from the configured base URL, never from what a request says of its host.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from feeder.web import assets, events, feeds, hub, maps, media, pages
from feeder.web.metrics import Measure
from feeder.web.operator import operator_app
from feeder.web.parts import PARTS, Operated, Parts, Publications
from feeder.web.problems import explain
from feeder.web.server import REQUEST_BYTES, start
from feeder.web.sitemaps import Sitemaps

__all__ = ["Measure", "Operated", "Parts", "Publications", "operator_app", "public_app", "start"]

_FEED: Final = "/feeds/{name:[a-z0-9-]{1,63}}.{suffix:[a-z0-9]{1,16}}"
_ARTICLE: Final = "/articles/{slug:[a-z0-9-]{1,80}}"
_ON_ALL: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Server": "feeder"}


def public_app(parts: Parts) -> web.Application:
    """The application that the world sees. When it is shut down the stream says goodbye to its readers."""
    app = web.Application(middlewares=[explain], client_max_size=REQUEST_BYTES)
    app[PARTS] = parts
    app[assets.ASSETS] = files = assets.load()
    app[pages.PAGES] = pages.Pages(parts, style=parts.path(f"/static/style.css?{files['style.css'].version}"))
    app[maps.SITEMAPS] = Sitemaps(parts.articles, parts.site)
    app.add_routes(_routes())
    app.on_response_prepare.append(_complete)
    app.on_shutdown.append(_say_goodbye)
    return app


def _routes() -> list[web.RouteDef]:
    open_to_all = [_FEED, *feeds.ALIASES, "/feeds.opml", "/events", f"{_ARTICLE}.json", media.PATH]
    return [
        web.get("/", pages.front),
        web.get("/feeds/", pages.subscribe),
        web.get("/feeds", _with_slash),
        web.get(_FEED, feeds.document),
        *(web.get(path, feeds.alias) for path in feeds.ALIASES),
        web.get("/events", events.events),
        web.get(_ARTICLE, pages.article),
        web.get(f"{_ARTICLE}.json", pages.item),
        web.get(media.PATH, media.shown),
        web.post("/hub", hub.hub),
        web.get("/feeds.opml", maps.subscriptions),
        web.get("/sitemap.xml", maps.pages),
        web.get(r"/sitemap/{number:0|[1-9][0-9]{0,9}}.xml", maps.part),
        web.get("/sitemap-news.xml", maps.news),
        web.get(maps.ROBOTS, maps.robots),
        *(web.get(path, assets.asset) for path in ("/static/{name}", "/favicon.ico", "/favicon.svg")),
        *(web.options(path, feeds.preflight) for path in open_to_all),
    ]


async def _with_slash(request: web.Request) -> web.Response:
    return feeds.moved(request, "/feeds/")


async def _complete(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_ON_ALL)


async def _say_goodbye(app: web.Application) -> None:
    app[PARTS].hub.close()
