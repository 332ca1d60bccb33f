"""What the tests of HTTP on the wire share: a small site with an archive, its addresses, and how codings are read."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import brotli
import zstandard

from live import Live, Plan, article, serving
from wire import Said, request, wired

FEEDS = [f"/feeds/{name}.{suffix}" for name in ("all", "world") for suffix in ("rss", "atom", "json")]
PAGES = [f"/feeds/all/archive/1.{suffix}" for suffix in ("rss", "atom", "json")]
DOCUMENTS = [*FEEDS, *PAGES, "/feeds.opml"]
OTHERS = [
    "/",
    "/feeds/",
    "/articles/a-storm",
    "/articles/a-storm.json",
    "/search",
    "/search?q=rain",
    "/feeds/search.json?q=rain",
    "/opensearch.xml",
    "/sitemap.xml",
    "/sitemap/0.xml",
    "/sitemap-news.xml",
    "/robots.txt",
    "/static/style.css",
    "/favicon.svg",
]
REDIRECTS = ["/feed", "/rss.xml", "/atom.xml", "/feed.json", "/feeds"]
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstandard.decompress,
    "identity": bytes,
}
METADATA = ("ETag", "Last-Modified", "Cache-Control", "Vary", "Link", "Access-Control-Allow-Origin")
SUFFIXES = ["rss", "atom", "json"]
TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "opml": "text/x-opml",
}
_SHOWN = "Accept-Encoding, Sec-Fetch-Dest"
VARY = {"rss": _SHOWN, "atom": _SHOWN, "json": "Accept-Encoding", "opml": "Accept-Encoding"}


@asynccontextmanager
async def small_site(folder: Path) -> AsyncIterator[Live]:
    """Two articles, an hour ago, which fill one page of the archive."""
    async with serving(Plan(folder=folder, page_size=2)) as found:
        body = "It rained. " * 150
        await found.accept(*(article(one, body, section="World", sections=("world",)) for one in ("A storm", "Rain")))
        found.clock.now += timedelta(hours=1)
        yield found


async def ask(live: Live, method: str, target: str, *lines: str, version: str = "HTTP/1.1") -> Said:
    """One request on a connection of its own."""
    async with wired(live.port) as wire:
        return await wire.ask(request(method, target, *lines, version=version))
