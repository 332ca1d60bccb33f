"""Listening: an application on an address, with settings that suit a small machine on an open network."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    import socket

    from aiohttp.web import Application

REQUEST_BYTES: Final = 64 * 1024
"""The largest body that a request may have."""

_KEEPALIVE_SECONDS: Final = 75.0
_BACKLOG: Final = 1024

_logger = logging.getLogger(__name__)
# Garbage on the wire is answered with 400 and is nothing to log.
_logger.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))


async def start(
    app: Application, listening: socket.socket, *, cancel: bool = True, shutdown_seconds: float = 5
) -> web.AppRunner:
    """Serve an application until ``cleanup()`` of what is returned.

    Args:
        app: the application.
        listening: a bound socket.
        cancel: whether a request's work stops when its client goes; not for what changes something.
        shutdown_seconds: how long a request may go on once the server is stopping.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_logger,
        handler_cancellation=cancel,
        keepalive_timeout=_KEEPALIVE_SECONDS,
        shutdown_timeout=shutdown_seconds,
    )
    await runner.setup()
    await web.SockSite(runner, listening, backlog=_BACKLOG).start()
    return runner
