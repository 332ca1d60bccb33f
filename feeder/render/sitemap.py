"""Sitemaps (https://www.sitemaps.org/protocol.html) and Google's for news: the pages of a site for search engines."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from feeder.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Headline
    from feeder.render import Site

MEDIA_TYPE: Final = "application/xml; charset=utf-8"
MOST_NEWS: Final = 1000
"""How many articles a sitemap for news may name."""
NEWS_DAYS: Final = 2
"""And how old they may be."""

_START: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS: Final = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
_CHINESE: Final = re.compile(r"zh(?:-(?:(?P<traditional>hant\b.*|tw|hk|mo)|.*))?", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?=-|\Z)")


def pages(urls: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A sitemap: at least one page, at most 50,000, each with the moment (aware) of its last change if it is known."""
    return _listing("urlset", "url", urls)


def index(urls: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A list of sitemaps, likewise."""
    return _listing("sitemapindex", "sitemap", urls)


def news(site: Site, headlines: Iterable[Headline]) -> bytes:
    """A sitemap for news of articles published within two days, at most 1,000.

    Without any it names the front page, and not as news: a sitemap that names nothing is not valid.
    """
    stories = "".join(_story(site, headline) for headline in headlines)
    lines = stories or f"  <url>{_where(f'{site.base_url}/', None)}</url>\n"
    return f"{_START}<urlset {_SITEMAPS} {_NEWS}>\n{lines}</urlset>\n".encode()


def _listing(root: str, kind: str, urls: Iterable[tuple[str, datetime | None]]) -> bytes:
    lines = "".join(f"  <{kind}>{_where(url, changed)}</{kind}>\n" for url, changed in urls)
    return f"{_START}<{root} {_SITEMAPS}>\n{lines}</{root}>\n".encode()


def _where(url: str, changed: datetime | None) -> str:
    when = "" if changed is None else f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>"
    return f"<loc>{escape(url)}</loc>{when}"


def _story(site: Site, headline: Headline) -> str:
    language = _language(site.language) or _language(headline.language) or "en"
    return (
        f"  <url>{_where(site.article_url(headline.slug), headline.at)}\n"
        f"    <news:news><news:publication><news:name>{_text(site.title)}</news:name>"
        f"<news:language>{language}</news:language></news:publication>\n"
        f"    <news:publication_date>{_date(headline)}</news:publication_date>"
        f"<news:title>{_text(headline.title)}</news:title></news:news></url>\n"
    )


def _text(text: str) -> str:
    return escape(clean_line(text))


def _date(headline: Headline) -> str:
    """No more exact than it was written; a time never after the event that brought the article."""
    if headline.published_precision == "day":
        return headline.published.date().isoformat()
    moment = min(headline.published, headline.at)
    offset = moment.utcoffset() or timedelta()
    if offset % timedelta(minutes=1):  # which the format cannot write
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def _language(tag: str | None) -> str | None:
    """As Google's schema has it: two or three letters; for Chinese the kind of its script."""
    if chinese := _CHINESE.fullmatch(tag or ""):
        return "zh-tw" if chinese["traditional"] else "zh-cn"
    found = _LANGUAGE.match((tag or "").lower())
    return found[0] if found else None
