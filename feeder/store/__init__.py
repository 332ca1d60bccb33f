"""What a store is: the numbered log of events, the latest state of each article, and what became of each file.

Several small contracts rather than one wide. An engine (``sqlite/``) implements all of them and runs the one
contract-test suite. Exactly one process opens a store for writing.

Every method may raise ``UnavailableError`` (disk full, locked, away): nothing was changed and the same call may
be made again. After an error that leaves in doubt what is on the disk, every further call raises ``LostError``. A
writer that another one has overtaken raises ``OccupiedError`` and writes no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from feeder import registry
from feeder.errors import ConfigError
from feeder.store.listing import Listed as Listed
from feeder.store.listing import Listing as Listing
from feeder.store.listing import Stretch as Stretch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from feeder.bell import Bell
    from feeder.model import Article, Event, Section, Seed


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
class Epoch:
    """One run of a writer: it numbered the events ``first`` to ``last`` (``first - 1`` if none yet)."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The log's range: the first event still kept (``newest + 1`` if none), the last given out (0 if none)."""

    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Concerned:
    """A stretch of the log: its first and its last event that are kept, and the shelves that any of them concerned."""

    first: int
    last: int
    shelves: frozenset[str]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one call of ``Intake.accept`` did.

    The events it wrote, what became of the files it touched, and whether more is staged and due, so that the
    call should be made again.
    """

    events: tuple[Event, ...]
    marks: tuple[Mark, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Front:
    """A section, or the whole site, as the log has it at one moment: all of it is answered by one look.

    ``last`` is the newest event that concerned it (None if none ever did), as ``Articles.last_event`` gives it;
    ``shown`` are its articles, as ``Articles.newest`` gives them, so none is shown by an event later than ``last``.
    ``date_is_unique`` says whether the whole second of ``last`` names this one state: false if the log has, or may
    have forgotten, an event of an earlier moment of that second, because a state before this one could have had
    the same second.
    """

    last: Event | None
    shown: tuple[Event, ...]
    date_is_unique: bool


class Log(Protocol):
    """The numbered log.

    Sequence numbers are contiguous from 1 for ever, and committed in their order: who has read to ``n`` never
    finds one below ``n`` later.
    """

    bell: Bell
    """Rung, on the loop, after every commit that wrote events."""

    async def read(self, after: int, limit: int) -> list[Event]:
        """Events with ``seq > after`` in order, at most ``limit``."""
        ...

    async def concerned(self, after: int) -> Concerned | None:
        """What the events with ``seq > after`` concerned, all of them at once; None if there are none."""
        ...

    async def bounds(self) -> Bounds:
        """The range of the log."""
        ...

    async def epochs(self) -> list[Epoch]:
        """Every epoch that the log knows, oldest first; the last one is the writer's own."""
        ...

    async def seq_before(self, moment: datetime) -> int:
        """The last event accepted before ``moment``, to read on after it (``oldest - 1`` if there is none)."""
        ...

    async def prune(self, before: datetime) -> int:
        """Forget the events accepted before a moment and say how many; articles stay. Numbers stay used."""
        ...


class Articles(Protocol):
    """The latest state of each article, given as its latest event."""

    async def by_slug(self, slug: str) -> Event | None:
        """The latest event of the article with this slug; a retraction if it is retracted."""
        ...

    async def by_id(self, article_id: str) -> Event | None:
        """The latest event of the article with this id; a retraction if it is retracted."""
        ...

    async def newest(self, section: str | None, limit: int) -> list[Event]:
        """The shown (not retracted) articles of a section, or of all, by their latest events, latest first."""
        ...

    async def sections(self, *, ever: bool = False) -> list[Section]:
        """The sections that shown articles belong to, by name; with ``ever`` those too that have none left.

        A section that the log once had is never forgotten; its title is the one that was written last.
        """
        ...

    async def last_event(self, section: str | None) -> Event | None:
        """The newest event that concerned a section (retractions and departures included), or any."""
        ...

    async def shows_media(self, name: str) -> bool:
        """Whether a shown article shows the kept file of this name (``SHA256.EXT``)."""
        ...

    async def front(self, section: str | None, limit: int) -> Front:
        """``last_event`` and ``newest`` of one and the same moment of the log."""
        ...


