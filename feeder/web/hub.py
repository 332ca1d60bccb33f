"""``POST /hub``: subscribing by WebSub. What is wrong with a request is said in plain text (section 5.1.2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.errors import UnavailableError
from feeder.web.parts import PARTS
from feeder.websub import RequestError

if TYPE_CHECKING:
    from feeder.web.parts import Parts

_FORM: Final = "application/x-www-form-urlencoded"
_RETRY_AFTER_SECONDS: Final = "60"


async def hub(request: web.Request) -> web.Response:
    """A subscriber's request, a form; 202 says that it came, and a GET to the callback will ask whether it is meant."""
    parts = request.app[PARTS]
    if parts.websub is None:
        return _elsewhere(parts)
    if request.content_type != _FORM:
        return _answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send a form, as {_FORM}.")
    try:
        await parts.websub.receive(await request.read())
    except RequestError as error:
        return _answer(error.status, str(error))
    except UnavailableError:
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "The hub cannot take requests just now.")
    return _answer(HTTPStatus.ACCEPTED, "Accepted; the callback is asked whether it is meant.")


def _elsewhere(parts: Parts) -> web.Response:
    """The hub of others, if there is one (section 5.1.2): who subscribed here once is led there."""
    if parts.site.hub is None or parts.site.hub == f"{parts.site.base_url}/hub":
        raise web.HTTPNotFound
    return web.Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": parts.site.hub})


def _answer(status: int, text: str) -> web.Response:
    is_later = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": _RETRY_AFTER_SECONDS} if is_later else {})
    return web.Response(status=status, text=f"{text}\n", headers=headers)
