"""Images and enclosures over HTTP: ``/media/SHA256.EXT``, there only while a published article shows them.

Not aiohttp's ``FileResponse``: its entity tags are made of the file's time, it takes ``If-Range`` for a date only, and
with uvloop it copies in a thread as well. The address says what the bytes are, so they never change; what may change
is that they are there, and every request asks the store for that.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from feeder import media
from feeder.errors import UnavailableError
from feeder.web.feeds import joined
from feeder.web.headers.conditional import is_not_modified
from feeder.web.headers.ranges import describe, wanted
from feeder.web.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH: Final = "/media/{name:[0-9a-f]{64}[.][a-z0-9]{2,5}}"

_CACHE_CONTROL: Final = "public, max-age=3600"
"""The bytes are right for ever, but a picture that was withdrawn shall not live on in caches: an hour at most."""

_PIECE_BYTES: Final = 64 * 1024
_ALONE: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""For who opens the file by itself: what browsers need to show it, and nothing of the site's."""

_logger = structlog.get_logger(__name__)


async def shown(request: web.Request) -> web.StreamResponse:
    """``GET`` or ``HEAD``, of the whole file or of a part of it."""
    parts, name = request.app[PARTS], request.match_info["name"]
    if parts.media is None or not await parts.articles.shows_media(name):
        raise web.HTTPNotFound
    headers = _headers(name)
    now = parts.clock()
    if is_not_modified(joined(request, "If-None-Match"), None, etag=headers["ETag"], last_modified=None, now=now):
        return web.Response(status=304, headers=headers)
    path = parts.media.path(name)
    try:
        length = (await asyncio.to_thread(path.stat)).st_size
    except FileNotFoundError:
        _logger.warning("a media file is gone from the data folder", name=name)
        raise web.HTTPNotFound from None
    except OSError as error:
        raise UnavailableError(f"{name} cannot be read: {error.strerror}") from error
    return await _answer(request, path, length, headers | {"Content-Type": _type(name)})


def _headers(name: str) -> dict[str, str]:
    sha256, extension = name.split(".")
    headers = {
        "ETag": f'"{sha256}"',
        "Cache-Control": _CACHE_CONTROL,
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if extension != "pdf":  # browsers show no PDF in a sandbox; its viewer is one by itself
        headers["Content-Security-Policy"] = _ALONE
    return headers


def _type(name: str) -> str:
    return media.TYPES.get(name.partition(".")[2], "application/octet-stream")


async def _answer(request: web.Request, path: Path, length: int, headers: Mapping[str, str]) -> web.StreamResponse:
    part = _part(request, length, headers["ETag"])
    whole = range(length) if part is None else part
    response = web.StreamResponse(headers=headers)
    if part is not None:
        response.set_status(206 if part else 416)
        response.headers["Content-Range"] = describe(part, length)
    response.content_length = len(whole)
    await response.prepare(request)
    if request.method == "GET":
        await _send(request, response, path, whole)
    return response


def _part(request: web.Request, length: int, etag: str) -> range | None:
    """The part that is asked for, if one is (RFC 9110 section 14.2: of a ``GET`` only, and by ``If-Range``)."""
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    return wanted(request.headers.get("Range"), length)


async def _send(request: web.Request, response: web.StreamResponse, path: Path, part: range) -> None:
    """Write the bytes, piece by piece; whoever takes nothing for too long is left."""
    deadline = request.app[PARTS].write_deadline_seconds or None
    try:
        for start in range(part.start, part.stop, _PIECE_BYTES):
            piece = await asyncio.to_thread(_read, path, start, min(_PIECE_BYTES, part.stop - start))
            async with asyncio.timeout(deadline):
                await response.write(piece)
    except ConnectionError:
        pass  # the reader has gone
    except (OSError, TimeoutError):
        # The status is out already, with a length that is not reached: all that is left is to end the connection.
        if request.transport is not None:
            request.transport.abort()


def _read(path: Path, start: int, size: int) -> bytes:
    """A piece of the file. It is opened for each, so that slow readers hold no descriptors.

    Raises:
        OSError: the file is gone, or it is not as long as it was.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        piece = os.pread(descriptor, size, start)
    finally:
        os.close(descriptor)
    if len(piece) < size:
        raise OSError(f"{path.name} ends at {start + len(piece)}")
    return piece
