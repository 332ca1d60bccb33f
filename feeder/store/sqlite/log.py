"""Reading: the numbered log and the latest state of each article. Every function is one consistent look."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import orjson

from feeder.model import Kind, Section
from feeder.record import decode
from feeder.store import Bounds, Concerned, Epoch
from feeder.store.sqlite.connection import reading
from feeder.store.sqlite.rows import NEVER, micros, moment_of, names_of
from feeder.store.sqlite.traces import told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Article, Event
    from feeder.store.sqlite.connection import Connection

_CHANGES = frozenset({Kind.UPDATED, Kind.CORRECTED})
"""Events of these kinds stand behind another version of their article."""
_REPLACED = (
    "SELECT later.seq, contents.article FROM json_each(?) JOIN events AS later ON later.seq = value "
    "JOIN events AS earlier ON earlier.seq = (SELECT max(seq) FROM events WHERE article = later.article "
    "AND seq < later.seq) JOIN contents ON contents.num = earlier.content "
    "WHERE earlier.seq >= (SELECT oldest FROM head) OR earlier.version = later.version - 1"
)
"""A row below the floor may have been left for other reasons while those behind it went: its number tells whether it is
the one before."""
_HISTORY = (
    "SELECT events.seq FROM articles JOIN events ON events.article = num WHERE id = ? "
    "AND (events.seq >= (SELECT oldest FROM head) OR events.seq = articles.seq) ORDER BY events.seq DESC LIMIT ?"
)


def read(connection: Connection, after: int, limit: int) -> list[Event]:
    """``Log.read``; what is forgotten but still the latest of its article is left out."""
    rows = connection.execute(
        "SELECT * FROM log WHERE seq > max(?, (SELECT oldest - 1 FROM head)) ORDER BY seq LIMIT ?", (after, limit)
    )
    return told(connection, rows)


def replaced(connection: Connection, events: Iterable[Event]) -> dict[int, Article]:
    """``Log.replaced``."""
    changes = [event.seq for event in events if event.kind in _CHANGES]
    if not changes:
        return {}
    rows = connection.execute(_REPLACED, (orjson.dumps(changes).decode(),))
    return {seq: decode(record) for seq, record in rows}


def concerned(connection: Connection, after: int) -> Concerned | None:
    """``Log.concerned``."""
    rows = connection.execute(
        "SELECT shelves, min(seq), max(seq) FROM events WHERE seq > max(?, (SELECT oldest - 1 FROM head)) "
        "GROUP BY shelves",
        (after,),
    ).fetchall()
    if not rows:
        return None
    shelves = frozenset(name for names, _, _ in rows for name in names_of(names))
    return Concerned(min(first for _, first, _ in rows), max(last for _, _, last in rows), shelves)


def bounds(connection: Connection) -> Bounds:
    """``Log.bounds``."""
    return Bounds(*connection.execute("SELECT oldest, seq FROM head").fetchone())


def epochs(connection: Connection) -> list[Epoch]:
    """``Log.epochs``: each ends where the next begins, the last at the head."""
    rows = connection.execute(
        "SELECT name, first, lead(first, 1, (SELECT seq + 1 FROM head)) OVER (ORDER BY ordinal) - 1 "
        "FROM epochs ORDER BY ordinal"
    )
    return [Epoch(*row) for row in rows]


def seq_before(connection: Connection, moment: datetime) -> int:
    """``Log.seq_before``: moments never go back along the log, so they are searched by halves."""
    with reading(connection):
        kept = bounds(connection)
        numbers = range(kept.oldest, kept.newest + 1)
        found = bisect_left(numbers, micros(moment), key=lambda seq: at_of(connection, seq))
        return kept.oldest + found - 1


def at_of(connection: Connection, seq: int) -> int:
    """The moment of one event that is kept."""
    at: int = connection.execute("SELECT at FROM events WHERE seq = ?", (seq,)).fetchone()[0]
    return at


def epoch_of(connection: Connection, seq: int) -> str:
    """The epoch of an event, kept or not."""
    row = connection.execute(
        "SELECT name FROM epochs WHERE first <= ? ORDER BY ordinal DESC LIMIT 1", (seq,)
    ).fetchone()
    return str(row[0])


def by_slug(connection: Connection, slug: str) -> Event | None:
    """``Articles.by_slug``."""
    return _one(connection, "SELECT * FROM log WHERE seq = (SELECT seq FROM articles WHERE slug = ?)", slug)


def by_id(connection: Connection, article_id: str) -> Event | None:
    """``Articles.by_id``."""
    return _one(connection, "SELECT * FROM log WHERE seq = (SELECT seq FROM articles WHERE id = ?)", article_id)


def history(connection: Connection, article_id: str, limit: int) -> list[Event]:
    """``Articles.history``: along the index of the articles' events, whose rows are in order."""
    rows = connection.execute(
        f"SELECT * FROM log WHERE seq IN ({_HISTORY}) ORDER BY seq",  # noqa: S608 - our own text
        (article_id, limit),
    )
    return told(connection, rows)


