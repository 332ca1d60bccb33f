"""HTML pages: saved news pages, exports of a CMS, Pelican's HTML articles and fragments.

The road through a page is in ``page/``: ``document`` decodes and parses, ``article`` finds the article in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.parse import whole
from feeder.parse.page import article, trafilatura
from feeder.parse.writing import front_matter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader

SUFFIXES: Final = frozenset({"html", "htm", "xhtml", "shtml"})
_BEFORE: Final = re.compile(r"(?:\s|<!--(?:[^-]|-(?!->))*+-->|<\?[^<>]*+>)*+")
_PAGE: Final = re.compile(r"<!doctype\s+html\b|<html\b|<head\b|<body\b", re.IGNORECASE)
_ELEMENT: Final = re.compile(
    r"<(?:article|section|main|div|header|p|h[1-6]|meta|title|link|base|center|table|figure|blockquote|ul|ol|img|a|b|i|"
    r"em|strong|span|font|time|style|script|aside|nav|br|hr)\b[^<>]*+>",
    re.IGNORECASE,
)


class Html:
    """The parser of HTML pages.

    ``second`` is asked for a second opinion on which part of a page is the body; see ``main_content.read``.
    """

    name = "html"
    precedence = 40
    streams = False

    def __init__(self, second: Callable[[Any], Any | None] = trafilatura.body) -> None:
        self._second = second

    def claims(self, head: bytes, name: str) -> bool:
        """By its first tag; a fragment by a tag and its suffix. See ``Parser``."""
        beginning = text.glimpse(head)
        start = _BEFORE.match(beginning)
        if _PAGE.match(beginning, start.end() if start else 0):
            return True
        is_named = name.rpartition("/")[2].rpartition(".")[2].lower() in SUFFIXES
        return is_named and _ELEMENT.search(beginning) is not None and not front_matter.has_fence(beginning)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article; see ``Parser``."""
        yield article.of(whole.raw(reader), name, self._second)


PARSER: Final = Html()
