"""A real browser: Chromium as the system has it, led by Playwright. It reaches this machine and nothing else.

One browser runs for all tests of a process, in the loop of the session, since what leads it belongs to one loop. So a
file of such tests says ``pytestmark = IN_ITS_LOOP``, and takes ``serve_here`` for ``serve``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from program import Place, Serve, require, services

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

IN_ITS_LOOP = pytest.mark.asyncio(loop_scope="session")
FLAGS = (
    "--no-sandbox",  # containers have none, and all pages are ours
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """The browser of this process; whatever it writes goes with the folders of the tests."""
    program = shutil.which("chromium")
    require(program, "Chromium is not there (on Debian: apt-get install chromium)")
    from playwright.async_api import async_playwright  # here: it takes a moment, and most tests need no browser

    environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser as new: nothing in its cache, no cookies, connections of its own."""
    async with await chromium.new_context() as context:
        yield context


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: BrowserContext) -> AsyncIterator[Page]:
    """A tab, in which no script may fail."""
    failures: list[str] = []
    opened = await browser.new_page()
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert failures == []


@pytest_asyncio.fixture(loop_scope="session")
async def serve_here(place: Place) -> AsyncIterator[Serve]:
    """As ``serve``, in the loop of the browser."""
    async with services(place) as start:
        yield start
