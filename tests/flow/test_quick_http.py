"""The short cut for plain requests: what it says is what the long way says, and it keeps to what is plain."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.web import public_app
from feeder.web.parts import PARTS
from feeder.web.protocol import Connection
from feeder.web.quick import QUICK, Quick
from live import Live, Plan, article, serving, until
from wire import Said, Wire, request, wired

GZIP = "Accept-Encoding: gzip"


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        await found.accept(article("A storm", "It rained. " * 2000, section="World", sections=("world",)))
        yield found


def quick(live: Live) -> Quick:
    return live.runner.app[QUICK]


@asynccontextmanager
async def aiohttps_own(live: Live) -> AsyncIterator[int]:
    """The same site by aiohttp's own protocol alone; gives its port."""
    runner = web.AppRunner(public_app(live.runner.app[PARTS]), access_log=None)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        await runner.cleanup()


# Both ways say the same


@dataclass
class Both:
    live: Live
    short: Wire
    long: Wire
    etags: list[str]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Both]]:
    async def begin(stack: AsyncExitStack) -> Both:
        live = await stack.enter_async_context(serving(Plan(folder=tmp_path_factory.mktemp("both"))))
        await live.accept(article("A storm", "It rained. " * 200), article("Rain", "More of it."))
        port = await stack.enter_async_context(aiohttps_own(live))
        short, long = [await stack.enter_async_context(wired(one)) for one in (live.port, port)]
        found = live.publisher.document("all", "rss")
        assert found is not None
        return Both(live, short, long, [found.etag, *(found.etag_of(coding) for coding in found.encoded)])

    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        yield runner, runner.run(begin(stack))
        runner.run(stack.aclose())


CODINGS = """\
gzip
br
zstd
identity
*
gzip, deflate, br
gzip;q=0
x-gzip
br;q=0.5, gzip;q=0.5
identity;q=0
gzip;q=1.5
deflate
GZIP ;q=0.8,\tbr
"""
OTHERS = """\
User-Agent: Reader/1.0 (+https://reader.example)
Accept: application/rss+xml, */*;q=0.1
DNT:1
Via:\t1.1 a
Referer:   \x20
Cookie: a=b; c=d
Cache-Control: no-cache
X-Forwarded-For: 203.0.113.7
Connection: keep-alive
connection: Keep-Alive\x20
Sec-Fetch-Mode: cors
If-Modified-Since: Mon, 02 Mar 2026 12:00:00 GMT
If-Unmodified-Since: Mon, 02 Mar 2020 12:00:00 GMT
X-Unknown: y
Range: bytes=0-9
If-Range: "x"
If-Match: *
If-Match: "x"
TE: trailers
Keep-Alive: 5
Content-Length: 0
A-IM: feed
"""
NAMES = ["Accept-Encoding", "accept-encoding", "ACCEPT-ENCODING"]
HOSTS = ["x", "news.example:8000", "[::1]:80", "127.0.0.1"]


@st.composite
def requests(draw: st.DrawFn, etags: list[str]) -> bytes:
    def one_of(values: list[str]) -> str:
        return draw(st.sampled_from(values))

    others = st.sampled_from(OTHERS.split("\n")[:-1])
    lines = draw(st.lists(others, max_size=4, unique_by=lambda line: line.partition(":")[0].lower()))
    if draw(st.booleans()):
        lines.append(f"{one_of(NAMES)}: {one_of(CODINGS.split(chr(10)))}")
    if draw(st.booleans()):
        tag = one_of([*etags, '"other"', "*", "", '""', '"a b"', "nonsense", f'"other", {etags[1]}'])
        lines.append(f"If-None-Match: {one_of(['', 'W/'])}{tag}")
    target = "/feeds/" + one_of(["all.rss", "all.rss", "all.rss", "all.json", "no.rss"])
    return request(one_of(["GET", "GET", "HEAD"]), target, *draw(st.permutations(lines)), host=one_of(HOSTS))


def test_what_the_short_cut_says_is_what_the_long_way_says(both: tuple[asyncio.Runner, Both]) -> None:
    runner, site = both
    before = quick(site.live).answered

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(requests(site.etags))
    def ask_both(asked: bytes) -> None:
        short, long = runner.run(site.short.ask(asked)), runner.run(site.long.ask(asked))
        assert (short.line, short.but("Date"), short.body) == (long.line, long.but("Date"), long.body)
        assert len(short["Date"]) == len(long["Date"]) == len("Sun, 06 Nov 1994 08:49:37 GMT")

    ask_both()
    assert quick(site.live).answered > before + 50


# What is plain


