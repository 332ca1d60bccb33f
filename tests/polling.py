"""What the tests of the short cut share: a plain poll, and whether it took the short cut."""

from __future__ import annotations

import asyncio

import uvloop

from feeder.web.connections.protocol import Connection
from feeder.web.quick import QUICK, Quick
from live import Live, until
from wire import Said, Wire, request, wired

GZIP = "Accept-Encoding: gzip"
PLAIN = request("GET", "/feeds/all.rss")
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
"""Their transports differ in how they write, pause and close."""


def quick(live: Live) -> Quick:
    return live.runner.app[QUICK]


async def answered(live: Live, asked: bytes) -> tuple[bool, Said]:
    """Whether a request on a connection of its own took the short cut, and what was said."""
    before = quick(live).answered
    async with wired(live.port) as wire:
        said = await wire.ask(asked)
    return quick(live).answered == before + 1, said


async def of(live: Live, wire: Wire) -> Connection:
    """The server's side of a connection."""
    server, mine = live.runner.server, wire.writer.get_extra_info("sockname")
    assert server is not None
    await until(lambda: any(one.peername == mine for one in server.connections))
    (found,) = [one for one in server.connections if one.peername == mine]
    assert isinstance(found, Connection)
    return found
