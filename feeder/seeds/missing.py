"""Known files that are not in the folder: when one counts as deleted, and when too many are gone to believe it.

An editor that unlinks and saves, or a rename, is not a deletion: a file must stay away for the grace time. When
more than half of at least ten known files are away at once, something else happened (a share that was not
mounted, a wrong command): nothing is concluded until an operator confirms.
"""

from __future__ import annotations

FEW = 10
"""Below so many known files the guard against mass deletion sleeps."""


class Missing:
    """The files that are away, and since when. Moments are seconds of a monotonic clock of the caller's.

    Only where a deletion withdraws something is a mass deletion ``guarded`` against.
    """

    def __init__(self, grace_seconds: float, *, guarded: bool = True) -> None:
        self.grace_seconds = grace_seconds
        self.guarded = guarded
        self.held: tuple[str, ...] = ()
        self._since: dict[str, float] = {}
        self._confirmed: set[str] = set()

    @property
    def paths(self) -> frozenset[str]:
        """The files that are away now, for however long."""
        return frozenset(self._since)

    def note(self, path: str, now: float) -> None:
        """The file is known and was not there at this look."""
        self._since.setdefault(path, now)

    def forget(self, path: str) -> None:
        """The file is there (again), or its absence has been dealt with."""
        self._since.pop(path, None)
        self._confirmed.discard(path)

    def take_deleted(self, now: float, known: int) -> list[str]:
        """The files that count as deleted now, given how many are known in all (those away included).

        While the guard holds, none does, and ``held`` names the files that an operator is asked about.
        """
        doubtful = [path for path in self._since if path not in self._confirmed]
        guarded = self.guarded and known >= FEW and len(doubtful) * 2 > known
        self.held = tuple(sorted(doubtful)) if guarded else ()
        ripe = {path for path, since in self._since.items() if now - since >= self.grace_seconds}
        return sorted(ripe & self._confirmed if guarded else ripe)

    def confirm(self) -> tuple[str, ...]:
        """The operator says that the files held back are really gone; gives their paths."""
        confirmed, self.held = self.held, ()
        self._confirmed.update(confirmed)
        return confirmed

    def next_look(self) -> float | None:
        """When the next absence will have lasted long enough."""
        waiting = [since for path, since in self._since.items() if path not in self.held]
        return min(waiting) + self.grace_seconds if waiting else None