async def answered(live: Live, asked: bytes) -> tuple[bool, Said]:
    """Whether a request on a connection of its own took the short cut, and what was said."""
    before = quick(live).answered
    async with wired(live.port) as wire:
        said = await wire.ask(asked)
    return quick(live).answered == before + 1, said


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("coding", "tag"), [("gzip", "-gzip"), ("br", "-br"), ("zstd", "-zstd"), ("identity", "")])
async def test_a_plain_request_takes_the_short_cut(live: Live, method: str, coding: str, tag: str) -> None:
    target = "/feeds/world.atom"
    found = live.publisher.document("world", "atom")
    assert found is not None
    short, said = await answered(live, request(method, target, f"Accept-Encoding: {coding}"))
    assert (short, said.status, said["ETag"]) == (True, 200, f'{found.etag[:-1]}{tag}"')
    body = found.body if coding == "identity" else found.encoded[coding]
    assert (said.body, said["Content-Length"]) == (body if method == "GET" else b"", str(len(body)))
    asked = request(method, target, f"Accept-Encoding: {coding}", f"If-None-Match: {said['ETag']}")
    short, said = await answered(live, asked)
    assert (short, said.status, said.body) == (True, 304, b"")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request("GET", "/feeds/all.rss", host=""), 400),
        (request("GET", "/feeds/all.rss", "Host: y"), 400),
        (request("GET", "/feeds/all.rss", host="x y"), None),
        (request("GET", "/feeds/all.rss", version="HTTP/1.0"), 200),
        (request("GET", "/feeds/all.rss", "Connection: close"), 200),
        (request("GET", "/feeds/all.rss", "Connection: Upgrade", "Upgrade: h2c"), None),
        (request("GET", "/feeds/all.rss", "Range: bytes=0-9"), 200),
        (request("GET", "/feeds/all.rss", "A-IM: feed"), 200),
        (request("GET", "/feeds/all.rss", 'If-Match: "x"'), 412),
        (request("GET", "/feeds/all.rss", "If-Unmodified-Since: Mon, 02 Mar 2020 12:00:00 GMT"), 412),
        (request("GET", "/feeds/all.rss", "If-Modified-Since: Mon, 02 Mar 2026 12:00:00 GMT"), 200),
        (request("GET", "/feeds/all.rss", "If-None-Match: *"), 304),
        (request("GET", "/feeds/all.rss", 'If-None-Match: "a", "b"'), 200),
        (request("GET", "/feeds/all.rss", 'If-None-Match: "a"', 'If-None-Match: "b"'), 200),
        (request("GET", "/feeds/all.rss", GZIP, GZIP), 200),
        (request("GET", "/feeds/all.rss", "Accept-Encoding: identity;q=0"), 406),
        (request("GET", "/feeds/all.rss", "Expect: nothing"), 417),
        (request("GET", "/feeds/all.rss", "Content-Length: 0"), 200),
        (request("GET", "/feeds/all.rss", "X-Anything: y"), 200),
        (request("GET", "/feeds/all.rss", "User-Agent: \xe9"), 200),
        (request("GET", "/feeds/all.rss", "User-Agent: " + "x" * 3000), 200),
        (request("GET", "/feeds/all.rss?x=1"), 200),
        (request("GET", "http://x/feeds/all.rss"), 200),
        (request("GET", "/feeds/%61ll.rss"), 200),
        (request("GET", "/feeds/none.rss"), 404),
        (request("POST", "/feeds/all.rss"), 405),
        (b"\r\n" + request("GET", "/feeds/all.rss"), 200),
        (b"GET /feeds/all.rss HTTP/1.1\nHost: x\n\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\nUser-Agent: y\r\n\r\n", 400),
        (b"GET  /feeds/all.rss HTTP/1.1\r\nHost: x\r\n\r\n", None),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nUser-Agent: a\r\n b\r\n\r\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nUser-Agent: a\0b\r\n\r\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nUser-Agent: a\rb\r\n\r\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nUser-Agent\r\n\r\n", 400),
        (b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400),
    ],
)
async def test_what_is_not_plain_goes_the_long_way(live: Live, asked: bytes, status: int | None) -> None:
    short, said = await answered(live, asked)
    assert not short
    assert status in {None, said.status}


def read_by_aiohttp(data: bytes) -> list[tuple[str, str, bool, bool]]:
    """What aiohttp's parser makes of these bytes alone: method, path, whether it may stay, whether a body follows."""
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(BaseProtocol(loop), loop, 2**16)
    messages, upgraded, tail = parser.feed_data(data)
    assert (upgraded, tail) == (False, b"")
    return [
        (message.method, message.path, not message.should_close, payload is not EMPTY_PAYLOAD)
        for message, payload in messages
    ]


BYTES = st.one_of(
    st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b":", b"\0", b"\r\n\r\n", b"\x80"]), st.binary(max_size=3)
)
TOUCHES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), BYTES), min_size=1, max_size=3)