class Intake(Protocol):
    """The way in. Which article a candidate is, is decided by ``identity.decide`` inside the transaction."""

    async def marks(self) -> list[Mark]:
        """Every file the store knows of."""
        ...

    async def companions(self) -> list[tuple[str, str]]:
        """Every file with each of its companions (see ``Take``), those of one file together.

        When a companion is taken in anew with another hash, or vanishes, the marks of the files that show it look as no
        file does, in the same transaction: whoever looks next reads them again, whatever happened in between.
        """
        ...

    async def media(self) -> set[str]:
        """The names of the kept files that articles show, or will when their moment has come."""
        ...

    async def stage(self, takes: Sequence[Take], *, now: datetime) -> tuple[Mark, ...]:
        """Keep what was read of files, with their marks, without publishing yet (one transaction).

        Gives the marks of those of which nothing waits (they were refused, say): no ``accept`` will tell of them.

        For looks that find more than is kept in memory; ``accept`` goes on from there, after a crash too.
        Whatever was staged of the same path earlier is replaced. Of a file that comes in parts nothing counts before
        its last part is there; a file that never gets there is as it was.

        A record of a many-article file that says word for word what a record of the same file said before, and is
        shown, stays what it is and is not judged again, whatever its place in the file is now.
        """
        ...

    async def accept(  # noqa: PLR0913 - each is a fact of one look
        self,
        takes: Sequence[Take],
        *,
        now: datetime,
        gone: Collection[str] = (),
        limit: int = 500,
        withdraw: bool = False,
        grace_seconds: float = 0,
    ) -> Accepted:
        """Stage ``takes``, then accept up to ``limit`` staged articles that are due, in order of date.

        One transaction: articles, events and the files' marks. Order is that of ``published``, then of the
        path. An article whose ``due`` lies after ``now`` stays staged: its file is ``scheduled``. One whose
        ``expires`` has passed is not published (``expired``, and retracts what was shown of it); one that is a
        draft or withdrawn retracts the article that its file held (reason ``withdrawn``). ``gone`` names known
        paths that are not in the folder now: their articles may have moved to a new path, and what is staged
        of them is not released before the file is back (``more`` does not count it). A
        file among ``takes`` is there.

        Files may change places in one look. A record without an id of its own that says exactly what a shown
        article says, where the file that held that article now says something different or is gone, is that
        article: it moved. Where that file's new text is a revision of the article (``identity.is_revision``), it
        keeps the article, and the record with the old text is a ``duplicate``. To settle this, a record that waits
        may be accepted before its turn. A file that holds a copy of another story now, whose own file is there, is a
        ``duplicate`` and no revision of what it held, unless it is also an edit of that. With ``withdraw`` an article
        that no file holds any more because its file (of one record) now holds another is retracted (reason
        ``withdrawn``) by ``expire`` if none has come to hold it within the grace time; without, it stays published.

        An event is written only if something shown changed: at first ``published``; ``corrected`` if the
        correction note is new or changed, else ``updated``; ``published`` again with the next version when a
        retracted article returns. Events get the writer's epoch and consecutive numbers; ``at`` is ``now``,
        but always later than that of the transaction in front: no two share a moment. An article's slug is
        minted from its wish at first acceptance (``-2``, ``-3``… when another has it) and kept; ``modified`` of a
        revision is the author's (never later than ``at``), else ``at``.
        """
        ...

    async def refresh(self, seeds: Sequence[Seed]) -> None:
        """The files look different but hold the same bytes: keep the new look in their marks.

        They are there: none of them is missing any more.
        """
        ...

    async def note_missing(self, paths: Collection[str], since: datetime | None) -> None:
        """These known files are not in the folder since that moment; None: they are there (again).

        One transaction; unknown paths are ignored. Marks keep it (``missing_since``) over restarts, until the file
        is taken in again, refreshed or forgotten. Nothing is withdrawn by it: that is ``vanish``.
        """
        ...

    async def vanish(self, paths: Collection[str], *, now: datetime, withdraw: bool) -> list[Event]:
        """The files are gone for good: forget their marks and what is staged of them.

        A held article is not released without its file. With ``withdraw`` their articles are retracted (reason
        ``withdrawn``) unless another file holds them; without, they stay published.
        """
        ...

    async def retract(self, article_id: str, *, now: datetime, reason: str) -> list[Event]:
        """Withdraw one article for good, whatever its file does later; nothing if it already is.

        Raises:
            KeyError: the store has no such article.
        """
        ...


class Due(Protocol):
    """What is held back until a moment, or shown until one; found by a query, so that it survives restarts."""

    async def next_due(self) -> datetime | None:
        """The next moment at which something is to be released (by ``Intake.accept``), to expire or to go.

        What is held for a file that ``note_missing`` named has no moment until the file is back.
        """
        ...

    async def expire(self, *, now: datetime, limit: int = 500) -> list[Event]:
        """Retract the articles whose ``expires`` has passed (reason ``expired``), in order of that moment.

        Then those that no file has held for the grace time of ``Intake.accept`` (reason ``withdrawn``).
        """
        ...


class Store(Log, Articles, Listing, Intake, Due, Protocol):
    """One engine, opened."""

    async def close(self) -> None:
        """Finish what is being written and let go of the files; idempotent."""
        ...


async def open_store(url: str, *, data: Path, write: bool = True) -> Store:
    """Open the engine that the URL's scheme names.

    ``data`` is the data folder that relative paths of the URL are not resolved against, but that engines may
    keep scratch files in. With ``write`` a new epoch begins.

    Raises:
        ConfigError: an unknown scheme, or a URL that the engine cannot use.
        UnavailableError: the store cannot be opened now.
    """
    scheme, separator, _ = url.partition(":")
    if not separator:
        raise ConfigError(f"store.url: {url!r} is not a URL; write for example sqlite:///data/feeder.db")
    opened: Store = await registry.find("stores", scheme)(url, data=data, write=write)
    return opened
