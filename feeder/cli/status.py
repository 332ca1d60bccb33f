"""``feeder status``: whether an instance runs and is well, and what it has; without one, what the store says."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeder import accounts, instance
from feeder.cli import operator
from feeder.cli.options import settings_flags
from feeder.errors import UnavailableError, printable
from feeder.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.accounts import Account
    from feeder.config import Loaded, Settings


@click.command
@settings_flags("data", "store")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(loaded: Loaded, *, as_json: bool) -> None:
    """Show whether an instance is running and ready, its addresses, and what became of the files.

    Without an instance, what the store has. For a check that fails by its exit code, ask /readyz.
    """
    told = _status(loaded.settings)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in _for_people(told):
        click.echo(line)


def _status(settings: Settings) -> Account:
    """``running`` is None where an instance announced itself and does not answer: killed, or without a listener."""
    found = instance.running(Path(settings.data.path))
    nobody = {"running": False, "pid": None, "public": None, "operator": None, "ready": False}
    if found is None:
        return nobody | {"reasons": ["no instance is running"]} | asyncio.run(_of_store(settings))
    who = {"running": True, "pid": found.pid, "public": found.public, "operator": found.operator}
    try:
        return who | operator.call(settings.data.path, "/status")
    except UnavailableError as error:
        return who | {"running": None, "ready": None, "reasons": [str(error)]} | asyncio.run(_of_store(settings))


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


def _for_people(told: Account) -> Iterator[str]:
    if told["running"]:
        yield f"running: {told['public']} (process {told['pid']}, operator {told['operator']})"
        yield "ready: " + ("yes" if told["ready"] else "no")
    indent = "    " if told["running"] else ""
    for reason in told["reasons"]:
        yield f"{indent}{printable(reason)}"
    if told.get("workers"):
        yield _of_workers(told["workers"])
    if "store" in told:
        yield told["store"]
    counts = ", ".join(f"{number:,} {status}" for status, number in told["files"].items() if number)
    yield f"files: {counts or 'none yet'}"
    if told["refused"]:
        yield f"refused, in whole or in part: {told['refused']:,} (feeder quarantine list)"
    yield f"last event: {_event(told['last_event'])}"


def _of_workers(workers: list[Account]) -> str:
    up = [one for one in workers if one["up"]]
    processes = f" (processes {', '.join(str(one['pid']) for one in up)})" if up else ""
    return f"workers: {len(up)} of {len(workers)} up{processes}"


def _event(event: Account | None) -> str:
    if event is None:
        return "none yet"
    what = printable(event["title"]) if event["title"] else event["article"]
    return f"{event['id']}, {event['kind']} at {event['at']}: {what}"
