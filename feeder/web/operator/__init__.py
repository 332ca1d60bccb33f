"""The operator's listener: is it alive, is it ready, what does it count, and what may be asked of it.

It has no password because it listens on the machine itself. A browser on that machine is the one danger: what
changes something takes a header that no form can send and no foreign page may, and names that could be bent
to this address (DNS rebinding) are refused.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from feeder import __version__, accounts
from feeder.errors import readable
from feeder.pages import ASSETS, Pages, status_page
from feeder.web.connections.server import REQUEST_BYTES
from feeder.web.headers.negotiate import prefer
from feeder.web.operator import metrics, status
from feeder.web.parts import OPERATED
from feeder.web.problems import explain, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler

    from feeder.accounts import Account
    from feeder.store import Mark
    from feeder.web.parts import Operated

HEADER: Final = "X-Feeder"
"""Any value of it shows that no mere web page is asking."""

_OPEN: Final = frozenset(("/healthz", "/readyz", "/metrics"))
_MOST_REASON: Final = 200
REFRESH_SECONDS: Final = 30
_HTML: Final = "text/html"
_JSON: Final = "application/json"

_ON_PAGES: Final = {"Vary": "Accept", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PAGES: web.AppKey[Pages] = web.AppKey("pages", Pages)
_REGISTRY: web.AppKey[CollectorRegistry] = web.AppKey("registry", CollectorRegistry)


def operator_app(operated: Operated) -> web.Application:
    """The application of the operator's listener."""
    app = web.Application(middlewares=[explain, _guard], client_max_size=REQUEST_BYTES)
    app[OPERATED] = operated
    app[_PAGES] = Pages(operated.site)
    app[_REGISTRY] = metrics.registry_of(operated.measures)
    app.add_routes(
        [
            web.get("/healthz", _health),
            web.get("/readyz", _readiness),
            web.get("/metrics", _metrics),
            web.get("/", _to_status),
            web.get("/favicon.svg", _icon),
            web.get("/status", _status),
            web.get("/quarantine", _quarantine),
            web.post("/quarantine/retry", _retry),
            web.get("/withdrawals", _withdrawals),
            web.post("/retract", _retract),
            web.post("/withdrawals/confirm", _confirm),
            web.post("/look", _look),
        ]
    )
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path not in _OPEN and not _is_own_name(request.host):
        return problem(403, "Ask by the machine's address or as localhost; other names are refused.")
    if request.method == "POST" and (refusal := _refusal(request)):
        return problem(403, refusal)
    try:
        return await handler(request)
    except accounts.NotRefusedError as error:
        return problem(404, str(error), path=readable(error.name))


def _is_own_name(host: str) -> bool:
    """An address or localhost: a name that somebody else's DNS answers for could be anybody's."""
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    if name.lower() == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(request: web.Request) -> str | None:
    """Why a command is not taken from whoever sends it."""
    if HEADER not in request.headers:
        return f"Commands need the header {HEADER}."
    if request.content_type != "application/json":
        return "Commands are sent as application/json."
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return "Commands are not taken from other sites."
    if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        return "Commands are not taken from other origins."
    return None


async def _health(_: web.Request) -> web.Response:
    return _json({"status": "live"})


async def _readiness(request: web.Request) -> web.Response:
    reasons = list(request.app[OPERATED].reasons())
    return _json({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)


async def _metrics(request: web.Request) -> web.Response:
    encode, media_type = choose_encoder(request.headers.get("Accept", ""))
    return web.Response(
        body=encode(request.app[_REGISTRY]), headers={"Content-Type": media_type, "Cache-Control": "no-store"}
    )


async def _status(request: web.Request) -> web.Response:
    """For people a page, and JSON for who prefers it. It asks again by itself, unless it is told not to."""
    account = await _account(request.app[OPERATED])
    if prefer(request.headers.get("Accept"), (_HTML, _JSON)) == _JSON:
        return _json(account, Vary="Accept")
    seconds = 0 if request.query.get("refresh") == "off" else REFRESH_SECONDS
    page = await asyncio.to_thread(status_page, request.app[_PAGES], account, seconds)
    headers = {"Refresh": str(seconds)} if seconds else {}
    return web.Response(
        body=page.body,
        content_type=_HTML,
        charset="utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": page.policy,
            **headers,
            **_ON_PAGES,
        },
    )


