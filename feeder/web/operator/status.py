"""What ``/status`` tells an operator, as JSON has it; the page draws the same. Pure.

The keys are those of docs/operations.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from feeder import accounts
from feeder.errors import readable
from feeder.model import Kind
from feeder.web.operator.course import HOURS, STEP_SECONDS
from feeder.web.operator.metrics import CODECS
from feeder.web.readership import of_the_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.accounts import Account
    from feeder.store import Mark
    from feeder.web.operator.course import Step
    from feeder.web.operator.metrics import Measure
    from feeder.web.parts import Figures
    from feeder.web.readership import Poller, Readers

_HOUR: Final = timedelta(hours=1)
_MOST_REASONS: Final = 8
_MOST_FILES: Final = 10
_MOST_POLLERS: Final = 20
_LONGEST_REASON: Final = 120
_NEEDLESS: Final = 3
"""Who was sent so many times what it was sent the time before asks without need."""
_PARTICULAR: Final = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|`[^`]*`|[0-9][0-9.,:T+-]*")
"""What makes the same complaint about two files two sentences: what is quoted, numbers and moments."""
_SINCE_THE_START: Final = ("connections", "busy", "dropped", "slow")


def gone(figures: Figures, refused: Sequence[Mark], measures: Sequence[Measure]) -> Account:
    """How it has gone: ``hours``, ``refusals``, ``readers`` and ``stream``."""
    here = accounts.refused(refused)
    return {
        "hours": of_hours(figures, here),
        "refusals": of_refusals(here, figures.now),
        "readers": of_readers(figures),
        "stream": of_stream(figures, measures),
    }


def of_hours(figures: Figures, refused: Iterable[Mark]) -> list[Account]:
    """The hours of the last two days, oldest first, the last one under way.

    How many events of each kind there were, and how many of the files that are refused were written, or came, then.
    """
    last = _hour_of(figures.now)
    hours = {last - n * _HOUR: dict.fromkeys((*Kind, "refused"), 0) for n in range(HOURS - 1, -1, -1)}
    for one in figures.hours:
        if one.hour in hours:
            hours[one.hour][one.kind] = one.events
    for mark in refused:
        if (at := _hour_of(refused_at(mark, figures.now))) in hours:
            hours[at]["refused"] += 1
    return [
        {"at": at.isoformat(), **{str(name): count for name, count in counts.items()}} for at, counts in hours.items()
    ]


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def refused_at(mark: Mark, now: datetime) -> datetime:
    """When a refused file was judged, as near as the store knows it: when it was first seen, or changed since."""
    try:
        changed = datetime.fromtimestamp(mark.seed.ctime_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return mark.first_seen
    return min(max(changed, mark.first_seen), now)


def of_refusals(marks: Sequence[Mark], now: datetime) -> Account:
    """Why files are refused: the most frequent reasons in short, each with an example, and the latest files."""
    grouped: defaultdict[str, list[tuple[Mark, str]]] = defaultdict(list)
    for mark in marks:
        for reason in dict.fromkeys(_reasons(mark)):
            grouped[shortened(reason)].append((mark, reason))
    frequent = sorted(grouped.items(), key=lambda item: (-len({mark.seed.path for mark, _ in item[1]}), item[0]))
    latest = sorted(marks, key=lambda mark: (refused_at(mark, now), mark.seed.path), reverse=True)[:_MOST_FILES]
    return {
        "files": len(marks),
        "reasons": [_of_reason(short, found, now) for short, found in frequent[:_MOST_REASONS]],
        "other_reasons": max(0, len(frequent) - _MOST_REASONS),
        "latest": [
            {**accounts.of_file(mark), "refused": [], "at": refused_at(mark, now).isoformat()} for mark in latest
        ],
    }


def _reasons(mark: Mark) -> list[str]:
    found = [mark.refusal] if mark.refusal else mark.refused
    return [one.reason for one in found] or [mark.reason or "no reason is known"]


def _of_reason(short: str, found: Sequence[tuple[Mark, str]], now: datetime) -> Account:
    files = {mark.seed.path: mark for mark, _ in found}
    example = max(files.values(), key=lambda mark: (refused_at(mark, now), mark.seed.path))
    whole = {reason for _, reason in found}
    return {
        "reason": _cut(whole.pop()) if len(whole) == 1 else short,
        "files": len(files),
        "path": readable(example.seed.path),
        "at": refused_at(example, now).isoformat(),
    }


def shortened(reason: str) -> str:
    """A reason without what is particular to one file."""
    return _cut(_PARTICULAR.sub("…", reason))


def _cut(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"


def of_readers(figures: Figures) -> Account:
    """How the documents of the feeds are asked for, and who asks again and again for what it has."""
    readers = of_the_day(figures.readers, figures.now.timestamp())
    known = {feed.name for feed in figures.feeds}
    by_document: defaultdict[tuple[str, str], list[Poller]] = defaultdict(list)
    for poller in readers.pollers.values():
        by_document[poller.feed, poller.suffix].append(poller)
    documents = sorted(
        (name for name in readers.asked if name[0] in known), key=lambda name: -readers.asked[name].requests
    )
    return {
        "since": figures.since.isoformat(),
        "requests": readers.requests,
        "looked_at": readers.looked_at,
        "one_in": readers.one_in,
        "documents": [_of_document(name, readers, by_document[name]) for name in documents],
        "unconditional": _of_needless(readers),
    }


def _of_document(name: tuple[str, str], readers: Readers, pollers: Sequence[Poller]) -> Account:
    asked, services = readers.asked[name], Counter[str]()
    for one in pollers:  # a service asks from several addresses, and says the same number at each
        service = one.agent.partition("/")[0]
        services[service] = max(services[service], one.subscribers)
    return {
        "feed": name[0],
        "format": name[1],
        "requests": asked.requests,
        "whole": asked.whole,
        "unchanged": asked.unchanged,
        "deltas": asked.deltas,
        "bytes": asked.bytes,
        "pollers": sum(map(readers.stands_for, pollers)),
        "subscribers": services.total(),
    }


def _of_needless(readers: Readers) -> list[Account]:
    """Those who were never told that nothing has changed, though nothing had, by program; the dearest first."""
    grouped: defaultdict[tuple[str, bool], list[Poller]] = defaultdict(list)
    for one in readers.pollers.values():
        if one.wasted >= _NEEDLESS and not one.unchanged:
            grouped[one.agent, one.bare == one.polls].append(one)
    found = [
        {"agent": agent, "conditional": not is_bare, **_of_program(ones, readers)}
        for (agent, is_bare), ones in grouped.items()
    ]
    return sorted(found, key=lambda one: (-one["wasted_bytes"], one["agent"]))[:_MOST_POLLERS]


def _of_program(pollers: Sequence[Poller], readers: Readers) -> Account:
    counts = Counter[str]()
    for one in pollers:
        times = readers.stands_for(one)
        counts.update(pollers=times, polls=times * one.polls)
        counts.update(wasted=times * one.wasted, wasted_bytes=times * one.wasted_bytes)
    return {
        "networks": sorted({one.network for one in pollers})[:3],
        "documents": sorted({f"{one.feed}.{one.suffix}" for one in pollers})[:3],
        **counts,
        "last": datetime.fromtimestamp(max(one.last for one in pollers), UTC).isoformat(timespec="seconds"),
    }


def of_stream(figures: Figures, measures: Iterable[Measure]) -> Account:
    """The listeners as they are, what has befallen them since the start, and how it went."""
    found: dict[tuple[str, ...], Any] = {(one.name, *one.labels.values()): one.value for one in measures}
    counted = {name: int(found.get((f"stream_{name}",), 0)) for name in _SINCE_THE_START}
    lags = {f"lag_{name}_seconds": _number(found.get((f"stream_lag_{name}",))) for name in ("p50", "p99")}
    return {
        "since": figures.since.isoformat(),
        "listeners": int(found.get(("stream_listeners",), 0)),
        "codecs": {codec: int(found.get(("stream_listening", codec), 0)) for codec in CODECS},
        **lags,
        **counted,
        "replayed": int(found.get(("stream_replays",), 0)),
        "refused": _by_label(found, "stream_refused"),
        "gaps": _by_label(found, "stream_gaps"),
        "step_seconds": STEP_SECONDS,
        "steps": [_of_step(step) for step in figures.steps],
    }


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN alone is not itself


def _by_label(found: dict[tuple[str, ...], Any], name: str) -> dict[str, int]:
    return {str(key[1]): int(value) for key, value in found.items() if key[0] == name and len(key) > 1}


def _of_step(step: Step) -> Account:
    counted = step.counted
    return {
        "at": step.at.isoformat(),
        "listeners": step.listeners,
        "lag_p50_seconds": step.lag_p50,
        "lag_p99_seconds": step.lag_p99,
        "whole": counted.whole,
        "unchanged": counted.unchanged,
        "deltas": counted.deltas,
        "connections": counted.connections,
        "refused": counted.refused,
        "gaps": counted.gaps,
        "slow": counted.slow,
        "dropped": counted.dropped,
        "replayed": counted.replayed,
    }
