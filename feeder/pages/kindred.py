"""Stories that belong with another: what to search for, and which of those that are found are near enough. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder import query
from feeder.query import QueryError, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from feeder.model import Article, Event
    from feeder.query import Query

COMPARED: Final = 40
"""How many of the newest that are found are compared."""

_MOST: Final = 4
_KEYWORDS: Final = 5
_WORDS: Final = 5
_SHORTEST: Final = 5
"""Words of fewer letters join too much; those of scripts without spaces are left to keywords."""
_FOR_KEYWORD, _FOR_WORD, _FOR_SECTION = 3, 2, 1
_ENOUGH: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]+")
_NOT_IN_TERMS: Final = re.compile(r'["\s]+')
_COMMON_WORDS: Final = (
    "about after again against among before behind being between could during every first later never other should "
    "since still their there these thing those through today under until where which while whose would years"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())
"""Long, and of no subject."""


def kindred_query(article: Article) -> Query | None:
    """What to search for: any of an article's keywords, or of the long words of its headline; None if it has none."""
    tags = [f'tag:"{_NOT_IN_TERMS.sub(" ", tag)}"' for tag in article.keywords[:_KEYWORDS]]
    words = [f"title:{word}" for word in _title_words(article)[:_WORDS]]
    try:
        return query.parse(" OR ".join((*tags, *words))) if tags or words else None
    except QueryError:  # a keyword of marks alone, say
        return None


def nearest(article: Article, found: Iterable[Event], but: Collection[str]) -> list[Event]:
    """Those of some articles, newest first, that are nearest: by keywords, words of the headline and section.

    They are in the same language. ``but`` are the ids of those that are shown anyway.
    """
    scored = [
        (_score(article, event.article), event) for event in found if event.article and event.article_id not in but
    ]
    near = [(score, event) for score, event in scored if score >= _ENOUGH]
    return [event for _, event in sorted(near, key=lambda one: -one[0])[:_MOST]]


def _score(article: Article, other: Article) -> int:
    if article.language and other.language and _primary(article.language) != _primary(other.language):
        return 0
    keywords = {folded(one) for one in article.keywords} & {folded(one) for one in other.keywords}
    words = set(_title_words(article)) & set(_title_words(other))
    is_section = article.section is not None and article.section == other.section
    return _FOR_KEYWORD * len(keywords) + _FOR_WORD * len(words) + _FOR_SECTION * is_section


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _title_words(article: Article) -> list[str]:
    """The long words of a headline, longest first."""
    words = {folded(word) for word in _WORD.findall(article.title) if not query.is_unspaced(word[0])}
    return sorted((word for word in words - _COMMON if len(word) >= _SHORTEST), key=lambda word: (-len(word), word))
