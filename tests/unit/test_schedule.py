from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feeder.errors import ConfigError
from feeder.schedule import Schedule, trigger


class Clocks:
    """A wall clock that can be set, and a monotonic one that cannot."""

    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.monotonic = 500.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


class QuickSchedule(Schedule):
    """Watches its clocks without pausing."""

    async def _watch_clocks(self, pause_seconds: float = 0.001) -> None:
        await super()._watch_clocks(pause_seconds)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
async def schedule(clocks: Clocks) -> AsyncIterator[Schedule]:
    schedule = QuickSchedule(UTC, wall=lambda: clocks.wall, monotonic=lambda: clocks.monotonic)
    running = asyncio.create_task(schedule.run())
    yield schedule
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_job_runs_on_its_interval(schedule: Schedule) -> None:
    ran = asyncio.Queue[int]()
    schedule.every("look", "10ms", lambda: ran.put_nowait(1))
    async with asyncio.timeout(10):
        for _ in range(3):
            await ran.get()


async def test_a_job_runs_at_its_moment_and_the_last_word_counts(schedule: Schedule) -> None:
    ran = asyncio.Queue[str]()
    schedule.at("due", datetime.now(UTC) + timedelta(days=1), lambda: ran.put_nowait("far"))
    schedule.at("due", datetime.now(UTC) + timedelta(milliseconds=20), lambda: ran.put_nowait("near"))
    async with asyncio.timeout(10):
        assert await ran.get() == "near"
    schedule.at("due", datetime.now(UTC) + timedelta(days=1), lambda: None)
    schedule.at("due", None, lambda: None)
    schedule.at("due", None, lambda: None)
    assert schedule.jobs() == {}


async def test_a_moment_that_has_passed_runs_at_once(schedule: Schedule) -> None:
    ran = asyncio.Event()
    schedule.at("due", datetime.now(UTC) - timedelta(days=3), ran.set)
    async with asyncio.timeout(10):
        await ran.wait()


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_a_clock_that_is_set_wakes_every_job(schedule: Schedule, clocks: Clocks, step: float) -> None:
    ran = asyncio.Event()
    schedule.every("look", "9h", ran.set)
    clocks.wall += step
    async with asyncio.timeout(10):
        await ran.wait()
    assert schedule.steps == 1


async def test_clocks_that_run_on_wake_nobody(schedule: Schedule, clocks: Clocks) -> None:
    ran = asyncio.Event()
    schedule.every("look", "9h", ran.set)
    for _ in range(20):
        clocks.pass_(3600)
        await asyncio.sleep(0.002)
    assert not ran.is_set()
    assert schedule.steps == 0


def test_cron_lines_are_read_in_the_sites_zone() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    moment = trigger("0 6 * * *", madrid).get_next_fire_time(None, datetime(2026, 7, 1, tzinfo=madrid))
    assert moment == datetime(2026, 7, 1, 6, tzinfo=madrid)


@pytest.mark.parametrize("when", ["0 0 0 0 0", "99 * * * *", "x"])
def test_what_is_no_schedule_is_refused(when: str) -> None:
    with pytest.raises(ConfigError, match=r"seeds\.scan"):
        trigger(when, UTC)


async def test_a_job_on_its_way_at_the_stop_is_no_error(clocks: Clocks, caplog: pytest.LogCaptureFixture) -> None:
    """The loop was busy while first the stop of the service and then the moment of a job came."""
    schedule = QuickSchedule(UTC, wall=lambda: clocks.wall, monotonic=lambda: clocks.monotonic)
    running = asyncio.create_task(schedule.run())
    await asyncio.sleep(0)
    schedule.at("due", datetime.now(UTC) + timedelta(milliseconds=20), lambda: None)
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.005, running.cancel)
    time.sleep(0.05)  # noqa: ASYNC251 - a loop that is busy is what this is about
    await asyncio.gather(running, return_exceptions=True)
    await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
