"""The pages of the feeds: all of them with their addresses, and one with its newest articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.editor.newsroom import Contents
from feeder.pages import commands, feed_index

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.editor.newsroom import Newsroom
    from feeder.model import Event
    from feeder.pages import Followed

FEED_ARTICLES: Final = 30
"""How many articles the page of a feed lists."""
_MOST_OFFERED: Final = 20
"""How many feeds the page of all feeds offers to readers that look for them by themselves."""


async def feeds(newsroom: Newsroom) -> Contents:
    """``/feeds/``."""
    listed = newsroom.listed()
    index = feed_index(newsroom.site, listed)
    lines = commands(index.everything.live) if index.everything else ()
    values = {"index": index, "count": len(listed), "commands": lines, "followed": listed[:_MOST_OFFERED]}
    return Contents("feeds.html", values)


async def feed(newsroom: Newsroom, followed: Followed) -> Contents:
    """``/feeds/NAME/``: how to follow a feed, and its newest articles."""
    newest = await newsroom.articles.newest(followed.feed.shelf, FEED_ARTICLES)
    values = {
        "here": followed,
        "events": sorted(newest, key=_age, reverse=True),
        "commands": commands(followed.live),
        "followed": [followed],
    }
    return Contents("feed.html", values, tuple(event.article_id for event in newest))


def _age(event: Event) -> tuple[datetime, int]:
    """Newest date first; of the same date, the latest event first: the order of all feeds."""
    return (event.article.published if event.article else event.at), event.seq
