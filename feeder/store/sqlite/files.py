"""Files inside one write transaction: how they looked, what waits of them, which articles they hold.

A file's records are *staged* when it is read and *filed* when they are accepted. Until then what the file held
before stays filed as ``former``: it says which article a record of a changed file revises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.identity import is_reworded
from feeder.likeness import resemblance
from feeder.store import Status
from feeder.store.sqlite import contents
from feeder.store.sqlite.incoming import Incoming
from feeder.store.sqlite.looks import accompany, begin, note_change, note_look
from feeder.store.sqlite.marks import Filing, entitle, summarise
from feeder.store.sqlite.rows import NEVER, micros, path_bytes
from feeder.store.sqlite.waiting import Candidate, Waiting

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from feeder.store import Mark, Take
    from feeder.store.sqlite.connection import Connection

_MOST_COMPARED: Final = 50
_NEIGHBOURS: Final = (
    "SELECT * FROM (SELECT record, article FROM filings WHERE file = :file AND record <= -:record "
    "ORDER BY record DESC LIMIT :most) UNION ALL "
    "SELECT * FROM (SELECT record, article FROM filings WHERE file = :file AND record > -:record AND record < 0 "
    "ORDER BY record LIMIT :most)"
)
"""What a file held before it was read again (such a record has its number negative), around a place in it."""


class Files:
    """The files, for one write transaction; ``close`` writes the marks of those that were touched."""

    def __init__(self, connection: Connection, now: datetime, gone: Collection[str] = ()) -> None:
        self._connection = connection
        self._now = micros(now)
        self._gone = {path_bytes(path) for path in gone}
        self._touched: dict[int, Filing | None] = {}
        self._new: set[int] = set()
        self._formers: bool | None = None
        self._incoming = Incoming(connection)
        self.waiting = Waiting(connection, self._now, self._gone)

    def keep(self, take: Take) -> list[Candidate]:
        """Keep how a file was read, in place of all that waited of it.

        The record of a file of one is a candidate; those of others wait.
        """
        name = path_bytes(take.seed.path)
        self._gone.discard(name)
        if not take.last:
            self._incoming.keep(begin(self._connection, name, self._now), take)
            return []
        file, is_new = note_look(self._connection, take, self._now)
        self._touched[file] = None
        if is_new and not take.refused:
            self._new.add(file)
        accompany(self._connection, file, take.companions, is_new=is_new)
        if not is_new:
            if take.is_whole:
                self._incoming.forget(file)
            contents.drop_waiting(self._connection, file)
            self._set_former(file, former=take.refusal is None)
        if take.records > 1:
            self._incoming.keep(file, take)
            self._incoming.finish(file, name, backfill=take.backfill)
            return []
        return [Candidate(file, 1, name, take.backfill, article) for article in take.articles]

    def stage_all(self, candidates: Sequence[Candidate]) -> None:
        """Let what was just read wait; a new file that waits for nothing but its turn says so already."""
        self.waiting.add(candidates)
        for one in candidates:
            if one.file in self._new and one.due <= self._now:
                self._touched.pop(one.file, None)

    def _has_former(self) -> bool:
        """As ``has_former``; asked once, and again when a file of this transaction leaves what it held."""
        if self._formers is None:
            self._formers = self.has_former()
        return self._formers

    def has_former(self) -> bool:
        """Whether any file was read again whose records are not accepted yet."""
        found = self._connection.execute("SELECT EXISTS (SELECT 1 FROM filings WHERE former = 1)")
        return bool(found.fetchone()[0])

    def successors(self, article: int, without: int) -> list[int]:
        """The files but one that held an article before they were read again."""
        rows = self._connection.execute(
            "SELECT DISTINCT file FROM filings WHERE article = ? AND former = 1 AND file != ? ORDER BY file",
            (article, without),
        )
        return [file for (file,) in rows]

    def formerly(self, candidate: Candidate) -> int | None:
        """The article that this record of the file was before the file changed (its number).

        The record's number says so only where the file had and has one record; among many it is the content, and then
        the wording.
        """
        if not self._has_former():
            return None
        if candidate.fingerprint is None:
            held = self._connection.execute(
                "SELECT article FROM filings WHERE file = ? AND record < 0 LIMIT 2", (candidate.file,)
            ).fetchall()
            if len(held) == 1:
                return int(held[0][0])
        same = self._connection.execute(
            "SELECT articles.num FROM articles JOIN filings ON filings.article = articles.num "
            "WHERE articles.content_key = ? AND filings.file = ? AND former = 1 ORDER BY articles.num LIMIT 1",
            (candidate.article.content_key, candidate.file),
        ).fetchone()
        return same[0] if same else self._reworded(candidate)

    def _reworded(self, candidate: Candidate) -> int | None:
        """The article that a record of several is an edit of: the most alike of those the file does not have any more.

        Those near its place are compared, because that is where an edit leaves it: a file may hold a million.
        """
        if candidate.article.own_id or candidate.fingerprint is None:
            return None
        rows = self._connection.execute(
            f"SELECT articles.num, articles.sketch FROM ({_NEIGHBOURS}) AS near "  # noqa: S608 - our own text
            "JOIN articles ON articles.num = near.article WHERE own_id = 0 AND NOT EXISTS (SELECT 1 FROM staged "
            "WHERE staged.file = :file AND staged.content_key = articles.content_key) "
            "ORDER BY abs(-near.record - :record), near.record DESC LIMIT :most",
            {"file": candidate.file, "record": candidate.record, "most": _MOST_COMPARED},
        )
        sketch = candidate.article.sketch
        alike = [(resemblance(kept, sketch), num) for num, kept in rows.fetchall() if is_reworded(kept, sketch)]
        return max(alike, key=lambda one: one[0])[1] if alike else None

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

    def is_leaving(self, article: int, candidate: Candidate) -> bool:
        """Whether a file held an article that is not in the folder any more, and no other one holds it."""
        if not self._gone:
            return False
        held = self._connection.execute(
            "SELECT files.path FROM filings JOIN files ON files.num = filings.file "
            "WHERE filings.article = ? AND copied IS NULL",
            (article,),
        )
        is_gone = any(path in self._gone for (path,) in held.fetchall())
        return is_gone and self.holder(article, candidate) is None

    def file(self, candidate: Candidate, filing: Filing) -> None:
        """Keep what became of a record; it waits no more, unless it is a copy."""
        self._touched[candidate.file] = filing if candidate.fingerprint is None else None
        self._connection.execute(
            "INSERT OR REPLACE INTO filings (file, record, article, copied, former, status, reason, fingerprint) "
            "VALUES (?, ?, ?, ?, 0, ?, ?, ?)",
            (
                *(candidate.file, candidate.record, filing.article, filing.copied, filing.status, filing.reason),
                candidate.fingerprint,
            ),
        )
        if filing.copied is not None and not filing.is_earlier:
            self.waiting.put_by(candidate)
        else:
            self.waiting.drop(candidate, is_written=filing.is_written)

    def take_down(self, article: int, status: Status, reason: str) -> None:
        """An article is not shown any more: say so where it was."""
        changed = self._connection.execute(
            "UPDATE filings SET status = ?, reason = ? WHERE article = ? AND copied IS NULL AND status = ? "
            "RETURNING file",
            (status, reason, article, Status.PUBLISHED),
        )
        self._touched |= dict.fromkeys((file for (file,) in changed.fetchall()), None)

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
            note_change(self._connection, path_bytes(path))
            self._forget(path_bytes(path))
        return sorted(held)

    def _forget(self, name: bytes) -> None:
        for (file,) in self._connection.execute("SELECT num FROM files WHERE path = ?", (name,)).fetchall():
            contents.drop_waiting(self._connection, file)
            contents.drop_incoming(self._connection, file)
            self._connection.execute("DELETE FROM files WHERE num = ?", (file,))

    def is_held(self, article: int) -> bool:
        """Whether a file that may be shown holds an article."""
        found = self._connection.execute(
            "SELECT 1 FROM filings WHERE article = ? AND copied IS NULL AND (former OR status IN (?, ?)) LIMIT 1",
            (article, Status.PUBLISHED, Status.IGNORED),
        )
        return found.fetchone() is not None

    def promote_copy(self, article: int, content_key: str) -> int | None:
        """Let a copy with the article's present content hold it from now on; gives its file, None if there is none."""
        copy = self._connection.execute(
            "SELECT file, record FROM filings WHERE article = ? AND copied = ? ORDER BY file, record LIMIT 1",
            (article, content_key),
        ).fetchone()
        if copy is None:
            return None
        file, record = copy
        self._connection.execute(
            "UPDATE filings SET copied = NULL, status = ?, reason = NULL WHERE file = ? AND record = ?",
            (Status.PUBLISHED, file, record),
        )
        self._touched[file] = None
        return int(file)

    def close(self) -> tuple[Mark, ...]:
        """Write the marks of the files that were touched, and give them."""
        self.drop_former()
        marks = entitle(self._connection, self._touched)
        for file in self._touched.keys() - marks.keys():
            if mark := summarise(self._connection, file, self._now):
                marks[file] = mark
        return tuple(marks[file] for file in self._touched if file in marks)

    def _set_former(self, file: int, *, former: bool) -> None:
        """What the file held says whose revisions its records are; of a broken file it holds what it held."""
        self._formers = None
        if former:
            self._connection.execute(
                "DELETE FROM filings WHERE file = ? AND (article IS NULL OR copied IS NOT NULL)", (file,)
            )
        self._connection.execute(  # what the file held before that, where it is known by now what became of the record
            "DELETE FROM filings AS older WHERE file = ? AND record < 0 AND EXISTS (SELECT 1 FROM filings "
            "WHERE file = older.file AND record = -older.record)",
            (file,),
        )
        self._connection.execute(
            "UPDATE filings SET former = ?, record = abs(record) * ? WHERE file = ?",
            (former, -1 if former else 1, file),
        )

    def drop_former(self) -> None:
        """A touched file of which nothing waits any more holds what it holds now, and nothing else."""
        if not self.has_former():
            return
        self._connection.executemany(
            "DELETE FROM filings WHERE file = ? AND record < 0 "
            "AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.file = ? AND due < ?)",
            [(file, file, NEVER) for file in self._touched],
        )
