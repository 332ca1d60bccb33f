"""Every page in a real browser: accessible in light and dark, small, still, and quiet.

One site and one browser for all of them. Each page is opened once, and then turned and darkened.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from axe import violations
from browser import IN_ITS_LOOP
from feeder.model import Enclosure, Person
from feeder.names import section_names
from live import NOON, SITE, Live, Plan, article, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

    from feeder.model import Article

pytestmark = IN_ITS_LOOP

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1440, "height": 900}
MOST_BYTES = 50_000

_WATCH = """
addEventListener('securitypolicyviolation', event => (window.refused ??= []).push(event.blockedURI));
new PerformanceObserver(list => { window.moved = (window.moved ?? 0) + list.getEntries().length })
  .observe({type: 'layout-shift', buffered: true});
"""
_COST = """() => {
  const loaded = performance.getEntriesByType('resource').filter(one => /script|link|css/.test(one.initiatorType));
  return {
    bytes: [...performance.getEntriesByType('navigation'), ...loaded].reduce((sum, one) => sum + one.transferSize, 0),
    waited_for: loaded.filter(one => one.renderBlockingStatus === 'blocking').map(one => one.name),
    moved: window.moved ?? 0, refused: window.refused ?? [],
    too_wide: document.documentElement.scrollWidth > innerWidth,
  };
}"""
_ON_SCREEN = ".masthead nav:visible, #state:visible, body > footer:visible"
_IS_TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"

BODY = """<p>{text}</p><h2>A heading</h2>
<blockquote><p>A quotation, with <a href="https://elsewhere.example/">a link</a> in it.</p></blockquote>
<table><tr><th>port</th><th>boats</th></tr><tr><td>east</td><td>3</td></tr></table><pre>{text}</pre>
<ul><li>one</li><li>two</li></ul>"""
STORIES = {
    "english": ("Ferries return to the strait", "en", "World", "The harbour master kept the timetable on the wall."),
    "arabic": ("عودة العبّارات إلى المضيق", "ar", "الشرق الأوسط", "قال مدير الميناء إن الجدول بقي معلقاً على الجدار."),
    "japanese": ("東京の小さな映画館、百年目の春を迎える", "ja", "Culture", "館主は百年前の映写機をまだ動かしている。"),
    "long": (
        "Longwords" * 30 + " and some more of them",
        "en",
        "A section with quite a long name",
        "It rained. " * 300,
    ),
    "german": ("Städte, die im Sommer flüstern", "de", "Climate", f"https://harbour.example/{'Schatten' * 40}"),
    "hebrew": ("המעבורות חוזרות", "he", "World", "לוח הזמנים נשאר על הקיר."),
}


@dataclass
class Told:
    """What a page said aloud or asked for that it should not."""

    failures: list[str] = field(default_factory=list)

    def listen(self, page: Page, origin: str) -> None:
        page.on("pageerror", lambda error: self.failures.append(str(error)))
        page.on("console", lambda said: self.failures.append(said.text))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((origin, "data:")) else self.failures.append(asked.url),
        )


def picture() -> bytes:
    """A picture of one colour, as large as a newspaper's."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 900, 600, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x60\x70\x80" * 900) * 600)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def story(name: str, **more: Any) -> Article:
    title, language, section, text = STORIES[name]
    given = {
        "slug": name,
        "language": language,
        "section": section,
        "sections": section_names(section),
        "html": BODY.format(text=text),
        "authors": (Person("Ada Moor"),),
        "keywords": ("harbour", "ferries"),
        "published": NOON - timedelta(hours=len(title)),
        "published_precision": "minute",
    }
    return article(title, text, **(given | more))


async def fill(live: Live) -> None:
    """Stories of several languages, one with a picture, one corrected, one withdrawn, and more of them."""
    shown = picture()
    name = f"{hashlib.sha256(shown).hexdigest()}.png"
    live.media.path(name).parent.mkdir(exist_ok=True)
    live.media.path(name).write_bytes(shown)
    images = (Enclosure(f"/media/{name}", "image/png", len(shown), "The quay"),)
    more = [article(f"A story of day {day}", published=NOON - timedelta(days=day)) for day in range(1, 15)]
    stories = [story(name, images=images if name == "english" else ()) for name in STORIES]
    await live.accept(*more, *stories, publish=False)
    await live.accept(story("german", correction="Es sind nicht 30, sondern 40 Städte."), publish=False)
    await live.retract(more[0].id)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    site = replace(SITE, title="The Harbour Post", rights="© The Harbour Post", hub="https://news.example/hub")
    async with serving(Plan(folder=tmp_path_factory.mktemp("site"), site=site)) as served:
        await fill(served)
        yield served


PAGES = {
    "front": "/",
    **{name: f"/articles/{name}" for name in STORIES},
    "history": "/articles/german/history",
    "withdrawn": "/articles/a-story-of-day-1",
    "nothing": "/articles/none",
    "search": "/search",
    "found": "/search?q=harbour",
    "not found": "/search?q=submarine",
    "mistaken": "/search?q=%22",
    "feeds": "/feeds/",
    "feed": "/feeds/world/",
    "everything": "/feeds/all/",
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_small_still_and_quiet(chromium: Browser, live: Live, name: str) -> None:
    await look(chromium, live.url, PAGES[name], PHONE, DESK)


async def test_the_front_page_is_still_on_a_desk_too(chromium: Browser, live: Live) -> None:
    await look(chromium, live.url, "/", DESK, PHONE)


async def test_so_are_the_pages_of_an_empty_site_that_runs_to_the_left(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = replace(SITE, language="ar")
    async with serving(Plan(folder=tmp_path_factory.mktemp("empty"), site=site)) as live:
        await look(chromium, live.url, "/", DESK, PHONE)
        await look(chromium, live.url, "/feeds/", PHONE, DESK)


async def look(chromium: Browser, origin: str, path: str, size: ViewportSize, then: ViewportSize) -> None:
    """A page as it comes, and when the window gets another size; in light and dark, which changes only colours."""
    told = Told()
    async with await chromium.new_context(viewport=size, color_scheme="light") as context:
        await context.add_init_script(_WATCH)
        page = await context.new_page()
        told.listen(page, origin)
        answer = await page.goto(origin + path)
        assert answer is not None
        assert await violations(page) == []
        cost = await page.evaluate(_COST)
        assert cost.pop("bytes") < MOST_BYTES
        if path == PAGES["english"]:
            cost["moved"] = 0  # how high the picture of a story is, is not known before it is there
        assert cost == {"waited_for": [], "moved": 0, "refused": [], "too_wide": False}
        await page.emulate_media(color_scheme="dark")
        assert await violations(page, "color-contrast") == []
        await page.set_viewport_size(then)
        assert await violations(page) == []
        assert not await page.evaluate(_IS_TOO_WIDE)
        await page.emulate_media(media="print")
        assert await page.locator(_ON_SCREEN).all_inner_texts() == []
        own = f"status of {answer.status} "  # the browser complains of the page's own status
        assert [failure for failure in told.failures if own not in failure or answer.ok] == []
