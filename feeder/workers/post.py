"""A post that is never empty for long: a worker's process, and the next one when that has ended."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from feeder.errors import UnavailableError
from feeder.publish.issue import Issue
from feeder.web import readership
from feeder.web.readership import Asked, Name, Readers
from feeder.websub import RequestError
from feeder.workers.channel import Channel
from feeder.workers.sums import counted, together
from feeder.workers.words import (
    MOST_BYTES,
    RELEASE,
    Answer,
    Complete,
    Leave,
    Request,
    Seen,
    Shown,
    State,
    Terms,
    Up,
    down,
    read_up,
)

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping

    from feeder.accounts import Account
    from feeder.bell import Bell
    from feeder.listening import SharedPort
    from feeder.publish.document import Sheet
    from feeder.web import Measure
    from feeder.workers.words import Upward

FIRST_PAUSE_SECONDS: Final = 0.25
LONGEST_PAUSE_SECONDS: Final = 30.0
SETTLED_SECONDS: Final = 60.0
"""Who ends is replaced soon, and each time later; who lasted for so long begins anew."""
SILENT_SECONDS: Final = 30
"""A worker says something every second. One that says nothing for so many of ours is ended: it answers nobody."""
STARTING_SECONDS: Final = 120
"""So long it may take until the first word, on a machine that has much else to do."""
MOST_ASKED: Final = 64
"""Requests that one worker may have waiting here."""
_SEND_BYTES: Final = 4 * 1024 * 1024
"""As much as an issue of large feeds: it goes down in few steps. The system may allow less."""
_LAST_WORDS_SECONDS: Final = 2.0

_logger = structlog.get_logger(__name__)


class Service(Protocol):
    """What a post needs of the service."""

    port: SharedPort
    log_bell: Bell
    news: Bell
    """Rung after there is another issue."""
    number: int
    """That of the issue, from 1; 0 while there is none."""
    issue: Issue

    async def packed(self, sheet: Sheet) -> bytes:
        """A sheet as it is sent."""
        ...

    async def receive(self, body: bytes) -> None:
        """Take what was sent to our own WebSub hub, or say why not; see ``Receiver``."""
        ...

    def note(self, state: State) -> None:
        """Heed what a worker's state has for other parts."""
        ...

    def heard(self, post: Post) -> None:
        """Something has changed at a post."""
        ...


