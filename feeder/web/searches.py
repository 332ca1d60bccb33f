"""What searches find, made when it is asked for and kept ready for as long as the log says the same.

Anyone may ask anything, and each question costs more than any other answer of the web. So the same question is answered
once, however many ask it; few questions are worked on at a time; and who would wait too long is told to come again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from feeder.codings import IDENTITY
from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Event
    from feeder.query import Query
    from feeder.store import Bounds

KEPT_ANSWERS: Final = 256
KEPT_BYTES: Final = 16 * 1024 * 1024
KEPT_SECONDS: Final = 60.0
"""How many answers are kept, how large they may be together, and how long each is kept while the log stands still: one
that was made while an archive was on its way into the index may lack something (``Articles.search``)."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a search found, as a document (``parts.Document``) in one format.

    It has no ``last_modified``: it can change without an event of its own, when one of its articles goes. ``seq`` and
    ``cursor`` are those of the newest event by which an article stands in it, 0 and empty if nothing was found.
    """

    body: bytes
    media_type: str
    encoded: Mapping[str, bytes] = field(default_factory=dict)
    seq: int = 0
    cursor: str = ""
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


class Searched(Protocol):
    """What is searched: ``store.Log.bounds`` and ``store.Articles.search``."""

    async def bounds(self) -> Bounds:
        """The range of the log."""
        ...

    async def search(self, query: Query, limit: int) -> list[Event]:
        """The shown articles that match, at most so many."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """A form that answers have: of how many articles at most, and how they are rendered, newest date first.

    ``render`` is called in a thread; ``query`` is as it was understood.
    """

    limit: int
    render: Callable[[str, Sequence[Event]], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many searches are under way at a time, how many more may wait for their turn, and how long.

    While one of two asks the store, the other can be rendered.
    """

    at_once: int = 2
    waiting: int = 32
    patience_seconds: float = 2.0


Key: TypeAlias = tuple[str, str]
"""A query as it was understood, and the name of a form."""


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


class Searches:
    """The searches of a site.

    Args:
        articles: what is searched.
        forms: the forms that answers have, by their names.
        limits: how many at a time.
        kept: where answers are kept.

    ``made`` counts the answers that were made.
    """

    def __init__(
        self,
        articles: Searched,
        forms: Mapping[str, Form],
        *,
        limits: Limits | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._articles = articles
        self._forms = forms
        self._kept = kept or Kept()
        self._limits = limits or Limits()
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._waiting = 0
        self._under_way: dict[tuple[Key, int], asyncio.Task[Answer]] = {}
        self.made = 0

    async def answer(self, query: Query, form: str) -> Answer:
        """What a query finds now, in the form of that name.

        Raises:
            UnavailableError: too many searches are under way, or the store cannot search now.
        """
        head = (await self._articles.bounds()).newest  # before the search: what it finds is of this head or newer
        key = str(query), form
        ready = self._kept.get(key, head, _now())
        if ready is not None:
            return ready
        task = self._under_way.get((key, head))
        if task is None:
            task = asyncio.create_task(self._make(query, form, head))
            self._under_way[key, head] = task
            task.add_done_callback(lambda ended: self._end((key, head), ended))
        return await asyncio.shield(task)  # one client's leaving is not the others' loss

    async def close(self) -> None:
        """End what is under way."""
        tasks = [*self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, query: Query, name: str, head: int) -> Answer:
        form, asked = self._forms[name], str(query)
        async with self._turn():
            found = sorted(await self._articles.search(query, form.limit), key=_age, reverse=True)
            answer = await asyncio.to_thread(form.render, asked, found)
        self.made += 1
        self._kept.put((asked, name), head, answer, _now())
        return answer

    def _end(self, which: tuple[Key, int], task: asyncio.Task[Answer]) -> None:
        del self._under_way[which]
        if not task.cancelled():
            task.exception()  # told to those who wait; if all of them have gone, to nobody

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn, not too long and not as one of too many."""
        if self._turns.locked() and self._waiting >= self._limits.waiting:
            raise UnavailableError("too many searches are waiting")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.patience_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise UnavailableError("too many searches are under way") from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


def _age(event: Event) -> tuple[datetime, int]:
    """Newest date first; of the same date, the latest event first: the order of all feeds."""
    return (event.article.published if event.article else event.at), event.seq


def _now() -> float:
    return asyncio.get_running_loop().time()
