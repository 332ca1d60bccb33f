"""Pages of the log: read once for all who wait, kept for a while, never older than what was withdrawn."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from feeder.errors import UnavailableError
from feeder.model import Event, Kind
from feeder.stream import frames
from feeder.stream.pages import PAGE, Pages
from feeder.stream.past import Passed
from feeder.stream.ring import Shared
from hearing import until
from polling import LOOPS

RUNS_ON = LOOPS
AT = datetime(2026, 11, 22, tzinfo=UTC)


class Reader:
    """Who waits."""

    def __init__(self) -> None:
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True


class Log:
    """Answers when it is let, from as many events as it has, or by an error."""

    def __init__(self, count: int = 1000) -> None:
        self.count = count
        self.errors: list[Exception] = []
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.asked: list[int] = []
        self.at_once = self.most_at_once = 0
        self.ready: list[Reader] = []
        self.pages: Pages[Reader] = Pages(self.read, self.ready.extend, lambda: 0.001)

    async def read(self, first: int) -> list[Passed]:
        self.asked.append(first)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            page: list[Passed] = [shared(seq) for seq in range(first + 1, min(first + PAGE, self.count) + 1)]
            await self.is_open.wait()
            if self.errors:
                raise self.errors.pop(0)
            return page
        finally:
            self.at_once -= 1

    async def wait_for(self, seq: int) -> list[int]:
        one = Reader()
        self.pages.want(seq, one)
        await until(lambda: one in self.ready)
        return [found.seq for found in self.pages.after(seq)]


def shared(seq: int) -> Shared:
    event = Event(seq=seq, epoch="e", at=AT, kind=Kind.PUBLISHED, article_id="a", slug="a", version=1)
    return Shared(event, frames.event(event, b"1"))


@pytest.mark.parametrize("seq", [0, 1, PAGE - 1, PAGE, PAGE + 1, 999])
async def test_a_page_is_what_follows_a_number_on_it(seq: int) -> None:
    log = Log()
    assert log.pages.after(seq) == ()
    first = seq // PAGE * PAGE
    assert await log.wait_for(seq) == list(range(seq + 1, min(first + PAGE, 1000) + 1))
    assert (log.asked, log.pages.count) == ([first], 1)


async def test_one_read_serves_all_who_wait_for_it_and_each_is_ready_once() -> None:
    log = Log()
    log.is_open.clear()
    waiting = [Reader() for _ in range(5)]
    for number, one in enumerate([*waiting, *waiting]):
        log.pages.want(number, one)
    await asyncio.sleep(0)
    log.is_open.set()
    await until(lambda: bool(log.ready))
    assert (log.ready, log.asked) == (waiting, [0])


async def test_no_more_than_two_are_read_at_the_same_time() -> None:
    log = Log()
    log.is_open.clear()
    for first in range(0, 5 * PAGE, PAGE):
        log.pages.want(first, Reader())
    await until(lambda: log.at_once == 2)
    log.is_open.set()
    await until(lambda: len(log.ready) == 5)
    assert (log.most_at_once, sorted(log.asked)) == (2, list(range(0, 5 * PAGE, PAGE)))


async def test_eight_pages_are_kept_and_those_that_were_looked_at_longest() -> None:
    log = Log(count=20 * PAGE)
    for number in range(8):
        await log.wait_for(number * PAGE)
    assert log.pages.after(0)
    await log.wait_for(8 * PAGE)
    assert log.pages.after(0)
    assert log.pages.after(PAGE) == ()


async def test_a_page_that_was_short_is_read_again_when_somebody_wants_more() -> None:
    log = Log(count=3)
    assert await log.wait_for(0) == [1, 2, 3]
    log.count = 5
    assert list(log.pages.after(3)) == []
    assert await log.wait_for(3) == [4, 5]


async def test_what_was_read_before_something_was_withdrawn_is_not_kept() -> None:
    log = Log()
    await log.wait_for(0)
    log.pages.forget()
    assert log.pages.after(0) == ()
    log.is_open.clear()
    one = Reader()
    log.pages.want(0, one)
    await until(lambda: log.at_once == 1)
    log.pages.forget()  # while it is read
    log.is_open.set()
    await until(lambda: log.ready[-1] is one)
    assert log.pages.after(0) == ()


async def test_a_log_that_is_away_is_asked_again_by_those_who_want_it() -> None:
    log = Log()
    log.errors = [UnavailableError("away")]
    assert await log.wait_for(0) == []
    assert len(await log.wait_for(0)) == PAGE
    assert not any(one.is_aborted for one in log.ready)


async def test_a_fault_ends_the_connections_of_those_who_wait_and_of_nobody_else() -> None:
    log = Log()
    log.errors = [RuntimeError("a bug")]
    first = Reader()
    log.pages.want(0, first)
    await until(lambda: log.ready == [first])
    assert first.is_aborted
    assert len(await log.wait_for(0)) == PAGE
    assert not log.ready[-1].is_aborted


@pytest.mark.parametrize("turns", [0, 3])
async def test_after_its_end_nothing_is_being_read(turns: int) -> None:
    log = Log()
    log.is_open.clear()
    for first in range(0, 4 * PAGE, PAGE):
        log.pages.want(first, Reader())
    for _ in range(turns):
        await asyncio.sleep(0)
    await log.pages.close()
    assert log.at_once == 0
    log.is_open.set()
    assert len(await log.wait_for(0)) == PAGE  # and nobody is waited for that will not come
