"""SQLite itself: how a file is opened, brought to the newest schema, written in one transaction and let go.

The one file that knows the ``sqlite3`` module. Connections are confined to a thread each, so that nothing blocks
the event loop and a reader never waits for the writer (WAL). ``synchronous=FULL`` because event numbers leave the
machine: a commit that a power failure undid would give a number to a second event.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from feeder.errors import ConfigError, LostError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Connection = sqlite3.Connection
T = TypeVar("T")

BUSY_SECONDS: Final = 5.0
"""How long a write waits for another connection's before it gives up."""

_APPLICATION_ID: Final = 0x66656564
_WRITER_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",  # what is retracted is overwritten and not only unlinked
    "wal_autocheckpoint = 16000",  # pages of 4 KiB: what an import writes again and again is copied home once
    "journal_size_limit = 67108864",  # bytes: a large import must not leave its log behind for ever
    "cache_size = -65536",  # KiB, negative by SQLite's convention
    "mmap_size = 0",  # a mapped file turns a disk's error into a crash of the process
)
_SENTENCES: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_LOCKED: "is locked by another program",
    sqlite3.SQLITE_PROTOCOL: "is locked by another program",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_READONLY: "cannot be written: it or its folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_PERM: "may not be opened",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is not a SQLite file",
}
# Behind these nobody knows what reached the disk, and asking again may answer "all is well" (fsync forgets).
_STEPS: Final = 1000
"""How many of SQLite's instructions, some microseconds, pass from one look at the clock to the next."""
_FATAL: Final = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_CORRUPT}


def open_writer(path: Path) -> Connection:
    """The one connection that writes; the file and its folder are made, its schema is brought up to date.

    Raises:
        ConfigError: the file is not a store, or a newer release has written it.
        UnavailableError: it cannot be opened now.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(f"the folder of the store {path} cannot be made: {error.strerror}") from error
    return _open(path, "rwc", _WRITER_PRAGMAS, _prepare_to_write)


def open_reader(path: Path) -> Connection:
    """A connection that only reads; nothing is created.

    Raises:
        ConfigError: the file is not a store, or a newer release has written it.
        UnavailableError: there is no store yet, or it cannot be opened now.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnavailableError(
            f"there is no store at {path} yet; `feeder serve` or `feeder publish` makes it"
        ) from None
    except OSError as error:
        raise UnavailableError(f"the store {path} may not be opened: {error.strerror}") from None
    return _open(path, "ro", ("query_only = ON", "mmap_size = 0"), _refuse_old_schema)


def _open(path: Path, mode: str, pragmas: tuple[str, ...], prepare: Callable[[Connection], None]) -> Connection:
    with translated(path):
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
    try:
        with translated(path):
            _refuse_strangers(connection, path)
            for setting in pragmas:
                connection.execute(f"PRAGMA {setting}")
            prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_strangers(connection: Connection, path: Path) -> None:
    application, version = pragma(connection, "application_id"), pragma(connection, "user_version")
    is_empty = connection.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)").fetchone()[0]
    if application != _APPLICATION_ID and not is_empty:
        raise ConfigError(f"store.url: {path} is another program's database; name a file of its own")
    if version > len(migrations()):
        raise ConfigError(
            f"store.url: {path} was written by a newer release of feeder (its schema is {version}, this release "
            f"knows {len(migrations())}); install that release again"
        )


def _prepare_to_write(connection: Connection) -> None:
    if "fts5" not in {name for (name,) in connection.execute("SELECT name FROM pragma_module_list")}:
        raise ConfigError(
            "store.url: this Python's SQLite was built without FTS5, which the search needs; use another build"
        )
    if (mode := pragma(connection, "journal_mode")) != "wal":
        raise ConfigError(
            f"store.url: the file system offers only the journal mode {mode!r}, but the store needs a write-ahead "
            "log with shared memory; put it on a local disk"
        )
    migrate(connection, migrations())


