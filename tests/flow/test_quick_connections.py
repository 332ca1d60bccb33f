"""The short cut on a connection: only between two requests, and with all that a connection's life demands."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from feeder.web.connections.protocol import Connection
from live import Live, Plan, article, serving, until
from polling import GZIP, LOOPS, PLAIN, answered, of, quick
from program import Serve
from wire import request, wired

RUNS_ON = LOOPS


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        await found.accept(article("A storm", "It rained. " * 2000, section="World", sections=("world",)))
        yield found


# Between two requests


async def test_one_connection_takes_both_ways_in_turn(live: Live) -> None:
    plain, other = request("GET", "/feeds/all.rss", GZIP), request("GET", "/feeds/all.rss", GZIP, "X-Other: y")
    async with wired(live.port) as wire:
        for _ in range(3):
            assert (await wire.ask(plain)).but("Date") == (await wire.ask(other)).but("Date")
    assert quick(live).answered == 3


BEGUN = {
    "a line": b"GET /feeds/world.rss HTTP/1.1\r\nHost: x\r\nX-Rest: ",
    "a body": b"POST /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(PLAIN),
    "a chunk": b"POST /feeds/all.rss HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PLAIN),
    "chunks": b"POST /feeds/all.rss HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "the second": request("GET", "/feeds/world.rss", "X-Other: y") + b"GET / HTTP/1.1\r\nHost: x\r\nX-Rest: ",
    "a tunnel": request("GET", "/feeds/world.rss", "Connection: upgrade", "Upgrade: websocket"),
    "two": request("GET", "/feeds/world.rss", "X-Other: y") * 2,
    "nothing": b"\r\n\r\n",
    "no request": b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
async def test_a_plain_request_within_another_one_is_not_answered(live: Live, begun: bytes) -> None:
    """What looks like a request is the value of a header, or a body, if the parser is not done with the one before."""
    async with wired(live.port) as wire:
        connection = await of(live, wire)
        assert connection._is_between
        wire.writer.write(begun)
        await until(lambda: not connection._is_between)
        wire.writer.write(PLAIN)
        await wire.hear()
    assert quick(live).answered == 0


async def test_a_connection_that_was_in_doubt_once_stays_on_the_long_way(live: Live) -> None:
    plain = request("GET", "/feeds/all.rss")
    async with wired(live.port) as wire:
        wire.writer.write(plain[:20])
        await wire.writer.drain()
        await asyncio.sleep(0.05)
        assert (await wire.ask(plain[20:])).status == 200
        assert (await wire.ask(plain)).status == 200
    assert quick(live).answered == 0


@pytest.mark.parametrize("line", ["Connection: close", "connection: Close"])
async def test_who_asks_to_be_let_go_is_let_go_as_on_the_long_way(live: Live, line: str) -> None:
    tag = (await answered(live, PLAIN))[1]["ETag"]
    for asked in ((line,), (line, f"If-None-Match: {tag}")):
        async with wired(live.port) as short, wired(live.port) as long:
            quickly = await short.ask(request("GET", "/feeds/all.rss", *asked))
            slowly = await long.ask(request("GET", "/feeds/all.rss", *asked, "X-Other: y"))
            assert (quickly.line, quickly.but("Date"), quickly.body) == (slowly.line, slowly.but("Date"), slowly.body)
            assert await short.ended()
            assert await long.ended()
    assert quick(live).answered == 3
    server = live.runner.server
    assert server is not None
    await until(lambda: not server.connections)


async def test_pipelined_requests_are_answered_in_their_order(live: Live) -> None:
    targets = ["/feeds/all.rss", "/feeds/world.json", "/feeds/all.atom", "/feeds/none.rss", "/feeds/all.rss"]
    async with wired(live.port) as wire:
        wire.writer.write(b"".join(request("GET", target) for target in targets))
        said = [await wire.hear() for _ in targets]
    assert [one.status for one in said] == [200, 200, 200, 404, 200]
    assert said[0].body == said[4].body != said[1].body
    assert quick(live).answered == 0


async def test_a_request_that_comes_with_the_connection_takes_the_short_cut(live: Live) -> None:
    """Most pollers ask once and go; what they ask is there before aiohttp's task has begun."""
    with socket.create_connection(("127.0.0.1", live.port)) as client:
        client.sendall(PLAIN)  # the loop stands still: it finds connection and request at once
        client.setblocking(False)
        answer = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 12), 10)
    assert (answer, quick(live).answered) == (b"HTTP/1.1 200", 1)


async def test_a_plain_request_behind_one_that_is_worked_on_waits_for_its_turn(live: Live) -> None:
    server = live.runner.server
    assert server is not None
    before = server.requests_count
    async with wired(live.port) as wire:
        wire.writer.write(request("GET", "/"))
        await until(lambda: server.requests_count == before + 1)
        wire.writer.write(request("GET", "/feeds/all.rss"))
        assert (await wire.hear())["Content-Type"].startswith("text/html")
        assert (await wire.hear())["Content-Type"].startswith("application/rss+xml")


