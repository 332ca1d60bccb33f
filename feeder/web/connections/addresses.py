"""Who asks: the address that counts where something is limited for each.

Behind a proxy that is trusted it is the address that the proxy names, in ``X-Forwarded-For`` or ``Forwarded``
(RFC 7239). Every proxy on the way puts whom it heard at the end of what it was told, so the list is read from its end:
what stands there was said by the trusted one, and the first address that is not a trusted proxy's is the one that
counts. What stands in front of it anybody may have written. For the same reason elements of ``Forwarded`` are parted
from the end: a quotation mark that a client left open in front of them swallows nothing.

Where both headers are there ``X-Forwarded-For`` counts: it is what nearly every proxy sets, and who sets it passes the
other one on as the client wrote it.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from itertools import islice
from typing import TYPE_CHECKING, Final

from feeder import peers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aiohttp.web import BaseRequest

    from feeder.peers import Address, Network

_MOST_HOPS: Final = 32
"""A longer way is not followed."""

_MOST_ELEMENT: Final = 1024
"""A longer element of ``Forwarded`` is none."""

_HERE: Final = IPv4Address("127.0.0.1")
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR: Final = re.compile(
    rf'[ \t]*(?:(?P<name>{_NAME})=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^ \t";,]*)))?[ \t]*(?:;|\Z)'
)
_ESCAPE: Final = re.compile(r"\\(.)")
_PORT: Final = r"(?::(?:[0-9]{1,5}|_[0-9A-Za-z._-]+))?"
_NODE: Final = re.compile(rf"(?:(?P<four>[0-9.]+)|\[(?P<six>[^\[\]]+)\]){_PORT}")


def peer(request: BaseRequest, trusted: Sequence[Network]) -> str | None:
    """The address that a request counts for; None if it counts for none.

    It counts for none if it comes from this machine itself, by TCP or a Unix socket, or from a trusted proxy that does
    not say for whom: a limit for each address would be one for all who come that way.
    """
    found = whence(request, trusted)
    return None if found is None or found.is_loopback else str(found)


def whence(request: BaseRequest, trusted: Sequence[Network]) -> Address | None:
    """The address that a request comes from, as ``origin`` says."""
    lists = [request.headers.getall(name, ()) if trusted else () for name in ("X-Forwarded-For", "Forwarded")]
    return origin(request.remote or "", trusted, *lists)


def origin(
    remote: str, trusted: Sequence[Network], forwarded_for: Sequence[str], forwarded: Sequence[str]
) -> Address | None:
    """Where a request comes from; None if it comes from a trusted proxy that does not say for whom.

    Args:
        remote: the other end of the connection; what is no address is this machine's own (a Unix socket).
        trusted: the proxies that are believed.
        forwarded_for: the lines of ``X-Forwarded-For``.
        forwarded: those of ``Forwarded``, which count where there are none of the other.
    """
    found: Address | None = peers.address(remote) or _HERE
    if trusted and found is not None and peers.is_within(found, trusted):
        found = _client(hops_of(forwarded_for) if forwarded_for else forwarded_hops_of(forwarded), trusted)
    return found


def _client(hops: Iterable[Address | None], trusted: Sequence[Network]) -> Address | None:
    """The first who is no trusted proxy; if all are, the last of them; None if one names nobody."""
    found = None
    for found in islice(hops, _MOST_HOPS):
        if found is None or not peers.is_within(found, trusted):
            return found
    return found


def hops_of(lines: Sequence[str]) -> Iterator[Address | None]:
    """The addresses of ``X-Forwarded-For``, the nearest first; None stands for what is no address."""
    for line in reversed(lines):
        end = len(line)
        while end >= 0:
            start = line.rfind(",", 0, end)
            if element := line[start + 1 : end].strip():
                yield _node(element)
            end = start


def forwarded_hops_of(lines: Sequence[str]) -> Iterator[Address | None]:
    """The addresses of ``Forwarded``, the nearest first; None stands for one that is hidden, unknown or malformed."""
    for line in reversed(lines):
        end = len(line)
        while end >= 0:
            start = _start_of_element(line, end)
            if start is None:
                yield None
                return
            if element := line[start + 1 : end].strip():
                yield _node(_for(element))
            end = start


def _start_of_element(line: str, end: int) -> int | None:
    """The place of the comma in front of the element that ends there; -1 if it is the first, None if it is too long."""
    is_quoted, least = False, max(end - _MOST_ELEMENT, 0)
    for place in range(end - 1, least - 1, -1):
        if line[place] == '"' and not _is_escaped(line, place, least):
            is_quoted = not is_quoted
        elif line[place] == "," and not is_quoted:
            return place
    return None if least else -1


def _is_escaped(line: str, place: int, least: int) -> bool:
    before = place
    while before > least and line[before - 1] == "\\":
        before -= 1
    return (place - before) % 2 == 1


def _for(element: str) -> str:
    """The node that an element names, without its quotation marks; "" if it names none, or cannot be read."""
    found, place = "", 0
    while place < len(element):
        pair = _PAIR.match(element, place)
        if pair is None:
            return ""
        if (pair["name"] or "").lower() == "for":
            if found:
                return ""  # each parameter once (RFC 7239 section 4)
            found = pair["token"] if pair["quoted"] is None else _ESCAPE.sub(r"\1", pair["quoted"])
        place = pair.end()
    return found


def _node(text: str) -> Address | None:
    """The address of a node (RFC 7239 section 6), with or without a port; bare IPv6 as in ``X-Forwarded-For``."""
    if found := peers.address(text):
        return found
    node = _NODE.fullmatch(text) if len(text) <= _MOST_ELEMENT else None
    return peers.address(node["four"] or node["six"]) if node else None
