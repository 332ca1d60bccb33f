"""The service: opens the parts, wires them, keeps the clock, and stops them in order.

The only place that knows everything. Lifetimes hang on one exit stack, running parts on one task group: whatever
fails unexpectedly ends the process, loudly, and nothing is lost, because the folder and the log are the truth.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, ExitStack, closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from feeder import instance
from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.indexing import Indexer
from feeder.listening import SharedPort, bind, operator_socket, url_of
from feeder.measures import of_ingest, of_publisher, of_websub
from feeder.media_folder import MediaFolder
from feeder.outbound import Outbound
from feeder.public import Public
from feeder.schedule import Schedule
from feeder.stream import form_of
from feeder.web import Figures, Measure, operator_app, start
from feeder.web.operator.course import HOURS, Course, sample_of
from feeder.web.operator.metrics import of_readers
from feeder.websub import Hub as WebSubHub
from feeder.websub import OuterHub, Topics
from feeder.wiring import ingest_of, now, opened, publisher_of, site_of
from feeder.workers import Workers

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Mapping, Sequence

    from feeder.accounts import Account
    from feeder.config import Settings
    from feeder.config.settings import Server
    from feeder.judge.judges import Judges
    from feeder.model import Event
    from feeder.render import Site
    from feeder.store import Mark, Status, Store
    from feeder.websub.topics import Documents

_log = structlog.get_logger(__name__)


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Watch, take in, publish and serve until ``stop`` is set.

    Raises:
        OccupiedError: another instance owns the data folder.
        ConfigError: an address cannot be listened on.
        UnavailableError: the data folder or the store cannot be used.
    """
    async with opened(settings) as (store, judges):
        with ExitStack() as stack:
            address = _address_of(settings.server)
            stack.enter_context(closing(address))
            operator = operator_socket(settings)
            if operator is not None:
                stack.enter_context(operator)
            await Service(settings, store, judges, address).run(operator, stop)


def _address_of(server: Server) -> SharedPort | socket.socket:
    """Where the public is served: a socket of our own, or an address that several processes can listen on."""
    if server.workers == 1:
        return bind(server.host, server.port, "server.port")
    return SharedPort(server.host, server.port)


def _websub_of(settings: Settings, store: Store, site: Site, documents: Documents) -> WebSubHub | OuterHub | None:
    """The hub that is told of changes: our own, another one by way of us, or none."""
    if site.hub is None:
        return None
    topics = Topics(documents, site, settings.feeds.formats)
    allow = settings.websub.allow
    if settings.websub.hub == "self":
        return WebSubHub(store.subscribers, topics, Outbound(allow), site.hub, clock=now)
    return OuterHub(store.subscribers, topics, Outbound(allow, trusted=[site.hub]), site.hub, clock=now)


