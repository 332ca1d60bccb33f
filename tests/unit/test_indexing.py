"""The road into the full-text index: it waits until it is calm, takes steps, and sweeps now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from engines import NOON, article, take
from feeder.errors import UnavailableError
from feeder.indexing import LINES_STEP, STEP, Indexer
from feeder.model import Event
from feeder.query import parse
from feeder.store import Form, Store, open_store
from feeder.store.sqlite.store import Sqlite


class Counting:
    """The index of a store, with what was asked of it; it can be away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.steps = self.sweeps = self.away = 0

    async def index(self, limit: int) -> bool:
        self.steps += 1
        if self.away:
            self.away -= 1
            raise UnavailableError("the disk is full")
        return await self.store.index(limit)

    async def sweep_index(self) -> bool:
        more = await self.store.sweep_index()
        self.sweeps += more
        return more


async def put(store: Store, first: int, count: int) -> None:
    numbers = range(first, first + count)
    await store.accept([take(f"{n}.txt", article(f"story {n}", id=f"urn:{n}", own_id=True)) for n in numbers], now=NOON)


def state(store: Store) -> tuple[int, int]:
    """How far the index has read, and whether words of retracted stories may be on the disk."""
    import sqlite3

    assert isinstance(store, Sqlite)
    with sqlite3.connect(store._reader._path) as connection:
        seq, unswept = connection.execute("SELECT seq, unswept FROM indexing").fetchone()
    connection.close()
    return seq, unswept


@asynccontextmanager
async def running(store: Store, index: Counting, **settings: Any) -> AsyncIterator[None]:
    given = {"calm_seconds": 0.01, "longest_busy_seconds": 0.05, **settings}
    task = asyncio.create_task(Indexer(store, index, store, **given).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/feeder.db", data=tmp_path)
    yield opened
    await opened.close()


async def test_it_reads_on_to_the_end_in_steps_and_again_at_each_ring(store: Store) -> None:
    index = Counting(store)
    await put(store, 0, 2 * STEP + 1)
    async with running(store, index):
        await until(lambda: state(store) == (2 * STEP + 1, 0))
        assert index.steps == 3
        await put(store, 1000, 1)
        await until(lambda: state(store) == (2 * STEP + 2, 0))


async def test_lines_that_are_not_of_the_form_are_mended_in_steps(store: Store) -> None:
    await put(store, 0, LINES_STEP + 1)
    form = Form("plain", lambda event: b"%d" % event.seq)
    store.keep_lines(form)
    async with running(store, Counting(store)):
        async with asyncio.timeout(10):
            while any(isinstance(one, Event) for one in await store.lines(0, 1000, form.name)):
                await asyncio.sleep(0.005)
    assert [one.seq for one in await store.lines(0, 1000, form.name)] == list(range(1, LINES_STEP + 2))


async def test_while_it_rings_without_end_a_step_is_taken_now_and_then(store: Store) -> None:
    index = Counting(store)
    await put(store, 0, 3 * STEP)
    async with running(store, index, calm_seconds=30, longest_busy_seconds=0.02):

        async def ringing() -> None:
            while state(store)[0] < 3 * STEP:
                store.bell.ring()
                await asyncio.sleep(0)

        async with asyncio.timeout(10):
            await ringing()
    assert index.steps >= 3


async def test_nothing_is_indexed_before_it_is_calm(store: Store) -> None:
    index = Counting(store)
    async with running(store, index, calm_seconds=30, longest_busy_seconds=60):
        await put(store, 0, 3)
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert index.steps == 0
        assert len(await store.search(parse("story"), 10)) == 3


async def test_retracted_words_are_swept_at_once_and_then_once_in_a_while(store: Store) -> None:
    index = Counting(store)
    await put(store, 0, 2)
    await put(store, 2, 2)
    async with running(store, index):
        await until(lambda: state(store) == (4, 0))
        await put(store, 4, 1)
        await until(lambda: state(store) == (5, 0))
        await store.retract("urn:0", now=NOON, reason="libel")
        await until(lambda: index.sweeps and state(store) == (5, 0))
        steps = index.steps
        await put(store, 6, 1)
        await store.retract("urn:1", now=NOON, reason="libel")
        await until(lambda: index.steps > steps and state(store) == (7, 1))
        swept = index.sweeps
        await put(store, 7, 1)
        await until(lambda: state(store) == (9, 1))
        assert index.sweeps == swept


async def test_a_store_that_is_away_is_asked_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeder.indexing.LOOK_SECONDS", 0.01)
    index = Counting(store)
    index.away = 2
    await put(store, 0, 1)
    async with running(store, index):
        await until(lambda: state(store) == (1, 0))
    assert index.steps >= 3
