"""How much is asked of others at once: in total, and of each host."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yarl import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def host_of(url: str) -> str:
    """The host of a URL, as it is counted: with its port, as another port is most often another program.

    No more of these are one machine's than there are ports that may be called (``outbound.py``).
    """
    parsed = URL(url, encoded=True)
    return f"{parsed.raw_host or ''}:{parsed.port}".lower()


@dataclass(slots=True)
class _Host:
    free: asyncio.Semaphore
    users: int = 0


class Limiter:
    """Places for so many at once, ``per_host`` of them for each host; who waits for a host takes no other's place."""

    def __init__(self, total: int, per_host: int) -> None:
        self._free = asyncio.Semaphore(total)
        self._per_host = per_host
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[None]:
        """A place for as long as the block lasts, in the order of asking."""
        here = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._per_host)))
        here.users += 1
        try:
            async with here.free, self._free:
                yield
        finally:
            here.users -= 1
            if not here.users:
                del self._hosts[host]
