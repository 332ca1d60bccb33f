"""HTTP/1.1 by hand: what stands on the wire, line by line, without a client that makes it better."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True)
class Said:
    """An answer as it came: its status line, its lines in their order, its body."""

    status: int
    line: str
    lines: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """A header that there is exactly once."""
        (value,) = self.all(name)
        return value

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for one, value in self.lines if one.lower() == name.lower()]

    def but(self, *names: str) -> list[tuple[str, str]]:
        """The header without some lines of it."""
        return [(name, value) for name, value in self.lines if name not in names]


class Wire:
    """A connection; ``head_only`` is told for each answer, because only the asker knows."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, request: bytes) -> Said:
        """Send one request and read its answer."""
        self.writer.write(request)
        return await self.hear(head_only=request.startswith(b"HEAD "))

    async def hear(self, *, head_only: bool = False) -> Said:
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *rest = head[:-4].split("\r\n")
            lines = tuple((name, value) for name, _, value in (one.partition(": ") for one in rest))
            status = int(line.split(" ")[1])
            said = Said(status, line, lines, b"")
            bodiless = head_only or status in {204, 304} or status < 200
            length = 0 if bodiless else int(said["Content-Length"])
            return Said(status, line, lines, await self.reader.readexactly(length))

    async def ended(self) -> bool:
        """Whether the server has nothing more to say and closes the connection."""
        async with asyncio.timeout(10):
            return await self.reader.read() == b""


@asynccontextmanager
async def wired(port: int) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def request(method: str, target: str, *lines: str, version: str = "HTTP/1.1", host: str = "x") -> bytes:
    """The bytes of a request without a body."""
    hosted = [f"Host: {host}"] if host else []
    return "\r\n".join([f"{method} {target} {version}", *hosted, *lines, "", ""]).encode("latin-1")
