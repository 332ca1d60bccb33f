"""Files as they looked when they were read: their rows, and which other files they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.store import Status
from feeder.store.sqlite.marks import WAITING, refusal_column, remark_of
from feeder.store.sqlite.rows import look_of, path_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.store import Take
    from feeder.store.sqlite.connection import Connection

_UNKNOWN_LOOK: Final = "[-1,0,0,0]"
"""The look of a file that is being read in parts, or to be read again: no file has it, so the next look finds it."""


def note_look(connection: Connection, take: Take, now: int) -> tuple[int, bool]:
    """Keep how a file was read; gives its number, and whether it is a new one. It waits for its turn."""
    name, refusal = path_bytes(take.seed.path), take.refusal
    known = connection.execute("SELECT num, sha256, tries FROM files WHERE path = ?", (name,)).fetchone()
    _, sha256, tries = known or (None, None, 0)
    if sha256 != take.sha256:
        note_change(connection, name)
    values = (
        look_of(take.seed),
        take.sha256,
        take.format,
        take.records,
        None if refusal is None else refusal_column(refusal),
        remark_of(take),
        0 if refusal is None else tries + (sha256 != take.sha256 or tries == 0),
    )
    if known:
        connection.execute(
            "UPDATE files SET look = ?, sha256 = ?, format = ?, records = ?, refusal = ?, remark = ?, tries = ?, "
            "missing_since = NULL WHERE num = ?",
            (*values, known[0]),
        )
        return known[0], False
    added = connection.execute(
        "INSERT INTO files "
        "(look, sha256, format, records, refusal, remark, tries, path, status, reason, first_seen) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, name, Status.SCHEDULED, WAITING, now),
    )
    return added.lastrowid or 0, True


def begin(connection: Connection, name: bytes, now: int) -> int:
    """The number of a file that is being read in parts."""
    known = connection.execute("SELECT num FROM files WHERE path = ?", (name,)).fetchone()
    if known:
        return int(known[0])
    added = connection.execute(
        "INSERT INTO files (look, sha256, records, path, status, reason, first_seen, tries) "
        "VALUES (?, '', 0, ?, ?, ?, ?, 0)",
        (_UNKNOWN_LOOK, name, Status.SCHEDULED, "it is being read", now),
    )
    return added.lastrowid or 0


def note_change(connection: Connection, name: bytes) -> None:
    """A file is another one, or gone: those that show it are to be read again, by the next process if not by this."""
    connection.execute(
        "UPDATE files SET look = ? WHERE num IN (SELECT file FROM companions WHERE path = ?)", (_UNKNOWN_LOOK, name)
    )


def accompany(connection: Connection, file: int, companions: Iterable[str], *, is_new: bool) -> None:
    """Keep which other files a file shows."""
    if not is_new:
        connection.execute("DELETE FROM companions WHERE file = ?", (file,))
    connection.executemany(
        "INSERT OR IGNORE INTO companions VALUES (?, ?)", [(file, path_bytes(path)) for path in companions]
    )
