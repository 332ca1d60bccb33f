"""The one client that asks addresses which strangers have named: the callbacks of WebSub.

A server that fetches what it is told to fetch can be used against the machines beside it. So what counts is the address
that a connection is really made to, looked at the moment before it is made: however it was written (``127.1``,
``[::ffff:127.0.0.1]``), whatever a name meant a moment ago. Nothing is followed, nothing remembered, nothing taken from
the environment, and little is read. Addresses of one's own network that are to be asked all the same are named by the
operator.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING, Final

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver
from yarl import URL

from feeder import __version__
from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohappyeyeballs import AddrInfoType
    from aiohttp.abc import ResolveResult

PORTS: Final = frozenset((80, 443, 8080, 8443))
"""What is asked at addresses that the operator has not named."""
TOTAL_SECONDS: Final = 10.0
MOST_BYTES: Final = 4096
"""How much of an answer is read."""

_CONNECT_SECONDS: Final = 5.0
_MOST_LOOKUPS: Final = 64

# Of the registries of special-purpose addresses (RFC 6890) all that is not for everybody, and what only leads back into
# such a place: relays (6to4, Teredo) and old ways of writing IPv4 in IPv6. ``ipaddress.is_global`` knows some of them
# only in newer Pythons, and some not at all.
_NOT_PUBLIC_4: Final = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_UNICAST_6: Final = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""What IPv4 addresses are called in a network that has only IPv6 (RFC 6052): they are what they hold."""

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and of a GET the beginning of the body."""

    status: int
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of statuses


class Outbound:
    """The client.

    Args:
        allow: the ``HOST:PORT`` that may be asked wherever they are, exactly as a URL names them.
        trusted: URLs whose hosts and ports may likewise.
        total_seconds: how long a request may take, from the look-up of the name on.
    """

    def __init__(
        self, allow: Iterable[str] = (), trusted: Iterable[str] = (), *, total_seconds: float = TOTAL_SECONDS
    ) -> None:
        self._total_seconds = total_seconds
        named = {_peer(place) for place in allow}
        self._allowed = frozenset(named | {_peer_of(URL(url, encoded=True)) for url in trusted})
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def refusal(self, url: str) -> str | None:
        """Why this URL is not asked, a sentence; None if only the address of its name can tell."""
        asked = URL(url, encoded=True)
        if _peer_of(asked) in self._allowed:
            return None
        if asked.port not in PORTS:
            return f"Its port is none of {', '.join(map(str, sorted(PORTS)))}."
        literal = _literal(asked.raw_host or "")
        return f"{literal} is no public address." if literal and not is_public(literal) else None

    async def get(self, url: str) -> Answer:
        """Ask with GET; as ``post``."""
        return await self._ask("GET", url, None, {})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body.

        Args:
            url: an absolute http(s) URL in ASCII; it is sent as it stands.
            body: with a ``Content-Type`` among the headers.
            headers: besides our own.

        Raises:
            UnavailableError: nobody answered in time, or may not be asked.
        """
        return await self._ask("POST", url, body, headers)

    async def close(self) -> None:
        """Let go of everything; idempotent."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if (refusal := self.refusal(url)) is not None:
            raise UnavailableError(refusal)
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._exchange(method, URL(url, encoded=True), body, headers)
        except TimeoutError:
            raise UnavailableError(f"no answer within {self._total_seconds:g} seconds") from None
        except aiohttp.ClientConnectorError as error:
            raise UnavailableError(_reason(error.os_error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UnavailableError(f"no answer that is HTTP ({type(error).__name__})") from error
        except Exception as error:  # a stranger's server must not be able to end this process
            _logger.exception("a request failed in a way that is not known")
            raise UnavailableError(f"no answer ({type(error).__name__})") from error

    async def _exchange(self, method: str, url: URL, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        data = (
            None if body is None else BytesIO(body)
        )  # written in steps, so that a large one does not hold the loop up
        response = await self._session(url).request(method, url, data=data, headers=headers, allow_redirects=False)
        try:
            return Answer(response.status, await _beginning(response) if method == "GET" else b"")
        finally:
            response.close()

    def _session(self, url: URL) -> aiohttp.ClientSession:
        """The client for those who are named by the operator, or for everybody else; made when it is needed."""
        is_allowed = _peer_of(url) in self._allowed
        if is_allowed not in self._sessions:
            self._sessions[is_allowed] = _open(is_guarded=not is_allowed)
        return self._sessions[is_allowed]


def _open(*, is_guarded: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0,  # whoever asks has limits of their own
        force_close=True,  # a connection that was kept may be dead; and an address is looked at each time
        resolver=_Resolver(),
        use_dns_cache=False,
        socket_factory=_guarded if is_guarded else None,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        read_bufsize=MOST_BYTES,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
        headers={"User-Agent": f"feeder/{__version__}", "Accept-Encoding": "identity"},
    )


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    found = b""
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > MOST_BYTES:
            break
    return found[:MOST_BYTES]


def _guarded(found: AddrInfoType) -> socket.socket:
    """A socket for this address and no other; aiohttp connects it to nothing else."""
    family, kind, protocol, _, address = found
    if not is_public(str(address[0])):
        raise _NotPublicError(f"{address[0]} is no public address")
    return socket.socket(family, kind, protocol)


class _NotPublicError(OSError):
    """An address that is not asked."""


def _reason(error: OSError) -> str:
    """Why there is no connection, without the address where the system can say it without."""
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody in the internet may have; one that cannot be read is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        return _is_public_6(found)
    return _is_public_4(found)


def _is_public_6(address: ipaddress.IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_4(ipaddress.IPv4Address(address.packed[-4:]))
    is_special = any(address in net for net in _NOT_PUBLIC_6)
    return address in _UNICAST_6 and not is_special and address.scope_id is None and address.is_global


def _is_public_4(address: ipaddress.IPv4Address) -> bool:
    return address.is_global and not any(address in net for net in _NOT_PUBLIC_4)


def _literal(host: str) -> str | None:
    """The address that a host is written as, in any form that systems take for one; None: it is a name."""
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _peer(place: str) -> tuple[str, int]:
    """What ``HOST:PORT`` names."""
    host, _, port = place.rpartition(":")
    return _same(host.removeprefix("[").removesuffix("]")), int(port)


def _peer_of(url: URL) -> tuple[str, int]:
    return _same(url.raw_host or ""), url.port or 0


def _same(host: str) -> str:
    """A host in the one form that it is compared in."""
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    return host.lower()


class _Resolver(AbstractResolver):
    """Names, looked up in threads of their own.

    Those of the loop are few, and names whose servers do not answer would keep them from what the feeds need. A process
    that ends waits for none of them.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_MOST_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name, in the system's order."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def tell(result: list[ResolveResult] | OSError) -> None:
            self._free.release()  # not before: a lookup that nobody waits for any more still has its thread
            if found.cancelled():
                return
            if isinstance(result, OSError):
                found.set_exception(result)
            else:
                found.set_result(result)

        def look_up() -> None:
            result = _addresses(host, port, family)
            with suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(tell, result)

        try:
            Thread(target=look_up, name="lookup", daemon=True).start()
        except RuntimeError:  # there are as many threads as the system allows
            self._free.release()
            raise OSError("its name cannot be looked up now") from None
        return await found

    async def close(self) -> None:
        """Nothing is kept."""


def _addresses(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult] | OSError:
    """The addresses of a name, or why there are none."""
    try:
        rows = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except OSError as error:
        return error
    except UnicodeError:
        return OSError("its name cannot be looked up")
    return [
        {"hostname": host, "host": str(address[0]), "port": port, "family": kind, "proto": 0, "flags": 0}
        for kind, _, _, _, address in rows
    ]
