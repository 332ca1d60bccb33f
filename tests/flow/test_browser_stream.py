"""The live stream in a real browser: what ``EventSource`` makes of it when all goes well, and when it does not."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from between import Between, between
from browser import IN_ITS_LOOP
from event_source import KINDS, events, listen
from program import Place, Running, Serve
from sse_reader import Told
from streaming import streaming

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

pytestmark = IN_ITS_LOOP

SAME_ORIGIN = "/robots.txt"
"""A page of the service that has no policy of its own, so that its scripts may ask for whatever they like."""

ODD = "„Sturm“ \U0001f30a 嵐 data: id: 7 \\n"
"""What a stream may stumble over, as may U+2028."""


def port(running: Running) -> int:
    return urlsplit(running.url).port or 0


def story(number: int, body: str = "It rained.", **more: str) -> str:
    fields = {"title": f"Story {number}", "date": f"2026-03-{number % 28 + 1:02}", "language": "en"} | more
    return "\n".join(
        [
            "---",
            *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()),
            "---",
            "",
            body,
            "",
        ]
    )


async def listeners(running: Running, count: int) -> None:
    """Wait until the service counts so many."""

    async def counted() -> bool:
        metrics = (await running.get(running.operator + "/metrics"))[1].decode()
        return f"\nfeeder_stream_listeners {count}.0\n" in metrics

    await running.until(counted)


def written(told: Told) -> dict[str, Any]:
    """What a browser heard, as a line of the log."""
    return {"id": told.last_id, "event": told.name, "data": json.loads(told.data)}


@pytest_asyncio.fixture(loop_scope="session")
async def running(serve_here: Serve) -> Running:
    return await serve_here()


@pytest_asyncio.fixture(loop_scope="session")
async def way(running: Running) -> AsyncIterator[Between]:
    async with between(port(running)) as found:
        yield found


async def test_the_browser_reaches_this_machine_only(page: Page) -> None:
    ask = "url => fetch(url, {mode: 'no-cors'}).then(() => 'answered', () => 'not reached')"
    async with streaming() as here:
        assert await page.evaluate(ask, here.url) == "answered"
        for elsewhere in ("http://news.example/", f"http://localhost:{here.port}/", "http://192.0.2.1/"):
            assert await page.evaluate(ask, elsewhere) == "not reached"
        assert len(here.talks) == 1


@pytest.mark.parametrize(("drops", "coding"), [((), "gzip"), (("accept-encoding",), None)])
async def test_all_kinds_of_events_come_as_they_are_in_the_log(
    page: Page, running: Running, way: Between, drops: tuple[str, ...], coding: str | None
) -> None:
    """Browsers ask for gzip by themselves, and a script cannot have it otherwise; an intermediary can."""
    way.drops = drops
    await page.goto(way.url + SAME_ORIGIN)
    source = await listen(page, way.url + "/events")
    (checkpoint,) = await source.until_notice("checkpoint")
    assert [told.last_id for told in await source.heard()] == [checkpoint["cursor"]]

    async def next_is_told(count: int) -> Told:
        told = (await source.until_told(count))[-1]
        assert written(told) == (await running.log())[-1]
        return told

    running.place.drop("a.md", story(1, f"{ODD} \u2028 {ODD}", title=ODD))
    told = [await next_is_told(1)]
    running.place.drop("a.md", story(1, "It snowed.", title=ODD))
    told.append(await next_is_told(2))
    running.place.drop("a.md", story(1, "It hailed.", title=ODD, correction="It was hail, not snow."))
    told.append(await next_is_told(3))
    await running.command("/retract", id=json.loads(told[0].data)["id"])
    told.append(await next_is_told(4))
    assert tuple(one.name for one in told) == KINDS
    assert json.loads(told[0].data)["title"] == ODD
    assert [one.name for one in await source.heard()] == ["checkpoint", *KINDS]
    (passage,) = way.streams()
    assert (passage.said("Accept-Encoding") or "").startswith("gzip")
    assert passage.heard("Content-Encoding") == coding
    assert bytes(passage.body).count(b"\nevent: ") == (0 if coding else 5)
    wire = "sse-gzip" if coding else "sse"
    metrics = (await running.get(running.operator + "/metrics"))[1].decode().splitlines()
    assert f'feeder_stream_frames_total{{codec="{wire}"}} 4.0' in metrics


async def test_history_and_what_happens_meanwhile_are_one_walk(page: Page, place: Place, serve_here: Serve) -> None:
    for number in range(120):
        place.drop(f"{number}.md", story(number, ODD * 50))
    running = await serve_here()
    await running.until_log(120)
    await page.goto(running.url + SAME_ORIGIN)
    source = await listen(page, running.url + "/events?since=earliest")
    for number in range(120, 130):
        place.drop(f"{number}.md", story(number))
    told = await source.until_told(130)
    assert [written(one) for one in told] == await running.log()


async def test_a_cursor_that_cannot_be_honoured_is_told_and_the_stream_goes_on(
    page: Page, place: Place, running: Running
) -> None:
    place.drop("a.md", story(1))
    (first,) = await running.until_log(1)
    await page.goto(running.url + SAME_ORIGIN)
    cursors = {"nowhere.7": "unknown", first["id"].partition(".")[0] + ".7": "epoch"}
    sources = [await listen(page, f"{running.url}/events?last_event_id={cursor}") for cursor in cursors]
    for source, (cursor, reason) in zip(sources, cursors.items(), strict=True):
        (gap,) = await source.until_notice("gap")
        assert (gap["requested"], gap["reason"], gap["resumed_from"]) == (cursor, reason, first["id"])
        await source.until_notice("checkpoint")
    place.drop("b.md", story(2))
    _, second = await running.until_log(2)
    for source in sources:
        await source.until_told(1)
        heard = await source.heard()
        assert [told.name for told in heard] == ["gap", "checkpoint", "published"]
        assert [told.last_id for told in heard[1:]] == [first["id"], second["id"]]
        assert (await source.state(), await source.opened()) == ("open", 1)


async def test_who_finds_no_room_comes_back_by_itself_until_there_is(
    browser: BrowserContext, place: Place, serve_here: Serve
) -> None:
    place.drop("a.md", story(1))
    running = await serve_here("--set", "stream.max_listeners=1")
    await running.until_titles("Story 1")
    seated, turned_away = await browser.new_page(), await browser.new_page()
    await seated.goto(running.url + SAME_ORIGIN)
    await (await listen(seated, running.url + "/events")).until_notice("checkpoint")
    async with between(port(running)) as way:
        way.hurries = True
        await turned_away.goto(way.url + SAME_ORIGIN)
        source = await listen(turned_away, way.url + "/events?since=earliest")
        first, *_ = told = await source.until_notice("busy", 3)
        assert all(15 <= busy["retry_seconds"] <= 90 for busy in told)
        assert b"retry: %d\n" % round(first["retry_seconds"] * 1000) in way.streams()[0].body
        assert events(await source.heard()) == []
        await seated.close()
        (told_at_last,) = await source.until_told(1)
        assert json.loads(told_at_last.data)["title"] == "Story 1"
        assert await source.state() == "open"


async def test_over_a_restart_nothing_is_lost_and_nothing_doubled(page: Page, place: Place, serve_here: Serve) -> None:
    running = await serve_here()
    await page.goto(running.url + SAME_ORIGIN)
    source = await listen(page, running.url + "/events")
    await source.until_notice("checkpoint")
    for number in (1, 2):
        place.drop(f"{number}.md", story(number))
    await source.until_told(2)
    assert await running.stop() == 0
    (goodbye,) = await source.until_notice("goodbye")
    assert 1 <= goodbye["retry_seconds"] <= 5
    for number in (3, 4):
        place.drop(f"{number}.md", story(number))
    again = await serve_here("--port", str(port(running)))
    await source.until_told(4)
    place.drop("5.md", story(5))
    told = await source.until_told(5)
    assert [written(one) for one in told] == await again.log()
    assert await source.opened() == 2


async def test_a_page_of_another_origin_reads_on_after_a_cut_without_asking_leave(
    page: Page, place: Place, running: Running, way: Between
) -> None:
    """Nor does a script need more than the leave that it asks for if it sets ``Last-Event-ID`` itself."""
    await page.goto(running.url + SAME_ORIGIN)
    source = await listen(page, way.url + "/events?since=earliest")
    place.drop("a.md", story(1))
    (first,) = await source.until_told(1)
    way.cut()
    place.drop("b.md", story(2))
    told = await source.until_told(2)
    assert [written(one) for one in told] == await running.log()
    assert [one.said("Last-Event-ID") for one in way.streams()] == [None, first.last_id]
    assert [one.said("Origin") for one in way.streams()] == [running.url] * 2
    assert way.preflights() == []
    ask = "([url, id]) => fetch(url, {headers: {'Last-Event-ID': id}}).then(it => it.text())"
    text = await page.evaluate(ask, [way.url + "/events?poll=1&since=earliest", first.last_id])
    assert re.findall("^id: (.*)$", text, re.MULTILINE)[0] == told[1].last_id
    assert len(way.preflights()) == 1


async def test_tabs_hear_what_each_has_chosen_and_one_that_is_closed_is_gone(
    browser: BrowserContext, place: Place, running: Running
) -> None:
    one, two = await browser.new_page(), await browser.new_page()
    for tab in (one, two):
        await tab.goto(running.url + SAME_ORIGIN)
    everything = await listen(one, running.url + "/events")
    sport = await listen(two, running.url + "/events?section=sport")
    for source in (everything, sport):
        await source.until_notice("checkpoint")
    await listeners(running, 2)
    for number, section in enumerate(("world", "sport", "world", "sport"), 1):
        place.drop(f"{section}/{number}.md", story(number))
        await running.until_log(number)
    log = await running.log()
    assert [written(told) for told in await everything.until_told(4)] == log
    assert [written(told) for told in await sport.until_told(2)] == log[1::2]
    await one.close()
    await listeners(running, 1)
    place.drop("sport/5.md", story(5))
    assert written((await sport.until_told(3))[-1]) == (await running.log())[-1]
    await sport.close()
    await listeners(running, 0)
