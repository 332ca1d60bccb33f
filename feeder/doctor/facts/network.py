"""The address that readers use, what lies before it, and the hub."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeder.conform import Unheard
from feeder.doctor.checks.address import Address, HubWay, Way
from feeder.doctor.checks.passage import Pair, Passage
from feeder.doctor.facts.asking import PATIENCE_SECONDS, Site
from feeder.errors import UnavailableError, printable
from feeder.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.config import Settings

_PORTS: Final = {"http": 80, "https": 443}
_ROUNDS: Final = 3
_REQUESTS: Final = "feeder_requests_total"
_EQUAL: Final = 4
_LOOKS: Final = 25
_PAUSE_SECONDS: Final = 0.25
_SETTLED_SECONDS: Final = 2.0
"""The sums over several workers are a second old, and more on a machine that is busy: they are waited for, so that what
was asked before is in them, and what was asked since."""
_PLAIN: Final = {"Accept-Encoding": "identity"}
_GZIPPED: Final = {"Accept-Encoding": "gzip"}


async def address(url: str, *, is_set: bool) -> Address:
    """What the host of an address means."""
    parts, error = urlsplit(url), ""
    found: tuple[str, ...] = ()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await asyncio.to_thread(_looked_up, parts.hostname or "")
    except TimeoutError:
        error = "its name servers do not answer"
    except (OSError, UnicodeError) as failure:
        error = getattr(failure, "strerror", None) or str(failure)
    return Address(
        url=printable(url),
        is_set=is_set,
        is_secure=parts.scheme == "https",
        addresses=found,
        error=error,
        is_loopback=bool(found) and all(ipaddress.ip_address(one).is_loopback for one in found),
    )


def _looked_up(host: str) -> tuple[str, ...]:
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))


def is_direct(there: Address, public: str) -> bool:
    """Whether the site's address is the instance's own, with nobody in between."""
    asked, own = urlsplit(there.url), urlsplit(public)
    if asked.scheme != "http" or (asked.port or _PORTS["http"]) != own.port:
        return False
    return there.is_loopback or own.hostname in there.addresses


async def way(url: str, public: str | None) -> Way:
    """What answers there; ``public`` is where the instance itself is (None: it does not run)."""
    here = await _cursor_here(public)
    try:
        head, cursor = await Site(url).cursor()
    except Unheard as error:
        return Way(error=str(error))
    there = (here, await _cursor_here(public))
    return Way(status=head.status, location=printable(head["location"]), cursor=cursor, here=there)


async def static_way(url: str, settings: Settings) -> Way:
    """What a static site answers when its feed is asked for."""
    try:
        return Way(status=(await Site(url).reply(f"/feeds/all.{_format(settings)}")).status)
    except Unheard as error:
        return Way(error=str(error))


async def _cursor_here(public: str | None) -> str:
    try:
        return "" if public is None else (await Site(public).cursor())[1]
    except Unheard:
        return ""


async def passage(
    url: str, public: str, settings: Settings, operator: str | None = None, *, is_summed: bool = False
) -> Passage:
    """The same questions on both ways.

    ``operator`` is where the instance tells what it has counted, ``is_summed`` whether that is a sum over workers.

    Raises:
        Unheard: one of them has no answer.
    """
    here, there = Site(public), Site(url)
    feed = f"/feeds/all.{_format(settings)}"
    gzipped = await _pair(here, there, feed, _GZIPPED)
    shown = {"If-None-Match": gzipped.there["etag"]} if gzipped.there["etag"] else {}
    return Passage(
        gzipped=gzipped,
        plain=await _pair(here, there, feed, _PLAIN),
        again=(await there.reply(feed, _GZIPPED | shown)).status,
        stream=await there.opening(),
        unseen=None if operator is None else await _unseen(there, feed, Site(operator), is_summed=is_summed),
        trusted=settings.server.trusted_proxies,
    )


async def _pair(here: Site, there: Site, path: str, headers: Mapping[str, str]) -> Pair:
    """Asked again if something was published between the two."""
    before, round_ = await here.reply(path, headers), 1
    while True:
        reply, after = await there.reply(path, headers), await here.reply(path, headers)
        if after["etag"] == before["etag"] or round_ == _ROUNDS:
            return Pair(here=after, there=reply)
        before, round_ = after, round_ + 1


async def _unseen(there: Site, path: str, operator: Site, *, is_summed: bool) -> int | None:
    """How many of some equal questions the instance was never asked; others may ask meanwhile, so it may be more."""
    if is_summed:
        await asyncio.sleep(_SETTLED_SECONDS)
    before = await operator.counter(_REQUESTS)
    for _ in range(_EQUAL):
        await there.reply(path, _GZIPPED)
    if before is None:
        return None
    after = await operator.counter(_REQUESTS) or 0
    for _ in range(_LOOKS if is_summed else 0):
        if after >= before + _EQUAL:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        after = await operator.counter(_REQUESTS) or 0
    return max(0, before + _EQUAL - after)


def _format(settings: Settings) -> str:
    own = next((feed.formats for feed in settings.feed if feed.name == "all"), None)
    return (own or settings.feeds.formats)[0]


async def hub_way(settings: Settings, url: str, *, is_asked: bool) -> HubWay:
    """The hub's answer to a mere look; our own is asked only if it ``is_asked``, by way of the site's address."""
    hub = settings.websub.hub
    if not hub or (hub == "self" and not settings.site.live):
        return HubWay(url="", is_own=False)
    if hub != "self":
        return await _outer(hub)
    if not is_asked:
        return HubWay(url=f"{url}/hub", is_own=True)
    try:
        reply = await Site(url).reply("/hub")
    except Unheard as error:
        return HubWay(url=f"{url}/hub", is_own=True, error=str(error))
    return HubWay(url=f"{url}/hub", is_own=True, status=reply.status)


async def _outer(hub: str) -> HubWay:
    outbound = Outbound(trusted=[hub], total_seconds=PATIENCE_SECONDS)
    try:
        return HubWay(url=hub, is_own=False, status=(await outbound.get(hub)).status)
    except UnavailableError as error:
        return HubWay(url=hub, is_own=False, error=str(error))
    finally:
        await outbound.close()
