"""Names: the slugs of articles and sections, lower-case ASCII by transliteration; and what a file's name says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from slugify import slugify

if TYPE_CHECKING:
    from datetime import datetime

ARTICLE_LIMIT: Final = 80
SECTION_LIMIT: Final = 63
RESERVED: Final = frozenset({"all", "search"})
"""Names that mean something else in an address; a section so called gets ``-section``."""

_DATED: Final = (  # at the beginning; without hyphens only as a likely day; else anywhere
    re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?=[-_. ]|$)", re.ASCII),
    re.compile(r"((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?=[-_. ]|$)", re.ASCII),
    re.compile(r".*?[-_. ](\d{4}-\d{1,2}-\d{1,2})(?=[-_. ]|$)", re.ASCII | re.DOTALL),
)
_BUNDLES: Final = frozenset({"index", "_index"})
"""Stems of files that stand for their folder, whose name then is the article's."""
_LEVELS: Final = re.compile(r"[/\\]+")
_IGNORED: Final = re.compile(  # what editors, browsers, office programs and systems leave beside what people mean
    r"""
    \. .*                       # hidden: also .#lock, .~lock.x#, .x.swp, rsync's .x.A1b2C3
    | .* ~                      # backups
    | .* \. (tmp|temp|part|partial|filepart|crdownload|opdownload|download|swp|swx|lock|camellock|bak|orig)
    | .* \. (writing|ffs_tmp|sb-[0-9a-f]{8}-\w{6})   # Spring Integration, FreeFileSync, macOS' safe saving
    | ~\$ .*                    # office owners' files
    | \# .* \#                  # Emacs' auto-save
    | 4913                      # vim asks whether it may write
    | Thumbs\.db | desktop\.ini | __MACOSX | @eaDir | lost\+found
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_LONGEST: Final = 400
"""Characters of a title that can make a difference to its slug; transliteration is slow."""


_HOW: Final[dict[str, Any]] = {
    "entities": False,
    "decimal": False,
    "hexadecimal": False,
    "word_boundary": True,
    "save_order": True,
    "backend": "text-unidecode",  # else one that happens to be installed besides would give other names
}
"""Said of every slug: nothing is unescaped, and cuts are made between words."""


def slug(text: str, limit: int) -> str:
    """A text as ``[a-z0-9-]{0,limit}``, cut after a whole word where it has one; empty if nothing is left."""
    return slugify(text[:_LONGEST], max_length=limit, **_HOW)


def article_slug(published: datetime, title: str) -> str:
    """``YYYY-MM-DD-the-title`` of the day as it was written, at most 80 characters; the day alone for an emoji."""
    return slug(f"{published:%Y-%m-%d} {title}", ARTICLE_LIMIT)


@lru_cache(maxsize=1024)
def section_names(section: str) -> tuple[str, ...]:
    """The names of a section and of its parents, parents first: ``world/americas`` is of two sections.

    Each is ``[a-z0-9-]{1,63}``; levels of which nothing is left are dropped.
    """
    levels = [name for level in _LEVELS.split(section) if (name := slug(level, SECTION_LIMIT))]
    paths = ("-".join(levels[: depth + 1]) for depth in range(len(levels)))
    return tuple(dict.fromkeys(_unreserved(path[:SECTION_LIMIT].rstrip("-")) for path in paths))


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name (one path component) is never looked at: not finished, or no article."""
    return _IGNORED.fullmatch(name) is not None


def is_bundle(path: str) -> bool:
    """Whether a file stands for the folder that it lies in (``2019-04-30-bridge/index.md``)."""
    return path.rpartition("/")[2].partition(".")[0] in _BUNDLES


def date_and_rest(path: str) -> tuple[str, str] | None:
    """The date in the name of a file (of its folder, where it stands for that), and what follows it with the suffix."""
    *folders, last = path.split("/")
    name = folders[-1] if folders and is_bundle(path) else last
    found = next((found for form in _DATED if (found := form.match(name))), None)
    return (found[1], name[found.end() :]) if found else None


def begins_with_date(path: str) -> bool:
    """Whether a file's own name begins with a date and goes on behind it."""
    last = path.rpartition("/")[2]
    return any((found := form.match(last)) and found.end() < len(last) for form in _DATED[:2])


def _unreserved(name: str) -> str:
    return f"{name}-section" if name in RESERVED else name
