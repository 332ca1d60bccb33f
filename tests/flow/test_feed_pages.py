"""The pages of the feeds over HTTP: all of them, and one with its articles and ways to follow it."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeder.model import Feed
from live import SITE, Live, Plan, article, serving
from shown_page import page, text_of

BASE = "https://news.example"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
FERRIES = Feed(name="ferries", title="Ferries", description="Whatever floats.", shelf="=ferries", formats=("atom",))


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


async def test_all_feeds_have_their_addresses_on_one_page(live: Live) -> None:
    await live.accept(article("A storm", section="World", sections=("world",)))
    document = await page(live, "/feeds/")
    addresses = document.xpath("//ul[@class='feeds']//a/@href | //div[@class='subscribe']//dd/a/@href")
    assert addresses == [
        *(f"{BASE}/feeds/all.{suffix}" for suffix in ("rss", "atom", "json")),
        "/feeds/world/",
        *(f"{BASE}/feeds/world.{suffix}" for suffix in ("rss", "atom", "json")),
        f"{BASE}/feeds.opml",
    ]
    for address in addresses:
        assert (await live.ask("HEAD", address.removeprefix(BASE)))[0] == 200, address
    copied = document.xpath("//button[@hidden]/@data-copy")
    assert {f"{BASE}/feeds/all.rss", f"{BASE}/feeds/world.rss", f"{BASE}/feeds.opml"} < set(copied)
    assert document.xpath("//a[starts-with(@href, 'feed:')]/@href") == [f"feed:{BASE}/feeds/all.rss"]
    assert text_of(document, "//ul[@class='feeds']//a[@class='feed']") == "World"


async def test_the_hub_is_told_where_there_is_one(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path)) as live:
        assert "WebSub" not in text_of(await page(live, "/feeds/"), "//main")
        assert "WebSub" not in text_of(await page(live, "/feeds/all/"), "//main")
    async with serving(Plan(folder=tmp_path, site=replace(SITE, hub=f"{BASE}/hub"))) as live:
        assert f"{BASE}/hub" in (await page(live, "/feeds/")).xpath("//code/text()")
        assert "WebSub" in text_of(await page(live, "/feeds/all/"), "//main")


async def test_the_page_of_a_feed_has_its_newest_articles_and_how_to_follow_it(live: Live) -> None:
    world: dict[str, Any] = {"section": "World", "sections": ("world",)}
    await live.accept(
        article("Rain", published=MARCH, **world),
        article("A storm", published=MARCH + timedelta(days=1), **world),
        article("A game"),
    )
    await live.accept(article("Rain", "More of it.", published=MARCH, **world))
    document = await page(live, "/feeds/world/")
    assert document.xpath("//ol//h3/a/text()") == ["A storm", "Rain"]
    assert text_of(document, "//h1") == "World"
    assert text_of(document, "//title") == "World · The Daily Test"
    assert document.xpath("//link[@rel='canonical']/@href") == [f"{BASE}/feeds/world/"]
    links = document.xpath("//link[@rel='alternate']/@href")
    assert links == [
        *(f"{BASE}/feeds/world.{suffix}" for suffix in ("rss", "atom", "json")),
        f"{BASE}/events?feed=world",
    ]
    assert document.xpath("//div[@class='subscribe']//dd/a/@href") == links[:3]
    assert text_of(document, "//h1 | //header[@class='of-feed']//a[@class='button']") == "World Follow in a reader"
    assert "archive" not in text_of(document, "//main")


async def test_every_command_to_try_listens(live: Live) -> None:
    await live.accept(article("A storm", language="en"))
    lines = (await page(live, "/feeds/all/")).xpath("//pre/code/text()")
    assert lines == (await page(live, "/feeds/")).xpath("//pre/code/text()")
    assert len(lines) == 5
    for line in lines:
        address = shlex.split(line)[-1].removeprefix(BASE)
        status, _, headers = await live.get(f"{address}&poll=1" if "poll" not in address else address)
        assert (status, headers["Content-Type"]) == (200, "text/event-stream"), line


async def test_the_feed_of_everything_is_called_so(live: Live) -> None:
    document = await page(live, "/feeds/all/")
    assert text_of(document, "//h1") == "Everything"
    assert "There is no article here now." in text_of(document, "//main")


async def test_a_chosen_feed_stands_by_itself_in_its_formats(tmp_path: Path) -> None:
    site = replace(SITE, feeds=(FERRIES,))
    async with serving(Plan(folder=tmp_path, site=site, feeds=[FERRIES], page_size=1)) as live:
        await live.accept(article("A ferry"), article("A game"))
        index = await page(live, "/feeds/")
        assert text_of(index, "//section[@aria-labelledby='chosen']//li").startswith("Ferries Ferries as Atom")
        assert text_of(index, "//p[@class='about']") == "Whatever floats."
        document = await page(live, "/feeds/ferries/")
        assert document.xpath("//div[@class='subscribe']//dd/a/@href") == [f"{BASE}/feeds/ferries.atom"]
        assert text_of(document, "//p[@class='lead']") == "Whatever floats."
        everything = await page(live, "/feeds/all/")
        (last,) = everything.xpath("//a[contains(@href, '/archive/')]/@href")
        assert last == f"{BASE}/feeds/all/archive/2.rss"
        assert (await live.get(last.removeprefix(BASE)))[0] == 200
        assert "2 pages of older articles stand behind it" in text_of(everything, "//main")


async def test_an_address_without_its_slash_and_the_search_lead_on(live: Live) -> None:
    moves = {
        "/feeds/all": "/feeds/all/",
        "/feeds/all?x=1": "/feeds/all/?x=1",
        "/feeds/search": "/search",
        "/feeds/search/?q=rain": "/search?q=rain",
    }
    for path, place in moves.items():
        status, _, headers = await live.get(path)
        assert (status, headers["Location"]) == (301, place)


async def test_of_what_is_no_feed_there_is_no_page(live: Live) -> None:
    for path in ("/feeds/nothing/", "/feeds/nothing", "/feeds/All/", "/feeds/../x/"):
        await page(live, path, 404)


async def test_before_it_is_published_the_page_of_a_feed_is_asked_for_again(live: Live) -> None:
    publisher = live.publisher
    await live.accept(article("A storm", section="World", sections=("world",)), publish=False)
    await publisher.listed()
    assert "world" in {feed.name for feed in publisher.known()}
    status, _, headers = await live.get("/feeds/world/")
    assert (status, headers["Retry-After"]) == (503, "5")
    assert (await live.get("/feeds/world"))[0] == 301
    await publisher.publish()
    assert (await live.get("/feeds/world/"))[0] == 200


async def test_with_five_hundred_sections_the_page_stays_small_and_has_letters(live: Live) -> None:
    names = [f"{letter}{number} section of the paper" for letter in "abcdefghij" for number in range(50)]
    await live.accept(*(article(name, section=name.title(), sections=(name.replace(" ", "-"),)) for name in names))
    status, body, headers = await live.get("/feeds/", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert int(headers["Content-Length"]) < 50_000
    document = html.document_fromstring(body.decode())
    assert document.xpath("//nav[@class='letters']/a/@href") == [f"#{letter}" for letter in "ABCDEFGHIJ"]
    assert len(document.xpath("//div[@class='letter'][3]//li")) == 50
    assert document.xpath("//*[@id='C']")
    assert len(document.xpath("//link[@rel='alternate']")) == 80
