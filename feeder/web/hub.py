"""``POST /hub``: subscribing by WebSub. What is wrong with a request is said in plain text (section 5.1.2).

What a request makes us do, a row in the store and a call on somebody else, is worth more than what it costs to send, so
each address has an allowance of them, and a deadline for sending one.
"""

from __future__ import annotations

import asyncio
import math
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.errors import UnavailableError
from feeder.web.connections.addresses import peer
from feeder.web.connections.allowance import Allowance
from feeder.web.parts import PARTS
from feeder.websub import RequestError

if TYPE_CHECKING:
    from feeder.web.parts import Parts, Receiver

_FORM: Final = "application/x-www-form-urlencoded"
_RETRY_AFTER_SECONDS: Final = 60
_A_SECOND: Final = 10
_AT_ONCE: Final = 200
"""An aggregator that finds us subscribes to every feed in each format, one after the other."""

ALLOWANCE: web.AppKey[Allowance] = web.AppKey("hub_allowance", Allowance)


def allowance() -> Allowance:
    """What each address may ask of the hub."""
    return Allowance(_A_SECOND, _AT_ONCE, time.monotonic)


async def hub(request: web.Request) -> web.Response:
    """A subscriber's request, a form; 202 says that it came, and a GET to the callback will ask whether it is meant."""
    parts = request.app[PARTS]
    if parts.websub is None:
        return _elsewhere(parts)
    wait = request.app[ALLOWANCE].take(peer(request, parts.trusted_proxies))
    if wait:
        parts.websub.requests["limited"] += 1
        return _answer(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests from your address.", math.ceil(wait))
    if request.content_type != _FORM:
        return _answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send a form, as {_FORM}.")
    try:
        form = await _body(request, parts.body_deadline_seconds)
    except TimeoutError:
        late = _answer(HTTPStatus.REQUEST_TIMEOUT, "The form did not come to its end in time.")
        late.force_close()
        return late
    return await _received(parts.websub, form)


async def _received(websub: Receiver, form: bytes) -> web.Response:
    try:
        await websub.receive(form)
    except RequestError as error:
        return _answer(error.status, str(error))
    except UnavailableError:
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "The hub cannot take requests just now.")
    return _answer(HTTPStatus.ACCEPTED, "Accepted; the callback is asked whether it is meant.")


async def _body(request: web.Request, seconds: float) -> bytes:
    """The form as it came.

    Raises:
        TimeoutError: it has not come within so many seconds (0: there is no limit).
    """
    async with asyncio.timeout(seconds or None):
        return await request.read()


def _elsewhere(parts: Parts) -> web.Response:
    """The hub of others, if there is one (section 5.1.2): who subscribed here once is led there."""
    if parts.site.hub is None or parts.site.hub == f"{parts.site.base_url}/hub":
        raise web.HTTPNotFound
    return web.Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": parts.site.hub})


def _answer(status: int, text: str, seconds: int = _RETRY_AFTER_SECONDS) -> web.Response:
    is_later = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(seconds)} if is_later else {})
    return web.Response(status=status, text=f"{text}\n", headers=headers)
