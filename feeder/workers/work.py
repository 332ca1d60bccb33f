"""The worker's side: a process that serves what it is handed, over a store that it only reads.

It ends when it is told to, in order; and at once when the service has gone, whatever became of that: it serves what
nobody keeps current any more, and the next service needs its address.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import socket
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import structlog

from feeder import __version__
from feeder.errors import UnavailableError
from feeder.public import Public
from feeder.publish.document import Sheet
from feeder.publish.issue import Issue
from feeder.store import open_store
from feeder.web.readership import Readers
from feeder.websub import RequestError
from feeder.wiring import newsstand_of
from feeder.workers.channel import LENGTH, Channel
from feeder.workers.words import RELEASE, Answer, Complete, Leave, Request, Seen, Shown, State, Terms, Up, read_down, up

if TYPE_CHECKING:
    from feeder.publish.issue import Name
    from feeder.store import Store
    from feeder.workers.words import Downward

_ANSWER_SECONDS: Final = 20.0
_STATE_SECONDS: Final = 1.0
_SOON_SECONDS: Final = 0.1
_STATES_TO_SEEN: Final = 3
_POLLERS_A_STATE: Final = 200
"""Who reads the feeds is said less often, and where they are many, which takes some milliseconds, seldom."""
_DIE_WITH_PARENT: Final = 1
"""PR_SET_PDEATHSIG."""
_ABANDONED: Final = 1

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lines:
    """The descriptors that a worker is started with: the channel, the bell, and a bound socket for the public."""

    channel: int
    bell: int
    listening: int

    def terms(self) -> Terms | None:
        """The first word of the service, waited for; None if that has gone. From now on we go with it.

        Raises:
            UnavailableError: the service is another release, so that we would not understand each other.
            OSError: these are no lines of a service's.
        """
        _go_with_parent()
        with socket.socket(fileno=os.dup(self.channel)) as connection:
            release = _message(connection)
            if release and release != RELEASE:
                raise UnavailableError(
                    f"the service is feeder {release.decode()}, but {__version__} is installed by now; start it again"
                )
            body = _message(connection)
        word = read_down(body) if body else None
        return word if isinstance(word, Terms) else None


async def work(terms: Terms, lines: Lines) -> None:
    """Serve until the service, or a signal, says that it is enough."""
    settings = terms.settings
    structlog.contextvars.bind_contextvars(worker=terms.share.number)
    channel = await Channel.over(socket.socket(fileno=lines.channel))
    store = await open_store(settings.store_url, data=Path(settings.data.path), write=False)
    try:
        with socket.socket(fileno=lines.listening) as listening:
            await Worker(terms, store, channel, listening).run(lines.bell)
    finally:
        await store.close()


class Worker:
    """The parts of a worker, and what it hears and says."""

    def __init__(self, terms: Terms, store: Store, channel: Channel, listening: socket.socket) -> None:
        self._terms = terms
        self._store = store
        self._channel = channel
        self._newsstand = newsstand_of(terms.settings, store, terms.site)
        self._public = Public(
            terms.settings, terms.site, store, self._newsstand, listening, share=terms.share, secret=terms.secret
        )
        self._seen = Readers()
        self._distant = DistantHub(channel)
        self._sheets: dict[Name, Sheet] = {}
        self._has_issue = asyncio.Event()
        self._is_enough = asyncio.Event()

    async def run(self, bell: int) -> None:
        """Serve; ``bell`` is the descriptor that is written to when there is news in the log."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._is_enough.set)
        os.set_blocking(bell, False)
        loop.add_reader(bell, self._rung, bell)
        async with asyncio.TaskGroup() as group:
            parts = [group.create_task(part) for part in (self._listen(), self._public.run(), self._report())]
            await self._has_issue.wait()
            await self._public.open(self._distant if self._terms.settings.websub.hub == "self" else None)
            await self._channel.send(up(Up()))
            await self._is_enough.wait()
            await self._public.close()
            await self._say_state()
            await self._say_seen()
            loop.remove_reader(bell)
            for part in parts:
                part.cancel()
        _logger.info("stopped")

    def _rung(self, bell: int) -> None:
        """A byte, or several, say no more than that; none says that the service has gone."""
        with suppress(BlockingIOError):
            if not os.read(bell, 4096):
                _end_at_once()
        self._store.bell.ring()

    async def _listen(self) -> None:
        """Do what the service says."""
        while (message := await self._channel.receive()) is not None:
            await self._heed(read_down(message))
        _end_at_once()

    async def _heed(self, word: Downward) -> None:
        if isinstance(word, Sheet):
            self._sheets[word.document.name, word.document.suffix] = word
        elif isinstance(word, Complete):
            self._newsstand.lay_out(Issue(word.feeds, word.epochs, word.opml, dict(self._sheets)))
            self._has_issue.set()
            await self._send(up(Shown(word.number)))
        elif isinstance(word, Answer):
            self._distant.take(word)
        elif isinstance(word, Leave):
            self._is_enough.set()
            self._has_issue.set()

    async def _report(self) -> None:
        """Say now and then how it stands."""
        patience = 0
        while True:
            await self._say_state()
            patience -= 1
            if patience <= 0:
                patience = await self._say_seen()
            await asyncio.sleep(_SOON_SECONDS if self._public.reasons() else _STATE_SECONDS)

    async def _say_state(self) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        state = State(
            reasons=self._public.reasons(),
            measures=list(self._public.measures()),
            listeners=self._public.hub.listeners,
            cpu_seconds=used.ru_utime + used.ru_stime,
            resident_bytes=_resident_bytes(),
            distrusts_index=self._store.distrusts_index,
            limited=self._distant.requests.pop("limited", 0),
        )
        self._store.distrusts_index = False
        await self._send(up(state))

    async def _say_seen(self) -> int:
        """Who reads the feeds, if that is anything new; gives how many states to wait until it is said again."""
        readers = self._public.readers()
        if readers != self._seen:
            self._seen = readers
            await self._send(up(Seen(readers)))
        return _STATES_TO_SEEN + len(readers.pollers) // _POLLERS_A_STATE

    async def _send(self, message: bytes) -> None:
        with suppress(OSError):  # the service has gone: who listens to it notices
            await self._channel.send(message)