def _refuse_old_schema(connection: Connection) -> None:
    if pragma(connection, "user_version") < len(migrations()):
        raise UnavailableError("the store was written by an older release; `feeder serve` brings it up to date")


def pragma(connection: Connection, name: str) -> Any:
    """The value of a setting of the connection or its file."""
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def migrations() -> list[str]:
    """The schema's steps in order, ``schema/0001_….sql`` first; the schema's version is how many were applied."""
    steps = [step for step in files("feeder.store.sqlite").joinpath("schema").iterdir() if step.name.endswith(".sql")]
    return [step.read_text("utf-8") for step in sorted(steps, key=lambda step: step.name)]


def migrate(connection: Connection, steps: Sequence[str]) -> None:
    """Apply the steps that are missing, each in one transaction with its version; a killed one starts again."""
    for version, step in enumerate(steps, start=1):
        if version > pragma(connection, "user_version"):
            try:
                connection.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {version};\nCOMMIT;")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the disk or another program did into ``UnavailableError``; a bug of ours passes as it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        sentence = _SENTENCES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if sentence is None:
            raise
        raise UnavailableError(f"the store {path} {sentence} ({error})") from error


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """One transaction that writes: all of it or, whatever happens, nothing."""
    connection.execute("BEGIN IMMEDIATE")
    with _ended(connection):
        yield


@contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """One transaction that reads: several questions are answered about one and the same state."""
    connection.execute("BEGIN")
    with _ended(connection):
        yield


@contextmanager
def _ended(connection: Connection) -> Iterator[None]:
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # some errors (a full disk) have rolled back already
            connection.execute("ROLLBACK")


@contextmanager
def at_most(connection: Connection, seconds: float, sentence: str) -> Iterator[None]:
    """Questions for which there is so much time; at its end they are broken off with this sentence."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise UnavailableError(sentence) from error
    finally:
        connection.set_progress_handler(None, 0)


def is_damaged_index(error: BaseException | None) -> bool:
    """Whether a full-text index is not what it should be, while the tables are."""
    return isinstance(error, sqlite3.DatabaseError) and error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT_VTAB


class Confined:
    """One connection in a thread of its own: every call runs there, one after the other.

    An asynchronous context manager. A caller that is cancelled while its call runs does not stop it; the next call
    waits until it has ended.
    """

    def __init__(self, path: Path, opener: Callable[[Path], Connection]) -> None:
        self._path = path
        self._opener = opener
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=opener.__name__)
        self._connection: Connection | None = None
        self._dead: str | None = None

    async def __aenter__(self) -> Self:
        """Open the connection.

        Raises:
            ConfigError: see ``open_writer`` and ``open_reader``.
            UnavailableError: likewise.
        """
        try:
            await self._in_thread(self._open)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End what is running, bring the write-ahead log home if it can be, close; the thread ends."""
        try:
            await self._in_thread(self._close)
        finally:
            self._thread.shutdown(wait=False)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do something with the connection, in its thread.

        Raises:
            UnavailableError: the disk or another program was in the way; nothing was changed.
            LostError: an earlier call met an error after which the file cannot be trusted.
        """
        return await self._in_thread(lambda: self._do(work))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _open(self) -> None:
        self._connection = self._opener(self._path)

    def _do(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            raise LostError(f"the store {self._path} is not used any more ({self._dead}); start the service again")
        try:
            with translated(self._path):
                return work(self._connection)
        except UnavailableError as error:
            if getattr(error.__cause__, "sqlite_errorcode", 0) in _FATAL:
                self._die(str(error.__cause__))
            raise

    def _die(self, reason: str) -> None:
        """Use the connection no more."""
        self._dead = reason
        # At once, while the reader is open: the last one to close would copy the write-ahead log into the file, and
        # nobody knows what of it is on the disk.
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _close(self) -> None:
        if self._connection is None:
            return
        with suppress(sqlite3.OperationalError):  # a reader is still there, or the disk is full: it may stay as it is
            if not pragma(self._connection, "query_only"):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
        self._connection = None
