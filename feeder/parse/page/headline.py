"""Which heading of a page is its article's, and which is the name of the site that stands above all of its pages."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lxml import etree

from feeder import text
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_HEADLINE: Final = re.compile(
    r"\b(?:entry-title|p-name|post-title|article-title|headline|article__title)\b", re.IGNORECASE
)
_SITE: Final = re.compile(
    r"(?:^|[\s_-])(?:site-?(?:title|name|logo|branding)|blog-?(?:title|name)|logo|brand(?:ing)?|masthead)(?=$|[\s_-])",
    re.IGNORECASE,
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4"})
_PARTING: Final = re.compile(r"\s+[-|\u2013\u2014\u00b7•»«:/~]+\s+|\s*[|»«｜]\s*|:\s+|\s*_+\s*")  # noqa: RUF001
"""What sites put between their name, a section and a title."""
_FRONT_PAGES: Final = re.compile(r"/?(?:index\.\w{3,5})?")
_BREAKS: Final = frozenset({"br", "p", "div", "li", "td", "th", "dt", "dd", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_PLAIN: Final = frozenset({"b", "strong", "font", "big", "center", "td", "div", "p", "span"})
_MOST_LOOKED_AT, _MOST_PLAIN = 200, 3000
_LONGEST: Final = 400
_LEAST_PART: Final = 4
"""Letters of a part of a title in UTF-8 that a heading may be recognised by."""
_MOST_PARTS, _LONGEST_LINE = 200, 4000


def headline(elements: Iterable[Any], titles: Iterable[str]) -> Any | None:
    """The heading that is the article's; None where every one is the site's.

    That is one that says what the head says, whatever its rank; else the longest of those that are a part of the
    head's title or go on where it ends; else the first likely one; else what is no heading, but says such a part in a
    line of its own.
    """
    elements = list(elements)
    headings = [element for element in elements if element.tag in _HEADINGS][:_MOST_LOOKED_AT]
    headings = [element for element in headings if 0 < len(line(element)) <= _LONGEST and not is_site(element)]
    tops = [element for element in headings if element.tag == "h1" or marked(element, _HEADLINE)]
    titles = [title for title in titles if values.folded(title)]
    known = [values.folded(title) for title in titles]
    parts = {values.folded(part) for title in titles for part in _PARTING.split(title)}
    parts = {part for part in parts if len(part.encode()) >= _LEAST_PART}
    begun = (element for element in tops if _begins(values.folded(line(element)), known))
    ranked = chain(
        _saying(tops, known),
        _saying(headings, known),
        _longest_first([*begun, *_saying(headings, parts)]),
        _likely(tops),
        _longest_first(_saying(filter(_is_printed_large, elements[:_MOST_PLAIN]), parts)),
    )
    return next(ranked, None)


def _longest_first(headings: Iterable[Any]) -> list[Any]:
    """The headings by their length: a site's name, which may be one of them, is shorter than most titles."""
    return sorted(headings, key=lambda element: -len(line(element)))


def _is_printed_large(element: Any) -> bool:
    """Whether an element may be a headline of the time when tables and fonts made pages."""
    if element.tag not in _PLAIN or len(element) > 1 or element.find(".//a") is not None:
        return False
    return not any(above.tag == "a" for above in element.iterancestors())


def _saying(headings: Iterable[Any], known: Collection[str]) -> Iterator[Any]:
    return (element for element in headings if values.folded(line(element)) in known)


def _begins(said: str, known: Iterable[str]) -> bool:
    return bool(said) and any(title.startswith(said) or said.startswith(title) for title in known)


def _likely(tops: list[Any]) -> Iterator[Any]:
    yield from (element for element in tops if marked(element, _HEADLINE))
    for element in tops:
        if any(above.tag in {"article", "main"} for above in element.iterancestors()):
            yield element
    yield from tops


def is_site(heading: Any) -> bool:
    """Whether a heading is the site's: all of it leads to the front page, or the site's logo is what it is called."""
    parent = heading.getparent()
    if any(each is not None and marked(each, _SITE) for each in (heading, parent)):
        return True
    said = values.folded(line(heading))
    return any(values.folded(line(link)) == said and _is_front_page(link) for link in _links(heading))


def _links(heading: Any) -> Iterator[Any]:
    """The links in a heading, and the one that it is in."""
    yield from heading.iter("a")
    parent = heading.getparent()
    if parent is not None and parent.tag == "a":
        yield parent


def _is_front_page(link: Any) -> bool:
    try:
        address = urlsplit((link.get("href") or "#").strip())
    except ValueError:
        return False
    is_root = _FRONT_PAGES.fullmatch(address.path) is not None and not (address.query or address.fragment)
    return "home" in (link.get("rel") or "").lower().split() or is_root


def marked(element: Any, pattern: re.Pattern[str]) -> bool:
    """Whether the names that a site gives an element have a pattern in them."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return names != " " and pattern.search(names[:500]) is not None


def line(element: Any, between: str = " ") -> str:
    """The text of an element, or enough of it to tell that it is no line; ``between`` parts what has its own lines."""
    said: list[str] = []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        is_start = event == "start"
        said.append((each.text if is_start else each.tail if each is not element else "") or "")
        if is_start and each.tag in _BREAKS:
            said.insert(-1, between)
        if len(said) >= _MOST_PARTS:
            break
    return text.clean_line("".join(said)[:_LONGEST_LINE])
