"""The hub's door: how often an address may ask, and how long it may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from program import Place, Serve
from subscriber import HubSite, hub_site
from wire import Wire, request, wired


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HubSite]:
    async with hub_site(tmp_path) as found:
        yield found


async def test_an_address_may_ask_so_often(site: HubSite) -> None:
    """What it may ask comes back with time; what others ask is not its business. This machine may ask as it likes."""
    form = {"hub.mode": "listen"}

    async def asked(*named: str) -> tuple[int, str | None]:
        headers = [("X-Forwarded-For", one) for one in named]
        async with site.session.post(f"{site.url}/hub", data=form, headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After")

    assert {await asked("203.0.113.1") for _ in range(200)} == {(400, None)}
    said = [await asked("203.0.113.1") for _ in range(60)]
    assert (429, "1") in said
    assert site.hub.requests["limited"] == said.count((429, "1"))
    assert site.hub.requests["refused"] == 260 - said.count((429, "1"))
    # in front of what the proxy says anybody may have written anything
    assert [await asked(f"203.0.113.{number}", "203.0.113.1") for number in range(9)].count((429, "1")) >= 1
    assert await asked("203.0.113.2") == (400, None)
    assert {await asked() for _ in range(250)} == {(400, None)}


async def test_the_service_believes_the_proxies_that_are_configured(place: Place, serve: Serve) -> None:
    place.settings |= {"server.trusted_proxies": "127.0.0.1", "site.base_url": "https://news.example"}
    running = await serve()
    told: list[int] = []
    while 429 not in told:
        assert len(told) < 2000
        headers = {"X-Forwarded-For": "198.51.100.66, 203.0.113.1"}
        async with running.session.post(f"{running.url}/hub", data={"hub.mode": "x"}, headers=headers) as answer:
            told.append(answer.status)
    assert set(told[:200]) == {400}
    metrics = (await running.get(f"{running.operator}/metrics"))[1]
    assert b'feeder_websub_requests_total{outcome="limited"} 1.0' in metrics


async def test_a_form_has_to_come_in_time(tmp_path: Path) -> None:
    async with hub_site(tmp_path, body_deadline_seconds=0.2) as site, wired(URL(site.url).port or 0) as wire:
        lines = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 30")
        wire.writer.write(request("POST", "/hub", *lines) + b"hub.mode=")
        dribbling = asyncio.create_task(_dribble(wire))
        said = await wire.hear()
        assert (said.status, said["Content-Type"], said["Connection"]) == (408, "text/plain; charset=utf-8", "close")
        dribbling.cancel()
        assert await wire.ended()
        assert site.hub.requests == {"accepted": 0, "refused": 0, "limited": 0}


async def test_a_form_may_take_longer_than_the_head_of_its_request(tmp_path: Path) -> None:
    async with hub_site(tmp_path, head_seconds=0.1) as site, wired(URL(site.url).port or 0) as wire:
        form = b"hub.mode=listen"
        lines = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}")
        wire.writer.write(request("POST", "/hub", *lines))
        for byte in form:
            await asyncio.sleep(0.02)
            wire.writer.write(bytes([byte]))
        assert (await wire.hear()).status == 400
        await asyncio.sleep(0.3)  # the next request has begun with none of these bytes
        assert (await wire.ask(request("POST", "/hub", *lines) + form)).status == 400


async def _dribble(wire: Wire) -> None:
    while True:
        wire.writer.write(b"x")
        await asyncio.sleep(0.05)
