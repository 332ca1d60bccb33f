"""When a file may be read: not while somebody is writing it.

Where the operating system tells whether a file is open for writing, that is believed, and a file that stays open
without a change for the grace time is taken as it is. Where it does not tell (network mounts, files of another
owner), two looks a settle time apart must agree. Age by the file's own clock is never asked: copies keep old
times, and clocks differ between machines.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.model import Seed


def is_being_written(full: str) -> bool | None:
    """Whether any process has the file open for writing; None where the system does not tell.

    Linux grants a read lease on a file only while nobody has it open for writing (fcntl(2), F_SETLEASE). It
    tells the owner of the file and root only, and not on network mounts. The lease is given back at once; a
    writer that comes in between waits for microseconds. The signal that would announce it is set to one that
    is ignored by default.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    try:
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    else:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)


_F_SETSIG = 10  # fcntl(2); Python's module does not name it everywhere


class Settling:
    """The files that were seen and not yet taken in, and since when each has looked the same.

    Moments are seconds of a monotonic clock that the caller reads.
    """

    def __init__(self, settle_seconds: float, grace_seconds: float) -> None:
        self.settle_seconds = settle_seconds
        self.grace_seconds = grace_seconds
        self._since: dict[str, tuple[Seed, float]] = {}
        self._again: dict[str, float] = {}

    def is_settled(self, seed: Seed, now: float, *, written: bool | None) -> bool:
        """Whether the file may be read now; if not, it is remembered and ``next_look`` says when to ask again.

        ``written`` is what the operating system tells: it is open for writing, it is not, or unknown.
        """
        unchanged = now - self._unchanged_since(seed, now)
        if written is False:
            return True
        needed = self.grace_seconds if written else self.settle_seconds
        if unchanged >= needed:
            return True
        self._again[seed.path] = now + min(self.settle_seconds, needed - unchanged)
        return False

    def may_be_unfinished(self, seed: Seed, now: float) -> bool:
        """Whether a file that looks cut off is still young enough to wait for its rest."""
        end = self._unchanged_since(seed, now) + self.grace_seconds
        if now >= end:
            return False
        self._again[seed.path] = end
        return True

    def look_again(self, seed: Seed, now: float, pause_seconds: float | None = None) -> None:
        """The file changed while it was read, or could not be: ask again after a pause, else after the settle time."""
        self._unchanged_since(seed, now)
        self._again[seed.path] = now + (self.settle_seconds if pause_seconds is None else pause_seconds)

    def wake(self, paths: Iterable[str]) -> None:
        """What these files waited for may have come: ask again at the next look; their grace time goes on."""
        for path in paths:
            self._again.pop(path, None)

    def _unchanged_since(self, seed: Seed, now: float) -> float:
        last = self._since.get(seed.path)
        if last is None or last[0] != seed:
            last = self._since[seed.path] = (seed, now)
        return last[1]

    def is_held(self, seed: Seed, now: float) -> bool:
        """Whether the file waits, unchanged, for a moment that has not come."""
        last = self._since.get(seed.path)
        return last is not None and last[0] == seed and self._again.get(seed.path, now) > now

    def forget(self, path: str) -> None:
        """The file was taken in, or is gone."""
        self._since.pop(path, None)
        self._again.pop(path, None)

    @property
    def waiting(self) -> list[str]:
        """The files that wait, by name."""
        return sorted(self._again)

    @property
    def paths(self) -> set[str]:
        """The files that were seen and not taken in, whether or not they wait for a moment."""
        return set(self._since)

    def next_look(self) -> float | None:
        """When the next waiting file should be looked at."""
        return min(self._again.values(), default=None)
