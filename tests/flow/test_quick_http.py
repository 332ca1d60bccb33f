"""The short cut for plain requests: what it says is what the long way says, and it keeps to what is plain."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.web import public_app
from feeder.web.parts import PARTS
from feeder.web.quick import Quick
from live import Live, Plan, article, serving
from polling import GZIP, LOOPS, answered, quick
from wire import Wire, request, wired


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        await found.accept(article("A storm", "It rained. " * 2000, section="World", sections=("world",)))
        yield found


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


@pytest.fixture(scope="module", params=list(LOOPS.values()), ids=list(LOOPS))
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[asyncio.Runner, Both]]:
    async def begin(stack: AsyncExitStack) -> Both:
        live = await stack.enter_async_context(serving(Plan(folder=tmp_path_factory.mktemp("both"))))
        await live.accept(article("A storm", "It rained. " * 200), article("Rain", "More of it."))
        port = await stack.enter_async_context(aiohttps_own(live))
        short, long = [await stack.enter_async_context(wired(one)) for one in (live.port, port)]
        found = live.publisher.document("all", "rss")
        assert found is not None
        return Both(live, short, long, [found.etag, *(found.etag_of(coding) for coding in found.encoded)])

    stack = AsyncExitStack()
    with asyncio.Runner(loop_factory=request.param) as runner:
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
Sec-Fetch-Dest: empty
sec-fetch-dest: document
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
        (request("GET", "/feeds/all.rss", "Connection: close, x"), 200),
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


# What is remembered


async def test_the_date_is_that_of_the_second(live: Live) -> None:
    now = [0.9]
    own = Quick(live.runner.app[PARTS], clock=lambda: now[0])
    asked = request("GET", "/feeds/all.rss")

    def date() -> bytes:
        answer = own.answer(asked)
        assert answer is not None
        return answer[1][0].partition(b"\r\nDate: ")[2].partition(b"\r\n")[0]

    assert date() == b"Thu, 01 Jan 1970 00:00:00 GMT"
    now[0] = 1.0
    assert date() == b"Thu, 01 Jan 1970 00:00:01 GMT"


async def test_no_date_of_change_is_said_that_is_yet_to_come(live: Live) -> None:
    """RFC 9110 section 8.8.2.1; a date that went back with the clock would hide changes."""

    def seconds() -> float:
        return live.clock.now.timestamp()

    own = Quick(live.runner.app[PARTS], clock=seconds)
    asked = request("GET", "/feeds/all.rss")
    assert own.answer(asked)
    live.clock.now -= timedelta(seconds=2)
    assert own.answer(asked) is None
    status, _, headers = await live.get("/feeds/all.rss")
    changed = {"If-Modified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert (status, "Last-Modified" in headers) == (200, False)
    status, _, unchanged = await live.get("/feeds/all.rss", **changed, **{"If-None-Match": headers["ETag"]})
    assert (status, unchanged["ETag"], "Last-Modified" in unchanged) == (304, headers["ETag"], False)
    assert (await live.get("/feeds/all.rss", **changed))[0] == 200
    live.clock.now += timedelta(seconds=2)
    assert own.answer(asked)
    assert (await live.get("/feeds/all.rss", **changed))[2]["Last-Modified"] == "Mon, 02 Mar 2026 12:00:00 GMT"


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
