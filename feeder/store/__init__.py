"""What a store is: the numbered log of events, the latest state of each article, and what became of each file.

Several small contracts rather than one wide. An engine (``sqlite/``) implements all of them and runs the one
contract-test suite. Exactly one process opens a store for writing.

A *shelf* is where a feed's articles stand (``Feed.shelf``): None is every article, a section's name that section, and
``=NAME`` the configured feed NAME, of which the store is told by ``Shelves.define``. Every article that ever stood on
a shelf has a *place* there for ever, numbered from 1 in the order in which they first came; so an archive page is
always of the same articles. One that leaves keeps its place, as a tombstone, until it returns.

Every method may raise ``UnavailableError`` (disk full, locked, away): nothing was changed and the same call may
be made again. After an error that leaves in doubt what is on the disk, every further call raises ``LostError``. A
writer that another one has overtaken raises ``OccupiedError`` and writes no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from feeder import registry
from feeder.errors import ConfigError
from feeder.store.listing import HourCount, Listed, Listing, Stretch
from feeder.store.log import Bounds, Concerned, Epoch, Form, Line, Lines, Log
from feeder.store.searching import MOST_ASKED, Index, Search
from feeder.store.subscriptions import Intent, Subscription, Subscriptions
from feeder.store.takes import Accepted, Mark, Refusal, Status, Take

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from feeder.model import Event, Feed, Section, Seed, Tombstone

__all__ = [
    "MOST_ASKED",
    "Accepted",
    "Articles",
    "Bounds",
    "Concerned",
    "Due",
    "Epoch",
    "Form",
    "Front",
    "HourCount",
    "Index",
    "Intake",
    "Intent",
    "Line",
    "Lines",
    "Listed",
    "Listing",
    "Log",
    "Mark",
    "Page",
    "Refusal",
    "Search",
    "Shelves",
    "Status",
    "Store",
    "Stretch",
    "Subscription",
    "Subscriptions",
    "Take",
    "open_store",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a feed's document is made of, as the log has it at one moment: all of it is answered by one look.

    ``last`` is the newest event that concerned the shelf, as ``Articles.last_event`` gives it (None if none ever did);
    nothing here is later. ``shown`` are the articles by their latest events, latest first: the ``limit`` newest, and
    those of the archive page that is not complete yet. Those whose events the caller knows are not read: their numbers
    stand in ``kept`` instead, latest first. ``gone`` are the articles that are not shown here any more, by the events
    by which they left, latest first: those that left after the oldest of the ``limit`` newest came to be as it is (all,
    where fewer are shown), at most ``limit`` of them, and those of the page that is not complete yet.
    ``pages`` says how many archive pages are complete: what is neither in them nor here was never on the shelf.

    Every event that concerns the shelf with a larger number than ``complete_after`` is of an article in ``shown``,
    ``kept`` or ``gone``: who knows all up to there learns the rest from this. It is the smallest such number, 0 if all
    are here. For a configured feed it is larger than the number that the log had come to when the feed was defined (if
    that was any), as nobody knows what those saw who came before.

    ``date_is_unique`` says whether the whole second of ``last`` names this one state: false if the log has, or may
    have forgotten, an event of an earlier moment of that second, because a state before this one could have had
    the same second; and if a configured feed was defined later than that event.
    """

    last: Event | None
    shown: tuple[Event, ...]
    gone: tuple[Tombstone, ...]
    pages: int
    complete_after: int
    date_is_unique: bool
    kept: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A complete archive page: a fixed set of articles, as they are now, in the order in which they first came.

    ``seq`` is the newest of the events by which they are shown or left, ``cursor`` its id on the stream and
    ``updated`` its moment (aware UTC).
    """

    seq: int
    cursor: str
    updated: datetime
    shown: tuple[Event, ...]
    gone: tuple[Tombstone, ...]


class Articles(Search, Protocol):
    """The latest state of each article, given as its latest event."""

    async def by_slug(self, slug: str) -> Event | None:
        """The latest event of the article with this slug; a retraction if it is retracted."""
        ...

    async def by_id(self, article_id: str) -> Event | None:
        """The latest event of the article with this id; a retraction if it is retracted."""
        ...

    async def history(self, article_id: str, limit: int) -> list[Event]:
        """The newest events of an article that are kept as part of the log, at most ``limit``, oldest first.

        Its latest one is always among them, also where the log has forgotten it. Of a retracted article all are there,
        without their content.
        """
        ...

    async def newest(self, shelf: str | None, limit: int) -> list[Event]:
        """The articles that are shown on a shelf, by their latest events, latest first."""
        ...

    async def sections(self, *, ever: bool = False) -> list[Section]:
        """The sections that shown articles belong to, by name; with ``ever`` those too that have none left.

        A section that the log once had is never forgotten; its title is the one that was written last.
        """
        ...

    async def last_event(self, shelf: str | None) -> Event | None:
        """The newest event that concerned a shelf, retractions and departures included.

        When a configured feed is defined, the event that is the newest then counts as one that concerned it: all that
        it shows may be another from there on.
        """
        ...

    async def shows_media(self, name: str) -> bool:
        """Whether a shown article shows the kept file of this name (``SHA256.EXT``)."""
        ...

    async def front(self, shelf: str | None, limit: int, page_size: int, known: Collection[int] = frozenset()) -> Front:
        """What the document of a feed with ``limit`` (1 or more) articles shows; archive pages have ``page_size``.

        Of the events whose numbers are ``known`` the caller has all that it needs (see ``Front.kept``).
        """
        ...

    async def page(self, shelf: str | None, number: int, page_size: int) -> Page | None:
        """The archive page of the places ``(number - 1) * page_size + 1`` to ``number * page_size``.

        None if it is not complete yet, or not there.
        """
        ...

    async def stale_pages(self, shelf: str | None, after: int, page_size: int) -> list[int]:
        """The numbers, rising, of the complete pages that events with ``seq > after`` concern.

        Those that have become complete since are among them. When the feed was defined after that event (or with none
        since), all are.
        """
        ...


class Shelves(Protocol):
    """The configured feeds: what is put where, beside the sections."""

    async def define(self, feeds: Sequence[Feed]) -> None:
        """These are the configured feeds from now on; those that stand where all or a section's articles do, too.

        Told once after the store was opened for writing, and before anything is accepted if it can be: what is
        accepted is put where the definitions of that moment say. A feed that is new, or wants something else than
        before, is filled with what the store has, article by article in the order of their first acceptance and by
        every version that is kept, as if it had always been there (of what was retracted by then nothing is known):
        events of old concern it too. One that is not named any more is forgotten, with its places. This is done in
        many small transactions; one that was interrupted is taken up again by the next call.

        Raises:
            QueryError: a query cannot be read; nothing was changed.
        """
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

        Gives the marks of those of which nothing is due (they were refused, say, or are held until a later moment): no
        ``accept`` will tell of them now.

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


class Store(Log, Lines, Articles, Listing, Shelves, Index, Intake, Due, Protocol):
    """One engine, opened."""

    subscribers: Subscriptions
    """Who is told over WebSub."""
    distrusts_index: bool
    """A search has met damage: the next ``index`` begins anew. Who only reads tells who writes."""

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
