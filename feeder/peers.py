"""Who counts as one of those who ask: addresses and networks, read strictly. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LONGEST: Final = 64
"""No address is written longer, with its zone."""

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_HOME_BITS: Final = 64
_NEITHER: Final = "{!r} is neither an address nor a network; write for example 10.0.0.5, 192.168.0.0/16 or fd00::/8"


def address(text: str) -> Address | None:
    """An address as it is written; None if it is none.

    An IPv4 address in IPv6's clothes (``::ffff:192.0.2.1``, RFC 4291 section 2.5.5.2) is that IPv4 address, and the
    zone of a link-local one (``fe80::1%eth0``, RFC 4007 section 11), which means something to one machine only, is cut.
    """
    if len(text) > _LONGEST:
        return None
    bare, _, _ = text.partition("%")
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or found
    return found if bare == text else None  # only IPv6 has zones


def network(text: str) -> Network:
    """A network, or a single address as one.

    Raises:
        ValueError: it is none; the sentence says what to write.
    """
    if "%" in text:  # a zone means something to one machine only
        raise ValueError(_NEITHER.format(text))
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError(_why_not(text)) from None
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        bits = found.prefixlen - _MAPPED.prefixlen
        return IPv4Network((int(found.network_address) & 0xFFFF_FFFF, bits))
    return found


def _why_not(text: str) -> str:
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        return _NEITHER.format(text)
    return f"{text!r} names an address and a network at once; write {meant}, or {text.partition('/')[0]}"


def is_within(found: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is of one of these networks."""
    return any(found in one for one in networks)


def party(text: str) -> str:
    """Whom an address is counted as: itself; of IPv6 the /64, of which every customer has one at least (RFC 6177)."""
    if ":" not in text:  # IPv4 is written in one way only
        return text
    found = address(text)
    if not isinstance(found, IPv6Address):
        return text if found is None else str(found)
    return f"{int(found) >> _HOME_BITS:x}/{_HOME_BITS}"
