"""Lists of all articles, a step at a time: between two steps the connection answers others."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.model import Headline, Kind
from feeder.store.listing import HourCount, Listed, Stretch
from feeder.store.sqlite.log import at_of, seq_before
from feeder.store.sqlite.rows import moment_of

if TYPE_CHECKING:
    from feeder.store.sqlite.connection import Connection

STEP: Final = 500
"""How many records are read in one step."""
MOST_READ: Final = 20_000
"""How many of the newest records are looked through for recent articles."""
EVENTS_STEP: Final = 20_000
"""Over how many events one step goes."""
_HOUR: Final = 3_600_000_000
"""In microseconds."""


def concerned(connection: Connection, size: int, after: int, until: int) -> set[int]:
    """The numbers of the stretches that events after one and up to another concern.

    What is forgotten but still the latest of its article is in the table, so no change is ever missed.
    """
    rows = connection.execute(
        "SELECT DISTINCT (article - 1) / ? + 1 FROM events WHERE seq > ? AND seq <= ?", (size, after, until)
    )
    return {number for (number,) in rows}


def stretch(connection: Connection, size: int, number: int) -> Stretch:
    """A stretch as it is now."""
    first = (number - 1) * size + 1
    seq, shown = connection.execute(
        "SELECT max(seq), max(state = 'shown') FROM articles WHERE num BETWEEN ? AND ?", (first, first + size - 1)
    ).fetchone()
    return Stretch(number, seq, moment_of(at_of(connection, seq)), not shown)


def listed(connection: Connection, after: int, limit: int) -> list[Listed]:
    """``Listing.listed``."""
    rows = connection.execute(
        "SELECT num, slug, at, state = 'shown' FROM articles JOIN events ON events.seq = articles.seq "
        "WHERE num > ? ORDER BY num LIMIT ?",
        (after, limit),
    )
    return [Listed(num, slug, moment_of(at), bool(shown)) for num, slug, at, shown in rows]


def recent(connection: Connection, before: int) -> list[tuple[int, Headline]]:
    """The next shown articles with the numbers of their latest events, from one number down."""
    rows = connection.execute(
        "SELECT events.seq, slug, at, contents.article FROM articles JOIN events ON events.seq = articles.seq "
        "JOIN contents ON contents.num = events.content "
        "WHERE state = 'shown' AND articles.seq < ? ORDER BY articles.seq DESC LIMIT ?",
        (before, STEP),
    )
    return [(seq, _headline(slug, at, orjson.loads(record))) for seq, slug, at, record in rows]


def _headline(slug: str, at: int, record: dict[str, Any]) -> Headline:
    """A few fields of a record (``record.py``); the whole article would be made for nothing."""
    return Headline(
        slug=slug,
        title=record["title"],
        language=record.get("language"),
        published=datetime.fromisoformat(record["published"]),
        published_precision=record.get("published_precision", "second"),
        at=moment_of(at),
    )


def counts_by_hour(connection: Connection, since: datetime) -> list[HourCount]:
    """``Listing.counts_by_hour``: along the numbers, as moments never go back along them."""
    rows = connection.execute(
        "SELECT at / ? AS hour, kind, count(*) FROM events WHERE seq > ? GROUP BY hour, kind ORDER BY hour, kind",
        (_HOUR, seq_before(connection, since)),
    )
    return [HourCount(moment_of(hour * _HOUR), Kind(kind), number) for hour, kind, number in rows]
