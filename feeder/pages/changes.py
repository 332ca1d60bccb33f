"""What changed from one version of an article to the next: its labels, and its text by words within paragraphs.

The work is bounded whatever the texts are: paragraphs are aligned first, and only those that changed are compared by
words (by characters where a script has no spaces). What is too long, or repeats itself too much, is told whole: as
removed and as added.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from feeder.pages import moments
from feeder.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from feeder.model import Article, Event

MOST_VERSIONS: Final = 50
"""How many versions a history tells of, the newest ones."""

_MOST_STEPS: Final = 60_000_000
"""How much work one article's versions may be, all together; a million steps take some 30 ms at worst."""
_LIKE: Final = 0.4
"""The share of words that two paragraphs have in common if one is an edit of the other."""
_SHORT: Final = 3
"""Characters of text between two changes that are not worth standing alone."""
_FOLDED: Final = 240
_LEFT_OF_FOLD: Final = 90
_UNSPACED: Final = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese, Chinese
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
)
_PUNCTUATION: Final = (
    "!-/:-@\\[-`{-~\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u060c\u061b\u061f\u06d4\u0964\u0965"
    "\u2010-\u2027\u2030-\u205e\u3001-\u303f\uff01-\uff0f\uff1a-\uff20"
)
_LETTERS: Final = rf"[^\s{_PUNCTUATION}{_UNSPACED}]+"
_WORD: Final = re.compile(rf"(?:[{_UNSPACED}]|{_LETTERS}(?:['\u2019]{_LETTERS})*|\S)\s*")

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some text that stayed, went or came. Of a long one that stayed the middle is left out, before ``rest``."""

    kind: Kind
    text: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A label of the article, or one paragraph of its text."""

    name: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """So many paragraphs that stayed as they are."""

    paragraphs: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version, and what it changed of the one before; ``is_first`` where none is kept to compare it with.

    ``is_form`` tells that neither a label nor the text changed: only the markup, or a picture.
    """

    event: Event
    labels: tuple[Changed, ...] = ()
    text: tuple[Changed | Unchanged, ...] = ()
    is_first: bool = False

    @property
    def is_form(self) -> bool:
        """Whether only the form changed."""
        return not (self.is_first or self.labels or self.text or self.event.article is None)


def versions(events: Sequence[Event]) -> list[Version]:
    """The versions that the events of an article (oldest first) brought, newest first."""
    budget = _Budget(_MOST_STEPS)
    kept = events[-MOST_VERSIONS - 1 :]
    found = [Version(event, is_first=True) for event in kept[:1]]
    found += [_version(before, after, budget) for before, after in pairwise(kept)]
    return found[::-1][:MOST_VERSIONS]


def _version(before: Event, after: Event, budget: _Budget) -> Version:
    if before.article is None or after.article is None:
        return Version(after, is_first=after.article is not None)
    text = tuple(_text_changes(before.article.text, after.article.text, budget))
    return Version(after, tuple(_label_changes(before.article, after.article, budget)), text)


# Labels.


def _labels(article: Article) -> dict[str, str]:
    """What a reader sees of an article besides its text; of a summary only one that its author wrote."""
    first = article.text.split("\n\n", 1)[0]
    authors = article.byline or ", ".join(person.name for person in article.authors)
    return {
        "Headline": article.title,
        "Summary": "" if article.summary == summarise(first) else article.summary,
        "Byline": authors,
        "Dateline": article.dateline or "",
        "Date": moments.spoken(article.published, article.published_precision),
        "Section": article.section or "",
        "Correction": article.correction or "",
        "Keywords": ", ".join(article.keywords),
        "Source": article.source or "",
    }


def _label_changes(before: Article, after: Article, budget: _Budget) -> Iterator[Changed]:
    old = _labels(before)
    for name, text in _labels(after).items():
        if text != old[name]:
            yield Changed(name, _words(old[name], text, budget))


# The text.


@dataclass(slots=True)
class _Budget:
    """How much work is left. ``SequenceMatcher`` is never asked for more than it allows."""

    steps: int

    def allows(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether two sequences can be compared, and if so takes what that may cost.

        The matcher looks once for each stretch that is alike, and each time at every item and every pair of equal ones.
        """
        counts = Counter(new)
        pairs = sum(count * counts[item] for item, count in Counter(old).items())
        cost = min(len(old), len(new)) * (len(old) + len(new) + pairs)
        if cost > self.steps:
            return False
        self.steps -= cost
        return True


