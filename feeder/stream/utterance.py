"""What one round of a channel sends: to those who got every one before, and to the others."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.stream.deflate import Tally
    from feeder.stream.walk import Place
    from feeder.stream.wire import Wire


class Utterance:
    """One thing that is said to all.

    Args:
        wire: how it is written.
        plain: its frames.
        coded: the same in the channel's coding, for those who got all before; for everybody, if ``is_key``.
        events: how many events are in it.
        place: where the channel was before it: whoever misses it goes back there, with
        told: the last id that was said before, and
        tally: what had been sent.
    """

    def __init__(  # noqa: PLR0913 (it is made in one place)
        self,
        wire: Wire,
        plain: bytes,
        coded: bytes,
        *,
        is_key: bool,
        events: int,
        place: Place,
        told: str,
        tally: Tally,
    ) -> None:
        self.data = wire.framed(coded)
        self.is_key = is_key
        self.events = events
        self.place, self.told, self.tally = place, told, tally
        self._wire = wire
        self._plain = plain

    @cached_property
    def alone(self) -> bytes:
        """The same for whoever has not got the one before."""
        return self.data if self.is_key else self._wire.piece(self._plain)
