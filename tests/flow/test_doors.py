"""The doors: who sends slowly is not waited for, and nobody else notices."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from feeder.web.connections.deadlines import Deadlines
from feeder.web.connections.doors import DOORS
from live import Live, Plan, article, serving, until
from polling import LOOPS, PLAIN, of, quick
from wire import Wire, request, wired

RUNS_ON = LOOPS
HEAD_SECONDS = 0.3
BEGUN = PLAIN[:-3]
ENDLESS = b"GET /feeds/all.rss HTTP/1.1\r\nX-Long: "
LONG_WAY = request("GET", "/feeds/all.rss", "X-Other: y")


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path, head_seconds=HEAD_SECONDS)) as found:
        await found.accept(article("A storm", "It rained. " * 2000))
        yield found


def now() -> float:
    return asyncio.get_running_loop().time()


def heads(live: Live) -> Deadlines:
    return live.runner.app[DOORS].heads


async def is_told_off(wire: Wire) -> bool:
    """Whether the connection ends with a 408; not before its time, nor long after."""
    began = now()
    said = await wire.hear()
    assert HEAD_SECONDS * 0.7 < now() - began < HEAD_SECONDS + 5
    assert said["Content-Type"] == "application/problem+json"
    return said.status == 408 and await wire.ended()


async def outlived(live: Live) -> None:
    """Wait for longer than anybody's head may take."""
    for _ in range(2):
        async with wired(live.port) as silent:
            assert await silent.ended()


# Who is late


@pytest.mark.parametrize("begun", [b"G", b"\r\n", BEGUN, PLAIN[:20], b"GET / HTTP/1.1\r\n", b"POST /hub HTTP/1.1\r\n"])
async def test_who_begins_a_head_and_does_not_end_it_is_told_off(live: Live, begun: bytes) -> None:
    async with wired(live.port) as wire:
        wire.writer.write(begun)
        assert await is_told_off(wire)


async def test_who_sends_a_byte_now_and_then_gets_no_more_time(live: Live) -> None:
    async with wired(live.port) as wire:
        began = now()
        wire.writer.write(ENDLESS)
        hearing = asyncio.create_task(wire.hear())
        while not hearing.done():
            wire.writer.write(b"x")
            await asyncio.sleep(HEAD_SECONDS / 10)
        assert (await hearing).status == 408
        assert HEAD_SECONDS * 0.7 < now() - began < HEAD_SECONDS + 5


async def test_who_sends_nothing_is_left_without_a_word(live: Live) -> None:
    """A browser that connects in advance would show a 408 as the answer to what it asks next."""
    began = now()
    async with wired(live.port) as wire:
        assert await wire.ended()
    assert now() - began > HEAD_SECONDS * 0.7


@pytest.mark.parametrize(
    "first",
    [PLAIN, LONG_WAY, request("POST", "/feeds/all.rss", "Content-Length: 3") + b"abc"],
    ids=["the short way", "the long way", "a body"],
)
async def test_the_next_request_has_as_long_as_the_first(live: Live, first: bytes) -> None:
    async with wired(live.port) as wire:
        for _ in range(3):
            await wire.ask(first)
        await outlived(live)
        wire.writer.write(b"G")
        assert await is_told_off(wire)


async def test_the_beginning_of_another_request_behind_one_is_not_waited_for(live: Live) -> None:
    async with wired(live.port) as wire:
        for whole in (PLAIN, LONG_WAY):
            assert (await wire.ask(whole + BEGUN)).status == 200
            assert (await wire.ask(PLAIN[-3:])).status == 200
        assert (await wire.ask(PLAIN + BEGUN[:-1])).status == 200
        wire.writer.write(BEGUN[-1:])
        assert await is_told_off(wire)


async def test_whoever_is_late_is_forgotten(live: Live) -> None:
    waiting = heads(live)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            silent, begun = [await stack.enter_async_context(wired(live.port)) for _ in range(2)]
            begun.writer.write(b"GET")
            assert await silent.ended()
            await begun.hear()
        server = live.runner.server
        assert server is not None
        await until(lambda: not server.connections)
        assert (len(waiting), waiting.missed) == (0, 6)
        await until(lambda: waiting._timer is None)


