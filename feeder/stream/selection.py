"""What equal choices of any number of listeners take of the log: decided once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.stream.choice import Choice
    from feeder.stream.past import Passed
    from feeder.stream.ring import Shared

KEPT: Final = 8192
"""How many verdicts are kept of a choice that reads texts; more than a ring has frames."""


class Selection:
    """A choice at work.

    Most choices ask only for what every frame in memory keeps beside it. One that reads texts is asked while the text
    is at hand (``note``, as events come in) and its verdict kept; of what came before, only a page of the log can tell.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.channels = 0
        """How many channels take by it."""
        self._verdicts: dict[int, bool] = {}

    @property
    def is_everything(self) -> bool:
        """Whether it takes every event."""
        return self.choice.is_everything

    def note(self, came: Sequence[Shared]) -> None:
        """Events have come in, with their texts."""
        for shared in came:
            if shared.seen is not None:
                self._verdicts[shared.seq] = self.choice.matches(shared.seen)
        while len(self._verdicts) > KEPT:
            del self._verdicts[next(iter(self._verdicts))]

    def takes(self, shared: Passed) -> bool | None:
        """Whether it takes an event; None if what is kept of that does not say."""
        if self.choice.is_everything:
            return True
        if shared.seen is None:
            return None
        try:
            return self.choice.matches(shared.seen)
        except LookupError:
            return self._verdicts.get(shared.seq)


class Selections:
    """The choices of all who listen now, each once."""

    def __init__(self) -> None:
        self._kept: dict[str, Selection] = {}

    def take(self, choice: Choice) -> Selection:
        """The selection of all who choose the same, for one channel more."""
        selection = self._kept.setdefault(choice.key, Selection(choice))
        selection.channels += 1
        return selection

    def drop(self, selection: Selection) -> None:
        """One channel less takes by it."""
        selection.channels -= 1
        if not selection.channels:
            del self._kept[selection.choice.key]

    def are_asked(self) -> bool:
        """Whether there is any that does not take everything."""
        return any(not one.is_everything for one in self._kept.values())

    def reading(self) -> list[Selection]:
        """Those that read texts."""
        return [one for one in self._kept.values() if one.choice.reads_text]
