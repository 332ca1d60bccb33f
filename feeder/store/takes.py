"""What is handed to a store to be kept, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Article, Event, Seed


class Status(StrEnum):
    """What became of a file."""

    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file, or one record (from 1) of it, was refused, and where: a line (from 1) or a byte offset."""

    reason: str
    line: int | None = None
    offset: int | None = None
    record: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A file as it was read, or one part of it: what is to be kept of it in one transaction.

    Either ``refusal`` is set (the whole file is quarantined) or there are articles (and perhaps refused
    records among them). ``seed`` is how the file looked before and after it was read.

    A file of many articles comes in parts, in its order: ``first`` is the number (from 1) of the first article in
    this part, and only the ``last`` part knows the hash, the refused records (the first ones of ``refused_count``)
    and how the file looked in the end. A part that is the first again begins the file anew.

    ``companions`` are the paths of the files that its articles show, and of those they would show if they were there.
    A file that is no article and none that failed to be one is ``ignored``, for this reason.
    """

    seed: Seed
    sha256: str
    format: str | None = None
    articles: tuple[Article, ...] = ()
    refused: tuple[Refusal, ...] = ()
    refused_count: int = 0
    refusal: Refusal | None = None
    backfill: bool = False
    first: int = 1
    last: bool = True
    companions: tuple[str, ...] = ()
    ignored: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this is all of the file."""
        return self.first == 1 and self.last

    @property
    def records(self) -> int:
        """How many articles the file has up to the end of this part."""
        return self.first - 1 + len(self.articles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the store knows of a file: how it looked when it was taken in, and what became of it.

    ``tries`` counts how often different contents of a quarantined file were refused; ``first_seen`` is
    aware UTC. ``reason`` says why the file is not (or not wholly) published. ``missing_since`` is the moment
    (aware UTC) since which the file has not been in the folder, None while it is there. ``refused`` are the first of
    the ``refused_count`` records that were refused while others of the file were taken.
    """

    seed: Seed
    sha256: str
    status: Status
    format: str | None = None
    refusal: Refusal | None = None
    reason: str | None = None
    first_seen: datetime
    tries: int = 0
    missing_since: datetime | None = None
    refused: tuple[Refusal, ...] = ()
    refused_count: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether the file was refused, in whole or in part."""
        return self.status is Status.QUARANTINED or self.refused_count > 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one call of ``Intake.accept`` did.

    The events it wrote, what became of the files it touched, and whether more is staged and due, so that the
    call should be made again.
    """

    events: tuple[Event, ...]
    marks: tuple[Mark, ...]
    more: bool
