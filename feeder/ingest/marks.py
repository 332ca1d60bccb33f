"""What became of the files that are known: kept in mind, and counted as it changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.model import Seed
    from feeder.store import Mark, Status


class Marks(dict[str, "Mark"]):
    """Marks by path; only ``keep`` changes them.

    Whoever watches the service asks every few seconds how many files there are of a kind, and every look at the folder
    how they all looked. With a hundred thousand of them, going through all would hold the loop up for 20 ms each time.
    """

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        super().__init__((mark.seed.path, mark) for mark in marks)
        self.seeds: dict[str, Seed] = {path: mark.seed for path, mark in self.items()}
        self.statuses: Counter[Status] = Counter(mark.status for mark in self.values())
        self._refused = {path: mark for path, mark in self.items() if mark.is_refused}

    @property
    def refused(self) -> list[Mark]:
        """Those that are refused, in whole or in part, in no order."""
        return list(self._refused.values())

    def keep(self, mark: Mark) -> None:
        """What became of a file now, in place of what had."""
        path = mark.seed.path
        if before := self.get(path):
            self.statuses[before.status] -= 1
        self[path] = mark
        self.seeds[path] = mark.seed
        self.statuses[mark.status] += 1
        self._refused.pop(path, None)
        if mark.is_refused:
            self._refused[path] = mark
