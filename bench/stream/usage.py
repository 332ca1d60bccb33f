"""Cores, and what a server's processes use of them and of memory, as /proc tells."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from processes import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator


CORES = sorted(os.sched_getaffinity(0))
"""Those that this process may use, before it chooses among them."""


@contextlib.contextmanager
def on_cores(which: str) -> Iterator[None]:
    """What is started here runs on the first core (``server``), on the last one (``clients``), or on all."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {"server": CORES[:1], "clients": CORES[-1:]}.get(which, CORES))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_files() -> int:
    """Let this process and those it starts have as many files open as they may; says how many that is."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for wanted in (max(most, 65536), most):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            return wanted
    return most


class Tree:
    """A process and all that it has started."""

    def __init__(self, pid: int) -> None:
        self._watched = Watched(pid)

    def cpu_seconds(self) -> float:
        """On the cores so far, the kernel's work for it included, to the nanosecond (schedstat)."""
        return sum(self._each(_cpu_seconds))

    def kibibytes(self) -> float:
        """The memory that is its own, and its share of what several have (PSS)."""
        return sum(self._each(_pss))

    def peak_kibibytes(self) -> float:
        """The most memory that each process had since ``forget_peak``, added up."""
        return sum(self._each(_peak))

    def forget_peak(self) -> None:
        for _ in self._each(_forget_peak):
            pass

    def _each(self, ask) -> Iterator[float]:
        for pid in (self._watched.pid, *self._watched.children()):
            with contextlib.suppress(OSError):
                yield ask(Path(f"/proc/{pid}"))


def _cpu_seconds(process: Path) -> float:
    total = 0
    for task in (process / "task").iterdir():
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def _pss(process: Path) -> float:
    lines = (process / "smaps_rollup").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _peak(process: Path) -> float:
    lines = (process / "status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def _forget_peak(process: Path) -> float:
    (process / "clear_refs").write_text("5")
    return 0.0
