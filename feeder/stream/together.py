"""One answer for all who ask at the same time, that none of them could find too old."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Answer = TypeVar("Answer")


class Together(Generic[Answer]):
    """Asks something for many: who comes while it is asked shares the next answer, as this one may be from before.

    Args:
        ask: what is asked; its error is that of all who share it.
    """

    def __init__(self, ask: Callable[[], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._now: asyncio.Task[Answer] | None = None
        self._next: asyncio.Task[Answer] | None = None

    async def get(self) -> Answer:
        """An answer that was asked for after this call began."""
        if self._now is None:
            self._now = self._begin(None)
            return await asyncio.shield(self._now)  # one who leaves does not take the others' answer along
        if self._next is None:
            self._next = self._begin(self._now)
        return await asyncio.shield(self._next)

    def _begin(self, earlier: asyncio.Task[Answer] | None) -> asyncio.Task[Answer]:
        task = asyncio.create_task(self._answer(earlier))
        task.add_done_callback(self._move_on)
        return task

    async def _answer(self, earlier: asyncio.Task[Answer] | None) -> Answer:
        if earlier is not None:
            await asyncio.wait([earlier])
        return await self._ask()

    def _move_on(self, task: asyncio.Task[Answer]) -> None:
        if not task.cancelled():
            task.exception()  # whoever waited has it
        if task is self._now:
            self._now, self._next = self._next, None