class Service:
    """The running service: its parts, and what its operator sees and may do (the web's ``Operated``)."""

    def __init__(self, settings: Settings, store: Store, judges: Judges, address: SharedPort | socket.socket) -> None:
        self.settings = settings
        self.store = store
        self.judges = judges
        self.url = address.url if isinstance(address, SharedPort) else url_of(address)
        self.site = site = site_of(settings, self.url)
        store.keep_lines(form_of(site))
        self.schedule = Schedule(ZoneInfo(settings.site.timezone))
        self.ingest = ingest_of(settings, store, judges, patient=True, on_due=self._note_due)
        self.publisher = publisher_of(settings, store, site)
        self.public: Public | Workers
        documents: Documents = self.publisher
        if isinstance(address, SharedPort):
            self.public = Workers(settings, site, store, self.publisher, address)
            documents = self.public.everywhere
        else:
            self.public = Public(settings, site, store, self.publisher, address)
        self.websub = _websub_of(settings, store, site, documents)
        self._housekeeping = Bell()
        self._started = now()
        self._course = Course()
        self._due: datetime | None = None
        self._stopping = False

    async def run(self, operator: socket.socket | None, stop: asyncio.Event) -> None:
        """Do everything until ``stop`` is set; then end in order: nothing comes in, listeners hear goodbye."""
        self.schedule.every("look", self.settings.seeds.scan, self.ingest.bell.look_at_all)
        self.schedule.every("note the figures", "1m", self._note_figures)
        self.schedule.every("forget old events", "1h", self._housekeeping.ring)
        with suppress(UnavailableError):  # the publisher tries again and says why
            await self.publisher.publish()  # before the doors open: a restart is no outage for feed readers
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            parts = [
                group.create_task(self.public.run()),
                group.create_task(self.publisher.run()),
                group.create_task(self.schedule.run()),
                group.create_task(self._forget_old_events()),
                group.create_task(Indexer(self.store, self.store, self.store).run()),
                group.create_task(self._take_in()),
            ]
            if self.websub is not None:
                parts.append(group.create_task(self.websub.run()))
            if self.settings.seeds.notify:
                parts.append(group.create_task(self.ingest.bell.run()))
            await self._listen(stack, operator)
            await stop.wait()
            self._stopping = True
            await stack.aclose()
            for part in parts:
                part.cancel()
        _log.info("stopped")

    async def _listen(self, stack: AsyncExitStack, operator: socket.socket | None) -> None:
        """Open the doors, the operator's first, and say where they are."""
        if operator is not None:
            runner = await start(operator_app(self), operator, cancel=False, shutdown_seconds=1)
            stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(self.public.close)
        await self.public.open(self.websub if isinstance(self.websub, WebSubHub) else None)
        here = instance.Instance(os.getpid(), self.url, url_of(operator) if operator else None)
        await asyncio.to_thread(instance.announce, Path(self.settings.data.path), here)
        _log.info("serving", public=here.public, operator=here.operator, seeds=self.ingest.bell.root)

    async def _take_in(self) -> None:
        if lost := await self.judges.warm_up():
            _log.warning("a parser process was lost while it started", reason=str(lost))
        await self.ingest.run()

    async def _forget_old_events(self) -> None:
        """Keep the log within its retention; what cannot be done now is done an hour later."""
        days = self.settings.store.retention_days
        with self._housekeeping.listen() as listener:
            while await listener.wait():
                try:
                    if days:
                        await self.store.prune(now() - timedelta(days=days))
                    await self._forget_unused_media()
                except UnavailableError as error:
                    _log.warning("what is old is kept for now", reason=str(error))

    async def _forget_unused_media(self) -> None:
        """Remove what no article shows any more, or will: by a margin, as an article may just be on its way in."""
        folder, moment = MediaFolder(self.settings.media_path), now() - timedelta(hours=1)
        kept = await asyncio.to_thread(folder.names)
        unused = kept - await self.store.media()
        await asyncio.to_thread(folder.remove, sorted(unused), unused_since=moment)

    def _note_figures(self) -> None:
        self._course.note(now(), sample_of(self.public.measures(), self.public.asked()))

    def _note_due(self, moment: datetime | None) -> None:
        if moment == self._due:
            return
        self._due = moment
        self.schedule.at("due", moment, self.ingest.bell.ring)

    # What the operator sees and may do

    def reasons(self) -> list[str]:
        """Why the service is not ready, a sentence each."""
        found = ["the service is stopping"] if self._stopping else []
        if not self.ingest.looks:
            found.append("the seeds folder has not been looked at yet")
        return [*found, *self.ingest.problems, *self.publisher.problems(), *self.public.reasons()]

    def measures(self) -> Iterable[Measure]:
        """The counters of all parts."""
        yield from self.public.measures()
        yield from of_readers(self.public.asked(), {feed.name for feed in self.publisher.known()})
        yield from of_publisher(self.publisher)
        yield from of_ingest(self.ingest)
        if self.websub is not None:
            yield from of_websub(self.websub)
        yield Measure("parser_losses", "counter", "Parser processes that died or were killed.", self.judges.losses)
        yield Measure("clock_steps", "counter", "Times that the clock was set.", self.schedule.steps)

    def workers(self) -> Sequence[Account]:
        """The processes that serve the public; none if this one does it itself."""
        return self.public.workers()

    async def retract(self, article_id: str, reason: str) -> Sequence[Event]:
        """Withdraw one article for good; raises ``KeyError`` if there is no such article."""
        return await self.ingest.retract(article_id, reason)

    def withheld(self) -> Sequence[str]:
        """The files whose withdrawal waits for a word of the operator's."""
        return self.ingest.missing.held

    async def confirm_withdrawals(self) -> int:
        """Let the withdrawals through that the guard has held back, and say how many."""
        confirmed = self.ingest.missing.confirm()
        self.ingest.bell.ring()
        return len(confirmed)

    async def look(self) -> None:
        """Look at the seeds folder now."""
        self.ingest.bell.look_at_all()

    async def quarantine(self) -> Sequence[Mark]:
        """The files that are refused, in whole or in part."""
        return self.ingest.refused()

    async def retry(self, paths: Sequence[str]) -> Sequence[tuple[Mark, bool]]:
        """Have refused files judged now, and say what became of each and whether it was judged."""
        left = await self.ingest.judge_again(paths)
        return [(mark, path not in left) for path in paths if (mark := self.ingest.mark(path)) is not None]

    def files(self) -> Mapping[Status, int]:
        """How many known files have which status."""
        return self.ingest.files()

    async def last_event(self) -> Event | None:
        """The newest event of the log."""
        return await self.store.last_event(None)

    async def figures(self) -> Figures:
        """How it has gone in the last two days, and who reads."""
        self._note_figures()
        hour = now().replace(minute=0, second=0, microsecond=0)
        return Figures(
            now=now(),
            since=self._started,
            hours=await self.store.counts_by_hour(hour - timedelta(hours=HOURS - 1)),
            feeds=self.publisher.known(),
            readers=self.public.readers(),
            steps=self._course.steps(),
        )
