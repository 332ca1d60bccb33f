"""The parts' plain counters as Prometheus reads them, taken at the moment of the scrape."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from feeder.stream.desk import REPLAY_BOUNDS
from feeder.stream.lag import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from prometheus_client.metrics_core import Metric

    from feeder.stream import Counts, Hub
    from feeder.stream.lag import Lag
    from feeder.web.readership import Asked, Name

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


CODECS: Final = ("sse", "sse-gzip", "ndjson", "ndjson-gzip")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of one part; equal names with other labels are one family. ``name`` has no ``feeder_``.

    A histogram is one too: its value is the sum of what was measured, and ``buckets`` says of each upper bound, the
    last of them infinite, how many measurements did not exceed it.

    ``across`` says what it is of several processes that have it: the sum, or that of who has least or most.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    buckets: Sequence[tuple[float, int]] = ()
    across: Literal["sum", "least", "most"] = "sum"


def registry_of(measures: Callable[[], Iterable[Measure]]) -> CollectorRegistry:
    """A registry of its own for these measures and the process: two services in one process do not clash."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Scrape(measures))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


class _Scrape(Collector):
    def __init__(self, measures: Callable[[], Iterable[Measure]]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Family] = {}
        for measure in self._measures():
            family = families.get(measure.name) or families.setdefault(measure.name, _family(measure))
            _add(family, measure)
        yield from families.values()


_FAMILIES: Final[dict[str, type[Family]]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


def _family(measure: Measure) -> Family:
    return _FAMILIES[measure.kind](f"feeder_{measure.name}", measure.help, labels=list(measure.labels))


def _add(family: Family, measure: Measure) -> None:
    labels = list(measure.labels.values())
    if isinstance(family, HistogramMetricFamily):
        buckets = [("+Inf" if math.isinf(bound) else str(bound), count) for bound, count in measure.buckets]
        family.add_metric(labels, buckets, measure.value)
    else:
        family.add_metric(labels, measure.value)


def of_stream(hub: Hub) -> Iterator[Measure]:
    """What the hub has counted."""
    counts, listening = hub.counts, hub.by_wire()
    yield Measure("stream_listeners", "gauge", "Connections that listen now.", hub.listeners)
    yield Measure("stream_head", "gauge", "The last event that the stream has taken in.", hub.head, across="least")
    yield Measure("stream_connections", "counter", "Connections so far.", counts.connections)
    yield Measure("stream_busy", "counter", "Readers turned away.", counts.busy)
    yield Measure("stream_dropped", "counter", "Readers dropped by the write deadline.", counts.dropped)
    yield Measure("stream_slow", "counter", "Times that a reader was too slow for a round.", counts.slow)
    yield _replays(counts)
    yield Measure("stream_encoded", "counter", "Events encoded.", counts.encoded)
    yield Measure("stream_pages", "counter", "Pages of the log read for readers.", counts.pages)
    for codec in CODECS:
        label = {"codec": codec}
        yield Measure("stream_listening", "gauge", "Those of them by codec.", listening[codec], label)
        yield Measure("stream_frames", "counter", "Events written to readers.", counts.frames[codec], label)
        yield Measure("stream_bytes", "counter", "Bytes written to readers.", counts.bytes[codec], label)
    for refusal, count in hub.admission.refused.items():
        yield Measure("stream_refused", "counter", "Readers for whom there was no place.", count, {"reason": refusal})
    yield from of_lag(hub.desk.lag)
    for reason in ("expired", "unknown", "epoch"):
        yield Measure("stream_gaps", "counter", "Cursors not honoured.", counts.gaps[reason], {"reason": reason})


def of_readers(counted: Mapping[Name, Asked], known: Collection[str]) -> Iterator[Measure]:
    """How the documents of these feeds were asked for; those that nobody has asked for are left out."""
    for (feed, suffix), asked in sorted(counted.items()):
        if feed not in known:
            continue
        labels = {"feed": feed, "format": suffix}
        for answer, count in (("200", asked.whole), ("304", asked.unchanged), ("226", asked.deltas)):
            about = "Requests for feed documents, by how they were answered."
            yield Measure("feed_requests", "counter", about, count, {**labels, "answer": answer})
        yield Measure("feed_bytes", "counter", "Bytes of their bodies that were sent.", asked.bytes, labels)


def _replays(counts: Counts) -> Measure:
    """How many events those were told who came back, or were too slow."""
    buckets = list(zip((*REPLAY_BOUNDS, math.inf), accumulate(counts.replays), strict=True))
    return Measure(
        "stream_replays", "histogram", "Events told to a reader that read on.", counts.replayed, buckets=buckets
    )


def of_lag(lag: Lag) -> Iterator[Measure]:
    """How long after their acceptance events are written to readers."""
    buckets = list(zip((*BOUNDS, math.inf), lag.counts, strict=True))
    about = "Seconds from an event's acceptance to its being written to a reader."
    yield Measure("stream_lag_seconds", "histogram", about, lag.total_seconds, buckets=buckets)
    half, nearly_all = (_or_nan(lag.quantile(q)) for q in (0.5, 0.99))
    yield Measure(
        "stream_lag_p50", "gauge", "What half of the last five minutes' writes did not exceed.", half, across="most"
    )
    yield Measure(
        "stream_lag_p99",
        "gauge",
        "What 99 % of the last five minutes' writes did not exceed.",
        nearly_all,
        across="most",
    )


def _or_nan(value: float | None) -> float:
    """What Prometheus shows where there is nothing to speak of."""
    return math.nan if value is None else value