def _text_changes(before: str, after: str, budget: _Budget) -> Iterator[Changed | Unchanged]:
    if before == after:
        return
    old, new = before.split("\n\n"), after.split("\n\n")
    for is_same, some_old, some_new in _aligned(old, new, budget):
        if is_same:
            yield Unchanged(len(some_new))
        else:
            yield from _paragraphs(some_old, some_new, budget)


def _aligned(
    old: Sequence[str], new: Sequence[str], budget: _Budget
) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Two sequences in stretches: the same in both, or others."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    while end and len(new[-end]) == 1 and not new[-end].isalnum():
        end -= 1  # a new sentence at the end is new with its stop
    if start:
        yield True, old[:start], new[:start]
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    if budget.allows(middle_old, middle_new):
        for operation, i, j, k, m in SequenceMatcher(None, middle_old, middle_new, autojunk=False).get_opcodes():
            yield operation == "equal", middle_old[i:j], middle_new[k:m]
    else:
        yield False, middle_old, middle_new
    if end:
        yield True, old[len(old) - end :], new[len(new) - end :]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many items two sequences begin with alike."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _paragraphs(old: Sequence[str], new: Sequence[str], budget: _Budget) -> Iterator[Changed]:
    """Some paragraphs in the place of others: those that are an edit of one, by words; the others whole."""
    left = list(old)
    for paragraph in new:
        at = _edited(left, paragraph, budget)
        if at is None:
            yield Changed("", (Stretch("added", paragraph),))
            continue
        yield from (Changed("", (Stretch("removed", gone),)) for gone in left[:at])
        yield Changed("", _words(left[at], paragraph, budget))
        left = left[at + 1 :]
    yield from (Changed("", (Stretch("removed", gone),)) for gone in left)


_LOOKED_AT: Final = 8
"""How many paragraphs are looked at for the one that another is an edit of."""


def _edited(old: Sequence[str], new: str, budget: _Budget) -> int | None:
    words = Counter(_stripped(_WORD.findall(new)))
    for at, paragraph in enumerate(old[:_LOOKED_AT]):
        budget.steps -= len(paragraph) + len(new)
        if budget.steps < 0:
            return None
        others = Counter(_stripped(_WORD.findall(paragraph)))
        if 2 * (words & others).total() >= _LIKE * max(1, words.total() + others.total()):
            return at
    return None


def _words(old: str, new: str, budget: _Budget) -> tuple[Stretch, ...]:
    """Two texts as one, with what went and what came."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    found: list[tuple[Kind, str]] = []
    i = k = 0
    for is_same, gone, come in _aligned(_stripped(before), _stripped(after), budget):
        went, came = "".join(before[i : i + len(gone)]), "".join(after[k : k + len(come)])
        if is_same and found and found[-1][0] == "same":
            found[-1] = ("same", found[-1][1] + came)
        else:
            found += [("same", came)] if is_same else _parts(went, came)
        i, k = i + len(gone), k + len(come)
    return tuple(_folded(_smooth(found)))


def _stripped(words: Iterable[str]) -> list[str]:
    return [word.rstrip() for word in words]


def _smooth(found: Sequence[tuple[Kind, str]]) -> Iterator[tuple[Kind, str]]:
    """The same with what stayed between two changes, and is hardly anything, on both sides of them."""
    gone = come = ""
    for at, (kind, text) in enumerate(found):
        is_between = 0 < at < len(found) - 1
        if kind == "same" and not (is_between and len(text.strip()) < _SHORT):
            yield from _parts(gone, come)
            gone = come = ""
            yield kind, text
        else:
            gone += text if kind != "added" else ""
            come += text if kind != "removed" else ""
    yield from _parts(gone, come)


def _parts(gone: str, come: str) -> Iterator[tuple[Kind, str]]:
    if gone:
        yield "removed", gone
    if come:
        yield "added", come


def _folded(found: Iterable[tuple[Kind, str]]) -> Iterator[Stretch]:
    for kind, text in found:
        if kind == "same" and len(text) > _FOLDED:
            yield Stretch(kind, _to_word(text[:_LEFT_OF_FOLD]), _from_word(text[-_LEFT_OF_FOLD:]))
        else:
            yield Stretch(kind, text)


def _to_word(text: str) -> str:
    return text.rpartition(" ")[0] or text


def _from_word(text: str) -> str:
    return text.partition(" ")[2] or text