class Post:
    """One of the posts. ``losses`` counts processes that ended without being told to."""

    def __init__(self, terms: Terms, service: Service) -> None:
        self.number = terms.share.number
        self.is_up = False
        self.shown = 0
        """The number of the issue that it shows."""
        self.losses = 0
        self._terms = terms
        self._service = service
        self._state: State | None = None
        self._past: list[Measure] = []
        self._seen = Readers()
        self._seen_before = Readers()
        self._process: Process | None = None
        self._channel: Channel | None = None
        self._silence = 0
        self._asked = 0
        self._leaving = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process, if there is one."""
        return self._process.pid if self._process else None

    def reasons(self) -> list[str]:
        """Why it is not ready, a sentence each."""
        if not self.is_up:
            return [f"worker {self.number} is not up"]
        return [f"worker {self.number}: {reason}" for reason in (self._state.reasons if self._state else ())]

    def measures(self) -> list[Measure]:
        """What was counted at this post since the start, by all of its processes."""
        return together([self._past, self._state.measures if self._state else ()])

    def asked(self) -> Mapping[Name, Asked]:
        """How the documents of feeds were asked for here since the start."""
        return readership.sum_of([self._seen_before.asked, self._seen.asked])

    def readers(self) -> Readers:
        """Who has read the feeds here since the start."""
        return readership.together([self._seen_before, self._seen])

    def account(self) -> Account:
        """What an operator is told of it."""
        state = self._state
        return {
            "worker": self.number,
            "pid": self.pid,
            "up": self.is_up,
            "losses": self.losses,
            "listeners": state.listeners if state else 0,
            "cpu_seconds": state.cpu_seconds if state else 0.0,
            "resident_bytes": state.resident_bytes if state else 0,
        }

    async def keep(self) -> None:
        """Have a process here until it is told to leave.

        What it asked for is done, also when it ends meanwhile; the next one does not wait for that.
        """
        async with asyncio.TaskGroup() as answers:
            await self._keep(answers)

    async def _keep(self, answers: asyncio.TaskGroup) -> None:
        pause, clock = FIRST_PAUSE_SECONDS, asyncio.get_running_loop().time
        while not self._leaving.is_set():
            began = clock()
            try:
                reason = await self._employ(answers)
            except OSError as error:
                reason = f"no process can be started: {error.strerror or error}"
            if self._leaving.is_set():
                return
            self.losses += 1
            if clock() - began > SETTLED_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _logger.warning("a worker has ended, another one follows", worker=self.number, reason=reason)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * (0.5 + random.random())):  # noqa: S311 - to part the paths of several
                    await self._leaving.wait()
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def leave(self) -> None:
        """Have its process end in order, and no other one follow."""
        self._leaving.set()
        if self._channel is not None:
            with suppress(OSError):
                await self._channel.send(down(Leave()))

    def kill(self) -> None:
        """End its process at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _employ(self, answers: asyncio.TaskGroup) -> str:
        """One process from its start to its end, and how that came.

        Raises:
            OSError: there cannot be one now.
        """
        with ExitStack() as ends:
            ours, bell = await self._start(ends)
            try:
                self._channel = channel = await Channel.over(ours)
                async with asyncio.TaskGroup() as life:
                    tasks = [life.create_task(each) for each in (self._tell(channel), self._ring(bell), self._watch())]
                    await self._listen(channel, answers)
                    for task in tasks:
                        task.cancel()
            finally:
                ending = await asyncio.shield(self._end())
            return ending

    async def _start(self, ends: ExitStack) -> tuple[socket.socket, int]:
        """Start a process; gives our ends of its two lines."""
        with ExitStack() as theirs:
            ours, channel = socket.socketpair()
            ends.enter_context(ours)
            theirs.enter_context(channel)
            heard, rung = os.pipe()
            ends.callback(os.close, rung)
            theirs.callback(os.close, heard)
            os.set_blocking(rung, False)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
            lines = (channel.fileno(), heard, theirs.enter_context(self._service.port.socket()).fileno())
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # files in the working folder are articles, never our modules
                "-m",
                "feeder",
                "worker",
                *map(str, lines),
                pass_fds=lines,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the service, which says the rest
            )
        self._silence = 0
        return ours, rung

    async def _tell(self, channel: Channel) -> None:
        """Say on which terms, and hand over each issue: what of it is new."""
        had = Issue()
        with suppress(OSError), self._service.news.listen() as ear:  # ended: who listens to it notices
            await channel.send(RELEASE)
            await channel.send(down(self._terms))
            if self._leaving.is_set():  # it was said before there was somebody to hear it
                await channel.send(down(Leave()))
            while True:
                await ear.wait()
                issue, number = self._service.issue, self._service.number
                if not number:
                    continue
                for sheet in issue.since(had).values():
                    await channel.send(await self._service.packed(sheet))
                await channel.send(down(Complete(number, issue.feeds, issue.epochs, issue.opml)))
                had = issue

    async def _ring(self, bell: int) -> None:
        """Pass every ring of the log's on. A full pipe rings anyhow."""
        with suppress(BrokenPipeError), self._service.log_bell.listen() as ear:
            while True:
                await ear.wait()
                with suppress(BlockingIOError):
                    os.write(bell, b"\0")

    async def _watch(self) -> None:
        """End a process that says nothing. Counted in our own seconds: we may have been stopped ourselves."""
        while self._silence < (SILENT_SECONDS if self._state else STARTING_SECONDS):
            await asyncio.sleep(1)
            self._silence += 1
        _logger.error("a worker says nothing any more, it is ended", worker=self.number, pid=self.pid)
        self.kill()

    async def _listen(self, channel: Channel, answers: asyncio.TaskGroup) -> None:
        """Hear what it says until it has ended, or says what cannot be read."""
        while (message := await channel.receive(MOST_BYTES)) is not None:
            self._silence = 0
            try:
                word = read_up(message)
            except ValueError as error:
                _logger.error("a worker says what is no word of ours, it is ended", reason=str(error))  # noqa: TRY400 - not our fault
                self.kill()
                return
            if isinstance(word, Request):
                self._asked += 1
                answers.create_task(self._answer(word, channel))
            else:
                self._note(word)

    def _note(self, word: Upward) -> None:
        if isinstance(word, Up):
            self.is_up = True
            _logger.info("a worker serves", worker=self.number, pid=self.pid)
        elif isinstance(word, Shown):
            self.shown = word.number
        elif isinstance(word, State):
            self._state = word
            self._service.note(word)
        elif isinstance(word, Seen):
            self._seen = word.readers
        self._service.heard(self)

    async def _answer(self, request: Request, channel: Channel) -> None:
        answer = Answer(request.number, 0, "many requests wait for an answer already")
        try:
            if self._asked <= MOST_ASKED:
                await self._service.receive(request.body)
                answer = Answer(request.number)
        except RequestError as error:
            answer = Answer(request.number, error.status, str(error))
        except UnavailableError as error:
            answer = Answer(request.number, 0, str(error))
        finally:
            self._asked -= 1
        with suppress(OSError):
            await channel.send(down(answer))

    async def _end(self) -> str:
        """Wait for the process to end, but not for long; says how it ended. What it has counted stays."""
        process, self._process = self._process, None
        if self._channel is not None:
            self._channel.close()
        if self._state is not None:
            self._past = together([self._past, counted(self._state.measures)])
        self._seen_before, self._seen = self.readers(), Readers()
        self._channel, self._state, self.is_up, self.shown = None, None, False, 0
        self._service.heard(self)
        return "it was not started" if process is None else how(await _ended(process))


async def _ended(process: Process) -> int:
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            return await process.wait()
    with suppress(ProcessLookupError):
        process.kill()
    return await process.wait()


def how(code: int) -> str:
    """How a process ended, by its exit code."""
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
