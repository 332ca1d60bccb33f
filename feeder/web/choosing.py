"""What a request for the stream chooses: its parameters understood, or why they cannot be meant. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError
from feeder.model import Filter
from feeder.names import section_names
from feeder.query import LANGUAGE, MOST_TERMS, QueryError, folded, of_filter, parse
from feeder.stream import Choice
from feeder.text import clean_line
from feeder.uris import own_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from multidict import MultiMapping

    from feeder.query import Query
    from feeder.render import Site


_EXAMPLES: Final = {
    "feed": "all",
    "section": "world",
    "language": "pt-BR",
    "tag": "elections",
    "article": "urn:uuid:0b5f0a6e-3a51-5c58-8c4f-2f6d3f0f5a11",
    "q": "harbour",
}
PARAMETERS: Final = tuple(_EXAMPLES)
"""The parameters that choose."""

MOST_VALUES: Final = 64
MOST_QUERIES: Final = 8
"""How often one of them may be given."""
MOST_TERMS_OF_ALL: Final = 2 * MOST_TERMS
"""How many terms all queries have together: each of them is looked for in each event."""
MOST_CHARACTERS: Final = 200
"""How long a value may be; an article's id may be longer, and the search language has a limit of its own."""

_UNBOUNDED: Final = frozenset({"article", "q"})
_SHOWN: Final = 80


def understand(given: MultiMapping[str], feeds: Mapping[str, str | None]) -> Choice:
    """What the parameters of a request choose; others than ``PARAMETERS`` are left to the asker.

    ``feeds`` are the shelves of all feeds, by name (``Feed.shelf``).

    Raises:
        ValueError: a feed that there is not, or a value that cannot be meant; one sentence says what to write instead.
        UnavailableError: a feed is named, and none is known yet.
    """
    values = {name: _values(name, given) for name in PARAMETERS}
    shelves = {_shelf(name, feeds) for name in values["feed"]}
    return Choice(
        shelves=frozenset(shelf for shelf in shelves if shelf is not None and None not in shelves),
        sections=frozenset(map(_section, values["section"])),
        languages=frozenset(map(_language, values["language"])),
        tags=frozenset(map(_tag, values["tag"])),
        articles=frozenset(map(_article, values["article"])),
        queries=_queries(values["q"]),
    )


def document(given: MultiMapping[str], feeds: Mapping[str, str | None], site: Site) -> str:
    """The address of the feed document that shows what is chosen, or more, as it is now: where to begin anew.

    For parameters that have been understood. That of a feed, or of a section; of what is chosen otherwise by one value
    each that of a search; else of everything.
    """
    names = given.getall("feed", []) or [name for name in map(_section, given.getall("section", [])) if name in feeds]
    others = {name for name in PARAMETERS if name in given} - {"feed", "section"}
    if "feed" in given or not others:
        return site.feed_url(names[0] if len(names) == 1 else "all", "json")
    query = _as_query(given)
    return site.feed_url("all", "json") if query is None else site.search_url(query, "json")


def _as_query(given: MultiMapping[str]) -> str | None:
    """The search that finds what is chosen; None if there is none."""
    if "article" in given or any(len(given.getall(name, [])) > 1 for name in PARAMETERS):
        return None
    wanted = {name: given.get(name) for name in ("section", "language", "tag")}
    try:
        return str(parse(str(of_filter(Filter(**wanted, query=given.get("q"))))))
    except QueryError:  # too long together
        return None


def nearest(word: str, known: Iterable[str]) -> str:
    """`` (the nearest is 'world')``, if a known name is near to a word."""
    found = difflib.get_close_matches(word[:_SHOWN].lower(), known, n=1)
    return f" (the nearest is {found[0]!r})" if found else ""


def _values(name: str, given: MultiMapping[str]) -> Sequence[str]:
    """The values of one parameter, none of them empty or of a size that nobody means."""
    values = given.getall(name, [])
    most = MOST_QUERIES if name == "q" else MOST_VALUES
    if len(values) > most:
        raise ValueError(f"{name}= is given {len(values)} times; {most} are the most.")
    for value in values:
        if not value.strip():
            raise ValueError(f"{name}= is empty; write for example {name}={_EXAMPLES[name]}, or leave it out.")
        if len(value) > MOST_CHARACTERS and name not in _UNBOUNDED:
            raise ValueError(f"{name}={value[:_SHOWN]!r}… has more than {MOST_CHARACTERS} characters.")
    return values


def _shelf(name: str, feeds: Mapping[str, str | None]) -> str | None:
    if not feeds:
        raise UnavailableError("the feeds are not known yet")
    if name not in feeds:
        raise ValueError(
            f"There is no feed {name[:_SHOWN]!r}{nearest(name, feeds)}; /feeds/ lists those that there are."
        )
    return feeds[name]


def _section(value: str) -> str:
    """A section by its name in addresses, or by its path as written: ``World/Americas`` is ``world-americas``."""
    names = section_names(value)
    if not names:
        raise ValueError(f"section={value!r} names no section; write its name as in the address of its feed.")
    return names[-1]


def _language(value: str) -> str:
    bare = value.strip().replace("_", "-")
    if not LANGUAGE.fullmatch(bare):
        raise ValueError(f"language={value!r} is no language; write its code, as in language=en or language=pt-BR.")
    return bare.lower()


def _tag(value: str) -> str:
    words = folded(clean_line(value))
    if not words:
        raise ValueError(f"tag={value!r} has no letter and no digit; write a tag as articles have it.")
    return words


def _article(value: str) -> str:
    """An id; a space is a ``+`` that was not escaped, as no id has one."""
    article_id = value.strip().replace(" ", "+")
    if own_id(article_id, None) != article_id:
        raise ValueError(
            f"article={value[:_SHOWN]!r} is no id; write one as events and feeds have it, "
            f"for example {_EXAMPLES['article']}."
        )
    return article_id


def _queries(values: Iterable[str]) -> frozenset[Query]:
    queries = frozenset(map(parse, values))
    if sum(len(terms) for query in queries for terms in query.alternatives) > MOST_TERMS_OF_ALL:
        raise ValueError(f"All q= together have more than {MOST_TERMS_OF_ALL} terms; leave some of them out.")
    return queries
