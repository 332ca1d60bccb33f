"""Where an article says what a query asks for: its title with the words marked, and the parts of its text to show.

What matches is decided by the matcher alone; this says where, in the same folding. Of the alternatives of a query only
those count that the article meets, and of their terms those that are not negated. The parts that are given are pieces
of the text as it stands.

Every function takes time linear in the text, of which only the first ``MOST_READ`` characters are read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from feeder.query.folding import clings, folded, spans
from feeder.query.terms import Searchable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from feeder.model import Article
    from feeder.query.folding import Span
    from feeder.query.terms import Query, Term

WIDTH: Final = 200
"""How many characters a snippet has, about: it begins and ends between words."""
MOST_READ: Final = 50_000
"""How many characters of a text are looked at."""

_MOST_PLACES: Final = 500
"""How many places of one term are looked at."""
_SLACK: Final = 40
"""How far a snippet goes to begin or end well, and how little is not worth being left out between two."""
_WORD: Final = re.compile(r"\S+")
_WORD_BEGINS: Final = re.compile(r"(?<=\s)\S")
_SPACE: Final = re.compile(r"\s")
_SENTENCE: Final = re.compile(r"(?:[.!?][\"'”’)]*\s+|[。！？]|\n\s*)(?=\S)")  # noqa: RUF001 (as they are written)


class Stretch(NamedTuple):
    """A piece of a text, and whether it is what was searched for."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text, in stretches; ``is_cut_before`` and ``is_cut_after`` tell that it goes on there."""

    stretches: tuple[Stretch, ...]
    is_cut_before: bool = False
    is_cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """An article as what a search finds: its title and its byline in stretches, and one or two snippets or none."""

    title: tuple[Stretch, ...]
    byline: tuple[Stretch, ...]
    snippets: tuple[Snippet, ...]


class _Place(NamedTuple):
    """Where a term stands in a text."""

    start: int
    end: int
    term: str


def extract(query: Query, article: Article) -> Extract:
    """What of an article to show to who asked this.

    The snippets are of the text, or of the summary if only that has what was searched for; where neither has, the
    summary (or, without one, the text) says from its beginning what the article is about.
    """
    met = _met(query, article)
    anywhere = [one for one in met if one.field is None]
    byline = article.byline or ", ".join(person.name for person in article.authors)
    return Extract(
        title=marked(article.title, [one for one in met if one.field in {None, "title"}]),
        byline=marked(byline, [one for one in met if one.field in {None, "author"}]),
        snippets=snippets(article.text, anywhere) or _in_short(article, anywhere),
    )


def marked(text: str, terms: Iterable[Term]) -> tuple[Stretch, ...]:
    """A whole text, with the places of terms marked."""
    return tuple(_stretches(text, (0, len(text)), _places(text, terms)))


def snippets(text: str, terms: Iterable[Term]) -> tuple[Snippet, ...]:
    """Where a text has most of the terms, and where it has one that is not there; nothing if it has none."""
    places = _places(text, terms)
    first = _densest(places)
    if not first:
        return ()
    told = {place.term for place in first}
    others = [place for place in places if place.term not in told]
    chosen = sorted(_around(text, part) for part in (first, _densest(others)) if part)
    return tuple(_snippet(text, span, places) for span in _joined(chosen))


def _met(query: Query, article: Article) -> list[Term]:
    """The terms by which an article matches."""
    found = Searchable(article)
    alternatives = [terms for terms in query.alternatives if all(one.matches(found) for one in terms)]
    return [one for terms in alternatives for one in terms if not one.negated]


def _in_short(article: Article, terms: Iterable[Term]) -> tuple[Snippet, ...]:
    """The summary from its beginning, or the text if there is none."""
    summary = article.summary or article.text
    found = snippets(summary, terms)
    if found or not summary:
        return found
    return (_snippet(summary, (0, _end(summary, min(len(summary), WIDTH))), ()),)


