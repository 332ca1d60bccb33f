"""What the parts of a hub work with: its measures, its counts, and the end of the log as it is in memory."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from feeder.stream.choice import EVERYTHING, Choice
from feeder.stream.frames import checkpoint as checkpoint_frame
from feeder.stream.lag import Lag
from feeder.stream.walk import START

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from feeder.stream.frames import Frame
    from feeder.stream.ring import Ring, Shared
    from feeder.stream.walk import Place
    from feeder.stream.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The hub's measures; of those in seconds and of the most listeners 0 means no limit."""

    heartbeat_seconds: float = 15
    lifetime_seconds: float = 3600
    write_deadline_seconds: float = 30
    max_listeners: int = 20_000
    max_per_address: int = 100
    look_seconds: float = 1
    retention_days: float = 0
    ring_frames: int = 4096
    ring_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a listener wants of the stream.

    ``feed`` is the address of the feed document that a gap points to. With ``poll`` the stream ends when all that is
    there has been read. ``snapshot`` is how many of the newest articles it wants to begin with.
    """

    wire: Wire
    feed: str
    choice: Choice = EVERYTHING
    poll: bool = False
    snapshot: int = 0


REPLAY_BOUNDS: Final = (10, 100, 1_000, 10_000, 100_000)
"""The upper bounds of the histogram of replays, in events; above the last there is one more."""


@dataclass(slots=True)
class Counts:
    """What the hub has done since it began; plain numbers for whoever wants to show them.

    ``frames`` and ``bytes`` are what was written to listeners, by the name of their ``Wire``. ``slow`` is how often one
    that was at the tip has missed a round, ``replays`` how many events were told to those who walked, in buckets of
    ``REPLAY_BOUNDS``, and ``replayed`` the sum of them.
    """

    connections: int = 0
    busy: int = 0
    encoded: int = 0
    pages: int = 0
    dropped: int = 0
    slow: int = 0
    replayed: int = 0
    replays: list[int] = field(default_factory=lambda: [0] * (len(REPLAY_BOUNDS) + 1))
    gaps: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)

    def note_replay(self, events: int) -> None:
        """Somebody who walked has been told so many."""
        if events:
            self.replays[bisect_left(REPLAY_BOUNDS, events)] += 1
            self.replayed += events

    def note_sent(self, wire: str, events: int, size_bytes: int) -> None:
        """Events and bytes were written to listeners of one kind."""
        self.frames[wire] += events
        self.bytes[wire] += size_bytes


@dataclass(slots=True)
class Desk:
    """``head`` is the last event that the follower has taken in, ``oldest`` the place in front of what is still kept.

    ``clock`` is aware UTC; ``jitter`` gives numbers from 0 up to 1.
    """

    settings: Settings
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    ring: Ring
    counts: Counts = field(default_factory=Counts)
    lag: Lag = field(default_factory=lambda: Lag(time.monotonic))
    head: Place = START
    oldest: Place = START

    def checkpoint(self, place: Place) -> Frame:
        """That all up to a place has been told."""
        return checkpoint_frame(place.id, self.clock())

    def spread(self, least: int, most: int) -> int:
        """A whole number between two, another for each listener."""
        return least + int(self.jitter() * (most - least))

    def pause_seconds(self) -> float:
        """How long to wait for a log that is away: jittered, so that not all come back to it at once."""
        return self.settings.look_seconds * (0.5 + self.jitter())

    def note_told(self, told: Sequence[Shared], listeners: int) -> None:
        """So many have been sent these."""
        now = self.clock()
        for shared in told:
            self.lag.note((now - shared.event.at).total_seconds(), listeners)
