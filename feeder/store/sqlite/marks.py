"""The marks of files: what became of each, summed up from what became of its records."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from feeder.errors import place
from feeder.store import Mark, Refusal, Status
from feeder.store.sqlite import contents
from feeder.store.sqlite.connection import writing
from feeder.store.sqlite.rows import NEVER, look_of, micros, moment_of, path_bytes, path_of, seed_of, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from feeder.model import Seed
    from feeder.store import Take
    from feeder.store.sqlite.connection import Connection

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


WAITING: Final = "it waits for its turn"
_MOST_REFUSED: Final = 100
"""Refused records of one file that are kept one by one; the others are counted."""


class _Share(NamedTuple):
    """The records of a file that have one status: how many, which is the first, and its reason."""

    number: int
    record: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Filing:
    """What became of a record: the article it is (``article`` is its number), or only copies (``copied``).

    A copy is judged again when its article says something else, unless it copies what the article said before
    (``is_earlier``). ``is_written`` tells that an event has brought what the record says.
    """

    status: Status
    reason: str | None = None
    article: int | None = None
    copied: str | None = None
    is_earlier: bool = False
    is_written: bool = False


def marks(connection: Connection) -> list[Mark]:
    """``Intake.marks``, by path."""
    return [_mark(row) for row in connection.execute("SELECT * FROM marks ORDER BY path")]


def companions(connection: Connection) -> list[tuple[str, str]]:
    """``Intake.companions``."""
    rows = connection.execute(
        "SELECT files.path, companions.path FROM companions JOIN files ON files.num = file ORDER BY 1, 2"
    )
    return [(path_of(path), path_of(companion)) for path, companion in rows]


def refresh(connection: Connection, seeds: Iterable[Seed]) -> None:
    """``Intake.refresh``."""
    with writing(connection):
        for seed in seeds:
            same = connection.execute(
                "UPDATE files SET look = ?, missing_since = NULL WHERE path = ? RETURNING num",
                (look_of(seed), path_bytes(seed.path)),
            )
            for (file,) in same.fetchall():
                contents.drop_incoming(connection, file)  # it came in parts, until it was seen to be the same


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
        reason = _reason(shares, records, None if remark is None else _remark(remark))
    connection.execute("UPDATE files SET status = ?, reason = ? WHERE num = ?", (status, reason, file))
    return _mark(connection.execute("SELECT * FROM marks WHERE num = ?", (file,)).fetchone())


def entitle(connection: Connection, touched: Mapping[int, Filing | None]) -> dict[int, Mark]:
    """Write what became of files whose only record was filed, and give their marks by the files' numbers.

    Those of which there is more to say than that are left out.
    """
    alike: dict[tuple[Status, str | None], list[int]] = defaultdict(list)
    for file, filing in touched.items():
        if filing is not None:
            alike[filing.status, filing.reason].append(file)
    rows = [row for (status, reason), nums in alike.items() for row in _entitle(connection, status, reason, nums)]
    return {row[0]: _mark(row) for row in rows}


def _entitle(connection: Connection, status: Status, reason: str | None, files: list[int]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "UPDATE files SET status = ?, reason = ? WHERE num IN (SELECT value FROM json_each(?)) "
        "AND records = 1 AND remark IS NULL AND refusal IS NULL "
        "RETURNING num, path, look, sha256, status, format, refusal, reason, first_seen, tries, missing_since, remark",
        (status, reason, orjson.dumps(files).decode()),
    ).fetchall()


def waits(connection: Connection, mark: Mark, now: datetime) -> bool:
    """Whether the file is still being read, or something of it is to be accepted now. An embargo is no such wait."""
    if mark.status not in {Status.PUBLISHED, Status.SCHEDULED}:  # these outrank all else
        return False
    (due,) = connection.execute(
        "SELECT min(due) FROM staged JOIN files ON files.num = staged.file WHERE files.path = ? AND due < ?",
        (path_bytes(mark.seed.path), NEVER),
    ).fetchone()
    return mark.status is Status.SCHEDULED if due is None else bool(due <= micros(now))


def refusal_column(refusal: Refusal) -> str:
    """Why a file was refused, as a column."""
    return orjson.dumps(_members(refusal)).decode()


def remark_of(take: Take) -> str | None:
    """Why a file is no article, or which records of it were refused while others were taken, as a column."""
    if not take.refused and take.ignored is None:
        return None
    ignored = None if take.ignored is None else storable(take.ignored)
    count = max(take.refused_count, len(take.refused))
    return orjson.dumps([ignored, count, [_members(refusal) for refusal in take.refused[:_MOST_REFUSED]]]).decode()


def _members(refusal: Refusal) -> list[str | int | None]:
    return [storable(refusal.reason), refusal.line, refusal.offset, refusal.record]


def _remark(column: str) -> str | None:
    """A remark in words."""
    ignored, count, refused = orjson.loads(column)
    if not refused:
        return None if ignored is None else str(ignored)
    first = Refusal(*refused[0])
    which = f"record {first.record} was refused" if first.record else "a record was refused"
    return f"{which}: {_sentence(first)}{_and_more(count)}"


def _refused(column: str | None) -> tuple[tuple[Refusal, ...], int]:
    """The first records that were refused while others were taken, and how many they are in all."""
    if column is None:
        return (), 0
    _, count, refused = orjson.loads(column)
    return tuple(Refusal(*members) for members in refused), count


def _mark(row: tuple[Any, ...]) -> Mark:
    _, path, look, sha256, status, format_, refusal, reason, first_seen, tries, missing, remark = row
    refused, refused_count = _refused(remark)
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
        refused=refused,
        refused_count=refused_count,
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
    reason = WAITING if due <= now else f"it is held until {moment_of(due).isoformat()}"
    waiting = {Status.SCHEDULED: _Share(count, record, reason)}
    former = connection.execute(
        "SELECT 1 FROM filings JOIN articles ON articles.num = filings.article "
        "WHERE file = ? AND filings.record < 0 AND articles.state = 'shown' LIMIT 1",
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
