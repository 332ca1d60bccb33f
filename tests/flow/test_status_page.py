"""The operator's page in a real browser, of a real instance that has a past and readers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from axe import violations
from browser import IN_ITS_LOOP

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from program import Place, Running, Serve

pytestmark = IN_ITS_LOOP


def article(number: int) -> str:
    return f" date 2026-01-02 Story {number}\n\nSomething happened in the city, for the {number}. time.\n"


async def polled(running: Running) -> dict[str, Any]:
    """What is told of the readers, when one has polled as it should and one as it should not."""
    for _ in range(4):
        await running.get("/feeds/all.rss", **{"User-Agent": "sfeed/2 (x86)"})
    tag = (await running.get("/feeds/all.atom", **{"User-Agent": "newsboat/2.32"}))[2]["ETag"]
    for _ in range(3):
        await running.get("/feeds/all.atom", **{"User-Agent": "newsboat/2.32", "If-None-Match": tag})
    answer = await running.get(running.operator + "/status", Accept="application/json")
    told: dict[str, Any] = json.loads(answer[1])
    return told


async def opened(page: Page, address: str) -> list[str]:
    """Open a page, and say what the browser complains about."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(address)
    return complaints


async def test_the_operator_sees_how_it_has_gone(place: Place, serve_here: Serve, chromium: Browser) -> None:
    for number in range(3):
        place.drop(f"{number}.txt", article(number))
    place.drop("it's bad.txt", " date 2026-02-30 Bad\n\nText.\n")
    place.run("publish")  # what another process took in is history, too
    running = await serve_here()
    told = await polled(running)
    assert sum(hour["published"] for hour in told["hours"]) == 3
    assert sum(hour["refused"] for hour in told["hours"]) == 1
    assert {one["format"]: (one["requests"], one["unchanged"]) for one in told["readers"]["documents"]} == {
        "rss": (4, 0), "atom": (4, 3)
    }  # fmt: skip
    assert [one["agent"] for one in told["readers"]["unconditional"]] == ["sfeed/2"]

    for scheme, width in (("light", 390), ("dark", 1440)):
        async with await chromium.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
        ) as context:
            page = await context.new_page()
            assert await opened(page, running.operator + "/") == [], "nothing is against the policy"
            assert page.url == running.operator + "/status"
            assert await page.get_by_role("heading", level=1).inner_text() == "! Ready, but 1 file is refused"
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
            assert await page.locator("svg[role=img]").count() == 4
            for bar in (".published", ".refused"):
                assert await drawn_in(page, f"svg rect{bar}") not in {"", "none", "rgb(0, 0, 0)"}
            shown = await page.get_by_role("region", name="Unconditional pollers").inner_text()
            assert "sfeed/2" in shown
            assert "newsboat" not in shown
            assert "feeder quarantine show 'it'\"'\"'s bad.txt'" in await page.locator("code").all_inner_texts()
            assert await violations(page) == []
            await page.locator("summary").first.press("Enter")
            assert await page.get_by_role("region", name="Events by hour").is_visible()
            await page.get_by_role("link", name="Stop").click()
            assert page.url == running.operator + "/status?refresh=off"


async def drawn_in(page: Page, selector: str) -> str:
    """The colour that something is filled with."""
    colour: str = await page.locator(selector).first.evaluate("one => getComputedStyle(one).fill")
    return colour


async def test_a_page_that_is_not_ready_says_why_first(place: Place, serve_here: Serve, page: Page) -> None:
    running = await serve_here()
    place.seeds.rename(place.folder / "elsewhere")
    await running.command("/look")

    async def troubled() -> bool:
        return not await running.ready()

    await running.until(troubled)
    assert await opened(page, running.operator + "/status") == []
    assert await page.get_by_role("heading", level=1).inner_text() == "✕ Not ready"
    assert "seeds" in await page.locator(".verdict li").first.inner_text()
