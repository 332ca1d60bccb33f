"""Clients that close their side as soon as they have asked, as ``nc -N`` does: they are answered all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from live import Live, Plan, article, serving, until
from polling import LOOPS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

RUNS_ON = LOOPS


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


async def ask(live: Live, request: bytes, *, later: bool = False) -> bytes:
    """All that is answered to a request behind which the client's side is closed, at once or a moment later."""
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(request)
    if later:
        await asyncio.sleep(0.02)
    writer.write_eof()
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("path", ["/", "/search?q=storm", "/feeds/all.json", "/feeds/search.atom?q=storm", "/nothing"])
async def test_what_was_asked_is_answered(live: Live, path: str, *, later: bool) -> None:
    await live.accept(article("A storm"))
    answer = await ask(live, get(path, "Range: bytes=0-"), later=later)
    assert answer.startswith(b"HTTP/1.1 404 " if path == "/nothing" else b"HTTP/1.1 200 ")
    assert len(answer) > 400


@pytest.mark.parametrize("later", [False, True])
async def test_a_poll_of_the_stream_comes_to_its_end(live: Live, *, later: bool) -> None:
    await live.accept(*(article(f"Story {n}", "x" * 50_000) for n in range(20)), publish=False)
    live.hub.desk.ring.clear()
    answer = await ask(live, get("/events?poll=1&since=earliest"), later=later)
    assert answer.count(b"event: published") == 20
    assert answer.endswith(b"0\r\n\r\n")
    assert live.hub.listeners == 0


@pytest.mark.parametrize("later", [False, True])
async def test_who_listens_and_hangs_up_has_left(live: Live, *, later: bool) -> None:
    await ask(live, get("/events"), later=later)
    await until(lambda: live.hub.listeners == 0)


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /hub HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na=b", b""],
)
async def test_half_a_request_is_none(live: Live, request_bytes: bytes) -> None:
    assert not (await ask(live, request_bytes)).startswith(b"HTTP/1.1 2")
    assert (await live.get("/"))[0] == 200
