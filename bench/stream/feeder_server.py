"""``feeder serve`` with one more door, for the benchmark: what is POSTed there goes into the service's own store.

The store, the log, the stream, the web and the metrics are the service's, wired by itself; what is left out is the way
in from files, and with BENCH_FEEDS=no the writing of feed files after each event, as none of the servers that feeder is
compared with does that. Usage: BENCH_DOOR=PORT feeder_server.py (the arguments of `feeder serve`)
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # it is started as a file

from stream.posts import take

from feeder import publish, wiring
from feeder.cli import main

if TYPE_CHECKING:
    from feeder.store import Store

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
HEAD_END = b"\r\n\r\n"
ROOM = 1 << 20
_open_store = wiring.open_store


class Door:
    """Takes POSTs; all that have come while the store was at work are accepted together, then answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._came = asyncio.Event()
        self._waiting: list[tuple[bytes, asyncio.StreamWriter]] = []

    async def open(self, port: int) -> None:
        self._running = asyncio.create_task(self._accept())
        self._running.add_done_callback(asyncio.Task.result)  # it ends only by an error, which the log is to have
        self._server = await asyncio.start_server(self._hear, "127.0.0.1", port, limit=ROOM)

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(HEAD_END)
                length = re.search(rb"(?i)\r\nContent-Length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                self._waiting.append((body, writer))
                self._came.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _accept(self) -> None:
        while await self._came.wait():
            self._came.clear()
            taken, self._waiting = self._waiting, []
            await self._store.accept([take(body) for body, _ in taken], now=datetime.now(UTC))
            for _, writer in taken:
                writer.write(ANSWER)


async def open_store(*given: Any, **named: Any) -> Store:
    store = await _open_store(*given, **named)
    global door  # noqa: PLW0603 - it lives as long as the process
    door = Door(store)
    await door.open(int(os.environ["BENCH_DOOR"]))
    return store


async def idle(_: publish.Publisher) -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    wiring.open_store = open_store
    if os.environ.get("BENCH_FEEDS") == "no":
        publish.Publisher.run = idle  # type: ignore[method-assign] # it has published once before
    sys.argv[1:1] = ["serve"]
    main()
