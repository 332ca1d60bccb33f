"""Configured feeds are filled with what is stored, and forgotten, in steps: one write transaction each.

How far a step came stands in the table of shelves, so what was interrupted is taken up again, and what is accepted
between two steps is put in its place: of an article that was asked about by its next version, of any other by the step
that comes to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from feeder.query import Searchable
from feeder.record import decode
from feeder.store.sqlite import wanted
from feeder.store.sqlite.rows import names_column, names_of
from feeder.store.sqlite.shelves import last_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from feeder.store.sqlite.connection import Connection
    from feeder.store.sqlite.wanted import Wanting

STEP: Final = 1000
"""How many articles one transaction asks about, so that a new one never waits long."""
_NAMING: Final = (
    (
        "SELECT shelves, ever, num FROM articles WHERE num IN (SELECT value FROM json_each(?))",
        "UPDATE articles SET shelves = ?, ever = ? WHERE num = ?",
    ),
    (
        "SELECT shelves, departed, seq FROM events WHERE article IN (SELECT value FROM json_each(?))",
        "UPDATE events SET shelves = ?, departed = ? WHERE seq = ?",
    ),
)
"""Where shelves are named, by article; and how that is changed."""
_KEPT: Final = (
    "SELECT articles.num, events.seq, at, events.shelves, departed, contents.article FROM articles "
    "JOIN events ON events.article = articles.num JOIN contents ON contents.num = content "
    "WHERE articles.num > ? AND articles.num <= ? "
    "AND (events.seq = articles.seq OR events.seq >= (SELECT oldest FROM head)) ORDER BY articles.num, events.seq"
)
"""The versions of some articles that are still read, in the log or as what is shown. Those from before a retraction are
gone: whether they were wanted, nobody knows."""


def file_on(connection: Connection, definitions: Mapping[str, str]) -> bool:
    """Do the next step towards these definitions (by shelf); says whether there may be more to do."""
    _note(connection, definitions)
    forgotten = connection.execute("SELECT name FROM shelves WHERE wanted = ? LIMIT 1", (wanted.FORGOTTEN,)).fetchone()
    if forgotten:
        _forget(connection, *forgotten)
        return True
    behind = [feed for feed in wanted.feeds(connection) if feed.asked is not None]
    if behind:
        _fill(connection, behind)
    return bool(behind)


def _note(connection: Connection, definitions: Mapping[str, str]) -> None:
    """Which feeds are new, and which are to be forgotten: those that want something else are new after that."""
    known = dict(connection.execute("SELECT name, wanted FROM shelves WHERE wanted IS NOT NULL").fetchall())
    connection.executemany(
        "UPDATE shelves SET wanted = ? WHERE name = ?",
        [(wanted.FORGOTTEN, name) for name, stored in known.items() if stored != definitions.get(name)],
    )
    connection.executemany(
        "INSERT INTO shelves SELECT ?, '', seq, ?, seq, 0 FROM head",
        [(name, column) for name, column in definitions.items() if name not in known],
    )


def _forget(connection: Connection, shelf: str) -> None:
    """Take some articles off a shelf, as if they had never been there; when it is empty, it goes.

    The last places first: what is left of it after each step is a shelf.
    """
    rows = connection.execute(
        "DELETE FROM shelved WHERE shelf = ? AND place IN "
        "(SELECT place FROM shelved WHERE shelf = ? ORDER BY place DESC LIMIT ?) RETURNING article",
        (shelf, shelf, STEP),
    ).fetchall()
    if not rows:
        connection.execute("DELETE FROM shelves WHERE name = ?", (shelf,))
    articles = orjson.dumps([article for (article,) in rows]).decode()
    for named, rename in _NAMING:
        struck = [
            (_without(shelf, first), _without(shelf, second), key)
            for first, second, key in connection.execute(named, (articles,)).fetchall()
        ]
        connection.executemany(rename, struck)


def _without(shelf: str, names: str) -> str:
    return names_column(tuple(name for name in names_of(names) if name != shelf))


def _with(names: str, shelves: Iterable[str]) -> str:
    return names_column((*names_of(names), *shelves))


@dataclass(slots=True)
class _Stay:
    """What became of one article on a shelf, as its events tell, one after the other."""

    feed: Wanting
    came: bool = False
    stands: bool = False
    seq: int = 0
    gone: int | None = None

    def follow(self, event: _Version) -> bool:
        """Whether the next event concerns the shelf; if it does, ``stands`` says how it leaves the article."""
        wanted = self.feed.wants(event.article)
        if not (wanted or self.stands):
            return False
        self.came, self.stands, self.seq = True, wanted, event.seq
        self.gone = None if wanted else event.at
        return True


class _Version(NamedTuple):
    """What an event brought."""

    num: int
    seq: int
    at: int
    article: Searchable


def _fill(connection: Connection, behind: Sequence[Wanting]) -> None:
    """Ask about the next articles, for all the feeds that have come as far as the one that is furthest behind."""
    asked = min(feed.asked or 0 for feed in behind)
    feeds = [feed for feed in behind if feed.asked == asked]
    articles = connection.execute(
        "SELECT num, shelves, ever FROM articles WHERE num > ? ORDER BY num LIMIT ?", (asked, STEP)
    ).fetchall()
    if articles:
        last = articles[-1][0]
        stays = _refile(connection, feeds, asked, last)
        _put(connection, articles, stays)
        moved = "UPDATE shelves SET filled = :last WHERE name = :name"
    else:
        last = 0
        moved = "UPDATE shelves SET (seq, defined, filled) = (SELECT seq, seq, NULL FROM head) WHERE name = :name"
    connection.executemany(moved, [{"name": feed.shelf, "last": last} for feed in feeds])


def _refile(connection: Connection, feeds: Sequence[Wanting], after: int, last: int) -> dict[int, list[_Stay]]:
    """Write into the events of some articles which feeds they concern; gives by article how that ended."""
    stays: dict[int, list[_Stay]] = {}
    refiled = []
    for num, seq, at, shelves, departed, record in connection.execute(_KEPT, (after, last)):
        event = _Version(num, seq, at, Searchable(decode(record)))
        mine = stays.setdefault(num, [_Stay(feed) for feed in feeds])
        concerned = [stay for stay in mine if stay.follow(event)]
        if concerned:
            here = _with(shelves, [stay.feed.shelf for stay in concerned])
            left = _with(departed, [stay.feed.shelf for stay in concerned if not stay.stands])
            refiled.append((here, left, seq))
    connection.executemany("UPDATE events SET shelves = ?, departed = ? WHERE seq = ?", refiled)
    return {num: [stay for stay in mine if stay.came] for num, mine in stays.items()}


def _put(
    connection: Connection, articles: Sequence[tuple[int, str, str]], stays: Mapping[int, Sequence[_Stay]]
) -> None:
    """Give articles their places, in their order."""
    places: dict[str, int] = {}
    shelved, standing = [], []
    for num, shelves, ever in articles:
        for stay in stays.get(num, ()):
            name = stay.feed.shelf
            places[name] = 1 + (places[name] if name in places else last_place(connection, name))
            shelved.append((name, places[name], num, stay.seq, stay.gone))
        if came := [stay.feed.shelf for stay in stays.get(num, ())]:
            stands = [stay.feed.shelf for stay in stays[num] if stay.stands]
            standing.append((_with(shelves, stands), _with(ever, came), num))
    connection.executemany("INSERT INTO shelved VALUES (?, ?, ?, ?, ?, NULL)", shelved)
    connection.executemany("UPDATE articles SET shelves = ?, ever = ? WHERE num = ?", standing)
