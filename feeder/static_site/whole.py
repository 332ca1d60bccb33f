"""The files of a site that belong to no article: its own pages, sitemaps, and what servers and robots look for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from feeder import editor
from feeder.editor import Contents, Sitemaps
from feeder.pages import ASSETS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from feeder.editor import Newsroom
    from feeder.render import Site

NOTHING_HERE = "There is nothing at this address. It may have been typed wrongly, or the link to it is old."


async def contents_of(newsroom: Newsroom) -> AsyncIterator[tuple[str, Contents]]:
    """The site's own pages, each with its address."""
    yield "index.html", await editor.front(newsroom)
    yield "feeds/index.html", await editor.feeds(newsroom)
    for followed in newsroom.listed():
        yield f"feeds/{followed.feed.name}/index.html", await editor.feed(newsroom, followed)
    yield "404.html", _lost(newsroom)


def _lost(newsroom: Newsroom) -> Contents:
    """What servers show at an address where nothing is; most look for it at ``/404.html``."""
    values = {
        "status": HTTPStatus.NOT_FOUND.value,
        "title": HTTPStatus.NOT_FOUND.phrase,
        "detail": NOTHING_HERE,
        "words": None,
        "near": [],
        "followed": newsroom.followed(("all",)),
    }
    return Contents("problem.html", values)


async def maps_of(newsroom: Newsroom, now: datetime) -> AsyncIterator[tuple[str, bytes]]:
    """The sitemaps, each with its address; the one for news is of the two days before a moment."""
    sitemaps = Sitemaps(newsroom.articles, newsroom.site)
    yield "sitemap.xml", await sitemaps.whole()
    for number in await sitemaps.numbers():
        body = await sitemaps.part(number)
        if body is not None:
            yield f"sitemap/{number}.xml", body
    yield "sitemap-news.xml", await sitemaps.news(now)


def _assets(site: Site) -> dict[str, bytes]:
    """What is shown beside documents; pages have all that they need in themselves."""
    address = site.stylesheet.removeprefix(site.path("/"))
    return {address: ASSETS[address.rpartition("/")[2]]}


def plain_files(site: Site) -> dict[str, bytes]:
    """What never asks the store: for robots, browsers and servers."""
    named = "".join(f"Sitemap: {site.base_url}/{name}\n" for name in ("sitemap.xml", "sitemap-news.xml"))
    return {
        "robots.txt": f"User-agent: *\nDisallow:\n\n{named}".encode(),
        "favicon.svg": ASSETS["favicon.svg"],
        **_assets(site),
    }
