"""HTTP to the letter, on the wire: methods, names, versions, and what cannot be read (RFC 9110 and 9112)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conforming import DOCUMENTS, OTHERS, ask, small_site
from live import Live
from wire import request, wired


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with small_site(tmp_path) as found:
        yield found


# Methods

KNOWN = ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "QUERY", "M-SEARCH"]
ODD = ["FOO", "get", "Head", "CONNECT", "X-THING"]


@pytest.mark.parametrize("target", ["/feeds/all.rss", "/feeds/all/archive/1.atom", *OTHERS, "/feed", "/feeds/none.rss"])
async def test_other_methods_are_refused_with_those_that_are_taken(live: Live, target: str) -> None:
    for method in KNOWN + ODD:
        said = await ask(live, method, target)
        assert said.status == 405, method
        assert {"GET", "HEAD"} <= set(re.split(", *", said["Allow"])) <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("target", DOCUMENTS)
async def test_options_says_what_is_taken(live: Live, target: str) -> None:
    said = await ask(live, "OPTIONS", target, "Origin: https://a.example", "Access-Control-Request-Method: GET")
    assert (said.status, said.body) == (204, b"")
    assert "Content-Length" not in said
    assert said["Allow"] == "GET, HEAD, OPTIONS"
    assert said["Access-Control-Allow-Origin"] == "*"
    assert "A-IM" in said["Access-Control-Allow-Headers"]


async def test_options_of_the_server_itself(live: Live) -> None:
    said = await ask(live, "OPTIONS", "*")
    assert (said.status, said["Allow"]) == (204, "GET, HEAD, OPTIONS")


async def test_a_body_that_is_not_wanted_does_not_become_the_next_request(live: Live) -> None:
    inner = request("GET", "/feeds/none.rss")
    async with wired(live.port) as wire:
        outer = request("POST", "/feeds/all.rss", f"Content-Length: {len(inner)}")
        assert (await wire.ask(outer + inner)).status == 405
        assert (await wire.ask(request("GET", "/feeds/all.rss"))).status == 200
    async with wired(live.port) as wire:
        odd = request("FOO", "/feeds/all.rss", f"Content-Length: {len(inner)}")
        assert (await wire.ask(odd + inner)).status == 405
        assert (await wire.ask(request("GET", "/feeds/all.rss"))).status == 200


# Names


@pytest.mark.parametrize(
    "target",
    [
        "/feeds/none.rss",
        "/feeds/all.xml",
        "/feeds/ALL.rss",
        "/feeds/all.RSS",
        "/feeds/all..rss",
        "/feeds/.rss",
        "/feeds/all.rss/",
        "/feeds//all.rss",
        "//feeds/all.rss",
        "/feeds/./../feeds.db",
        "/feeds/../data/feeder.db",
        "/feeds/%2e%2e/feeder.db",
        "/feeds/..%2f..%2fetc%2fpasswd",
        "/feeds/..%5c..%5cetc",
        "/feeds/all%00.rss",
        "/feeds/all.rss%00",
        "/feeds/all%0d%0aX:y.rss",
        "/feeds/%ff.rss",
        "/feeds/%zz.rss",
        "/feeds/all%",
        "/feeds/" + "a" * 64 + ".rss",
        "/feeds/" + "a" * 7000 + ".rss",
        "/feeds/all/archive/0.rss",
        "/feeds/all/archive/01.rss",
        "/feeds/all/archive/-1.rss",
        "/feeds/all/archive/2.rss",
        "/feeds/all/archive/" + "9" * 30 + ".rss",
        "/feeds/all/archive/1.xml",
        "/feeds/none/archive/1.rss",
        "/feeds/all/archive/",
        "/feeds/all/archive/..%2f..%2fall.rss",
        "/feeds/all/archive/1%00.rss",
    ],
)
async def test_nothing_else_is_a_feed(live: Live, target: str) -> None:
    said = await ask(live, "GET", target)
    assert said.status == 404
    assert said["X-Content-Type-Options"] == "nosniff"
    assert b"Traceback" not in said.body


# The protocol itself


async def test_a_client_of_http_1_0_is_answered_and_let_go(live: Live) -> None:
    for lines in ((), ("Accept-Encoding: gzip",)):
        async with wired(live.port) as wire:
            said = await wire.ask(request("GET", "/feeds/all.rss", *lines, version="HTTP/1.0", host=""))
            assert (said.status, "Transfer-Encoding" in said) == (200, False)
            assert await wire.ended()
    async with wired(live.port) as wire:
        kept = await wire.ask(request("GET", "/feeds/all.rss", "Connection: keep-alive", version="HTTP/1.0"))
        assert kept["Connection"] == "keep-alive"
        assert (await wire.ask(request("GET", "/feeds/all.rss", version="HTTP/1.0"))).status == 200


async def test_who_asks_to_be_let_go_is_told_and_let_go(live: Live) -> None:
    async with wired(live.port) as wire:
        assert (await wire.ask(request("GET", "/feeds/all.rss", "Connection: close")))["Connection"] == "close"
        assert await wire.ended()


@pytest.mark.parametrize("first", ["GET /feeds/all.rss HTTP/2.0", "GET /feeds/all.rss"])
async def test_other_versions_are_refused(live: Live, first: str) -> None:
    async with wired(live.port) as wire:
        assert (await wire.ask(f"{first}\r\nHost: x\r\n\r\n".encode())).status == 505


async def test_the_absolute_form_names_the_same_document(live: Live) -> None:
    whole = await ask(live, "GET", "/feeds/all.rss")
    said = await ask(live, "GET", "http://evil.example/feeds/all.rss", "X-Forwarded-Host: evil.example")
    assert (said.body, said["Link"]) == (whole.body, whole["Link"])


async def test_expectations(live: Live) -> None:
    async with wired(live.port) as wire:
        said = await wire.ask(request("GET", "/feeds/all.rss", "Expect: 100-continue"))
        if said.status == 100:  # it may be said, and need not
            said = await wire.hear()
        assert said.status == 200
    assert (await ask(live, "GET", "/feeds/all.rss", "Expect: a-miracle")).status == 417


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nEvil <script>: y\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET /feeds/all.rss HTTP/1.1\nHost: x\n\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_what_cannot_be_read_is_refused_without_repeating_it(live: Live, bad: bytes) -> None:
    await refused(live, bad, 400)


@pytest.mark.parametrize(
    ("long", "status"),
    [
        (request("GET", "/feeds/" + "script" * 1363 + "aaaaa"), 404),  # 8190 bytes
        (request("GET", "/feeds/" + "script" * 1363 + "aaaaaa"), 414),
        (request("GET", "/feeds/" + "script" * 5000), 414),
        (request("GET", "/events?since=" + "script" * 5000), 414),
        (request("GET", "/feeds/none.rss", "X-Long: " + "script" * 1364), 404),  # 8190 with its name
        (request("GET", "/feeds/none.rss", "X-Long: " + "script" * 1366), 431),
        (request("GET", "/feeds/all.rss", "Cookie: " + "script" * 5000), 431),
        (request("GET", "/feeds/all.rss", "script" * 5000 + ": x"), 431),
        (request("GET", "/feeds/none.rss", *(f"X-{number}: script" for number in range(127))), 404),
        (request("GET", "/feeds/all.rss", *(f"X-{number}: script" for number in range(128))), 431),
        (request("GET", "/feeds/all.rss", *(f"X-{number}: script" for number in range(1000))), 431),
    ],
)
async def test_what_is_too_long_is_refused_as_what_it_is(live: Live, long: bytes, status: int) -> None:
    if status == 404:
        async with wired(live.port) as wire:
            assert (await wire.ask(long)).status == 404
    else:
        await refused(live, long, status)


async def test_too_long_a_request_behind_another_is_refused_too(live: Live) -> None:
    async with wired(live.port) as wire:
        assert (await wire.ask(request("GET", "/feeds/all.rss"))).status == 200
        assert (await wire.ask(request("GET", "/feeds/all.rss", "X-Other: y"))).status == 200
        assert (await wire.ask(request("GET", "/" + "a" * 9000))).status == 414
        assert await wire.ended()


async def refused(live: Live, bad: bytes, status: int) -> None:
    async with wired(live.port) as wire:
        said = await wire.ask(bad)
        assert (said.status, said["Content-Type"]) == (status, "application/problem+json")
        assert (said["X-Content-Type-Options"], said["Server"]) == ("nosniff", "feeder")
        assert json.loads(said.body)["status"] == status
        assert b"script" not in said.body
        assert await wire.ended()
