"""Programs that people have read the stream in gzip: each piece the moment it comes, and a whole member at the end.

Nothing is sent before all readers have read the last piece: one that waited for more to come would wait for ever.
"""

from __future__ import annotations

import asyncio
import gzip
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compressed import Channel, Listener
from feeder.stream.chunked import LAST, chunk
from feeder.stream.deflate import KEY_BYTES
from program import PATIENCE_SECONDS, require

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
NODE = """
const get = { headers: { "Accept-Encoding": "gzip" } };
require("http").get(process.argv[1], get, said => said.pipe(require("zlib").createGunzip()).pipe(process.stdout));
"""
AIOHTTP = """
import asyncio, sys, aiohttp

async def main():
    async with aiohttp.ClientSession() as session, session.get(sys.argv[1]) as said:
        async for piece in said.content.iter_any():
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()

asyncio.run(main())
"""
CURL = ("curl", "--silent", "--show-error", "--no-buffer")
READERS = {"curl": (*CURL, "--compressed"), "node": ("node", "-e", NODE), "aiohttp": (sys.executable, "-c", AIOHTTP)}
CAPTURE = (*CURL, "--header", "Accept-Encoding: gzip")

HEARTBEAT = b":\n"
EVENTS = [b"id: a.%d\nevent: published\ndata: {}\n\n" % number for number in range(4)]
MANY = b"".join(
    b"id: a.%d\nevent: published\ndata: {%d}\n\n" % (number, number**40) for number in range(KEY_BYTES // 80)
)


class Site:
    """Sends one channel to whoever connects, until it is told to end."""

    def __init__(self) -> None:
        self.channel = Channel()
        self.url = ""
        self.programs: list[asyncio.subprocess.Process] = []
        self.came: asyncio.Queue[tuple[Listener, asyncio.StreamWriter]] = asyncio.Queue()

    async def take_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"gzip" in (await reader.readuntil(b"\r\n\r\n")).lower()
        writer.write(HEAD)
        listener = self.channel.join(lambda piece: writer.write(chunk(piece)))
        self.came.put_nowait((listener, writer))


class Reader:
    """A program that writes what it reads to its standard output."""

    def __init__(self, site: Site, program: asyncio.subprocess.Process) -> None:
        self.site, self.program = site, program

    async def start(self) -> Reader:
        async with asyncio.timeout(PATIENCE_SECONDS):
            self.listener, self.writer = await self.site.came.get()
        return self

    async def reads(self, plain: bytes) -> None:
        assert self.program.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await self.program.stdout.readexactly(len(plain)) == plain

    async def end(self) -> bytes:
        """What it wrote that nobody asked for yet; it has to be content with how the stream ended."""
        self.site.channel.end(self.listener)
        self.writer.write(LAST)
        self.writer.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            rest, errors = await self.program.communicate()
        assert (self.program.returncode, errors) == (0, b"")
        return rest


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.take_in, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        yield made
        for program in made.programs:
            if program.returncode is None:
                program.kill()
                await program.communicate()


async def opened(site: Site, command: tuple[str, ...]) -> Reader:
    require(shutil.which(command[0]), f"{command[0]} is missing")
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(*command, site.url, stdout=pipe, stderr=pipe, limit=len(MANY) * 2)
    site.programs.append(program)
    return await Reader(site, program).start()


@pytest.mark.parametrize("name", READERS)
async def test_each_piece_is_read_the_moment_it_comes(site: Site, name: str) -> None:
    early = await opened(site, READERS[name])
    readers = [early]
    for plain in (HEARTBEAT, EVENTS[0], HEARTBEAT):
        site.channel.push(plain)
        await early.reads(plain)
    late = await opened(site, READERS[name])
    readers.append(late)
    for plain in (EVENTS[1], HEARTBEAT, MANY, EVENTS[2], HEARTBEAT, EVENTS[3]):
        site.channel.push(plain)
        for one in readers:
            await one.reads(plain)
        if plain is EVENTS[1]:
            assert not late.listener.in_chain
            site.channel.tell(early.listener, b"event: gap\ndata: {}\n\n")
            await early.reads(b"event: gap\ndata: {}\n\n")
    for one in readers:
        assert one.listener.in_chain
        assert await one.end() == b""


async def test_the_captured_body_is_a_file_that_gzip_finds_whole(site: Site, tmp_path: Path) -> None:
    require(shutil.which("gzip"), "gzip is missing")
    reader = await opened(site, CAPTURE)
    for plain in (*EVENTS, MANY, HEARTBEAT, *EVENTS):
        site.channel.push(plain)
    site.channel.tell(reader.listener, b"event: goodbye\ndata: {}\n\n")
    body = await reader.end()
    assert body == reader.listener.raw
    assert gzip.decompress(body) == reader.listener.plain
    for file, code in ((body, 0), (body[:-1], 1), (body[:-10], 1)):
        (tmp_path / "events.gz").write_bytes(file)
        program = await asyncio.create_subprocess_exec(
            "gzip", "-t", tmp_path / "events.gz", stderr=asyncio.subprocess.DEVNULL
        )
        assert await program.wait() == code
