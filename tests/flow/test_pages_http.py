"""Pages: every link in a feed leads somewhere, nothing runs in them, and errors help."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeder.likeness import sketch
from feeder.model import Feed, Person
from live import NOON, SITE, Live, Plan, article, serving
from shown_page import BROWSER, page, text_of

RELATED = "//nav[contains(@class, 'related')]"
FORMATS = ("rss", "atom", "json")
LIVE = "events?feed=all"
KOLKATA = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


async def test_the_front_page_shows_each_story_once_and_leads_to_sections_and_feeds(live: Live) -> None:
    for number in range(22):
        fields: dict[str, Any] = {"section": "World", "sections": ("world",)} if number < 12 else {}
        await live.accept(article(f"Story {number}", published=NOON - timedelta(hours=number), **fields), publish=False)
    await live.accept(article("A <b>game</b> & more", published=NOON - timedelta(days=400), correction="It was 2:1."))
    document = await page(live, "/")
    titles = document.xpath("//main//article//a[@data-is='title']/text()")
    assert text_of(document, "//section[@class='lead-story']//h2") == "Story 0"
    assert document.xpath("//section[@class='latest']//h3/a/text()") == [f"Story {number}" for number in range(5, 16)]
    assert document.xpath("//section[@class='amends']//h3/a/text()") == []
    assert len(titles) == len(set(titles)) == 16
    assert {*document.xpath("//section[@class='follow']//a/@href")} >= {"https://news.example/feeds/all.rss", "/feeds/"}
    for link in document.xpath("//main//article//a/@href"):
        await page(live, link)


async def test_what_was_amended_lately_is_told_and_an_archive_is_not_news(live: Live) -> None:
    for number in range(17):
        await live.accept(article(f"Story {number}", published=NOON - timedelta(hours=number)), publish=False)
    old: dict[str, Any] = {"published": NOON - timedelta(days=400), "section": "Sport", "sections": ("sport",)}
    await live.accept(article("A <b>game</b> & more", **old), article("Another", **old), publish=False)
    await live.accept(article("Another", correction="It was 2:1.", **old), publish=False)
    await live.retract(article("Story 3").id)
    document = await page(live, "/")
    assert text_of(document, "//section[@class='amends']//li") == "2 March 2026, 12:00 UTC An article was withdrawn"
    assert document.xpath("//section[@class='amends']//a/@href") == ["/articles/story-3"]
    assert text_of(document, "//section[@aria-labelledby='in-sport']/ol/li//h3") == "Another A <b>game</b> & more"
    assert text_of(document, "//p[@class='note' and not(@hidden)]") == "Correction. It was 2:1."
    assert text_of(document, "//*[@class='mark' and not(@hidden)]") == "Corrected"
    assert len(document.xpath("//article[@data-news]")) == 16


async def test_the_page_knows_how_far_it_has_read(live: Live) -> None:
    assert (await page(live, "/")).xpath("//body/@data-cursor") == ["0"]
    (event,) = await live.accept(article("A storm"))
    document = await page(live, "/")
    assert document.xpath("//body/@data-cursor") == [event.cursor]
    (script,) = document.xpath("//script/@src")
    status, body, headers = await live.get(script, **{"Accept-Encoding": "br"})
    assert (status, headers["Content-Encoding"], b"EventSource" in body) == (200, "br", True)


async def test_an_empty_site_says_so(live: Live) -> None:
    assert "Nothing has been published yet" in text_of(await page(live, "/"), "//main")


@pytest.mark.parametrize("path", ["/", "/feeds/"])
async def test_readers_find_the_feeds_by_themselves(live: Live, path: str) -> None:
    await live.accept(article("A storm"))
    links = (await page(live, path)).xpath("//link[@rel='alternate']")
    assert [(link.get("type"), link.get("href")) for link in links] == [
        ("application/rss+xml", "https://news.example/feeds/all.rss"),
        ("application/atom+xml", "https://news.example/feeds/all.atom"),
        ("application/feed+json", "https://news.example/feeds/all.json"),
        ("text/event-stream", "https://news.example/events?feed=all"),
    ]


async def test_a_configured_feed_is_found_where_its_articles_are(tmp_path: Path) -> None:
    latest = Feed(name="latest", title="Latest", entries=3)
    site = replace(SITE, feeds=(Feed(name="all", title=SITE.title), latest))
    async with serving(Plan(folder=tmp_path, site=site, feeds=[*site.feeds])) as live:
        await live.accept(article("A storm", section="World", sections=("world",)))
        found = (await page(live, "/articles/a-storm")).xpath("//link[@rel='alternate' and contains(@href, '/feeds/')]")
        named = [link.get("href").removeprefix("https://news.example/feeds/") for link in found]
        assert named == [f"{name}.{suffix}" for name in ("all", "latest", "world") for suffix in FORMATS]
        assert [link.get("title") for link in found][-3:] == [
            "The Daily Test – World (RSS)",
            "The Daily Test – World (Atom)",
            "The Daily Test – World (JSON Feed)",
        ]


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/articles/a-storm", 410)])
async def test_a_page_that_is_not_there_leads_to_the_feeds_too(live: Live, path: str, status: int) -> None:
    (event,) = await live.accept(article("A storm"))
    await live.retract(event.article_id)
    links = (await page(live, path, status)).xpath("//link[@rel='alternate']/@href")
    assert links == [
        f"https://news.example/{place}" for place in (*(f"feeds/all.{suffix}" for suffix in FORMATS), LIVE)
    ]


async def test_an_article_with_all_that_it_says(live: Live) -> None:
    full = article(
        "A storm",
        html="<p>It <em>rained</em>.</p>",
        section="World",
        sections=("world",),
        authors=(Person("A. B."), Person("C. D.")),
        dateline="LISBON",
        published=datetime(2026, 3, 1, 9, 30, tzinfo=KOLKATA),
        published_precision="minute",
        correction="The town was misnamed.",
        keywords=("rain", "wind"),
        source="An agency",
        rights="© All rights",
    )
    await live.accept(full)
    document = await page(live, "/articles/a-storm")
    assert document.xpath("//link[@rel='canonical']/@href") == ["https://news.example/articles/a-storm"]
    assert text_of(document, "//h1") == "A storm"
    assert document.xpath("//article//header//time/@datetime") == ["2026-03-01T09:30+05:30"]
    assert text_of(document, "//article//header") == (
        "World A storm A. B., C. D. LISBON · 1 March 2026, 09:30 UTC+05:30"
    )
    assert document.xpath("//article//p[@class='section']/a/@href") == ["/feeds/world/"]
    assert text_of(document, "//aside") == "Correction The town was misnamed."
    assert b"<p>It <em>rained</em>.</p>" in html.tostring(document.xpath("//div[@class='body']")[0])
    footer = text_of(document, "//article/footer")
    assert footer.startswith("rain wind Source: An agency © All rights This story as it changes: live; as data: JSON")
    assert document.xpath("//footer//ul/li/a/@href") == ["/search?q=tag%3A%22rain%22", "/search?q=tag%3A%22wind%22"]
    assert "https://news.example/feeds/world.atom" in document.xpath("//link[@rel='alternate']/@href")


async def test_a_byline_is_shown_as_written(live: Live) -> None:
    await live.accept(article("A storm", authors=(Person("A. B."),), byline="By A. B. in Porto"))
    assert text_of(await page(live, "/articles/a-storm"), "//p[@class='byline']") == "By A. B. in Porto"


async def test_a_corrected_article_says_when(live: Live) -> None:
    await live.accept(article("A storm"))
    live.clock.now += timedelta(hours=1)
    await live.accept(article("A storm", "It was worse."))
    head = text_of(await page(live, "/articles/a-storm"), "//header[h1]")
    assert head.endswith("Updated 2 March 2026, 13:00 UTC · 2 versions")


@pytest.mark.parametrize(
    ("language", "direction"),
    [("de", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("ja", "ltr"), (None, "auto")],
)
async def test_an_article_runs_the_way_of_its_language(live: Live, language: str | None, direction: str) -> None:
    await live.accept(article("A storm", language=language))
    found = (await page(live, "/articles/a-storm")).xpath("//article")[0]
    assert (found.get("lang"), found.get("dir")) == (language, direction)


async def test_an_article_as_json_is_what_the_stream_sends(live: Live) -> None:
    (event,) = await live.accept(article("A storm"))
    status, body, headers = await live.get("/articles/a-storm.json")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert body == live.hub._encode(event)
    assert (await live.get("/articles/a-storm.json", **{"If-None-Match": headers["ETag"]}))[:2] == (304, b"")


async def test_a_retracted_article_is_gone_and_says_so(live: Live) -> None:
    (event,) = await live.accept(article("A storm", "The content."))
    assert b"The content." in (await live.get("/articles/a-storm"))[1]
    await live.retract(event.article_id)
    document = await page(live, "/articles/a-storm", 410)
    assert "withdrawn for good" in text_of(document, "//main")
    assert "2 March 2026, 12:00 UTC" in text_of(document, "//main")
    assert "The content." not in html.tostring(document).decode()
    assert document.xpath("//meta[@name='robots']/@content") == ["noindex"]
    status, body, _ = await live.get("/articles/a-storm.json")
    assert (status, json.loads(body)["_feeder"]["retracted"]) == (410, True)


async def test_a_page_is_not_sent_to_who_has_it(live: Live) -> None:
    await live.accept(article("A storm"))
    for path in ("/", "/feeds/", "/articles/a-storm"):
        _, _, headers = await live.get(path)
        status, body, said = await live.get(path, **{"If-None-Match": headers["ETag"]})
        assert (status, body, said["ETag"]) == (304, b"", headers["ETag"])
        assert (await live.ask("HEAD", path))[2]["ETag"] == headers["ETag"]
    _, _, before = await live.get("/")
    await live.accept(article("A game"))
    assert (await live.get("/", **{"If-None-Match": before["ETag"]}))[0] == 200


@pytest.mark.parametrize(
    "path", ["/nothing", "/articles/none", "/articles/None", "/articles/a%00b", "/articles/../etc"]
)
async def test_a_page_for_what_is_not_there(live: Live, path: str) -> None:
    document = await page(live, path, 404)
    assert "nothing at this address" in text_of(document, "//main")
    status, body, headers = await live.get(path, Accept="application/json")
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(body)["title"] == "Not Found"


async def test_a_page_for_a_method_that_is_not_taken(live: Live) -> None:
    status, body, headers = await live.ask("POST", "/", BROWSER)
    assert (status, headers["Allow"]) == (405, "GET,HEAD")
    assert b"does not take that kind of request" in body


async def test_a_fault_of_ours_is_a_page_without_a_traceback(live: Live) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    live.store.sections = broken  # type: ignore[method-assign, assignment]
    document = await page(live, "/", 500)
    assert "went wrong here" in text_of(document, "//main")
    assert "secret" not in html.tostring(document).decode()


async def test_an_asset_whose_address_has_its_version_may_be_kept_for_ever(live: Live) -> None:
    status, body, headers = await live.get("/static/style.css", **{"Accept-Encoding": "identity"})
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" not in headers["Cache-Control"]
    assert not re.search(rb"https?:|@import|url\(", body)
    fixed = f"/static/style.css?{headers['ETag'].strip(chr(34))}"
    assert (await live.get(fixed))[2]["Cache-Control"].endswith("immutable")
    assert (await live.ask("GET", fixed, {"If-None-Match": headers["ETag"], "Accept-Encoding": "identity"}))[0] == 304
    assert (await live.get("/static/none.css"))[0] == (await live.get("/static/..%2fpages.py"))[0] == 404


async def test_the_small_files_that_clients_ask_for(live: Live) -> None:
    for path in ("/favicon.ico", "/favicon.svg"):
        status, body, headers = await live.get(path)
        assert (status, headers["Content-Type"], body[:4]) == (200, "image/svg+xml", b"<svg")
    status, body, _ = await live.get("/robots.txt")
    assert status == 200
    assert body.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /events",
        "Disallow: /hub",
        "Disallow: /search",
        "Disallow: /feeds/search.",
        "",
        "Sitemap: https://news.example/sitemap.xml",
        "Sitemap: https://news.example/sitemap-news.xml",
    ]


async def test_titles_of_a_site_are_text_and_not_markup(tmp_path: Path) -> None:
    site = replace(SITE, title='<script>alert("x")</script>', description="<img src=x>", rights="<b>")
    async with serving(Plan(folder=tmp_path, site=site)) as live:
        document = await page(live, "/")
        assert text_of(document, "//h1") == site.title
        assert not document.xpath("//img | //b")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"garbage\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
    ],
)
async def test_garbage_on_the_wire_is_refused_quietly(
    live: Live, request_bytes: bytes, status: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await live.raw(request_bytes)
    assert answer.startswith((b"HTTP/1.1 %b " % status, b"HTTP/1.0 %b " % status))
    assert b"Traceback" not in answer
    assert caplog.records == []
    assert (await live.get("/"))[0] == 200


async def test_a_date_is_not_turned_round_by_a_text_that_runs_to_the_left(live: Live) -> None:
    await live.accept(article("A storm", language="ar", section="العالم", sections=("al-alm",)))
    for path in ("/", "/articles/a-storm"):
        for time in (await page(live, path)).xpath("//article//time"):
            assert (time.get("lang"), time.get("dir")) == ("en", "ltr")


async def test_an_article_names_the_other_ones_that_say_almost_the_same(live: Live) -> None:
    text = " ".join(f"word{number}" for number in range(200))
    await live.accept(article("Storm", text, sketch=sketch(text), source="The Wire"))
    await live.accept(article("The storm", text + " more", sketch=sketch(text + " more")))
    story = await page(live, "/articles/the-storm")
    assert text_of(story, f"{RELATED}//li") == "Storm The Wire · 1 March 2026"
    assert story.xpath(f"{RELATED}//a/@href") == ["/articles/storm"]
    _, item, _ = await live.get("/articles/the-storm.json")
    first = await live.store.by_slug("storm")
    assert first is not None
    assert json.loads(item)["_feeder"]["related"] == [first.article_id]
    await live.store.retract(first.article_id, now=NOON, reason="killed")
    assert not (await page(live, "/articles/the-storm")).xpath(RELATED)


async def test_who_asked_for_what_is_not_there_finds_it_by_searching(live: Live) -> None:
    await live.accept(article("A storm", section="World", sections=("world",)))
    lost = await page(live, "/articles/2026-03-01-storm-warning", 404)
    assert lost.xpath("//form[@action='/search']//input[@name='q']/@value") == ["storm warning"]
    assert "https://news.example/feeds/world.rss" in (await page(live, "/feeds/wrld.rss", 404)).xpath("//main//a/@href")
    assert not (await page(live, "/", 405, method="POST")).xpath("//form")


async def test_an_archive_that_is_taken_in_later_is_no_news(live: Live) -> None:
    await live.accept(article("Todays news", published=NOON, section="World", sections=("world",)))
    while await live.store.index(100):
        pass
    old = [article(f"Old {n}", published=NOON - timedelta(days=3000 - n)) for n in range(120)]
    await live.accept(*old, publish=False)
    document = await page(live, "/")
    assert document.xpath("//h2//a/text() | //h3//a/text()")[0] == "Todays news"


async def test_many_pages_that_are_asked_for_at_once_are_all_made(live: Live) -> None:
    await live.accept(*(article(f"Story {number}") for number in range(80)))
    found = await asyncio.gather(*(live.get(f"/articles/story-{number}") for number in range(80)))
    assert {status for status, _, _ in found} == {200}
