"""Files of many articles on their way in: their records are kept part by part until the last one is there.

Who edits one article of a dump of a million rewrites the file. So a record is compared with what the file said
before, word for word, and only what differs is kept to be judged; the others stay what they are.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from feeder.identity import State
from feeder.store import Status
from feeder.store.sqlite import contents
from feeder.store.sqlite.rows import due_of, micros

if TYPE_CHECKING:
    from feeder.model import Article
    from feeder.store import Take
    from feeder.store.sqlite.connection import Connection

_PRINT_BYTES = 16


class Incoming:
    """The records that are on their way in, for one write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, file: int, take: Take) -> None:
        """Keep a part; the first one begins the file anew."""
        if take.first == 1:
            self.forget(file)
        for record, article in enumerate(take.articles, take.first):
            self._keep(file, record, article)

    def forget(self, file: int) -> None:
        """Nothing is on its way in any more."""
        contents.drop_incoming(self._connection, file)

    def _keep(self, file: int, record: int, article: Article) -> None:
        encoded = contents.encoded(article)
        fingerprint = hashlib.blake2b(encoded, digest_size=_PRINT_BYTES).digest()
        same = self._same(file, fingerprint)
        self._connection.execute(
            "INSERT INTO incoming VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(file, record, same, micros(article.published)),
                due_of(article),
                *(article.content_key, article.sketch),
                contents.write(self._connection, encoded) if same is None else None,
                fingerprint,
            ),
        )

    def _same(self, file: int, fingerprint: bytes) -> int | None:
        """The record of the file as it is known that says the same and is shown, if no other one is it already."""
        found = self._connection.execute(
            "SELECT abs(record) FROM filings INDEXED BY filings_of_print "
            "JOIN articles ON articles.num = filings.article "
            "WHERE file = ? AND filings.fingerprint = ? AND copied IS NULL AND status = ? AND state = ? "
            "AND NOT EXISTS (SELECT 1 FROM incoming WHERE incoming.file = filings.file AND same = abs(filings.record)) "
            "ORDER BY abs(record) LIMIT 1",
            (file, fingerprint, Status.PUBLISHED, State.SHOWN),
        ).fetchone()
        return None if found is None else int(found[0])

    def finish(self, file: int, path: bytes, *, backfill: bool) -> None:
        """The last part is there: what is new waits for its turn, what is the same has its new place.

        All that the file held must be former by now.
        """
        self._connection.execute(
            "UPDATE filings SET former = 0, record = incoming.record FROM incoming "
            "WHERE filings.file = ? AND incoming.file = filings.file AND same = -filings.record",
            (file,),
        )
        self._connection.execute(
            "INSERT INTO staged (file, record, path, published, due, backfill, content_key, sketch, content, "
            "fingerprint) SELECT file, record, ?, published, due, ?, content_key, sketch, content, fingerprint "
            "FROM incoming WHERE file = ? AND same IS NULL",
            (path, backfill, file),
        )
        self._connection.execute("DELETE FROM incoming WHERE file = ?", (file,))
