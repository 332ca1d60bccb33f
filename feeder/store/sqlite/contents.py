"""What versions of articles say: written once, when a file is read, and left in its place until nobody needs it.

What waits is most often accepted as it is. Then its row is the log's from that moment on, and an import of a hundred
thousand articles writes each of them once. A row belongs to one at a time: to what is on its way in, to what waits, or
to an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.record import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.model import Article
    from feeder.store.sqlite.connection import Connection

_APART: Final = frozenset({"sketch"})
"""What lies in a column of its own as long as it is needed."""


def encoded(article: Article) -> bytes:
    """What an article says, as it lies in the table."""
    return encode(article, without=_APART)


def write(connection: Connection, article: bytes) -> int:
    """Keep what an article says; gives the number of its row."""
    return connection.execute("INSERT INTO contents (article) VALUES (?)", (article,)).lastrowid or 0


def write_all(connection: Connection, articles: Iterable[bytes]) -> range:
    """Keep what articles say; gives the numbers of their rows, in their order."""
    (last,) = connection.execute("SELECT coalesce(max(num), 0) FROM contents").fetchone()
    rows = list(enumerate(articles, last + 1))
    connection.executemany("INSERT INTO contents VALUES (?, ?)", rows)
    return range(last + 1, last + 1 + len(rows))


def rewrite(connection: Connection, content: int, article: Article) -> None:
    """A version says something else in the end: when it was changed, or what it is related to."""
    connection.execute("UPDATE contents SET article = ? WHERE num = ?", (encoded(article), content))


def read(connection: Connection, content: int, *, sketch: str = "") -> Article:
    """What a row says."""
    (article,) = connection.execute("SELECT article FROM contents WHERE num = ?", (content,)).fetchone()
    return decode(article, sketch=sketch)


def of_event(connection: Connection, seq: int) -> Article:
    """The version that an event brought."""
    (content,) = connection.execute("SELECT content FROM events WHERE seq = ?", (seq,)).fetchone()
    return read(connection, content)


def drop(connection: Connection, content: int) -> None:
    """Forget what nobody will show."""
    connection.execute("DELETE FROM contents WHERE num = ?", (content,))


def drop_waiting(connection: Connection, file: int) -> None:
    """Forget what waits of a file."""
    _drop_of(connection, "staged", file)


def drop_incoming(connection: Connection, file: int) -> None:
    """Forget what is on its way in of a file."""
    _drop_of(connection, "incoming", file)


def _drop_of(connection: Connection, table: str, file: int) -> None:
    connection.execute(f"DELETE FROM contents WHERE num IN (SELECT content FROM {table} WHERE file = ?)", (file,))  # noqa: S608 - two names of our own
    connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))  # noqa: S608 - likewise


def records(connection: Connection, numbers: Iterable[int]) -> Iterator[bytes]:
    """What some rows say."""
    for number in numbers:
        yield connection.execute("SELECT article FROM contents WHERE num = ?", (number,)).fetchone()[0]


def of_versions(connection: Connection, article: int) -> Iterator[bytes]:
    """What the versions of an article say that are still there, oldest first."""
    rows = connection.execute(
        "SELECT contents.article FROM events JOIN contents ON num = content WHERE events.article = ? ORDER BY seq",
        (article,),
    )
    return (record for (record,) in rows)


def take_back(connection: Connection, article: int) -> None:
    """Forget what all versions of an article said."""
    connection.execute("DELETE FROM contents WHERE num IN (SELECT content FROM events WHERE article = ?)", (article,))
    connection.execute("UPDATE events SET content = NULL WHERE article = ? AND content IS NOT NULL", (article,))
