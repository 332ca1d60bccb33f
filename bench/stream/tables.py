"""The figures of all runs as Markdown; ratios are of the same round, medians of all rounds."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.scenarios import Figures, Scenario

Runs = dict[str, list["Figures | None"]]
"""By a server's name, the figures of each round; None where it failed."""
YARDSTICKS = ("nchan", "limit")
LIMITED = 0.85
WRONG = (
    "gaps",
    "duplicates",
    "different",
    "strays",
    "refused",
    "broken",
    "told_gaps",
    "busy",
    "goodbyes",
    "others",
    "unpaired",
    "undecided",
    "uncompressed",
)


def rate(one: Figures) -> float:
    return one["delivered"] / one["since_published"] if one["delivered"] else 0.0


def cpu(one: Figures) -> float:
    return one["cpu"] * 1e6


def sending(one: Figures) -> float:
    """Without what each event costs when one listens; 0 if that was not measured in this round."""
    return (
        cpu(one) - one["alone"] * one["events"] / one["delivered"] * 1e6
        if one.get("alone") and one["delivered"]
        else 0.0
    )


def busy(one: Figures) -> float:
    return one["cpu_seconds"] / one["busy_seconds"]


def complete(one: Figures) -> str:
    """How many had all, and all that was not as it should be."""
    wrong = [f"{one[name]:,} {name.replace('_', ' ')}" for name in WRONG if one[name]]
    return ", ".join([f"{one['complete']}/{one['listeners']}", *wrong])


def middle(figures: Sequence[float], form: str, *, spread: bool = False) -> str:
    if not figures:
        return ""
    text = f"{statistics.median(figures):{form}}"
    return f"{text} ({min(figures):{form}}-{max(figures):{form}})" if spread and len(figures) > 1 else text


def ratios(runs: Runs, name: str, yardstick: str, of: Callable[[Figures], float]) -> list[float]:
    pairs = zip(runs[name], runs.get(yardstick, []), strict=False)
    return [of(one) / of(other) for one, other in pairs if one and other and of(other)]


def _times(runs: Runs, name: str, of: Callable[[Figures], float]) -> list[str]:
    return [middle(ratios(runs, name, yardstick, of), ".2f") for yardstick in YARDSTICKS]


def paced(scenario: Scenario, runs: Runs, name: str, had: list[Figures]) -> list[str]:
    return [
        middle([rate(one) for one in had], ",.0f", spread=True),
        middle([(scenario.events - 1) / scenario.rate / one["since_published"] for one in had], ".3f"),
        middle([cpu(one) for one in had], ".2f"),
        *_times(runs, name, cpu),
        *_delays_and_costs(had),
    ]


def burst(_: Scenario, runs: Runs, name: str, had: list[Figures]) -> list[str]:
    return [
        middle([rate(one) for one in had], ",.0f", spread=True),
        *_times(runs, name, rate),
        middle([cpu(one) for one in had], ".2f"),
        *_times(runs, name, cpu),
        middle([one for figures in had if (one := sending(figures))], ".2f"),
        *_times(runs, name, sending),
        *_delays_and_costs(had),
    ]


def _delays_and_costs(had: list[Figures]) -> list[str]:
    return [
        *(middle([one[field] for one in had], ",.1f") for field in ("p50", "p99", "max")),
        middle([one["connected"] / one["connect_seconds"] for one in had], ",.0f"),
        middle([one["kibibytes"] for one in had], ".1f"),
        middle([one["wire_bytes"] / max(one["delivered"], 1) for one in had], ",.0f"),
        _busy(had),
        _worst(had),
    ]


def alone(_: Scenario, __: Runs, ___: str, had: list[Figures]) -> list[str]:
    return [
        middle([cpu(one) for one in had], ",.0f"),
        middle([rate(one) for one in had], ",.0f"),
        *(middle([one[field] for one in had], ",.1f") for field in ("p50", "p99", "max")),
        _worst(had),
    ]


def probed(_: Scenario, __: Runs, ___: str, had: list[Figures]) -> list[str]:
    return [
        *(middle([one["probe"][field] for one in had], ".1f") for field in ("p50", "p90", "p99", "max", "meant_p99")),
        middle([one["p50"] for one in had], ".1f"),
        middle([one["p99"] for one in had], ".1f"),
        _worst(had),
    ]


def stuck(_: Scenario, runs: Runs, name: str, had: list[Figures]) -> list[str]:
    return [
        middle([rate(one) for one in had], ",.0f", spread=True),
        *_times(runs, name, rate),
        middle([cpu(one) for one in had], ".2f"),
        middle([one["p99"] for one in had], ",.0f"),
        *(middle([one["megabytes"][which] for one in had], ",.0f") for which in (0, 1)),
        _busy(had),
        _worst(had),
    ]


def resumed(_: Scenario, runs: Runs, name: str, had: list[Figures]) -> list[str]:
    def pace(one: Figures) -> float:
        return one["delivered"] / one["since_began"] if one["delivered"] else 0.0

    return [
        middle([one["since_began"] for one in had], ".2f", spread=True),
        middle([pace(one) for one in had], ",.0f"),
        *_times(runs, name, pace),
        middle([cpu(one) for one in had], ".2f"),
        middle([one["peak"] for one in had], ",.1f"),
        _worst(had),
    ]


def _busy(had: list[Figures]) -> str:
    share = statistics.median(busy(one) for one in had)
    return f"{share:.2f}" + (" *" if share > LIMITED else "")


def _worst(had: list[Figures]) -> str:
    return min((complete(one) for one in had), key=lambda text: (int(text.partition("/")[0]), -len(text)), default="")


DELAYS_AND_COSTS = (
    "p50 ms", "p99 ms", "max ms", "connects/s", "KiB a connection", "bytes a delivery", "client busy", "complete",
)  # fmt: skip
COLUMNS: dict[str, tuple[tuple[str, ...], Any]] = {
    "paced": (("deliveries/s", "of published", "CPU us a delivery", "x nchan", "x limit", *DELAYS_AND_COSTS), paced),
    "burst": (
        ("deliveries/s", "x nchan", "x limit", "CPU us a delivery", "x nchan", "x limit", "of it sending", "x nchan",
         "x limit", *DELAYS_AND_COSTS),
        burst,
    ),
    "alone": (("CPU us an event", "events/s", "p50 ms", "p99 ms", "max ms", "complete"), alone),
    "probe": (
        ("GET p50 ms", "p90", "p99", "max", "p99 from its time", "event p50 ms", "event p99 ms", "complete"),
        probed,
    ),
    "stuck": (
        ("deliveries/s", "x nchan", "x limit", "CPU us a delivery", "p99 ms", "MB before", "MB after", "client busy",
         "complete"),
        stuck,
    ),
    "resume": (
        ("seconds", "events/s", "x nchan", "x limit", "CPU us a delivery", "MB more at most", "complete"),
        resumed,
    ),
}  # fmt: skip


def table(scenario: Scenario, runs: Runs, reasons: dict[str, str]) -> list[str]:
    """The lines of a scenario's table; ``reasons`` say why a server has no figures."""
    columns, row = COLUMNS[scenario.form]
    lines = [f"| {scenario.title} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name in runs:
        had, reason = [one for one in runs[name] if one], reasons.get(name, "")
        cells = row(scenario, runs, name, had) if had else [reason or "not measured", *[""] * (len(columns) - 1)]
        if had and reason:
            cells[-1] += f", then: {reason}"
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]
