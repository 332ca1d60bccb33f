"""SQLite's file. Blocking; call it in a thread."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from feeder.doctor.checks.database import Database
from feeder.errors import FeederError, UnavailableError
from feeder.store.sqlite.connection import at_most, open_reader, pragma, translated
from feeder.store.sqlite.store import path_in

if TYPE_CHECKING:
    from feeder.store.sqlite.connection import Connection

_SCHEME: Final = "sqlite:"


def file_of(url: str) -> str | None:
    """The file of a store; None if it is of another kind, or the URL names none."""
    try:
        return str(path_in(url)) if url.startswith(_SCHEME) else None
    except FeederError:
        return None


def database(url: str, seconds: float) -> Database:
    """The file, checked for so long at most; it is only read."""
    path = path_in(url).absolute()
    shown = str(path_in(url))
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return Database(path=shown, is_there=False)
    except OSError as error:
        return Database(path=shown, error=f"the store {shown} may not be looked at: {error.strerror}")
    with suppress(OSError):
        size += path.with_name(f"{path.name}-wal").stat().st_size
    try:
        connection = open_reader(path)
        try:
            with translated(path):
                journal = str(pragma(connection, "journal_mode"))
                sqlite = str(connection.execute("SELECT sqlite_version()").fetchone()[0])
                complaints = _complaints(connection, seconds)
        finally:
            connection.close()
    except FeederError as error:
        return Database(path=shown, error=str(error), size=size)
    return Database(path=shown, size=size, sqlite=sqlite, journal=journal, complaints=complaints)


def _complaints(connection: Connection, seconds: float) -> tuple[str, ...] | None:
    """What SQLite complains of, the first of it; None if there was no time to look at everything."""
    try:
        with at_most(connection, seconds, _OVER):
            rows = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except UnavailableError as error:
        if str(error) == _OVER:
            return None
        raise
    return () if rows == ["ok"] else tuple(rows)


_OVER = "there was no time for all of it"
