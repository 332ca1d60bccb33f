"""The pool of processes that judge files, and the service's end of the pipe to them.

Files go to a worker in batches, because one question and answer for each would cost as much as the reading. One worker
does the daily work. The others are started when files still wait after a moment, or are very many, because a process
costs memory, and as much time to start as some hundred articles take. When a worker is lost, the files that it had not
answered are tried again, each alone; after three workers a file is refused.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import Counter, deque
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias

import orjson

from feeder import record
from feeder.errors import UnavailableError
from feeder.judge import Judgement, unread
from feeder.judge.worker import Worker, WorkerLostError
from feeder.model import Seed
from feeder.store import Refusal, Take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from feeder.judge import Terms

_TARGET: Final = "feeder.judge.reading:answer"
TRIES: Final = 3
"""Workers that a file may kill before it is refused."""
_BATCH: Final = 64
MOMENT_SECONDS = 0.3
"""How long files wait for the first worker before the others are started: about as long as a start takes, so what is
waited for in vain is never more than that."""
MANY_FILES = 1000
"""So many are surely not read by then, and all workers start at once."""


class Tell(Protocol):
    """Who hears what a file is."""

    async def __call__(self, seed: Seed, judgement: Judgement | UnavailableError | None, /) -> None:
        """One part of a file, in the file's order; None: it went away, or changed while it was read.

        An error says that what the file shows cannot be kept now: it is as if it had not been read.

        A file whose parts begin again with the first one was begun again: its worker was lost.
        """
        ...


class Judge(Protocol):
    """Says what files are."""

    async def judge(self, folder: str, seeds: Iterable[Seed], tell: Tell) -> None:
        """Judge files below ``folder`` and tell what they are, part by part."""
        ...


@dataclass(frozen=True, slots=True)
class Pool:
    """How many workers judge, how long each may take over a part of a file, and how much memory it may use.

    ``memory_bytes`` bounds the address space; 0 does not.
    """

    workers: int = 1
    deadline_seconds: float = 30
    memory_bytes: int = 0


_Lost: TypeAlias = WorkerLostError | UnavailableError
"""How a worker that was to start came to nothing."""


class Judges:
    """A few workers that judge files side by side.

    Use it as an asynchronous context manager; their processes end with the block.
    """

    def __init__(self, terms: Terms, pool: Pool) -> None:
        self.terms = terms
        self._starting: dict[Worker, asyncio.Task[_Lost | None]] = {}
        self._workers = [
            Worker(_TARGET, deadline_seconds=pool.deadline_seconds, memory_bytes=pool.memory_bytes)
            for _ in range(pool.workers)
        ]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._starting.values():
            task.cancel()
        await asyncio.gather(*self._starting.values(), return_exceptions=True)
        for worker in self._workers:
            await worker.close()

    @property
    def losses(self) -> int:
        """How many workers died or were killed over a file."""
        return sum(worker.losses for worker in self._workers)

    async def warm_up(self) -> _Lost | None:
        """Start the worker that does the daily work; one that is lost meanwhile (gives how) is replaced when asked."""
        return await asyncio.shield(self._started(self._workers[0]))

    async def judge(self, folder: str, seeds: Iterable[Seed], tell: Tell) -> None:
        """Judge files below ``folder``, side by side and in about this order, and tell what they are.

        Raises:
            UnavailableError: no process can be started now; what was not told of is as if it had not been read.
        """
        first, *others = self._workers
        queue = _Queue(seeds, len(self._workers))
        for worker in others if queue.is_long else ():
            self._started(worker)
        await asyncio.wait({self._started(first)})
        working = [asyncio.ensure_future(self._work(first, folder, queue, tell))]
        working += [asyncio.ensure_future(self._help(worker, folder, queue, tell)) for worker in others]
        try:
            await asyncio.gather(*working)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    def _started(self, worker: Worker) -> asyncio.Task[_Lost | None]:
        """Done when a worker has loaded what it needs; begins that if need be."""
        starting = self._starting.get(worker)
        if starting is None or (starting.done() and not worker.is_running):
            starting = self._starting[worker] = asyncio.ensure_future(_warm_up(worker))
        return starting

    async def _help(self, worker: Worker, folder: str, queue: _Queue, tell: Tell) -> None:
        """Work beside the first worker: one that runs at once, another if files still wait in a moment.

        Nobody waits until it is ready: what it would do may be done by then.
        """
        if not (worker.is_running or queue.is_long):
            await asyncio.wait({queue.emptied}, timeout=MOMENT_SECONDS)
        if not queue.emptied.done():
            starting = self._started(worker)
            either: set[asyncio.Future[Any]] = {starting, queue.emptied}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and isinstance(starting.result(), UnavailableError):
                return  # there is room for the first worker only
            await self._work(worker, folder, queue, tell)

    async def _work(self, worker: Worker, folder: str, queue: _Queue, tell: Tell) -> None:
        while batch := queue.take():
            done = 0
            try:
                async with aclosing(worker.ask(ask(folder, batch, self.terms))) as answers:
                    async for answer in answers:
                        number, judgement = understand(answer, batch)
                        await tell(batch[number], judgement)
                        done = number + (not isinstance(judgement, Judgement) or judgement.take.last)
            except WorkerLostError as error:
                for seed in queue.suspect(batch[done:]):
                    await tell(seed, _killed(seed, error))


async def _warm_up(worker: Worker) -> _Lost | None:
    """Have a worker load what it needs; gives how it was lost meanwhile."""
    try:
        async with aclosing(worker.ask(b"")) as answers:
            async for _ in answers:
                pass
    except (WorkerLostError, UnavailableError) as error:
        return error
    return None


class _Queue:
    """The files that wait for a worker; ``emptied`` is done when all have been taken.

    When ``is_long``, one worker would be at it for longer than another one takes to start.
    """

    def __init__(self, seeds: Iterable[Seed], workers: int) -> None:
        self.emptied: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = deque(seeds)
        self.is_long = len(self._waiting) >= MANY_FILES
        self._dangerous: deque[Seed] = deque()
        self._losses: Counter[str] = Counter()
        self._workers = workers

    def take(self) -> list[Seed]:
        """The next batch, its share of what is there; what a worker was lost over goes alone and last."""
        share = min(_BATCH, -(-len(self._waiting) // self._workers))
        batch = [self._waiting.popleft() for _ in range(share)]
        if not self._waiting and not self.emptied.done():
            self.emptied.set_result(None)
        if not batch and self._dangerous:
            batch.append(self._dangerous.popleft())
        return batch

    def suspect(self, seeds: Sequence[Seed]) -> list[Seed]:
        """A worker was lost over one of these. They go alone from now on; gives those that it was over too often."""
        self._losses.update(seed.path for seed in seeds)
        given_up = [seed for seed in seeds if self._losses[seed.path] >= TRIES]
        self._dangerous.extend(seed for seed in seeds if self._losses[seed.path] < TRIES)
        return given_up


def _killed(seed: Seed, error: WorkerLostError) -> Judgement:
    reason = f"it could not be read: {error}; {TRIES} processes were lost over it"
    return Judgement(Take(seed=seed, sha256=unread(seed), refusal=Refusal(reason)))


def ask(folder: str, seeds: Sequence[Seed], terms: Terms) -> bytes:
    """The request to a worker: which files, and by which terms."""
    return orjson.dumps(
        {
            "folder": os.fsencode(folder).hex(),
            "names": [os.fsencode(seed.path).hex() for seed in seeds],
            "terms": dataclasses.asdict(terms) | {"media": os.fsencode(terms.media).hex()},
        }
    )


def understand(answer: bytes, seeds: Sequence[Seed]) -> tuple[int, Judgement | UnavailableError | None]:
    """Which of some files a worker tells of, and what of it; see ``Tell``."""
    told = orjson.loads(answer)
    number: int = told["file"]
    seed = seeds[number]
    if "unavailable" in told:
        return number, UnavailableError(told["unavailable"])
    if "changed" in told:
        return number, None
    if "unopened" in told:
        return number, Judgement(Take(seed=seed, sha256=unread(seed), refusal=Refusal(told["unopened"])))
    return number, Judgement(_take(told, seed), told["unfinished"])


def _take(told: dict[str, Any], seed: Seed) -> Take:
    size, mtime_ns, ctime_ns, inode = told["look"]
    return Take(
        seed=Seed(seed.path, size, mtime_ns, ctime_ns, inode),
        sha256=told["sha256"],
        format=told["format"],
        articles=tuple(record.restore(article) for article in told["articles"]),
        refused=tuple(Refusal(**refusal) for refusal in told["refused"]),
        refused_count=told["refused_count"],
        refusal=Refusal(**told["refusal"]) if told["refusal"] else None,
        first=told["first"],
        last=told["last"],
        companions=tuple(os.fsdecode(bytes.fromhex(path)) for path in told["companions"]),
        ignored=told["ignored"],
    )
