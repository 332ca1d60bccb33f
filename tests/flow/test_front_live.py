"""Pages that go on, in a real browser: what happens while one reads, between tabs, and while one is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from between import between
from browser import IN_ITS_LOOP
from feeder.pages.moments import machine, spoken
from feeder.render.moments import rfc3339
from feeder.stream import Settings
from live import NOON, Live, Plan, article, serving, until

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Route

    from feeder.model import Article, Precision

pytestmark = IN_ITS_LOOP

LATEST = ".latest li article:not([data-kind=retracted]) h3"
NEWS = "#news > span"
_SAID = """
var said = [];
new MutationObserver(() => said.push(state.textContent)).observe(state, {childList: true});
null
"""


def story(number: int, body: str = "It rained.", **more: Any) -> Article:
    """Stories of one hour after the other, the last of them at the clock's noon and after."""
    given = {"published": NOON + timedelta(minutes=number - 30), "section": "World", "sections": ("world",)} | more
    return article(f"Story {number}", body, **given, published_precision="minute")


async def publish(live: Live, *articles: Article) -> None:
    live.clock.now = NOON + timedelta(hours=1)
    for one in articles:
        await live.accept(one, publish=False)


async def until_text(page: Page, selector: str, *wanted: str) -> None:
    """Wait until the elements have these texts."""
    there: list[str] = []

    async def shown() -> bool:
        there[:] = [" ".join(text.split()) for text in await page.locator(selector).all_inner_texts()]
        return there == list(wanted)

    with suppress(TimeoutError):
        async with asyncio.timeout(15):
            while not await shown():
                await asyncio.sleep(0.02)
    assert there == list(wanted)


async def read(context: BrowserContext, address: str) -> Page:
    """A page, once it is live; whatever a script or the policy complains of is an error here."""
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda said: None if "net::" in said.text else pytest.fail(said.text))
    await page.goto(address)
    await until_text(page, "#state", "Live")
    return page


async def until_ended(page: Page) -> None:
    """Wait until the connection of this tab is none."""
    async with asyncio.timeout(10):
        while await page.evaluate("source.readyState") != 0:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def front(folder: Path, count: int = 20) -> AsyncIterator[Live]:
    async with serving(Plan(folder=folder)) as live:
        await publish(live, *(story(number) for number in range(1, count + 1)))
        await live.publisher.publish()
        yield live


@pytest_asyncio.fixture(loop_scope="session")
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with front(tmp_path) as found:
        yield found


async def test_a_story_its_correction_and_its_withdrawal_come_without_a_reload(
    browser: BrowserContext, live: Live
) -> None:
    page = await read(browser, live.url)
    told = page.locator(LATEST)
    first = await told.first.inner_text()
    await publish(live, story(31, "It <b>snowed</b>."))
    await until_text(page, f"{LATEST} >> nth=0", "Story 31")
    assert await told.nth(1).inner_text() == first
    assert await told.count() == 11
    fresh = page.locator(".latest article").first
    assert await fresh.locator("time").inner_text() == "2 March 2026, 12:01 UTC"
    assert await fresh.locator(".mark").inner_text() == "New"
    assert await page.locator("section[aria-labelledby=in-world] h3").first.inner_text() == "Story 31"
    await fresh.locator("h3 a").focus()
    await publish(live, story(31, "It hailed.", correction="It was <i>hail</i>."))
    await until_text(page, ".latest .note:visible", "Correction. It was <i>hail</i>.")
    assert await fresh.locator(".mark").inner_text() == "Corrected"
    assert await fresh.locator("h3 a").evaluate("link => link === document.activeElement")
    old = story(-5000)
    await publish(live, old)
    await live.retract(story(31).id)
    await until_text(page, ".withdrawn", "This story was withdrawn.", "This story was withdrawn.")
    assert await page.get_by_text("Story 31").count() == 0
    assert await page.evaluate("document.activeElement.className") == "withdrawn"
    assert await page.get_by_text(old.title, exact=True).count() == 0
    await page.reload()
    assert await page.locator(".amends a").inner_text() == "An article was withdrawn"
    assert await page.locator(LATEST).first.inner_text() == first


