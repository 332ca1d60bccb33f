"""The benchmarks run and say what they promise; their figures are for people to judge."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from program import require

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: the benchmarks ask /proc and inotify")
BENCH = Path(__file__).parent.parent.parent / "bench"
ABSENT = {
    name: f"/nowhere/{name.lower()}"
    for name in ("HUGO", "PELICAN", "ELEVENTY", "NGINX", "NODE", "STARLETTE", "WRK", "CC")
}


def printed(script: str, *numbers: int | str, absent: dict[str, str] = ABSENT) -> list[list[str]]:
    """The rows of the tables that a benchmark prints."""
    ran = subprocess.run(
        [sys.executable, BENCH / script, *map(str, numbers)],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **absent},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in ran.stdout.splitlines() if line[:1] == "|"]


def rows(script: str, *numbers: int | str, absent: dict[str, str] = ABSENT) -> dict[str, list[str]]:
    """The same by their first cells."""
    return {first: rest for first, *rest in printed(script, *numbers, absent=absent)}


def seconds(cells: list[str]) -> list[float]:
    return [float(cell) for cell in cells[:3]]


def test_peers_measures_feeder_and_names_who_is_not_installed() -> None:
    found = rows("peers.py", 3, 1, 1)
    assert 0 < seconds(found["feeder serve: event on the stream"])[0] <= seconds(found["feeder serve"])[0]
    assert seconds(found["feeder publish"])[0] > 0
    assert [found[name][4] for name in ("Hugo", "Pelican", "Eleventy")] == ["not installed"] * 3


def test_serving_measures_feeder_and_names_who_is_not_installed() -> None:
    require(shutil.which("wrk"), "wrk is missing (apt-get install wrk)")
    found = rows("serving.py", 1, 1, absent={name: path for name, path in ABSENT.items() if name != "WRK"})
    rate, ratio, cost = found["feeder"]
    assert int(rate.split()[0].replace(",", "")) > 0
    assert (ratio, float(cost) > 0) == ("", True)
    assert [found[name][0] for name in ("nginx", "Starlette", "Node")] == ["not installed"] * 3


def test_serving_says_what_it_needs() -> None:
    assert rows("serving.py", 1, 1)["feeder"][0] == "not measured: wrk is not installed"


GCC = {name: path for name, path in ABSENT.items() if name != "CC"}
FEW = ("--rounds", 1, "--listeners", 20, "--events", 5)


@pytest.fixture
def gcc() -> None:
    require(shutil.which("gcc"), "gcc is missing (apt-get install gcc libc6-dev zlib1g-dev)")


def servers(*names: str) -> list[str]:
    return [word for name in names for word in ("--server", name)]


@pytest.mark.usefixtures("gcc")
def test_streaming_measures_each_delivery_and_names_who_is_not_installed() -> None:
    ours, others = ("limit", "feeder", "feeder serve, from files"), ("nchan", "sse-starlette")
    found = rows("streaming.py", "--only", "paced-1000", *FEW, *servers(*ours, *others), absent=GCC)
    assert [found[name][-1] for name in ours] == ["20/20"] * 3
    assert 0 < float(found["limit"][2]) < float(found["feeder"][2])
    assert [found[name][0] for name in others] == ["not installed"] * 2


@pytest.mark.usefixtures("gcc")
@pytest.mark.parametrize(
    ("server", "scenarios"),
    [("limit", ("alone", "burst-1000", "probe", "stuck", "replay")), ("feeder", ("reconnect",))],
)
def test_streaming_has_a_table_for_each_scenario(server: str, scenarios: tuple[str, ...]) -> None:
    only = [word for name in scenarios for word in ("--only", name)]
    found = printed("streaming.py", *only, *FEW, *servers(server), absent=GCC)
    assert [(row[0], row[-1]) for row in found[2::3]] == [(server, "20/20")] * len(scenarios)
    assert [len(row) for row in found[::3]] == [len(row) for row in found[2::3]]


def test_streaming_says_what_it_needs() -> None:
    assert rows("streaming.py", *FEW)["feeder"][0] == "not measured: /nowhere/cc is not installed"


def test_latency_measures_with_articles_stored_before() -> None:
    found = rows("latency.py", 2, 50, 3)
    for run in ("run 1", "run 2, with a look at the whole folder"):
        assert seconds(found[f"feeder: event on the stream ({run})"])[0] > 0
        assert seconds(found[f"feeder: in feeds/all.json ({run})"])[0] > 0


def test_bulk_publishes_all() -> None:
    assert re.fullmatch(r"\d+ articles/s \(\d+\.\d s\)", rows("bulk.py", 30)["feeder: published"][0])


def test_parsing_compares_each_step_with_the_limit() -> None:
    found = rows("parsing.py", 16, 1)
    assert next(iter(found.values()))
    assert float(found["limit: decode, split, hash, write JSON"][1]) == 1.0
    assert float(found["all of it"][1]) > 1.0


def test_rendering_compares_one_new_entry_with_all_of_them() -> None:
    found = rows("rendering.py", 2, 5)
    for suffix in ("rss", "atom", "json"):
        size, anew, alone, joined, together = map(float, found[suffix][:5])
        assert size > 5 * 4.3
        assert min(anew, alone, joined) > 0
        assert abs(alone + joined - together) < 0.002


def test_publishing_measures_from_the_commit_to_the_documents() -> None:
    found = rows("publishing.py", 2, 2, 1)
    alone, both = (
        seconds(found[f"from the commit to all documents of {feeds}"])[0] for feeds in ("`all`", "two feeds")
    )
    assert 0 < alone <= both
    assert {name.partition(":")[0] for name in found} >= {"rss", "atom", "json", "ask the store for the front"}


def test_deflating_compares_ways_to_compress_and_what_a_listener_costs() -> None:
    found = rows("deflating.py", 40, 1, 5)
    alone, shared = found["key frames, zlib 6"], found["**shared window**"]
    assert float(found["as it is"][1]) == 1.0 > float(alone[1]) > float(shared[1]) > 0.1
    assert all(float(cell) > 0 for row in ("as they are", "in the shared window") for cell in found[row])