class _Line:
    """A text in the form in which it is searched, which knows where its characters come from."""

    def __init__(self, text: str) -> None:
        words = [(match.start(), match[0]) for match in _WORD.finditer(text, 0, MOST_READ)]
        is_torn = len(text) > MOST_READ and not text[MOST_READ].isspace()
        said = [(start, word, form) for start, word in words[: -is_torn or None] if (form := folded(word))]
        self._words = [(start, word) for start, word, _ in said]
        self._offsets: list[int] = []
        self._spans = cache(spans)
        offset = 1
        for _, _, form in said:
            self._offsets.append(offset)
            offset += len(form) + 1
        self._line = f" {' '.join(form for _, _, form in said)} "

    def places(self, term: Term) -> Iterator[_Place]:
        """Where a term stands, in order; none of them lies in another one."""
        found = self._line.find(term.needle)
        while found >= 0:
            start = found + (term.needle[0] == " ")
            end = start + len(term.words)
            yield _Place(self._span(start)[0], self._span(end - 1)[1], term.words)
            found = self._line.find(term.needle, end)  # the space behind one may be that before the next

    def _span(self, offset: int) -> Span:
        """The part of the text that a character of the line comes from."""
        number = bisect_right(self._offsets, offset) - 1
        start, word = self._words[number]
        first, end = self._spans(word)[offset - self._offsets[number]]
        return start + first, start + end


def _places(text: str, terms: Iterable[Term]) -> list[_Place]:
    """Where terms stand in a text, in order; where two meet, the one that begins first, and then the longer one."""
    wanted = {one.words: one for one in terms}
    if not wanted or not text:
        return []
    line, found, end = _Line(text), [], 0
    every = [place for one in wanted.values() for place in islice(line.places(one), _MOST_PLACES)]
    for place in sorted(every, key=lambda place: (place.start, -place.end)):
        if place.start >= end:
            found.append(place)
            end = place.end
    return found


def _densest(places: Sequence[_Place]) -> Sequence[_Place]:
    """Those of one snippet's width that are of most terms; of such, most places; of such, the first."""
    best, most, start = places[:0], (0, 0), 0
    counts: Counter[str] = Counter()
    for end, place in enumerate(places, 1):
        counts[place.term] += 1
        while place.end - places[start].start > WIDTH and start < end - 1:
            counts[places[start].term] -= 1
            start += 1
        score = len(+counts), end - start
        if score > most:
            best, most = places[start:end], score
    return best


def _around(text: str, part: Sequence[_Place]) -> Span:
    """What to show of a text around places: about ``WIDTH`` characters, a third of what is free before them."""
    first, last = part[0].start, part[-1].end
    free = max(WIDTH - (last - first), 0)
    start = _start(text, max(first - free // 3, 0), first)
    return start, _end(text, min(max(start + WIDTH, last), len(text)))


def _start(text: str, wanted: int, latest: int) -> int:
    """Where to begin: where a sentence does, if one does near by; else where a word does, else anywhere."""
    if wanted == 0:
        return 0
    sentence = _SENTENCE.search(text, max(wanted - _SLACK, 0), latest + 1)
    if sentence:
        return sentence.end()
    word = _WORD_BEGINS.search(text, wanted, min(wanted + _SLACK, latest) + 1)
    return word.start() if word else _between(text, wanted)


def _end(text: str, wanted: int) -> int:
    """Where to end: behind a word, if one ends near by."""
    if wanted >= len(text) or text[wanted].isspace():
        return wanted
    word = _SPACE.search(text, wanted, wanted + _SLACK)
    return word.start() if word else _between(text, wanted)


def _between(text: str, place: int) -> int:
    """A place where no character is parted from its marks: this one, or the next before it."""
    while place and clings(text[place]):
        place -= 1
    return place


def _joined(parts: Iterable[Span]) -> Iterator[Span]:
    """Parts of a text, those that meet as one, or almost."""
    whole: Span | None = None
    for start, end in parts:
        if whole is None:
            whole = start, end
        elif start <= whole[1] + _SLACK:
            whole = whole[0], max(end, whole[1])
        else:
            yield whole
            whole = start, end
    if whole is not None:
        yield whole


def _snippet(text: str, span: Span, places: Iterable[_Place]) -> Snippet:
    start, end = span
    return Snippet(tuple(_stretches(text, span, places)), bool(text[:start].strip()), bool(text[end:].strip()))


def _stretches(text: str, span: Span, places: Iterable[_Place]) -> Iterator[Stretch]:
    """A part of a text, in which the places that are all in it are marked."""
    here, end = span
    for place in places:
        if place.start >= here and place.end <= end:
            if place.start > here:
                yield Stretch(text[here : place.start], is_match=False)
            yield Stretch(text[place.start : place.end], is_match=True)
            here = place.end
    if here < end:
        yield Stretch(text[here:end], is_match=False)
