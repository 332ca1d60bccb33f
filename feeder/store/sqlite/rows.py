"""How the nouns lie in SQLite's columns: moments, names of files, events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.identity import is_gone_by_choice
from feeder.model import Event, Kind, Seed
from feeder.record import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.model import Article

AT_ONCE: Final = 0
"""The ``due`` of what waits for no moment: a draft or a withdrawal, and what has to be judged again."""
NEVER: Final = 2**63 - 1
"""The ``due`` of a copy: it waits for as long as the article that it copies says the same."""

_SECTIONS_CACHED: Final = 1024

_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def micros(moment: datetime) -> int:
    """A moment as microseconds since 1970 in UTC, exactly."""
    return (moment - _ZERO) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    """The moment of so many microseconds, in UTC; one beyond the calendar (year 9999, west of UTC) is its end."""
    try:
        return _ZERO + micros * _MICROSECOND
    except OverflowError:
        return _LAST if micros > 0 else _FIRST


def due_of(article: Article) -> int:
    """When an article may be accepted, in microseconds; a draft or a withdrawal waits for no embargo."""
    return AT_ONCE if is_gone_by_choice(article) else micros(article.due)


def path_bytes(path: str) -> bytes:
    """The name of a file as the file system has it, undecodable bytes included."""
    return path.encode("utf-8", "surrogateescape")


def path_of(name: bytes) -> str:
    """The name that ``path_bytes`` made bytes of."""
    return name.decode("utf-8", "surrogateescape")


def storable(text: str) -> str:
    """A text for a column: a lone surrogate, which no encoding has, is written as its number."""
    return text.encode("utf-8", "backslashreplace").decode()


def look_of(seed: Seed) -> str:
    """How a file looked, without its name."""
    return orjson.dumps([seed.size, seed.mtime_ns, seed.ctime_ns, seed.inode]).decode()


def seed_of(path: bytes, look: str) -> Seed:
    """The file that looked so."""
    return Seed(path_of(path), *orjson.loads(look))


@lru_cache(maxsize=_SECTIONS_CACHED)
def names_of(names: str) -> tuple[str, ...]:
    """The sections of a column."""
    return tuple(orjson.loads(names))


@lru_cache(maxsize=_SECTIONS_CACHED)
def names_column(names: tuple[str, ...]) -> str:
    """Sections as a column."""
    return orjson.dumps(names).decode()


def event_of(row: tuple[Any, ...]) -> Event:
    """The event of a row of the view ``log``."""
    seq, epoch, at, kind, article_id, slug, version, shelves, left, record, reason, backfill, retracted = row
    return Event(
        seq=seq,
        epoch=epoch,
        at=moment_of(at),
        kind=Kind(kind),
        article_id=article_id,
        slug=slug,
        version=version,
        shelves=names_of(shelves),
        left=names_of(left),
        article=None if record is None else decode(record),
        reason=reason,
        backfill=bool(backfill),
        retracted=bool(retracted),
    )


def within(rows: Iterable[tuple[Any, ...]], most_bytes: int) -> Iterator[tuple[Any, ...]]:
    """The first of some rows whose sixth columns have so many bytes together; at least one."""
    for row in rows:
        yield row
        most_bytes -= len(row[5])
        if most_bytes < 0:
            return
