"""The store: whether SQLite's file is whole and as it should be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.doctor.finding import not_checked, ok, problem, sized, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.doctor.finding import Finding

_DAMAGED = (
    "Stop the instance, keep the file aside and restore the newest backup; without one move it away, and the store is "
    "made again from the articles."
)
_READ = "Let the service's user read and write it and its folder; feeder status says more."
_REMEDIES = {
    "is damaged": _DAMAGED,
    "is not a SQLite file": _DAMAGED,
    "another program's": "Name a file of its own in store.url, or another folder in data.path.",
    "newer release": "Install that release; or restore the backup that was made before it ran.",
    "disk is full": "Make room on its disk; the service goes on by itself.",
    "locked": "End the program that has it open (fuser names it), or have it finish.",
    "reports an error": "Look at its disk (dmesg, and its room); then restore the newest backup.",
}
"""What mends it, by what the store says (``store/sqlite/connection.py``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The file of the store.

    ``error`` is why it cannot be read; ``complaints`` are what PRAGMA quick_check finds, None if there was no time to
    end it. ``is_there`` is false before the first start. ``size`` is in bytes, its write-ahead log included.
    """

    path: str
    is_there: bool = True
    error: str = ""
    size: int = 0
    sqlite: str = ""
    journal: str = ""
    complaints: tuple[str, ...] | None = ()


def judge(database: Database) -> Iterator[Finding]:
    """Whether it is whole."""
    if not database.is_there:
        yield ok("store", f"There is none at {database.path} yet; the first start makes it.")
    elif database.error:
        yield problem("store", f"{database.error}.", _remedy(database.error))
    else:
        yield from _judge_whole(database)
        if database.journal != "wal":
            yield warning(
                "store",
                f"{database.path} has the journal mode {database.journal!r} instead of wal: who reads waits for who "
                "writes.",
                "Put it on a local disk and start the instance again, which sets it.",
            )


def _remedy(error: str) -> str:
    """What mends a store that cannot be read, by what the store said of it."""
    return next((remedy for words, remedy in _REMEDIES.items() if words in error), _READ)


def _judge_whole(database: Database) -> Iterator[Finding]:
    says = f"{database.path} ({sized(database.size)}, SQLite {database.sqlite})"
    if database.complaints is None:
        yield not_checked(
            "store",
            f"{says} can be read; checking all of it takes longer than a doctor should.",
            f"sqlite3 {database.path} 'PRAGMA quick_check' does it, while the service runs too.",
        )
    elif database.complaints:
        yield problem("store", f"{says} is damaged: {database.complaints[0]}.", _DAMAGED)
    else:
        yield ok("store", f"{says} is whole.")
