"""What feeds show: their newest articles, their archive pages, and who has left. Every answer is one look.

On a shelf each article has one row, with its place and the number of its newest event there; so a number stands for an
article here. Everything is found along indexes, however many articles there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.model import Tombstone
from feeder.store import Front, Page
from feeder.store.sqlite import log
from feeder.store.sqlite.connection import reading
from feeder.store.sqlite.rows import event_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from feeder.model import Event
    from feeder.store.sqlite.connection import Connection


@dataclass(frozen=True, slots=True)
class _Tables:
    """Where that is found which is shown on a shelf, and which has left it; each with its ``place`` and its ``seq``."""

    shown: str
    gone: str
    last_place: str
    tombstones: str


_OF_ONE: Final = _Tables(
    shown="(SELECT place, seq FROM shelved WHERE shelf = :shelf AND gone IS NULL)",
    gone="(SELECT place, seq FROM shelved WHERE shelf = :shelf AND gone IS NOT NULL)",
    last_place="SELECT max(place) FROM shelved WHERE shelf = :shelf",
    tombstones="SELECT shelved.seq, id, slug, gone, reason FROM shelved INDEXED BY shelved_gone "
    "JOIN articles ON num = article WHERE shelf = :shelf AND gone IS NOT NULL "
    "AND shelved.seq IN (SELECT value FROM json_each(:numbers))",
)
_OF_ALL: Final = _Tables(
    shown="(SELECT num AS place, seq FROM articles WHERE state = 'shown')",
    gone="(SELECT num AS place, seq FROM articles WHERE state != 'shown')",
    last_place="SELECT max(num) FROM articles",
    tombstones="SELECT articles.seq, id, slug, at, reason FROM articles JOIN events USING (seq) "
    "WHERE state != 'shown' AND articles.seq IN (SELECT value FROM json_each(:numbers))",
)


class _Shelf:
    """One shelf within a read transaction."""

    def __init__(self, connection: Connection, shelf: str | None) -> None:
        self._connection = connection
        self._shelf = shelf
        self._tables = _OF_ALL if shelf is None else _OF_ONE
        self.defined = self._number("SELECT defined FROM shelves WHERE name = :shelf")

    def pages(self, page_size: int) -> int:
        """How many archive pages are complete."""
        return self._number(self._tables.last_place) // page_size

    def newest_shown(self, limit: int) -> list[int]:
        """The articles that are shown, latest first."""
        return self._numbers("SELECT seq FROM {} ORDER BY seq DESC LIMIT :limit", self._tables.shown, limit=limit)

    def newest_gone(self, after: int, limit: int) -> list[int]:
        """The articles that left after an event, latest first."""
        return self._numbers(
            "SELECT seq FROM {} WHERE seq > :after ORDER BY seq DESC LIMIT :limit",
            self._tables.gone,
            after=after,
            limit=limit,
        )

    def between(self, first: int, last: int) -> tuple[list[int], list[int]]:
        """The articles of some places, by these: those that are shown, and those that are gone."""
        query = "SELECT seq FROM {} WHERE place BETWEEN :first AND :last ORDER BY place"
        return (
            self._numbers(query, self._tables.shown, first=first, last=last),
            self._numbers(query, self._tables.gone, first=first, last=last),
        )

    def newest_left_out(self, last_place: int, *, shown_before: int, gone_before: int) -> int:
        """Of what has a place up to ``last_place``, the newest before some events; 0 if there is none."""
        query = "SELECT seq FROM {} WHERE seq < :before AND place <= :place ORDER BY seq DESC LIMIT 1"
        shown = self._numbers(query, self._tables.shown, before=shown_before, place=last_place)
        gone = self._numbers(query, self._tables.gone, before=gone_before, place=last_place)
        return max((*shown, *gone), default=0)

    def concerned(self, after: int, page_size: int) -> list[int]:
        """The pages of what an event after a number concerned, complete or not."""
        query = "SELECT DISTINCT (place - 1) / :size + 1 FROM {} WHERE seq > :after"
        return sorted(
            {
                page
                for table in (self._tables.shown, self._tables.gone)
                for page in self._numbers(query, table, after=after, size=page_size)
            }
        )

    def events(self, numbers: Iterable[int]) -> tuple[Event, ...]:
        """Shown articles by their events, in the order of these numbers."""
        rows = self._rows("SELECT * FROM log WHERE seq IN (SELECT value FROM json_each(:numbers))", numbers)
        return tuple(event_of(row) for row in rows)

    def tombstones(self, numbers: Iterable[int]) -> tuple[Tombstone, ...]:
        """Those of articles that are gone, in the order of these numbers."""
        rows = self._rows(self._tables.tombstones, numbers)
        return tuple(
            Tombstone(article_id=article_id, slug=slug, seq=seq, at=moment_of(at), reason=reason)
            for seq, article_id, slug, at, reason in rows
        )

    def _rows(self, query: str, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
        """Rows that begin with a number, in the order of these."""
        wanted = list(numbers)
        rows = self._connection.execute(query, {"shelf": self._shelf, "numbers": orjson.dumps(wanted).decode()})
        found = {row[0]: row for row in rows}
        return [found[number] for number in wanted]

    def _numbers(self, query: str, table: str, **values: int) -> list[int]:
        rows = self._connection.execute(query.format(table), {"shelf": self._shelf, **values})
        return [number for (number,) in rows]

    def _number(self, query: str) -> int:
        """One number; 0 if there is none."""
        (number,) = self._connection.execute(query, {"shelf": self._shelf}).fetchone() or (None,)
        return number or 0


def front(
    connection: Connection, shelf: str | None, limit: int, page_size: int, known: Collection[int] = frozenset()
) -> Front:
    """``Articles.front``."""
    with reading(connection):
        here = _Shelf(connection, shelf)
        last = log.last_event(connection, shelf)
        pages = here.pages(page_size)
        newest = here.newest_shown(limit)
        oldest = newest[-1] if len(newest) == limit else 0
        left = here.newest_gone(oldest, limit)
        begun = here.between(pages * page_size + 1, (pages + 1) * page_size)
        left_out = here.newest_left_out(
            pages * page_size, shown_before=oldest, gone_before=left[-1] if len(left) == limit else oldest + 1
        )
        shown = _latest_first(newest, begun[0])
        return Front(
            last=last,
            shown=here.events(number for number in shown if number not in known),
            kept=tuple(number for number in shown if number in known),
            gone=here.tombstones(_latest_first(left, begun[1])),
            pages=pages,
            complete_after=max(left_out, here.defined + 1) if here.defined else left_out,
            date_is_unique=last is None or (last.seq > here.defined and log.is_first_of_its_second(connection, last)),
        )


def _latest_first(*groups: Iterable[int]) -> list[int]:
    return sorted(set().union(*groups), reverse=True)


def page(connection: Connection, shelf: str | None, number: int, page_size: int) -> Page | None:
    """``Articles.page``."""
    with reading(connection):
        here = _Shelf(connection, shelf)
        if not 1 <= number <= here.pages(page_size):
            return None
        shown, gone = here.between((number - 1) * page_size + 1, number * page_size)
        events, tombstones = here.events(shown), here.tombstones(gone)
        moments = {event.seq: event.at for event in events} | {stone.seq: stone.at for stone in tombstones}
        seq = max(*moments, here.defined)
        at = moments.get(seq) or moment_of(log.at_of(connection, seq))
        cursor = f"{log.epoch_of(connection, seq)}.{seq}"
        return Page(seq=seq, cursor=cursor, updated=at, shown=events, gone=tombstones)


def stale_pages(connection: Connection, shelf: str | None, after: int, page_size: int) -> list[int]:
    """``Articles.stale_pages``."""
    with reading(connection):
        here = _Shelf(connection, shelf)
        complete = range(1, here.pages(page_size) + 1)
        if after <= here.defined and here.defined:
            return list(complete)
        return [number for number in here.concerned(after, page_size) if number in complete]
