"""How shown articles are worded, and which of them may be worded almost like another text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from feeder.likeness import hashes_of, is_telling

if TYPE_CHECKING:
    from feeder.store.sqlite.connection import Connection

_KEYS: Final = 6
_KEYS_LENGTH: Final = _KEYS * 4 * 4 // 3
"""Of a sketch: four bytes a hash, three bytes in four characters."""
_PLACES: Final = ", ".join("?" * _KEYS)
_LEAST_SHARED: Final = 2
"""Two texts of resemblance 0.8 share two of their six smallest hashes in all but about one of 500 cases, and texts
that share a stock phrase hardly ever do."""
_MOST_SHARING: Final = 200
"""Articles under one hash that are looked at, the newest ones: what more of them share is boilerplate."""


def note(connection: Connection, num: int, sketch: str, *, before: str = "") -> None:
    """Keep the hashes by which an article with this sketch is found, in place of those of the sketch ``before``."""
    if sketch == before:
        return
    _unnote(connection, num, before)
    connection.executemany("INSERT OR IGNORE INTO likenesses VALUES (?, ?)", [(key, num) for key in _keys(sketch)])


def forget(connection: Connection, num: int, sketch: str) -> None:
    """An article with this sketch is not shown any more."""
    _unnote(connection, num, sketch)
    connection.execute("UPDATE articles SET sketch = '' WHERE num = ?", (num,))


def _unnote(connection: Connection, num: int, sketch: str) -> None:
    if sketch:
        connection.executemany(
            "DELETE FROM likenesses WHERE hash = ? AND article = ?", [(key, num) for key in _keys(sketch)]
        )


def candidates(connection: Connection, sketch: str, limit: int) -> list[int]:
    """The numbers of the articles that may be worded like this, the newest first."""
    keys = _keys(sketch)
    if not keys:
        return []
    rows = connection.execute(
        f"SELECT article FROM likenesses WHERE hash IN ({_PLACES}) LIMIT ?",  # noqa: S608 - a constant
        (*keys, _MOST_SHARING * _KEYS),
    ).fetchall()
    if not rows:
        return []
    if len(rows) == _MOST_SHARING * _KEYS:
        rows = [row for key in keys for row in _newest(connection, key)]
    found = Counter(num for (num,) in rows)
    return sorted((num for num, shared in found.items() if shared >= _LEAST_SHARED), reverse=True)[:limit]


def _newest(connection: Connection, key: int) -> list[tuple[int]]:
    return connection.execute(
        "SELECT article FROM likenesses WHERE hash = ? ORDER BY article DESC LIMIT ?", (key, _MOST_SHARING)
    ).fetchall()


def _keys(sketch: str) -> tuple[int, ...]:
    """The hashes under which an article is found; none for a text too short to be compared."""
    return hashes_of(sketch[:_KEYS_LENGTH]) if is_telling(sketch) else ()
