"""What stands between a reader and the service: hands on what passes, keeps notes, drops headers, cuts connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Passage:
    """One request, and what came back: heads as they were sent, and the body's bytes with their chunks."""

    asked: str
    writer: asyncio.StreamWriter
    answered: str = ""
    body: bytearray = field(default_factory=bytearray)
    is_over: bool = False

    @property
    def line(self) -> str:
        return self.asked.partition("\r\n")[0]

    def said(self, name: str) -> str | None:
        return _header(self.asked, name)

    def heard(self, name: str) -> str | None:
        return _header(self.answered, name)


@dataclass
class Between:
    """Leads to ``to``, a port of this machine, which may change.

    The headers named in ``drops`` do not reach the service. Where ``hurries`` is set, every wait that a plain stream
    asks for by ``retry:`` becomes a tenth of a second, in as many digits.
    """

    to: int
    port: int = 0
    drops: tuple[str, ...] = ()
    hurries: bool = False
    passages: list[Passage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def streams(self) -> list[Passage]:
        """The passages to the stream that were answered, the oldest first."""
        return [one for one in self.passages if one.line.startswith("GET /events") and one.answered]

    def preflights(self) -> list[Passage]:
        return [one for one in self.passages if one.line.startswith("OPTIONS ")]

    def cut(self) -> None:
        """Break all connections off, as networks do."""
        for passage in self.passages:
            passage.writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            passage = Passage((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"), writer)
            self.passages.append(passage)
            try:
                await self._hand_on(passage, reader)
            finally:
                passage.is_over = True
        writer.close()

    async def _hand_on(self, passage: Passage, reader: asyncio.StreamReader) -> None:
        back, service = await asyncio.open_connection("127.0.0.1", self.to)
        try:
            service.write(_without(passage.asked, *self.drops, "connection", add="Connection: close").encode("latin-1"))
            head = await back.readuntil(b"\r\n\r\n")
            passage.writer.write(head)
            passage.answered = head.decode("latin-1")
            ways = [asyncio.create_task(self._bring(back, passage)), asyncio.create_task(reader.read())]
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in left:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            service.close()

    async def _bring(self, back: asyncio.StreamReader, passage: Passage) -> None:
        while piece := await back.read(65536):
            passage.body += piece
            passage.writer.write(_hurried(piece) if self.hurries else piece)
            await passage.writer.drain()


def _header(head: str, name: str) -> str | None:
    found = re.search(rf"^{name}: (.*)\r$", head, re.IGNORECASE | re.MULTILINE)
    return found and found[1]


def _without(head: str, *names: str, add: str) -> str:
    first, *lines = head[:-4].split("\r\n")
    kept = [line for line in lines if line.partition(":")[0].lower() not in names]
    return "\r\n".join([first, *kept, add, "", ""])


def _hurried(piece: bytes) -> bytes:
    return re.sub(rb"(?m)^retry: (\d{3,})$", lambda found: b"retry: " + b"100".zfill(len(found[1])), piece)


@asynccontextmanager
async def between(to: int) -> AsyncIterator[Between]:
    """Stands in front of a port for as long as the block lasts."""
    way = Between(to)
    server = await asyncio.start_server(way._serve, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
        way.cut()
        async with asyncio.timeout(10):
            while not all(passage.is_over for passage in way.passages):
                await asyncio.sleep(0.002)
