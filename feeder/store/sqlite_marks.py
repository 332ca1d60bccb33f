"""The marks of files: what became of each, summed up from what became of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from feeder.errors import place
from feeder.store import Mark, Refusal, Status
from feeder.store.sqlite_connection import writing
from feeder.store.sqlite_rows import NEVER, look_of, micros, moment_of, path_bytes, seed_of, storable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Seed
    from feeder.store import Take
    from feeder.store.sqlite_connection import Connection

_RANKS: Final = (
    Status.PUBLISHED,
    Status.SCHEDULED,
    Status.EXPIRED,
    Status.WITHDRAWN,
    Status.DRAFT,
    Status.DUPLICATE,
    Status.IGNORED,
)
"""Which status speaks for a file whose records have several."""


class _Share(NamedTuple):
    """The records of a file that have one status: how many, which is the first, and its reason."""

    number: int
    record: int
    reason: str | None


def marks(connection: Connection) -> list[Mark]:
    """``Intake.marks``, by path."""
    return [_mark(row) for row in connection.execute("SELECT * FROM marks ORDER BY path")]


def refresh(connection: Connection, seeds: Iterable[Seed]) -> None:
    """``Intake.refresh``."""
    looks = [(look_of(seed), path_bytes(seed.path)) for seed in seeds]
    with writing(connection):
        connection.executemany("UPDATE files SET look = ?, missing_since = NULL WHERE path = ?", looks)


def note_missing(connection: Connection, paths: Iterable[str], since: datetime | None) -> None:
    """``Intake.note_missing``."""
    moment = None if since is None else micros(since)
    with writing(connection):
        connection.executemany(
            "UPDATE files SET missing_since = ? WHERE path = ?", [(moment, path_bytes(path)) for path in paths]
        )


def summarise(connection: Connection, file: int, now: int) -> Mark | None:
    """Write a file's status and reason, and give its mark; None if the file was forgotten."""
    row = connection.execute("SELECT records, remark, refusal FROM files WHERE num = ?", (file,)).fetchone()
    if row is None:
        return None
    records, remark, refusal = row
    reason: str | None
    if refusal is not None:
        status, reason = Status.QUARANTINED, _sentence(_refusal(refusal))
    else:
        shares = _filed(connection, file) | _waiting(connection, file, now)
        status = next((rank for rank in _RANKS if rank in shares), Status.IGNORED)
        reason = _reason(shares, records, remark)
    connection.execute("UPDATE files SET status = ?, reason = ? WHERE num = ?", (status, reason, file))
    return _mark(connection.execute("SELECT * FROM marks WHERE num = ?", (file,)).fetchone())


def refusal_column(refusal: Refusal) -> str:
    """Why a file was refused, as a column."""
    return orjson.dumps([storable(refusal.reason), refusal.line, refusal.offset, refusal.record]).decode()


def remark_of(take: Take) -> str | None:
    """Which records of a file were refused while others were taken."""
    if not take.refused:
        return None
    first = take.refused[0]
    which = f"record {first.record} was refused" if first.record else "a record was refused"
    return storable(f"{which}: {_sentence(first)}{_and_more(len(take.refused))}")


def _mark(row: tuple[Any, ...]) -> Mark:
    _, path, look, sha256, status, format_, refusal, reason, first_seen, tries, missing = row
    return Mark(
        seed=seed_of(path, look),
        sha256=sha256,
        status=Status(status),
        format=format_,
        refusal=None if refusal is None else _refusal(refusal),
        reason=reason,
        first_seen=moment_of(first_seen),
        tries=tries,
        missing_since=None if missing is None else moment_of(missing),
    )


def _filed(connection: Connection, file: int) -> dict[Status, _Share]:
    rows = connection.execute(
        "SELECT status, count(*), min(record), reason FROM filings WHERE file = ? AND former = 0 GROUP BY status",
        (file,),
    )
    return {Status(status): _Share(*share) for status, *share in rows}


def _waiting(connection: Connection, file: int, now: int) -> dict[Status, _Share]:
    """The records that wait, and with them what the file showed before and still shows."""
    count, record, due = connection.execute(
        "SELECT count(*), min(record), min(due) FROM staged WHERE file = ? AND due < ?", (file, NEVER)
    ).fetchone()
    if not count:
        return {}
    reason = "it waits for its turn" if due <= now else f"it is held until {moment_of(due).isoformat()}"
    waiting = {Status.SCHEDULED: _Share(count, record, reason)}
    former = connection.execute(
        "SELECT 1 FROM filings JOIN articles ON articles.num = filings.article "
        "WHERE file = ? AND former = 1 AND articles.state = 'shown' LIMIT 1",
        (file,),
    )
    return waiting if former.fetchone() is None else waiting | {Status.PUBLISHED: _Share(1, 1, None)}


def _reason(shares: dict[Status, _Share], records: int, remark: str | None) -> str | None:
    """Why a file is not, or not wholly, published, in plain words; None if it is."""
    if not records:
        return remark or "there is no article in it"
    sentences = [
        share.reason if records == 1 else f"record {share.record}: {share.reason}{_and_more(share.number)}"
        for status, share in shares.items()
        if status is not Status.PUBLISHED and share.reason
    ]
    return "; ".join([*sentences, *([remark] if remark else [])]) or None


def _refusal(column: str) -> Refusal:
    return Refusal(*orjson.loads(column))


def _sentence(refusal: Refusal) -> str:
    return refusal.reason + place(refusal.line, refusal.offset)


def _and_more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""
