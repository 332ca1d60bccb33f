"""One answer for many: never one that was asked for before somebody came, never more asking than needed."""

from __future__ import annotations

import asyncio

import pytest

from feeder.stream.together import Together


class Oracle:
    """Says how often it was asked, when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def ask(self) -> int:
        self.asked += 1
        answer = self.asked
        await self.may_answer.wait()
        if answer == 3:
            raise ValueError(answer)
        return answer


async def test_who_comes_while_it_is_asked_shares_the_next_answer() -> None:
    oracle = Oracle()
    together = Together(oracle.ask)
    first = asyncio.create_task(together.get())
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.get()) for _ in range(50)]
    await asyncio.sleep(0)
    assert oracle.asked == 1
    oracle.may_answer.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [2] * 50
    assert oracle.asked == 2


async def test_an_error_is_that_of_all_who_share_it_and_of_nobody_else() -> None:
    oracle = Oracle()
    together = Together(oracle.ask)
    oracle.may_answer.set()
    assert [await together.get(), await together.get()] == [1, 2]
    found = await asyncio.gather(together.get(), together.get(), together.get(), return_exceptions=True)
    assert [type(one) for one in found] == [ValueError, int, int]
    assert await together.get() == 5


async def test_one_who_leaves_does_not_take_the_answer_along() -> None:
    oracle = Oracle()
    together = Together(oracle.ask)
    first, second, third = (asyncio.create_task(together.get()) for _ in range(3))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.sleep(0)
    oracle.may_answer.set()
    assert await third == 2
    with pytest.raises(asyncio.CancelledError):
        await first
