"""Who reads the feeds, as it is counted where they are answered: by the short cut and by the long way alike."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from feeder.web import public_app, start
from feeder.web.parts import PARTS
from feeder.web.quick import QUICK
from feeder.web.readership import Asked, Readership
from live import Live, Plan, article, serving
from wire import request, wired

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

RSS, ATOM = ("all", "rss"), ("all", "atom")
OTHER = {"X-Other": "1"}
"""A line that is not plain: the request goes the long way."""


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        await found.accept(article("A storm", "It rained. " * 200))
        yield found


def asked(method: str, path: str, headers: dict[str, str]) -> bytes:
    return request(method, path, *(f"{name}: {value}" for name, value in headers.items()))


def readership(live: Live) -> Readership:
    return live.runner.app[PARTS].readership


@pytest.mark.parametrize("other", [{}, OTHER], ids=["the short cut", "the long way"])
async def test_both_ways_count_the_same(live: Live, other: dict[str, str]) -> None:
    document = live.publisher.document(*RSS)
    assert document is not None
    had, size = document.etag, len(document.body)
    headers = {"User-Agent": "newsboat/2.32", **other}
    async with wired(live.port) as wire:
        for condition in (None, None, had, '"old"'):
            lines = headers | ({"If-None-Match": condition} if condition else {})
            await wire.ask(asked("GET", "/feeds/all.rss", lines))
        await wire.ask(asked("HEAD", "/feeds/all.rss", headers))
        await wire.ask(asked("GET", "/feeds/none.rss", headers))
    readers = readership(live).readers()
    assert readers.asked == {RSS: Asked(whole=4, unchanged=1, bytes=3 * size)}
    ((poller),) = readers.pollers.values()
    assert (poller.agent, poller.network, poller.polls) == ("newsboat/2.32", "this machine", 5)
    assert (poller.bare, poller.unchanged, poller.wasted, poller.wasted_bytes) == (3, 1, 2, 2 * size)
    assert (live.runner.app[QUICK].answered > 0) == (not other), "it went the way that is meant"


async def test_a_delta_is_counted_as_one_and_wastes_nothing(live: Live) -> None:
    old = live.publisher.document(*ATOM)
    await live.accept(*(article(f"Story {n}") for n in range(3)))
    assert old is not None
    headers = {"A-IM": "feed", "If-None-Match": old.etag, "Accept-Encoding": "identity"}
    answers = [await live.get("/feeds/all.atom", **headers) for _ in range(4)]
    assert {status for status, _, _ in answers} == {226}
    size = sum(len(body) for _, body, _ in answers)
    assert readership(live).readers().asked == {ATOM: Asked(deltas=4, bytes=size)}
    assert [one.wasted for one in readership(live).readers().pollers.values()] == [0]


async def test_what_is_refused_is_no_answer(live: Live) -> None:
    assert (await live.get("/feeds/all.rss", **{"If-Match": '"other"'}))[0] == 412
    assert (await live.get("/feeds/all.rss", **{"Accept-Encoding": "identity;q=0"}))[0] == 406
    assert readership(live).readers().asked == {}


@asynccontextmanager
async def behind_a_proxy(live: Live) -> AsyncIterator[tuple[int, Readership]]:
    """The same site, that believes what this machine says of others."""
    parts = replace(
        live.runner.app[PARTS], trusted_proxies=[ip_network("127.0.0.0/8")], readership=Readership(lambda: 1e9, b"key")
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        runner = await start(public_app(parts), listening, shutdown_seconds=0)
        yield listening.getsockname()[1], parts.readership
        await runner.cleanup()


@pytest.mark.parametrize("other", [{}, OTHER], ids=["the short cut", "the long way"])
@pytest.mark.parametrize(
    ("headers", "network"),
    [
        ({"X-Forwarded-For": "10.0.0.1, 198.51.100.7"}, "198.51.100.0/24"),
        ({"Forwarded": "for=203.0.113.9;proto=https"}, "203.0.113.0/24"),
        ({"X-Forwarded-For": "2001:db8:1:2::3", "Forwarded": "for=203.0.113.9"}, "2001:db8:1::/48"),
        ({"X-Forwarded-For": "nobody"}, "unknown"),
        ({}, "unknown"),
    ],
)
async def test_behind_a_proxy_it_is_whom_the_proxy_names(
    live: Live, headers: dict[str, str], network: str, other: dict[str, str]
) -> None:
    async with behind_a_proxy(live) as (port, readers), wired(port) as wire:
        await wire.ask(asked("GET", "/feeds/all.rss", headers | other))
        assert [one.network for one in readers.readers().pollers.values()] == [network]
