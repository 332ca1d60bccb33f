"""The parts' plain counters as Prometheus reads them, taken at the moment of the scrape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from feeder.stream import Hub


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of one part; equal names with other labels are one family. ``name`` has no ``feeder_``."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


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
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for measure in self._measures():
            family = families.get(measure.name) or families.setdefault(measure.name, _family(measure))
            family.add_metric(list(measure.labels.values()), measure.value)
        yield from families.values()


def _family(measure: Measure) -> CounterMetricFamily | GaugeMetricFamily:
    make = CounterMetricFamily if measure.kind == "counter" else GaugeMetricFamily
    return make(f"feeder_{measure.name}", measure.help, labels=list(measure.labels))


def of_stream(hub: Hub) -> Iterator[Measure]:
    """What the hub has counted."""
    counts = hub.counts
    yield Measure("stream_listeners", "gauge", "Connections that listen now.", counts.listeners)
    yield Measure("stream_head", "gauge", "The last event that the stream has taken in.", hub.head)
    yield Measure("stream_connections", "counter", "Connections so far.", counts.connections)
    yield Measure("stream_busy", "counter", "Readers turned away.", counts.busy)
    yield Measure("stream_dropped", "counter", "Readers dropped by the write deadline.", counts.dropped)
    yield Measure("stream_frames", "counter", "Events written to readers.", counts.frames)
    yield Measure("stream_bytes", "counter", "Bytes written to readers.", counts.bytes)
    yield Measure("stream_encoded", "counter", "Events encoded.", counts.encoded)
    yield Measure("stream_pages", "counter", "Pages of the log read for readers.", counts.pages)
    for reason in ("expired", "unknown", "epoch"):
        yield Measure("stream_gaps", "counter", "Cursors not honoured.", counts.gaps[reason], {"reason": reason})
