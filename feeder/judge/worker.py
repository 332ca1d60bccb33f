"""A process that can be killed: it answers requests one after the other, and may die of one; the parent's side.

The parent sends a request and reads its answers, as many as there are; all are bytes with their length in front,
and nothing (a length of zero) ends them. What is answered, and how, is a function that is named when the worker is
made (``"package.module:function"``); ``child.py`` calls it. A worker that dies, needs more memory than it may have,
or takes too long over an answer, is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, TypeVar

from feeder.errors import UnavailableError
from feeder.judge.child import LENGTH

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

T = TypeVar("T")

_PIPE_BYTES = 1_048_576
"""How much of the answers waits in the parent before the worker is held up."""
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Numerical libraries set memory aside for each core of the machine; one thread is all that a worker has use for."""


class WorkerLostError(Exception):
    """The process died, or was killed because it took too long, while it worked on the request."""


class Worker:
    """One worker process; requests are answered in turn. It is started by the first one.

    ``deadline_seconds`` is for each answer. ``memory_bytes`` bounds the process's address space (0: unbounded);
    what asks for more gets Python's ``MemoryError``, or dies of it.
    """

    def __init__(self, target: str, *, deadline_seconds: float, memory_bytes: int = 0) -> None:
        self.target = target
        self.deadline_seconds = deadline_seconds
        self.memory_bytes = memory_bytes
        self.losses = 0
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether there is a process; one that is asked nothing may have died unnoticed."""
        return self._process is not None and self._process.returncode is None

    async def close(self) -> None:
        """End the process; idempotent."""
        await self._end()

    async def ask(self, request: bytes) -> AsyncGenerator[bytes, None]:
        """The answers to a request, which must be read to their end before the next one is asked.

        Who stops reading before the end must close the iterator (``contextlib.aclosing``); the process is ended then,
        because answers that nobody waits for must not be taken for the next one's.

        Raises:
            WorkerLostError: see there; the next request gets a new process.
            UnavailableError: no process can be started now, which is no fault of the request.
        """
        async with self._turn:
            finished = False
            try:
                await self._within_deadline(self._send(request))
                buffer, place = b"", 0
                while True:
                    while (cut := _cut(buffer, place)) is None:
                        buffer, place = buffer[place:] + await self._within_deadline(self._receive()), 0
                    answer, place = cut
                    if not answer:
                        break
                    yield answer
                finished = True
            finally:
                if not finished:
                    await self._end(patience_seconds=0)

    async def _within_deadline(self, step: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self.deadline_seconds):
                return await step
        except TimeoutError:
            self.losses += 1
            await self._end(patience_seconds=0)
            raise WorkerLostError(f"it took longer than {self.deadline_seconds:g} seconds") from None
        except (EOFError, OSError):
            self.losses += 1
            code = await self._end()
            raise WorkerLostError(f"the process that read it died ({_how(code)})") from None

    async def _send(self, request: bytes) -> None:
        process = await self._alive()
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.write(LENGTH.pack(len(request)) + request)
        await process.stdin.drain()

    async def _receive(self) -> bytes:
        assert self._process is not None  # noqa: S101 - it was sent the request
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        received = await self._process.stdout.read(_PIPE_BYTES)
        if not received:
            raise EOFError
        return received

    async def _alive(self) -> asyncio.subprocess.Process:
        if self._process is None or not self.is_running:
            try:
                self._process = await self._start()
            except OSError as error:
                raise UnavailableError(f"no process can be started to read files: {error.strerror}") from error
        return self._process

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # files in the working folder are articles, never our modules
            "-m",
            "feeder.judge.child",
            self.target,
            str(self.memory_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_PIPE_BYTES,
            env=os.environ | _ENVIRONMENT,
            start_new_session=True,  # Ctrl-C is for the parent; one that is just starting would print a traceback
        )

    async def _end(self, patience_seconds: float = 1.0) -> int | None:
        """End the process, which gets a moment to leave by itself; gives its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_seconds):
                return await process.wait()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()


def _cut(buffer: bytes, place: int) -> tuple[bytes, int] | None:
    """The answer that begins at a place of what was received, and where it ends; None if it is not all there."""
    begin = place + LENGTH.size
    if len(buffer) < begin:
        return None
    (length,) = LENGTH.unpack_from(buffer, place)
    return (buffer[begin : begin + length], begin + length) if len(buffer) >= begin + length else None


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