# Who is not


async def test_who_has_asked_may_keep_the_connection(live: Live) -> None:
    async with wired(live.port) as short, wired(live.port) as long:
        for _ in range(2):
            assert (await short.ask(PLAIN)).status == 200
            assert (await long.ask(LONG_WAY)).status == 200
            await outlived(live)
    assert quick(live).answered == 2


async def test_a_head_that_comes_in_time_in_pieces_is_answered(live: Live) -> None:
    async with wired(live.port) as wire:
        for _ in range(2):
            for place in range(0, len(LONG_WAY), 10):
                wire.writer.write(LONG_WAY[place : place + 10])
                await asyncio.sleep(HEAD_SECONDS / 20)
            assert (await wire.hear()).status == 200


async def test_who_goes_is_not_waited_for(live: Live) -> None:
    waiting = heads(live)
    for begun in (b"", b"G", PLAIN, LONG_WAY):
        async with wired(live.port) as wire:
            await of(live, wire)
            wire.writer.write(begun)
    await until(lambda: not len(waiting))


async def test_a_reader_of_the_stream_is_left_in_peace(live: Live) -> None:
    """Whatever it sends meanwhile: the beginning of another request waits for its turn."""
    async with wired(live.port) as wire:
        wire.writer.write(request("GET", "/events"))
        await wire.reader.readuntil(b"\r\n\r\n")
        wire.writer.write(b"G")
        await outlived(live)
        await live.accept(article("Another storm"))
        async with asyncio.timeout(10):
            await wire.reader.readuntil(b"Another storm")


async def test_nobody_is_waited_for_where_there_is_no_limit(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path, head_seconds=0)) as live, wired(live.port) as wire:
        await of(live, wire)
        assert len(heads(live)) == 0
        wire.writer.write(BEGUN)
        await asyncio.sleep(0.05)
        assert (await wire.ask(PLAIN[-3:])).status == 200


# All at once


async def test_fifty_slow_senders_disturb_nobody(live: Live) -> None:
    """They come again and again, a byte at a time, while others ask."""
    server, is_over = live.runner.server, asyncio.Event()
    assert server is not None
    ends = 0

    async def dribble() -> None:
        nonlocal ends
        while not is_over.is_set():
            async with wired(live.port) as wire:
                with suppress(ConnectionError):
                    wire.writer.write(ENDLESS)
                    while not wire.writer.transport.is_closing() and not is_over.is_set():
                        wire.writer.write(b"x")
                        await asyncio.sleep(0.02)
                ends += not is_over.is_set()

    slow = [asyncio.create_task(dribble()) for _ in range(50)]
    await until(lambda: len(server.connections) >= 50)
    took: list[float] = []
    while ends < 100:
        assert len(took) < 1000
        began = now()
        async with wired(live.port) as wire:
            assert (await wire.ask(PLAIN)).status == 200
            assert (await wire.ask(LONG_WAY)).status == 200
        took.append(now() - began)
        await asyncio.sleep(0.01)
    is_over.set()
    await asyncio.gather(*slow)
    assert sorted(took)[len(took) // 2] < 0.1
    assert max(took) < 1
    waiting = heads(live)
    await until(lambda: not len(waiting))


# The socket


async def test_options_of_the_sockets(live: Live) -> None:
    (site,) = live.runner.sites
    listening = site._listening  # type: ignore[attr-defined]
    assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    async with wired(live.port) as wire:
        transport = (await of(live, wire)).transport
        assert transport is not None
        accepted = transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: only Linux tells")
async def test_as_many_may_wait_to_be_let_in_as_the_kernel_allows(live: Live) -> None:
    (site,) = live.runner.sites
    told = site._listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)  # type: ignore[attr-defined]
    (most,) = struct.unpack_from("=I", told, 28)  # tcpi_sacked, which is this of a listening socket
    assert most == min(16_384, int(Path("/proc/sys/net/core/somaxconn").read_text()))
