from __future__ import annotations

import asyncio

import pytest

from feeder.errors import UnavailableError
from feeder.ingest.retries import Retries


async def test_the_next_look_hears_of_it_and_says_what_it_could_not_judge() -> None:
    retries = Retries()
    asked = retries.ask(["a", "b", "c"])
    with retries.look():
        assert retries.paths == {"a", "b", "c"}
        retries.judged("a")
        assert not asked.done()
    assert await asked == {"b", "c"}
    retries.keep({"b"})  # waits for its writer; the other is gone
    with retries.look():
        assert retries.paths == {"b"}


async def test_what_is_asked_during_a_look_is_the_next_ones() -> None:
    retries = Retries()
    with retries.look():
        asked = retries.ask(["a"])
        assert retries.paths == set()
    assert not asked.done()
    with retries.look():
        retries.judged("a")
    assert await asked == frozenset()


async def test_a_look_that_fails_says_so_and_the_next_one_makes_up_for_it() -> None:
    retries = Retries()
    asked, gone = retries.ask(["a"]), retries.ask(["b"])
    gone.cancel()  # whoever asked has left
    with pytest.raises(UnavailableError), retries.look():
        raise UnavailableError("the disk is full")
    with pytest.raises(UnavailableError, match="the disk is full"):
        await asked
    with retries.look():
        assert retries.paths == {"a", "b"}


async def test_a_look_that_is_ended_keeps_nobody_waiting() -> None:
    retries = Retries()
    asked = retries.ask(["a"])
    with pytest.raises(asyncio.CancelledError), retries.look():
        raise asyncio.CancelledError
    assert asked.cancelled()
