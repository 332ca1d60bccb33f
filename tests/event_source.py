"""``EventSource`` in a page of a real browser: what its scripts hear, one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from program import PATIENCE_SECONDS
from sse_reader import Told

if TYPE_CHECKING:
    from playwright.async_api import JSHandle, Page

KINDS = ("published", "updated", "corrected", "retracted")
NOTICES = ("checkpoint", "gap", "busy", "goodbye")

_OPEN = """([url, names]) => {
  const here = {heard: [], opened: 0, source: new EventSource(url)};
  here.source.addEventListener("open", () => here.opened++);
  for (const name of names)
    here.source.addEventListener(name, event => here.heard.push([event.type, event.data, event.lastEventId]));
  return here;
}"""
_COUNT = "(here, names) => here.heard.filter(told => names.includes(told[0])).length"


@dataclass(frozen=True)
class Source:
    """One ``EventSource``; ``heard`` is all that it dispatched, over all of its connections."""

    handle: JSHandle

    async def heard(self) -> list[Told]:
        return [Told(*told) for told in await self.handle.evaluate("here => here.heard")]

    async def opened(self) -> int:
        """How many times it has been answered with a stream."""
        found: int = await self.handle.evaluate("here => here.opened")
        return found

    async def state(self) -> str:
        found: str = await self.handle.evaluate("here => ['connecting', 'open', 'closed'][here.source.readyState]")
        return found

    async def close(self) -> None:
        await self.handle.evaluate("here => here.source.close()")

    async def until_told(self, count: int) -> list[Told]:
        """The events of articles, once there are so many."""
        await self._until(KINDS, count)
        return events(await self.heard())

    async def until_notice(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """What the notices of one kind say, once there are so many."""
        await self._until([name], count)
        return [json.loads(told.data) for told in await self.heard() if told.name == name]

    async def _until(self, names: Iterable[str], count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.handle.evaluate(_COUNT, [*names]) < count:
                await asyncio.sleep(0.02)


def events(heard: list[Told]) -> list[Told]:
    return [told for told in heard if told.name in KINDS]


async def listen(page: Page, url: str) -> Source:
    """Have a page listen to a stream."""
    return Source(await page.evaluate_handle(_OPEN, [url, ["message", *KINDS, *NOTICES]]))
