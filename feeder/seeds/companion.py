"""The files beside an article: found by the references in it, each taken in once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from feeder import media
from feeder.errors import SeedError, UnfinishedError, printable
from feeder.seeds.opening import open_first
from feeder.seeds.settle import is_being_written

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.model import Seed

_T = TypeVar("_T")

MOST: Final = 500
"""References that are followed in one article; what it has more is left as it is."""


class Companions(Generic[_T]):
    """What the references of one article lead to.

    Args:
        root: the seeds folder.
        folder: the article's own folder, relative to ``root``.
        take: what is to be made of an open file; it may raise ``SeedError``.

    ``seeds`` are the looks of the files that were found, by path: if one of them changes, so does the article.
    ``missing`` are the references that led nowhere, and ``problems`` says of others why their file cannot be shown.
    """

    def __init__(self, root: str, folder: str, take: Callable[[int], _T]) -> None:
        self.seeds: dict[str, Seed] = {}
        self.missing: list[str] = []
        self.problems: dict[str, str] = {}
        self._root = root
        self._folder = folder
        self._take = take
        self._found: dict[str, _T | None] = {}
        self._taken: dict[str, _T] = {}

    def find(self, reference: str) -> _T | None:
        """What a local reference leads to; None if that is nothing, or nothing that can be shown.

        Raises:
            UnfinishedError: the file is there and still being written, or changes while it is read: look again.
        """
        if reference not in self._found:
            self._found[reference] = self._follow(reference)
        return self._found[reference]

    def _follow(self, reference: str) -> _T | None:
        if len(self._found) == MOST:
            self.problems[reference] = f"there are more than {MOST} references in the article"
        if len(self._found) >= MOST:
            return None
        try:
            opened = open_first(self._root, media.candidates(reference, self._folder))
            if opened is None:
                self.missing.append(reference)
                return None
            return self._read(*opened)
        except UnfinishedError:
            raise
        except SeedError as error:
            self.problems[reference] = error.reason
        except OSError as error:
            self.problems[reference] = f"it cannot be opened: {error.strerror}"
        return None

    def _read(self, descriptor: int, seed: Seed) -> _T:
        try:
            if is_being_written(os.path.join(self._root, seed.path)):
                raise UnfinishedError(f"{printable(seed.path)} is still being written")
            if self.seeds.setdefault(seed.path, seed) != seed or seed.path not in self._taken:
                self.seeds[seed.path] = seed
                self._taken[seed.path] = self._take(descriptor)
        finally:
            os.close(descriptor)
        return self._taken[seed.path]
