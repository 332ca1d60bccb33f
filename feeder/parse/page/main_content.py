"""The body of a page's article: which part of the page it is, and that part as plain, structured HTML.

Three tell: the page's own marks and its paragraphs (``container``), trafilatura where it is installed, and what
the publisher put into the JSON-LD as ``articleBody``. The page's HTML is preferred, because it has the links, the
lists and the pictures; the others tell whether it is the right part of it, and what in it is none of the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from feeder.parse.page import container, plain_html, printed_dates, promotion
from feeder.parse.page.document import content_of
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from feeder.model import Enclosure
    from feeder.parse.page.document import Page

_LEAST_TELLING: Final = 300
"""Letters of an ``articleBody`` below which it tells nothing: it may be a teaser."""
_LEAST_SHARED: Final = 0.5
_WHOLE: Final = 0.6
"""How much of a body another one must have to tell what is too much in it."""
_MOST_MISSING: Final = 0.3
_MOST_LOST: Final = 0.05
_MOST_COMPARED: Final = 400_000
"""Characters of a text that are compared with another one's."""
_SHORT: Final = 90
_LONGEST_LABEL: Final = 60
_MOST_MARKUP: Final = 4000
_EDGE: Final = 3
_SENTENCE: Final = re.compile('[.!?…:。！？”"»][\'"”’»)\\]]*$')  # noqa: RUF001
_TAG: Final = re.compile(r"<[^<>]*>")
_PICTURE: Final = re.compile(r"<(?:img|table|pre)\b")


@dataclass(frozen=True, slots=True)
class Body:
    """An article's body: HTML, where it was found, and the pictures in it."""

    html: str
    place: str
    images: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the article from elsewhere: titles and description (folded), authors, the publisher's text."""

    titles: Collection[str] = ()
    authors: Sequence[str] = ()
    told: str = ""
    description: str = ""


def read(page: Page, known: Known, second: Callable[[Any], Any | None]) -> Body | None:
    """The body of a page's article; None where the page has none.

    Args:
        page: the page.
        known: what its titles (folded), its authors and its publisher's text are; they tell what is no part of it.
        second: what else finds the body in a tree: ``trafilatura.body``.
    """
    pruned = container.pruned(page.tree)
    own, is_marked = container.container(pruned)
    other = second(container.without_code(container.without_comments(page.tree)))
    other = None if other is not None and _is_shuffled(own, other) else other
    element, place = _chosen(own, other, known.told, is_marked=is_marked)
    blocks = plain_html.blocks(element, page.base)
    if element is own:
        opening = container.standfirst(pruned, own, known.description)
        blocks = plain_html.blocks(opening, page.base) + blocks if opening is not None else blocks
    blocks = _without_frame(_without_foreign(blocks, element, other, known.told), known)
    blocks = promotion.without(blocks)
    pictures = plain_html.images(element, page.base)
    said = any(map(str.isalnum, told_text("\n".join(blocks))))
    return Body("\n".join(blocks), place, pictures) if said or pictures else None


def _chosen(own: Any, other: Any | None, told: str, *, is_marked: bool) -> tuple[Any, str]:
    """Whichever agrees best with what the publisher tells; else the page's own part, unless it lacks much."""
    if other is None:
        return own, "page"
    mine, theirs = shingles(_words(own)), shingles(_words(other))
    words = shingles(told) if len(told) >= _LEAST_TELLING else set()
    if words:
        is_better = _agreement(words, theirs) > _agreement(words, mine) + 0.05  # a tie is for the structure
    elif is_marked:
        is_better = len(theirs - mine) > len(theirs) * _MOST_MISSING
    else:
        is_better = len(theirs) > len(mine) * _LEAST_SHARED and not _only_frames(own, other, mine - theirs)
    return (other, "page (trafilatura)") if theirs and is_better else (own, "page")


def _only_frames(own: Any, other: Any, missing: Collection[tuple[str, ...]]) -> bool:
    """Whether another version has all of a part of the page, and besides only what is too short for paragraphs."""
    said = _words(own)
    if len(missing) > len(shingles(said)) * _MOST_LOST:
        return False
    said = values.folded(said[:_MOST_COMPARED])
    parts = (values.folded(content_of(part)) for part in other.iter("p", "li", "td", "div", "blockquote"))
    return all(part in said for part in parts if len(part) >= _SHORT)


