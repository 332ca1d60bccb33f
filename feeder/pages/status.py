"""The operator's page: what ``/status`` says as JSON, for people. Pure: it draws what it is told and knows no more."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from feeder.pages import charts
from feeder.pages.ages import age, lasting, short_seconds
from feeder.pages.charts import Bar, Line, Mark, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from markupsafe import Markup

    from feeder.pages.layout import Page, Pages

Account = dict[str, Any]
KINDS: Final = ("published", "updated", "corrected", "retracted")
ANSWERS: Final = ("unchanged", "deltas", "whole")
_LABEL_HOURS: Final = 6
_DAY_HOURS: Final = 24
_LAGS: Final = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether all is well: a class, a heading, and sentences on what is not."""

    mood: str
    heading: str
    reasons: Sequence[str]


def status_page(pages: Pages, told: Mapping[str, Any], refresh_seconds: int = 0) -> Page:
    """The page of an account as docs/operations.md describes it; 0 seconds: it stays as it is."""
    now = datetime.fromisoformat(told["now"])
    hours, stream, readers = told["hours"], told["stream"], told["readers"]
    return pages.render(
        "status.html",
        told=told,
        now=now,
        refresh_seconds=refresh_seconds,
        verdict=verdict(told),
        kinds=KINDS,
        day=_sums(hours[-_DAY_HOURS:]),
        events_chart=_events_chart(hours),
        asked_hours=(asked := _by_hour(stream["steps"])),
        asked_chart=_asked_chart(asked),
        listeners_chart=_listeners_chart(stream["steps"], now),
        lag_chart=_lag_chart(stream["steps"], now),
        unchanged_share=share(sum(one["unchanged"] for one in readers["documents"]), readers["requests"]),
        share=share,
        age=_aged(now),
        moment=datetime.fromisoformat,
        up_for=lasting(now - datetime.fromisoformat(told["since"])),
        seconds=short_seconds,
        hour=hour_label,
        command=command,
    )


def verdict(told: Mapping[str, Any]) -> Verdict:
    """What an operator wants to know first."""
    if not told["ready"]:
        return Verdict("bad", "Not ready", told["reasons"])
    if withheld := told["withheld"]:
        held = "Its article stays" if withheld == 1 else "Their articles stay"
        reason = f"{held} until the files are back or you say `feeder withdraw --confirm`."
        return Verdict("odd", f"Ready, but {_files(withheld)} gone", [reason])
    if any(hour["refused"] for hour in told["hours"]):
        return Verdict("odd", f"Ready, but {_files(told['refusals']['files'])} refused", ())
    return Verdict("good", "All is well", ())


def _files(number: int) -> str:
    return "1 file is" if number == 1 else f"{number:,} files are"


