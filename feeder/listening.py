"""The sockets that the service listens on, and what their addresses are called."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import structlog

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from feeder.config import Settings

_log = structlog.get_logger(__name__)


def bind(host: str, port: int, key: str) -> socket.socket:
    """A socket on an address; port 0 takes any that is free.

    Raises:
        ConfigError: it is taken, or not this machine's; names the key to change.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if isinstance(error, socket.gaierror):
            key = key.replace("server.port", "server.host")
        why = (error.strerror or str(error)).partition(" (while")[0]  # Python adds the address that stands before
        raise ConfigError(f"{key}: cannot listen on {host}:{port}: {why}") from None


def operator_socket(settings: Settings) -> socket.socket | None:
    """The operator's address; if only the default is taken, any free one serves."""
    if settings.operator.listen == "off":
        return None
    host, _, port = settings.operator.listen.rpartition(":")
    try:
        return bind(host.strip("[]"), int(port), "operator.listen")
    except ConfigError as error:
        if "listen" in settings.operator.model_fields_set:
            raise
        free = bind(host, 0, "operator.listen")
        _log.warning(
            "the operator's default address is taken, another one is used", reason=str(error), url=url_of(free)
        )
        return free


def url_of(listening: socket.socket) -> str:
    """The address of a listening socket for people and programs on this machine."""
    return address_of(*listening.getsockname()[:2])


def address_of(host: str, port: int) -> str:
    """The URL of a host and port; a wildcard is this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
