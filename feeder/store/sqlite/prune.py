"""Retention: the log's floor moves up at once, the rows below it go in small transactions.

A row stays as long as it is the latest event of its article, or the newest that concerned a shelf, because
articles and feeds are answered from it, or is what the full-text index has of an article; it is not read as part of the
log any more. Of a version that goes its article keeps traces.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from feeder.store.sqlite import contents, lines, log, traces
from feeder.store.sqlite.connection import writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.store.sqlite.connection import Connection

STEP: Final = 5000
VERSIONS: Final = 100
"""How many rows one transaction looks at, and how many versions of articles it forgets at most, so that an article
never waits long behind a clean-up."""

_FORGETTABLE: Final = (
    "seq > ? AND seq <= ? "
    "AND seq NOT IN (SELECT seq FROM shelves UNION ALL SELECT defined FROM shelves) "
    "AND seq != (SELECT articles.seq FROM articles WHERE articles.num = events.article) "
    "AND seq IS NOT (SELECT indexed.seq FROM indexed WHERE indexed.article = events.article)"
)
_VERSIONS: Final = f"SELECT seq, article, content FROM events WHERE {_FORGETTABLE} AND content IS NOT NULL"  # noqa: S608 - our own text


def raise_floor(connection: Connection, before: datetime) -> int:
    """Forget the events accepted before a moment; says how many."""
    oldest = log.bounds(connection).oldest
    floor = log.seq_before(connection, before) + 1
    with writing(connection):
        connection.execute("UPDATE head SET oldest = ?", (floor,))
    return floor - oldest


def sweep(connection: Connection, after: int) -> int | None:
    """Remove forgotten rows behind a number, a step of them; says where to go on, None at the floor."""
    with writing(connection):
        step = connection.execute(
            "SELECT max(seq) FROM (SELECT seq FROM events WHERE seq > ? AND seq < (SELECT oldest FROM head) "
            "ORDER BY seq LIMIT ?)",
            (after, STEP),
        )
        (last,) = step.fetchone()
        if last is None:
            return None
        versions = connection.execute(f"{_VERSIONS} ORDER BY seq LIMIT ?", (after, last, VERSIONS)).fetchall()
        if len(versions) == VERSIONS:
            last = versions[-1][0]
        _forget(connection, after, last, versions)
        lines.forget(connection, after, last)
    return int(last)


def _forget(connection: Connection, after: int, last: int, versions: Iterable[tuple[int, int, int]]) -> None:
    """Remove what can go behind one number, up to another; these are the versions among it."""
    of_articles: dict[int, list[int]] = defaultdict(list)
    for _, article, content in versions:
        of_articles[article].append(content)
    for article, gone in of_articles.items():
        traces.keep(connection, article, contents.records(connection, gone))
        for content in gone:
            contents.drop(connection, content)
    connection.execute(f"DELETE FROM events WHERE {_FORGETTABLE}", (after, last))  # noqa: S608 - likewise
