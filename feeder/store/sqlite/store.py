"""The default engine: one SQLite file with three connections, each in its own thread: to write, to read, and to search.

``sqlite:///data/feeder.db`` is relative to the working directory, ``sqlite:////var/lib/feeder.db`` absolute.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import string
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from feeder.bell import Bell
from feeder.errors import ConfigError, OccupiedError, UnavailableError
from feeder.store.sqlite import filling, fronts, lines, listing, log, media, search, search_index, wanted
from feeder.store.sqlite.connection import Confined, is_damaged_index, open_reader, open_writer, writing
from feeder.store.sqlite.intake import Intake
from feeder.store.sqlite.ledger import Ledger
from feeder.store.sqlite.marks import companions, marks, note_missing, refresh
from feeder.store.sqlite.prune import raise_floor, sweep
from feeder.store.sqlite.subscriptions import SqliteSubscriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Article, Event, Feed, Headline, Section, Seed
    from feeder.query import Query
    from feeder.store import (
        Accepted,
        Bounds,
        Concerned,
        Epoch,
        Form,
        Front,
        HourCount,
        Line,
        Listed,
        Mark,
        Page,
        Store,
        Stretch,
        Subscriptions,
        Take,
    )
    from feeder.store.sqlite.connection import Connection

T = TypeVar("T")

_SCHEME: Final = "sqlite:///"
_EPOCH_LENGTH: Final = 8


async def open_store(url: str, *, data: Path, write: bool = True) -> Store:  # noqa: ARG001 - the contract's; no scratch is needed
    """Open the SQLite file that a URL names; see ``feeder.store.open_store``."""
    path = path_in(url)
    async with AsyncExitStack() as opened:
        # The writer closes last: only without a reader can it bring the write-ahead log home and remove it.
        writer = await opened.enter_async_context(Confined(path, open_writer)) if write else None
        epoch = await writer.run(_begin_epoch) if writer else None
        reader = await opened.enter_async_context(Confined(path, open_reader))
        searcher = await opened.enter_async_context(Confined(path, open_reader))
        return Sqlite(reader, searcher, writer, epoch, opened.pop_all())


def path_in(url: str) -> Path:
    """The file that a URL names.

    Raises:
        ConfigError: it names none.
    """
    name = url.removeprefix(_SCHEME)
    if name == url or not name or name.startswith(":") or name.endswith("/") or _is_folder(name):
        raise ConfigError(
            f"store.url: {url!r} names no file; write sqlite:///data/feeder.db (from the working directory) or "
            "sqlite:////var/lib/feeder/feeder.db (from the root)"
        )
    return Path(name).absolute()


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # nobody may look: that is said when it is opened
        return False


def _begin_epoch(connection: Connection) -> str:
    name = "".join(secrets.choice(string.digits + string.ascii_letters) for _ in range(_EPOCH_LENGTH))
    with writing(connection):
        connection.execute("INSERT INTO epochs (name, first) SELECT ?, seq + 1 FROM head", (name,))
        search_index.prepare(connection)
    return name


class Sqlite:
    """An open store; see ``feeder.store.Store``, whose contracts it keeps."""

    def __init__(
        self,
        reader: Confined,
        searcher: Confined,
        writer: Confined | None,
        epoch: str | None,
        opened: AsyncExitStack,
    ) -> None:
        self.bell = Bell()
        self._reader = reader
        self._searcher = searcher
        self.distrusts_index = False
        self._writer = writer
        self._epoch = epoch
        self._form: Form | None = None
        self._loop = asyncio.get_running_loop()
        self._opened = opened
        self.subscribers: Subscriptions = SqliteSubscriptions(reader, writer, self._refuse_when_overtaken)

    async def read(self, after: int, limit: int) -> list[Event]:
        """``Log.read``."""
        return await self._reader.run(partial(log.read, after=after, limit=limit))

    async def lines(self, after: int, limit: int, form: str) -> list[Line | Event]:
        """``Log.lines``."""
        return await self._reader.run(partial(lines.read, after=after, limit=limit, form=form))

    async def replaced(self, events: Sequence[Event]) -> dict[int, Article]:
        """``Log.replaced``."""
        return await self._reader.run(partial(log.replaced, events=events))

    async def concerned(self, after: int) -> Concerned | None:
        """``Log.concerned``."""
        return await self._reader.run(partial(log.concerned, after=after))

    async def bounds(self) -> Bounds:
        """``Log.bounds``."""
        return await self._reader.run(log.bounds)

    async def epochs(self) -> list[Epoch]:
        """``Log.epochs``."""
        return await self._reader.run(log.epochs)

    async def seq_before(self, moment: datetime) -> int:
        """``Log.seq_before``."""
        return await self._reader.run(partial(log.seq_before, moment=moment))

    async def prune(self, before: datetime) -> int:
        """``Log.prune``."""
        forgotten = await self._writing.run(partial(raise_floor, before=before))
        after: int | None = 0
        while after is not None:
            after = await self._writing.run(partial(sweep, after=after))
        return forgotten

    async def by_slug(self, slug: str) -> Event | None:
        """``Articles.by_slug``."""
        return await self._reader.run(partial(log.by_slug, slug=slug))

    async def by_id(self, article_id: str) -> Event | None:
        """``Articles.by_id``."""
        return await self._reader.run(partial(log.by_id, article_id=article_id))

    async def history(self, article_id: str, limit: int) -> list[Event]:
        """``Articles.history``."""
        return await self._reader.run(partial(log.history, article_id=article_id, limit=limit))

    async def newest(self, shelf: str | None, limit: int) -> list[Event]:
        """``Articles.newest``."""
        return await self._reader.run(partial(log.newest, shelf=shelf, limit=limit))

    async def sections(self, *, ever: bool = False) -> list[Section]:
        """``Articles.sections``."""
        return await self._reader.run(partial(log.sections, ever=ever))

    async def last_event(self, shelf: str | None) -> Event | None:
        """``Articles.last_event``."""
        return await self._reader.run(partial(log.last_event, shelf=shelf))

    async def front(self, shelf: str | None, limit: int, page_size: int, known: Collection[int] = frozenset()) -> Front:
        """``Articles.front``."""
        return await self._reader.run(partial(fronts.front, shelf=shelf, limit=limit, page_size=page_size, known=known))

    async def page(self, shelf: str | None, number: int, page_size: int) -> Page | None:
        """``Articles.page``."""
        return await self._reader.run(partial(fronts.page, shelf=shelf, number=number, page_size=page_size))

    async def stale_pages(self, shelf: str | None, after: int, page_size: int) -> list[int]:
        """``Articles.stale_pages``."""
        return await self._reader.run(partial(fronts.stale_pages, shelf=shelf, after=after, page_size=page_size))

    async def define(self, feeds: Sequence[Feed]) -> None:
        """``Shelves.define``."""
        definitions = wanted.definitions(feeds)
        while await self._writing.run(partial(self._file_on, definitions=definitions)):
            pass

    def _file_on(self, connection: Connection, definitions: Mapping[str, str]) -> bool:
        with self._transaction(connection):
            return filling.file_on(connection, definitions)

    async def stretches(self, size: int, after: int) -> list[Stretch]:
        """``Listing.stretches``."""
        newest = (await self.bounds()).newest
        numbers: set[int] = set()
        for start in range(after, newest, listing.EVENTS_STEP):
            end = min(start + listing.EVENTS_STEP, newest)
            numbers |= await self._reader.run(partial(listing.concerned, size=size, after=start, until=end))
        return [await self._reader.run(partial(listing.stretch, size=size, number=one)) for one in sorted(numbers)]

    async def listed(self, after: int, limit: int) -> list[Listed]:
        """``Listing.listed``."""
        return await self._reader.run(partial(listing.listed, after=after, limit=limit))

    async def headlines(self, since: datetime, limit: int) -> list[Headline]:
        """``Listing.headlines``."""
        before, found = (await self.bounds()).newest + 1, []
        for _ in range(listing.MOST_READ // listing.STEP):
            step = await self._reader.run(partial(listing.recent, before=before))
            found += [(one.published, seq, one) for seq, one in step if one.published >= since]
            if len(step) < listing.STEP or step[-1][1].at < since:
                break
            before = step[-1][0]
        return [one for _, _, one in sorted(found, key=itemgetter(0, 1), reverse=True)[:limit]]

    async def counts_by_hour(self, since: datetime) -> list[HourCount]:
        """``Listing.counts_by_hour``."""
        return await self._reader.run(partial(listing.counts_by_hour, since=since))

    async def search(self, query: Query, limit: int) -> list[Event]:
        """``Search.search``."""
        try:
            return await self._searcher.run(partial(search.find, query=query, limit=limit))
        except UnavailableError as error:
            self.distrusts_index |= is_damaged_index(error.__cause__)
            raise

    async def newest_by_date(self, limit: int) -> list[Event]:
        """``Search.newest_by_date``; where the index says places is a plain table, read as the log is."""
        return await self._reader.run(partial(search.newest_by_date, limit=limit))

    async def index(self, limit: int) -> bool:
        """``Index.index``."""

        def step(connection: Connection) -> bool:
            with self._transaction(connection):
                if self.distrusts_index:
                    search_index.begin_anew(connection)
                return search_index.read_on(connection, limit)

        more = await self._writing.run(step)
        self.distrusts_index = False
        return more

    async def sweep_index(self) -> bool:
        """``Index.sweep_index``."""

        def step(connection: Connection) -> bool:
            with self._transaction(connection):
                return search_index.sweep(connection)

        return await self._writing.run(step)

    async def shows_media(self, name: str) -> bool:
        """``Articles.shows_media``."""
        return await self._reader.run(partial(media.is_shown, name=name))

    async def media(self) -> set[str]:
        """``Intake.media``."""
        return await self._reader.run(media.in_use)

    async def companions(self) -> list[tuple[str, str]]:
        """``Intake.companions``."""
        return await self._reader.run(companions)

    def keep_lines(self, form: Form) -> None:
        """``Lines.keep_lines``."""
        self._form = form

    async def mend_lines(self, limit: int) -> bool:
        """``Lines.mend_lines``."""
        form = self._form

        def step(connection: Connection) -> bool:
            with self._transaction(connection):
                return form is not None and lines.mend(connection, form, limit)

        return await self._writing.run(step)

    async def marks(self) -> list[Mark]:
        """``Intake.marks``."""
        return await self._reader.run(marks)

    async def stage(self, takes: Sequence[Take], *, now: datetime) -> tuple[Mark, ...]:
        """``Intake.stage``."""
        marks, _ = await self._write(lambda ledger: Intake(ledger, now=now).stage(takes), now)
        return marks

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
        """``Intake.accept``."""
        leaves = now + timedelta(seconds=grace_seconds) if withdraw else None
        accepted, _ = await self._write(
            lambda ledger: Intake(ledger, now=now, gone=gone).accept(takes, limit, leaves=leaves), now
        )
        return accepted

    async def refresh(self, seeds: Sequence[Seed]) -> None:
        """``Intake.refresh``."""
        await self._writing.run(partial(refresh, seeds=seeds))

    async def note_missing(self, paths: Collection[str], since: datetime | None) -> None:
        """``Intake.note_missing``."""
        await self._writing.run(partial(note_missing, paths=paths, since=since))

    async def vanish(self, paths: Collection[str], *, now: datetime, withdraw: bool) -> list[Event]:
        """``Intake.vanish``."""
        _, events = await self._write(lambda ledger: Intake(ledger, now=now).vanish(paths, withdraw=withdraw), now)
        return events

    async def retract(self, article_id: str, *, now: datetime, reason: str) -> list[Event]:
        """``Intake.retract``."""
        _, events = await self._write(lambda ledger: Intake(ledger, now=now).retract(article_id, reason), now)
        return events

    async def next_due(self) -> datetime | None:
        """``Due.next_due``."""
        return await self._reader.run(log.next_due)

    async def expire(self, *, now: datetime, limit: int = 500) -> list[Event]:
        """``Due.expire``."""
        _, events = await self._write(lambda ledger: Intake(ledger, now=now).expire(limit), now)
        return events

    async def close(self) -> None:
        """``Store.close``."""
        await self._opened.aclose()

    @property
    def _writing(self) -> Confined:
        if self._writer is None:
            raise RuntimeError("this store was opened for reading only")
        return self._writer

    async def _write(self, work: Callable[[Ledger], T], now: datetime) -> tuple[T, list[Event]]:
        """One transaction; the bell is rung from the writer's thread, as the caller may have been cancelled."""

        def transaction(connection: Connection) -> tuple[T, list[Event]]:
            with self._transaction(connection):
                ledger = Ledger(connection, self._epoch or "", now, self._form)
                result = work(ledger)
                ledger.close()
            if ledger.events:
                self._ring()
            return result, ledger.events

        return await self._writing.run(transaction)

    @contextlib.contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        with writing(connection):
            self._refuse_when_overtaken(connection)
            yield

    def _refuse_when_overtaken(self, connection: Connection) -> None:
        """Two writers would number events under each other's epochs; the later one has the store."""
        (newest,) = connection.execute("SELECT name FROM epochs ORDER BY ordinal DESC LIMIT 1").fetchone()
        if newest != self._epoch:
            raise OccupiedError("another instance has opened the store for writing; this one writes no more")

    def _ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody listens any more
            self._loop.call_soon_threadsafe(self.bell.ring)