@pytest.mark.parametrize(("width", "anchors"), [(390, True), (390, False), (1440, False)])
async def test_what_one_reads_does_not_move(chromium: Browser, live: Live, width: int, *, anchors: bool) -> None:
    async with await chromium.new_context(viewport={"width": width, "height": 500}, reduced_motion="reduce") as context:
        page = await read(context, live.url)
        if not anchors:  # as in Safari
            await page.evaluate("for (const one of document.querySelectorAll('*')) one.style.overflowAnchor = 'none'")
        read_here = page.locator(".follow")
        await page.evaluate("scrollTo(0, document.querySelector('.latest ol').getBoundingClientRect().top - 50)")
        here = page.locator(".latest li").nth(2)
        before = await here.bounding_box()
        await publish(live, story(32))
        await until_text(page, NEWS, "1 new story")
        assert await here.bounding_box() == before
        await page.evaluate("scrollBy(0, 450)")
        here = page.locator(".latest li").nth(9)
        before = await here.bounding_box()
        await publish(live, story(33), story(34))
        await until_text(page, NEWS, "3 new stories")
        assert await here.bounding_box() == before
        top = await page.locator(".lead-story h2 a").inner_text()
        (lead,) = [one for one in range(1, 21) if f"Story {one}" == top]
        await read_here.scroll_into_view_if_needed()
        where = await read_here.bounding_box()
        await publish(live, story(lead, "Otherwise.", correction="A note, " * 40))
        await until_text(page, ".lead-story .mark", "Corrected")
        assert await read_here.bounding_box() == where
        await page.get_by_role("button", name="Show").click()
        await until_text(page, f"{LATEST} >> nth=0", "Story 34")
        assert await page.locator(LATEST).count() == 11
        assert await page.evaluate("document.activeElement.textContent") == "Story 34"
        assert await page.locator(NEWS).count() == 0


async def test_over_a_restart_a_gap_and_a_sleep_the_page_reads_on(browser: BrowserContext, tmp_path: Path) -> None:
    async with between(0) as way:
        async with front(tmp_path) as live:
            way.to = live.port
            page = await read(browser, way.url)
        await until_text(page, "#state", "Reconnecting")
        async with front(tmp_path, 0) as live:
            way.to = live.port
            await publish(live, story(31))
            await until_text(page, f"{LATEST} >> nth=0", "Story 31")
            await until_text(page, "#state", "Live")
        for file in tmp_path.glob("feeder.db*"):
            file.unlink()  # a backup of another time is brought back
        async with front(tmp_path, 2) as live:
            way.to = live.port
            await page.evaluate("dispatchEvent(new Event('online'))")
            await until_text(page, NEWS, "Some stories may be missing.")
            await page.clock.install()
            await page.get_by_role("button", name="Reload").click()
            await until_text(page, ".lead-story h2", "Story 2")
            asked = len(way.streams())
            await page.clock.fast_forward("05:00")  # as when the lid was closed
            await until(lambda: len(way.streams()) > asked)


async def test_where_the_stream_is_full_the_page_says_paused_until_it_is_let_in(
    browser: BrowserContext, tmp_path: Path
) -> None:
    plan = Plan(folder=tmp_path, stream=Settings(max_listeners=1))
    async with serving(plan) as live, live.session.get(f"{live.url}/events") as other:
        page = await browser.new_page()
        await page.clock.install()
        await page.goto(live.url)
        await until_text(page, "#state", "Paused")
        await until_ended(page)  # it has ended, and is waited for
        await page.clock.run_for(10_000)
        await page.evaluate(_SAID)
        await page.evaluate("dispatchEvent(new Event('online'))")
        await until(lambda: live.hub.counts.busy >= 2)
        await until_ended(page)
        await page.clock.run_for(10_000)
        assert await page.evaluate("said") == []
        assert await page.locator("#state").inner_text() == "Paused"
        other.close()
        await until(lambda: live.hub.listeners == 0)
        await page.evaluate("dispatchEvent(new Event('online'))")
        await until_text(page, "#state", "Live")


