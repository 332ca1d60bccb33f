"""What a reader hands in to read on from, and what the log can make of it. Pure; never raises for a bad cursor.

A reader names its place in one of three ways: the ``Last-Event-ID`` header, else ``last_event_id=``, else
``since=``. The first two carry an id that the stream once gave out; ``since=`` is for people and programs and
takes more forms. An empty value is none. A cursor that cannot be honoured is a ``Gap``, never an error: a
browser's ``EventSource`` gives up for ever on anything but 200 (HTML 9.2.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.store import Bounds, Epoch

Reason = Literal["expired", "unknown", "epoch"]

REQUESTED_LENGTH: Final = 80
"""How many characters of a reader's own words are repeated to it in a gap."""


@dataclass(frozen=True, slots=True)
class Tip:
    """Only what comes from now on."""


@dataclass(frozen=True, slots=True)
class Earliest:
    """Everything that is still kept."""


@dataclass(frozen=True, slots=True)
class Id:
    """After the event with this id."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Number:
    """After the event with this number, whatever its epoch."""

    seq: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What was accepted at this moment (aware UTC) or later."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that the stream never gave out."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a reader wants to read on; ``words`` are its own, as far as they are repeated to it."""

    place: Tip | Earliest | Id | Number | Moment | Unreadable
    words: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A cursor that could not be honoured.

    ``resumed_from`` is the id after which reading goes on. ``lost`` counts the log's events between the two
    that are gone, None if nobody can know.
    """

    requested: str
    resumed_from: str
    lost: int | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader's walk begins: after the event ``after``, whose id is ``id``.

    ``until`` is the last event that was there when the reader came.
    """

    wish: Wish
    after: int
    id: str
    until: int
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a log knows of its own numbers.

    ``bounds`` are read before ``epochs``, which may know more. ``kept_from`` is the moment before which the
    log forgets; None if it keeps everything.
    """

    bounds: Bounds
    epochs: Sequence[Epoch]
    kept_from: datetime | None = None

    @property
    def newest(self) -> int:
        """The last number given out."""
        return max(self.bounds.newest, self.epochs[-1].last if self.epochs else 0)

    def epoch(self, name: str) -> Epoch | None:
        """The epoch of this name."""
        return next((epoch for epoch in self.epochs if epoch.name == name), None)

    def id_of(self, seq: int) -> str:
        """The id of the event with this number; 0 is the place before the first one."""
        at = [epoch for epoch in self.epochs if epoch.first <= seq <= epoch.last]
        before = [epoch for epoch in self.epochs if epoch.first - 1 == seq]
        epoch = next(iter(at or before or self.epochs[-1:]), None)
        return f"{epoch.name if epoch else 0}.{seq}"


def read(header: bytes | None, last_event_id: str | None, since: str | None, *, now: datetime) -> Wish:
    """What a reader asks for; the header's bytes are UTF-8 by the specification and anything in practice."""
    words = (header or b"")[: 4 * REQUESTED_LENGTH].decode("utf-8", "replace") or last_event_id
    if words:
        return Wish(_id(words), _cut(words))
    return Wish(_since(since, now), _cut(since)) if since else Wish(Tip())


def _cut(words: str) -> str:
    return words[:REQUESTED_LENGTH].encode("utf-8", "replace").decode("utf-8")


# More digits than any log has: what a reader made up lies past the end of its epoch all the same.
_ID: Final = re.compile(r"([0-9A-Za-z_-]{1,45})\.(0|[1-9][0-9]{0,59})")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_DURATION: Final = re.compile(r"([0-9]{1,9})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?"
    r"(?:[Zz]|([+ -])([0-9]{2}:[0-9]{2}))"
)


def _id(words: str) -> Id | Unreadable:
    match = _ID.fullmatch(words)
    return Id(match[1], int(match[2])) if match else Unreadable()


def _since(words: str, now: datetime) -> Tip | Earliest | Id | Number | Moment | Unreadable:
    if words == "latest":
        return Tip()
    if words == "earliest":
        return Earliest()
    if _NUMBER.fullmatch(words):
        return Number(int(words))
    return _duration(words, now) or _moment(words) or _id(words)


def _duration(words: str, now: datetime) -> Moment | Earliest | None:
    match = _DURATION.fullmatch(words)
    if match is None:
        return None
    try:
        return Moment(now - timedelta(**{_UNITS[match[2]]: int(match[1])}))
    except OverflowError:
        return Earliest()


def _moment(words: str) -> Moment | Earliest | None:
    """A moment of RFC 3339 section 5.6; a space may stand where an unescaped ``+`` was.

    One that lies before the first year, east of UTC, is earlier than everything.
    """
    match = _MOMENT.fullmatch(words)
    if match is None:
        return None
    day, minute, second, fraction, sign, offset = match.groups()
    leap = second == "60"
    zone = f"{'-' if sign == '-' else '+'}{offset or '00:00'}"
    text = f"{day}T{minute}:{'59' if leap else second}.{(fraction or '')[:6]:0<6}{zone}"
    try:
        return Moment(datetime.fromisoformat(text).astimezone(UTC) + timedelta(seconds=leap))
    except ValueError:
        return None
    except OverflowError:
        return Earliest() if day.startswith("0001") else None


def resolve(wish: Wish, known: Known, *, before: int = 0) -> Start:
    """Where the reading begins; ``before`` is, for a ``Moment``, the last event accepted before it."""
    match wish.place:
        case Tip():
            return _after(known.bounds.newest, wish, known)
        case Earliest():
            return _after(known.bounds.oldest - 1, wish, known)
        case Moment(at):
            return _after_moment(at, before, wish, known)
        case Number(seq) if seq <= known.newest:
            return _after_number(seq, wish, known)
        case Id(name, seq):
            return _after_id(known.epoch(name), seq, wish, known)
        case _:
            return _unknown(wish, known)


def _after(seq: int, wish: Wish, known: Known) -> Start:
    return Start(wish, seq, known.id_of(seq), known.bounds.newest)


def _with_gap(start: Start, reason: Reason, lost: int | None) -> Start:
    return replace(start, gap=Gap(start.wish.words, start.id, lost, reason))


def _after_moment(at: datetime, before: int, wish: Wish, known: Known) -> Start:
    start = _after(before, wish, known)
    has_forgotten = 1 < known.bounds.oldest == before + 1
    if has_forgotten and known.kept_from is not None and at < known.kept_from:
        return _with_gap(start, "expired", None)
    return start


def _after_number(seq: int, wish: Wish, known: Known) -> Start:
    lost = known.bounds.oldest - 1 - seq
    if lost <= 0:
        return _after(seq, wish, known)
    return _with_gap(_after(seq + lost, wish, known), "expired", lost)


def _after_id(epoch: Epoch | None, seq: int, wish: Wish, known: Known) -> Start:
    if epoch is None or seq < epoch.first - 1:
        return _unknown(wish, known)
    if seq <= epoch.last:
        return _after_number(seq, wish, known)
    # The log was set back (a restored backup, a lost tail): all that came after that end is new to the reader.
    start = _after(max(epoch.last, known.bounds.oldest - 1), wish, known)
    return _with_gap(start, "epoch", start.after - epoch.last)


def _unknown(wish: Wish, known: Known) -> Start:
    return _with_gap(_after(known.bounds.newest, wish, known), "unknown", None)
