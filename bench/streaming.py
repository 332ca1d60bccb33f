"""The live stream of feeder beside nginx with nchan, sse-starlette, and the least that a server can do, in C.

Each run starts the server anew on one core; listeners (a program in C that checks every byte), publisher and prober
have another one. The servers take turns within each round; ratios are of one round. README.md says what each table
and column means. What is missing (a C compiler, nchan, sse-starlette) is left out with a word; nothing is installed.
Usage: bench/streaming.py [--quick] [--rounds N] [--only SCENARIO]... [--server NAME]... [--workers N] [--listeners N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from processes import FailedError
from stream import tables
from stream.clients import build
from stream.scenarios import Figures, Scenario
from stream.servers import Server
from stream.usage import on_cores, raise_files

SCENARIOS = [
    Scenario(name="alone", title="burst of 500 to 1", form="alone", listeners=1, events=500),
    Scenario(name="paced-1000", title="1,000 x 20/s for 3 s", form="paced", listeners=1000, events=60, rate=20),
    Scenario(name="paced-10000", title="10,000 x 20/s for 3 s", form="paced", listeners=10_000, events=60, rate=20),
    Scenario(name="burst-1000", title="burst of 500 to 1,000", form="burst", listeners=1000, events=500),
    Scenario(name="burst-10000", title="burst of 100 to 10,000", form="burst", listeners=10_000, events=100),
    Scenario(name="probe", title="GET beside 5,000 x 20/s", form="probe", listeners=5000, events=60, rate=20),
    Scenario(name="stuck", title="burst of 10,000 to 200, beside 50 who never read", form="stuck", listeners=200,
             events=10_000, stuck=50),
    Scenario(name="reconnect", title="10,000 come back at once, 100 events behind", form="resume", listeners=10_000,
             events=100),
    Scenario(name="replay", title="100,000 events again to one", form="resume", listeners=1, events=100_000),
]  # fmt: skip
QUICK = {
    "alone": {},
    "paced-1000": {},
    "burst-1000": {},
    "probe": {"listeners": 1000, "title": "GET beside 1,000 x 20/s"},
    "stuck": {"events": 2000, "title": "burst of 2,000 to 200, beside 50 who never read"},
    "reconnect": {"listeners": 1000, "title": "1,000 come back at once, 100 events behind"},
    "replay": {"events": 5000, "title": "5,000 events again to one"},
}
SERVERS = [
    Server("limit", "limit"),
    Server("nchan", "nchan"),
    Server("sse-starlette", "starlette"),
    Server("feeder", "feeder"),
    Server("feeder, gzip", "feeder", gzip=True),
    Server("feeder with feed files", "feeder", feeds=True),
    Server("feeder serve, from files", "files", feeds=True),
]
LONG = {"feeder with feed files"}
"""Rows that a quick run leaves out."""
AS_FEEDER = {"feeder with feed files": "as feeder", "feeder serve, from files": "as feeder"}
UNFIT = {"replay": AS_FEEDER | {"sse-starlette": "keeps no such log"}, "reconnect": AS_FEEDER}
"""What would take long and tell nothing."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="streaming.py")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller, some three minutes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", action="append", choices=[one.name for one in SCENARIOS])
    parser.add_argument("--server", action="append", metavar="NAME", help="only this row; may be repeated")
    parser.add_argument("--workers", type=int, help="also: servers with so many processes, on all cores")
    parser.add_argument("--listeners", type=int, help="instead of each scenario's own number")
    parser.add_argument("--events", type=int, help="likewise")
    return parser.parse_args()


def chosen_scenarios(told: argparse.Namespace) -> list[Scenario]:
    found = [one for one in SCENARIOS if not told.only or one.name in told.only]
    if told.quick:
        found = [replace(one, **QUICK[one.name]) for one in found if one.name in QUICK]
    changes = {name: value for name in ("listeners", "events") if (value := getattr(told, name))}
    return [replace(one, **changes) for one in found]


def chosen_servers(told: argparse.Namespace) -> list[Server]:
    found = [one for one in SERVERS if not (told.quick and one.name in LONG)]
    if workers := told.workers:
        flags = ("--workers", str(workers))
        found += [
            Server(f"nchan, {workers} workers", "nchan", workers=workers),
            Server(f"feeder, {workers} workers", "feeder", workers=workers, flags=flags),
            Server(f"feeder serve, {workers} workers", "files", feeds=True, workers=workers, flags=flags),
        ]
    return [one for one in found if not told.server or one.name in told.server]


class Bench:
    """The scenarios, done to the servers in turns; keeps the figures of all rounds, and why there are none."""

    def __init__(self, scenarios: list[Scenario], servers: list[Server], folder: Path) -> None:
        self._scenarios, self._servers, self._folder = scenarios, servers, folder
        self._runs: dict[str, tables.Runs] = {one.name: {server.name: [] for server in servers} for one in scenarios}
        missing = {server.name: reason for server in servers if (reason := server.missing())}
        self._reasons = {one.name: UNFIT.get(one.name, {}) | missing for one in scenarios}

    async def round(self, number: int) -> None:
        for scenario in self._scenarios:
            for place, server in enumerate(self._servers):
                folder = self._folder / f"{scenario.name}-{place}-{number}"
                self._runs[scenario.name][server.name].append(await self._run(scenario, server, folder))

    async def _run(self, scenario: Scenario, server: Server, folder: Path) -> Figures | None:
        reasons = self._reasons[scenario.name]
        if server.name in reasons:
            return None
        print(
            f"round {len(self._runs[scenario.name][server.name]) + 1}: {scenario.title}: {server.name}", file=sys.stderr
        )
        try:
            figures = await scenario.run(server, folder, self._folder)
        except FailedError as error:
            reasons[server.name] = str(error)
            return None
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # a hundred thousand events are a few hundred megabytes
        before = self._runs.get("alone", {}).get(server.name)
        alone = before[-1] if before else None
        return figures | {"alone": alone["cpu"] if alone else 0}

    def lines(self) -> list[str]:
        return [
            line for one in self._scenarios for line in tables.table(one, self._runs[one.name], self._reasons[one.name])
        ]


async def main() -> None:
    told = arguments()
    files = raise_files()
    with tempfile.TemporaryDirectory(prefix="feeder-bench-") as name, on_cores("clients"):
        folder = Path(name)
        if lack := build(folder):
            print(f"| feeder | not measured: {lack} |")
            return
        print(f"{os.cpu_count()} cores, {platform.system()}, {files:,} files; load average {os.getloadavg()[0]:.1f}\n")
        bench = Bench(chosen_scenarios(told), chosen_servers(told), folder)
        try:
            for number in range(told.rounds or (1 if told.quick else 3)):
                await bench.round(number)
        finally:  # what has been measured is told even if somebody has had enough
            print(*bench.lines(), f"load average {os.getloadavg()[0]:.1f} after", sep="\n")


if __name__ == "__main__":
    asyncio.run(main())
