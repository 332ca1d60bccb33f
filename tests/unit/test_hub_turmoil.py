"""Nothing is lost or doubled, whatever listeners and the log do: on both loops that the service runs on."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import replace

import pytest

from feeder.model import Kind
from feeder.stream import Hub
from hearing import PROMPT, Ear, encode, following, hearing, in_section
from memory_log import START, MemoryLog
from polling import LOOPS

RUNS_ON = LOOPS


class Turmoil:
    """A log that grows in bursts, restarts and answers when it likes, and listeners as unsteady as it."""

    TOTAL = 400

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.log = MemoryLog(slow=lambda: self.chance.randrange(4))
        lifetime, frames = self.chance.choice([0, 0.05]), self.chance.choice([1, 7, 64])
        settings = replace(PROMPT, ring_frames=frames, lifetime_seconds=lifetime)
        size = self.chance.choice([0, 3000])
        self.hub = Hub(
            self.log,
            lambda event: encode(event) + b" " * size,
            clock=lambda: START,
            jitter=self.chance.random,
            settings=settings,
        )

    async def write(self) -> None:
        chance = self.chance
        while len(self.log.events) < self.TOTAL:
            for _ in range(chance.choice([1, 1, 1, 5, 40])):
                article, section = f"x{chance.randrange(9)}", chance.choice("pq")
                self.log.append(article, Kind.PUBLISHED, section, ring=chance.random() < 0.8)
            if chance.random() < 0.1:
                self.log.begin_epoch(f"r{len(self.log.events)}")
            await self._pause(12)
        self.log.bell.ring()

    def wanted(self, section: str | None) -> list[int]:
        return [event.seq for event in self.log.events if section is None or section in event.shelves]

    async def follow(self, section: str | None, *, gzip: bool) -> list[int]:
        """Connect again and again, from the last id that was heard, until the end of the log was heard."""
        seqs: list[int] = []
        last_id = "a.0"
        while not (len(self.log.events) >= self.TOTAL and seqs and seqs[-1] == self.wanted(section)[-1]):
            ear = await self._visit(last_id, section, gzip=gzip)
            assert "gap" not in ear.names
            seqs += ear.seqs
            last_id = ear.spec.last_id or last_id
        return seqs

    async def _visit(self, last_id: str, section: str | None, *, gzip: bool) -> Ear:
        choice = None if section is None else in_section(section)
        buffer = self.chance.choice([0, 4096])
        async with hearing(self.hub, last_id, choice=choice, gzip=gzip, buffer=buffer) as ear:
            pieces = iter(range(self.chance.randrange(1, 9)))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await ear.hear(lambda: next(pieces, None) is None, most_bytes=self.chance.choice([100, 1 << 16]))
            await self._pause(30)
        return ear

    async def _pause(self, longest: int) -> None:
        for _ in range(self.chance.choice([0, 0, 1, longest])):
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_or_doubled_however_listeners_stall_leave_and_return(seed: int) -> None:
    turmoil = Turmoil(seed)
    sections = [None] * 12 + ["p", "q"] * 4
    async with asyncio.timeout(60), following(turmoil.hub):
        followers = (turmoil.follow(section, gzip=bool(n % 2)) for n, section in enumerate(sections))
        _, *found = await asyncio.gather(turmoil.write(), *followers)
    for section, seqs in zip(sections, found, strict=True):
        assert seqs == turmoil.wanted(section)
