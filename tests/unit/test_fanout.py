"""The pump, step by step: what a round, a walker and the follower may do to each other while neither waits."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from feeder.model import Event, Kind
from feeder.stream import Hub
from hearing import PROMPT, Ear, following, hearing, hub_of, in_section, read_all, until
from memory_log import MemoryLog
from polling import LOOPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.stream.channel import Channel
    from feeder.stream.cursor import Wish
    from feeder.stream.listener import Listener
    from feeder.stream.utterance import Utterance

RUNS_ON = LOOPS


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def taken(ear: Ear) -> None:
    """All that it was sent has left the process, so that it can be stepped on."""
    await until(lambda: not ear.listener.is_paused)


def noise(event: Event) -> bytes:
    """What does not become smaller."""
    return b'{"seq":%d,"x":"%s"}' % (event.seq, random.Random(event.seq).randbytes(200_000).hex().encode())


async def heard(ears: Iterable[Ear], seq: int) -> None:
    for ear in ears:
        await ear.hear(lambda: seq in ear.seqs)  # noqa: B023 (called at once)


async def at_tip(hub: Hub, ear: Ear) -> None:
    """Bring it there by hand: the pump does not run."""
    await taken(ear)
    while hub._fanout.walkers:
        hub._fanout.walkers.step()
    assert ear.listener in ear.listener.channel.at_tip


@pytest.mark.parametrize("gzip", [False, True])
async def test_who_has_heard_of_more_than_its_channel_waits_for_it(log: MemoryLog, *, gzip: bool) -> None:
    hub = hub_of(log)
    fanout = hub._fanout
    log.append()
    await hub._catch_up()
    async with hearing(hub, "a.1", gzip=gzip) as first:
        await at_tip(hub, first)
        log.append()
        await hub._catch_up()  # between two rounds: the channel is still at 1
        async with hearing(hub, "a.0", gzip=gzip) as early:
            await taken(early)
            while fanout.walkers:
                fanout.walkers.step()
            channel = early.listener.channel
            assert (channel.place.seq, list(channel.early)) == (1, [early.listener])
            await fanout._send_rounds()
            assert (channel.place.seq, list(channel.early)) == (2, [])
            await at_tip(hub, early)
            log.append()
            await hub._catch_up()
            await fanout._send_rounds()
            fanout.end_all([first.listener, early.listener], 0)
            await fanout._turn()
            await taken(first)
            await taken(early)
            await fanout._feed_ready()
            for ear, heard in ((first, [2, 3]), (early, [1, 2, 3])):
                await ear.hear()
                assert ear.seqs == heard
                assert ear.inflate is None or ear.inflate.eof


async def test_who_was_early_and_has_gone_is_not_kept(log: MemoryLog) -> None:
    hub = hub_of(log)
    log.append()
    await hub._catch_up()
    async with hearing(hub) as staying:
        await at_tip(hub, staying)
        log.append()
        await hub._catch_up()
        async with hearing(hub, "a.0") as leaving:
            await taken(leaving)
            while hub._fanout.walkers:
                hub._fanout.walkers.step()
            assert staying.listener.channel.early
        await until(lambda: hub.listeners == 1)
        assert not staying.listener.channel.early


async def test_who_is_early_hears_that_somebody_is_there(log: MemoryLog) -> None:
    """The follower may be held up for longer than a heartbeat: the log can be away."""
    log.append()
    hub = hub_of(log, replace(PROMPT, heartbeat_seconds=0.01))
    async with hearing(hub, since="1") as ear:
        running = asyncio.create_task(hub._fanout.run())  # and nobody follows the log
        await ear.hear(lambda: ear.spec.comments >= 4)
        assert ear.listener in ear.listener.channel.early
        running.cancel()


async def test_who_is_early_hears_it_once_in_a_heartbeat_and_not_while_it_cannot_be_written(log: MemoryLog) -> None:
    hub = hub_of(log, replace(PROMPT, heartbeat_seconds=10))
    fanout = hub._fanout
    log.append()
    async with hearing(hub, since="1", buffer=4096) as ear:
        await taken(ear)
        while fanout.walkers:
            fanout.walkers.step()
        assert ear.listener in ear.listener.channel.early
        walk = ear.listener.walk
        assert walk is not None
        now, said = walk.spoke, [hub.counts.bytes["sse"]]
        fanout._clock = fanout.walkers._clock = lambda: now
        for seconds in (9.1, 0.1, 8.7, 0.3, 0.1):
            now += seconds
            await fanout._turn()
            said.append(hub.counts.bytes["sse"])
        assert [after - before for before, after in pairwise(said)] == [2, 0, 0, 2, 0]
        assert (fanout._patience() or 0) == pytest.approx(8.9)
        while ear.listener.send(b":" * 10_000):
            pass
        now += 20
        await fanout._turn()
        assert hub.counts.bytes["sse"] == said[-1]
        assert (fanout._patience() or 0) > 1000  # its lifetime is what comes next


async def test_a_channel_that_says_nothing_for_a_heartbeat_says_something_once(log: MemoryLog) -> None:
    hub = hub_of(log, replace(PROMPT, heartbeat_seconds=10))
    fanout = hub._fanout
    async with hearing(hub) as ear:
        await at_tip(hub, ear)
        now = ear.listener.channel.spoke
        fanout._clock = fanout.walkers._clock = lambda: now
        said = [hub.counts.bytes["sse"]]
        for seconds in (8.9, 0.2, 0.1, 8.7, 0.3):
            now += seconds
            await fanout._turn()
            said.append(hub.counts.bytes["sse"])
        assert [after - before for before, after in pairwise(said)] == [0, 2, 0, 0, 2]
        now += 5
        log.append()
        await hub._catch_up()
        await fanout._send_rounds()
        assert (fanout._patience() or 0) == pytest.approx(9)  # an event is a sign of life


async def test_a_busy_channel_does_not_keep_the_others_waiting(log: MemoryLog) -> None:
    """While one is told of an event the next one may come: thousands of listeners take longer than that."""
    async with following(hub_of(log)) as hub, hearing(hub) as first, hearing(hub, choice=in_section("p")) as second:
        for ear in (first, second):
            await ear.hear(lambda: bool(ear.told))  # noqa: B023 (called at once)
        await until(lambda: first.listener.walk is second.listener.walk is None)
        utter, told = hub._fanout._utter, list[str]()

        async def utter_slowly(channel: Channel[Listener], utterance: Utterance) -> int:
            reached = await utter(channel, utterance)
            told.append("first" if channel is first.listener.channel else "second")
            if len(log.events) < 20:
                log.append("x", Kind.PUBLISHED, "p")
                await until(lambda: hub.head == len(log.events))
            return reached

        hub._fanout._utter = utter_slowly  # type: ignore[method-assign]
        log.append("x", Kind.PUBLISHED, "p")
        await second.hear(lambda: bool(second.seqs))
        await first.hear(lambda: len(first.seqs) == 20)
        assert told[:4] == ["first", "second"] * 2


async def test_who_comes_to_the_tip_while_the_follower_passes_over_events_is_told_of_them(log: MemoryLog) -> None:
    hub = hub_of(log)
    async with following(hub):
        await until(lambda: hub.trouble is None)
        gate, resolve = asyncio.Event(), hub.resolve_wish

        async def resolve_late(wish: Wish) -> object:
            found = await resolve(wish)
            await gate.wait()
            return found

        hub.resolve_wish = resolve_late  # type: ignore[method-assign,assignment]
        for _ in range(300):
            log.append(ring=False)
        log.bell.ring()
        async with hearing(hub) as ear:  # the tip, as far as the follower has come
            await until(lambda: ear.listener.walk is None)
            gate.set()
            async with asyncio.timeout(2):
                await ear.hear(lambda: len(ear.seqs) == 300)
        assert ear.seqs == list(range(1, 301))


@pytest.mark.parametrize("is_in_ring", [True, False])
async def test_a_retraction_that_the_follower_passes_over_counts(log: MemoryLog, *, is_in_ring: bool) -> None:
    log.append("x")
    hub = hub_of(log)
    async with following(hub):
        await until(lambda: hub.trouble is None)
        if not is_in_ring:
            hub.desk.ring.clear()
        assert b"of 1" in (await read_all(hub)).plain  # from the ring, or from a page that is kept
        await until(lambda: hub.listeners == 0)
        log.append("x", Kind.RETRACTED, ring=False)
        for number in range(300):
            log.append(f"y{number}", ring=False)
        log.bell.ring()
        await until(lambda: hub.head == 302)
        told = await read_all(hub)
        assert told.seqs == list(range(1, 303))
        assert b'"of 1"' not in told.plain


async def test_who_was_let_in_before_the_end_and_comes_after_it_began_hears_goodbye(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub, hearing(hub) as there, AsyncExitStack() as stack:
        await there.hear(lambda: bool(there.told))
        opened, may_go_on, openings = asyncio.Event(), asyncio.Event(), hub.open

        async def open_late(*what: object) -> object:
            walk = await openings(*what)  # type: ignore[arg-type]
            opened.set()
            await may_go_on.wait()
            return walk

        hub.open = open_late  # type: ignore[method-assign,assignment]
        coming = asyncio.create_task(stack.enter_async_context(hearing(hub)))
        await opened.wait()
        draining = asyncio.create_task(hub.drain(5))
        await until(lambda: hub.is_closing)
        may_go_on.set()
        late = await coming
        await asyncio.gather(there.hear(), late.hear())
        assert (there.names, late.names) == (["checkpoint", "goodbye"],) * 2
        await asyncio.wait_for(draining, 1)


async def test_nothing_of_a_replay_is_kept_for_nobody(log: MemoryLog) -> None:
    for _ in range(60):
        log.append()
    async with following(hub_of(log)) as hub, hearing(hub, "a.0") as ear, hearing(hub, "a.0") as other:
        for one in (ear, other):
            await one.hear(lambda: len(one.seqs) == 60)  # noqa: B023 (called at once)
        await until(lambda: ear.listener.walk is other.listener.walk is None)
        assert not ear.listener.channel._stretches


async def test_what_is_written_on_a_connection_that_closes_has_no_hole(log: MemoryLog) -> None:
    hub = hub_of(log)
    await hub._catch_up()
    async with hearing(hub, buffer=4096) as ear:
        await at_tip(hub, ear)
        listener = ear.listener
        assert listener.transport is not None
        listener.transport.close()  # as when the peer has said that it will send no more
        assert not listener.send(b"x" * 400_000)  # a part of it was taken, and the rest is dropped
        assert listener.is_paused


@pytest.mark.parametrize("gzip", [False, True])
async def test_who_cannot_take_a_round_goes_back_to_where_it_began(log: MemoryLog, *, gzip: bool) -> None:
    async with following(hub_of(log, encode=noise)) as hub, hearing(hub, gzip=gzip, buffer=4096) as ear:
        await ear.hear(lambda: bool(ear.told))
        for number in range(1, 12, 3):
            await until(lambda: ear.listener.walk is None)
            log.append()
            await until(lambda: hub.head == number and ear.listener.is_paused)  # noqa: B023 (called at once)
            log.append()
            await until(lambda: ear.listener.walk is not None)  # the round passed it by
            log.append()
            await ear.hear(lambda: ear.seqs == list(range(1, number + 3)))  # noqa: B023
        await hub.drain(2)
        await ear.hear()
        assert ear.names == ["checkpoint"] + ["published"] * 12 + ["goodbye"]
        assert ear.inflate is None or ear.inflate.eof


async def test_who_got_all_before_is_sent_less(log: MemoryLog) -> None:
    text = random.Random(1).randbytes(2000).hex().encode()
    hub = hub_of(log, encode=lambda event: b'{"seq":%d,"x":"%s"}' % (event.seq, text))
    async with following(hub), AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hearing(hub, gzip=True)) for _ in range(4)]
        await until(lambda: all(ear.listener.walk is None for ear in ears))
        sizes = []
        for seq in (1, 2):
            log.append()
            before = ears[0].received
            await heard(ears, seq)
            sizes.append(ears[0].received - before)
        assert sizes[1] < sizes[0] / 10
        late = await stack.enter_async_context(hearing(hub, gzip=True))
        await until(lambda: late.listener.walk is None)
        log.append()
        await heard([late], 3)  # and who has come since can read it all the same


async def test_who_leaves_while_a_round_is_sent_is_not_counted_among_those_it_reached(log: MemoryLog) -> None:
    hub = hub_of(log)
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hearing(hub)) for _ in range(20)]
        for ear in ears:
            await at_tip(hub, ear)

        async def let_the_last_go(began: float) -> float:
            last = ears[-1].listener
            last.abort()
            await until(lambda: last.transport is None)
            return began

        hub._fanout._yield_if_long = let_the_last_go  # type: ignore[method-assign]
        log.append()
        await hub._catch_up()
        await hub._fanout._send_rounds()
        assert hub.counts.frames["sse"] == 19


@pytest.mark.parametrize("many", [3, 8])
async def test_every_listener_reads_its_gzip_whoever_comes_and_goes(log: MemoryLog, many: int) -> None:
    """The window in common is given up when few are left, and begins anew: nobody may be sent what it cannot read."""
    async with following(hub_of(log)) as hub, AsyncExitStack() as staying:
        ears = [await staying.enter_async_context(hearing(hub, gzip=True)) for _ in range(2)]
        count = 0
        for _ in range(3):
            async with AsyncExitStack() as stack:
                others = [await stack.enter_async_context(hearing(hub, gzip=True)) for _ in range(many)]
                await until(lambda: all(one.listener.walk is None for one in (*ears, *others)))  # noqa: B023
                for _ in range(3):
                    log.append()
                    count += 1
                    await heard((*ears, *others), count)
            await until(lambda: hub.listeners == 2)
            for _ in range(2):
                log.append()
                count += 1
                await heard(ears, count)
        await hub.drain(1)
        for ear in ears:
            await ear.hear()
            assert ear.seqs == list(range(1, count + 1))
            assert ear.inflate is not None
            assert ear.inflate.eof
