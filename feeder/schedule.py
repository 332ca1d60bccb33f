"""The clock of the service: what runs every so often, and what runs at a moment.

APScheduler keeps the timetable. Its timers follow the wall clock, so after a clock was set back they would be
silent until the old time is reached again (measured: an hour back, no run for an hour); a watch on the monotonic
clock notices the step and sets every job going again.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from feeder.config import INTERVAL, UNITS
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from apscheduler.triggers.base import BaseTrigger

_log = structlog.get_logger(__name__)

DRIFT_SECONDS = 2.0
"""Clocks that part by more than this between two watches were stepped, not disciplined."""


def trigger(when: str, zone: tzinfo) -> BaseTrigger:
    """The trigger of an interval (``"30s"``) or of a cron line in the site's zone.

    Raises:
        ConfigError: it is neither.
    """
    if interval := INTERVAL.fullmatch(when):
        return IntervalTrigger(seconds=float(interval[1]) * UNITS[interval[2]], timezone=UTC)
    try:
        return CronTrigger.from_crontab(when, timezone=zone)
    except ValueError as error:
        raise ConfigError(f"seeds.scan = {when!r}: {error}; write for example 30s or */10 * * * *") from None


class Schedule:
    """A timetable whose jobs only ring bells: they are plain calls on the loop, and quick.

    So APScheduler's executor that calls at once is the right one, whatever it is named: with a thread or a task of
    its own, a job is on its way when the service stops, and is reported as a cancelled one.
    """

    def __init__(
        self,
        zone: tzinfo,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._zone = zone
        self._wall = wall
        self._monotonic = monotonic
        self._scheduler = AsyncIOScheduler(
            executors={"default": DebugExecutor()},
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self.steps = 0

    def every(self, name: str, when: str, job: Callable[[], None]) -> None:
        """Run a job on an interval or a cron line.

        Raises:
            ConfigError: ``when`` is neither.
        """
        self._scheduler.add_job(job, trigger(when, self._zone), id=name)

    def at(self, name: str, moment: datetime | None, job: Callable[[], None]) -> None:
        """Run a job once at a moment (None: not any more); replaces what was set under this name before."""
        if moment is not None:
            self._scheduler.add_job(job, DateTrigger(moment.astimezone(UTC)), id=name, replace_existing=True)
        elif self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    async def run(self) -> None:
        """Keep time until cancelled."""
        self._scheduler.start()
        try:
            await self._watch_clocks()
        finally:
            self._scheduler.shutdown(wait=False)

    async def _watch_clocks(self, pause_seconds: float = 1.0) -> None:
        offset = self._wall() - self._monotonic()
        while True:
            await asyncio.sleep(pause_seconds)
            now = self._wall() - self._monotonic()
            if abs(now - offset) > DRIFT_SECONDS:
                _log.warning("the clock was set", seconds=round(now - offset, 1))
                self.wake_all()
            offset = now

    def wake_all(self) -> None:
        """Run every job now, and go on from there by the clock as it is."""
        self.steps += 1
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def jobs(self) -> dict[str, datetime | None]:
        """When each job runs next."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}
