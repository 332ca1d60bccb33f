"""The full-text index as it is written: a reader of the log, filled in steps when the store is calm.

It has the version of each shown article that was the latest when it read on; what came later is looked at directly
(``search.py``). So taking in an archive costs nothing here, and an answer is as new as the log.

Nothing depends on it: an index that is damaged, or of another form (``search_terms.FORM``), is made anew.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

from feeder.record import decode
from feeder.store.sqlite import search_terms
from feeder.store.sqlite.connection import is_damaged_index
from feeder.store.sqlite.rows import micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.model import Article
    from feeder.store.sqlite.connection import Connection

P = ParamSpec("P")

MOST_BYTES: Final = 1_048_576
"""How much of records one step reads, but one at least: an article may be long."""
SWEPT_PAGES: Final = 250
"""How much of the index one step of ``sweep`` writes anew, in pages of 4 KiB."""

_SECOND: Final = 1_000_000
_ARTICLES_A_SECOND: Final = 1 << 24


class _AstrayError(Exception):
    """The index has an article of which nobody knows any more with which words."""


def place_of(num: int, article: Article) -> int:
    """Where an article stands in the index: in order of date (to the second), then of first acceptance."""
    return micros(article.published) // _SECOND * _ARTICLES_A_SECOND + num


def prepare(connection: Connection) -> None:
    """Make sure that what is written from now on agrees with what is there."""
    (form,) = connection.execute("SELECT form FROM indexing").fetchone()
    if form != search_terms.FORM:
        begin_anew(connection)


def begin_anew(connection: Connection) -> None:
    """Forget all of it."""
    connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
    connection.execute("DELETE FROM indexed")
    connection.execute("UPDATE indexing SET seq = 0, form = ?, unswept = 0", (search_terms.FORM,))


def _expendable(step: Callable[Concatenate[Connection, P], bool]) -> Callable[Concatenate[Connection, P], bool]:
    """An index that is damaged must not keep a story from being taken back: it begins anew, and there is more to do."""

    @wraps(step)
    def taken(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            return step(connection, *args, **kwargs)
        except Exception as error:
            if not (is_damaged_index(error) or isinstance(error, _AstrayError)):
                raise
            begin_anew(connection)
            return True

    return taken


@_expendable
def read_on(connection: Connection, limit: int) -> bool:
    """Take in the shown articles whose latest events come next, so many at most; says whether there may be more."""
    count = size = seq = 0
    for num, seq, record in connection.execute(
        "SELECT articles.num, articles.seq, contents.article FROM articles INDEXED BY articles_shown "
        "CROSS JOIN events USING (seq) CROSS JOIN contents ON contents.num = content "
        "WHERE state = 'shown' AND seq > (SELECT seq FROM indexing) ORDER BY articles.seq LIMIT ?",
        (limit,),
    ):
        _remove(connection, num)
        _add(connection, num, seq, decode(record))
        count, size = count + 1, size + len(record)
        if size > MOST_BYTES:
            break
    if count:
        connection.execute("UPDATE indexing SET seq = ?", (seq,))
    return count == limit or size > MOST_BYTES


@_expendable
def forget(connection: Connection, num: int) -> bool:
    """An article is retracted: nothing of it is found from this transaction on; says whether anything was.

    What it said must still be there to be read.
    """
    was_there = _remove(connection, num)
    if was_there:
        connection.execute("UPDATE indexing SET unswept = 1")
    return was_there


@_expendable
def sweep(connection: Connection) -> bool:
    """Have words of retracted stories leave the disk, a step of it; says whether there may be more to do.

    FTS5 notes beside a word that it is gone, and drops both when it merges all that it wrote into one piece.
    """
    (unswept,) = connection.execute("SELECT unswept FROM indexing").fetchone()
    if not unswept:
        return False
    before = connection.total_changes
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (-SWEPT_PAGES,))
    is_one_piece = connection.total_changes - before < 2  # noqa: PLR2004 - how FTS5 says so
    if is_one_piece:
        connection.execute("UPDATE indexing SET unswept = 0")
    return not is_one_piece


def _add(connection: Connection, num: int, seq: int, article: Article) -> None:
    place = place_of(num, article)
    connection.execute(
        "INSERT INTO words (rowid, said, title, authors, facets) VALUES (?, ?, ?, ?, ?)",
        (place, *search_terms.columns(article)),
    )
    connection.execute("INSERT INTO indexed VALUES (?, ?, ?)", (place, num, seq))


def _remove(connection: Connection, num: int) -> bool:
    """Take out the version that is in it, which FTS5 finds by all its words; says whether there was one."""
    row = connection.execute(
        "SELECT place, contents.article FROM indexed LEFT JOIN events USING (seq) "
        "LEFT JOIN contents ON contents.num = content WHERE indexed.article = ?",
        (num,),
    ).fetchone()
    if row is None:
        return False
    place, record = row
    if record is None:
        raise _AstrayError
    connection.execute(
        "INSERT INTO words (words, rowid, said, title, authors, facets) VALUES ('delete', ?, ?, ?, ?, ?)",
        (place, *search_terms.columns(decode(record))),
    )
    connection.execute("DELETE FROM indexed WHERE place = ?", (place,))
    return True
