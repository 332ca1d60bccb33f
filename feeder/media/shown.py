"""An article and the media that it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.media.addresses import is_ours
from feeder.media.html import absolute, references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Article, Enclosure


def names(article: Article) -> frozenset[str]:
    """The names (``SHA256.EXT``) of the kept files that an article shows."""
    return frozenset(found.rpartition("/")[2] for found in _references(article) if is_ours(found))


def _references(article: Article) -> Iterator[str]:
    for enclosure in (*article.images, *article.enclosures):
        yield enclosure.url
    if "/media/" in article.html:
        yield from references(article.html)


def addressed(article: Article, base_url: str) -> Article:
    """The article as it is said elsewhere: the addresses of kept files follow ``base_url``, in its HTML too.

    ``base_url`` has no slash at its end; it may be the path of the site alone, for links within it. An article
    without kept files is given as it is.
    """
    html = absolute(article.html, base_url)
    images, enclosures = _based(article.images, base_url), _based(article.enclosures, base_url)
    if html == article.html and images == article.images and enclosures == article.enclosures:
        return article
    return replace(article, html=html, images=images, enclosures=enclosures)


def _based(given: tuple[Enclosure, ...], base_url: str) -> tuple[Enclosure, ...]:
    return tuple(replace(one, url=base_url + one.url) if is_ours(one.url) else one for one in given)
