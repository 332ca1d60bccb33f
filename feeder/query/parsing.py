"""How a query is written: words, ``"phrases"``, ``OR``, ``-not`` and fields, and what cannot be meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from feeder.query.terms import FIELDS, OPERATORS, Query, Term, term
from feeder.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeder.model import Article, Filter

MOST_CHARACTERS: Final = 500
MOST_TERMS: Final = 32

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»＂", '"') | dict.fromkeys("−－", "-") | {"：": ":"})  # noqa: RUF001 (what keyboards and word processors write)
_ITEM: Final = re.compile(
    rf"""
    \s*
    (?P<not>-*)
    (?:(?P<field>{"|".join(FIELDS)}):)?
    (?:"(?P<phrase>[^"]*)" | (?P<word>[^\s"]+) | (?P<open>".*))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
"""A language, or a range of them: a tag of BCP 47 or the beginning of one."""


class QueryError(ValueError):
    """A query that cannot be meant; ``str()`` is one sentence that says what to write instead."""


class _Item(NamedTuple):
    """A piece of a query: a term, or an operator."""

    field: str | None
    text: str
    is_negated: bool
    is_bare: bool

    @property
    def is_operator(self) -> bool:
        return self.is_bare and not self.field and not self.is_negated and self.text in OPERATORS


def parse(text: str) -> Query:
    """The query that a text writes.

    Alternatives are parted by ``OR``, which binds less than standing side by side. ``AND`` between terms is what is
    meant anyway. A piece without a letter or a digit (a dash between words) is none.

    Raises:
        QueryError: it is empty, too long, or cannot be meant.
    """
    line = _line(text)
    items = list(_items(line))
    if len(items) > 2 * MOST_TERMS:
        raise QueryError(f"The query has more than {MOST_TERMS} terms; leave some of them out.")
    if not items:
        raise QueryError("The query is empty; write at least one word.")
    _refuse_groups(items)
    query = Query(tuple(map(_terms, _alternatives(items))))
    if sum(map(len, query.alternatives)) > MOST_TERMS:
        raise QueryError(f"The query has more than {MOST_TERMS} terms; leave some of them out.")
    _line(str(query))
    return query


def of_filter(wanted: Filter) -> Query:
    """The query that a filter stands for: its values are terms of their fields, beside all of its query.

    Raises:
        QueryError: its query or one of its values cannot be meant.
    """
    values = {field: getattr(wanted, field) for field in ("section", "tag", "language", "author")}
    terms = tuple(_checked(field, _value(value)) for field, value in values.items() if value is not None)
    alternatives = ((),) if wanted.query is None else parse(wanted.query).alternatives
    return Query(tuple((*terms, *more) for more in alternatives))


def matcher(wanted: Filter) -> Callable[[Article], bool]:
    """Whether an article agrees with every value of a filter that is set.

    Raises:
        QueryError: see ``of_filter``.
    """
    return of_filter(wanted).matches


def _line(text: str) -> str:
    """A query on one clean line."""
    line = clean_line(text.translate(_QUOTES)) if len(text) <= MOST_CHARACTERS else text
    if len(line) > MOST_CHARACTERS:
        raise QueryError(f"The query has more than {MOST_CHARACTERS} characters; shorten it.")
    return line


def _value(text: str) -> str:
    return _line(text).replace('"', " ").strip()


def _items(line: str) -> Iterator[_Item]:
    place = 0
    while place < len(line) and (found := _ITEM.match(line, place)):
        place = found.end()
        if found["open"]:
            raise QueryError(f"The quotation mark at character {found.start('open') + 1} has no partner; add one.")
        field = found["field"] and found["field"].lower()
        text = found["phrase"] or found["word"] or ""
        if text or field:
            yield _Item(field, text.strip(), bool(found["not"]), found["word"] is not None)


def _refuse_groups(items: list[_Item]) -> None:
    """Parentheses around alternatives would be meant to group them, and do not."""
    if any(item.is_operator and item.text == "OR" for item in items):
        words = [item.text for item in items if item.is_bare]
        if any(word.startswith("(") or word.endswith(")") for word in words):
            raise QueryError("Parentheses do not group; write each alternative in full, as in: a c OR b c.")


def _alternatives(items: list[_Item]) -> Iterator[list[_Item]]:
    """The items between the operators ``OR``; those called ``AND`` are left out."""
    found: list[_Item] = []
    for item in items:
        if item.is_operator and item.text == "OR":
            yield found
            found = []
        elif not item.is_operator:
            found.append(item)
    yield found


def _terms(items: list[_Item]) -> tuple[Term, ...]:
    """The terms of one alternative."""
    found = [_checked(item.field, item.text, negated=item.is_negated) for item in items]
    terms = tuple(one for one in found if one.words)
    if not terms:
        raise QueryError("Nothing is searched for on one side of OR, or at all; write at least one word there.")
    return terms


def _checked(field: str | None, text: str, *, negated: bool = False) -> Term:
    made = term(field, text.replace("_", "-") if field == "language" else text, negated=negated)
    if field and not made.words:
        raise QueryError(f"{field}: needs a value right behind the colon, as in {field}:{_EXAMPLES[field]}.")
    if field == "language" and not LANGUAGE.fullmatch(made.text):
        raise QueryError(f"{text[:20]} is no language; write its code, as in language:en or language:pt-BR.")
    return made


_EXAMPLES: Final = {
    "title": "harbour",
    "section": "world",
    "tag": "elections",
    "author": '"Jane Doe"',
    "language": "en",
}
