"""HTML pages: saved news pages, exports of a CMS, Pelican's HTML articles and fragments.

``html_page`` decodes and parses, ``html_article`` finds the article in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.errors import UnfinishedError
from feeder.parse import front_matter, html_article, html_page, html_trafilatura, whole

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
_CUT_OFF: Final = re.compile(r"<(?:[a-zA-Z/!][^<>]*+)?\Z")
_OPENING: Final = re.compile(r"<!--|<(script|style)\b[^<>]*+>", re.IGNORECASE)
_TAIL: Final = 1_000
"""Characters in which the last tag of a page begins."""


class Html:
    """The parser of HTML pages.

    ``second`` is asked for a second opinion on which part of a page is the body; see ``html_body.read``.
    """

    name = "html"
    precedence = 40
    streams = False

    def __init__(self, second: Callable[[Any], Any | None] = html_trafilatura.body) -> None:
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
        page = html_page.read(whole.raw(reader))
        if _is_cut_off(page.source):
            raise UnfinishedError("the page ends in the middle of a tag or a script")
        yield html_article.read(page, name, self._second)


def _is_cut_off(source: str) -> bool:
    """Whether a page ends where no page ends; a missing ``</html>`` is no sign of that, many omit it."""
    if _CUT_OFF.search(source, max(0, len(source) - _TAIL)):
        return True
    lowered, at = source.lower(), 0
    while found := _OPENING.search(source, at):
        end = f"</{found[1].lower()}" if found[1] else "-->"
        at = lowered.find(end, found.end() if found[1] else found.start() + 2)
        if at < 0:
            return found[1] is not None and not found[0].endswith("/>")
    return False


PARSER: Final = Html()
