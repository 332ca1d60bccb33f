"""The front page: the newest stories, each section's own, and what was amended lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.editor.newsroom import Contents
from feeder.pages import ASKED_OF_SECTION, LOOKED_AT, front_page, sections_to_ask, together

if TYPE_CHECKING:
    from feeder.editor.newsroom import Newsroom


async def front(newsroom: Newsroom) -> Contents:
    """``/``: what there is at one moment, with the cursor of that moment.

    The newest dates and the sections are asked after it, so what is listed of them may be newer, never older: who reads
    on from the cursor is told of it again, and knows it by its number. Nineteen questions, however many articles and
    sections there are.
    """
    articles = newsroom.articles
    now = await articles.front(None, LOOKED_AT, page_size=1)
    shown = together(now.shown, await articles.newest_by_date(LOOKED_AT))
    asked = sections_to_ask(shown, await articles.sections())
    of_sections = {one: await articles.newest(one.name, ASKED_OF_SECTION) for one in asked}
    page = front_page(shown, now.gone, of_sections, now.last)
    everything = newsroom.followed(("all",))
    values = {
        "front": page,
        "cursor": page.cursor or "0",
        "addresses": [address for one in everything for address in one.addresses],
        "feed_count": len(newsroom.listed()),
        "followed": everything,
    }
    return Contents("front.html", values)