def _is_shuffled(own: Any, other: Any) -> bool:
    """Whether another version of a text that the page has as well has its parts in another order."""
    mine, theirs = shingles(_words(own)), shingles(_words(other))
    if len(theirs & mine) < len(theirs) * _WHOLE:
        return False
    said = values.folded(_words(own)[:_MOST_COMPARED])
    parts = (values.folded(content_of(part)) for part in other.iter("p", "h2", "h3", "li"))
    found = [at for part in parts if len(part) >= _SHORT / 2 and (at := said.find(part)) >= 0]
    return found != sorted(found)


def _without_foreign(blocks: list[str], element: Any, other: Any | None, told: str) -> list[str]:
    """The blocks without those that a whole second version of the text does not have: advertisements, links, pleas."""
    mine = shingles(_words(element))
    size = len(mine)
    if (
        _agreement(shingles(told), mine) > _LEAST_SHARED
        and _SENTENCE.search(told.rstrip())
        and len(shingles(told)) >= size * _WHOLE
    ):
        said = values.folded(told)
        while blocks and _is_foreign(blocks[-1], said):
            blocks = blocks[:-1]
        return [block for block in blocks if not (_is_short(block) and _is_foreign(block, said))]
    if other is not None and other is not element and len(shingles(_words(other))) >= size * _WHOLE:
        said = values.folded(content_of(other))
        return [block for block in blocks if not (_is_short(block) and _is_foreign(block, said))]
    return blocks


def _is_foreign(block: str, said: str) -> bool:
    return _PICTURE.search(block) is None and values.folded(_line(block))[:_LONGEST_LABEL] not in said


def _is_short(block: str) -> bool:
    line = _line(block)
    return len(line) < _SHORT and not _SENTENCE.search(line)


def _line(block: str) -> str:
    """The beginning of a block's text: enough of it to tell whether it is short."""
    return " ".join(told_text(block[:_MOST_MARKUP]).split())


def _without_frame(blocks: list[str], known: Known) -> list[str]:
    """The blocks without the title said again, and without the byline and the date at either end."""
    last = len(blocks) - _EDGE
    return [
        block
        for number, block in enumerate(blocks)
        if not (values.folded(_line(block)) in known.titles and (number < _EDGE or block.startswith("<h")))
        and not ((number < _EDGE or number >= last) and _is_label(block, known.authors))
    ]


def _is_label(block: str, authors: Sequence[str]) -> bool:
    """Whether a block says nothing but who wrote the article and when it was published."""
    line = _line(block)
    if not line or len(line) > _LONGEST_LABEL * 2 or _PICTURE.search(block):
        return False
    rest = line
    for name in authors:
        rest = re.sub(re.escape(name), "", rest, flags=re.IGNORECASE)
    if rest != line:
        is_short = len(values.folded(rest)) <= len("writtenby")
        return is_short or (not _SENTENCE.search(line) and printed_dates.says_when(rest))
    return len(line) <= _LONGEST_LABEL and not _SENTENCE.search(line) and printed_dates.is_only_date(line)


def told_text(told: str | Sequence[str]) -> str:
    """The text of a body that is given as HTML or as paragraphs."""
    return unescape(_TAG.sub(" ", told)) if isinstance(told, str) else "\n".join(told)


def lacks(body: Body, told: str) -> bool:
    """Whether the page has much less of the article than its publisher tells (it stops at ``read more``)."""
    words = shingles(told)
    had = len(words & shingles(told_text(body.html)))
    return len(told) >= _LEAST_TELLING and had < len(words) * _LEAST_SHARED


def shingles(found: str) -> set[tuple[str, ...]]:
    """The runs of four words of a text (of characters, where words are not parted)."""
    units = found[:_MOST_COMPARED].casefold().split()
    if sum(map(len, units)) > len(units) * 12:
        units = list("".join(units))
    return {tuple(units[at : at + 4]) for at in range(max(1, len(units) - 3))} if units else set()


def _agreement(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """How much two sets have in common, 0 to 1 (the F-measure)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def _words(element: Any) -> str:
    return " ".join(element.itertext())
