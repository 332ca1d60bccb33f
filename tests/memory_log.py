"""A log as the contract has it, in memory: it can be slow, away, pruned and set back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.model import Event, Kind
from feeder.store import Bounds, Concerned, Epoch, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Article

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MemoryLog:
    """A log as the contract has it, in memory; ``slow`` makes every read a moment in which others run."""

    def __init__(self, *, slow: Callable[[], int] = lambda: 0) -> None:
        self.bell = Bell()
        self.events: list[Event] = []
        self.forgotten = 0
        self.starts = [("a", 1)]
        self.away = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.reads: list[int] = []
        self.forms: list[str] = []
        self.kept: set[int] = set()
        self._slow = slow

    def append(self, article: str = "x", kind: Kind = Kind.PUBLISHED, *sections: str, ring: bool = True) -> Event:
        seq = len(self.events) + 1
        event = Event(
            seq=seq,
            epoch=self.starts[-1][0],
            at=START + timedelta(seconds=seq),
            kind=kind,
            article_id=article,
            slug=article,
            version=1,
            shelves=sections,
        )
        if kind is Kind.RETRACTED:
            self.events = [replace(one, retracted=True) if one.article_id == article else one for one in self.events]
        self.events.append(event)
        if ring:
            self.bell.ring()
        return event

    def begin_epoch(self, name: str) -> None:
        self.starts.append((name, len(self.events) + 1))

    async def _answer(self) -> None:
        for _ in range(self._slow()):
            await asyncio.sleep(0)
        await self.is_open.wait()
        if self.away:
            raise UnavailableError("the disk is away")

    async def read(self, after: int, limit: int) -> list[Event]:
        self.reads.append(after)
        first = max(after, self.forgotten)
        found = self.events[first : first + limit]
        await self._answer()
        return found

    async def lines(self, after: int, limit: int, form: str) -> list[Line | Event]:
        found = await self.read(after, limit)
        self.forms.append(form)
        return [_line(one, form) if one.seq in self.kept and not one.retracted else one for one in found]

    async def replaced(self, events: Sequence[Event]) -> dict[int, Article]:
        await self._answer()
        changes = [event for event in events if event.kind in {Kind.UPDATED, Kind.CORRECTED} and not event.retracted]
        earlier = {one.seq: self._before(one) for one in changes}
        return {seq: before.article for seq, before in earlier.items() if before and before.article}

    def _before(self, event: Event) -> Event | None:
        kept = self.events[self.forgotten : event.seq - 1]
        return next((one for one in reversed(kept) if one.article_id == event.article_id), None)

    async def newest(self, shelf: str | None, limit: int) -> list[Event]:
        latest = {event.article_id: event for event in self.events}
        shown = [one for one in latest.values() if one.kind is not Kind.RETRACTED]
        return sorted(shown, key=lambda event: -event.seq)[:limit] if shelf is None else []

    async def concerned(self, after: int) -> Concerned | None:
        await self._answer()
        found = self.events[max(after, self.forgotten) :]
        names = frozenset(name for event in found for name in event.shelves)
        return Concerned(found[0].seq, found[-1].seq, names) if found else None

    async def bounds(self) -> Bounds:
        found = Bounds(self.forgotten + 1, len(self.events))
        await self._answer()
        return found

    async def epochs(self) -> list[Epoch]:
        ends = [first - 1 for _, first in self.starts[1:]] + [len(self.events)]
        return [Epoch(name, first, last) for (name, first), last in zip(self.starts, ends, strict=True)]

    async def seq_before(self, moment: datetime) -> int:
        return max([self.forgotten, *(event.seq for event in self.events if event.at < moment)])

    async def prune(self, before: datetime) -> int:
        earlier = self.forgotten
        self.forgotten = max([earlier, *(event.seq for event in self.events if event.at < before)])
        return self.forgotten - earlier


def _line(event: Event, form: str) -> Line:
    return Line(event.seq, event.epoch, event.kind, b'{"seq":%d,"form":"%s"}' % (event.seq, form.encode()))