async def test_tabs_share_one_connection_and_who_goes_loses_nothing_for_the_others(
    browser: BrowserContext, live: Live
) -> None:
    one = await read(browser, live.url)
    two, three = await read(browser, live.url), await read(browser, live.url + "/")
    assert live.hub.listeners == 1
    await publish(live, story(31))
    for tab in (one, two, three):
        await until_text(tab, f"{LATEST} >> nth=0", "Story 31")
    await one.close()
    await publish(live, story(32))
    for tab in (two, three):
        await until_text(tab, f"{LATEST} >> nth=0", "Story 32")
    leader, other = await in_order(two, three)
    await leader.evaluate("document.dispatchEvent(new Event('freeze'))")  # browsers freeze hidden tabs only
    await publish(live, story(33))
    await until_text(other, f"{LATEST} >> nth=0", "Story 33")
    assert await other.evaluate("source !== null")
    await leader.evaluate("document.dispatchEvent(new Event('resume'))")
    await until_text(leader, f"{LATEST} >> nth=0", "Story 33")
    assert live.hub.listeners == 1
    leader, other = await in_order(two, three)
    await leader.evaluate("source.close(), channel.onmessage = null")  # as one whose script hangs
    await publish(live, story(34))
    await other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await until_text(other, f"{LATEST} >> nth=0", "Story 34")


async def in_order(one: Page, other: Page) -> tuple[Page, Page]:
    """The tab that has the connection, and the one that has not."""
    return (one, other) if await one.evaluate("source !== null") else (other, one)


async def test_a_tab_that_was_made_long_ago_asks_for_what_it_lacks(browser: BrowserContext, live: Live) -> None:
    _, old, headers = await live.get("/")
    await publish(live, story(31), story(19, "Otherwise.", correction="A note."))
    one, two = await read(browser, live.url), await browser.new_page()
    policy = {"Content-Security-Policy": headers["Content-Security-Policy"], "Content-Type": "text/html"}
    await two.route("**/", lambda route: route.fulfill(body=old, headers=policy))
    await two.goto(live.url)
    await until_text(two, f"{LATEST} >> nth=0", "Story 31")
    await until_text(two, ".note:visible", "Correction. A note.")
    assert live.hub.listeners == 1
    assert await two.evaluate("cursor") == await one.evaluate("cursor")


async def test_more_than_can_be_news_is_not_replayed(browser: BrowserContext, live: Live) -> None:
    page = await read(browser, live.url)
    await publish(live, story(31))
    await until_text(page, f"{LATEST} >> nth=0", "Story 31")
    await live.accept(*(story(-number) for number in range(320)), publish=False)
    await until_text(page, NEWS, "Some stories may be missing.")
    assert await page.locator("article").count() < 40
    while not await page.evaluate("source?.readyState === EventSource.OPEN"):
        await asyncio.sleep(0.05)
    await publish(live, story(32))
    await until_text(page, f"{LATEST} >> nth=0", "Story 32")


async def test_who_was_offline_or_has_no_locks_has_all_in_the_end(chromium: Browser, live: Live) -> None:
    async with await chromium.new_context() as context:
        await context.add_init_script("delete Navigator.prototype.locks")  # as on plain HTTP
        await context.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
        )
        one, two = await read(context, live.url), await read(context, live.url)
        assert live.hub.listeners == 2
        await context.set_offline(True)
        await until_text(one, "#state", "Offline")
        await publish(live, story(31))
        await context.set_offline(False)
        for tab in (one, two):
            await until_text(tab, f"{LATEST} >> nth=0", "Story 31")
            await until_text(tab, "#state", "Live")


