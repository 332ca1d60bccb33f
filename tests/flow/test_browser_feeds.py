"""Feeds and searches in a real browser: opened directly, and without a script on a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from browser import IN_ITS_LOOP
from program import Place, Running, Serve

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = IN_ITS_LOOP

LOOKS = (
    "(path) => { const found = getComputedStyle(document.querySelector(path)); return [found.display, found.color] }"
)
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
INK: dict[Literal["light", "dark"], str] = {"light": "rgb(29, 27, 24)", "dark": "rgb(232, 228, 220)"}
LONG = f"عاجل {'x' * 80}"
PARTS = {"rss": ("channel > item", "guid"), "atom": ("feed > entry", "id")}


async def test_feeds_and_searches_are_for_people_too(
    place: Place, serve_here: Serve, page: Page, chromium: Browser
) -> None:
    nothing = "Nothing at all. " * 60
    place.drop("a.md", "---\ntitle: A storm\ndate: 2026-03-01\nsection: World\n---\n\nIt rained.\n")
    place.drop("b.md", f"---\ntitle: {LONG}\ndate: 2026-03-02\n---\n\n{nothing}\n\nThen the Fährboot came.\n")
    running = await serve_here()
    await running.until_titles(LONG, "A storm")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for suffix in PARTS:
        await opened_directly(page, running, suffix)
    assert [one for one in said if "violates" in one] == []  # the policy lets all of it in
    await copied(page, running)
    narrow = {"width": 360, "height": 700}
    async with await chromium.new_context(java_script_enabled=False, viewport=narrow) as bare:  # type: ignore[arg-type]
        await without_a_script(await bare.new_page(), running)


async def opened_directly(page: Page, running: Running, suffix: str) -> None:
    """A feed is readable as it is, the same bytes as its file, and leads to its page."""
    address, (entry, hidden) = f"/feeds/all.{suffix}", PARTS[suffix]
    for scheme, ink in INK.items():
        await page.emulate_media(color_scheme=scheme)
        answer = await page.goto(running.url + address)
        assert answer is not None
        assert await answer.body() == (running.place.feeds / f"all.{suffix}").read_bytes()
        assert await page.evaluate(LOOKS, f"{entry} > title") == ["block", ink]
        assert await page.evaluate(LOOKS, f"{entry} > {hidden}") == ["none", ink]
        assert await page.locator(f"{entry} > title").all_text_contents() == [LONG, "A storm"]
        assert not await page.evaluate(TOO_WIDE)
    assert await page.locator("div code").inner_text() == running.url + address
    await page.locator("div a").click()
    await page.wait_for_url(f"{running.url}/feeds/all/")
    assert await page.locator("h1").inner_text() == "Everything"


async def copied(page: Page, running: Running) -> None:
    """A button copies the address that it stands beside, over plain HTTP too, where browsers have no clipboard."""
    for name, suffix in (("Copy the address of Atom", "all.atom"), ("Copy the address of World", "world.rss")):
        await page.goto(f"{running.url}/feeds/")
        await page.get_by_role("button", name=name).click()
        await page.get_by_role("button", name="Copied").wait_for()
        await page.goto(f"{running.url}/search")
        await page.get_by_role("searchbox").focus()
        await page.keyboard.press("Control+V")
        assert await page.get_by_role("searchbox").input_value() == f"{running.url}/feeds/{suffix}"
        await page.add_init_script("delete Navigator.prototype.clipboard")


async def without_a_script(page: Page, running: Running) -> None:
    """People find a feed, and what they search for, on a telephone."""
    await page.goto(f"{running.url}/feeds/")
    await page.get_by_role("link", name="World", exact=True).click()
    await page.wait_for_url(f"{running.url}/feeds/world/")
    assert await page.locator("ol h3").all_inner_texts() == ["A storm"]
    assert await page.locator("button:visible").count() == 0  # what only a script could do is not there
    await page.get_by_role("link", name="Search").click()
    await page.get_by_role("searchbox").fill("fahrboot OR rain")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?q=fahrboot+OR+rain")
    assert await page.locator("mark").all_inner_texts() == ["Fährboot"]
    for path in ("/feeds/", "/feeds/all/", "/search", "/search?q=fahrboot"):
        await page.goto(running.url + path)
        assert not await page.evaluate(TOO_WIDE), path
