"""What matches: a query as alternatives of terms, and an article as it is searched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from feeder.names import SECTION_LIMIT, section_names, slug
from feeder.query.folding import folded, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from feeder.model import Article

OPERATORS: Final = frozenset({"OR", "AND"})
"""Words that stand between terms, written in capitals."""


class Searchable:
    """An article as it is searched; its texts are folded once, however many queries ask, and only if one does."""

    def __init__(self, article: Article) -> None:
        self.article = article

    @cached_property
    def title(self) -> str:
        """The words of its title, a space on both sides of each."""
        return _lines((self.article.title,))

    @cached_property
    def authors(self) -> str:
        """The same of its authors and its byline; a line for each, as in the next, so that no phrase spans two."""
        article = self.article
        return _lines((*(person.name for person in article.authors), article.byline or ""))

    @cached_property
    def words(self) -> str:
        """The same of all that is searched: title, summary, text, authors and byline, keywords, section."""
        article = self.article
        texts = (article.summary, article.text, *article.keywords, article.section or "")
        return f"{self.title}\n{self.authors}\n{_lines(texts)}"

    @cached_property
    def tags(self) -> frozenset[str]:
        """Its keywords, folded."""
        return frozenset(map(folded, self.article.keywords))

    @cached_property
    def tag_names(self) -> frozenset[str]:
        """Its keywords as they stand in an address."""
        return frozenset(map(_name, self.article.keywords))

    @cached_property
    def section_titles(self) -> frozenset[str]:
        """Its section and its parents as written, each alone and with those above it, folded."""
        section = self.article.section or ""
        return frozenset(map(folded, (section, *section.split("/"))))

    @cached_property
    def language(self) -> str:
        """Its language, in lower case."""
        return (self.article.language or "").lower()


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that an article must say, or must not (``negated``).

    ``text`` is as written: a word, or several that stand beside each other; ``words`` is ``folded`` of it. Without a
    ``field`` it may stand anywhere. Made by ``term``.
    """

    field: str | None
    text: str
    negated: bool
    words: str
    needle: str

    def matches(self, found: Searchable) -> bool:
        """Whether an article says so."""
        return _FIELDS[self.field](found, self) is not self.negated

    def __str__(self) -> str:
        is_quoted = " " in self.text or _is_group(self.text) or (self.field is None and _means_more(self.text))
        text = f'"{self.text}"' if is_quoted else self.text
        return ("-" if self.negated else "") + (f"{self.field}:" if self.field else "") + text


def term(field: str | None, text: str, *, negated: bool = False) -> Term:
    """A term as it is written."""
    words = folded(text)
    return Term(field, text, negated, words, needle(words))


def needle(words: str) -> str:
    """What to look for in ``Searchable``: whole words, but any part of a run of an unspaced script."""
    if not words:
        return ""
    return ("" if is_unspaced(words[0]) else " ") + words + ("" if is_unspaced(words[-1]) else " ")


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was understood: an article matches if every term of one of the alternatives does.

    ``str()`` writes it in one certain way, which ``parse`` reads as the same query: what caches and addresses use.
    """

    alternatives: tuple[tuple[Term, ...], ...]

    def matches(self, article: Article | Searchable) -> bool:
        """Whether an article matches. For several queries make one ``Searchable`` of it, and ask each with that."""
        found = article if isinstance(article, Searchable) else Searchable(article)
        return any(all(one.matches(found) for one in terms) for terms in self.alternatives)

    @property
    def required(self) -> tuple[tuple[Term, ...], ...] | None:
        """What an index can look for: of each alternative the terms that a match must have.

        None if there is an alternative without any, which every article may match.
        """
        wanted = tuple(tuple(one for one in terms if not one.negated) for terms in self.alternatives)
        return wanted if all(wanted) else None

    def __str__(self) -> str:
        return " OR ".join(" ".join(map(str, terms)) for terms in self.alternatives)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f" {words} " for words in map(folded, texts) if words)


def _in_words(found: Searchable, wanted: Term) -> bool:
    return wanted.needle in found.words


def _in_title(found: Searchable, wanted: Term) -> bool:
    return wanted.needle in found.title


def _by_author(found: Searchable, wanted: Term) -> bool:
    return wanted.needle in found.authors


def _has_tag(found: Searchable, wanted: Term) -> bool:
    return wanted.words in found.tags or wanted.text.lower() in found.tag_names


def _in_section(found: Searchable, wanted: Term) -> bool:
    """By the name in its address (of ``World/Americas`` that is ``world-americas``), or by its title."""
    names = section_names(wanted.text)
    return wanted.words in found.section_titles or (bool(names) and names[-1] in found.article.sections)


def _in_language(found: Searchable, wanted: Term) -> bool:
    """The same, or a more specific one (RFC 4647 section 3.3.1)."""
    return f"{found.language}-".startswith(f"{wanted.text.lower()}-")


_FIELDS: Final[dict[str | None, Callable[[Searchable, Term], bool]]] = {
    None: _in_words,
    "title": _in_title,
    "section": _in_section,
    "tag": _has_tag,
    "author": _by_author,
    "language": _in_language,
}
FIELDS: Final = tuple(filter(None, _FIELDS))
"""The names that may stand in front of a colon."""


def _is_group(text: str) -> bool:
    """Whether a text alone could be taken for a group of terms."""
    return text.startswith("(") or text.endswith(")")


def _means_more(text: str) -> bool:
    """Whether a text alone would be an operator, a negation or a term of a field."""
    return text in OPERATORS or text.startswith("-") or text.lower().startswith(tuple(f"{name}:" for name in FIELDS))


@lru_cache(maxsize=4096)
def _name(keyword: str) -> str:
    return slug(keyword, SECTION_LIMIT)
