"""What a page shows its readers of an article besides the body: headline, dates and byline.

The marks of microformats (hAtom, h-entry) and the names that sites give their classes tell where those stand. What
belongs to comments, to other articles or to the frame of the page does not count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from feeder import byline
from feeder.model import Person
from feeder.parse import credits_line
from feeder.parse.findings import Findings
from feeder.parse.page import container, printed_dates
from feeder.parse.page.headline import headline, marked
from feeder.parse.page.headline import line as line_of
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from feeder.parse.page.document import Page

_ELSEWHERE: Final = re.compile(
    r"comment|related|sidebar|side-bar|footer|recommend|widget|teaser|promo|trending|popular|most-?read|newsletter|"
    r"(?:read|see|more)-?also|more-(?:from|stories|news)|latest|archive|calendar|breadcrumb|advert|reaction|disqus|"
    r"respond|carousel|next-post|prev-post|screen-reader|sr-only|visually-hidden",
    re.IGNORECASE,
)
_CREDITS: Final = re.compile(
    r"(?:^|[\s_-])(?:(?:entry|post|article|story|node)[-_]{0,2}(?:footer|meta|info)|meta|by-?line)(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Footers and side notes in which an article's own author and date stand."""
_PUBLISHED: Final = re.compile(
    r"\b(?:published|dt-published|entry-date|pubdate|post-date|datePublished)\b", re.IGNORECASE
)
_DATED: Final = re.compile(r"date|time|publi|posted|meta|byline|fecha|datum|data\b|info", re.IGNORECASE)
_UPDATED: Final = re.compile(
    r"updat|modif|revis|aktuali|zuletzt|geändert|mis à jour|mise à jour|actualiz|atualiz|aggiorn|bijgewerkt|oppdater|"
    r"opdater|uppdater|päivite|обновл|изменен|оновл|güncell|zaktual|更新|수정",
    re.IGNORECASE,
)
_BYLINE: Final = re.compile(
    r"\bby-?line|\bwritten-?by|\bauthors?(?:s|[-_](?:names?|links?|info|title))?\b|\bp-author\b|article[-_]{1,2}author|"
    r"post[-_]{1,2}author|entry-author|[-_]author\b|\bsubmitted\b|\bautor(?:en|es)?\b|\bauteurs?\b|\bautore\b|\bsignature\b|\breporter\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"\b(?:fn|p-author|vcard|author-name)\b", re.IGNORECASE)
_ABOUT_AUTHOR: Final = re.compile(
    r"bio|avatar|image|photo|follow|social|twitter|email|description|box|about|count|role|job", re.IGNORECASE
)
_LONGEST_BYLINE: Final = 140
_MAST: Final = re.compile(
    r"(?:^|\s)(?:(?:site|page|main|global)?[-_]?header(?:[-_]?(?:cont\w*|wrap\w*|inner|top|bar|main))?|masthead|"
    r"(?:top|text)-?bar|cabecera|kopf(?:bereich|zeile)?)(?=\s|$)",
    re.IGNORECASE,
)
_BY: Final = re.compile(r"(?:by|par|von|por|door|av|af)\s(?=[^\W\d_])", re.IGNORECASE)
_MOST_BESIDE: Final = 12
"""Letters of a line that begins with ``By`` which are neither of a name nor of a date."""
_BEFORE, _BEHIND = 60, 120
"""Elements before and behind the headline among which its date is looked for."""
_MOST_LOOKED_AT, _MOST_DATES = 4000, 500
_TRUST: Final = {"published date": 0, printed_dates.ADDRESS: 1}
"""The places of dates before all others: any ``time`` in a page may be another article's."""


def read(page: Page, titles: Iterable[str], language: str | None) -> Findings:
    """What is shown; ``titles`` are what the head calls the article, ``language`` is the page's."""
    found = Findings()
    tree = container.pruned(page.tree, _ELSEWHERE, _CREDITS)
    for caption in list(tree.iter("figcaption")):
        container.drop(caption)
    elements = list(tree.iter())
    heading = headline(elements, titles)
    if heading is not None:
        found.add("title", line_of(heading), "heading")
    _dates(_without_mast(elements, heading), heading, language, found, printed_dates.in_address(page.canonical))
    _authors(elements, heading, found)
    return found


# Dates.


def _without_mast(elements: list[Any], heading: Any | None) -> list[Any]:
    """The elements without those of the masthead, which has the day on which somebody looked at the page."""
    if heading is None:
        return elements
    above = set(heading.iterancestors())
    mast: set[Any] = set()
    for element in elements[: elements.index(heading)]:
        if element.getparent() in mast or _is_mast(element, above):
            mast.add(element)
    return [element for element in elements if element not in mast]


def _is_mast(element: Any, above: Collection[Any]) -> bool:
    is_header = element.tag == "header" or element.get("role") == "banner" or marked(element, _MAST)
    return is_header and element not in above and not any(each.tag == "article" for each in element.iterancestors())


def _nearest_first(elements: list[Any], heading: Any | None) -> list[Any]:
    """The elements by how many steps up from the headline they are reached from, in their order."""
    above = {} if heading is None else {holder: steps for steps, holder in enumerate(heading.iterancestors())}
    return sorted(elements, key=lambda element: _steps(element, above))


def _steps(element: Any, above: Mapping[Any, int]) -> int:
    """How many steps up from the headline an element is reached from."""
    return next((above[holder] for holder in (element, *element.iterancestors()) if holder in above), len(above))


def _dates(
    elements: list[Any], heading: Any | None, language: str | None, found: Findings, address_day: str | None
) -> None:
    for element in _nearest_first([element for element in elements if _is_for_dates(element)], heading)[:_MOST_DATES]:
        is_sure = element.get("pubdate") is not None or marked(element, _PUBLISHED)
        _one_date(element, language, found, sure=is_sure)
    near = list(_near(elements, heading))
    for element in near:
        if marked(element, _DATED):
            _one_date(element, language, found, sure=False)
    for element in near:
        if day := printed_dates.dated_line(_own_line(element), language):
            found.add("published", day, "date near the headline")
    found.add("published", address_day, printed_dates.ADDRESS)
    found.of("published").sort(key=lambda finding: _TRUST.get(finding.place, len(_TRUST)))


def _is_for_dates(element: Any) -> bool:
    is_abbreviated = element.tag == "abbr" and printed_dates.machine(element.get("title") or "") is not None
    return element.tag == "time" or is_abbreviated or marked(element, _PUBLISHED)


def _one_date(element: Any, language: str | None, found: Findings, *, sure: bool) -> None:
    """The date of an element: for programs, or as it is printed; it may be that of an update."""
    given = next((element.get(key) for key in ("datetime", "content", "title") if element.get(key)), "")
    line = line_of(element)
    day = printed_dates.machine(given) or printed_dates.printed(line, language)
    if day is None:
        return
    label = f"{line[:80]} {element.get('class') or ''} {element.get('itemprop') or ''} {_label(element)}"
    field = "modified" if _UPDATED.search(label) and "publish" not in label.lower() else "published"
    found.add(field, day, "published date" if sure else f"{element.tag} element")


def _label(element: Any) -> str:
    """The few words before an element in the same line: ``Updated:``."""
    before = element.getprevious()
    parent = element.getparent()
    said = (before.tail or line_of(before)) if before is not None else (parent.text if parent is not None else "")
    return (said or "")[-40:]


def _own_line(element: Any) -> str:
    """The text of an element with only a little markup in it, and no longer than a date line is."""
    return line_of(element) if len(element) <= 4 else ""  # noqa: PLR2004 (a line with a few links)


def _near(elements: list[Any], heading: Any | None) -> Iterator[Any]:
    if heading is None:
        yield from elements[:_MOST_LOOKED_AT] if len(elements) <= _BEHIND else []
        return
    at = elements.index(heading)
    yield from elements[at + 1 : at + _BEHIND]
    yield from reversed(elements[max(0, at - _BEFORE) : at])


# Authors.


def _authors(elements: list[Any], heading: Any | None, found: Findings) -> None:
    for element in elements:
        if "author" in (element.get("rel") or "").lower().split():
            _add_names(element, found, "author link", is_sure=True)
    for element in elements:
        if marked(element, _BYLINE) and not marked(element, _ABOUT_AUTHOR):
            _add_names(element, found, "byline", is_sure=marked(element, _NAME))
    for element in _near(elements, heading):
        if _is_byline(_own_line(element)):
            _add_names(element, found, "line near the headline", is_sure=False)


def _is_byline(line: str) -> bool:
    """Whether a line begins with ``By`` and says hardly anything but names and a date."""
    if _BY.match(line) is None or len(line) > _LONGEST_BYLINE:
        return False
    rest = line
    for name in credits_line.names(line):
        rest = rest.replace(name, "")
    return rest != line and (printed_dates.says_when(rest) or len(values.folded(rest)) <= _MOST_BESIDE)


def _add_names(element: Any, found: Findings, place: str, *, is_sure: bool) -> None:
    """The people of a byline: those that it links to, else those in bold before a stroke, else those that it names.

    Where the mark is one for names alone, a name may be a single word.
    """
    line = line_of(element, " | ").strip(" |")
    if not line or len(line) > _LONGEST_BYLINE:
        return
    links = [line_of(link) for link in element.iter("a") if link is not element]
    bold = [line_of(part) for part in element.iter("strong", "b")] if "|" in line else []
    for given in (links, bold, [line]):
        names = [
            name
            for part in given
            for name in credits_line.names(part)
            if looks_like_a_name(name) or (is_sure and name.isalpha())
        ]
        if names:
            found.add("authors", tuple(Person(name) for name in dict.fromkeys(names)), place)
            return


def looks_like_a_name(found: str) -> bool:
    """Whether a text printed where authors stand is a person's name.

    That is two to five words with capitals, or a short word in a script that has none.
    """
    words = found.split()
    if not any(character.isupper() for character in found):
        return found.isalpha() and len(found) <= 6 and not found.isascii() and found == found.upper()  # noqa: PLR2004
    return 1 < len(words) <= 5 and words[0][0].isupper() and words[-1][0].isupper() and not byline.is_byline(found)  # noqa: PLR2004
