"""Retention: the log's floor moves up at once, the rows below it go in small transactions.

A row stays as long as it is the latest event of its article, or the newest that concerned a shelf, because
articles and feeds are answered from it, or is what the full-text index has of an article; it is not read as part of the
log any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.store.sqlite import contents, log
from feeder.store.sqlite.connection import writing

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.store.sqlite.connection import Connection

STEP: Final = 5000
"""How many rows one transaction looks at, so that an article never waits long behind a clean-up."""


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
        if last is not None:
            forgotten = connection.execute(
                "DELETE FROM events WHERE seq > ? AND seq <= ? "
                "AND seq NOT IN (SELECT seq FROM shelves UNION ALL SELECT defined FROM shelves) "
                "AND seq != (SELECT articles.seq FROM articles WHERE articles.num = events.article) "
                "AND seq IS NOT (SELECT indexed.seq FROM indexed WHERE indexed.article = events.article) "
                "RETURNING content",
                (after, last),
            )
            for (content,) in forgotten.fetchall():
                contents.drop(connection, content)
    return None if last is None else int(last)
