"""What was judged and is not in the store yet: as much as one transaction takes, and memory has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from feeder.model import Seed
    from feeder.store import Take

MOST_BYTES: Final = 33_554_432
"""Bytes of files above which what was judged is put by."""
MOST_ROUNDS: Final = 3
"""How often what happened meanwhile is judged too: who never pauses must not keep what there is from the readers."""


class Batch:
    """Up to ``most`` files that are to be stored, and those that turned out to be the ``same`` as before."""

    def __init__(self, most: int) -> None:
        self.takes: list[Take] = []
        self.same: list[Seed] = []
        self._most = most
        self._bytes = 0

    def add(self, take: Take) -> list[Take]:
        """One more; gives those before it if together they are too many."""
        size = 0 if take.ignored else take.seed.size
        self._bytes += size
        if len(self.takes) < self._most and self._bytes < MOST_BYTES:
            self.takes.append(take)
            return []
        full, self.takes, self._bytes = self.takes, [take], size
        return full