async def test_who_comes_back_is_told_what_happened(browser: BrowserContext, live: Live) -> None:
    page = await read(browser, live.url)
    hide = "state => { Object.defineProperty(document, 'hidden', {value: state, configurable: true}); "
    hide += "document.dispatchEvent(new Event('visibilitychange')) }"
    await page.evaluate(hide, True)
    await publish(live, story(31), story(32), story(19, "Otherwise.", correction="A note."))
    await until_text(page, f"{LATEST} >> nth=0", "Story 32")
    await until_text(page, ".note:visible", "Correction. A note.")
    await page.evaluate(hide, False)
    await until_text(page, NEWS, "While you were away: 2 new stories, 1 correction.")
    await page.close()
    await publish(live, story(33))
    page = await read(browser, live.url)
    await until_text(page, NEWS, "While you were away: 1 new story.")
    await page.get_by_role("button", name="Show").click()
    assert await page.evaluate("document.activeElement.textContent") == "Story 33"
    assert await page.evaluate("Object.values(localStorage).join()") == (await live.store.last_event(None)).cursor  # type: ignore[union-attr]


async def test_without_a_script_the_page_is_whole(chromium: Browser, live: Live) -> None:
    async with await chromium.new_context(java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(live.url)
        assert await page.locator(".lead-story h2, .latest h3, .second h3").count() == 16
        assert await page.locator("section[aria-labelledby=in-world] h3").count() == 4
        assert (await page.locator("#state").inner_text(), await page.locator("#news").inner_text()) == ("", "")


async def test_the_script_says_dates_as_the_page_does(browser: BrowserContext, live: Live) -> None:
    page = await read(browser, live.url)
    zones = [UTC, *(timezone(timedelta(minutes=minutes)) for minutes in (-720, -210, -1, 45, 345, 840))]
    days = [
        datetime(year, month, month * 2 + 1, month * 2 - 1, 59, 7, tzinfo=UTC)
        for year in (999, 1899, 2026)
        for month in range(1, 13)
    ]
    moments = [day.replace(tzinfo=zone, microsecond=year) for day in days for zone in zones for year in (0, 250_000)]
    precisions: list[Precision] = ["day", "minute", "second"]
    for precision in precisions:
        written = [rfc3339(moment) for moment in moments]
        said = await page.evaluate(
            "([all, how]) => all.map(one => [spoken(one, how), machine(one, how)])", [written, precision]
        )
        assert said == [[spoken(one, precision), machine(one, precision)] for one in moments]


async def test_the_pages_of_a_story_and_of_a_feed_go_on_too(browser: BrowserContext, live: Live) -> None:
    await browser.grant_permissions(["clipboard-read", "clipboard-write"])
    told = await read(browser, f"{live.url}/articles/story-7")
    feed = await read(browser, f"{live.url}/feeds/world/")
    assert live.hub.listeners == 1
    await publish(live, story(31), story(32, section="Sport", sections=("sport",)))
    await until_text(feed, ".articles li:first-child h3", "Story 31")
    await publish(live, story(31, section="Sport", sections=("sport",)))
    await until_text(feed, ".articles li:first-child h3", "Story 20")
    await publish(live, story(7, "Otherwise.", correction="A note."))
    await until_text(feed, ".note:visible", "Correction. A note.")
    await until_text(told, ".notice", "This story was corrected just now. Read it anew")
    await told.get_by_role("link", name="Read it anew").click()
    await until_text(told, ".story .body", "Otherwise.")
    assert await told.locator(".notice:visible").count() == 0
    await until_text(told, "#state", "Live")
    await live.retract(story(7).id)
    await until_text(told, ".notice", "This story was withdrawn just now.")
    await until_text(feed, ".withdrawn", "This story was withdrawn.")
    copy = feed.locator("button[data-copy]").first
    label = " ".join((await copy.inner_text()).split())
    await copy.click()
    await until_text(feed, ".copy >> nth=0", "Copied")
    address = await copy.get_attribute("data-copy")
    assert await feed.evaluate("navigator.clipboard.readText()") == address
    await until_text(feed, ".copy >> nth=0", label)
    await feed.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    assert await feed.evaluate("write('by hand').then(done => navigator.clipboard ?? done)")


async def test_a_story_that_changed_before_the_stream_was_heard_is_known(browser: BrowserContext, live: Live) -> None:
    page = await browser.new_page()

    async def changed(route: Route) -> None:
        await publish(live, story(7, "Otherwise."))
        await route.continue_()

    await page.route("**/live.js*", changed)
    await page.goto(f"{live.url}/articles/story-7")
    await until_text(page, ".notice", "This story was updated just now. Read it anew")
