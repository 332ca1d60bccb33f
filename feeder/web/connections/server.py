"""Listening: an application on an address, with settings that suit a small machine on an open network."""

from __future__ import annotations

import asyncio
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from feeder.web.connections.doors import DOORS, Doors
from feeder.web.connections.protocol import FIELD_BYTES, LINE_BYTES, Connection
from feeder.web.parts import PARTS
from feeder.web.quick import QUICK

if TYPE_CHECKING:
    from aiohttp.web import Application

REQUEST_BYTES: Final = 64 * 1024
"""The largest body that a request may have."""

_KEEPALIVE_SECONDS: Final = 75.0
_HEAD_SECONDS: Final = 10.0
_LINGER_SECONDS: Final = 5.0
_BACKLOG: Final = 16_384
"""How many may wait to be let in, when all readers of a stream come back at once; the kernel may allow fewer
(net.core.somaxconn). Who finds no room asks again after a second, three, seven."""

_AT_A_TIME: Final = 256
"""How many of them plain asyncio lets in before it does anything else."""

_AT_ONCE_SECONDS: Final = 0.001
_EXACT_SECONDS: Final = 5.0

_logger = logging.getLogger(__name__)
# Garbage on the wire is answered with 400 and is nothing to log.
_logger.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))


async def start(
    app: Application,
    listening: socket.socket,
    *,
    cancel: bool = True,
    shutdown_seconds: float = 5,
    head_seconds: float = _HEAD_SECONDS,
) -> web.AppRunner:
    """Serve an application until ``cleanup()`` of what is returned.

    Args:
        app: the application.
        listening: a bound socket.
        cancel: whether a request's work stops when its client goes; not for what changes something.
        shutdown_seconds: how long a request may go on once the server is stopping; 0: not at all.
        head_seconds: how long the head of a request may take, from its first byte or from the connection; 0: for ever.
    """
    files = _most_files() if PARTS in app else None  # the operator's few are always let in
    app[DOORS] = Doors(head_seconds, files, asyncio.get_running_loop())
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_logger,
        handler_cancellation=cancel,
        keepalive_timeout=_KEEPALIVE_SECONDS,
        shutdown_timeout=_half(shutdown_seconds),
        lingering_time=_LINGER_SECONDS,
        max_line_size=LINE_BYTES,
        max_field_size=FIELD_BYTES,
    )
    await runner.setup()
    if PARTS in app:
        _leave_who_takes_nothing(listening, app[PARTS].write_deadline_seconds)
    await _Site(runner, listening).start()
    return runner


def _leave_who_takes_nothing(listening: socket.socket, seconds: float) -> None:
    """Have the kernel end a connection whose client takes nothing for so long (RFC 5482; 0: never).

    What is written in one piece, as feeds are, is nowhere waited for. Connections have it from their listener.
    """
    if seconds and hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(int(seconds * 1000), 1))


def _most_files() -> int | None:
    """How many files the process may open; None if there is no limit, or nobody knows it."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


class _Site(web.BaseSite):
    """A socket whose connections are ours, with the short cut of the application if it has one."""

    def __init__(self, runner: web.AppRunner, listening: socket.socket) -> None:
        super().__init__(runner, backlog=_AT_A_TIME)
        self._listening = listening
        self._quick = runner.app.get(QUICK)
        self._doors = runner.app[DOORS]

    @property
    def name(self) -> str:
        """Where it listens."""
        host, port, *_ = self._listening.getsockname()
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Take connections from now on."""
        await super().start()
        loop, server = asyncio.get_running_loop(), self._runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        kwargs = server._kwargs  # noqa: SLF001 (its own call)
        connect = partial(Connection, self._quick, self._doors, server, loop=loop, **kwargs)
        self._server = await loop.create_server(connect, sock=self._listening, backlog=self._backlog)
        self._listening.listen(_BACKLOG)  # again: the loop takes its own number for two things

    async def stop(self) -> None:
        """Take no more connections."""
        self._doors.heads.close()
        await super().stop()


def _half(seconds: float) -> float:
    """The timeout that aiohttp is given: it waits that long for a request, and then as long again before it ends it.

    It takes 0 for no limit, and moves the end of a wait of more than five seconds up to the next whole one.
    """
    half = max(seconds / 2, _AT_ONCE_SECONDS)
    return half - 1 if half > _EXACT_SECONDS else half
