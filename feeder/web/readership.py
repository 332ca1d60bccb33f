"""Who reads the feeds: how often each document is asked for, how that is answered, and who asks without need.

Every answer is counted, with its document. Who asked is looked at one by one up to so many times a second: on a small
site that is everybody, and in a rush the first of each second, so that it costs next to nothing then. What is kept of
a poller is a keyed digest of the address and of what the program calls itself, which nobody can read an address from
and which no restart remembers, the name of the program, and the network in short.

Where there are more pollers than places, every second one is known, or every fourth, chosen by their digests (distinct
sampling; Gibbons, VLDB 2001): whoever is known is known at each of his polls, also on a site that a hundred thousand
poll, and how many there are is told to a few percent. Services that announce subscribers are known in any case.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from ipaddress import ip_network
from operator import attrgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from feeder.web.headers.user_agent import product, subscribers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from feeder.peers import Address

MOST_POLLERS: Final = 2000
"""How many are known at a time: a poller of two documents is two."""
_MOST_HALVINGS: Final = 32
_DOUBLING_SECONDS: Final = 3600.0
"""Those who were not known have to come by before it is seen how many they are."""
_DIGEST_BITS: Final = 64
LOOKS_A_SECOND: Final = 200
"""A look costs some microseconds: a thousandth of a processor at most."""
DAY_SECONDS: Final = 86_400.0
"""Who has not asked for so long is forgotten."""
_MOST_ASKED: Final = 3000
"""Documents that are told of elsewhere: the most asked for."""

Name: TypeAlias = tuple[str, str]
"""A document: the feed, and its suffix."""


@dataclass(slots=True)
class Asked:
    """How requests for one document were answered since the start: 200, 304 and 226, and the bytes of their bodies."""

    whole: int = 0
    unchanged: int = 0
    deltas: int = 0
    bytes: int = 0

    @property
    def requests(self) -> int:
        """All of them."""
        return self.whole + self.unchanged + self.deltas

    def plus(self, other: Asked) -> Asked:
        """The sum of both."""
        return Asked(
            self.whole + other.whole,
            self.unchanged + other.unchanged,
            self.deltas + other.deltas,
            self.bytes + other.bytes,
        )


@dataclass(slots=True)
class Poller:
    """One who asks for one document.

    ``agent`` is the name of the program, ``network`` the address in short, ``subscribers`` how many the program says
    that it asks for. ``bare`` counts the polls without a condition, ``wasted`` those that were answered with the whole
    document although the poll before had brought it already, ``wasted_bytes`` their bodies. ``first`` and ``last`` are
    moments in seconds since 1970. One that ``is_sampled`` stands for ``Readers.one_in``.
    """

    feed: str
    suffix: str
    agent: str
    network: str
    subscribers: int
    first: float
    last: float
    polls: int = 0
    bare: int = 0
    unchanged: int = 0
    wasted: int = 0
    wasted_bytes: int = 0
    is_sampled: bool = True

    def plus(self, other: Poller) -> Poller:
        """The same one, met by two processes."""
        later = self if self.last >= other.last else other
        return Poller(
            *(later.feed, later.suffix, later.agent, later.network, later.subscribers),
            first=min(self.first, other.first),
            last=later.last,
            polls=self.polls + other.polls,
            bare=self.bare + other.bare,
            unchanged=self.unchanged + other.unchanged,
            wasted=self.wasted + other.wasted,
            wasted_bytes=self.wasted_bytes + other.wasted_bytes,
            is_sampled=later.is_sampled,
        )


@dataclass(frozen=True, slots=True)
class Poll:
    """A request for a document as it was answered.

    ``state`` is the tag of the document as it was then, ``bytes`` those of the body if it was sent whole, else 0.
    """

    document: Name
    state: str
    bytes: int
    is_conditional: bool
    is_unchanged: bool


@dataclass(frozen=True, slots=True)
class Readers:
    """What is known of the readers at a moment.

    ``pollers`` are by their digests, ``looked_at`` is how many requests were looked at one by one. ``halvings`` is how
    often the pollers had to be halved so that there is a place for each.
    """

    asked: Mapping[Name, Asked] = field(default_factory=dict)
    pollers: Mapping[str, Poller] = field(default_factory=dict)
    looked_at: int = 0
    halvings: int = 0

    @property
    def requests(self) -> int:
        """How many requests there were for all documents."""
        return sum(one.requests for one in self.asked.values())

    @property
    def one_in(self) -> int:
        """Of so many pollers one is known."""
        return 1 << self.halvings

    def stands_for(self, poller: Poller) -> int:
        """How many a poller stands for."""
        return self.one_in if poller.is_sampled else 1


FIELDS: Final = attrgetter(*(one.name for one in fields(Poller)))
"""The values of a poller in the order in which one is made; ``astuple`` takes thirty times as long."""


def sum_of(of_each: Iterable[Mapping[Name, Asked]]) -> dict[Name, Asked]:
    """How the documents of several processes were asked for, as those of one."""
    found: dict[Name, Asked] = {}
    for asked in of_each:
        for name, one in asked.items():
            found[name] = found[name].plus(one) if name in found else one
    return found


def together(of_each: Iterable[Readers]) -> Readers:
    """What several processes know, as one: their documents, and the pollers that all of them would know."""
    of_each = list(of_each)
    pollers: dict[str, Poller] = {}
    looked_at, halvings = 0, 0
    for readers in of_each:
        for digest, poller in readers.pollers.items():
            pollers[digest] = pollers[digest].plus(poller) if digest in pollers else poller
        looked_at, halvings = looked_at + readers.looked_at, max(halvings, readers.halvings)
    pollers = _halved(pollers, halvings)
    while len(pollers) > MOST_POLLERS and halvings < _MOST_HALVINGS:
        halvings += 1
        pollers = _halved(pollers, halvings)
    return Readers(sum_of(readers.asked for readers in of_each), pollers, looked_at, halvings)


def of_the_day(readers: Readers, now: float) -> Readers:
    """Without pollers who have not come for a day: a process that has ended forgets nobody."""
    recent = {digest: one for digest, one in readers.pollers.items() if one.last >= now - DAY_SECONDS}
    return replace(readers, pollers=recent)


def _halved(pollers: Mapping[str, Poller], halvings: int) -> dict[str, Poller]:
    return {digest: one for digest, one in pollers.items() if not one.is_sampled or is_chosen(digest, halvings)}


def is_chosen(digest: str, halvings: int) -> bool:
    """Whether a poller is among those who are left when they were halved so often."""
    return not int(digest, 16) >> (_DIGEST_BITS - halvings)


class Readership:
    """Counts what one process is asked.

    Args:
        clock: seconds since 1970.
        secret: what the digests of pollers are keyed with; processes that have the same know each other's pollers.
    """

    def __init__(self, clock: Callable[[], float], secret: bytes) -> None:
        self._clock = clock
        self._secret = secret
        self._asked: dict[Name, Asked] = {}
        self._pollers: OrderedDict[str, Poller] = OrderedDict()
        self._states: dict[str, str] = {}
        self._second = -1
        self._looked_at = 0
        self._halvings = 0
        self._may_double = 0.0
        self._announcing = 0
        self.looks_left = LOOKS_A_SECOND
        """How many requests of this second may still be looked at."""

    def asked(self, document: Name) -> Asked:
        """The counts of a document, to be raised by whoever answers."""
        return self._asked.setdefault(document, Asked())

    def begin(self, second: int) -> None:
        """A second begins: there is time for looks again."""
        if second != self._second:
            self._second, self.looks_left = second, LOOKS_A_SECOND

    def look(self, poll: Poll, address: Address | None, agent: str) -> None:
        """Look at a request, if there is time for it in this second.

        ``address`` is where it comes from (None: nobody knows), ``agent`` what the program calls itself.
        """
        now = self._clock()
        self.begin(int(now))
        if not self.looks_left:
            return
        self.looks_left -= 1
        self._looked_at += 1
        digest = self._digest(poll.document, address, agent)
        poller = self._pollers.get(digest) or self._meet(digest, poll, address, agent)
        if poller is None:
            return
        self._pollers.move_to_end(digest)
        poller.subscribers = subscribers(agent)
        _note(poller, poll, now, had=self._states.get(digest))
        self._states[digest] = poll.state

    def _meet(self, digest: str, poll: Poll, address: Address | None, agent: str) -> Poller | None:
        """Somebody new, if he is among those who are known."""
        now = self._clock()
        self._forget(now)
        announces = subscribers(agent) > 0 and self._announcing < MOST_POLLERS // 4
        if not announces and not is_chosen(digest, self._halvings):
            return None
        poller = Poller(
            *poll.document, product(agent), shortened(address), 0, first=now, last=now, is_sampled=not announces
        )
        self._announcing += announces
        self._pollers[digest] = poller
        return poller

    def _digest(self, document: Name, address: Address | None, agent: str) -> str:
        about = f"{address}\n{agent}\n{'.'.join(document)}"
        return blake2b(about.encode("utf-8", "replace"), digest_size=8, key=self._secret).hexdigest()

    def _forget(self, now: float) -> None:
        """Forget who has not come for a day; and, where there is no place for another one, every second.

        Where there are few again, twice as many are known from now on.
        """
        while self._pollers and next(iter(self._pollers.values())).last < now - DAY_SECONDS:
            self._drop(next(iter(self._pollers)))
        if self._halvings and len(self._pollers) < MOST_POLLERS // 4 and now >= self._may_double:
            self._halvings -= 1
            self._may_double = now + _DOUBLING_SECONDS
        while len(self._pollers) >= MOST_POLLERS and self._halvings < _MOST_HALVINGS:
            self._halvings += 1
            for digest in self._pollers.keys() - _halved(self._pollers, self._halvings).keys():
                self._drop(digest)

    def _drop(self, digest: str) -> None:
        self._announcing -= not self._pollers.pop(digest).is_sampled
        self._states.pop(digest, None)

    def counted(self) -> dict[Name, Asked]:
        """How the documents were asked for that were: the most asked for."""
        asked = sorted(self._asked.items(), key=lambda item: -item[1].requests)[:_MOST_ASKED]
        return {name: replace(one) for name, one in asked if one.requests}

    def readers(self) -> Readers:
        """What is known now; pollers of the last day."""
        since = self._clock() - DAY_SECONDS
        pollers = {digest: Poller(*FIELDS(one)) for digest, one in self._pollers.items() if one.last >= since}
        return Readers(self.counted(), pollers, self._looked_at, self._halvings)


def _note(poller: Poller, poll: Poll, now: float, *, had: str | None) -> None:
    poller.last = now
    poller.polls += 1
    poller.bare += not poll.is_conditional
    poller.unchanged += poll.is_unchanged
    if poll.bytes and had == poll.state:
        poller.wasted += 1
        poller.wasted_bytes += poll.bytes


def shortened(address: Address | None) -> str:
    """The network that an address belongs to, as far as an operator has to know it: a /24, or a /48 of IPv6."""
    if address is None:
        return "unknown"
    if address.is_loopback:
        return "this machine"
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))  # noqa: PLR2004 - IPv4
