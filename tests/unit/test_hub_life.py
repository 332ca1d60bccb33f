"""How long a stream lives: its time, the deadline of each write, and ends of several kinds that fall together."""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest

from feeder.model import Kind
from feeder.stream import fanout as fanout_module
from feeder.stream.fanout import _spoke
from hearing import PROMPT, encode, following, hearing, hub_of, in_section, until
from memory_log import MemoryLog
from polling import LOOPS

RUNS_ON = LOOPS


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def large(event: object) -> bytes:
    return encode(event).ljust(400_000)  # type: ignore[arg-type]


@pytest.mark.parametrize("gzip", [False, True])
async def test_goodbye_comes_to_all_when_the_hub_ends(log: MemoryLog, *, gzip: bool) -> None:
    async with following(hub_of(log)) as hub, AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hearing(hub, gzip=gzip)) for _ in range(5)]
        for ear in ears:
            await ear.hear(lambda: bool(ear.told))  # noqa: B023 (called at once)
        log.append()
        for ear in ears:
            await ear.hear(lambda: ear.seqs == [1])  # noqa: B023 (called at once)
        assert hub.listeners == 5
        draining = asyncio.create_task(hub.drain(5))
        for ear in ears:
            await ear.hear()
            assert ear.names == ["checkpoint", "published", "goodbye"]
            assert ear.inflate is None or ear.inflate.eof  # with a trailer that is right
        await draining
        assert ears[0].spec.retry == 3000
        assert hub.listeners == 0


async def test_a_connection_ends_when_its_lifetime_is_over(log: MemoryLog) -> None:
    async with following(hub_of(log, replace(PROMPT, lifetime_seconds=0.02))) as hub, hearing(hub) as ear:
        await ear.hear()
    assert ear.names == ["checkpoint", "goodbye"]


async def test_who_takes_nothing_is_dropped_and_is_not_on_the_wheel_any_more(log: MemoryLog) -> None:
    settings = replace(PROMPT, write_deadline_seconds=0.05)
    async with following(hub_of(log, settings, encode=lambda _: b"1" * 400_000)) as hub:
        async with hearing(hub, buffer=4096):
            await until(lambda: hub.listeners == 1)
            log.append()
            await until(lambda: hub.listeners == 0)
        assert hub.counts.dropped == 1
        assert not len(hub._fanout._wheel)
        assert not hub._fanout.channels


@pytest.mark.parametrize("gzip", [False, True])
async def test_who_is_paused_when_its_time_is_over_hears_goodbye_when_it_can_be_written(
    log: MemoryLog, *, gzip: bool
) -> None:
    settings = replace(PROMPT, lifetime_seconds=0.05, write_deadline_seconds=30)
    async with following(hub_of(log, settings, encode=noise)) as hub, hearing(hub, gzip=gzip, buffer=4096) as ear:
        await ear.hear(lambda: bool(ear.told))
        log.append()
        await until(lambda: ear.listener.is_paused)
        await until(lambda: ear.listener.is_over)
        assert not ear.listener.is_ending
        await ear.hear()
        assert ear.names == ["checkpoint", "published", "goodbye"]
        assert ear.inflate is None or ear.inflate.eof
        await until(lambda: not len(hub._fanout._wheel))


def noise_of(size: int) -> bytes:
    return random.Random(size).randbytes(size).hex().encode()


def noise(event: object) -> bytes:
    """What does not become smaller."""
    return b'{"seq":%d,"x":"%s"}' % (event.seq, noise_of(200_000))  # type: ignore[attr-defined]


async def test_each_write_has_a_time_of_its_own(log: MemoryLog) -> None:
    hub, now = hub_of(log, replace(PROMPT, lifetime_seconds=0), encode=large), 1000.0
    fanout = hub._fanout
    fanout._clock = lambda: now
    await hub._catch_up()
    async with hearing(hub, buffer=4096) as ear:
        await until(lambda: not ear.listener.is_paused)
        await fanout._feed_ready()
        await fanout._feed_ready()
        for number in (1, 2, 3):
            log.append()
            await hub._catch_up()
            await fanout._send_rounds()
            assert ear.listener.is_paused
            now += 20  # all together is longer than one write may take
            await fanout._turn()
            if number < 3:
                await ear.hear(lambda: ear.seqs == list(range(1, number + 1)))  # noqa: B023 (called at once)
                await until(lambda: not ear.listener.is_paused)
        assert (hub.counts.dropped, len(fanout._wheel)) == (0, 1)
        now += 11.1
        await fanout._turn()
        assert hub.counts.dropped == 1
        await until(lambda: hub.listeners == 0)
        assert (len(fanout._wheel), fanout.channels) == (0, 0)