def test_only_what_the_parser_reads_the_same_way_takes_the_short_cut(both: tuple[asyncio.Runner, Both]) -> None:
    runner, site = both
    lines = ["Connection: keep-alive", GZIP, f"If-None-Match: {site.etags[1]}"]
    plain = request("GET", "/feeds/all.rss", *lines)

    @settings(max_examples=1500, deadline=None)
    @given(TOUCHES)
    def touch(touches: list[tuple[int, int, bytes]]) -> None:
        odd = plain
        for at, cut, put in touches:
            odd = odd[:at] + put + odd[at + cut :]
        if quick(site.live).answer(odd) is not None:
            assert runner.run(as_read(odd)) == [("GET", "/feeds/all.rss", True, False)]

    async def as_read(data: bytes) -> list[tuple[str, str, bool, bool]]:
        return read_by_aiohttp(data)

    assert quick(site.live).answer(plain)
    touch()


# Between two requests


async def of(live: Live, wire: Wire) -> Connection:
    """The server's side of a connection."""
    server, mine = live.runner.server, wire.writer.get_extra_info("sockname")
    assert server is not None
    await until(lambda: any(one.peername == mine for one in server.connections))
    (found,) = [one for one in server.connections if one.peername == mine]
    assert isinstance(found, Connection)
    return found


async def test_one_connection_takes_both_ways_in_turn(live: Live) -> None:
    plain, other = request("GET", "/feeds/all.rss", GZIP), request("GET", "/feeds/all.rss", GZIP, "X-Other: y")
    async with wired(live.port) as wire:
        for _ in range(3):
            assert (await wire.ask(plain)).but("Date") == (await wire.ask(other)).but("Date")
    assert quick(live).answered == 3


PLAIN = request("GET", "/feeds/all.rss")
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


async def test_pipelined_requests_are_answered_in_their_order(live: Live) -> None:
    targets = ["/feeds/all.rss", "/feeds/world.json", "/feeds/all.atom", "/feeds/none.rss", "/feeds/all.rss"]
    async with wired(live.port) as wire:
        wire.writer.write(b"".join(request("GET", target) for target in targets))
        said = [await wire.hear() for _ in targets]
    assert [one.status for one in said] == [200, 200, 200, 404, 200]
    assert said[0].body == said[4].body != said[1].body
    assert quick(live).answered == 0


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


async def test_the_date_is_that_of_the_second(live: Live) -> None:
    now = [0.9]
    own = Quick(live.runner.app[PARTS], clock=lambda: now[0])
    asked = request("GET", "/feeds/all.rss")

    def date() -> bytes:
        answer = own.answer(asked)
        assert answer is not None
        return answer[0].partition(b"\r\nDate: ")[2].partition(b"\r\n")[0]

    assert date() == b"Thu, 01 Jan 1970 00:00:00 GMT"
    now[0] = 1.0
    assert date() == b"Thu, 01 Jan 1970 00:00:01 GMT"


async def test_what_is_remembered_is_bounded(live: Live) -> None:
    own = Quick(live.runner.app[PARTS])
    for number in range(6000):
        assert own.answer(request("GET", "/feeds/all.rss", f"User-Agent: {number}", f"Accept-Encoding: x{number}"))
        own.answer(request("GET", f"/feeds/n{number}.rss"))
        own.answer(request("GET", f"/feeds/all.rss?{number}"))
    assert own._wish.cache_info().currsize <= 4096
    assert len(own._targets) == 1
    assert [len(one.chosen) for one in own._prepared.values()] == [64]


async def test_a_feed_that_is_gone_is_forgotten(live: Live) -> None:
    asked = request("GET", "/feeds/world.rss")
    assert quick(live).answer(asked)
    del live.publisher._sheets["world", "rss"]
    assert quick(live).answer(asked) is None
    assert ("world", "rss") not in quick(live)._prepared
    assert (await answered(live, asked))[1].status == 503


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


async def test_requests_are_counted_whichever_way_they_took(live: Live) -> None:
    server = live.runner.server
    assert server is not None
    before = server.requests_count
    async with wired(live.port) as wire:
        await wire.ask(request("GET", "/feeds/all.rss"))
        await wire.ask(request("GET", "/feeds/all.rss", "X-Other: y"))
    assert server.requests_count == before + 2


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
    assert names >= {"_waiter", "_messages", "_paused", "_upgraded", "_manager", "_request_count"}
    assert names >= {"_keepalive_handle", "_keepalive_timeout", "_next_keepalive_close_time", "_loop"}
    assert hasattr(aiohttp.web_protocol, "_ErrInfo")
    assert "_process_keepalive" in vars(aiohttp.web_protocol.RequestHandler)
    assert set(web.BaseSite.__slots__) >= {"_runner", "_backlog", "_server"}
    assert "_kwargs" in web.Server.__init__.__code__.co_names
