"""The search language: a text becomes a query, and a query says which articles match.

One pure definition for ``/search``, ``q=`` of the stream and configured feeds; docs/feeds.md tells it to people. An
index only finds candidates, so that every engine and the live stream agree.

``folding.py`` says when two words are the same, ``terms.py`` what matches, ``parsing.py`` how a query is written,
``snippets.py`` where an article says what was asked for, and ``traces.py`` what is kept of an article to ask a query of
it when its content is gone.
"""

from typing import Final

from feeder.query.folding import folded, is_unspaced
from feeder.query.parsing import (
    LANGUAGE,
    MOST_CHARACTERS,
    MOST_TERMS,
    QueryError,
    matcher,
    of_filter,
    parse,
)
from feeder.query.snippets import Extract, Snippet, Stretch, extract
from feeder.query.terms import Query, Searchable, Term, term
from feeder.query.traces import has_language, has_tag, may_match, traces_of

RULES: Final = 1
"""Raised by every release in which the same query matches other articles: what stores keep by it is then made anew."""

__all__ = [
    "LANGUAGE",
    "MOST_CHARACTERS",
    "MOST_TERMS",
    "RULES",
    "Extract",
    "Query",
    "QueryError",
    "Searchable",
    "Snippet",
    "Stretch",
    "Term",
    "extract",
    "folded",
    "has_language",
    "has_tag",
    "is_unspaced",
    "matcher",
    "may_match",
    "of_filter",
    "parse",
    "term",
    "traces_of",
]
