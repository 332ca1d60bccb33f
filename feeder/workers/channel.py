"""A channel between two processes: whole messages, in their order, until either side ends."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

LENGTH: Final = struct.Struct(">I")
"""What stands in front of each message."""
_READ_BYTES: Final = 1024 * 1024


class Channel:
    """One side of it. Several tasks may send at the same time, one receives."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, connection: socket.socket) -> Channel:
        """A channel over one end of a pair of sockets, which is closed with it."""
        return cls(*await asyncio.open_unix_connection(sock=connection, limit=_READ_BYTES))

    async def send(self, message: bytes) -> None:
        """Send a message; waits while the other side has much to read.

        Raises:
            OSError: the other side has ended.
        """
        self._writer.write(LENGTH.pack(len(message)))
        self._writer.write(message)
        await self._writer.drain()

    async def receive(self, most_bytes: int | None = None) -> bytes | None:
        """The next message; None when the other side has ended, or sends one that is longer than it may be."""
        with suppress(asyncio.IncompleteReadError, OSError):
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            if most_bytes is None or length <= most_bytes:
                return await self._reader.readexactly(length)
        return None

    def close(self) -> None:
        """End it."""
        self._writer.close()
