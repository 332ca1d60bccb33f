"""Articles in a real browser: nothing is refused or too wide, what scrolls is reached by keys, changes are heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from browser import IN_ITS_LOOP
from feeder.model import Person
from live import Live, Plan, article, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = IN_ITS_LOOP

WIDE = (
    "<table><tbody><tr>" + "<td>Passengers</td>" * 12 + f"</tr></tbody></table><pre><code>{'long ' * 80}</code></pre>"
)
WHERE = """(one) => {
  const line = document.createRange();
  line.selectNodeContents(one);
  const box = line.getBoundingClientRect();
  return [box.left, innerWidth - box.right];
}"""
"""How far from the two sides of the window a text stands."""
HAS_SCROLLED = """(one) => new Promise((done) => {
  const look = () => (one.scrollLeft > 0 ? done() : requestAnimationFrame(look));
  look();
})"""
TITLE = "</script>Storm & sea"


@pytest_asyncio.fixture(loop_scope="session")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path_factory.mktemp("site"))) as found:
        yield found


async def test_a_story_fits_a_phone_and_what_is_wide_scrolls_by_keys(live: Live, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    body = f"<h1>Head</h1><p>{'word ' * 40}</p>{WIDE}"
    await live.accept(article(TITLE, html=body, slug="storm", language="en", keywords=("x" * 200,)))
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.goto(f"{live.url}/articles/storm")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    for box in ("pre", ".wide"):
        await page.locator(box).focus()
        await page.keyboard.press("ArrowRight")
        async with asyncio.timeout(10):
            await page.locator(box).evaluate(HAS_SCROLLED)
    data = "JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent).headline"
    assert await page.evaluate(data) == TITLE
    assert await page.locator("h1").count() == 1
    assert said == []


async def test_a_story_of_another_direction_runs_that_way_and_its_date_does_not(live: Live, page: Page) -> None:
    body, people = "كانت الرائحة أول ما يلاحظه المرء.", (Person("ليلى"),)
    await live.accept(article("عبّارة النهر تعود", body, slug="ferry", language="ar", authors=people))
    await page.goto(f"{live.url}/articles/ferry")
    left, right = await page.locator(".byline").evaluate(WHERE)
    assert right < left
    assert await page.locator("article time").first.evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    assert await page.locator("h1").evaluate("(one) => getComputedStyle(one).letterSpacing") in {"normal", "0px"}


async def test_what_was_changed_is_heard_and_needs_no_script(live: Live, chromium: Browser) -> None:
    await live.accept(article("A storm", "It rained on Tuesday in Porto."))
    live.clock.now += timedelta(hours=1)
    await live.accept(article("A storm", "It rained on Monday in Porto."))
    async with await chromium.new_context(java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(f"{live.url}/articles/a-storm")
        await page.get_by_role("link", name="2 versions").click()
        changed = page.locator(".changed")
        assert await changed.get_by_role("deletion").inner_text() == "Tuesday"
        assert await changed.get_by_role("insertion").inner_text() == "Monday"
        heard = await changed.aria_snapshot()
        assert "[removed:] Tuesday" in heard
        assert "[added:] Monday" in heard
