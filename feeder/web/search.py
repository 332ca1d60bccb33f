"""Searching over HTTP: a page for people, the same as a feed for readers, and how browsers find both.

Any query is a feed. Its address says it in the reader's words; whatever else stands there, and however the query is
written, what is understood to be the same query is one answer (``searches.py``), with one address of its own.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from aiohttp import web

from feeder.codings import encoded
from feeder.model import Feed
from feeder.pages import MOST_PAGES, Pages, commands, follow_search, found_of, wanted
from feeder.query import MOST_CHARACTERS, QueryError, parse
from feeder.render import BEGINNING, OPENSEARCH_TYPE, Head, opensearch_document
from feeder.web import answers, maps, pages
from feeder.web.feeds import serve
from feeder.web.parts import PARTS
from feeder.web.prepared import Answer
from feeder.web.problems import problem
from feeder.web.searches import Form, Searches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Event
    from feeder.query import Query
    from feeder.render import Renderer, Site
    from feeder.web.parts import Parts

_PAGE: Final = "page"

_NUMBER: Final = re.compile(r"[1-9]|10")
_NOTHING: Final[dict[str, Any]] = {
    "query": "",
    "found": None,
    "mistake": None,
    "most_characters": MOST_CHARACTERS,
}
"""What the page is made of while nothing was searched for."""

SEARCHES: web.AppKey[Searches] = web.AppKey("searches", Searches)


def searches_of(parts: Parts, templates: Pages) -> Searches:
    """The searches of a site, with a form for each format of its feeds and one for people."""
    as_feeds = {
        suffix: Form(parts.entries, partial(_feed, parts.site, renderer))
        for suffix, renderer in parts.renderers.items()
    }
    as_pages = {
        f"{_PAGE} {number}": Form(wanted(number), partial(_page, parts, templates, number))
        for number in range(1, MOST_PAGES + 1)
    }
    return Searches(parts.articles, {**as_feeds, **as_pages})


async def document(request: web.Request) -> web.Response:
    """``GET /feeds/search.SUFFIX?q=…``: what a query finds, as a feed."""
    parts, suffix = request.app[PARTS], request.match_info["suffix"]
    if suffix not in parts.renderers:
        raise web.HTTPNotFound
    if "q" not in request.query:
        return problem(400, f"There is no query; write one behind q=, as in {request.path}?q=harbour.")
    try:
        query = _asked(request)
    except QueryError as error:
        return problem(400, str(error))
    found = await request.app[SEARCHES].answer(query, suffix)
    return serve(request, found, answers.search_links(parts, str(query), suffix, found))


async def page(request: web.Request) -> web.Response:
    """``GET /search?q=…``: what a query finds, for people; without a query a form, and how to write one."""
    if not request.query.get("q", "").strip():
        return await pages.kept(request, "search", partial(pages.made, request, "search.html", **_NOTHING))
    try:
        query = _asked(request)
    except QueryError as error:
        values = _NOTHING | {"query": request.query["q"], "mistake": str(error)}
        return pages.passing(request, "search.html", status=400, **values)
    number = _NUMBER.fullmatch(request.query.get("page", ""))
    form = f"{_PAGE} {number[0] if number else 1}"
    return pages.conditional(request, await request.app[SEARCHES].answer(query, form))


async def description(request: web.Request) -> web.Response:
    """``GET /opensearch.xml``: how to search from a browser's own search box."""
    parts = request.app[PARTS]
    kinds = {suffix: renderer.media_type.partition(";")[0] for suffix, renderer in parts.renderers.items()}
    return maps.answer(request, opensearch_document(parts.site, kinds), OPENSEARCH_TYPE)


def _asked(request: web.Request) -> Query:
    """The query; other parameters do not count.

    Raises:
        QueryError: there is more than one, or it cannot be meant.
    """
    given = request.query.getall("q")
    if len(given) > 1:
        raise QueryError("There is more than one query; write one, its alternatives parted by OR.")
    return parse(given[0])


def _feed(site: Site, renderer: Renderer, query: str, found: Sequence[Event]) -> Answer:
    """What was found as a feed document, in all codings."""
    newest = max(found, key=lambda event: event.seq, default=None)
    head = Head(
        site=site,
        feed=_named(site, query),
        updated=newest.at if newest else BEGINNING,
        cursor=newest.cursor if newest else "",
        query=query,
    )
    body = renderer.document(head, [entry for event in found if (entry := _entry(renderer, event))])
    return Answer(
        body=body,
        media_type=renderer.media_type,
        encoded=encoded(body),
        seq=newest.seq if newest else 0,
        cursor=head.cursor,
    )


def _named(site: Site, query: str) -> Feed:
    return Feed(
        name="search",
        title=f"Search: {query} \N{EN DASH} {site.title}",
        description=f"The newest articles that match: {query}",
        language=site.language,
        author=site.author,
        rights=site.rights,
        icon=site.icon,
    )


def _entry(renderer: Renderer, event: Event) -> bytes:
    """An article as it stands in every feed; one that the format cannot say is left out, as it is there."""
    try:
        return renderer.entry(event)
    except ValueError:
        return b""


def _page(parts: Parts, templates: Pages, number: int, query: str, found: Sequence[Event]) -> Answer:
    """A page of what was found."""
    kinds = {suffix: renderer.media_type.partition(";")[0] for suffix, renderer in parts.renderers.items()}
    here = follow_search(parts.site, _named(parts.site, query), query, kinds)
    values = _NOTHING | {
        "query": query,
        "found": found_of(parse(query), found, number),
        "here": here,
        "commands": commands(here.live, is_search=True),
        "turned": partial(_turned, parts, query),
    }
    return pages.prepared(templates.render("search.html", followed=[here], **values))


def _turned(parts: Parts, query: str, number: int) -> str:
    """Where another page of the same search is."""
    asked = urlencode({"q": query} | ({"page": number} if number > 1 else {}))
    return parts.path(f"/search?{asked}")
