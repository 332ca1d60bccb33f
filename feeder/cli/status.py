"""``feeder status``: whether an instance runs and is well, and what it has; without one, what the store says."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from feeder import accounts, instance
from feeder.cli import operator, terminal
from feeder.cli.moments import ago, exact
from feeder.cli.options import settings_flags
from feeder.cli.screen import Screen
from feeder.cli.terminal import BAD, GOOD, ODD
from feeder.errors import UnavailableError
from feeder.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.accounts import Account
    from feeder.cli.screen import Span
    from feeder.config import Loaded, Settings

_FIGURES: Final = {"feeds": "feeder_feeds"}
"""What is told beside the instance's own account, by the name of its metric."""


@click.command
@settings_flags("data", "store")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(loaded: Loaded, *, as_json: bool) -> None:
    """Show whether an instance is running and ready, its addresses, and what became of the files.

    Without an instance, what the store has. For a check that fails by its exit code, ask /readyz.
    """
    told = _status(loaded.settings)
    if as_json:
        terminal.say_json(told)
        return
    screen = Screen()
    rows = list(page(told, datetime.now(UTC) if screen.width else None))
    if screen.width is not None:
        screen.columns(rows)
        return
    for name, value in rows:
        screen.line(name, ": ", value)


def _status(settings: Settings) -> Account:
    """``running`` is None where an instance announced itself and does not answer: killed, or without a listener."""
    found = instance.running(Path(settings.data.path))
    nobody = {"running": False, "pid": None, "public": None, "operator": None, "ready": False}
    if found is None:
        return nobody | {"reasons": ["no instance is running"]} | asyncio.run(_of_store(settings))
    who = {"running": True, "pid": found.pid, "public": found.public, "operator": found.operator}
    try:
        return who | operator.call(settings.data.path, "/status") | _figures(settings.data.path)
    except UnavailableError as error:
        return who | {"running": None, "ready": None, "reasons": [str(error)]} | asyncio.run(_of_store(settings))


def _figures(data: str) -> Account:
    """What of the instance's metrics is told, of each by its name there; what it does not have is left out."""
    lines = operator.text(data, "/metrics").splitlines()
    said = dict(line.rsplit(" ", 1) for line in lines if " " in line and not line.startswith("#"))
    return {name: int(float(said[metric])) for name, metric in _FIGURES.items() if metric in said}


async def _of_store(settings: Settings) -> Account:
    try:
        store = await open_store(settings.store_url, data=Path(settings.data.path), write=False)
    except UnavailableError as error:
        return {"files": accounts.of_counts({}), "refused": 0, "last_event": None, "store": str(error)}
    try:
        marks, last = await store.marks(), await store.last_event(None)
    finally:
        await store.close()
    return {
        "files": accounts.of_counts(Counter(mark.status for mark in marks)),
        "refused": sum(mark.is_refused for mark in marks),
        "last_event": None if last is None else accounts.of_event(last),
    }


def page(told: Account, now: datetime | None) -> Iterator[tuple[str, Span]]:
    """What is told, line by line: what it is of, and what it says. With ``now`` moments are told by their distance."""
    yield "running", _running(told)
    if told["running"] is not False:
        yield from _of_instance(told, now)
    if "store" in told:
        yield "store", (told["store"], ODD)
    counts = ", ".join(f"{number:,} {status}" for status, number in told["files"].items() if number)
    yield "files", counts or "none yet"
    if told["refused"]:
        yield "refused", (f"{told['refused']:,}, in whole or in part; see: feeder quarantine list", BAD)
    if told.get("withheld"):
        yield "held back", (f"{told['withheld']:,} withdrawals, until somebody confirms; see: feeder withdraw", BAD)
    yield "last event", _event(told["last_event"], now)


def _running(told: Account) -> Span:
    process = f"process {told['pid']}" + (f", feeder {told['version']}" if "version" in told else "")
    if told["running"] is False:
        return "no", ODD
    if told["running"] is None:
        return f"not known ({process} announced itself)", BAD
    return (f"yes, ready ({process})", GOOD) if told["ready"] else (f"yes, but NOT READY ({process})", BAD)


def _of_instance(told: Account, now: datetime | None) -> Iterator[tuple[str, Span]]:
    yield from (("because", (reason, BAD)) for reason in told["reasons"])
    yield from ((name, told[name]) for name in ("public", "operator") if told[name])
    if "since" in told:
        yield "since", _when(told["since"], now)
    if told.get("workers"):
        yield "workers", _of_workers(told["workers"])
    if "stream" in told:
        yield "listeners", f"{told['stream']['listeners']:,}"
    if "feeds" in told:
        yield "feeds", f"{told['feeds']:,}"


def _of_workers(workers: list[Account]) -> Span:
    up = [one for one in workers if one["up"]]
    processes = f" (processes {', '.join(str(one['pid']) for one in up)})" if up else ""
    return f"{len(up)} of {len(workers)} up{processes}", "" if len(up) == len(workers) else BAD


def _event(event: Account | None, now: datetime | None) -> str:
    if event is None:
        return "none yet"
    what = event["title"] or event["article"]
    return f"{event['kind']} {_when(event['at'], now)}: {what} ({event['id']})"


def _when(said: str, now: datetime | None) -> str:
    at = datetime.fromisoformat(said)
    return f"{ago(at, now)}, {exact(at)}" if now else said
