"""An event of history, as the log keeps it ready for all who take everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from feeder.stream.walk import Place

if TYPE_CHECKING:
    from feeder.stream.frames import Frame
    from feeder.stream.ring import Shared


class Past(NamedTuple):
    """Where it stands, and its frame. Filters cannot ask it anything."""

    seq: int
    cursor: str
    frame: Frame

    @property
    def place(self) -> Place:
        """The place behind it."""
        return Place(self.seq, self.cursor)

    @property
    def seen(self) -> None:
        """As ``Shared.seen`` where nobody asked."""


Passed: TypeAlias = "Shared | Past"
"""What who walks passes by."""
