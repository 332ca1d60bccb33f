"""Files inside one write transaction: how they looked, what waits of them, which articles they hold.

A file's records are *staged* when it is read and *filed* when they are accepted. Until then what the file held
before stays filed as ``former``: it says which article a record of a changed file revises.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from feeder.identity import is_gone_by_choice
from feeder.record import decode, encode
from feeder.store import Status
from feeder.store.sqlite_marks import refusal_column, remark_of, summarise
from feeder.store.sqlite_rows import AT_ONCE, NEVER, look_of, micros, path_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from feeder.model import Article
    from feeder.store import Mark, Take
    from feeder.store.sqlite_connection import Connection

_STAGED: Final = "SELECT num, file, record, path, backfill, article FROM staged"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record of a file that waits to be accepted.

    ``file`` is the file's number in the tables, ``staged`` that of the row in which it waits, if it does.
    """

    file: int
    record: int
    path: bytes
    backfill: bool
    article: Article
    staged: int | None = None

    @property
    def turn(self) -> tuple[int, bytes, int]:
        """Its place in the queue: by date, then by path."""
        return micros(self.article.published), self.path, self.record

    @property
    def due(self) -> int:
        """When it may be accepted, in microseconds; a draft or a withdrawal waits for no embargo."""
        return AT_ONCE if is_gone_by_choice(self.article) else micros(self.article.due)


@dataclass(frozen=True, slots=True)
class Filing:
    """What became of a record: the article it is (``article`` is its number), or only copies (``copied``).

    A copy is judged again when its article says something else, unless it copies what the article said before
    (``is_earlier``).
    """

    status: Status
    reason: str | None = None
    article: int | None = None
    copied: str | None = None
    is_earlier: bool = False


