"""What an article's page says of itself to machines: schema.org, Open Graph, and the names of ``<meta>``. Pure.

Addresses are in full. Moments have their offset, and are those of the feeds: a day is its midnight.
https://schema.org/NewsArticle, https://ogp.me,
https://developers.google.com/search/docs/appearance/structured-data/article
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from markupsafe import Markup

from feeder import media
from feeder.render import markdown, moments, shown

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Article, Enclosure, Event
    from feeder.render import Site

_MOST_IMAGES: Final = 6
_ESCAPED: Final = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
"""In a data block ``</script`` and ``<!--`` would end or hide it (HTML 4.12.1.3)."""


class Meta(NamedTuple):
    """One ``<meta>``: ``key`` is ``name`` or ``property``."""

    key: str
    name: str
    content: str


def metas(event: Event, article: Article, site: Site) -> list[Meta]:
    """What stands in the head of the page for previews and search engines."""
    images = _images(article, site)
    found: list[tuple[str, str, str | None]] = [
        ("name", "description", article.summary),
        *(("name", "author", person.name) for person in shown.authors(article)),
        ("name", "robots", "max-image-preview:large"),
        ("property", "og:type", "article"),
        ("property", "og:title", article.title),
        ("property", "og:description", article.summary),
        ("property", "og:url", site.article_url(event.slug)),
        ("property", "og:site_name", site.title),
        ("property", "og:locale", _locale(article.language)),
        ("property", "article:published_time", _published(event, article)),
        ("property", "article:modified_time", _modified(event, article) if article.modified else None),
        ("property", "article:section", article.section),
        *(("property", "article:tag", keyword) for keyword in article.keywords),
        *(("property", "article:author", person.uri) for person in article.authors),
        *(pair for image in images[:1] for pair in _picture(image)),
        ("name", "twitter:card", "summary_large_image" if images else "summary"),
    ]
    return [Meta(key, name, content) for key, name, content in found if content]


def _picture(image: Enclosure) -> list[tuple[str, str, str | None]]:
    return [
        ("property", "og:image", image.url),
        ("property", "og:image:type", image.type),
        ("property", "og:image:alt", image.title),
    ]


def _locale(language: str | None) -> str | None:
    """A language with its country, as Open Graph writes it; without a country it would be a guess."""
    first, _, country = (language or "").partition("-")
    return f"{first}_{country}" if len(country) == len("GB") and country.isupper() else None


def structured(event: Event, article: Article, site: Site) -> Markup:
    """The article as a NewsArticle of schema.org, in JSON-LD that may stand in a data block."""
    text = orjson.dumps(_present(**_news_article(event, article, site))).decode()
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    return Markup(text)  # noqa: S704 (what could be markup is escaped)


def _news_article(event: Event, article: Article, site: Site) -> dict[str, Any]:
    page = site.article_url(event.slug)
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": f"{page}#article",
        "mainEntityOfPage": page,
        "url": page,
        "identifier": event.article_id,
        "version": event.version,
        "headline": article.title,
        "description": article.summary,
        "datePublished": _published(event, article),
        "dateModified": _modified(event, article),
        "expires": article.expires.isoformat() if article.expires else None,
        "inLanguage": article.language,
        "articleSection": article.section,
        "keywords": list(article.keywords),
        "dateline": article.dateline,
        "contentLocation": [{"@type": "Place", "name": place} for place in article.places],
        "author": _authors(article, site),
        "publisher": _publisher(site),
        "provider": {"@type": "Organization", "name": article.source} if article.source else None,
        "image": [
            _present(**{"@type": "ImageObject"}, url=one.url, encodingFormat=one.type, caption=one.title)
            for one in _images(article, site)
        ],
        "correction": {"@type": "CorrectionComment", "text": article.correction} if article.correction else None,
        "copyrightNotice": article.rights or site.rights,
        "isBasedOn": article.link,
        "isAccessibleForFree": True,
        "encoding": [
            {"@type": "MediaObject", "encodingFormat": kind, "contentUrl": f"{page}.{suffix}"}
            for kind, suffix in (("application/json", "json"), (markdown.MEDIA_TYPE.partition(";")[0], "md"))
        ],
    }


def _authors(article: Article, site: Site) -> list[dict[str, Any]]:
    """Those who wrote it; the house where nobody is known, as search engines demand one."""
    people = [
        _present(**{"@type": "Person"}, name=person.name, url=person.uri, email=person.email)
        for person in shown.authors(article)
    ]
    return people or [{"@type": "Organization", "name": article.source or site.author or site.title}]


def _publisher(site: Site) -> dict[str, Any]:
    logo = {"@type": "ImageObject", "url": site.icon} if site.icon else None
    return _present(**{"@type": "NewsMediaOrganization"}, name=site.title, url=f"{site.base_url}/", logo=logo)


def _published(event: Event, article: Article) -> str:
    return moments.rfc3339(moments.published(article, event.at))


def _modified(event: Event, article: Article) -> str:
    """To the second: the milliseconds of feeds only tell entries apart."""
    return _to_the_second(moments.updated(article, event))


def _to_the_second(moment: datetime) -> str:
    return moments.rfc3339(moment.replace(microsecond=0))


def _images(article: Article, site: Site) -> list[Enclosure]:
    """The pictures of an article, those that it names before those of its body."""
    return [*media.addressed(article, site.base_url).images[:_MOST_IMAGES]]


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [])}
