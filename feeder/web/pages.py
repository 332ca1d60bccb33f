"""Pages for people: the front page, the feeds, one article. Rendered here, without a script."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
from aiohttp import web
from markupsafe import Markup

from feeder import media
from feeder.model import Kind
from feeder.web import moments
from feeder.web.answers import CACHE_CONTROL
from feeder.web.conditional import is_not_modified
from feeder.web.feeds import joined
from feeder.web.figures import figures, size
from feeder.web.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.model import Article, Event, Feed
    from feeder.web.parts import Parts

FRONT_ARTICLES: Final = 30
"""How many articles the front page lists."""
_MOST_RELATED: Final = 5
_MOST_FEEDS: Final = 8
"""How many of the feeds that show an article its page offers to readers."""

_FORMATS: Final = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
_RIGHT_TO_LEFT: Final = frozenset(
    ("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "ug", "ur", "yi")
)
_REASONS: Final = {
    "withdrawn": "It was withdrawn by its publisher.",
    "killed": "It was withdrawn for good by its publisher.",
    "expired": "It was published for a limited time, which is over.",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; media-src 'self' https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WITH_FORM: Final = _POLICY.replace("form-action 'none'", "form-action 'self'")
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": _POLICY,
    "Cache-Control": CACHE_CONTROL,
    "Vary": "Accept-Encoding",
}
FORM_HEADERS: Final = _HEADERS | {"Content-Security-Policy": _WITH_FORM}
"""What is said of a page that has a form to send to the site itself."""


class Pages:
    """The templates of one site."""

    def __init__(self, parts: Parts, *, style: str) -> None:
        """``style`` is the address of the style sheet within the site."""
        self._parts = parts
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(spoken=moments.spoken, machine=moments.machine, size=size)
        self._templates.globals.update(
            site=parts.site, path=parts.path, style=style, format_name=format_name, direction=direction
        )

    def render(self, template: str, **values: Any) -> bytes:
        """A page's bytes; ``feeds`` are the names of those that it leads readers to, or ``alternates`` says it all."""
        values.setdefault("alternates", self._alternates(values.pop("feeds", ("all",))))
        return self._templates.get_template(template).render(**values).encode()

    def answer(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """A page that is not for keeping."""
        body = self.render(template, status=status, **values)
        return web.Response(status=status, body=body, headers=_HEADERS | {"Cache-Control": "no-store"})

    def _alternates(self, names: Sequence[str]) -> list[dict[str, str]]:
        """What a page says of the feeds that it belongs to, for readers that look for them."""
        listed = {feed.name: feed for feed in self._parts.publications.feeds()}
        return [alternate for name in names if name in listed for alternate in _addresses(self._parts, listed[name])]


PAGES: web.AppKey[Pages] = web.AppKey("pages", Pages)


def format_name(suffix: str) -> str:
    """What people call a format."""
    return _FORMATS.get(suffix, suffix.upper())


def direction(language: str | None) -> str:
    """How a text runs: by its language (BCP 47), else as its first letters say."""
    if language is None:
        return "auto"
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def _addresses(parts: Parts, feed: Feed) -> list[dict[str, str]]:
    """Every format of a feed with its address, and its live stream."""
    found = [
        {
            "type": document.media_type.partition(";")[0],
            "title": f"{feed.title} ({format_name(suffix)})",
            "label": format_name(suffix),
            "url": parts.site.feed_url(feed.name, suffix),
        }
        for suffix in parts.suffixes
        if (document := parts.publications.document(feed.name, suffix))
    ]
    live = f"{parts.site.base_url}/events?feed={feed.name}"
    return [*found, {"type": "text/event-stream", "title": f"{feed.title} (live)", "label": "Live", "url": live}]


async def front(request: web.Request) -> web.Response:
    """``/``: the newest articles, and the feeds."""
    parts = request.app[PARTS]
    newest = await parts.articles.newest(None, FRONT_ARTICLES)
    return await _page(request, "front.html", events=newest, listed=_listed(parts))


async def subscribe(request: web.Request) -> web.Response:
    """``/feeds/``: every feed with its addresses."""
    parts = request.app[PARTS]
    names = tuple(feed.name for feed in parts.publications.feeds())
    return await _page(request, "feeds.html", listed=_listed(parts), feeds=names)


async def article(request: web.Request) -> web.Response:
    """``/articles/SLUG``: one article, or word of what became of it."""
    event = await _latest(request)
    if event.article is None:
        reason = _REASONS.get(event.reason or "", "It was withdrawn by its publisher.")
        return request.app[PAGES].answer("gone.html", status=410, event=event, reason=reason)
    html = media.addressed(event.article, request.app[PARTS].path("")).html
    return await _page(
        request,
        "article.html",
        event=event,
        article=event.article,
        body=Markup(html),  # noqa: S704 (sanitised by normalize; nobody behind it checks again)
        figures=figures(event.article),
        related=await _related(request, event.article),
        feeds=request.app[PARTS].site.feeds_of(event)[:_MOST_FEEDS],
    )


async def _related(request: web.Request, article: Article) -> list[Event]:
    """The articles that say almost the same and are still shown; a few of them."""
    articles = request.app[PARTS].articles
    found = [await articles.by_id(article_id) for article_id in article.related[:_MOST_RELATED]]
    return [event for event in found if event is not None and event.article is not None]


async def item(request: web.Request) -> web.Response:
    """``/articles/SLUG.json``: the article as an item of JSON Feed, as the stream sends it."""
    event = await _latest(request)
    body = request.app[PARTS].encode(event)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": CACHE_CONTROL,
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Encoding",
    }
    if event.kind is Kind.RETRACTED:
        return web.Response(status=410, body=body, headers=headers)
    return conditional(request, body, headers)


async def _latest(request: web.Request) -> Event:
    event = await request.app[PARTS].articles.by_slug(request.match_info["slug"])
    if event is None:
        raise web.HTTPNotFound
    return event


def _listed(parts: Parts) -> list[dict[str, Any]]:
    return [{"feed": feed, "addresses": _addresses(parts, feed)} for feed in parts.publications.feeds()]


async def _page(request: web.Request, template: str, **values: Any) -> web.Response:
    pages = request.app[PAGES]
    body = await asyncio.to_thread(lambda: pages.render(template, **values))
    return conditional(request, body, _HEADERS)


def conditional(request: web.Request, body: bytes, headers: Mapping[str, str]) -> web.Response:
    """A page of our own making, or word that the client has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    now = request.app[PARTS].clock()
    if is_not_modified(joined(request, "If-None-Match"), None, etag=etag, last_modified=None, now=now):
        kept = {name: value for name, value in headers.items() if name != "Content-Type"}
        return web.Response(status=304, headers={**kept, "ETag": etag})
    return web.Response(body=body, headers={**headers, "ETag": etag})