def newest(connection: Connection, shelf: str | None, limit: int) -> list[Event]:
    """``Articles.newest``: along an index, however many articles there are."""
    if shelf is None:
        found = "SELECT seq FROM articles WHERE state = 'shown' ORDER BY seq DESC LIMIT :limit"
    else:
        found = "SELECT seq FROM shelved WHERE shelf = :shelf AND gone IS NULL ORDER BY seq DESC LIMIT :limit"
    rows = connection.execute(
        f"SELECT * FROM log WHERE seq IN ({found}) ORDER BY seq DESC",  # noqa: S608 - two texts of our own
        {"shelf": shelf, "limit": limit},
    )
    return told(connection, rows)


def sections(connection: Connection, *, ever: bool) -> list[Section]:
    """``Articles.sections``."""
    rows = connection.execute(
        "SELECT name, title FROM shelves WHERE wanted IS NULL AND "
        "(? OR EXISTS (SELECT 1 FROM shelved WHERE shelf = name AND gone IS NULL)) ORDER BY name",
        (ever,),
    )
    return [Section(*row) for row in rows]


def last_event(connection: Connection, shelf: str | None) -> Event | None:
    """``Articles.last_event``."""
    if shelf is None:
        return _one(connection, "SELECT * FROM log WHERE seq = (SELECT seq FROM head)")
    return _one(connection, "SELECT * FROM log WHERE seq = (SELECT seq FROM shelves WHERE name = ?)", shelf)


def is_first_of_its_second(connection: Connection, event: Event) -> bool:
    """Whether no earlier moment of an event's second has an event: moments never go back, and each commit has its own.

    Of a second that reaches into what is forgotten nobody knows.
    """
    oldest = bounds(connection).oldest
    numbers = range(oldest, event.seq + 1)
    second = micros(event.at.replace(microsecond=0))
    first = oldest + bisect_left(numbers, second, key=lambda seq: at_of(connection, seq))
    if not numbers or first == oldest > 1:
        return False
    return at_of(connection, first) == micros(event.at)


def next_due(connection: Connection) -> datetime | None:
    """``Due.next_due``: the earliest release, expiry or leave; what has to be judged again is due at once."""
    due: int | None = connection.execute(
        "SELECT min(moment) FROM (SELECT * FROM (SELECT due AS moment FROM staged JOIN files ON files.num = file "
        "WHERE due < ? AND missing_since IS NULL ORDER BY due LIMIT 1) UNION ALL "
        "SELECT min(expires) FROM articles WHERE state = 'shown' AND expires IS NOT NULL UNION ALL "
        "SELECT min(leaves) FROM articles WHERE leaves IS NOT NULL)",
        (NEVER,),
    ).fetchone()[0]
    return None if due is None else moment_of(due)


def _one(connection: Connection, query: str, *values: str) -> Event | None:
    return next(iter(told(connection, connection.execute(query, values))), None)