def share(part: int, whole: int) -> str:
    """A share in percent; a dash of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else "—"


def command(path: str) -> str:
    """What shows why a file is refused, to be pasted into a shell."""
    return f"feeder quarantine show {shlex.quote(path)}"


def _aged(now: datetime) -> Callable[[str], str]:
    return lambda moment: age(now - datetime.fromisoformat(moment))


def _sums(hours: Sequence[Account]) -> dict[str, int]:
    return {name: sum(hour[name] for hour in hours) for name in (*KINDS, "refused")}


def hour_label(at: str) -> str:
    """An hour of UTC: its day at midnight, else its time."""
    moment = datetime.fromisoformat(at)
    return f"{moment:%H:%M}" if moment.hour else f"{moment.day} {_MONTHS[moment.month - 1]}"


def _events_chart(hours: Sequence[Account]) -> Markup:
    sums = _sums(hours)
    about = ", ".join(f"{sums[name]:,} {name}" for name in (*KINDS, "refused"))
    shown = [_hour_bar(hour, KINDS, ("refused", hour["refused"])) for hour in hours]
    return charts.bars(Said("events", "Events by hour, the last 48 hours", f"In all: {about}."), shown)


def _hour_bar(hour: Account, parts: Sequence[str], below: tuple[str, int]) -> Bar:
    at = datetime.fromisoformat(hour["at"])
    counts = [(name, hour[name]) for name in parts]
    said = ", ".join(f"{count:,} {name}" for name, count in (*counts, below) if count) or "nothing"
    label = hour_label(hour["at"]) if at.hour % _LABEL_HOURS == 0 else ""
    return Bar(f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M} UTC: {said}", counts, below, label)


def _by_hour(steps: Sequence[Account]) -> list[Account]:
    """How feeds were asked for in each hour since the start; there are hours without a step in between."""
    found: dict[datetime, Account] = {}
    for step in steps:
        at = datetime.fromisoformat(step["at"]).replace(minute=0, second=0)
        hour = found.setdefault(at, {"at": at.isoformat(), **dict.fromkeys(ANSWERS, 0)})
        for name in ANSWERS:
            hour[name] += step[name]
    return list(found.values())


def _asked_chart(hours: Sequence[Account]) -> Markup:
    """All 48 hours, so that the bars are as wide as those of the events; those before the start are empty."""
    if not hours:
        return charts.bars(Said("asked", "Requests for feeds by hour", "Nothing yet."), [])
    last, by_at = datetime.fromisoformat(hours[-1]["at"]), {hour["at"]: hour for hour in hours}
    moments = [(last - timedelta(hours=n)).isoformat() for n in range(47, -1, -1)]
    shown = [by_at.get(at, {"at": at, **dict.fromkeys(ANSWERS, 0)}) for at in moments]
    about = ", ".join(f"{sum(hour[name] for hour in hours):,} {name}" for name in ANSWERS)
    said = Said("asked", "Requests for feeds by hour, since the start", f"In all: {about}.")
    return charts.bars(said, [_hour_bar(hour, ANSWERS, ("refused", 0)) for hour in shown])


def _listeners_chart(steps: Sequence[Account], now: datetime) -> Markup:
    most = max((step["listeners"] for step in steps), default=0)
    top = charts.round_up(most)
    points = [(x, float(step["listeners"])) for x, step in zip(_places(steps, now), steps, strict=True)]
    said = Said(
        "listeners", "Listeners over time", f"At most {most:,}; now {steps[-1]['listeners'] if steps else 0:,}."
    )
    return charts.lines(said, [Line("p50", points)], top, [Mark(1, f"{top:,}")], _ends(steps, now))


def _lag_chart(steps: Sequence[Account], now: datetime) -> Markup:
    """By powers of ten: half a millisecond and half a minute have to be seen in one chart."""
    values = [step[name] for step in steps for name in ("lag_p50_seconds", "lag_p99_seconds") if step[name] is not None]
    low, high = _decades(values)
    places = _places(steps, now)
    shown = [
        Line(
            name, [(x, _decade(step[f"lag_{name}_seconds"], low)) for x, step in zip(places, steps, strict=True)], area
        )
        for name, area in (("p99", True), ("p50", False))
    ]
    marks = [Mark((n - low) / (high - low), short_seconds(_LAGS[n])) for n in range(low + 1, high + 1)]
    worst = f"At most {short_seconds(max(values))}." if values else "Nothing was written."
    said = Said("lag", "Lag from acceptance to listeners: the half and 99 % of the writes", worst)
    return charts.lines(said, shown, high - low, marks, _ends(steps, now))


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten, as places in ``_LAGS``, between which values lie; at least one apart."""
    last = len(_LAGS) - 1
    low = max((n for n in range(last) if _LAGS[n] <= min(values, default=0.001)), default=0)
    high = min((n for n in range(1, last + 1) if _LAGS[n] >= max(values, default=0.1)), default=last)
    return low, max(high, low + 1)


def _decade(value: float | None, low: int) -> float | None:
    return None if value is None else math.log10(max(value, _LAGS[low]) / _LAGS[low])


def _places(steps: Sequence[Account], now: datetime) -> list[float]:
    """Where steps stand between the first one and now, from 0 to 1."""
    moments = [datetime.fromisoformat(step["at"]) for step in steps]
    span = max((now - moments[0]).total_seconds(), 1.0) if moments else 1.0
    return [(moment - moments[0]).total_seconds() / span for moment in moments]


def _ends(steps: Sequence[Account], now: datetime) -> tuple[str, str]:
    return (f"{age(now - datetime.fromisoformat(steps[0]['at']))}" if steps else "", "now")
