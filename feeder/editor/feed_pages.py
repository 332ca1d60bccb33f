"""The pages of the feeds: all of them with their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.editor.newsroom import Contents

if TYPE_CHECKING:
    from feeder.editor.newsroom import Newsroom


async def feeds(newsroom: Newsroom) -> Contents:
    """``/feeds/``."""
    listed = newsroom.listed()
    return Contents("feeds.html", {"listed": listed, "followed": listed})
