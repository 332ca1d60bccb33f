"""Searching: the index finds candidates, the newest first, and the matcher is asked about each.

What the index has not read yet is asked about directly. The work is bounded by counts, which are the same for
everybody and at any speed, and beyond them by time.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError
from feeder.store.searching import MOST_ASKED
from feeder.store.sqlite import search_terms
from feeder.store.sqlite.connection import at_most, is_damaged_index, reading
from feeder.store.sqlite.rows import event_of
from feeder.store.sqlite.search_index import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.model import Event
    from feeder.query import Query
    from feeder.store.sqlite.connection import Connection

MOST_SECONDS: Final = 3.0

_NEW: Final = (
    "SELECT num, seq FROM articles INDEXED BY articles_shown WHERE state = 'shown' AND seq > ? "
    "ORDER BY seq DESC LIMIT ?"
)
_CANDIDATES: Final = (
    "SELECT num, articles.seq FROM words CROSS JOIN indexed ON place = words.rowid "
    "CROSS JOIN articles ON num = article AND articles.seq = indexed.seq "
    "WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?"
)

_NEWEST: Final = (
    "SELECT num, articles.seq FROM indexed CROSS JOIN articles ON num = article AND articles.seq = indexed.seq "
    "WHERE state = 'shown' ORDER BY place DESC LIMIT ?"
)


def find(connection: Connection, query: Query, limit: int) -> list[Event]:
    """``Search.search``: one consistent look."""
    try:
        with at_most(connection, MOST_SECONDS, "the search took too long; ask for rarer words"), reading(connection):
            found = _found(connection, query, limit)
    except Exception as error:
        if is_damaged_index(error):
            raise UnavailableError("the index of the search is damaged; it will be made anew") from error
        raise
    return [event for _, event in sorted(found, key=lambda one: -one[0])[:limit]]


def newest_by_date(connection: Connection, limit: int) -> list[Event]:
    """``Search.newest_by_date``: one consistent look."""
    with reading(connection):
        cursor, form = connection.execute("SELECT seq, form FROM indexing").fetchone()
        is_usable = form == search_terms.FORM
        rows = connection.execute(_NEW, (cursor if is_usable else 0, limit)).fetchall()
        rows += connection.execute(_NEWEST, (limit,)).fetchall() if is_usable else []
        found = [(num, _event(connection, seq)) for num, seq in rows]
    placed = [(place_of(num, event.article), event) for num, event in found if event.article]
    return [event for _, event in sorted(placed, key=lambda one: -one[0])[:limit]]


def _event(connection: Connection, seq: int) -> Event:
    return event_of(connection.execute("SELECT * FROM log WHERE seq = ?", (seq,)).fetchone())


def _found(connection: Connection, query: Query, limit: int) -> list[tuple[int, Event]]:
    """What matches, with its places: all that is new, and of what the index has the first."""
    cursor, form = connection.execute("SELECT seq, form FROM indexing").fetchone()
    is_usable = form == search_terms.FORM
    new = connection.execute(_NEW, (cursor if is_usable else 0, MOST_ASKED))
    found = list(_matching(connection, query, new))
    if is_usable:
        candidates = connection.execute(_CANDIDATES, (search_terms.asked(query), MOST_ASKED))
        found += islice(_matching(connection, query, candidates), limit)
    return found


def _matching(
    connection: Connection, query: Query, candidates: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, Event]]:
    """Those that do match, with their places."""
    for num, seq in candidates:
        event = _event(connection, seq)
        if event.article is not None and query.matches(event.article):
            yield place_of(num, event.article), event
