"""Printing, coding and writing what changed, side by side: threads, because each of the three lets others run.

As many compute as there are processors; those that wait for the disk are others, so that no processor waits with them.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from feeder.codings import CODINGS, smaller
from feeder.publish.folder import is_dated, rename, stage, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from feeder.model import Feed
    from feeder.publish.document import Edition, Sheet
    from feeder.publish.press import Press

WRITERS: Final = 8
"""How many files are written at once: a disk that flushes one has soon flushed them all."""


@dataclass(slots=True)
class Copy:
    """One format of a feed as it was made.

    ``sheet`` is None if nothing came of it. ``problem`` says in a sentence why that is so, or why it is not in the
    folder. ``is_written`` says whether its file is another one than before.
    """

    feed: Feed
    suffix: str
    sheet: Sheet | None = None
    is_written: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Printed:
    """A sheet whose bytes are being written and coded."""

    sheet: Sheet
    staging: Future[bool]
    coding: Mapping[str, Future[bytes]]

    def coded(self) -> Sheet:
        """With all codings, in their order; waits for them."""
        document = self.sheet.document
        coded = smaller(document.body, {coding: future.result() for coding, future in sorted(self.coding.items())})
        return replace(self.sheet, document=replace(document, encoded=coded))


@dataclass(slots=True)
class Job:
    """One format of a feed on its way."""

    copy: Copy
    path: Path
    printing: Future[_Printed]

    def finish(self) -> bool:
        """Wait until it is printed, coded and on the disk; true if its file is to get its name."""
        try:
            printed = self.printing.result()
            self.copy.sheet = printed.coded()
            return printed.staging.result()
        except (OSError, ValueError) as error:
            self.fail(error)
            return False

    def doubt_date(self) -> None:
        """What was said before of the same event, with other settings, may have been read: its date proves nothing."""
        sheet = self.copy.sheet
        if sheet is not None and not is_dated(self.path, sheet.head.updated):
            self.copy.sheet = replace(sheet, document=replace(sheet.document, date_is_unique=False))

    def fail(self, error: OSError | ValueError) -> None:
        """Note why it did not get further."""
        reason = error.strerror if isinstance(error, OSError) else None
        self.copy.problem = f"{self.path.name} cannot be published: {reason or error}"


class Production:
    """Makes feeds in all their formats and codings, as many at once as there are processors."""

    def __init__(self, press: Press, place: Callable[[str, str], Path]) -> None:
        self._press = press
        self._place = place
        self._pool = ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="publish")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="write")
        self._unflushed: set[Path] = set()

    def begin(self, edition: Edition) -> list[Job]:
        """Have every format of an edition printed, checked, coded and written; waits for nothing."""
        feed, jobs = edition.head.feed, []
        for suffix in self._press.suffixes(feed):
            path = self._place(feed.name, suffix)
            printing = self._pool.submit(self._print, edition, suffix, path)
            jobs.append(Job(Copy(feed, suffix), path, printing))
        return jobs

    def wait_for_prints(self, jobs: Sequence[Job]) -> None:
        """Wait until codings are all that is to be computed for jobs: what is begun now comes behind them."""
        wait([job.printing for job in jobs])

    def finish(self, jobs: Sequence[Job]) -> list[Copy]:
        """Wait for jobs, in a thread of its own: all that is new is on the disk before any of it has its name.

        That it has its name is on the disk after ``flush``.
        """
        staged = {job.path: job for job in jobs if job.finish()}
        self._unflushed.update(path.parent for path in staged)
        failed = rename(staged)
        for path, job in staged.items():
            if path in failed:
                job.fail(failed[path])
            job.copy.is_written = path not in failed
        for job in jobs:
            job.doubt_date()
        return [job.copy for job in jobs]

    def write(self, path: Path, body: bytes) -> None:
        """Write a file that belongs to no feed; its name is on the disk after ``flush``.

        Raises:
            OSError: it could not be written.
        """
        if stage(path, body):
            self._unflushed.add(path.parent)
            for error in rename([path]).values():
                raise error

    def flush(self) -> None:
        """Wait until the names of all that was written are on the disk.

        Raises:
            OSError: they may not be; the next call tries again.
        """
        for folder in sorted(self._unflushed):
            sync(folder)
            self._unflushed.discard(folder)

    def _print(self, edition: Edition, suffix: str, path: Path) -> _Printed:
        """The rest is begun from here, so that nobody has to wake up for it."""
        sheet = self._press.print(edition, suffix)
        body = sheet.document.body
        staging = self._writers.submit(stage, path, body, sheet.head.updated)
        return _Printed(sheet, staging, {name: self._pool.submit(encode, body) for name, encode in CODINGS.items()})