async def test_who_does_not_take_its_first_bytes_is_dropped(log: MemoryLog) -> None:
    log.append()
    settings = replace(PROMPT, lifetime_seconds=0, write_deadline_seconds=0.05)
    async with following(hub_of(log, settings, encode=noise)) as hub, hearing(hub, snapshot=1, buffer=4096) as ear:
        assert ear.listener.is_paused
        await until(lambda: hub.listeners == 0)
        assert (hub.counts.dropped, len(hub._fanout._wheel)) == (1, 0)


async def test_of_a_choice_nothing_is_kept_when_all_who_made_it_have_gone(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub:
        async with hearing(hub, choice=in_section("p")), hearing(hub, gzip=True, choice=in_section("p")):
            assert (hub._fanout.channels, len(hub._selections._kept)) == (2, 1)
        await until(lambda: hub.listeners == 0)
        assert (hub._fanout.channels, len(hub._selections._kept)) == (0, 0)


async def test_who_does_not_take_its_goodbye_is_dropped(log: MemoryLog) -> None:
    settings = replace(PROMPT, lifetime_seconds=0.05, write_deadline_seconds=0.1)
    async with following(hub_of(log, settings)) as hub, hearing(hub, buffer=4096) as ear:
        await until(lambda: ear.listener.walk is None)
        for _ in range(200):  # until neither the kernel nor the client takes as much as a goodbye
            fill(ear.listener._fd)
            await asyncio.sleep(0)
        await until(lambda: ear.listener.is_ending)
        await until(lambda: hub.listeners == 0)
        assert hub.counts.dropped == 1


def fill(descriptor: int) -> None:
    with suppress(BlockingIOError):
        while descriptor >= 0:
            os.write(descriptor, b":" * 1000)


async def test_without_limits_nothing_is_on_the_wheel(log: MemoryLog) -> None:
    settings = replace(PROMPT, lifetime_seconds=0, write_deadline_seconds=0, heartbeat_seconds=0)
    async with following(hub_of(log, settings, encode=large)) as hub, hearing(hub, buffer=4096) as ear:
        await until(lambda: ear.listener.walk is None)
        log.append()
        await until(lambda: ear.listener.is_paused)
        assert (len(hub._fanout._wheel), hub._fanout._patience()) == (0, math.inf)
        await ear.hear(lambda: ear.seqs == [1])


@pytest.mark.parametrize("gzip", [False, True])
async def test_the_end_comes_while_some_walk_some_are_paused_and_rounds_run(log: MemoryLog, *, gzip: bool) -> None:
    settings = replace(PROMPT, ring_frames=4)
    for _ in range(300):
        log.append()
    async with following(hub_of(log, settings)) as hub, AsyncExitStack() as stack:
        await until(lambda: hub.trouble is None)
        ears = [
            await stack.enter_async_context(hearing(hub, since=str(n * 20), gzip=gzip, buffer=4096)) for n in range(16)
        ]
        reading = asyncio.gather(*(ear.hear(most_bytes=500) for ear in ears))
        draining = asyncio.create_task(hub.drain(4))
        for _ in range(50):
            log.append()
            await asyncio.sleep(0)
        await asyncio.gather(reading, draining)
        for number, ear in enumerate(ears):
            assert ear.seqs == list(range(number * 20 + 1, number * 20 + 1 + len(ear.seqs)))
            assert ear.names[-1] == "goodbye"
            assert ear.inflate is None or ear.inflate.eof
        assert (hub.listeners, hub._fanout.channels, len(hub._fanout._wheel)) == (0, 0, 0)


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_whenever_the_hub_is_cancelled_all_can_be_let_go(log: MemoryLog, turns: int) -> None:
    for _ in range(200):
        log.append()
    hub = hub_of(log, replace(PROMPT, ring_frames=4))
    running = asyncio.create_task(hub.run())
    async with AsyncExitStack() as stack:
        for n in range(5):
            await stack.enter_async_context(hearing(hub, since=str(n * 40)))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert not hub._fanout.walkers.pages._tasks
        async with asyncio.timeout(1):
            await hub.drain(30)
        await until(lambda: hub.listeners == 0)
        assert not hub._fanout.walkers.pages._waiting
        assert (hub._fanout.channels, len(hub._fanout._wheel)) == (0, 0)


async def test_goodbyes_are_spread_over_a_part_of_the_time(log: MemoryLog) -> None:
    hub, now = hub_of(log), 1000.0
    fanout = hub._fanout
    fanout._clock = fanout.walkers._clock = lambda: now
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hearing(hub)) for _ in range(4)]
        fanout.end_all([ear.listener for ear in ears], 2.0)
        over = []
        for seconds in (0.0, 0.4, 0.2, 0.5, 0.5):
            now += seconds
            await fanout._turn()
            over.append(sum(ear.listener.is_over for ear in ears))
        assert over == [1, 1, 2, 3, 4]
        assert (fanout._patience() or 0) > 0


