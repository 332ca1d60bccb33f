"""The address that readers use, and the hub that is told: whether they lead here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.doctor.finding import not_checked, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.doctor.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The site's address.

    ``url`` is what links are made from, ``is_set`` whether the settings name it, ``addresses`` what its host means
    (empty: nothing, and ``error`` says why). ``is_loopback`` is whether all of these are this machine's own.
    """

    url: str
    is_set: bool
    is_secure: bool
    addresses: tuple[str, ...] = ()
    error: str = ""
    is_loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What came of asking there.

    ``error`` is why nothing came back, ``location`` where a redirect leads. ``cursor`` is the newest event's id as told
    there, ``here`` those that the instance itself told before and after ("": it could not be asked, or none runs).
    """

    status: int = 0
    error: str = ""
    location: str = ""
    cursor: str = ""
    here: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HubWay:
    """The hub: ``url`` ("": nobody is told), whether it is ours, and what it answers (0, and why there is nothing)."""

    url: str
    is_own: bool
    status: int = 0
    error: str = ""


def judge_address(address: Address) -> Iterator[Finding]:
    """Whether others can use it."""
    if not address.is_set or address.is_loopback:
        what = "is" if address.is_set else "is not set, so links name"
        yield warning(
            "base URL",
            f"site.base_url {what} {address.url}, which only this machine can open.",
            "Set site.base_url to the address that readers use, as https://news.example.",
        )
    elif not address.addresses:
        yield problem(
            "base URL",
            f"The host of {address.url} has no address: {address.error}.",
            "Make an entry for it in the DNS, or mend site.base_url.",
        )
    elif not address.is_secure:
        yield warning(
            "base URL",
            f"{address.url} is not https: browsers warn of it, and anybody on the way may read and change it.",
            "Have a web server in front speak TLS, and set site.base_url to https://….",
        )
    else:
        yield ok("base URL", f"{address.url} leads to {', '.join(address.addresses)}.")


def epoch(cursor: str) -> str:
    """The part of an event's id that no other log has."""
    return cursor.rpartition(".")[0]


def is_same(way: Way) -> bool:
    """Whether the log told there is the instance's."""
    return bool(way.cursor) and epoch(way.cursor) in {epoch(one) for one in way.here}


def judge_way(url: str, way: Way) -> Iterator[Finding]:
    """Whether this instance answers there."""
    if way.error:
        yield problem(
            "base URL",
            f"{url} does not answer: {way.error}.",
            _CERTIFIED if "certificate" in way.error else _REACHED,
        )
    elif way.location and way.status in _REDIRECTS:
        yield problem(
            "base URL",
            f"{url} sends everybody on to {way.location}: every link in the feeds costs a second request.",
            "Set site.base_url to the address that it leads to.",
        )
    elif not any(way.here):
        yield not_checked("base URL", f"{url} answers; whether it is this site is known only while an instance runs.")
    elif is_same(way):
        yield ok("base URL", f"{url} answers, and it is this instance.")
    else:
        what = f"with status {way.status}" if not way.cursor else "with another site's events"
        yield problem(
            "base URL",
            f"{url} answers {what}: it is not this instance.",
            "Have the web server in front pass on everything below it to server.host and server.port, paths unchanged.",
        )


def judge_static(url: str, way: Way) -> Finding:
    """Whether a static site answers there, as far as its feed says."""
    if way.status == _FOUND:
        return ok("base URL", f"{url} answers with the feed of a static site (site.live = false).")
    return problem(
        "base URL",
        f"{url} does not give the feed of a static site: {way.error or f'status {way.status}'}.",
        "Look whether what feeder publish --site writes has come there, and the web server shows it; or mend "
        "site.base_url.",
    )


def judge_hub(hub: HubWay, address: Address, *, is_here: bool | None) -> Iterator[Finding]:
    """Whether subscribers are told; ``is_here``: whether the site's address leads to this instance (None: unknown)."""
    if not hub.url:
        yield ok("WebSub", "Nobody is told (websub.hub is empty, or site.live = false).")
    elif not hub.is_own:
        yield from _judge_outer(hub, address)
    elif address.is_loopback or not address.is_set:
        yield warning(
            "WebSub",
            f"Our hub is {hub.url}, which only subscribers on this machine can reach.",
            "Set site.base_url to the address that readers use.",
        )
    elif not is_here:
        yield not_checked("WebSub", f"Whether our hub at {hub.url} can be reached; see base URL.")
    elif hub.error or hub.status != _METHOD_NOT_ALLOWED:
        yield problem(
            "WebSub",
            f"Our hub at {hub.url} cannot be reached: {hub.error or f'status {hub.status}'}.",
            "Have the web server in front pass on /hub as well, with POST.",
        )
    else:
        yield ok("WebSub", f"Our hub can be reached at {hub.url}.")


def _judge_outer(hub: HubWay, address: Address) -> Iterator[Finding]:
    if address.is_loopback or not address.is_set:
        yield problem(
            "WebSub",
            f"The hub {hub.url} is told to fetch {address.url}, which only this machine can open.",
            "Set site.base_url to the address that readers use.",
        )
    if hub.error or hub.status >= _SERVER_ERROR:
        yield problem(
            "WebSub",
            f"The hub {hub.url} does not answer: {hub.error or f'status {hub.status}'}.",
            'Look at websub.hub; "self" is a hub of our own. It is told again and again meanwhile.',
        )
    else:
        yield ok("WebSub", f"The hub {hub.url} answers.")


_REACHED = (
    "Look whether the web server in front runs, lets in who asks, and passes on to server.host and server.port; or "
    "mend site.base_url."
)
_CERTIFIED = "Give the web server in front a certificate that everybody trusts, for this name: readers refuse it, too."
_FOUND = 200
_REDIRECTS = range(300, 400)
_METHOD_NOT_ALLOWED = 405
"""What our hub answers to GET: who subscribes sends a POST."""
_SERVER_ERROR = 500
