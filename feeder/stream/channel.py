"""A channel: all listeners that are to hear the same, and what each of its rounds sends them.

What is equal for many is made once: the frames of an event, the verdict of a filter, the coding. Members at the tip
have no cursor of their own: theirs is the channel's, and so are their heartbeats and checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeAlias, TypeVar

from feeder.stream.deflate import Tally, Window, key_frame
from feeder.stream.utterance import Utterance

if TYPE_CHECKING:
    from feeder.stream.past import Passed
    from feeder.stream.selection import Selection
    from feeder.stream.stretch import Stretch
    from feeder.stream.walk import Place, Walk
    from feeder.stream.wire import Wire

_KEPT_STRETCHES: Final = 16
_SHARED_BY: Final = 4
"""So many at the tip share a window to look back on."""

Key: TypeAlias = "tuple[Wire, str, str]"


class Member(Protocol):
    """What a channel knows of a listener."""

    walk: Walk | None
    mark: Tally


One = TypeVar("One", bound=Member)


class Channel(Generic[One]):
    """Equal listeners.

    Args:
        key: what is equal: how they are written, what they choose, and the address that a gap points to.
        wire: how they are written.
        selection: what they take.
        place: where the log ends now.
        now: seconds of the loop.

    ``spoke`` is when the channel last said something; ``told`` the last id that it said.
    """

    def __init__(self, key: Key, wire: Wire, selection: Selection, place: Place, now: float) -> None:
        self.key = key
        self.wire = wire
        self.selection = selection
        self.feed = key[2]
        self.place = place
        self.told = place.id
        self.spoke = now
        self.listeners = 0
        self.at_tip: dict[One, None] = {}
        """In the order in which they came here."""
        self.early: dict[One, None] = {}
        """Those who have heard of events that the channel has not come to yet."""
        self.tally = Tally()
        self._window: Window | None = None
        self._stretches: dict[tuple[int, int], tuple[bytes, Tally]] = {}

    def say(self, plain: bytes, now: float, *, events: int = 0) -> Utterance:
        """Say something to all who are at the tip."""
        coded, is_key = self._code_for_all(plain)
        utterance = Utterance(
            self.wire, plain, coded, is_key=is_key, events=events, place=self.place, told=self.told, tally=self.tally
        )
        if self.wire.is_gzip:
            self.tally = self.tally.plus(plain)
        self.spoke = now
        return utterance

    def admit(self, listener: One) -> None:
        """A listener has come to the tip, and knows the place by its id."""
        if not self.at_tip:
            self.told = self.place.id
        listener.walk = None
        listener.mark = self.tally
        self.at_tip[listener] = None
        if self._walking() == 0:
            self._stretches.clear()

    def leave(self, listener: One) -> None:
        """A listener has gone."""
        self.at_tip.pop(listener, None)
        self.early.pop(listener, None)
        self.listeners -= 1
        if self._walking() == 0:
            self._stretches.clear()

    def _code_for_all(self, plain: bytes) -> tuple[bytes, bool]:
        """What is said to all, coded; and whether it can be read without what was said before.

        A window in common takes memory, and pays where several share it: thousands may listen each to a query of its
        own.
        """
        if not self.wire.is_gzip:
            return plain, True
        if len(self.at_tip) < _SHARED_BY:
            self._window = None
            return key_frame(plain), True
        if self._window is None:
            self._window = Window()
        return self._window.push(plain)

    def go_on(self, stretch: Stretch[Passed], now: float) -> Utterance | None:
        """Tell a stretch of events; None if nothing of it is taken."""
        utterance = None
        if stretch.taken:
            utterance = self.say(self._plain(stretch), now, events=len(stretch.taken))
            self.told = stretch.taken[-1].cursor
        self.place = stretch.last.place
        return utterance

    def caught_up(self) -> list[One]:
        """Those who were early and are not any more."""
        here = [one for one in self.early if one.walk is None or one.walk.place.seq <= self.place.seq]
        for one in here:
            del self.early[one]
        return here

    def coded(self, stretch: Stretch[Passed]) -> tuple[bytes, Tally]:
        """A stretch for one who walks, and what it adds to what was sent; kept for those who come behind."""
        key = stretch.taken[0].seq, stretch.taken[-1].seq
        found = self._stretches.get(key)
        if found is None:
            found = self._code(stretch)
            if self._walking() > 1:
                self._keep(key, found)
        return found

    def forget_stretches(self) -> None:
        """Something in them has been withdrawn."""
        self._stretches.clear()

    def _walking(self) -> int:
        """How many are not at the tip: who walks alone leaves nothing behind, as there may be thousands of channels."""
        return self.listeners - len(self.at_tip)

    def _keep(self, key: tuple[int, int], coded: tuple[bytes, Tally]) -> None:
        self._stretches[key] = coded
        if len(self._stretches) > _KEPT_STRETCHES:
            del self._stretches[next(iter(self._stretches))]

    def _code(self, stretch: Stretch[Passed]) -> tuple[bytes, Tally]:
        codec = self.wire.codec
        if not self.wire.is_gzip:
            return self.wire.framed(self._plain(stretch)), Tally()
        plain = self._plain(stretch)
        if stretch.is_history:  # as one piece it costs a seventh, but only those who step alike share it
            return self.wire.piece(plain), Tally().plus(plain)
        deflated = b"".join(shared.frame.deflated(codec) for shared in stretch.taken)
        return self.wire.framed(deflated), Tally().plus(plain)

    def _plain(self, stretch: Stretch[Passed]) -> bytes:
        codec = self.wire.codec
        return b"".join([shared.frame.written(codec) for shared in stretch.taken])
