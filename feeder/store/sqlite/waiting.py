"""What waits: records that were read and are not accepted yet, in order of date.

Also copies of articles that are shown: each waits for as long as its article says the same.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from feeder.record import decode
from feeder.store.sqlite import contents
from feeder.store.sqlite.rows import AT_ONCE, NEVER, due_of, micros, within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from feeder.model import Article
    from feeder.store.sqlite.connection import Connection

_SELECTED: Final = (
    "SELECT staged.num, staged.file, staged.record, staged.path, staged.backfill, contents.article, "
    "staged.fingerprint, staged.sketch, staged.content FROM "
)
_SAID: Final = " JOIN contents ON contents.num = staged.content "

_MOST_BYTES: Final = 33_554_432
"""Bytes of waiting articles that one transaction reads: a thousand may be small or a megabyte each."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record of a file that waits to be accepted.

    ``file`` is the file's number in the tables, ``staged`` that of the row in which it waits, if it does, and
    ``content`` that of what it says, if that is kept. One of a file of several has a ``fingerprint``.
    """

    file: int
    record: int
    path: bytes
    backfill: bool
    article: Article
    staged: int | None = None
    fingerprint: bytes | None = None
    content: int | None = None

    @property
    def turn(self) -> tuple[int, bytes, int]:
        """Its place in the queue: by date, then by path."""
        return micros(self.article.published), self.path, self.record

    @property
    def due(self) -> int:
        """When it may be accepted, in microseconds; a draft or a withdrawal waits for no embargo."""
        return due_of(self.article)


class Waiting:
    """What waits, for one write transaction.

    ``gone`` are the paths of files that are not there: nothing of theirs is released without them. The set is its
    owner's, who takes out what comes back.
    """

    def __init__(self, connection: Connection, now: int, gone: Collection[bytes]) -> None:
        self._connection = connection
        self._now = now
        self._gone = gone

    def add(self, candidates: Sequence[Candidate]) -> None:
        """Let candidates wait."""
        written = contents.write_all(self._connection, (contents.encoded(one.article) for one in candidates))
        self._connection.executemany(
            "INSERT INTO staged (file, record, path, published, due, backfill, content_key, sketch, content, "
            "fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(one.file, one.record, one.path, one.turn[0], one.due, one.backfill),
                    *(one.article.content_key, one.article.sketch, content, one.fingerprint),
                )
                for one, content in zip(candidates, written, strict=True)
            ],
        )

    def next_in_turn(self, fresh: list[Candidate], limit: int) -> list[Candidate]:
        """The first of those that are due, of what waits and of what is fresh; the other fresh ones wait."""
        due = [one for one in fresh if one.due <= self._now] + self._first(limit)
        chosen = sorted(due, key=lambda one: one.turn)[:limit]
        taken = {(one.file, one.record) for one in chosen}
        self.add([one for one in fresh if (one.file, one.record) not in taken])
        return chosen

    def _first(self, limit: int) -> list[Candidate]:
        """The first of what waits and is due; what waits of a file that is gone is not released without it."""
        rows = self._connection.execute(
            f"{_SELECTED} staged INDEXED BY staged_by_date {_SAID} WHERE due <= ? ORDER BY published, path, record",
            (self._now,),
        )
        with closing(rows):
            here = (row for row in rows if row[3] not in self._gone)
            return list(islice(self._here(within(here, _MOST_BYTES)), limit))

    def is_more_due(self) -> bool:
        """Whether something waits that is due and whose file is there."""
        rows = self._connection.execute("SELECT path FROM staged WHERE due <= ?", (self._now,))
        with closing(rows):
            return any(path not in self._gone for (path,) in rows)

    def for_what_it_held(self, file: int) -> Iterator[Candidate]:
        """What is due of other files and says exactly what an article says that a file held before it was read."""
        return self._here(
            self._connection.execute(
                f"{_SELECTED} filings JOIN articles ON articles.num = filings.article JOIN staged USING (content_key) "
                f"{_SAID} WHERE filings.file = ? AND filings.record < 0 AND staged.file != filings.file AND due <= ?",
                (file, self._now),
            )
        )

    def of(self, file: int) -> list[Candidate]:
        """What waits of a file that is there, due or not."""
        rows = self._connection.execute(
            f"{_SELECTED} staged {_SAID} WHERE file = ? AND due < ? ORDER BY record", (file, NEVER)
        )
        return list(self._here(rows))

    def put_by(self, copy: Candidate) -> None:
        """A copy waits."""
        if copy.staged is None:
            self.add([copy])
        self._connection.execute(
            "UPDATE staged SET due = ? WHERE file = ? AND record = ?", (NEVER, copy.file, copy.record)
        )

    def drop(self, candidate: Candidate, *, is_written: bool) -> None:
        """A candidate waits no more; what it says goes too, unless an event has it now."""
        if candidate.staged is not None:
            self._connection.execute("DELETE FROM staged WHERE num = ?", (candidate.staged,))
        if candidate.content is not None and not is_written:
            contents.drop(self._connection, candidate.content)

    def wake_copies(self, article: int) -> None:
        """An article says something else now: what copied its old content is to be judged again."""
        self._connection.execute(
            "UPDATE staged SET due = ? WHERE (file, record) IN "
            "(SELECT file, record FROM filings WHERE article = ? AND copied IS NOT NULL)",
            (AT_ONCE, article),
        )

    def take_promoted(self, article: int, file: int) -> list[Candidate]:
        """What a copy of an article says, whose file holds the article now; it waits no more."""
        rows = self._connection.execute(
            "DELETE FROM staged WHERE file = ? AND due = ? AND record IN (SELECT record FROM filings WHERE "
            "file = staged.file AND article = ? AND copied IS NULL) "
            "RETURNING file, record, path, backfill, fingerprint, sketch, content",
            (file, NEVER, article),
        )
        return [
            Candidate(
                file,
                record,
                path,
                bool(backfill),
                contents.read(self._connection, content, sketch=sketch),
                None,
                fingerprint,
                content,
            )
            for file, record, path, backfill, fingerprint, sketch, content in rows.fetchall()
        ]

    def _here(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Candidate]:
        for num, file, record, path, backfill, article, fingerprint, sketch, content in rows:
            if path not in self._gone:
                read = decode(article, sketch=sketch)
                yield Candidate(file, record, path, bool(backfill), read, num, fingerprint, content)