async def _to_status(_: web.Request) -> web.Response:
    raise web.HTTPFound("/status")


async def _icon(_: web.Request) -> web.Response:
    return web.Response(body=ASSETS["favicon.svg"], content_type="image/svg+xml")


async def _account(operated: Operated) -> Account:
    """All that is told, put together in a thread: a hundred thousand files may be refused."""
    reasons, last = list(operated.reasons()), await operated.last_event()
    figures, refused, measures = await operated.figures(), await operated.quarantine(), list(operated.measures())
    told = {
        "version": __version__,
        "now": figures.now.isoformat(),
        "since": figures.since.isoformat(),
        "ready": not reasons,
        "reasons": reasons,
        "workers": list(operated.workers()),
        "files": accounts.of_counts(operated.files()),
        "refused": len(refused),
        "withheld": len(operated.withheld()),
        "last_event": None if last is None else accounts.of_event(last),
    }
    return told | await asyncio.to_thread(status.gone, figures, refused, measures)


async def _quarantine(request: web.Request) -> web.Response:
    marks = await _refused(request, request.query.getall("path", None))
    return _json({"files": [accounts.of_file(mark) for mark in marks]})


async def _retry(request: web.Request) -> web.Response:
    """The answer comes when the files were judged, however long that takes."""
    command = await _command(request)
    paths = command.get("paths")
    is_list = isinstance(paths, list) and all(isinstance(path, str) for path in paths)
    if not (is_list or (paths is None and command.get("all") is True)):
        return problem(400, 'Send {"paths": ["the path below the seeds folder", …]} or {"all": true}.')
    chosen = await _refused(request, paths)
    judged = await request.app[OPERATED].retry([mark.seed.path for mark in chosen])
    return _json({"files": [accounts.of_retry(mark, is_judged=is_judged) for mark, is_judged in judged]})


async def _refused(request: web.Request, names: Sequence[str] | None) -> Sequence[Mark]:
    return accounts.refused(await request.app[OPERATED].quarantine(), names)


async def _withdrawals(request: web.Request) -> web.Response:
    return _json({"held": [readable(path) for path in request.app[OPERATED].withheld()]})


async def _retract(request: web.Request) -> web.Response:
    command = await _command(request)
    article_id, reason = command.get("id"), command.get("reason", "killed")
    if not isinstance(article_id, str) or not isinstance(reason, str) or not 0 < len(reason) <= _MOST_REASON:
        return problem(400, 'Send {"id": "the article\'s id"}, and a short "reason" if there is one.')
    try:
        events = await request.app[OPERATED].retract(article_id, reason)
    except KeyError:
        return problem(404, "There is no article with this id.", id=article_id)
    return _json({"retracted": bool(events), "events": [event.cursor for event in events]})


async def _confirm(request: web.Request) -> web.Response:
    await _command(request)
    return _json({"confirmed": await request.app[OPERATED].confirm_withdrawals()})


async def _look(request: web.Request) -> web.Response:
    await _command(request)
    await request.app[OPERATED].look()
    return _json({"looked": True})


async def _command(request: web.Request) -> dict[str, Any]:
    """The command's members; an empty body has none."""
    body = await request.read()
    try:
        command = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        command = None
    if not isinstance(command, dict):
        raise web.HTTPBadRequest
    return command


def _json(value: object, *, status: int = 200, **headers: str) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(value),
        content_type=_JSON,
        headers={"Cache-Control": "no-store", **headers},
    )
