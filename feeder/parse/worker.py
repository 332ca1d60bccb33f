"""A process that can be killed: it answers requests one after the other, and may die of one.

The parent sends a request and waits for the answer; both are bytes with their length in front. What is answered,
and how, is a function that is named when the worker is made (``"package.module:function"``). A worker that dies,
or takes too long, is replaced, and the request is answered by ``WorkerLostError``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import struct
import sys
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = struct.Struct(">I")


class WorkerLostError(Exception):
    """The process died, or was killed because it took too long, while it worked on the request."""


class Worker:
    """One worker process; requests are answered in turn. It is started by the first one."""

    def __init__(self, target: str, *, deadline_seconds: float) -> None:
        self.target = target
        self.deadline_seconds = deadline_seconds
        self.losses = 0
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """End the process; idempotent."""
        await self._end()

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request.

        Raises:
            WorkerLostError: see there; the next request gets a new process.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self.deadline_seconds):
                    return await self._exchange(request)
            except TimeoutError:
                self.losses += 1
                await self._end(patience_seconds=0)
                raise WorkerLostError(f"it took longer than {self.deadline_seconds:g} seconds") from None
            except (asyncio.IncompleteReadError, OSError):
                self.losses += 1
                code = await self._end()
                raise WorkerLostError(f"the process that read it died ({_how(code)})") from None
            except asyncio.CancelledError:
                await self._end(
                    patience_seconds=0
                )  # an answer that nobody waits for must not be taken for the next one's
                raise

    async def _exchange(self, request: bytes) -> bytes:
        process = await self._alive()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(_LENGTH.pack(len(request)) + request)
        await process.stdin.drain()
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        return await process.stdout.readexactly(length)

    async def _alive(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # files in the working folder are articles, never our modules
                "-m",
                "feeder.parse.worker",
                self.target,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        return self._process

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


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def serve(answer: Callable[[bytes], bytes], requests: BinaryIO, answers: BinaryIO) -> None:
    """The child's side: answer until the parent closes the pipe (or is gone)."""
    while len(head := requests.read(_LENGTH.size)) == _LENGTH.size:
        request = requests.read(_LENGTH.unpack(head)[0])
        reply = answer(request)
        answers.write(_LENGTH.pack(len(reply)) + reply)
        answers.flush()


def main() -> None:
    """Run as a worker: the target's name is the one argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    module, _, name = sys.argv[1].partition(":")
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not stand among the answers
    with contextlib.suppress(BrokenPipeError):
        serve(getattr(importlib.import_module(module), name), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
