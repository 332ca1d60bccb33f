"""Connections that become streams: what is left of the request, of its client's bytes, and of the connection."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from feeder.web.connections.takeover import take_over
from live import Live, Plan, article, serving, until
from polling import LOOPS
from sse_reader import SpecReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

RUNS_ON = LOOPS
ASK = b"GET /events?since=earliest%s HTTP/1.1\r\nHost: x\r\n%s\r\n"


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


def ask(query: bytes = b"", *lines: bytes) -> bytes:
    return ASK % (query, b"".join(line + b"\r\n" for line in lines))


def read(raw: bytes) -> tuple[HTTPResponse, bytes]:
    """An answer as the standard library's client reads it: it raises what is not well-formed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(raw)
        ours.shutdown(socket.SHUT_WR)
        answer = HTTPResponse(theirs)
        answer.begin()
        return answer, answer.read()


async def test_the_connection_ends_with_the_stream_and_says_so(live: Live) -> None:
    await live.accept(article("A storm"))
    answer, body = read(await live.raw(ask(b"&poll=1")))
    assert (answer.status, answer.getheader("Connection")) == (200, "close")
    assert (answer.getheader("Transfer-Encoding"), answer.getheader("Content-Length")) == ("chunked", None)
    assert answer.getheader("Date") == "Mon, 02 Mar 2026 12:00:00 GMT"
    assert SpecReader().feed(body).names == ["published", "checkpoint"]


async def test_it_is_no_connection_of_the_server_any_more(live: Live) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(ask())
    await reader.readuntil(b"\r\n\r\n")
    server = live.runner.server
    assert server is not None
    await until(lambda: not server.connections)
    assert live.hub.listeners == 1
    writer.close()
    await until(lambda: live.hub.listeners == 0)


async def test_bytes_behind_the_request_are_nothing_to_a_stream(live: Live) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(ask() + ask(b"&poll=1"))
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"x" * 200_000)
    await live.accept(article("A storm"))
    told = SpecReader()
    async with asyncio.timeout(10):
        while "published" not in told.names:
            size = int(await reader.readuntil(b"\r\n"), 16)
            told.feed((await reader.readexactly(size + 2))[:-2])
    assert told.names == ["checkpoint", "published"]
    writer.close()


async def test_who_asks_on_one_connection_for_a_page_and_then_for_the_stream(live: Live) -> None:
    raw = await live.raw(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n" + ask(b"&poll=1"))
    _, first, second = raw.split(b"HTTP/1.1 200 OK\r\n")
    assert b"text/plain" in first
    assert read(b"HTTP/1.1 200 OK\r\n" + second)[0].getheader("Content-Type") == "text/event-stream"


@pytest.mark.parametrize("cut", [False, True])
async def test_who_has_gone_before_the_stream_began_leaves_nothing(
    live: Live, monkeypatch: pytest.MonkeyPatch, *, cut: bool
) -> None:
    opening, may_open, openings = asyncio.Event(), asyncio.Event(), live.hub.open

    async def open_late(*what: Any) -> Any:
        opening.set()
        await may_open.wait()
        return await openings(*what)

    monkeypatch.setattr(live.hub, "open", open_late)
    _, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(ask())
    await opening.wait()
    assert live.hub.listeners == 1
    if cut:
        no_goodbye = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_goodbye)
    writer.transport.abort()
    server = live.runner.server
    assert server is not None
    await until(lambda: all(getattr(connection, "has_hung_up", False) for connection in server.connections))
    may_open.set()
    await until(lambda: live.hub.listeners == 0)
    assert not live.hub._listeners
    assert not live.hub._fanout.channels


async def test_only_a_connection_of_our_own_server_is_taken_over() -> None:
    async def ask_for_it(request: web.Request) -> web.Response:
        with pytest.raises(TypeError, match="of our own server"):
            take_over(request, has_end=False)
        return web.Response(text="refused")

    app = web.Application()
    app.router.add_get("/", ask_for_it)
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await web.SockSite(runner, listening).start()
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"refused")
        writer.close()
        await runner.cleanup()


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_a_slow_reader_of_gzip_gets_a_whole_file(live: Live, version: bytes) -> None:
    """It is paused again and again, falls back to the log, comes to the tip and hears rounds: one member for all."""
    for n in range(20):
        await live.accept(article(f"Long {n}", f"{n} " * 9_000), publish=False)
    live.hub.desk.ring.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port, limit=1024)
    raw = ask(b"", b"Accept-Encoding: gzip").replace(b"HTTP/1.1", b"HTTP/" + version)
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    got, written = bytearray(), asyncio.create_task(write_more(live))
    while not written.done() or not got.endswith(b"\0"):
        piece = await asyncio.wait_for(reader.read(700), 10)
        got += piece
        await asyncio.sleep(0)
        if not piece:
            break
    await written
    writer.close()
    body = read(bytes(head + got))[1]
    plain = gzip.decompress(body)
    told = SpecReader().feed(plain)
    assert [one.last_id.split(".")[1] for one in told.told if one.name == "published"] == [
        str(seq) for seq in range(1, 51)
    ]
    assert told.names[-1] == "goodbye"
    assert zlib.crc32(plain) == int.from_bytes(body[-8:-4], "little")


async def write_more(live: Live) -> None:
    for n in range(30):
        await live.accept(article(f"More {n}", f"{n} " * 2_000), publish=False)
    await live.hub.drain(10)


async def test_an_answer_that_is_no_stream_leaves_the_connection_with_the_server(live: Live) -> None:
    asked = b"HEAD /events HTTP/1.1\r\nHost: x\r\n\r\nGET /events?nonsense=1 HTTP/1.1\r\nHost: x\r\n\r\n"
    raw = await live.raw(asked + b"GET /robots.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert [raw.count(b"HTTP/1.1 200 OK"), raw.count(b"HTTP/1.1 400 Bad Request")] == [2, 1]


async def test_who_is_told_that_it_is_busy_is_let_go(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.hub, "is_closing", True)
    raw = await live.raw(ask() + b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
    assert raw.count(b"HTTP/1.1 200 OK") == 1
    assert b"event: busy" in raw
