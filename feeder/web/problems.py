"""What a client is told when something is not as it hoped: a page for people, RFC 9457 JSON for programs."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog
from aiohttp import web

from feeder.errors import UnavailableError
from feeder.pages import near_feeds, words_of
from feeder.web import answers, pages
from feeder.web.headers import negotiate
from feeder.web.parts import PARTS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_logger = structlog.get_logger(__name__)

_HELP: Final = {
    404: "There is nothing at this address. It may have been typed wrongly, or the link to it is old.",
    405: "This address does not take that kind of request.",
    406: "There is nothing at this address in a form that is asked for.",
    408: "The request did not come to its end in time.",
    412: "What is at this address is not what was expected there.",
    413: "The request is larger than this service takes.",
    414: "The address is longer than this service takes.",
    429: "There were too many requests from this address. Please try again in a moment.",
    431: "The header of the request is larger than this service takes.",
    500: "Something went wrong here. It has been noted; please try again later.",
    505: "This service speaks HTTP/1.1 and HTTP/1.0.",
    503: "The service cannot answer just now. Please try again in a moment.",
}
_FEED: Final = re.compile(r"/feeds/([^/.]+)(?:[/.].*)?")
_RETRY_AFTER_SECONDS: Final = "5"


def problem(status: int, detail: str, **members: object) -> web.Response:
    """A problem document (RFC 9457) with our own members beside the registered ones."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return web.Response(
        status=status,
        body=orjson.dumps(body),
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"},
    )


def unreadable(status: int) -> web.Response:
    """What is said before there is a request to speak of; the connection ends with it."""
    response = problem(status, _HELP.get(status, "This is no request that the service can read."))
    response.headers.update(answers.ON_ALL)
    response.force_close()
    return response


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what nobody else answered, and never with a traceback."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _answer(request, error.status, allow)
    except UnavailableError as error:
        _logger.warning("request not answered", path=request.path, reason=str(error))
        return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": _RETRY_AFTER_SECONDS})
    except Exception:
        _logger.exception("request failed", path=request.path)
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _page(request: web.Request, status: int, detail: str) -> web.Response:
    """What is wrong, and what to do now: somebody who looked for something finds a way to search for it."""
    values: dict[str, Any] = {"title": HTTPStatus(status).phrase, "detail": detail, "words": None, "near": []}
    if status == HTTPStatus.NOT_FOUND:
        feed = _FEED.fullmatch(request.path)
        near = near_feeds(feed[1], pages.followed(request.config_dict[PARTS])) if feed else []
        values |= {"words": "" if feed else words_of(request.path), "near": near}
    return pages.passing(request, "problem.html", status=status, **values)


def _answer(request: web.Request, status: int, headers: dict[str, str]) -> web.Response:
    detail = _HELP.get(status, HTTPStatus(status).description or HTTPStatus(status).phrase)
    wanted = negotiate.prefer(request.headers.get("Accept"), ("application/problem+json", "text/html"))
    if wanted == "text/html" and pages.PAGES in request.config_dict:
        response = _page(request, status, detail)
    else:
        response = problem(status, detail)
    response.headers.update(headers)
    return response
