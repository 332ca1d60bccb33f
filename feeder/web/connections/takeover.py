"""Taking a connection over from aiohttp: once it has become a stream, nothing of a request is kept for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import HttpVersion11

from feeder.web.answers import ON_ALL
from feeder.web.connections.protocol import Connection
from feeder.web.headers.conditional import format_date

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping
    from datetime import datetime

    from aiohttp import web


def take_over(request: web.Request, *, has_end: bool) -> asyncio.Transport | None:
    """The connection of a request, which aiohttp has let go of; None if the client has gone.

    Of who has hung up nobody knows whether it still reads: it gets an answer that has an end, and no endless one.

    The handler ends by ``CancelledError``: nobody waits for its answer any more.
    """
    connection = request.protocol
    if not isinstance(connection, Connection):
        raise TypeError("only a connection of our own server can be taken over")
    if connection.has_hung_up and not has_end:
        return None
    return connection.release()


def is_chunked(request: web.Request) -> bool:
    """Whether a body without a length is sent in chunks (RFC 9112 section 6.1), and not ended by the connection."""
    return request.version >= HttpVersion11


def head(request: web.Request, headers: Mapping[str, str], now: datetime) -> bytes:
    """The head of an answer whose body has no length; the connection ends with it."""
    lines = {**headers, **ON_ALL, "Date": format_date(now), "Connection": "close"}
    if is_chunked(request):
        lines["Transfer-Encoding"] = "chunked"
    version = f"{request.version.major}.{request.version.minor}"
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/{version} 200 OK\r\n{text}\r\n".encode("latin-1")
