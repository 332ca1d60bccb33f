"""Requests over sockets: nothing between the bytes and those who judge them.

No library of HTTP stands in between, because such a one mends, joins and hides what it reads.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from feeder.conform.answer import Answer
from feeder.conform.head import Unheard, read_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from feeder.conform.head import Head
    from feeder.conform.target import Ask, Target

AT_ONCE: Final = 5
"""The most connections to a server at any moment."""

_HEAD_BYTES: Final = 64 * 1024
_END: Final = b"\r\n\r\n"
_NOT_YET: Final = range(100, 200)


class Wire:
    """The way to one server; ``always`` are fields that go with every request."""

    def __init__(self, target: Target, *, patience_seconds: float, always: Mapping[str, str]) -> None:
        self.target = target
        self.patience_seconds = patience_seconds
        self.asked = 0
        self._always = always
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tls = ssl.create_default_context() if target.is_secure else None

    @asynccontextmanager
    async def ask(self, request: Ask, *, held_bytes: int = 1 << 20) -> AsyncIterator[Answer]:
        """Send a request on a connection of its own and read the head; the connection ends with the block.

        ``held_bytes`` is about how much of the body is taken from the system before somebody reads it.

        Raises:
            Unheard: there is no connection, or no head comes in time.
        """
        async with self._room:
            reader, writer, took = await self._connect(held_bytes)
            try:
                yield await self._answer(reader, writer, request, took)
            except OSError as error:
                raise Unheard(f"{request}: the connection broke: {_why(error)}") from error
            finally:
                await _close(writer)

    async def _connect(self, held_bytes: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, float]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(self.patience_seconds):
                pair = await asyncio.open_connection(
                    self.target.host, self.target.port, ssl=self._tls, limit=max(held_bytes // 2, 1)
                )
        except TimeoutError:
            raise Unheard(f"no connection to {self.target} within {self.patience_seconds:g} s") from None
        except OSError as error:
            raise Unheard(f"no connection to {self.target}: {_why(error)}") from None
        self.asked += 1
        return *pair, loop.time() - begun

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Ask, took: float
    ) -> Answer:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        writer.write(request.written(self.target, self._always))
        try:
            async with asyncio.timeout(self.patience_seconds):
                await writer.drain()
                head, rest = await _read_head(reader)
        except TimeoutError:
            raise Unheard(f"{request}: no head came within {self.patience_seconds:g} s") from None
        except EOFError:
            raise Unheard(f"{request}: the connection was closed without an answer") from None
        answer = Answer(request, head, reader, asked=asked, connecting_seconds=took)
        answer.take(rest)
        return answer


async def _read_head(reader: asyncio.StreamReader) -> tuple[Head, bytes]:
    """The head and what came with it of the body; interim answers are passed over (RFC 9110 section 15.2)."""
    held = b""
    while True:
        while _END not in held:
            if len(held) > _HEAD_BYTES:
                raise Unheard(f"the head of the answer is longer than {_HEAD_BYTES} bytes")
            piece = await reader.read(_HEAD_BYTES)
            if not piece:
                raise EOFError
            held += piece
        raw, _, held = held.partition(_END)
        head = read_head(raw + _END)
        if head.status not in _NOT_YET:
            return head, held


def _why(error: OSError) -> str:
    return str(error.strerror or error)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Let the server know, and wait a moment for TLS to say goodbye."""
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
    writer.transport.abort()
