"""A listener that is not at the tip: where it is in the log, and what it is to hear besides events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections import deque


class Place(NamedTuple):
    """An event of the log: its number and its id; all up to it has been told, or passed by."""

    seq: int
    id: str


START = Place(0, "0.0")
"""In front of the first event of all."""


class Walk:
    """The way of one listener from its cursor to the tip.

    Args:
        place: what it has heard of, up to here.
        told: the last id that the listener knows of: it hands this one back.
        spoke: when it was last sent something (seconds of the loop).

    ``events`` is how many it has been told on the way. ``backlog`` are plain pieces that go out before any event.
    ``until`` is the last event that a poll is to hear. ``vouched`` is the id of the last checkpoint: saying it again
    would say nothing.
    """

    __slots__ = ("backlog", "events", "is_poll", "place", "spoke", "told", "until", "vouched")

    def __init__(self, place: Place, told: str, spoke: float) -> None:
        self.place = place
        self.told = told
        self.spoke = spoke
        self.events = 0
        self.vouched: str | None = None
        self.backlog: deque[bytes] | None = None
        self.is_poll = False
        self.until = 0
