"""A server of event streams that does as a test says, connection by connection, byte by byte; on a real socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

STREAM = "text/event-stream"


@dataclass(frozen=True)
class Talk:
    """One request, and what is answered to it."""

    target: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def head(self, status: int = 200, *lines: str, media_type: str | None = STREAM) -> None:
        """The head of an answer in chunks."""
        typed = [f"Content-Type: {media_type}"] if media_type else []
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *typed, "Transfer-Encoding: chunked", *lines, "", ""]
        self.writer.write("\r\n".join(head).encode())

    def say(self, text: str | bytes) -> None:
        """A chunk."""
        piece = text.encode() if isinstance(text, str) else text
        self.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def end(self) -> None:
        """The last chunk: nothing was cut off."""
        self.writer.write(b"0\r\n\r\n")

    def refuse(self, status: int, *lines: str, body: bytes = b"") -> None:
        """A whole answer that is no stream."""
        head = [f"HTTP/1.1 {status} x", *lines, f"Content-Length: {len(body)}", "", ""]
        self.writer.write("\r\n".join(head).encode() + body)

    async def gone(self) -> None:
        """Wait until the client has left."""
        with suppress(ConnectionError):
            await self.reader.read()


Script = Callable[[Talk], Awaitable[None]]


@dataclass
class Streamer:
    """Each connection gets the next script; when there is none left the answer is 204, "do not come again"."""

    port: int
    scripts: list[Script]
    talks: list[Talk] = field(default_factory=list)
    gone: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def asked(self, header: str) -> list[str | None]:
        """What each request said in a header."""
        return [talk.headers.get(header.lower()) for talk in self.talks]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *lines = head[:-4].split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
            talk = Talk(line.split(" ")[1], headers, reader, writer)
            self.talks.append(talk)
            script = self.scripts.pop(0) if self.scripts else farewell
            await script(talk)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.gone += 1


async def farewell(talk: Talk) -> None:
    talk.refuse(204)


def telling(*pieces: str | bytes, is_cut: bool = False, lines: tuple[str, ...] = ()) -> Script:
    """A stream of these pieces, ended or cut off."""

    async def script(talk: Talk) -> None:
        talk.head(200, *lines)
        for piece in pieces:
            talk.say(piece)
            await talk.writer.drain()
        if not is_cut:
            talk.end()

    return script


def refusing(status: int, *lines: str, body: bytes = b"") -> Script:
    async def script(talk: Talk) -> None:
        talk.refuse(status, *lines, body=body)

    return script


@asynccontextmanager
async def streaming(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Streamer]:
    streamer = Streamer(0, list(scripts))
    server = await asyncio.start_server(streamer._serve, "127.0.0.1", 0, ssl=tls)
    streamer.port = server.sockets[0].getsockname()[1]
    try:
        yield streamer
    finally:
        server.close()
        for talk in streamer.talks:
            talk.writer.transport.abort()
        async with asyncio.timeout(10):
            while streamer.gone < len(streamer.talks):
                await asyncio.sleep(0.002)
