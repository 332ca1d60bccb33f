"""The sitemaps over a real store: what they name, what is made anew, and how they are served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from feeder.editor.sitemaps import Sitemaps
from feeder.model import Event
from feeder.store import Store, open_store
from live import NOON, SITE, Live, Plan, article, serving, taken

SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PLACE = "https://news.example"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/feeder.db", data=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


def places(body: bytes | None) -> list[str]:
    assert body is not None
    return [found.text.removeprefix(PLACE) for found in etree.fromstring(body).iter(f"{SITEMAPS}loc")]


def changes(body: bytes | None) -> list[str]:
    assert body is not None
    return [found.text for found in etree.fromstring(body).iter(f"{SITEMAPS}lastmod")]


async def accept(store: Store, *titles: str, now: datetime = NOON) -> list[Event]:
    found: list[Event] = []
    for title in titles:
        found += (await store.accept([taken(article(title))], now=now)).events
    return found


async def test_a_small_site_has_one_sitemap(store: Store) -> None:
    maps = Sitemaps(store, SITE, size=2)
    assert places(await maps.whole()) == ["/", "/feeds/"]
    assert changes(await maps.whole()) == []
    await accept(store, "One", "Two")
    body = await maps.whole()
    assert places(body) == ["/", "/feeds/", "/articles/one", "/articles/two"]
    assert changes(body) == ["2026-03-02T12:00:00+00:00"] * 3


async def test_a_large_site_has_an_index_of_fixed_sets(store: Store) -> None:
    maps = Sitemaps(store, SITE, size=2)
    await accept(store, "One", "Two", "Three", "Four")
    await accept(store, "Five", now=NOON + timedelta(hours=1))
    body = await maps.whole()
    assert etree.fromstring(body).tag == f"{SITEMAPS}sitemapindex"
    assert places(body) == ["/sitemap/0.xml", "/sitemap/1.xml", "/sitemap/2.xml", "/sitemap/3.xml"]
    noon, later = "2026-03-02T12:00:00+00:00", "2026-03-02T13:00:00+00:00"
    assert changes(body) == [later, noon, noon, later]
    assert places(await maps.part(0)) == ["/", "/feeds/"]
    assert places(await maps.part(1)) == ["/articles/one", "/articles/two"]
    assert places(await maps.part(3)) == ["/articles/five"]
    assert await maps.part(4) is None


async def test_a_retracted_article_is_absent_and_so_is_a_sitemap_without_any(store: Store) -> None:
    maps = Sitemaps(store, SITE, size=2)
    one, two, *_ = await accept(store, "One", "Two", "Three", "Four")
    assert places(await maps.part(1)) == ["/articles/one", "/articles/two"]
    await store.retract(two.article_id, now=NOON + timedelta(hours=1), reason="killed")
    assert places(await maps.part(1)) == ["/articles/one"]
    assert changes(await maps.whole()) == ["2026-03-02T13:00:00+00:00"] * 2 + ["2026-03-02T12:00:00+00:00"]
    await store.retract(one.article_id, now=NOON + timedelta(hours=2), reason="killed")
    assert await maps.part(1) is None
    assert places(await maps.whole()) == ["/sitemap/0.xml", "/sitemap/2.xml"]


async def test_only_what_changed_is_made_anew(store: Store) -> None:
    maps = Sitemaps(store, SITE, size=2)
    _, _, third, _ = await accept(store, "One", "Two", "Three", "Four")

    async def look() -> int:
        before = maps.made
        for number in (1, 2, 1, 2):
            await maps.part(number)
        return maps.made - before

    assert await look() == 2
    assert await look() == 0
    await store.retract(third.article_id, now=NOON + timedelta(hours=1), reason="killed")
    assert await look() == 1


async def test_long_sitemaps_are_not_all_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeder.editor.sitemaps.KEPT_BYTES", 1000)
    monkeypatch.setattr("feeder.editor.sitemaps.STEP", 2)
    maps = Sitemaps(store, SITE, size=5)
    await accept(store, *(f"Story {number}" for number in range(20)))
    assert [len(places(await maps.part(number))) for number in (1, 2, 3, 4)] == [5, 5, 5, 5]
    assert sum(len(body) for _, body in maps._kept.values()) <= 1000
    assert places(await maps.part(1))[0] == "/articles/story-0"
    assert maps.made == 5


async def test_a_restart_gives_the_same_bytes(store: Store) -> None:
    await accept(store, "One", "Two", "Three")
    first, second = Sitemaps(store, SITE, size=2), Sitemaps(store, SITE, size=2)
    assert [await first.whole(), await first.part(1)] == [await second.whole(), await second.part(1)]


async def test_news_are_of_the_last_two_days_of_the_clock(store: Store) -> None:
    maps = Sitemaps(store, SITE)
    yesterday = article("Yesterday", published=NOON - timedelta(days=1), published_precision="second")
    today = article("Today", published=NOON - timedelta(hours=1), published_precision="second")
    old = article("Old", published=NOON - timedelta(days=3))
    await store.accept([taken(today), taken(yesterday), taken(old)], now=NOON)
    assert places(await maps.news(NOON)) == ["/articles/today", "/articles/yesterday"]
    assert places(await maps.news(NOON + timedelta(days=1, seconds=1))) == ["/articles/today"]
    assert places(await maps.news(NOON + timedelta(days=3))) == ["/"]
    assert maps.made == 3
    assert places(await maps.news(NOON)) == ["/articles/today", "/articles/yesterday"]


async def test_news_are_of_what_the_log_says_now(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeder.editor.sitemaps.MOST_NEWS", 2)
    maps = Sitemaps(store, SITE)
    recent = [article(f"Story {hour}", published=NOON - timedelta(hours=hour)) for hour in (1, 2, 3)]
    await store.accept([taken(one) for one in recent], now=NOON)
    assert places(await maps.news(NOON)) == ["/articles/story-1", "/articles/story-2"]
    await store.retract(recent[0].id, now=NOON, reason="killed")
    assert places(await maps.news(NOON)) == ["/articles/story-2", "/articles/story-3"]


async def test_maps_are_served_with_tags(live: Live) -> None:
    await live.accept(article("A storm", published=datetime(2026, 3, 2, tzinfo=UTC)))
    kinds = {
        "/sitemap.xml": "application/xml; charset=utf-8",
        "/sitemap/0.xml": "application/xml; charset=utf-8",
        "/sitemap/1.xml": "application/xml; charset=utf-8",
        "/sitemap-news.xml": "application/xml; charset=utf-8",
        "/robots.txt": "text/plain; charset=utf-8",
        "/feeds.opml": "text/x-opml; charset=utf-8",
    }
    for path, kind in kinds.items():
        status, body, headers = await live.get(path)
        assert (status, headers["Content-Type"]) == (200, kind), path
        assert headers["Vary"] == "Accept-Encoding"
        assert (await live.get(path, **{"If-None-Match": headers["ETag"]}))[:2] == (304, b"")
        assert (await live.ask("HEAD", path))[0] == 200
        assert body
    before = (await live.get("/sitemap.xml"))[2]["ETag"]
    await live.accept(article("A game"))
    assert (await live.get("/sitemap.xml", **{"If-None-Match": before}))[0] == 200
    for path in ("/sitemap/2.xml", "/sitemap/00.xml", "/sitemap/x.xml", "/sitemap/"):
        assert (await live.get(path))[0] == 404


async def test_every_page_that_is_named_is_there(live: Live) -> None:
    await live.accept(article("A storm"), article("A game"))
    await live.retract((await live.accept(article("Gone")))[0].article_id)
    named = places((await live.get("/sitemap.xml"))[1])
    assert len(named) == 4
    for path in named:
        assert (await live.get(path))[0] == 200, path


async def test_the_list_of_subscriptions_names_every_feed(live: Live) -> None:
    await live.accept(article("A storm", section="World", sections=("world",)))
    listed = etree.fromstring((await live.get("/feeds.opml"))[1]).xpath("//outline/@xmlUrl")
    assert listed == [f"{PLACE}/feeds/all.rss", f"{PLACE}/feeds/world.rss"]
    for address in listed:
        assert (await live.get(address.removeprefix(PLACE)))[0] == 200
