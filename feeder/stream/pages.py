"""Pages of the log for those whose events are not in the ring: one read serves all who need it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import structlog

from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from feeder.stream.past import Passed

PAGE: Final = 128
"""Events in one read of the log."""

_KEPT: Final = 8
"""Pages that are kept for those who come a little later."""

_SIDE_BY_SIDE: Final = 2
"""Reads at the same time; more would only wait for each other."""

_logger = structlog.get_logger(__name__)


class Waiting(Protocol):
    """Who waits for a page."""

    def abort(self) -> None:
        """There will be none."""
        ...


Waiter = TypeVar("Waiter", bound=Waiting)


class Pages(Generic[Waiter]):
    """The log in pages, read when somebody waits for one.

    Args:
        read: the page behind a number, as shared frames.
        ready: called with everybody who waited, when there is something to see or a pause is over.
        pause_seconds: how long to wait when the log is away.

    ``count`` is how many were read.
    """

    def __init__(
        self,
        read: Callable[[int], Awaitable[list[Passed]]],
        ready: Callable[[Iterable[Waiter]], None],
        pause_seconds: Callable[[], float],
    ) -> None:
        self._read = read
        self._ready = ready
        self._pause_seconds = pause_seconds
        self._kept: OrderedDict[int, list[Passed]] = OrderedDict()
        self._waiting: dict[int, dict[Waiter, None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._age = 0
        self.count = 0

    def after(self, seq: int) -> Sequence[Passed]:
        """The events behind a number, of the page that it lies on, if that is here; nothing if not, or not yet."""
        page = self._kept.get(_first(seq))
        if page is None:
            return ()
        self._kept.move_to_end(_first(seq))
        return [shared for shared in page if shared.seq > seq]

    def want(self, seq: int, listener: Waiter) -> None:
        """Have the page behind a number read; the listener is ready when it is here."""
        first = _first(seq)
        waiting = self._waiting.get(first)
        if waiting is not None:
            waiting[listener] = None  # it may have asked before, and been paused meanwhile
            return
        self._waiting[first] = {listener: None}
        task = asyncio.create_task(self._fetch(first))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """What was read may have been withdrawn since."""
        self._kept.clear()
        self._age += 1

    async def close(self) -> None:
        """End what is being read."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._waiting.clear()  # a task that had not begun yet has let go of nobody

    async def _fetch(self, first: int) -> None:
        try:
            async with self._turns:
                self.count += 1
                age = self._age
                page = await self._read(first)
            if age == self._age:
                self._keep(first, page)
        except UnavailableError:
            await asyncio.sleep(self._pause_seconds())
        except Exception:
            # The status is out already: all that can be said is an end that no reader takes for a clean one.
            _logger.exception("stream failed", after=first)
            for listener in self._waiting[first]:
                listener.abort()
        finally:
            self._ready(self._waiting.pop(first))

    def _keep(self, first: int, page: list[Passed]) -> None:
        self._kept[first] = page
        self._kept.move_to_end(first)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def _first(seq: int) -> int:
    return seq - seq % PAGE
