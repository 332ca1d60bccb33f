"""The other side: the listeners, the publisher and the prober, each a process of its own on the clients' core."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processes import FailedError
from sites import named
from stream.servers import PAGE, STREAM
from stream.usage import on_cores

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).parent
PROGRAMS = {"load": ("load.c", "reader.c", "reference.c"), "limit": ("limit.c",), "probe": ("probe.c",)}
COMPILE = ("-D_GNU_SOURCE", "-std=gnu11", "-O2", "-Wall", "-Wextra")
ALL, SOME = 500, 100  # up to so many gzip listeners all unpack, and of more so many: one core is not enough for all
CONNECT_SECONDS, GRACE_SECONDS, PUBLISH_SECONDS = 60, 10, 300


def build(programs: Path) -> str:
    """Compile the programs into a folder; says what is missing, if anything is."""
    compiler = named("CC", "gcc")
    if shutil.which(compiler[0]) is None:
        return f"{compiler[0]} is not installed"
    for name, sources in PROGRAMS.items():
        command = [*compiler, *COMPILE, "-o", programs / name, *(HERE / source for source in sources), "-lz"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            return f"{name} cannot be compiled: {ran.stderr.strip().splitlines()[0]}"
    return ""


class Client:
    """A program that says lines and is told lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self, patience_seconds: float) -> str:
        """The next line that it says.

        Raises:
            FailedError: it says none in time.
        """
        try:
            said = await asyncio.wait_for(self._process.stdout.readline(), patience_seconds)
        except TimeoutError:
            raise FailedError(f"a client said nothing for {patience_seconds:.0f} s") from None
        if not said:
            raise FailedError("a client has ended")
        return said.decode()

    async def told(self, patience_seconds: float) -> dict[str, Any]:
        return json.loads(await self.line(patience_seconds))

    def go(self) -> None:
        self._process.stdin.write(b"\n")

    async def finished(self) -> dict[str, Any]:
        """What it says when it is told that this was all."""
        self._process.stdin.close()
        return await self.told(GRACE_SECONDS)


@contextlib.asynccontextmanager
async def client(*command: object) -> AsyncIterator[Client]:
    """A program on the clients' core; it is ended by the end of its input, or else by a signal."""
    with on_cores("clients"):
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
    try:
        yield Client(process)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Who listens: how many, and which events each of them is to get."""

    port: int
    listeners: int
    first: int = 1
    last: int
    gzip: bool = False
    stuck: int = 0
    last_event_id: str = ""
    patience_seconds: int = 30


def listening(programs: Path, wish: Listening):
    """The listeners."""
    one_in = wish.listeners // SOME if wish.listeners > ALL else 1
    flags = ["--gzip", "--inflate-one-in", one_in] if wish.gzip else []
    flags += ["--last-event-id", wish.last_event_id] if wish.last_event_id else []
    return client(
        programs / "load", "--port", wish.port, "--path", STREAM, "--listeners", wish.listeners, "--stuck", wish.stuck,
        "--from", wish.first, "--until", wish.last, "--patience", wish.patience_seconds, *flags,
    )  # fmt: skip


def publishing(target: str, *, first: int = 1, count: int, rate: float = 0, window: int = 32):
    """Who publishes events with the numbers from ``first``; it waits for its ``go``."""
    return client(sys.executable, HERE / "publisher.py", target, first, count, rate, window)


def probing(programs: Path, port: int, milliseconds: int):
    """Who asks for a small page now and then."""
    return client(programs / "probe", port, PAGE, milliseconds)
