"""The sockets that the service listens on, what their addresses are called, and how many connections there can be."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from feeder.config import Settings

_SPARE_FILES: Final = 512
"""Files that are no listener's: the store's, documents on their way out, readers of feeds, parser processes."""

_log = structlog.get_logger(__name__)


def bind(host: str, port: int, key: str) -> socket.socket:
    """A socket on an address; port 0 takes any that is free.

    Raises:
        ConfigError: it is taken, or not this machine's; names the key to change.
    """
    try:
        return socket.create_server((host, port), family=_family(host))
    except OSError as error:
        if isinstance(error, socket.gaierror):
            key = key.replace("server.port", "server.host")
        why = (error.strerror or str(error)).partition(" (while")[0]  # Python adds the address that stands before
        raise ConfigError(f"{key}: cannot listen on {host}:{port}: {why}") from None


class SharedPort:
    """An address that several processes listen on, each with a socket of its own (``SO_REUSEPORT``).

    The system spreads connections over those that listen. Nobody else gets in, not even another instance of the same
    user, and also while none of ours listens: every instance first listens there by itself, which is refused to the
    second one. The socket that then holds the address lets in only who says that it shares, and no instance says so
    before it had the address for itself.

    Raises:
        ConfigError: it is taken, or not this machine's; or the system cannot share it. Names the key to change.
    """

    def __init__(self, host: str, port: int) -> None:
        if sys.platform != "linux":  # others give all connections to one of those that listen
            raise ConfigError("server.workers: only Linux spreads connections over several processes; set it to 1")
        with bind(host, port, "server.port") as first, ExitStack() as undone:
            self._address = first.getsockname()
            self._family = first.family
            try:
                first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                self._reserved = undone.enter_context(self.socket())
                self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            except OSError as error:
                raise ConfigError(f"server.workers: the port cannot be shared: {error.strerror}; set it to 1") from None
            undone.pop_all()

    def close(self) -> None:
        """Give the address up."""
        self._reserved.close()

    @property
    def url(self) -> str:
        """The address for people and programs on this machine."""
        return url_of(self._reserved)

    def socket(self) -> socket.socket:
        """One more socket at the address, which does not listen yet.

        Raises:
            OSError: there can be no further one now.
        """
        one = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
                one.setsockopt(socket.SOL_SOCKET, option, 1)
            if self._family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(self._address)
        except OSError:
            one.close()
            raise
        return one


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


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


@dataclass(frozen=True, slots=True)
class Room:
    """How many can listen: ``asked`` is how many shall (0: no limit), ``files`` how many the process may open."""

    asked: int
    files: int | None

    @property
    def listeners(self) -> int:
        """How many are let in at most, so that what else is opened has its place; 0 if there is no limit."""
        if self.files is None:
            return self.asked
        room = self.files - min(_SPARE_FILES, self.files // 2)
        return min(self.asked or room, room)

    def tell(self) -> None:
        """Say so if fewer can listen than shall."""
        if self.listeners < self.asked:
            _log.warning(
                "fewer can listen than stream.max_listeners says, as the process may open too few files: raise its "
                "limit (LimitNOFILE= of systemd, ulimit -n of a shell), or lower stream.max_listeners",
                max_listeners=self.asked,
                room=self.listeners,
                files=self.files,
                needed=self.asked + _SPARE_FILES,
            )


def make_room(listeners: int) -> Room:
    """Let the process open as many files as it may, as each connection is one."""
    return Room(listeners, _raised(listeners + _SPARE_FILES))


def _raised(needed: int) -> int | None:
    """The limit on open files, raised as far as it goes; None if there is none."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    for wanted in (hard, needed if hard == unlimited else min(needed, hard)):  # some systems do not take their own
        if soft == unlimited or (wanted != unlimited and wanted <= soft):
            break
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return None if soft == unlimited else soft