class DistantHub:
    """Our own WebSub hub, which is the service's: what it is sent goes there, and its answer comes back."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self.requests: Counter[str] = Counter()

    async def receive(self, body: bytes) -> None:
        """Take a request; see ``Receiver``."""
        number = next(self._numbers)
        self._waiting[number] = asked = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._channel.send(up(Request(number, body)))
                answer = await asked
        except (TimeoutError, OSError):
            raise UnavailableError("the service does not answer") from None
        finally:
            del self._waiting[number]
        if not answer.status:
            raise UnavailableError(answer.text)
        if answer.text:
            raise RequestError(answer.text, answer.status)

    def take(self, answer: Answer) -> None:
        """Hand an answer to who waits for it; perhaps nobody does any more."""
        asked = self._waiting.get(answer.number)
        if asked is not None and not asked.done():
            asked.set_result(answer)


def _end_at_once() -> NoReturn:
    _logger.warning("the service has gone, its worker ends")
    os._exit(_ABANDONED)


def _go_with_parent() -> None:
    """Have the kernel end this process when the one that made it ends; elsewhere than on Linux the lines tell it."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _message(connection: socket.socket) -> bytes:
    """One message of the service, nothing if it has gone."""
    head = _exactly(connection, LENGTH.size)
    return _exactly(connection, LENGTH.unpack(head)[0]) if head else b""


def _exactly(connection: socket.socket, size: int) -> bytes:
    """So many bytes; fewer, none of use, if the other side has ended."""
    found = b""
    while len(found) < size and (more := connection.recv(size - len(found))):
        found += more
    return found if len(found) == size else b""


def _resident_bytes() -> int:
    """The memory of this process that is in use now."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
