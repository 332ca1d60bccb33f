"""The pump keeps the loop for nobody: not for who knows more than the follower does, not for the many."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from feeder.stream import Codec, Settings, fanout
from hearing import following, hearing, hub_of, until
from memory_log import MemoryLog
from polling import LOOPS

RUNS_ON = LOOPS


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def test_who_knows_of_more_than_the_follower_costs_nothing_until_that_has_come_too(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.head == 1)
        log.append(ring=False)
        async with hearing(hub, since="2") as ear, hearing(hub):
            began = time.process_time()
            await asyncio.sleep(0.2)
            assert time.process_time() - began < 0.1
            log.append()
            await ear.hear(lambda: bool(ear.told))
            assert ear.ids == ["a.3"]


async def test_who_listens_otherwise_waits_for_one_round_of_the_many_and_not_until_events_pause(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a round to the many takes longer than the next event, there is always one more to be told to them."""
    monkeypatch.setattr(fanout, "SLICE_SECONDS", 0)  # as if each send took its time
    monkeypatch.setattr(fanout, "_LOOK_AT_CLOCK", 0)
    async with following(hub_of(log, Settings(look_seconds=30))) as hub, AsyncExitStack() as crowd:
        many = [await crowd.enter_async_context(hearing(hub)) for _ in range(50)]
        one = await crowd.enter_async_context(hearing(hub, codec=Codec.NDJSON))
        await until(lambda: all(ear.listener.walk is None for ear in (*many, one)))
        while len(log.events) < 500:
            log.append()
            while hub.head < len(log.events):
                await asyncio.sleep(0)
        assert hub.counts.frames["ndjson"] > 0
