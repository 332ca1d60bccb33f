"""Names for addresses: the slugs of articles and sections, lower-case ASCII by transliteration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from slugify import slugify

if TYPE_CHECKING:
    from datetime import datetime

ARTICLE_LIMIT: Final = 80
SECTION_LIMIT: Final = 63
RESERVED: Final = frozenset({"all", "search"})
"""Names that mean something else in an address; a section so called gets ``-section``."""

_LEVELS: Final = re.compile(r"[/\\]+")
_LONGEST: Final = 400
"""Characters of a title that can make a difference to its slug; transliteration is slow."""


def slug(text: str, limit: int) -> str:
    """A text as ``[a-z0-9-]{0,limit}``, cut after a whole word where it has one; empty if nothing is left."""
    return slugify(
        text[:_LONGEST],
        entities=False,
        decimal=False,
        hexadecimal=False,
        max_length=limit,
        word_boundary=True,
        save_order=True,
    )


def article_slug(published: datetime, title: str) -> str:
    """``YYYY-MM-DD-the-title`` of the day as it was written, at most 80 characters; the day alone for an emoji."""
    return slug(f"{published:%Y-%m-%d} {title}", ARTICLE_LIMIT)


def section_names(section: str) -> tuple[str, ...]:
    """The names of a section and of its parents, parents first: ``world/americas`` is of two sections.

    Each is ``[a-z0-9-]{1,63}``; levels of which nothing is left are dropped.
    """
    levels = [name for level in _LEVELS.split(section) if (name := slug(level, SECTION_LIMIT))]
    paths = ("-".join(levels[: depth + 1]) for depth in range(len(levels)))
    return tuple(dict.fromkeys(_unreserved(path[:SECTION_LIMIT].rstrip("-")) for path in paths))


def _unreserved(name: str) -> str:
    return f"{name}-section" if name in RESERVED else name