async def test_who_takes_nothing_is_not_written_to(live: Live) -> None:
    """The answers that were not taken stay bounded, however many requests come."""
    server = live.runner.server
    assert server is not None
    size = len((await answered(live, PLAIN))[1].body)
    async with wired(live.port) as silent:
        connection = await of(live, silent)
        silent.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not connection._paused:
            before = server.requests_count
            silent.writer.write(PLAIN)
            await until(lambda: server.requests_count > before)  # noqa: B023 (it is called at once)
        for _ in range(50):
            silent.writer.write(PLAIN)
            await asyncio.sleep(0.001)
        assert connection._is_between
        assert connection.transport is not None
        assert connection.transport.get_write_buffer_size() < 64 * 1024 + 2 * (size + 2048)


async def test_a_change_is_seen_at_once(live: Live) -> None:
    asked = request("GET", "/feeds/all.rss", GZIP)
    async with wired(live.port) as wire:
        first = await wire.ask(asked)
        await live.accept(article("Another storm"))
        second = await wire.ask(asked)
        old = await wire.ask(request("GET", "/feeds/all.rss", GZIP, f"If-None-Match: {first['ETag']}"))
    assert first["ETag"] != second["ETag"]
    assert (old.status, old.body) == (200, second.body)
    assert quick(live).answered == 3


# The rest of a connection's life


async def test_an_idle_connection_is_closed_as_long_after_a_short_answer_as_after_a_long_one(live: Live) -> None:
    async with wired(live.port) as wire:
        connection, loop = await of(live, wire), asyncio.get_running_loop()
        connection._next_keepalive_close_time = 0
        await wire.ask(PLAIN)
        assert 70 < connection._next_keepalive_close_time - loop.time() <= 75
        connection._next_keepalive_close_time = loop.time() - 1
        connection._process_keepalive()
        assert await wire.ended()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="NOT TESTED: this kernel has no such deadline")
async def test_who_takes_nothing_for_too_long_is_left(tmp_path: Path) -> None:
    """By the kernel, whichever way took the request: the service has nothing to wait for."""
    async with serving(Plan(folder=tmp_path, write_deadline_seconds=0.5)) as live:
        await live.accept(article("A storm", random.Random(1).randbytes(3_000_000).hex()))
        server = live.runner.server
        assert server is not None
        async with wired(live.port) as short, wired(live.port) as long:
            for wire, asked in ((short, PLAIN), (long, request("GET", "/feeds/all.rss", "X-Other: y"))):
                connection = await of(live, wire)
                wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
                wire.writer.write(asked)
                await until(lambda: connection._paused)  # noqa: B023 (it is called at once)
            await until(lambda: not any(isinstance(one, Connection) and one._paused for one in server.connections))
        assert quick(live).answered == 1


async def test_who_takes_slowly_gets_it_all(live: Live) -> None:
    """An idle connection is closed once all has been taken, and not in the middle of an answer."""
    await live.accept(article("Long", random.Random(1).randbytes(3_000_000).hex()))
    async with wired(live.port) as wire:
        connection = await of(live, wire)
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        wire.writer.write(PLAIN)
        await until(lambda: connection._paused)
        connection._next_keepalive_close_time = 0
        connection._process_keepalive()
        wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
        found = live.publisher.document("all", "rss")
        assert found is not None
        assert (await wire.hear()).body == found.body
        assert await wire.ended()


async def test_requests_are_counted_whichever_way_they_took(live: Live) -> None:
    server = live.runner.server
    assert server is not None
    before = server.requests_count
    async with wired(live.port) as wire:
        await wire.ask(request("GET", "/feeds/all.rss"))
        await wire.ask(request("GET", "/feeds/all.rss", "X-Other: y"))
    assert server.requests_count == before + 2


async def test_the_service_takes_the_short_cut_and_counts(serve: Serve) -> None:
    running = await serve()
    port = urlsplit(running.url).port
    assert port is not None
    async with wired(port) as wire:
        for _ in range(3):
            assert (await wire.ask(PLAIN)).status == 200
        assert (await wire.ask(request("GET", "/feeds/all.rss", "X-Other: y"))).status == 200
    metrics = (await running.get(running.operator + "/metrics"))[1].decode().splitlines()
    assert {"feeder_requests_total 4.0", "feeder_requests_quick_total 3.0"} <= set(metrics)


async def test_a_stopping_server_answers_nothing_more(live: Live) -> None:
    async with wired(live.port) as wire, wired(live.port) as other:
        await wire.ask(request("GET", "/feeds/all.rss"))
        await other.ask(request("GET", "/feeds/all.rss", "X-Other: y"))
        await live.runner.cleanup()
        assert await wire.ended()
        assert await other.ended()


def test_what_is_relied_on_of_aiohttp_is_there() -> None:
    """``protocol.py`` and ``server.py`` use these inner names; another minor version may have others."""
    assert aiohttp.__version__.startswith("3.14.")
    names = set(aiohttp.web_protocol.RequestHandler.__slots__) | set(aiohttp.base_protocol.BaseProtocol.__slots__)
    assert names >= {"_waiter", "_messages", "_paused", "_upgraded", "_manager", "_request_count", "_current_request"}
    assert names >= {"_keepalive_handle", "_keepalive_timeout", "_next_keepalive_close_time", "_loop"}
    assert hasattr(aiohttp.web_protocol, "_ErrInfo")
    assert "_process_keepalive" in vars(aiohttp.web_protocol.RequestHandler)
    assert set(web.BaseSite.__slots__) >= {"_runner", "_backlog", "_server"}
    assert "_kwargs" in web.Server.__init__.__code__.co_names
