"""One visit to a server: what several checks look at is asked for once and shared."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from feeder.conform.target import Ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from feeder.conform.answer import Answer
    from feeder.conform.head import Head
    from feeder.conform.text import Block
    from feeder.conform.wire import Wire

GZIP: Final = {"Accept-Encoding": "gzip"}
ENOUGH_EVENTS: Final = 300
"""How many events of a history are looked at."""

KINDS: Final = ("published", "updated", "corrected", "retracted")


class Profile(StrEnum):
    """What is expected of a server: the standards, or besides them the contract of ``feeder``."""

    GENERIC = "generic"
    FEEDER = "feeder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a server is to be visited.

    ``profile`` None finds it out. ``seconds`` bounds each time of mere listening, ``heartbeat_seconds`` is the longest
    silence that the server allows itself, ``patience_seconds`` how long an answer may take. ``publish`` makes one new
    event; ``trials`` is how often a listener joins while it does. ``only`` names checks, or groups of them by how their
    codes begin; empty: all.
    """

    profile: Profile | None = None
    seconds: float = 20
    heartbeat_seconds: float = 15
    patience_seconds: float = 5
    publish: Callable[[], Awaitable[None]] | None = None
    trials: int = 50
    headers: Mapping[str, str] = field(default_factory=dict)
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Events that the server has shown, in its order; ``is_whole`` if these are all that it keeps."""

    events: Sequence[Block]
    is_whole: bool

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return ids(self.events)


def ids(blocks: Sequence[Block]) -> list[str]:
    """The ids of those that have one."""
    return [block.id for block in blocks if block.id]


def events(blocks: Sequence[Block], profile: Profile) -> list[Block]:
    """The blocks that are events of a log: those of our kinds, or for others whatever has an id and data."""
    if profile is Profile.FEEDER:
        return [block for block in blocks if block.name in KINDS]
    return [block for block in blocks if block.id and block.data is not None]


def _is_readable(answer: Answer) -> bool:
    """Whether its text can be read: it is plain, or gzip."""
    return not answer.head["content-encoding"] or answer.inflater is not None


class Visit:
    """A server under examination."""

    def __init__(self, wire: Wire, options: Options, profile: Profile, hops: Sequence[tuple[str, Head]] = ()) -> None:
        self.wire = wire
        self.options = options
        self.profile = profile
        self.hops = hops
        self._shared: dict[str, asyncio.Task[Answer]] = {}

    @property
    def is_ours(self) -> bool:
        """Whether the server promised what feeder promises."""
        return self.profile is Profile.FEEDER

    @property
    def moment_seconds(self) -> float:
        """How long something that should come at once is waited for."""
        return min(1.0, self.options.seconds)

    def events(self, answer: Answer) -> list[Block]:
        """The events of an answer."""
        return events(answer.blocks, self.profile)

    async def head(self, ask: Ask) -> Answer:
        """Ask, read the head, and go."""
        async with self.wire.ask(ask) as answer:
            return answer

    async def whole(self, ask: Ask) -> Answer:
        """Ask, and hear an answer that ends by itself to its end."""
        async with self.wire.ask(ask) as answer:
            return await answer.listen(self.options.patience_seconds)

    async def heard(self, ask: Ask, seconds: float, enough: Callable[[Answer], bool] | None = None) -> Answer:
        """Ask, and listen for a while."""
        async with self.wire.ask(ask) as answer:
            return await answer.listen(seconds, enough)

    async def poll(self, query: str = "", headers: Mapping[str, str | bytes] | None = None) -> Answer:
        """All that there is at a place of our own stream, to its end or until it is more than is looked at."""
        ask = Ask(query="&".join(part for part in (query, "poll=1") if part), headers=headers or {})
        return await self.heard(ask, self.options.patience_seconds, self.has_enough)

    def has_enough(self, answer: Answer) -> bool:
        """Whether an answer has more events than are looked at."""
        return len(self.events(answer)) > ENOUGH_EVENTS

    async def after(self, cursor: str, count: int, headers: Mapping[str, str] | None = None) -> Answer:
        """The stream after an id, until so many events have come or nothing comes for a moment."""
        ask = Ask(headers={"Last-Event-ID": cursor, **(headers or {})})
        return await self.heard(ask, self.options.patience_seconds, lambda answer: len(self.events(answer)) >= count)

    async def idle(self) -> Answer:
        """The stream as it comes for as long as there is time."""
        return await self._once("idle", lambda: self.heard(Ask(), self.options.seconds))

    async def idle_squeezed(self) -> Answer:
        """The same, compressed; somebody listened before, so that what is shared began without this one."""
        return await self._once("squeezed", self._joined_squeezed)

    async def opening(self) -> Answer:
        """The first moment of the stream."""
        return await self._once("opening", lambda: self.heard(Ask(), self.moment_seconds))

    async def old_client(self) -> Answer:
        """The first moment of the stream as HTTP/1.0 gets it."""
        return await self._once("1.0", lambda: self.heard(Ask(version="1.0"), self.moment_seconds))

    async def history(self) -> Answer:
        """Of our own stream all from the beginning, of another what it shows by itself."""
        return await self._once("history", self._history)

    async def history_squeezed(self) -> Answer:
        """The same from the beginning, compressed; of our own stream only."""
        return await self._once("history squeezed", lambda: self._history(GZIP))

    async def past(self) -> Past:
        """The events of the history."""
        answer = await self.history()
        return Past(self.events(answer)[:ENOUGH_EVENTS], answer.is_ended and not self.has_enough(answer))

    async def _history(self, headers: Mapping[str, str] | None = None) -> Answer:
        if not self.is_ours:
            return await self.idle()
        ask = Ask(query="since=earliest&poll=1", headers=headers or {})
        seconds = 2 * self.options.patience_seconds
        return await self.heard(ask, seconds, self.has_enough)

    async def _joined_squeezed(self) -> Answer:
        ask = Ask(headers=GZIP)
        async with AsyncExitStack() as first:
            before = await first.enter_async_context(self.wire.ask(ask))
            await before.listen(self.moment_seconds)
            async with self.wire.ask(ask) as answer:
                await answer.listen(self.moment_seconds)
                await first.aclose()
                return await answer.listen(self.options.seconds - self.moment_seconds)

    async def captures(self) -> list[Answer]:
        """Every stream that was heard at length: what is judged by the letter."""
        heard = await asyncio.gather(
            self.idle(), self.opening(), self.history(), self.idle_squeezed(), return_exceptions=True
        )
        if isinstance(heard[0], BaseException):
            raise heard[0]
        # Who cannot be heard otherwise is judged by the checks that ask otherwise.
        found = dict.fromkeys(answer for answer in heard if not isinstance(answer, BaseException))
        return [answer for answer in found if answer.head.is_stream and _is_readable(answer)]

    async def _once(self, name: str, get: Callable[[], Coroutine[None, None, Answer]]) -> Answer:
        if name not in self._shared:
            self._shared[name] = asyncio.create_task(get())
        return await asyncio.shield(self._shared[name])

    async def close(self) -> None:
        """End what is still being heard."""
        for task in self._shared.values():
            task.cancel()
        await asyncio.gather(*self._shared.values(), return_exceptions=True)
