"""The numbered log: what a store is to all who read on after a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from feeder.bell import Bell
    from feeder.model import Article, Event


@dataclass(frozen=True, slots=True)
class Epoch:
    """One run of a writer: it numbered the events ``first`` to ``last`` (``first - 1`` if none yet)."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The log's range: the first event still kept (``newest + 1`` if none), the last given out (0 if none)."""

    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Concerned:
    """A stretch of the log: its first and its last event that are kept, and the shelves that any of them concerned."""

    first: int
    last: int
    shelves: frozenset[str]


@dataclass(frozen=True, slots=True)
class Form:
    """How the stream tells of events.

    ``write`` makes the line of an event; it is pure, as threads call it, and raises ``ValueError`` for what cannot be
    shown. ``name`` stands for all that a line depends on besides its event: a line of another name is another line.
    """

    name: str
    write: Callable[[Event], bytes]


class Line(NamedTuple):
    """An event that has its content, as the stream tells it: nothing is left to be made.

    ``kind`` is the value of a ``Kind``; ``data`` is what ``Form.write`` made of the event.
    """

    seq: int
    epoch: str
    kind: str
    data: bytes

    @property
    def cursor(self) -> str:
        """As ``Event.cursor``."""
        return f"{self.epoch}.{self.seq}"


class Log(Protocol):
    """The numbered log.

    Sequence numbers are contiguous from 1 for ever, and committed in their order: who has read to ``n`` never
    finds one below ``n`` later.
    """

    bell: Bell
    """Rung, on the loop, after every commit that wrote events."""

    async def read(self, after: int, limit: int) -> list[Event]:
        """Events with ``seq > after`` in order, at most ``limit``."""
        ...

    async def lines(self, after: int, limit: int, form: str) -> list[Line | Event]:
        """The same events as ``read``, each as its line where one of this form is kept (``Lines.keep_lines``).

        A line is that of the event as ``read`` gives it now. Events are without their traces here. An engine may keep
        none, and gives events.
        """
        ...

    async def replaced(self, events: Sequence[Event]) -> dict[int, Article]:
        """The versions that some events of the log replaced, by the numbers of these events.

        None of an event that replaced none (a ``published`` one), of a retraction or what it took back, and of one
        whose version before is not kept any more: below ``Bounds.oldest`` it may be, or not.
        """
        ...

    async def concerned(self, after: int) -> Concerned | None:
        """What the events with ``seq > after`` concerned, all of them at once; None if there are none."""
        ...

    async def bounds(self) -> Bounds:
        """The range of the log."""
        ...

    async def epochs(self) -> list[Epoch]:
        """Every epoch that the log knows, oldest first; the last one is the writer's own."""
        ...

    async def seq_before(self, moment: datetime) -> int:
        """The last event accepted before ``moment``, to read on after it (``oldest - 1`` if there is none)."""
        ...

    async def prune(self, before: datetime) -> int:
        """Forget the events accepted before a moment and say how many; articles stay. Numbers stay used.

        Of versions that go an article keeps the traces, for the event that may retract it (``Event.traces``).
        """
        ...


class Lines(Protocol):
    """The events that have their content, kept as the stream tells them, so that a replay need not make them."""

    def keep_lines(self, form: Form) -> None:
        """From now on lines are of this form; each is written with its event, and goes with the event's content."""
        ...

    async def mend_lines(self, limit: int) -> bool:
        """Write lines anew, at most so many, and say whether there may be more to do.

        Of those that were written in another form or without any, and of events that tell of other feeds since
        (``Shelves.define``). For when the store is calm: until then ``Log.lines`` gives these as events. Nothing
        without a form.
        """
        ...
