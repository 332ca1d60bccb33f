"""Programs that a benchmark runs: timed, watched in /proc, and ended by their own numbers and no one else's."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

TICK = os.sysconf("SC_CLK_TCK")
LEAVE_SECONDS = 15
LOOK_SECONDS = 0.05
REST_SECONDS, REST_SHARE, REST_LOOKS = 1.0, 0.03, 180


class FailedError(Exception):
    """A program did not do what it was asked for; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a program took; its memory is that of all its processes together (0 where nobody tells)."""

    seconds: float
    cpu_seconds: float
    megabytes: float


class Watched:
    """A running program and its children, as /proc tells of them; elsewhere it has no figures."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def children(self) -> list[int]:
        """The numbers of its children and theirs."""
        found, open_ = [], [self.pid]
        while open_:
            pid = open_.pop()
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    mine = [int(child) for child in (task / "children").read_text().split()]
                    found += mine
                    open_ += mine
        return found

    def cpu_seconds(self) -> dict[str, float]:
        return {"service": _cpu(self.pid), "workers": sum(_cpu(child) for child in self.children())}

    def resident(self) -> dict[str, float]:
        return {"service": _memory(self.pid, "VmRSS"), "workers": self._of_children("VmRSS")}

    def peak(self) -> float:
        """The most memory that each process had, added up, in MB."""
        return _memory(self.pid, "VmHWM") + self._of_children("VmHWM")

    def _of_children(self, field: str) -> float:
        return sum(_memory(child, field) for child in self.children())


def _cpu(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    return 0.0


def _memory(pid: int, field: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0


@contextlib.asynccontextmanager
async def running(command: Sequence[str], folder: Path, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program in a folder, in a group of its own; what is left of it at the end is ended."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), LEAVE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its own group: whatever it started and left behind
    await process.wait()


async def run(command: Sequence[str], folder: Path, log: Path, patience_seconds: float) -> Run:
    """Run a program to its end.

    Raises:
        FailedError: it took too long, or said that it failed.
    """
    used, started = _cpu_of_children(), time.perf_counter()
    async with running(command, folder, log) as process:
        looks: list[float] = []
        looking = asyncio.create_task(_look(Watched(process.pid), looks))
        try:
            code = await asyncio.wait_for(process.wait(), patience_seconds)
            seconds = time.perf_counter() - started
        except TimeoutError:
            raise FailedError(f"took longer than {patience_seconds:.0f} s") from None
        finally:
            looking.cancel()
    if code:
        raise FailedError(f"exit {code}: {last_line(log)}")
    return Run(seconds, _cpu_of_children() - used, max(looks, default=0.0))


async def at_rest(watched: Watched) -> None:
    """Wait until the program uses next to no CPU for a moment.

    Raises:
        FailedError: it did not come to rest.
    """
    before = -math.inf
    for _ in range(REST_LOOKS):
        used = sum(watched.cpu_seconds().values())
        if used <= before + REST_SHARE * REST_SECONDS:
            return
        before = used
        await asyncio.sleep(REST_SECONDS)
    raise FailedError(f"did not come to rest in {REST_LOOKS * REST_SECONDS:.0f} s")


async def _look(watched: Watched, looks: list[float]) -> None:
    while True:
        looks.append(watched.peak())
        await asyncio.sleep(LOOK_SECONDS)


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")[:200]
