"""Searching over HTTP: any query is a feed, and a page; wrong ones are told what is wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import aiohttp
import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from yarl import URL

from feeder.query import QueryError, parse
from feeder.render import Site
from feeder.web.prepared import Limits
from feeder.web.search import SEARCHES
from live import NOON, SITE, Live, Plan, article, serving, until
from program import Place, Serve
from shown_page import BROWSER, page, text_of

SUFFIXES = ("rss", "atom", "json")
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


def listed(document: html.HtmlElement) -> list[str]:
    return [found.text_content() for found in document.xpath("//ol//h3/a")]


async def titles(live: Live, query: str, suffix: str = "json") -> list[str]:
    status, body, _ = await live.get(f"/feeds/search.{suffix}?q={quote(query)}")
    assert status == 200
    if suffix == "json":
        return [item["title"] for item in json.loads(body)["items"]]
    return [entry["title"] for entry in feedparser.parse(body)["entries"]]


def problem(answer: tuple[int, bytes, dict[str, str]]) -> tuple[int, str]:
    status, body, headers = answer
    assert headers["Content-Type"] == "application/problem+json"
    return status, json.loads(body)["detail"]


async def weather(live: Live) -> None:
    await live.accept(
        article("Rain in the north", published=MARCH),
        article("Rain in the south", published=MARCH + timedelta(days=1), keywords=("rain & wind",)),
        article("Sunshine", "No clouds."),
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_any_query_is_a_feed_of_what_matches(live: Live, suffix: str) -> None:
    await weather(live)
    assert await titles(live, "rain", suffix) == ["Rain in the south", "Rain in the north"]
    assert await titles(live, "rain -south", suffix) == ["Rain in the north"]
    assert await titles(live, 'tag:"rain & wind" OR sunshine', suffix) == ["Rain in the south", "Sunshine"]
    assert await titles(live, "snow", suffix) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_it_is_served_as_every_feed_is_but_for_its_date(live: Live, suffix: str) -> None:
    await weather(live)
    _, _, feed = await live.get(f"/feeds/all.{suffix}")
    status, body, headers = await live.get(f"/feeds/search.{suffix}?q=rain")
    assert status == 200
    assert set(feed) - set(headers) == {"Last-Modified"}
    same = ("Content-Type", "Cache-Control", "Vary", "Access-Control-Allow-Origin", "Content-Security-Policy")
    assert {name: headers[name] for name in same} == {name: feed[name] for name in same}
    assert headers["X-Content-Type-Options"] == "nosniff"
    live_on = f"/events?q=rain&since={(await live.store.read(2, 1))[0].cursor}"
    assert headers["Link"] == (
        f'<https://news.example/feeds/search.{suffix}?q=rain>; rel="self", '
        f'<{live_on}>; rel="alternate"; type="text/event-stream", '
        '<https://news.example/search?q=rain>; rel="alternate"; type="text/html"'
    )
    assert f"https://news.example{live_on}" in unescape(body.decode())
    _, _, nothing = await live.get(f"/feeds/search.{suffix}?q=fog%20%3Cx")
    assert "</events?q=fog%20%3Cx&since=earliest>" in nothing["Link"]  # what was found once may have left since
    head = await live.ask("HEAD", f"/feeds/search.{suffix}?q=rain")
    assert head[:2] == (200, b"")
    assert {k: v for k, v in head[2].items() if k != "Date"} == {k: v for k, v in headers.items() if k != "Date"}
    assert (await live.ask("OPTIONS", f"/feeds/search.{suffix}?q=rain"))[0] == 204
    refused = await live.ask("POST", f"/feeds/search.{suffix}?q=rain")
    assert (refused[0], refused[2]["Allow"]) == (405, "GET,HEAD,OPTIONS")


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_polling_again_ends_in_304_until_something_else_is_found(live: Live, suffix: str) -> None:
    await weather(live)
    place = f"/feeds/search.{suffix}?q=rain"
    _, _, first = await live.get(place)
    await live.accept(article("More sunshine", "It was warm."))
    status, body, again = await live.get(place, **{"If-None-Match": first["ETag"]})
    assert (status, body, again["ETag"]) == (304, b"", first["ETag"])
    (event,) = await live.accept(article("Rain again"))
    status, _, changed = await live.get(place, **{"If-None-Match": first["ETag"]})
    assert status == 200
    await live.retract(event.article_id)
    status, _, back = await live.get(place, **{"If-None-Match": changed["ETag"]})
    assert (status, back["ETag"]) == (200, first["ETag"])
    dated = await live.get(place, **{"If-Modified-Since": "Mon, 01 Jan 2035 00:00:00 GMT"})
    assert dated[0] == 200  # no date can say it


async def test_each_coding_has_the_same_bytes_and_a_tag_of_its_own(live: Live) -> None:
    await live.accept(*(article(f"Rain, part {number}", "It rained. " * 50) for number in range(9)))
    _, plain, bare = await live.get("/feeds/search.json?q=rain", **{"Accept-Encoding": "identity"})
    async with live.session.get(
        f"{live.url}/feeds/search.json?q=rain", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
    ) as coded:
        assert coded.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await coded.read()) == plain
        tag = coded.headers["ETag"]
    assert tag == bare["ETag"][:-1] + '-gzip"'
    wanted = {"If-None-Match": tag, "Accept-Encoding": "gzip"}
    assert (await live.get("/feeds/search.json?q=rain", **wanted))[0] == 304


async def test_however_it_is_asked_the_same_query_is_one_answer_with_one_address(live: Live) -> None:
    await weather(live)
    asked = (
        "q=%20rain%20-south",
        "q=rain+-south&_=123",
        "utm_source=x&q=rain+AND+-south",
        "q=rain%E3%80%80%E2%88%92south",
    )
    answers = [await live.get(f"/feeds/search.atom?{query}") for query in asked]
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, body, _ in answers}) == 1
    own = "https://news.example/feeds/search.atom?q=rain%20-south"
    cursor = (await live.store.read(0, 1))[0].cursor
    live_on = f"/events?q=rain%20-south&since={cursor}"
    page = '<https://news.example/search?q=rain%20-south>; rel="alternate"; type="text/html"'
    links = f'<{own}>; rel="self", <{live_on}>; rel="alternate"; type="text/event-stream", {page}'
    assert {headers["Link"] for _, _, headers in answers} == {links}
    root = etree.fromstring(answers[0][1])
    assert root.findtext("{*}id") == own
    assert {(link.get("rel"), link.get("href")) for link in root.findall("{*}link")} == {
        ("self", own),
        ("alternate", "https://news.example/search?q=rain%20-south"),
        ("alternate", f"https://news.example{live_on}"),
    }
    assert root.findtext("{*}title") == "Search: rain -south – The Daily Test"


async def test_the_feed_says_when_what_it_shows_was_last_changed(live: Live) -> None:
    (first,) = await live.accept(article("Rain"))
    live.clock.now = NOON + timedelta(hours=1)
    await live.accept(article("Sunshine", "No clouds."))
    top = json.loads((await live.get("/feeds/search.json?q=title:rain"))[1])
    assert top["_feeder"] == {
        "cursor": first.cursor,
        "stream": f"https://news.example/events?q=title:rain&since={first.cursor}",
        "updated": "2026-03-02T12:00:00+00:00",
    }
    assert top["feed_url"] == "https://news.example/feeds/search.json?q=title:rain"
    assert top["home_page_url"] == "https://news.example/search?q=title:rain"
    nothing = json.loads((await live.get("/feeds/search.json?q=snow"))[1])
    assert nothing["_feeder"] == {
        "stream": "https://news.example/events?q=snow&since=earliest",
        "updated": "2000-01-01T00:00:00+00:00",
    }


async def test_what_was_accepted_is_found_at_once_and_what_was_withdrawn_never_again(live: Live) -> None:
    assert await titles(live, "storm") == []
    await live.store.accept([live._take(article("A storm"))], now=NOON)  # and nobody has been told yet
    assert await titles(live, "storm") == ["A storm"]
    await live.store.retract(article("A storm").id, now=NOON, reason="killed")
    assert await titles(live, "storm") == []


async def test_at_most_as_many_articles_as_a_feed_has(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path, entries=2)) as live:
        await live.accept(*(article(f"Rain {day}", published=MARCH - timedelta(days=day)) for day in range(4)))
        assert await titles(live, "rain") == ["Rain 0", "Rain 1"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "There is no query; write one behind q=, as in /feeds/search.rss?q=harbour."),
        ("?x=1", "There is no query; write one behind q=, as in /feeds/search.rss?q=harbour."),
        ("?q=", "The query is empty; write at least one word."),
        ("?q=%20-", "The query is empty; write at least one word."),
        ("?q=title:", "title: needs a value right behind the colon, as in title:harbour."),
        ("?q=a+%22b", "The quotation mark at character 3 has no partner; add one."),
        ("?q=" + "a" * 501, "The query has more than 500 characters; shorten it."),
        ("?q=a&q=b", "There is more than one query; write one, its alternatives parted by OR."),
    ],
)
async def test_a_query_that_cannot_be_meant_is_told_why(live: Live, query: str, sentence: str) -> None:
    answer = await live.get(f"/feeds/search.rss{query}")
    assert problem(answer) == (400, sentence)
    assert (answer[2]["Cache-Control"], answer[2]["Access-Control-Allow-Origin"]) == ("no-store", "*")


async def test_bytes_that_are_no_text_are_no_reason_to_fail(live: Live) -> None:
    await weather(live)
    for written in (b"q=rain%ff", b"q=rain\xff\xfe", b"q=%00rain", b"q=rain%ED%A0%80", b"q=rain%EF%BF%BE"):
        asked = b"GET /feeds/search.atom?" + written + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        status = int((await live.raw(asked)).split(b" ", 2)[1])
        assert status in {200, 400}, written


async def test_there_is_no_other_format_and_no_archive(live: Live) -> None:
    assert problem(await live.get("/feeds/search.xml?q=rain"))[0] == 404
    assert problem(await live.get("/feeds/search/archive/1.atom?q=rain"))[0] == 404


async def test_a_site_below_a_path_and_with_a_hub_names_its_own_addresses_and_no_hub(tmp_path: Path) -> None:
    site = dataclasses.replace(SITE, base_url="https://news.example/daily", hub="https://news.example/hub")
    async with serving(Plan(folder=tmp_path, site=site)) as live:
        _, body, headers = await live.get("/feeds/search.atom?q=rain")
        assert "hub" not in headers["Link"]
        assert b"hub" not in body
        assert b"https://news.example/daily/feeds/search.atom?q=rain" in body
        document = await page(live, "/search?q=rain")
        assert document.xpath("//form/@action") == ["/daily/search"]
        assert document.xpath("//link[@rel='search']/@href") == ["/daily/opensearch.xml"]


async def test_one_search_too_many_is_asked_to_come_again(live: Live) -> None:
    await weather(live)
    searches = live.runner.app[SEARCHES]
    limits = Limits()
    asked = [live.get(f"/feeds/search.json?q=rain+OR+{number}") for number in range(limits.waiting + 5)]
    async with AsyncExitStack() as turns:
        for _ in range(limits.at_once):
            await turns.enter_async_context(searches._prepared._turn())
        first = asyncio.as_completed(asked)
        refused = [await next(first) for _ in range(5)]
    served = [await one for one in first]
    assert {(status, headers["Retry-After"]) for status, _, headers in refused} == {(503, "5")}
    assert {status for status, _, _ in served} == {200}
    assert len(served) == limits.waiting


async def test_an_article_that_a_format_cannot_say_is_left_out_of_it_alone(live: Live) -> None:
    await live.accept(article("Rain"), article("Bad rain", html="<p>\x01</p>"))
    assert await titles(live, "rain", "rss") == await titles(live, "rain", "atom") == ["Rain"]
    assert sorted(await titles(live, "rain")) == ["Bad rain", "Rain"]


async def test_what_is_under_way_ends_with_the_service(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path)) as live:
        searches = live.runner.app[SEARCHES]
        async with AsyncExitStack() as turns:
            for _ in range(Limits().at_once):
                await turns.enter_async_context(searches._prepared._turn())
            asking = asyncio.create_task(live.get("/feeds/search.json?q=rain"))
            await until(lambda: searches._prepared._under_way)
            await live.runner.cleanup()
            assert not searches._prepared._under_way
            with pytest.raises(aiohttp.ClientError):
                await asking


class TestPage:
    """``/search``, for people."""

    async def test_without_a_query_it_is_a_form_and_tells_the_language(self, live: Live) -> None:
        document = await page(live, "/search")
        (form,) = document.xpath("//form")
        assert (form.get("method"), form.get("action"), form.get("role")) == ("get", "/search", "search")
        assert document.xpath("//label/@for") == document.xpath("//input[@type='search']/@id")
        assert document.xpath("//details[@open]//dt/code/text()")[:2] == ["harbour bridge", '"harbour bridge"']
        assert not document.xpath("//ol")
        assert not document.xpath("//meta[@name='robots']")
        assert (await page(live, "/search?q=+")).xpath("//details[@open]")
        for example in document.xpath("//dt/code/text()"):
            parse(example)

    async def test_it_lists_what_matches_and_how_many(self, live: Live) -> None:
        await weather(live)
        document = await page(live, "/search?q=Rain&x=1")
        assert listed(document) == ["Rain in the south", "Rain in the north"]
        assert text_of(document, "//h2[@id='found']") == "2 articles"
        assert document.xpath("//input/@value") == ["Rain"]
        assert document.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert text_of(document, "//title") == "Rain · Search · The Daily Test"
        for link in document.xpath("//ol//h3/a/@href"):
            assert (await live.get(link))[0] == 200
        assert text_of(await page(live, "/search?q=sunshine"), "//h2[@id='found']") == "1 article"

    async def test_where_they_say_it_is_marked(self, live: Live) -> None:
        text = "Nothing at all. " * 40 + "Then <b>rain</b> & the wínd came, and rainbows."
        await live.accept(article("Rain, the north", text, summary="", byline="By A. Wind"))
        document = await page(live, "/search?q=rain+wind+-snow")
        assert document.xpath("//h3//mark/text()") == ["Rain"]
        assert document.xpath("//p[@class='facts']//mark/text()") == ["Wind"]
        assert document.xpath("//p[@class='snippet']/mark/text()") == ["rain", "wínd"]
        snippet = text_of(document, "//p[@class='snippet']")
        assert snippet.startswith("… Nothing at all.")
        assert snippet.endswith("Then <b>rain</b> & the wínd came, and rainbows.")
        assert len(snippet) < 260

    async def test_of_many_it_lists_a_page_and_leads_to_older_ones_and_back(self, live: Live) -> None:
        await live.accept(*(article(f"Rain {day}", published=MARCH - timedelta(days=day)) for day in range(61)))
        first = await page(live, "/search?q=rain&x=1")
        assert text_of(first, "//h2[@id='found']") == "Articles 1 to 30, the newest first"
        assert listed(first) == [f"Rain {day}" for day in range(30)]
        assert first.xpath("//nav[@class='turn']/a/@href") == ["/search?q=rain&page=2"]
        second = await page(live, "/search?q=rain&page=2")
        assert text_of(second, "//h2[@id='found']") == "Articles 31 to 60, the newest first"
        assert listed(second) == [f"Rain {day}" for day in range(30, 60)]
        assert second.xpath("//nav[@class='turn']/a/@href") == ["/search?q=rain", "/search?q=rain&page=3"]
        assert second.xpath("//ol/@start") == ["31"]
        last = await page(live, "/search?q=rain&page=3")
        assert (listed(last), last.xpath("//nav[@class='turn']/a/@rel")) == (["Rain 60"], ["prev"])
        assert text_of(await page(live, "/search?q=rain&page=4"), "//h2[@id='found']") == "Nothing older"
        for odd in ("0", "11", "-1", "x", "2 "):
            assert listed(await page(live, f"/search?q=rain&page={quote(odd)}")) == listed(first)
        few = await page(live, "/search?q=" + quote(" ".join(["rain", *(f"-{day}" for day in range(30, 61))])))
        assert text_of(few, "//h2[@id='found']") == "30 articles"

    async def test_readers_find_the_feeds_of_what_was_searched_for(self, live: Live) -> None:
        await weather(live)
        document = await page(live, "/search?q=%22rain%22++%3Cnorth%3E")
        addresses = [f"https://news.example/feeds/search.{suffix}?q=rain%20%3Cnorth%3E" for suffix in SUFFIXES]
        links = document.xpath("//link[@rel='alternate']")
        live_on = "https://news.example/events?q=rain%20%3Cnorth%3E"
        assert [link.get("href") for link in links] == [*addresses, live_on]
        assert links[0].get("title") == "Search: rain <north> – The Daily Test (RSS)"
        assert document.xpath("//div[@class='subscribe']//dd/a/@href") == addresses
        assert document.xpath("//button[@hidden]/@data-copy")[:3] == addresses
        assert f"curl -N '{live_on}'" in document.xpath("//pre/code/text()")
        for address in addresses:
            status, _, headers = await live.ask("HEAD", address.removeprefix("https://news.example"))
            assert status == 200
            kind = headers["Content-Type"].partition(";")[0]
            assert kind in document.xpath(f'//link[@href="{address}"]/@type')

    async def test_of_nothing_found_it_helps_on(self, live: Live) -> None:
        document = await page(live, "/search?q=snow")
        assert text_of(document, "//h2[@id='found']") == "No articles"
        assert document.xpath("//details[@open]")
        assert len(document.xpath("//div[@class='subscribe']//dd/a")) == 3  # what is to come can be followed anyway

    async def test_a_query_that_cannot_be_meant_stays_to_be_mended(self, live: Live) -> None:
        document = await page(live, "/search?q=rain+%22%3Cb%3E", 400)
        assert text_of(document, "//p[@id='mistake']") == "The quotation mark at character 6 has no partner; add one."
        assert document.xpath("//input/@value") == ['rain "<b>']
        assert document.xpath("//input/@aria-describedby") == ["mistake"]
        assert document.xpath("//details[@open]")
        assert (await live.get("/search?q=%22"))[2]["Cache-Control"] == "no-store"

    async def test_articles_keep_their_language_and_direction(self, live: Live) -> None:
        await live.accept(article("عاجل: خبر rain", slug="ar", language="ar"), article("Rain", language="en"))
        listed = (await page(live, "/search?q=rain")).xpath("//ol//article")
        assert {(one.get("lang"), one.get("dir")) for one in listed} == {("ar", "rtl"), ("en", "ltr")}

    async def test_whoever_has_it_is_told_so_until_something_else_is_found(self, live: Live) -> None:
        await weather(live)
        tags = [(await live.get(path))[2]["ETag"] for path in ("/search", "/search?q=rain")]
        assert (await live.get("/search", **{"If-None-Match": tags[0]}))[0] == 304
        assert (await live.get("/search?q=rain", **{"If-None-Match": tags[1]}))[0] == 304
        await live.accept(article("Rain again"))
        assert (await live.get("/search?q=rain", **{"If-None-Match": tags[1]}))[0] == 200

    @pytest.mark.parametrize("path", ["/", "/feeds/", "/search", "/nothing"])
    async def test_every_page_leads_to_it(self, live: Live, path: str) -> None:
        _, body, _ = await live.get(path, **BROWSER)
        document = html.document_fromstring(body.decode())
        assert "/search" in document.xpath("//nav//a/@href")
        assert document.xpath("//link[@rel='search']/@href") == ["/opensearch.xml"]


async def test_browsers_find_how_to_search(live: Live) -> None:
    await weather(live)
    status, body, headers = await live.get("/opensearch.xml")
    assert (status, headers["Content-Type"]) == (200, "application/opensearchdescription+xml; charset=utf-8")
    places = {url.get("type"): url.get("template") for url in etree.fromstring(body).iter("{*}Url")}
    assert len(places) == 5
    for kind in ("text/html", "application/rss+xml", "application/atom+xml", "application/feed+json"):
        place = places[kind].replace("{searchTerms}", "rain").removeprefix("https://news.example")
        answer = await live.get(place)
        assert (answer[0], answer[2]["Content-Type"].partition(";")[0]) == (200, kind)
        assert b" in the north" in answer[1]
    assert (await live.get("/opensearch.xml", **{"If-None-Match": headers["ETag"]}))[0] == 304


async def test_the_service_answers_in_the_formats_and_the_size_of_its_feeds(place: Place, serve: Serve) -> None:
    place.settings |= {"feeds.formats": "rss,atom", "feeds.entries": "2", "site.base_url": "https://news.example"}
    for day in (1, 2, 3):
        place.drop(f"{day}.txt", f" date 2026-01-0{day} Storm {day}\n\nThe harbour was closed for a day and a night.\n")
    address = "/feeds/search.atom?q=%22harbour+was%22"
    running = await serve()

    async def found() -> list[str]:
        return [entry["title"] for entry in feedparser.parse((await running.get(address))[1])["entries"]]

    async def both() -> bool:
        return await found() == ["Storm 3", "Storm 2"]

    await running.until(both)
    status, before, headers = await running.get(address)
    assert (await running.get("/feeds/search.json?q=harbour"))[0] == 404
    assert b">3 articles<" in (await running.get("/search?q=harbour"))[1]
    await running.stop()
    again = await serve()
    assert (await again.get(address))[:2] == (status, before)  # the same log, the same bytes
    assert (await again.get(address, **{"If-None-Match": headers["ETag"]}))[0] == 304


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_the_address_of_a_query_leads_to_the_same_query(written: str) -> None:
    try:
        query = parse(written)
    except QueryError:
        return
    site = Site(title="x", base_url="https://news.example")
    address = site.search_url(str(query), "atom")
    assert address.isascii()
    assert not set(address) & set(' "<>\\^`{}|&#')
    assert parse(URL(address, encoded=True).query["q"]) == query
