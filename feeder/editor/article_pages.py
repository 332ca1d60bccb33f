"""The page of an article, the one that tells its history, and the one that says what became of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from feeder import pages
from feeder.editor.newsroom import Contents
from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from feeder.editor.newsroom import Newsroom
    from feeder.model import Article, Event
    from feeder.pages import Followed
    from feeder.render import Site

_MOST_RELATED: Final = 5
_MOST_FEEDS: Final = 8
"""How many of the feeds that show an article its page offers to readers."""
_MOST_INSTEAD: Final = 3
"""How many articles are offered in the place of one that is gone."""

_WITHDRAWN: Final = "It was withdrawn by its publisher."
_REASONS: Final = {
    "withdrawn": _WITHDRAWN,
    "killed": "It was withdrawn for good by its publisher.",
    "expired": "It was published for a limited time, which is over.",
}


async def article(newsroom: Newsroom, event: Event) -> Contents:
    """``/articles/SLUG`` by the latest event of its article: what it says, or, if it is retracted, that it is."""
    if event.article is None:
        return gone(newsroom, event, await newsroom.articles.newest(None, _MOST_INSTEAD))
    site, shown = newsroom.site, event.article
    related = await _related(newsroom, shown)
    kindred = await _kindred(newsroom, shown, {event.article_id, *shown.related})
    followed = newsroom.followed(site.feeds_of(event)[:_MOST_FEEDS])
    values = {
        **await asyncio.to_thread(_told, site, event, shown),
        "section": _section(shown, followed),
        "versions": await _count(newsroom, event),
        "related": related,
        "kindred": kindred,
        "followed": followed,
    }
    return Contents("article.html", values, (*shown.related[:_MOST_RELATED], *(one.article_id for one in kindred)))


async def history(newsroom: Newsroom, event: Event) -> Contents:
    """``/articles/SLUG/history`` by the latest event of its article; of a retracted one nothing is left to tell."""
    if event.article is None:
        return await article(newsroom, event)
    events = await newsroom.articles.history(event.article_id, pages.MOST_VERSIONS + 1)
    versions = await asyncio.to_thread(pages.versions, events)
    values = {"event": event, "article": event.article, "versions": versions}
    return Contents("history.html", values)


def gone(newsroom: Newsroom, event: Event, newest: Sequence[Event] = ()) -> Contents:
    """Word of what became of a retracted article, and what to read instead; a server answers 410 with it."""
    values = {
        "event": event,
        "reason": _REASONS.get(event.reason or "", _WITHDRAWN),
        "newest": newest,
        "followed": newsroom.followed(("all",)),
    }
    return Contents("gone.html", values, tuple(one.article_id for one in newest))


def _told(site: Site, event: Event, shown: Article) -> dict[str, Any]:
    """What the article itself says; long ones take some milliseconds."""
    return {
        "event": event,
        "article": shown,
        "body": pages.body(shown, site.path("")),
        "standfirst": pages.standfirst(shown),
        "figures": pages.figures_of(shown),
        "metas": pages.metas(event, shown, site),
        "structured": pages.structured(event, shown, site),
    }


async def _related(newsroom: Newsroom, shown: Article) -> list[Event]:
    """The articles that say almost the same and are still shown; a few of them."""
    found = [await newsroom.articles.by_id(article_id) for article_id in shown.related[:_MOST_RELATED]]
    return [event for event in found if event is not None and event.article is not None]


async def _kindred(newsroom: Newsroom, shown: Article, but: Collection[str]) -> list[Event]:
    """Articles on the same subject; none where the search is too busy, as the story can be read without them."""
    query = pages.kindred_query(shown)
    if query is None:
        return []
    try:
        return pages.nearest(shown, await newsroom.articles.search(query, pages.COMPARED), but)
    except UnavailableError:
        return []


async def _count(newsroom: Newsroom, event: Event) -> int:
    """How many versions of an article are kept."""
    if event.version == 1:
        return 1
    events = await newsroom.articles.history(event.article_id, pages.MOST_VERSIONS)
    return sum(one.article is not None for one in events)


def _section(shown: Article, followed: Sequence[Followed]) -> str | None:
    """The name of the feed of an article's own section, if it has one."""
    names = {one.feed.name for one in followed}
    return next((name for name in reversed(shown.sections) if name in names), None)
