"""The page of an article, and the one that says what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from feeder import media
from feeder.editor.newsroom import Contents
from feeder.pages import figures_of

if TYPE_CHECKING:
    from feeder.editor.newsroom import Newsroom
    from feeder.model import Article, Event

_MOST_RELATED: Final = 5
_MOST_FEEDS: Final = 8
"""How many of the feeds that show an article its page offers to readers."""

_WITHDRAWN: Final = "It was withdrawn by its publisher."
_REASONS: Final = {
    "withdrawn": _WITHDRAWN,
    "killed": "It was withdrawn for good by its publisher.",
    "expired": "It was published for a limited time, which is over.",
}


async def article(newsroom: Newsroom, event: Event) -> Contents:
    """``/articles/SLUG`` by the latest event of its article: what it says, or, if it is retracted, that it is."""
    if event.article is None:
        return gone(newsroom, event)
    site, shown = newsroom.site, event.article
    values = {
        "event": event,
        "article": shown,
        "body": Markup(media.addressed(shown, site.path("")).html),  # noqa: S704 (sanitised by normalize)
        "figures": figures_of(shown),
        "related": await _related(newsroom, shown),
        "followed": newsroom.followed(site.feeds_of(event)[:_MOST_FEEDS]),
    }
    return Contents("article.html", values, shown.related[:_MOST_RELATED])


def gone(newsroom: Newsroom, event: Event) -> Contents:
    """Word of what became of a retracted article; a server answers 410 with it."""
    reason = _REASONS.get(event.reason or "", _WITHDRAWN)
    return Contents("gone.html", {"event": event, "reason": reason, "followed": newsroom.followed(("all",))})


async def _related(newsroom: Newsroom, shown: Article) -> list[Event]:
    """The articles that say almost the same and are still shown; a few of them."""
    found = [await newsroom.articles.by_id(article_id) for article_id in shown.related[:_MOST_RELATED]]
    return [event for event in found if event is not None and event.article is not None]
