"""What a page shows its readers of an article besides the body: headline, dates and byline.

The marks of microformats (hAtom, h-entry) and the names that sites give their classes tell where those stand. What
belongs to comments, to other articles or to the frame of the page does not count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from feeder import byline, text
from feeder.model import Person
from feeder.parse import credits_line
from feeder.parse.findings import Findings
from feeder.parse.page import container, printed_dates
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.parse.page.document import Page

_ELSEWHERE: Final = re.compile(
    r"comment|related|sidebar|side-bar|footer|recommend|widget|teaser|promo|trending|popular|most-?read|newsletter|"
    r"(?:read|see|more)-?also|more-(?:from|stories|news)|latest|archive|calendar|breadcrumb|advert|reaction|disqus|"
    r"respond|carousel|next-post|prev-post|screen-reader|sr-only|visually-hidden",
    re.IGNORECASE,
)
_HEADLINE: Final = re.compile(
    r"\b(?:entry-title|p-name|post-title|article-title|headline|article__title)\b", re.IGNORECASE
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4"})
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
    r"post[-_]{1,2}author|entry-author|[-_]author\b|\bautor(?:en|es)?\b|\bauteurs?\b|\bautore\b|\bsignature\b|\breporter\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"\b(?:fn|p-author|vcard|author-name)\b", re.IGNORECASE)
_ABOUT_AUTHOR: Final = re.compile(
    r"bio|avatar|image|photo|follow|social|twitter|email|description|box|about|count|role|job", re.IGNORECASE
)
_LONGEST_BYLINE: Final = 140
_MOST_PARTS, _LONGEST_LINE = 200, 4000
_BEFORE, _BEHIND = 60, 120
"""Elements before and behind the headline among which its date is looked for."""
_MOST_LOOKED_AT: Final = 4000
_TRUST: Final = {"published date": 0, printed_dates.ADDRESS: 1}
"""The places of dates before all others: any ``time`` in a page may be another article's."""


def read(page: Page, titles: Iterable[str], language: str | None) -> Findings:
    """What is shown; ``titles`` are what the head calls the article, ``language`` is the page's."""
    found = Findings()
    elements = list(container.pruned(page.tree, _ELSEWHERE).iter())
    heading = headline(elements, titles)
    if heading is not None:
        found.add("title", _line(heading), "heading")
    _dates(elements, heading, language, found, printed_dates.in_address(page.canonical))
    _authors(elements, found)
    return found


def headline(elements: list[Any], titles: Iterable[str]) -> Any | None:
    """The heading that is the article's: one that says what the head says, else the first likely one."""
    known = [same for title in titles if (same := values.folded(title))]
    tops = [
        element
        for element in elements
        if element.tag == "h1" or (element.tag in _HEADINGS and _marked(element, _HEADLINE))
    ]
    tops = [element for element in tops[:50] if 0 < len(_line(element)) <= 400]  # noqa: PLR2004
    for element in tops:
        line = values.folded(_line(element))
        if any(line and (title.startswith(line) or line.startswith(title)) for title in known):
            return element
    within = [element for element in tops if any(above.tag in {"article", "main"} for above in element.iterancestors())]
    marked = [element for element in tops if _marked(element, _HEADLINE)]
    return next(iter((*marked, *within, *tops)), None)


def _marked(element: Any, pattern: re.Pattern[str]) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return names != " " and pattern.search(names[:500]) is not None


def _line(element: Any) -> str:
    """The text of an element, or enough of it to tell that it is no line."""
    said: list[str] = []
    for part in element.itertext():
        said.append(part)
        if len(said) == _MOST_PARTS:
            break
    return text.clean_line("".join(said)[:_LONGEST_LINE])


# Dates.


def _dates(
    elements: list[Any], heading: Any | None, language: str | None, found: Findings, address_day: str | None
) -> None:
    for element in elements:
        is_abbreviated = element.tag == "abbr" and printed_dates.machine(element.get("title") or "") is not None
        if element.tag == "time" or is_abbreviated or _marked(element, _PUBLISHED):
            _one_date(element, language, found, sure=element.get("pubdate") is not None or _marked(element, _PUBLISHED))
    for element in _near(elements, heading):
        if _marked(element, _DATED):
            _one_date(element, language, found, sure=False)
    for element in _near(elements, heading):
        if day := printed_dates.dated_line(_own_line(element), language):
            found.add("published", day, "date near the headline")
    found.add("published", address_day, printed_dates.ADDRESS)
    found.of("published").sort(key=lambda finding: _TRUST.get(finding.place, len(_TRUST)))


def _one_date(element: Any, language: str | None, found: Findings, *, sure: bool) -> None:
    """The date of an element: for programs, or as it is printed; it may be that of an update."""
    given = next((element.get(key) for key in ("datetime", "content", "title") if element.get(key)), "")
    line = _line(element)
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
    said = (before.tail or _line(before)) if before is not None else (parent.text if parent is not None else "")
    return (said or "")[-40:]


def _own_line(element: Any) -> str:
    """The text of an element with only a little markup in it, and no longer than a date line is."""
    return _line(element) if len(element) <= 4 else ""  # noqa: PLR2004 (a line with a few links)


def _near(elements: list[Any], heading: Any | None) -> Iterator[Any]:
    if heading is None:
        yield from elements[:_MOST_LOOKED_AT] if len(elements) <= _BEHIND else []
        return
    at = elements.index(heading)
    yield from elements[at + 1 : at + _BEHIND]
    yield from reversed(elements[max(0, at - _BEFORE) : at])


# Authors.


def _authors(elements: list[Any], found: Findings) -> None:
    for element in elements:
        if "author" in (element.get("rel") or "").lower().split():
            _add_names(element, found, "author link", is_sure=True)
    for element in elements:
        if _marked(element, _BYLINE) and not _marked(element, _ABOUT_AUTHOR):
            _add_names(element, found, "byline", is_sure=_marked(element, _NAME))


def _add_names(element: Any, found: Findings, place: str, *, is_sure: bool) -> None:
    """The people of a byline: those that it links to, else those that it names.

    Where the mark is one for names alone, a name may be a single word.
    """
    line = _line(element)
    if not line or len(line) > _LONGEST_BYLINE:
        return
    links = [_line(link) for link in element.iter("a") if link is not element]
    for given in (links, [line]):
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
