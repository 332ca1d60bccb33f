"""Answers that cost something to make: made when they are asked for, and kept for as long as the log stands still.

The same question is answered once, however many ask it; few are worked on at a time; and who would wait too long is
told to come again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from feeder.codings import IDENTITY
from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

KEPT_ANSWERS: Final = 256
KEPT_BYTES: Final = 16 * 1024 * 1024
KEPT_SECONDS: Final = 60.0
"""How many answers are kept, how large they may be together, and how long each is kept while the log stands still: one
that was made while an archive was on its way into the index may lack something (``Articles.search``)."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A page, or what a search found as a document (``parts.Document``) in one format.

    It has no ``last_modified``: it can change without an event of its own, when one of its articles goes. ``seq`` and
    ``cursor`` are those of the newest event by which an article stands in it, 0 and empty if there is none. ``headers``
    are what is said of it alone.
    """

    body: bytes
    media_type: str
    encoded: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seq: int = 0
    cursor: str = ""
    archive_pages: int = 0
    last_modified: None = None
    date_is_unique: bool = False

    @property
    def etag(self) -> str:
        """Strong, with its quotes."""
        return f'"{self._hash}"'

    def etag_of(self, coding: str) -> str:
        """That of one of ``encoded``; of ``identity`` the same as ``etag``."""
        return self.etag if coding == IDENTITY else f'"{self._hash}-{coding}"'

    @property
    def size(self) -> int:
        """How many bytes it keeps in memory, all codings together."""
        return len(self.body) + sum(map(len, self.encoded.values()))

    @cached_property
    def _hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many answers are made at a time, how many more may wait for their turn, and how long.

    While one of two asks the store, the other can be rendered.
    """

    at_once: int = 2
    waiting: int = 32
    patience_seconds: float = 2.0


Key: TypeAlias = tuple[str, ...]
"""What is asked for, and in which form."""


class Kept:
    """The answers that were wanted last, each with the head of the log that it was made of.

    Args:
        most: how many.
        size_bytes: how large together; one that is larger alone is not kept.
        seconds: how long.
    """

    def __init__(
        self, *, most: int = KEPT_ANSWERS, size_bytes: int = KEPT_BYTES, seconds: float = KEPT_SECONDS
    ) -> None:
        self._most = most
        self._size_bytes = size_bytes
        self._seconds = seconds
        self._answers: OrderedDict[Key, tuple[int, float, Answer]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Key, head: int, now: float) -> Answer | None:
        """The answer, if the log has not gone on since and it is not too old; one that is no good any more goes."""
        found = self._answers.get(key)
        if found is None:
            return None
        made_of, until, answer = found
        if made_of < head or until <= now:
            self._drop(key)
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, key: Key, head: int, answer: Answer, now: float) -> None:
        """Keep an answer that was made when the log had that head, or later; those that were not wanted longest go."""
        if key in self._answers and self._answers[key][0] > head:
            return
        self._drop(key)
        if answer.size > self._size_bytes:
            return  # all the others would have to go for it, and it would not fit then
        self._answers[key] = head, now + self._seconds, answer
        self.bytes += answer.size
        while len(self._answers) > self._most or self.bytes > self._size_bytes:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        if (found := self._answers.pop(key, None)) is not None:
            self.bytes -= found[2].size


class Prepared:
    """Answers of one sort, made once each.

    Args:
        limits: how many are made at a time.
        kept: where they are kept.

    ``made`` counts them.
    """

    def __init__(self, *, limits: Limits | None = None, kept: Kept | None = None) -> None:
        self._kept = kept or Kept()
        self._limits = limits or Limits()
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._waiting = 0
        self._under_way: dict[tuple[Key, int], asyncio.Task[Answer]] = {}
        self.made = 0

    async def answer(self, key: Key, head: int, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer for a key: kept, or made of a log that has this head or a later one.

        Raises:
            UnavailableError: too many are being made, or ``make`` cannot make it now.
        """
        ready = self._kept.get(key, head, _now())
        if ready is not None:
            return ready
        task = self._under_way.get((key, head))
        if task is None:
            task = asyncio.create_task(self._make(key, head, make))
            self._under_way[key, head] = task
            task.add_done_callback(lambda ended: self._end((key, head), ended))
        return await asyncio.shield(task)  # one client's leaving is not the others' loss

    async def close(self) -> None:
        """End what is under way."""
        tasks = [*self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, key: Key, head: int, make: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._turn():
            answer = await make()
        self.made += 1
        self._kept.put(key, head, answer, _now())
        return answer

    def _end(self, which: tuple[Key, int], task: asyncio.Task[Answer]) -> None:
        del self._under_way[which]
        if not task.cancelled():
            task.exception()  # told to those who wait; if all of them have gone, to nobody

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn, not too long and not as one of too many."""
        if self._turns.locked() and self._waiting >= self._limits.waiting:
            raise UnavailableError("too many answers are waiting to be made")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.patience_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise UnavailableError("too many answers are being made") from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


def _now() -> float:
    return asyncio.get_running_loop().time()
