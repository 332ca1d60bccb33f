"""Words as they lie in the full-text index: what is written of an article, and what is asked for of a query.

Both sides are made here and only of ``feeder.query``'s folded words, so that the index sees a word exactly where the
matcher does. A run of an unspaced script is written as its pairs of characters, and its last one alone: each part of
it, down to two characters, is a row of neighbours then. Single characters stand behind all of them, each once.

These, and what ``tag:``, ``section:`` and ``language:`` ask for (facets), have a sign in them that no text has.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from feeder.names import section_names
from feeder.query import Searchable, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.model import Article
    from feeder.query import Query, Term

FORM: Final = f"1 {unicodedata.unidata_version}"
"""What the words of an index depend on: this file and ``query.folded`` (counted; a test knows), and Python's Unicode.

An index of another form is made anew.
"""

_SIGN: Final = "="
"""Marks what is no word of a text. Alone it stands behind each line, so that no phrase goes over its end, and in every
article."""
_COLUMNS: Final = {None: "said", "title": "title", "author": "authors"}
_ADDRESS: Final = re.compile("[a-z0-9-]+")


def columns(article: Article) -> tuple[str, str, str, str]:
    """What is written of an article: all that it says, its title, its authors, its facets."""
    found = Searchable(article)
    authors = found.authors.replace("\n", _SIGN)
    return _written(_said(found)), _written(found.title), _written(authors), " ".join(sorted(_facets(found)))


def asked(query: Query) -> str:
    """What finds all that may match, as FTS5 writes it; hardly more than that, as denied words are denied here too."""
    return " OR ".join(map(_of_alternative, query.alternatives))


def _of_alternative(terms: Iterable[Term]) -> str:
    wanted: list[str] = []
    denied: list[str] = []
    for one in terms:
        if not one.negated:
            wanted.append(_of_term(one))
        elif _is_exact(one):
            denied.append(_of_term(one))
    found = " AND ".join(wanted) or f"said : {_quoted(_SIGN)}"
    return f"(({found}) NOT ({' OR '.join(denied)}))" if denied else f"({found})"


def _said(found: Searchable) -> str:
    """The lines of an article but those that only begin its longest again, as a summary does that was cut from it."""
    lines = found.words.split("\n")
    longest = max(lines, key=len)
    return _SIGN.join((longest, *(line for line in lines if not longest.startswith(line)), " "))


def _written(words: str) -> str:
    """Folded words as they are written."""
    if words.isascii():
        return words
    parts: list[str] = []
    singles: set[str] = set()
    for word in words.split():
        parts += _parts(word)
        if is_unspaced(word[0]):
            singles.update(word)
    return " ".join((*parts, _SIGN, *(_single(character) for character in sorted(singles))))


def _parts(word: str, *, is_open: bool = False) -> list[str]:
    """One word as it is written; of one that may go on (``is_open``) what it is sure to have."""
    if not is_unspaced(word[0]):
        return [word]
    return [word[n : n + 2] for n in range(len(word) - is_open)]


def _single(character: str) -> str:
    return f"{character}{_SIGN}"


def _facets(found: Searchable) -> Iterator[str]:
    yield from (f"t={_joined(words)}" for words in found.tags)
    yield from (f"n={name}" for name in found.tag_names)
    yield from (f"s={_joined(words)}" for words in found.section_titles)
    yield from (f"a={name}" for name in found.article.sections)
    tags = found.language.split("-") if found.language else []
    yield from (f"l={'-'.join(tags[: n + 1])}" for n in range(len(tags)))


def _joined(words: str) -> str:
    return words.replace(" ", "_")


def _of_term(wanted: Term) -> str:
    """What finds all that may say what one term wants."""
    text = wanted.text.lower()
    match wanted.field:
        case "tag":
            return _any(f"t={_joined(wanted.words)}", _address("n", text))
        case "section":
            return _any(f"s={_joined(wanted.words)}", _address("a", *section_names(wanted.text)[-1:]))
        case "language":
            return _any(_address("l", text))
        case field:
            return _phrase(_COLUMNS[field], wanted.words)


def _phrase(column: str, words: str) -> str:
    """Words that stand beside each other; a run at the end may go on. A single character there is asked for alone."""
    *others, last = words.split()
    parts = [part for word in others for part in _parts(word)]
    phrases = [parts, [_single(last)]] if _is_single(last) else [parts + _parts(last, is_open=True)]
    return " AND ".join(f"{column} : {_quoted(' '.join(phrase))}" for phrase in phrases if phrase)


def _is_single(word: str) -> bool:
    """Whether a word is one character of an unspaced script, where it may be any of a run."""
    return len(word) == 1 and is_unspaced(word)


def _is_exact(wanted: Term) -> bool:
    """Whether what is asked for a term finds nothing but what says it."""
    *others, last = wanted.words.split()
    return not (others and _is_single(last))


def _address(kind: str, *names: str) -> str:
    """A facet that is part of an address, which has no other characters."""
    return next((f"{kind}={name}" for name in names if _ADDRESS.fullmatch(name)), "")


def _any(*facets: str) -> str:
    return f"facets : ({' OR '.join(_quoted(facet) for facet in facets if facet)})"


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
