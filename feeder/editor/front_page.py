"""The front page: the newest articles, and the feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.editor.newsroom import Contents

if TYPE_CHECKING:
    from feeder.editor.newsroom import Newsroom

FRONT_ARTICLES: Final = 30
"""How many articles the front page lists."""


async def front(newsroom: Newsroom) -> Contents:
    """``/``."""
    newest = await newsroom.articles.newest(None, FRONT_ARTICLES)
    values = {"events": newest, "listed": newsroom.listed(), "followed": newsroom.followed(("all",))}
    return Contents("front.html", values)
