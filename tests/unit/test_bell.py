from __future__ import annotations

import asyncio

from feeder.bell import Bell


async def test_the_first_look_is_at_once() -> None:
    with Bell().listen() as listener:
        assert await listener.wait(10)


async def test_rings_while_nobody_waits_are_one_ring() -> None:
    bell = Bell()
    with bell.listen() as listener:
        await listener.wait()
        bell.ring()
        bell.ring()
        assert await listener.wait(10)
        assert not await listener.wait(0.01)


async def test_a_ring_during_the_look_is_not_lost() -> None:
    bell = Bell()
    with bell.listen() as listener:
        await listener.wait()
        bell.ring()  # after the wait, before the next one: while the caller looks
        async with asyncio.timeout(10):
            assert await listener.wait()


async def test_every_listener_hears_and_a_gone_one_is_forgotten() -> None:
    bell = Bell()
    with bell.listen() as first, bell.listen() as second:
        await first.wait()
        await second.wait()
        bell.ring()
        assert await first.wait(10)
        assert await second.wait(10)
    assert not bell._listeners
