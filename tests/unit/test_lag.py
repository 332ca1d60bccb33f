"""The time from acceptance to write: quantiles of now, and counts since the start."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from feeder.stream.lag import BOUNDS, Lag
from feeder.web.operator.metrics import Measure, of_lag, registry_of


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def lag(window_seconds: float = 300) -> tuple[Lag, Clock]:
    clock = Clock()
    return Lag(clock, window_seconds=window_seconds), clock


def test_nothing_measured_is_nothing_said() -> None:
    empty, _ = lag()
    assert (empty.quantile(0.5), empty.counts[-1], empty.total_seconds) == (None, 0, 0)
    empty.note(0.1, 0)
    assert empty.quantile(0.5) is None


@pytest.mark.parametrize("shape", ["even", "log", "two"])
def test_quantiles_are_within_five_percent(shape: str) -> None:
    drawn, measured = random.Random(1), lag()[0]
    shapes: dict[str, Callable[[], float]] = {
        "even": lambda: drawn.uniform(0.001, 0.5),
        "log": lambda: drawn.lognormvariate(-4, 2),
        "two": lambda: drawn.choice((0.0021, 1.7)),
    }
    draw = shapes[shape]
    values = sorted(draw() for _ in range(5000))
    for value in values:
        measured.note(value)
    for q in (0, 0.1, 0.5, 0.9, 0.99, 1):
        true = values[max(math.ceil(q * len(values)), 1) - 1]
        assert measured.quantile(q) == pytest.approx(true, rel=0.05)


def test_many_writes_at_once_weigh_as_many() -> None:
    measured, _ = lag()
    measured.note(0.010, 980)
    measured.note(2.0, 20)
    assert measured.quantile(0.98) == pytest.approx(0.010, rel=0.05)
    assert measured.quantile(0.99) == pytest.approx(2.0, rel=0.05)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 10**9))
def test_any_measurement_is_taken(seconds: float, times: int) -> None:
    measured, _ = lag()
    measured.note(seconds, times)
    assert measured.counts[-1] == times
    if times:
        assert 0 < (measured.quantile(0.99) or 0) < 11_000


def test_a_clock_that_was_set_back_makes_no_time_less_than_nothing() -> None:
    measured, _ = lag()
    measured.note(-3600, 2)
    assert (measured.total_seconds, measured.counts[0], measured.counts[-1]) == (0, 2, 2)


def test_what_is_long_ago_does_not_count_for_now() -> None:
    measured, clock = lag(window_seconds=300)
    measured.note(5.0, 1000)
    clock.now += 239  # four fifths of the window at least
    assert measured.quantile(0.5) == pytest.approx(5.0, rel=0.05)
    measured.note(0.001, 10)
    clock.now += 61
    assert measured.quantile(0.5) == pytest.approx(0.001, rel=0.05)
    clock.now += 300
    assert measured.quantile(0.5) is None
    assert measured.counts[-1] == 1010


@given(st.lists(st.floats(0, 400), max_size=40))
def test_the_window_is_never_longer_than_it_is_nor_much_shorter(pauses: list[float]) -> None:
    measured, clock = lag(window_seconds=100)
    for pause in pauses:
        measured.note(0.5)
        noted = clock.now
        clock.now += pause
        if clock.now - noted < 80:
            assert measured.quantile(1) is not None
        if clock.now - noted > 100.001:
            assert measured.quantile(1) is None


def test_the_memory_does_not_grow() -> None:
    measured, clock = lag(window_seconds=10)

    def size() -> int:
        return sum(sys.getsizeof(one) + 28 * len(one) for one in measured._generations) + len(measured._counts)

    for _ in range(20):
        measured.note(0.1)
        clock.now += 1
    full = size()
    for number in range(5000):
        measured.note(number / 7, number)
        clock.now += 1.7
    assert size() == full < 60_000


def test_the_histogram_counts_what_did_not_exceed_each_bound() -> None:
    measured, clock = lag()
    for value in (0.0005, 0.001, 0.0011, 0.4, 30, 31):
        measured.note(value, 2)
        clock.now += 1000
    counts = dict(zip((*BOUNDS, math.inf), measured.counts, strict=True))
    assert (counts[0.001], counts[0.0025], counts[0.25], counts[0.5]) == (4, 6, 6, 8)
    assert (counts[30.0], counts[math.inf]) == (10, 12)
    assert measured.total_seconds == pytest.approx(2 * 61.4026)


def shown(measured: Lag) -> list[str]:
    return generate_latest(registry_of(lambda: of_lag(measured))).decode().splitlines()


def test_prometheus_reads_it() -> None:
    measured, _ = lag()
    measured.note(0.02, 99)
    measured.note(3.0, 1)
    lines = shown(measured)
    assert "# TYPE feeder_stream_lag_seconds histogram" in lines
    assert 'feeder_stream_lag_seconds_bucket{le="0.01"} 0.0' in lines
    assert 'feeder_stream_lag_seconds_bucket{le="0.025"} 99.0' in lines
    assert 'feeder_stream_lag_seconds_bucket{le="+Inf"} 100.0' in lines
    assert "feeder_stream_lag_seconds_count 100.0" in lines
    (total,) = [line for line in lines if line.startswith("feeder_stream_lag_seconds_sum ")]
    assert float(total.split()[1]) == pytest.approx(4.98)
    for name in ("p50", "p99"):
        (line,) = [line for line in lines if line.startswith(f"feeder_stream_lag_{name} ")]
        assert float(line.split()[1]) == pytest.approx(0.02, rel=0.05)


def test_without_a_write_there_is_no_number_for_now() -> None:
    assert {"feeder_stream_lag_p50 NaN", "feeder_stream_lag_p99 NaN"} <= set(shown(lag()[0]))


def test_histograms_of_one_name_with_other_labels_are_one_family() -> None:
    measures = [
        Measure("x", "histogram", "X.", 1.5, {"codec": codec}, buckets=[(0.1, 1), (math.inf, count)])
        for codec, count in (("sse", 2), ("gzip", 3))
    ]
    lines = generate_latest(registry_of(lambda: measures)).decode().splitlines()
    assert lines.count("# TYPE feeder_x histogram") == 1
    assert 'feeder_x_bucket{codec="gzip",le="+Inf"} 3.0' in lines
    assert 'feeder_x_count{codec="sse"} 2.0' in lines
