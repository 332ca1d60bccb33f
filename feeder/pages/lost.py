"""What may help somebody who asked for an address where nothing is: the words in it, and addresses like it. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.pages.addresses import Followed

_MOST_CHARACTERS: Final = 80
_MOST_WORDS: Final = 8
_MOST_NEAR: Final = 3
_LONGEST_NAME: Final = 63
_NEAR_ENOUGH: Final = 0.6
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_SHORT: Final = 2
"""Latin words of so many letters say little: ``in``, ``de``."""


def words_of(path: str) -> str:
    """What somebody may search for who asked for a path: the words of its last part, without dates and suffixes."""
    last = unquote(path[-400:]).rstrip("/").rpartition("/")[2]
    words = [word for word in _WORD.findall(_SUFFIX.sub("", last)) if len(word) > _SHORT or not word.isascii()]
    return " ".join(words[:_MOST_WORDS])[:_MOST_CHARACTERS].rstrip()


def near_feeds(name: str, feeds: Iterable[Followed]) -> Sequence[Followed]:
    """The feeds whose names are written almost like one that is none, the nearest first."""
    listed = {one.feed.name: one for one in feeds}
    found = get_close_matches(name[:_LONGEST_NAME].lower(), listed, n=_MOST_NEAR, cutoff=_NEAR_ENOUGH)
    return [listed[name] for name in found]
