"""A web server in front of the service, as operators have them: it passes on what comes, and spoils it on request."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

_OF_THE_CONNECTION = ("Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Server", "Date")
Spoil = Callable[[CIMultiDict[str], bytes], bytes]


@dataclass
class Front:
    """``url`` is where it listens, ``behind`` what it passes on to; the others say what it does wrong.

    ``keeps`` is what a cache of feeds has that never asks again.
    """

    url: str = ""
    behind: str = ""
    buffers: bool = False
    spoil: Spoil | None = None
    hides: set[str] = field(default_factory=set)
    keeps: dict[str, tuple[int, CIMultiDict[str], bytes]] | None = None
    adds: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def fronting() -> AsyncIterator[Front]:
    """The server, with nothing behind it yet."""
    front = Front()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False))

        async def pass_on(request: web.Request) -> web.StreamResponse:
            headers = CIMultiDict(request.headers)
            kept = (front.keeps or {}).get(_name_of(request))
            if kept is not None:
                return web.Response(status=kept[0], headers=kept[1], body=kept[2])
            for name in {"Host", "Connection", *front.hides} & set(headers):
                del headers[name]
            async with session.request(
                request.method, front.behind + str(request.rel_url), headers=headers,
                skip_auto_headers=("Accept-Encoding", "User-Agent"), allow_redirects=False,
            ) as answer:  # fmt: skip
                return await _passed(front, request, answer)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", pass_on)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address: Any = runner.addresses[0]
        front.url = f"http://127.0.0.1:{address[1]}"
        yield front


def _name_of(request: web.Request) -> str:
    return " ".join((request.path, *(request.headers.get(name, "") for name in ("Accept-Encoding", "If-None-Match"))))


async def _passed(front: Front, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = CIMultiDict({name: value for name, value in answer.headers.items() if name not in _OF_THE_CONNECTION})
    headers.update({"Server": "front/1.0", "Via": "1.1 front", **front.adds})
    is_stream = answer.content_type == "text/event-stream"
    body = b"" if is_stream and not front.buffers else await answer.read()
    if front.spoil is not None and not is_stream:
        body = front.spoil(headers, body)
    if front.keeps is not None and not is_stream and request.path.startswith("/feeds/"):
        front.keeps[_name_of(request)] = (answer.status, headers, body)
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    await response.write(body)
    if is_stream:
        async for piece in answer.content.iter_any():
            await response.write(piece)
    await response.write_eof()
    return response


def without_tags(headers: CIMultiDict[str], body: bytes) -> bytes:
    headers.popall("ETag", None)
    return body


def with_weak_tags(headers: CIMultiDict[str], body: bytes) -> bytes:
    if "ETag" in headers:
        headers["ETag"] = "W/" + headers["ETag"]
    return body


def squeezed(headers: CIMultiDict[str], body: bytes) -> bytes:
    """Compressed, whether or not it was."""
    if body:
        before = headers.get("Content-Encoding")
        headers["Content-Encoding"] = f"{before}, gzip" if before else "gzip"
    return gzip.compress(body) if body else body


def minified(headers: CIMultiDict[str], body: bytes) -> bytes:
    return body.replace(b"\n", b"")


def falsely_squeezed(headers: CIMultiDict[str], body: bytes) -> bytes:
    """Said to be compressed, and plain."""
    headers["Content-Encoding"] = "gzip"
    return b"plain"
