"""What the web is given by the service: the parts it shows, and what it needs of each."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from feeder.web.readership import Readership

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from feeder.accounts import Account
    from feeder.editor import Catalogue
    from feeder.media_folder import MediaFolder
    from feeder.model import Event, Feed
    from feeder.peers import Network
    from feeder.render import Renderer, Site
    from feeder.store import HourCount, Mark, Status
    from feeder.stream import Hub
    from feeder.web.operator.course import Step
    from feeder.web.operator.metrics import Measure
    from feeder.web.readership import Readers


class Document(Protocol):
    """A document, ready to be served: a feed, a page of its archive, or the list of the feeds."""

    @property
    def body(self) -> bytes:
        """The bytes, as in the file."""
        ...

    @property
    def encoded(self) -> Mapping[str, bytes]:
        """The same in each content coding on offer, by its name in HTTP."""
        ...

    @property
    def media_type(self) -> str:
        """With its charset."""
        ...

    @property
    def etag(self) -> str:
        """That of ``body``: strong, with its quotes."""
        ...

    def etag_of(self, coding: str) -> str:
        """That of one of ``encoded``; of ``identity`` the same as ``etag``."""
        ...

    @property
    def last_modified(self) -> datetime | None:
        """The whole second of its newest event (aware UTC); None if it can change without one."""
        ...

    @property
    def date_is_unique(self) -> bool:
        """Whether no earlier document of this name had that second too."""
        ...

    @property
    def seq(self) -> int:
        """That event's number (0: there is none)."""
        ...

    @property
    def cursor(self) -> str:
        """That event's id on the stream."""
        ...

    @property
    def archive_pages(self) -> int:
        """How many complete pages its archive has."""
        ...


class Publications(Protocol):
    """The feeds that are published now."""

    def feeds(self) -> Sequence[Feed]:
        """Those that have a document; none before the first publication."""
        ...

    def known(self) -> Sequence[Feed]:
        """All that there are, also those whose documents cannot be made now; none before the log was read."""
        ...

    def document(self, name: str, suffix: str) -> Document | None:
        """What stands at ``/feeds/NAME.SUFFIX``."""
        ...

    async def page(self, name: str, number: int, suffix: str) -> Document | None:
        """What stands at ``/feeds/NAME/archive/N.SUFFIX``; None as long as the page is not complete."""
        ...

    async def delta(self, name: str, suffix: str, seq: int, epoch: str) -> bytes | None:
        """What of ``document`` as it is now came after an event, as a document of its own.

        None if that cannot be said (the event is not known, or too old, or the format has no word for what happened)
        or if nothing came.
        """
        ...

    def opml(self) -> Document | None:
        """The list of all feeds; None before the first publication."""
        ...


class Receiver(Protocol):
    """Our own WebSub hub, or who hands it what it is sent."""

    requests: Counter[str]
    """What became of requests; those that are not handed to it because of their address count as ``limited``."""

    async def receive(self, body: bytes) -> None:
        """Take a request, a form as it came.

        Raises:
            RequestError: it is not taken, and why.
            UnavailableError: it cannot be kept now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the operator's page draws, as it was at the moment ``now``; moments are aware UTC.

    ``since`` is when the counters began, ``hours`` what the log has of the last two days, ``feeds`` those that there
    are. ``readers`` and ``steps`` are of this run alone.
    """

    now: datetime
    since: datetime
    hours: Sequence[HourCount]
    feeds: Sequence[Feed]
    readers: Readers
    steps: Sequence[Step]


class Operated(Protocol):
    """The running service, as its operator sees and steers it."""

    @property
    def site(self) -> Site:
        """Who publishes, and where."""
        ...

    def reasons(self) -> Sequence[str]:
        """Why the service is not ready, a sentence each; none when it is."""
        ...

    def measures(self) -> Iterable[Measure]:
        """The counters of its parts as they stand now."""
        ...

    def workers(self) -> Sequence[Account]:
        """What is known of each process that serves the public; none if the service does it itself."""
        ...

    async def retract(self, article_id: str, reason: str) -> Sequence[Event]:
        """Withdraw one article for good; no events if it was already.

        Raises:
            KeyError: there is no such article.
        """
        ...

    def withheld(self) -> Sequence[str]:
        """The paths of the files whose withdrawal waits for a word of the operator's."""
        ...

    async def confirm_withdrawals(self) -> int:
        """Let the withdrawals through that the guard has held back, and say how many."""
        ...

    async def look(self) -> None:
        """Look at the seeds folder now."""
        ...

    async def quarantine(self) -> Sequence[Mark]:
        """The files that are refused, in whole or in part, in no order."""
        ...

    async def retry(self, paths: Sequence[str]) -> Sequence[tuple[Mark, bool]]:
        """Judge these refused files now, although they look as they did.

        Gives what became of each, and whether it was judged: one that is not there, or being written, is not.

        Raises:
            UnavailableError: nothing can be taken in now; they are judged when it can.
        """
        ...

    def files(self) -> Mapping[Status, int]:
        """How many known files have which status."""
        ...

    async def last_event(self) -> Event | None:
        """The newest event of the log."""
        ...

    async def figures(self) -> Figures:
        """How it has gone, hour by hour, and who reads."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


def _readership() -> Readership:
    return Readership(time.time, os.urandom(16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the public listener serves.

    ``encode`` makes an event's JSON item. ``suffixes`` are the formats that every feed has, in the order in
    which pages name them. ``renderers`` are those of the formats that searches are answered in, with at most
    ``entries`` articles. ``write_deadline_seconds`` is how long a client may take nothing while there is
    something for it (0: for ever), ``body_deadline_seconds`` how long it may take to send a form;
    ``drain_seconds`` are those in which the stream says goodbye at the end. Behind one of the
    ``trusted_proxies`` who asks is whom the proxy names. ``media`` is where images and enclosures are kept; None:
    nowhere.
    ``websub`` is our own hub; None: there is none, or another's. ``readership`` counts who reads the feeds.
    ``clock`` is aware UTC.
    """

    site: Site
    publications: Publications
    articles: Catalogue
    hub: Hub
    encode: Callable[[Event], bytes]
    suffixes: Sequence[str] = ("rss", "atom", "json")
    renderers: Mapping[str, Renderer] = field(default_factory=dict)
    entries: int = 50
    drain_seconds: float = 5
    write_deadline_seconds: float = 30
    body_deadline_seconds: float = 20
    trusted_proxies: Sequence[Network] = ()
    media: MediaFolder | None = None
    websub: Receiver | None = None
    readership: Readership = field(default_factory=_readership)
    clock: Callable[[], datetime] = _now

    def path(self, place: str) -> str:
        """A place of the site as a link within it: it holds whichever name the site is reached by."""
        return self.site.path(place)


PARTS: web.AppKey[Parts] = web.AppKey("parts")
OPERATED: web.AppKey[Operated] = web.AppKey("operated")
