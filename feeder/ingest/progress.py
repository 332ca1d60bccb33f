"""How far a long look is: who watches the road in hears how much there is to do and how much is done."""

from __future__ import annotations

from typing import Final, Protocol


class Progress(Protocol):
    """Who watches. It is told once a file and once a transaction, so it must be quick and must not raise."""

    def found(self, files: int) -> None:
        """A look has found so many files to judge; the next one begins anew."""
        ...

    def judged(self, files: int, articles: int) -> None:
        """So many more of them were judged, and so many articles read: of a long file part by part."""
        ...

    def accepted(self, articles: int) -> None:
        """About so many more of these articles were accepted: numbered, and seen by readers from now on."""
        ...


class Unwatched:
    """Nobody watches."""

    def found(self, files: int) -> None:
        """``Progress.found``."""

    def judged(self, files: int, articles: int) -> None:
        """``Progress.judged``."""

    def accepted(self, articles: int) -> None:
        """``Progress.accepted``."""


UNWATCHED: Final = Unwatched()
