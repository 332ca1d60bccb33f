"""Which files show which others: when a photo changes, comes or goes, the articles that show it are read again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Owners:
    """The files of articles, by the files that they show or would show if they were there; all by path.

    ``changed`` are those that are to be read again, until they are ``read``. Nothing of it need outlive the process:
    the store knows such a file as one that looks as none does.
    """

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self._owners: defaultdict[str, set[str]] = defaultdict(set)
        self._companions: dict[str, tuple[str, ...]] = {}

    def keep(self, owner: str, companions: Iterable[str]) -> None:
        """A file shows these and no others."""
        for path in self._companions.pop(owner, ()):
            self._owners[path].discard(owner)
            if not self._owners[path]:
                del self._owners[path]
        if kept := tuple(companions):
            self._companions[owner] = kept
            for path in kept:
                self._owners[path].add(owner)

    def note_change(self, paths: Iterable[str]) -> set[str]:
        """These files are new, changed or gone: whoever shows one is to be read again; gives who does."""
        touched: set[str] = set().union(*(self._owners.get(path, ()) for path in paths))
        self.changed |= touched
        return touched

    def read(self, owner: str) -> None:
        """A file was read, and what came of it is known."""
        self.changed.discard(owner)

    def forget(self, owner: str) -> None:
        """A file is gone for good."""
        self.keep(owner, ())
        self.read(owner)
