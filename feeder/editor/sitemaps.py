"""The sitemaps of a site, made when they are asked for and kept for as long as the log says the same.

Articles stand in sitemaps of a fixed set each, in order of first acceptance, so that a site of a million articles makes
one of them anew when one article changes. As long as there is only one of them it is the whole sitemap; then an index
names them all. What is made is made in steps, and only a few of the long ones are kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from feeder.render import MOST_NEWS, NEWS_DAYS, news_sitemap, sitemap_document, sitemap_index

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

    from feeder.editor.newsroom import Catalogue
    from feeder.model import Headline
    from feeder.render import Site
    from feeder.store import Stretch

SIZE: Final = 10_000
"""How many articles a sitemap has: the protocol allows 50,000, which would take long to make anew."""
STEP: Final = 2_000
KEPT_BYTES: Final = 16 * 1024 * 1024
"""How much is kept ready."""


class Sitemaps:
    """The sitemaps, as the log has the articles now.

    Args:
        articles: all of them.
        site: whose they are.
        size: how many articles stand in one sitemap.

    ``made`` counts those that were made.
    """

    def __init__(self, articles: Catalogue, site: Site, *, size: int = SIZE) -> None:
        self._articles = articles
        self._site = site
        self._size = size
        self._head = 0
        self._changed: datetime | None = None
        self._stretches: dict[int, Stretch] = {}
        self._recent: tuple[int, datetime, list[Headline]] | None = None
        self._kept: OrderedDict[str, tuple[Hashable, bytes]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self.made = 0

    async def whole(self) -> bytes:
        """``/sitemap.xml``: all pages, or the index of the sitemaps that name them."""
        async with self._one_at_a_time:
            await self._look()
            if len(self._stretches) > 1:
                return await self._ready("whole", self._head, lambda: sitemap_index(self._parts()))
            return await self._listed("whole", self._head, 1, self._own_pages())

    async def part(self, number: int) -> bytes | None:
        """``/sitemap/N.xml``: 0 is of the site's own pages, the others of articles; None if nothing is in it."""
        async with self._one_at_a_time:
            await self._look()
            if number == 0:
                return await self._ready("0", self._head, lambda: sitemap_document(self._own_pages()))
            stretch = self._stretches.get(number)
            if stretch is None or stretch.is_empty:
                return None
            return await self._listed(str(number), stretch.seq, number, [])

    async def numbers(self) -> list[int]:
        """Of which parts ``whole`` names the addresses: none as long as it is all there is."""
        async with self._one_at_a_time:
            await self._look()
            if len(self._stretches) <= 1:
                return []
            return [0, *(number for number, one in sorted(self._stretches.items()) if not one.is_empty)]

    async def news(self, now: datetime) -> bytes:
        """``/sitemap-news.xml``: the articles of the last two days."""
        async with self._one_at_a_time:
            await self._look()
            since = now - timedelta(days=NEWS_DAYS)
            recent = [headline for headline in await self._headlines(since) if headline.published >= since]
            state = self._head, len(recent)  # with time the last ones go, and none comes
            return await self._ready("news", state, lambda: news_sitemap(self._site, recent))

    async def _look(self) -> None:
        """Note what has changed since the last look."""
        newest = await self._articles.last_event(None)
        if newest is not None and newest.seq != self._head:
            changed = await self._articles.stretches(self._size, self._head)
            self._stretches |= {stretch.number: stretch for stretch in changed}
            self._head, self._changed = newest.seq, newest.at

    async def _headlines(self, since: datetime) -> list[Headline]:
        """Those of a moment and later, and perhaps earlier ones, newest first."""
        if self._recent is None or self._recent[0] != self._head or since < self._recent[1]:
            self._recent = self._head, since, await self._articles.headlines(since, MOST_NEWS)
        return self._recent[2]

    def _own_pages(self) -> list[tuple[str, datetime | None]]:
        """The pages that are no articles; the front page changes with everything."""
        return [(f"{self._site.base_url}/", self._changed), (f"{self._site.base_url}/feeds/", None)]

    def _parts(self) -> list[tuple[str, datetime | None]]:
        """The sitemaps that there are, with the moment of the newest event in each."""
        shown = [(number, stretch.at) for number, stretch in sorted(self._stretches.items()) if not stretch.is_empty]
        return [(f"{self._site.base_url}/sitemap/{number}.xml", at) for number, at in [(0, self._changed), *shown]]

    async def _listed(self, name: str, state: Hashable, number: int, urls: list[tuple[str, datetime | None]]) -> bytes:
        """The sitemap of a stretch, with other pages in front."""
        if self._kept.get(name, (None,))[0] != state:
            after, last = (number - 1) * self._size, number * self._size
            while after < last and (step := await self._articles.listed(after, min(STEP, last - after))):
                urls += [(self._site.article_url(one.slug), one.at) for one in step if one.is_shown]
                after = step[-1].num
        return await self._ready(name, state, lambda: sitemap_document(urls))

    async def _ready(self, name: str, state: Hashable, make: Callable[[], bytes]) -> bytes:
        """What is kept of this state, or is made in a thread and kept for as long as there is room."""
        kept = self._kept.pop(name, None)
        if kept is None or kept[0] != state:
            kept = state, await asyncio.to_thread(make)
            self.made += 1
        self._kept[name] = kept
        while len(self._kept) > 1 and sum(len(body) for _, body in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)
        return kept[1]
