"""What several workers have counted, as one service's figures. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from feeder.web import Measure

Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


def key(measure: Measure) -> Key:
    """What names a number: its own name and its labels."""
    return measure.name, tuple(sorted(measure.labels.items()))


def together(of_each: Iterable[Iterable[Measure]]) -> list[Measure]:
    """The measures of several processes as those of one, in the order in which they are first met."""
    found: dict[Key, Measure] = {}
    for measures in of_each:
        for measure in measures:
            earlier = found.get(key(measure))
            found[key(measure)] = _of_both(earlier, measure) if earlier else measure
    return list(found.values())


def counted(measures: Iterable[Measure]) -> list[Measure]:
    """What stays true when the process has ended: what it counted, and not how many it had."""
    return [measure for measure in measures if measure.kind != "gauge"]


def _of_both(one: Measure, other: Measure) -> Measure:
    pairs = zip(one.buckets, other.buckets, strict=True)
    buckets = tuple((bound, count + more) for (bound, count), (_, more) in pairs)
    return replace(one, value=_choices[one.across](one.value, other.value), buckets=buckets)


_choices: Mapping[str, Callable[[float, float], float]] = {
    "sum": lambda one, other: one + other,
    "least": lambda one, other: _chosen(min, (one, other)),
    "most": lambda one, other: _chosen(max, (one, other)),
}


def _chosen(choose: Callable[[Sequence[float]], float], values: Sequence[float]) -> float:
    """Of those that are numbers, if any is."""
    return choose([value for value in values if value == value] or values)  # noqa: PLR0124 - NaN alone is not itself
