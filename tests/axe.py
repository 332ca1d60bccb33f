"""axe-core, the accessibility engine, in a tab: what it finds wrong with a page (https://github.com/dequelabs/axe-core)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from program import require

if TYPE_CHECKING:
    from playwright.async_api import Page

ENGINE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
"""Where npm puts it (``make test``); it is pinned by hash in ``package-lock.json``."""

_ASK = """async only => {
  const found = await axe.run(document, {resultTypes: ['violations'], ...(only ? {runOnly: only} : {})});
  return found.violations.map(({id, help, nodes}) => `${id}: ${help}: ${nodes.map(one => one.html).join(" ")}`);
}"""


async def violations(page: Page, *rules: str) -> list[str]:
    """What all rules find, or these alone; the engine is put in past the page's policy, which allows no such script."""
    require(ENGINE.exists(), "axe-core is not there (npm ci in tests/, which make test does where npm is)")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(ENGINE.read_text("utf-8") + "; 0")
    found: list[str] = await page.evaluate(_ASK, [*rules] or None)
    return found
