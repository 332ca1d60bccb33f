"""How far a pass is: who watches hears how much there is to do, and how much is done."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Who watches how far a long pass is; it must be quick and must not raise."""

    def found_pages(self, articles: int) -> None:
        """So many articles at most are to be written."""
        ...

    def wrote_pages(self, articles: int) -> None:
        """So many more of them are done."""
        ...


class Unwatched:
    """Nobody watches."""

    def found_pages(self, articles: int) -> None:
        """``Watcher.found_pages``."""

    def wrote_pages(self, articles: int) -> None:
        """``Watcher.wrote_pages``."""