class Files:
    """The files, for one write transaction; ``close`` writes the marks of those that were touched."""

    def __init__(self, connection: Connection, now: datetime, gone: Collection[str] = ()) -> None:
        self._connection = connection
        self._now = micros(now)
        self._gone = {path_bytes(path) for path in gone}
        self._touched: dict[int, None] = {}

    def keep(self, take: Take) -> list[Candidate]:
        """Keep how a file was read, in place of all that waited of it; its records are candidates."""
        file, is_new = self._keep(take)
        self._touched[file] = None
        if not is_new:
            self._connection.execute("DELETE FROM staged WHERE file = ?", (file,))
            self._set_former(file, former=take.refusal is None)
        name = path_bytes(take.seed.path)
        self._gone.discard(name)
        return [
            Candidate(file, record, name, take.backfill, article) for record, article in enumerate(take.articles, 1)
        ]

    def stage(self, candidates: Iterable[Candidate]) -> None:
        """Let candidates wait."""
        self._connection.executemany(
            "INSERT INTO staged (file, record, path, published, due, backfill, content_key, article) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(one.file, one.record, one.path, one.turn[0], one.due, one.backfill),
                    *(one.article.content_key, encode(one.article)),
                )
                for one in candidates
            ],
        )

    def next_in_turn(self, fresh: list[Candidate], limit: int) -> list[Candidate]:
        """The first of those that are due, of what waits and of what is fresh; the other fresh ones wait."""
        due = [one for one in fresh if one.due <= self._now] + self._waiting(limit)
        chosen = sorted(due, key=lambda one: one.turn)[:limit]
        taken = {(one.file, one.record) for one in chosen}
        self.stage(one for one in fresh if (one.file, one.record) not in taken)
        return chosen

    def _waiting(self, limit: int) -> list[Candidate]:
        """The first of what waits and is due; what waits of a file that is gone is not released without it."""
        rows = self._connection.execute(
            f"{_STAGED} INDEXED BY staged_by_date WHERE due <= ? ORDER BY published, path, record", (self._now,)
        )
        with closing(rows):
            return list(islice(self._here(rows), limit))

    def is_more_due(self) -> bool:
        """Whether something waits that is due and whose file is there."""
        rows = self._connection.execute("SELECT path FROM staged WHERE due <= ?", (self._now,))
        with closing(rows):
            return any(path not in self._gone for (path,) in rows)

    def _here(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Candidate]:
        for num, file, record, path, backfill, article in rows:
            if path not in self._gone:
                yield Candidate(file, record, path, bool(backfill), decode(article), num)

    def has_former(self) -> bool:
        """Whether any file was read again whose records are not accepted yet."""
        found = self._connection.execute("SELECT EXISTS (SELECT 1 FROM filings WHERE former = 1)")
        return bool(found.fetchone()[0])

    def waiting_for_what_it_held(self, file: int) -> Iterator[Candidate]:
        """What is due of other files and says exactly what an article says that a file held before it was read."""
        return self._here(
            self._connection.execute(
                "SELECT staged.num, staged.file, staged.record, path, backfill, staged.article FROM filings "
                "JOIN articles ON articles.num = filings.article JOIN staged USING (content_key) "
                "WHERE filings.file = ? AND former = 1 AND staged.file != filings.file AND due <= ?",
                (file, self._now),
            )
        )

    def successors(self, article: int, without: int) -> list[int]:
        """The files but one that held an article before they were read again."""
        rows = self._connection.execute(
            "SELECT DISTINCT file FROM filings WHERE article = ? AND former = 1 AND file != ? ORDER BY file",
            (article, without),
        )
        return [file for (file,) in rows]

    def waiting_of(self, file: int) -> list[Candidate]:
        """What waits of a file that is there, due or not."""
        rows = self._connection.execute(f"{_STAGED} WHERE file = ? AND due < ? ORDER BY record", (file, NEVER))
        return list(self._here(rows))

    def formerly(self, candidate: Candidate) -> int | None:
        """The article that this record of the file was before the file changed (its number).

        The record's number says so only where the file had and has one record; among many it is the content.
        """
        alone = self._connection.execute(
            "SELECT min(article) FROM filings WHERE file = ? AND former = 1 "
            "HAVING count(*) = 1 AND (SELECT records FROM files WHERE num = ?) = 1",
            (candidate.file, candidate.file),
        ).fetchone()
        same = (
            alone
            or self._connection.execute(
                "SELECT articles.num FROM articles JOIN filings ON filings.article = articles.num "
                "WHERE articles.content_key = ? AND filings.file = ? AND former = 1 ORDER BY articles.num LIMIT 1",
                (candidate.article.content_key, candidate.file),
            ).fetchone()
        )
        return same[0] if same else None

    def holder(self, article: int, candidate: Candidate) -> bytes | None:
        """A file in the folder that holds an article by another record; None if there is none.

        A file that was read again holds nothing before its records are accepted: whoever else has what it had is
        the one who holds it now.
        """
        holders = self._connection.execute(
            "SELECT files.path FROM filings JOIN files ON files.num = filings.file WHERE filings.article = ? "
            "AND copied IS NULL AND former = 0 AND (filings.file, filings.record) != (?, ?) ORDER BY files.num",
            (article, candidate.file, candidate.record),
        )
        return next((path for (path,) in holders if path not in self._gone), None)

    def file(self, candidate: Candidate, filing: Filing) -> None:
        """Keep what became of a record; it waits no more, unless it is a copy."""
        self._touched[candidate.file] = None
        self._connection.execute(
            "INSERT OR REPLACE INTO filings (file, record, article, copied, former, status, reason) "
            "VALUES (?, ?, ?, ?, 0, ?, ?)",
            (candidate.file, candidate.record, filing.article, filing.copied, filing.status, filing.reason),
        )
        if filing.copied is not None and not filing.is_earlier:
            self._put_by(candidate)
        elif candidate.staged is not None:
            self._connection.execute("DELETE FROM staged WHERE num = ?", (candidate.staged,))

    def wake_copies(self, article: int) -> None:
        """An article says something else now: what copied its old content is to be judged again."""
        self._connection.execute(
            "UPDATE staged SET due = ? WHERE (file, record) IN "
            "(SELECT file, record FROM filings WHERE article = ? AND copied IS NOT NULL)",
            (AT_ONCE, article),
        )

    def take_down(self, article: int, status: Status, reason: str) -> None:
        """An article is not shown any more: say so where it was."""
        changed = self._connection.execute(
            "UPDATE filings SET status = ?, reason = ? WHERE article = ? AND copied IS NULL AND status = ? "
            "RETURNING file",
            (status, reason, article, Status.PUBLISHED),
        )
        self._touched |= dict.fromkeys(file for (file,) in changed.fetchall())

    def forget(self, paths: Collection[str]) -> list[int]:
        """Forget files and what waits of them; says which articles (their numbers, in order) they held."""
        held: set[int] = set()
        for path in paths:
            rows = self._connection.execute(
                "SELECT article FROM filings JOIN files ON files.num = filings.file "
                "WHERE files.path = ? AND article IS NOT NULL AND copied IS NULL",
                (path_bytes(path),),
            )
            held.update(article for (article,) in rows)
            self._connection.execute("DELETE FROM files WHERE path = ?", (path_bytes(path),))
        return sorted(held)

    def is_held(self, article: int) -> bool:
        """Whether a file that may be shown holds an article."""
        found = self._connection.execute(
            "SELECT 1 FROM filings WHERE article = ? AND copied IS NULL AND (former OR status IN (?, ?)) LIMIT 1",
            (article, Status.PUBLISHED, Status.IGNORED),
        )
        return found.fetchone() is not None

    def promote_copy(self, article: int, content_key: str) -> bool:
        """Let a copy with the article's present content hold it from now on; false if there is none."""
        copy = self._connection.execute(
            "SELECT file, record FROM filings WHERE article = ? AND copied = ? ORDER BY file, record LIMIT 1",
            (article, content_key),
        ).fetchone()
        if copy is None:
            return False
        self._connection.execute(
            "UPDATE filings SET copied = NULL, status = ?, reason = NULL WHERE file = ? AND record = ?",
            (Status.PUBLISHED, *copy),
        )
        self._connection.execute("DELETE FROM staged WHERE file = ? AND record = ?", copy)
        self._touched[copy[0]] = None
        return True

    def close(self) -> tuple[Mark, ...]:
        """Write the marks of the files that were touched, and give them."""
        self.drop_former()
        found = (summarise(self._connection, file, self._now) for file in self._touched)
        return tuple(mark for mark in found if mark is not None)

    def _keep(self, take: Take) -> tuple[int, bool]:
        """The file's number, and whether it is a new one."""
        name, refusal = path_bytes(take.seed.path), take.refusal
        known = self._connection.execute("SELECT num, sha256, tries FROM files WHERE path = ?", (name,)).fetchone()
        _, sha256, tries = known or (None, None, 0)
        values = (
            look_of(take.seed),
            take.sha256,
            take.format,
            len(take.articles),
            None if refusal is None else refusal_column(refusal),
            remark_of(take),
            0 if refusal is None else tries + (sha256 != take.sha256 or tries == 0),
        )
        if known:
            self._connection.execute(
                "UPDATE files SET look = ?, sha256 = ?, format = ?, records = ?, refusal = ?, remark = ?, tries = ?, "
                "missing_since = NULL WHERE num = ?",
                (*values, known[0]),
            )
            return known[0], False
        added = self._connection.execute(
            "INSERT INTO files (look, sha256, format, records, refusal, remark, tries, path, status, first_seen) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, name, Status.SCHEDULED, self._now),
        )
        return added.lastrowid or 0, True

    def _put_by(self, copy: Candidate) -> None:
        if copy.staged is None:
            self.stage([copy])
        self._connection.execute(
            "UPDATE staged SET due = ? WHERE file = ? AND record = ?", (NEVER, copy.file, copy.record)
        )

    def _set_former(self, file: int, *, former: bool) -> None:
        """What the file held says whose revisions its records are; of a broken file it holds what it held."""
        if former:
            self._connection.execute(
                "DELETE FROM filings WHERE file = ? AND (article IS NULL OR copied IS NOT NULL)", (file,)
            )
        self._connection.execute("UPDATE filings SET former = ? WHERE file = ?", (former, file))

    def drop_former(self) -> None:
        """A touched file of which nothing waits any more holds what it holds now, and nothing else."""
        self._connection.executemany(
            "DELETE FROM filings WHERE file = ? AND former = 1 "
            "AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.file = ? AND due < ?)",
            [(file, file, NEVER) for file in self._touched],
        )
