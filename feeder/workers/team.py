"""The service's side of its workers: who they are, what they show, and what they say together."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final

import structlog

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.public import Share
from feeder.publish.issue import Issue
from feeder.web import Measure, readership
from feeder.wiring import newsstand_of
from feeder.workers.post import Post
from feeder.workers.sums import together
from feeder.workers.words import Terms, down

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from feeder.accounts import Account
    from feeder.config import Settings
    from feeder.listening import SharedPort
    from feeder.publish import Publisher
    from feeder.publish.document import Sheet
    from feeder.render import Site
    from feeder.store import Store
    from feeder.web.parts import Receiver
    from feeder.web.readership import Asked, Name, Readers
    from feeder.workers.words import State

LOOK_SECONDS: Final = 1.0
LATE_SECONDS: Final = 5.0
"""Who does not show an issue after so long is not waited for: it answers nobody, or will soon be replaced."""
_MARGIN_SECONDS: Final = 2.0
"""How long a worker may take to end once all is said."""

_logger = structlog.get_logger(__name__)


class Workers:
    """As many posts as the settings say.

    ``everywhere`` shows the issue that all workers show: who tells others that a document has changed tells them when
    whoever they ask has it. ``port`` is the address that the workers serve.
    """

    def __init__(self, settings: Settings, site: Site, store: Store, publisher: Publisher, port: SharedPort) -> None:
        self.port = port
        self.log_bell = store.bell
        self.news = Bell()
        self.number = 0
        self.issue = Issue()
        self.everywhere = newsstand_of(settings, store, site)
        self._settings = settings
        self._store = store
        self._publisher = publisher
        self._receiver: Receiver | None = None
        self._packing: asyncio.Task[dict[int, bytes]] | None = None
        self._since = 0.0
        of = settings.server.workers
        secret = os.urandom(16)
        self._posts = [Post(Terms(settings, site, Share(number, of), secret), self) for number in range(1, of + 1)]
        self._kept: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Keep the posts, and hand over what is published, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._kept = [group.create_task(post.keep()) for post in self._posts]
                group.create_task(self._follow())
        finally:
            for post in self._posts:
                post.kill()

    async def open(self, receiver: Receiver | None) -> None:
        """``receiver`` takes what is sent to our own WebSub hub; workers take connections as soon as they can."""
        self._receiver = receiver

    async def close(self) -> None:
        """Have all workers say goodbye and end, within ``stream.drain_seconds``."""
        await asyncio.gather(*(post.leave() for post in self._posts))
        if not self._kept:
            return
        _, late = await asyncio.wait(self._kept, timeout=self._settings.stream.drain_seconds + _MARGIN_SECONDS)
        if late:
            for post in self._posts:
                post.kill()
            await asyncio.wait(late)

    async def packed(self, sheet: Sheet) -> bytes:
        """A sheet as it is sent, packed in a thread; those that the issue brought once for all workers."""
        if self._packing is not None:
            found = (await asyncio.shield(self._packing)).get(id(sheet))
            if found is not None:
                return found
        return await asyncio.to_thread(down, sheet)

    async def receive(self, body: bytes) -> None:
        """Hand our own hub what a worker was sent."""
        if self._receiver is None:
            raise UnavailableError("there is no hub of ours")
        await self._receiver.receive(body)

    def note(self, state: State) -> None:
        """The index is the writer's to mend, and our own hub is here."""
        self._store.distrusts_index |= state.distrusts_index
        if self._receiver is not None and state.limited:
            self._receiver.requests["limited"] += state.limited

    def heard(self, _: Post) -> None:
        """Something has changed at a post: all that are up may show the newest issue now."""
        if all(post.shown == self.number for post in self._posts if post.is_up):
            self._is_everywhere()

    def reasons(self) -> list[str]:
        """Why they are not ready, a sentence each."""
        return [reason for post in self._posts for reason in post.reasons()]

    def measures(self) -> Iterator[Measure]:
        """What they have counted together, and each one's use of the machine."""
        yield from together(post.measures() for post in self._posts)
        yield Measure("workers", "gauge", "Processes that serve now.", sum(post.is_up for post in self._posts))
        losses = sum(post.losses for post in self._posts)
        yield Measure("worker_losses", "counter", "Processes that served and ended unexpectedly.", losses)
        for each in self.workers():
            of = {"worker": str(each["worker"])}
            yield Measure("worker_listeners", "gauge", "Connections that listen, by process.", each["listeners"], of)
            used = each["cpu_seconds"]
            yield Measure("worker_cpu_seconds", "counter", "Processor time of each process so far.", used, of)
            held = each["resident_bytes"]
            yield Measure("worker_resident_bytes", "gauge", "Memory of each process.", held, of)

    def asked(self) -> Mapping[Name, Asked]:
        """How the documents of feeds were asked for."""
        return readership.sum_of(post.asked() for post in self._posts)

    def readers(self) -> Readers:
        """Who reads the feeds, as all of them have seen it."""
        return readership.together(post.readers() for post in self._posts)

    def workers(self) -> Sequence[Account]:
        """What an operator is told of each."""
        return [post.account() for post in self._posts]

    async def _follow(self) -> None:
        """Take over what the publisher shows whenever that is something else."""
        clock = asyncio.get_running_loop().time
        with self._publisher.bell.listen() as ear:
            while True:
                await ear.wait(LOOK_SECONDS)
                issue = self._publisher.issue()
                if not self.number or issue != self.issue:
                    self._since = clock()
                    self._bring(issue)
                elif clock() > self._since + LATE_SECONDS:
                    self._is_everywhere()

    def _bring(self, issue: Issue) -> None:
        fresh = issue.since(self.issue).values()
        self._packing = asyncio.create_task(asyncio.to_thread(lambda: {id(sheet): down(sheet) for sheet in fresh}))
        self.number, self.issue = self.number + 1, issue
        self.news.ring()
        self.heard(self._posts[0])

    def _is_everywhere(self) -> None:
        self._packing = None
        if self.everywhere.issue is not self.issue:
            self.everywhere.lay_out(self.issue)
