"""The pages of the feeds: all of them with their addresses, and one with its newest articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.editor.newsroom import Contents
from feeder.pages import by_date, commands, feed_index

if TYPE_CHECKING:
    from feeder.editor.newsroom import Newsroom
    from feeder.pages import Followed

FEED_ARTICLES: Final = 30
"""How many articles the page of a feed lists."""
_MOST_OFFERED: Final = 20
"""How many feeds the page of all feeds offers to readers that look for them by themselves."""


async def feeds(newsroom: Newsroom) -> Contents:
    """``/feeds/``."""
    listed = newsroom.listed()
    index = feed_index(newsroom.site, listed)
    lines = commands(index.everything.live if index.everything else "")
    values = {"index": index, "count": len(listed), "commands": lines, "followed": listed[:_MOST_OFFERED]}
    return Contents("feeds.html", values)


async def feed(newsroom: Newsroom, followed: Followed) -> Contents:
    """``/feeds/NAME/``: how to follow a feed, and its newest articles.

    The log is asked where it ends before it is asked for them: who reads on from there hears of all that come later.
    """
    last = await newsroom.articles.last_event(None)
    newest = await newsroom.articles.newest(followed.feed.shelf, FEED_ARTICLES)
    values = {
        "here": followed,
        "events": by_date(newest),
        "most": FEED_ARTICLES,
        "cursor": last.cursor if last else "0",
        "commands": commands(followed.live),
        "followed": [followed],
    }
    return Contents("feed.html", values, tuple(event.article_id for event in newest))
