"""Where articles stand: within one write transaction, each event puts its article where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.query import Searchable
from feeder.store.sqlite import wanted
from feeder.store.sqlite.rows import micros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.model import Article, Event
    from feeder.store.sqlite.connection import Connection

_ARRIVE: Final = "INSERT INTO shelved VALUES (?, ?, ?, ?, NULL, NULL)"
# What is shown is found by the event by which it is; an index by article would be written for each new one.
_STAY: Final = "UPDATE shelved SET seq = ? WHERE shelf = ? AND seq = ? AND gone IS NULL"
_LEAVE: Final = "UPDATE shelved SET seq = ?, gone = ?, reason = ? WHERE shelf = ? AND seq = ? AND gone IS NULL"
_RETURN: Final = (
    "UPDATE shelved SET seq = ?, gone = NULL, reason = NULL WHERE shelf = ? AND article = ? AND gone IS NOT NULL"
)
_STAY_AWAY: Final = (
    "UPDATE shelved SET seq = ?, gone = ?, reason = ? WHERE shelf = ? AND article = ? AND gone IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an article stood before an event: by which event, on which shelves, and on which it ever did."""

    article: int
    seq: int = 0
    shelves: tuple[str, ...] = ()
    ever: tuple[str, ...] = ()


class Shelves:
    """The shelves inside one write transaction; ``close`` keeps what the events came to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._feeds = wanted.feeds(connection)
        self._titles: dict[str, str] = {}
        self._concerned: dict[str, int] = {}
        self._last_places: dict[str, int] = {}
        self._arriving: list[tuple[str, int, int, int]] = []

    def of(self, article: Article, num: int | None) -> tuple[str, ...]:
        """Where a version belongs, of a new article (None) or that with a number: in sections and configured feeds."""
        if not self._feeds:
            return article.sections
        searched = Searchable(article)
        wanting = (feed.shelf for feed in self._feeds if feed.has_asked(num) and feed.wants(searched))
        return *article.sections, *wanting

    def put(self, event: Event, before: Standing) -> None:
        """An event that was written puts its article onto shelves, leaves it there, or takes it away."""
        self._concerned |= dict.fromkeys(event.shelves, event.seq)
        stands = [name for name in event.shelves if name not in event.left] if event.left else event.shelves
        self._arriving += [
            (name, self._next_place(name), before.article, event.seq) for name in stands if name not in before.ever
        ]
        if before.ever:
            self._flush()
            self._move(event, stands, before)
            self._take_away(event, before)

    def _move(self, event: Event, stands: Iterable[str], before: Standing) -> None:
        for name in stands:
            if name in before.shelves:
                self._connection.execute(_STAY, (event.seq, name, before.seq))
            elif name in before.ever:
                self._connection.execute(_RETURN, (event.seq, name, before.article))

    def _take_away(self, event: Event, before: Standing) -> None:
        """Also from where it has gone already: who reads there is told that it was retracted."""
        for name in event.left:
            left = event.seq, micros(event.at), event.reason, name
            if name in before.shelves:
                self._connection.execute(_LEAVE, (*left, before.seq))
            else:
                self._connection.execute(_STAY_AWAY, (*left, before.article))

    def _next_place(self, shelf: str) -> int:
        if shelf not in self._last_places:
            self._last_places[shelf] = last_place(self._connection, shelf)
        self._last_places[shelf] += 1
        return self._last_places[shelf]

    def note_titles(self, article: Article) -> None:
        """The sections of an article are called so now."""
        self._titles.update(titles(article))

    def close(self) -> None:
        """Titles as written last, and the newest event of each shelf: once for all the articles of an import."""
        self._flush()
        self._connection.executemany(
            "INSERT INTO shelves (name, title, seq, defined) VALUES (?, ?, 0, 0) "
            "ON CONFLICT DO UPDATE SET title = excluded.title",
            self._titles.items(),
        )
        self._connection.executemany(
            "UPDATE shelves SET seq = ? WHERE name = ?", [(seq, name) for name, seq in self._concerned.items()]
        )

    def _flush(self) -> None:
        if self._arriving:
            self._connection.executemany(_ARRIVE, self._arriving)
            self._arriving.clear()


def last_place(connection: Connection, shelf: str) -> int:
    """The highest place on a shelf, 0 if there is none."""
    (place,) = connection.execute("SELECT coalesce(max(place), 0) FROM shelved WHERE shelf = ?", (shelf,)).fetchone()
    return int(place)


def titles(article: Article) -> list[tuple[str, str]]:
    """The sections of an article with their titles as written: ``World/Americas`` names its parents too."""
    parts = (article.section or "").split("/")
    if len(parts) != len(article.sections):
        parts = [*article.sections[:-1], article.section or ""]
    return [(name, part.strip() or name) for name, part in zip(article.sections, parts, strict=False)]


def union(*groups: Iterable[str]) -> tuple[str, ...]:
    """All names once, in the order of their first appearance."""
    return tuple(dict.fromkeys(name for group in groups for name in group))