async def test_what_comes_close_behind_a_round_goes_out_together(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first event goes at once; those behind it wait for each other."""
    monkeypatch.setattr(fanout_module, "LINGER_SECONDS", 0.5)
    async with following(hub_of(log)) as hub, hearing(hub) as ear:
        await ear.hear(lambda: bool(ear.told))
        await until(lambda: ear.listener.walk is None)
        clock = asyncio.get_running_loop().time
        began = clock()
        log.append()
        await ear.hear(lambda: ear.seqs == [1])
        assert clock() - began < 0.5
        rounds = hub._fanout._round_ended
        for seq in range(2, 6):
            log.append()
            await until(lambda: hub.head == seq)  # noqa: B023 (called at once)
        assert ear.listener.channel.place.seq == 1
        await ear.hear(lambda: ear.seqs == [1, 2, 3, 4, 5])
        assert hub._fanout._round_ended - rounds > 0.49  # timers are in whole milliseconds


async def test_coded_chunks_are_forgotten_when_something_is_withdrawn(log: MemoryLog) -> None:
    hub = hub_of(log)
    for _ in range(5):
        log.append()
    await hub._catch_up()
    async with hearing(hub, "a.0") as ear, hearing(hub, "a.0") as other:
        await until(lambda: not ear.listener.is_paused and not other.listener.is_paused)
        hub._fanout.walkers.step()
        assert ear.listener.channel._stretches
        log.append("x", Kind.RETRACTED)
        await hub._catch_up()
        assert not ear.listener.channel._stretches
        await hub._fanout._send_rounds()
        while hub._fanout.walkers:
            hub._fanout.walkers.step()
        for one in (ear, other):
            await one.hear(lambda: one.seqs == list(range(1, 7)))  # noqa: B023 (called at once)
        content = [json.loads(told.data)["content"] for told in other.told if told.name in set(Kind)]
        assert content == [None] * 6
        assert json.loads(ear.told[0].data)["content"] == "of 1"  # it was told before


def test_the_wheel_is_as_exact_as_the_shortest_time_that_it_measures() -> None:
    def width(lifetime: float, deadline: float) -> float:
        return _spoke(replace(PROMPT, lifetime_seconds=lifetime, write_deadline_seconds=deadline))

    assert (width(3600, 30), width(0, 0), width(0, 4), width(2, 30), width(0.01, 30)) == (1, 1, 0.5, 0.25, 0.005)


async def test_who_is_to_go_and_is_paused_by_a_round_before_its_turn_hears_all_of_the_round(log: MemoryLog) -> None:
    hub = hub_of(log, encode=large)
    fanout = hub._fanout
    await hub._catch_up()
    async with hearing(hub, buffer=4096) as ear:
        await until(lambda: not ear.listener.is_paused)
        while ear.listener.walk is not None:
            await fanout._feed_ready()
        fanout.walkers.end_soon(ear.listener)
        log.append()
        await hub._catch_up()
        await fanout._send_rounds()
        assert ear.listener.is_paused
        await fanout._feed_ready()
        assert not ear.listener.is_ending
        await ear.hear(lambda: ear.seqs == [1])
        await until(lambda: bool(fanout.walkers))
        await fanout._feed_ready()
        await ear.hear()
        assert ear.names == ["checkpoint", "published", "goodbye"]


@pytest.mark.parametrize("gzip", [False, True])
async def test_who_is_paused_while_its_page_is_read_is_sent_nothing_in_between(log: MemoryLog, *, gzip: bool) -> None:
    hub = hub_of(log)
    fanout = hub._fanout
    log.append()
    await hub._catch_up()
    hub.desk.ring.clear()
    async with hearing(hub, "a.0", gzip=gzip, buffer=4096) as ear:
        await until(lambda: not ear.listener.is_paused)
        await fanout._feed_ready()  # it wants a page
        walk = ear.listener.walk
        assert walk is not None
        fanout.walkers._tell(ear.listener, walk, b":%s\n" % noise_of(200_000), again=False)
        assert ear.listener.is_paused
        await until(lambda: bool(fanout.walkers))
        await fanout._feed_ready()  # the page is here, and it cannot be written
        await ear.hear(lambda: len(ear.plain) > 400_000)
        await until(lambda: bool(fanout.walkers))
        while ear.listener.walk is not None:
            await fanout._feed_ready()
        await ear.hear(lambda: ear.seqs == [1])
        assert ear.spec.comments == 2
