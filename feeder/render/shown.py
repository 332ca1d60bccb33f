"""What every format shows of an article alike: addresses in full, categories, authors, enclosures."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from feeder import media, uris
from feeder.model import Person

if TYPE_CHECKING:
    from feeder.model import Article, Enclosure

UNKNOWN_TYPE: Final = "application/octet-stream"
"""What is enclosed when nobody said it, where a format demands a media type (RFC 2046 section 4.5.1)."""

_TAG: Final = re.compile(r'<[a-zA-Z](?:[^">]++|"[^"]*+(?:"|\Z))*+(?:>|\Z)')
_REFERENCE: Final = re.compile(r'(?<=[ ])(href|src|cite)="(?![a-zA-Z][a-zA-Z0-9+.-]*+:)([^"]*+)"')
_ADDR_SPEC: Final = re.compile(r"[a-z0-9_.+'-]+@(?:[a-z0-9-]+\.)+[a-z0-9][a-z0-9-]*", re.IGNORECASE)


def in_full(article: Article, base_url: str, page: str) -> Article:
    """The article with every address in full: readers ignore ``xml:base``, and JSON Feed has no such thing.

    Kept files follow ``base_url``. What else is relative in the HTML was written for the page that the article comes
    from, where it is known, or stands on its ``page`` here.
    """
    article = media.addressed(article, base_url)
    html = _absolute(article.html, article.link or page)
    return article if html is article.html else replace(article, html=html)


def _absolute(html: str, base: str) -> str:
    """Sanitised HTML (attributes in double quotes, in lower case) with no relative reference; itself if none is in it.

    One that cannot be resolved (``//[``) is left as it is: there is nothing that it could mean.
    """
    if '="' not in html or _REFERENCE.search(html) is None:
        return html
    return _TAG.sub(lambda tag: _REFERENCE.sub(lambda found: _resolved(found, base), tag[0]), html)


def _resolved(found: re.Match[str], base: str) -> str:
    try:
        address = urljoin(base, unescape(found[2]))
    except ValueError:
        return found[0]
    return f'{found[1]}="{escape(uris.web(address) or address)}"'


def categories(article: Article) -> list[str]:
    """The section and the keywords, each once."""
    return list(dict.fromkeys((*filter(None, (article.section,)), *article.keywords)))


def authors(article: Article) -> tuple[Person, ...]:
    """Who wrote it; the byline where no person is known."""
    if article.authors or not article.byline:
        return article.authors
    return (Person(article.byline),)


def addr_spec(email: str | None) -> str | None:
    """An e-mail address as Atom and RSS allow it (RFC 2822: ASCII, with a domain); None for another one."""
    return email if email and _ADDR_SPEC.fullmatch(email) else None


def enclosed(article: Article) -> tuple[Enclosure, ...]:
    """Everything that is enclosed, in the order in which every format names it."""
    return (*article.enclosures, *article.images)


def main_enclosure(article: Article) -> Enclosure | None:
    """The one enclosure that RSS allows: the first whose length and type are known, as it demands both.

    Where no enclosure is fully known it is an image that is, else the first enclosure all the same.
    """
    known = [found for found in enclosed(article) if found.length is not None and found.type]
    return next(iter((*known, *article.enclosures)), None)
