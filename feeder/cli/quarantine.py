"""``feeder quarantine``: which files are refused and why, and having them judged again."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import click

from feeder import accounts
from feeder.cli import REFUSED, completion, operator, terminal
from feeder.cli.excerpt import WIDTH, excerpt
from feeder.cli.excerpt import show as show_excerpt
from feeder.cli.moments import ago
from feeder.cli.options import settings_flags
from feeder.cli.screen import Record, Screen
from feeder.cli.terminal import BAD, ODD
from feeder.errors import OccupiedError, UnavailableError, place, printable, readable
from feeder.store import Status, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.accounts import Account
    from feeder.config import Loaded, Settings

_LIMIT: Final = re.compile(r"limits\.[a-z_]+")
_MOST_RECORDS: Final = 20
_COLUMNS: Final = ("file", "format", "first seen", "tries")
_NOTHING: Final = "Nothing is in quarantine."
_json_flag = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group
def command() -> None:
    """Show the refused files, and have them judged again."""


@command.command("list")
@settings_flags("data", "store")
@_json_flag
def list_(loaded: Loaded, *, as_json: bool) -> None:
    """List the files that are refused, in whole or in part."""
    files = _refused(loaded.settings)
    if as_json:
        _print_json(files)
        return
    screen = Screen()
    now = datetime.now(UTC) if screen.width else None
    if files:
        screen.table(_COLUMNS, [record(file, now) for file in files], flexible=0)
    else:
        click.echo(_NOTHING, err=True)


@command.command
@click.argument("path", metavar="PATH", shell_complete=completion.refused)
@settings_flags("seeds", "data", "store")
@_json_flag
def show(loaded: Loaded, path: str, *, as_json: bool) -> None:
    """Show all that is known of one refused file, the place in it, and what to do.

    PATH is the file, or its path below the seeds folder as `feeder quarantine list` shows it.
    """
    settings = loaded.settings
    name = _below_seeds(path, settings.seeds.path)
    (file,) = _refused(settings, name)
    if as_json:
        terminal.say_json(file)
        return
    screen = Screen()
    for line in (*_in_short(file), *_records(file)):
        screen.line(line.lstrip(), indent=len(line) - len(line.lstrip()))
    width = WIDTH if screen.width is None else screen.width - 2
    if around := _around(file, settings.seeds.path, name, width) or _around(
        file, settings.seeds.path, file["path"], width
    ):
        screen.line()
        show_excerpt(screen, around, indent=2)
    screen.line()
    for line in _advice(file, settings):
        screen.raw(line) if line.startswith(" ") else screen.line(line)


@command.command
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completion.refused)
@click.option("--all", "everything", is_flag=True, help="Every file that is in quarantine.")
@settings_flags("seeds", "feeds", "data", "base-url", "store")
@_json_flag
def retry(loaded: Loaded, paths: Sequence[str], *, everything: bool, as_json: bool) -> None:
    """Have refused files judged again now, although they have not changed.

    For after a change of settings or an upgrade; a file that changes is judged without being asked for. Waits until
    it is done and says what became of each. Exits 1 if anything of them is still refused.
    """
    if bool(paths) == everything:
        raise click.UsageError("Name the files, or say --all.")
    names = None if everything else [_below_seeds(path, loaded.settings.seeds.path) for path in paths]
    files = _retry(loaded.settings, names)
    if as_json:
        _print_json(files)
    else:
        screen = Screen()
        for file in files:
            style = terminal.STATUSES.get(file["status"], "")
            screen.line(f"{printable(file['path'])}: ", (_outcome(file), terminal.BAD if _is_left(file) else style))
        if not files:
            click.echo(_NOTHING, err=True)
    raise click.exceptions.Exit(REFUSED if any(map(_is_left, files)) else 0)


def _print_json(files: Sequence[Account]) -> None:
    terminal.say_json({"files": files})


def _below_seeds(given: str, seeds: str) -> str:
    """A file as people's shells complete it, by its path below the seeds folder; any other name as it is."""
    root, full = os.path.abspath(seeds), os.path.abspath(given)
    if os.path.lexists(full) and full.startswith(root + os.sep):
        return os.path.relpath(full, root)
    return given


def _refused(settings: Settings, name: str | None = None) -> list[Account]:
    """The refused files, or the one of this name, as the running instance tells them, or as the store does."""
    query = "" if name is None else f"?path={quote(readable(name))}"
    try:
        files: list[Account] = operator.call(settings.data.path, f"/quarantine{query}")["files"]
    except UnavailableError:
        return asyncio.run(_from_store(settings, name))
    return files


async def _from_store(settings: Settings, name: str | None) -> list[Account]:
    store = await open_store(settings.store_url, data=Path(settings.data.path), write=False)
    try:
        marks = accounts.refused(await store.marks(), None if name is None else [name])
    finally:
        await store.close()
    return [accounts.of_file(mark) for mark in marks]


def _retry(settings: Settings, names: Sequence[str] | None) -> list[Account]:
    """What became of them; by the running instance if there is one."""
    from feeder.cli import logs
    from feeder.passes import retry_once

    logs.configure(settings.log)
    try:
        judged = asyncio.run(retry_once(settings, names))
    except OccupiedError:
        asked = {"all": True} if names is None else {"paths": [readable(name) for name in names]}
        files: list[Account] = operator.call(settings.data.path, "/quarantine/retry", asked, timeout_seconds=None)[
            "files"
        ]
        return files
    return [accounts.of_retry(mark, is_judged=is_judged) for mark, is_judged in judged]


def _is_left(file: Account) -> bool:
    """Whether a file is still refused, in whole or in part, or was not judged."""
    return file["status"] in {Status.QUARANTINED, accounts.WAITING} or file["refused_count"] > 0


def _outcome(file: Account) -> str:
    if file["status"] == accounts.WAITING:
        return "not judged: it is not there, or it is still being written"
    return f"{file['status']}: {_reason(file)}" if file["reason"] else str(file["status"])


def _reason(file: Account) -> str:
    where = place(file["line"], file["offset"])
    if not file["refused_count"]:
        return printable(file["reason"] or "no reason was noted") + where
    first = f"record {file['record']}: " if file["record"] else ""
    return f"{file['refused_count']:,} refused, the others taken; {first}{printable(file['reason'])}{where}"


def _in_short(file: Account) -> Iterator[str]:
    yield f"{printable(file['path'])}  ({file['format'] or 'of no known format'}, {file['size_bytes']:,} bytes)"
    yield f"    {_reason(file)}"
    seen = f"{datetime.fromisoformat(file['first_seen']):%Y-%m-%d %H:%M:%S} UTC"
    yield f"    first seen {seen}" + (f", tries: {file['tries']}" if file["tries"] else "")


def _records(file: Account) -> Iterator[str]:
    """The records that were refused while others were taken."""
    for refusal in file["refused"][:_MOST_RECORDS]:
        which = f"record {refusal['record']}" if refusal["record"] else "a record"
        yield f"    {which}: {printable(refusal['reason'])}{place(refusal['line'], refusal['offset'])}"
    if file["refused_count"] > _MOST_RECORDS:
        yield f"    and {file['refused_count'] - _MOST_RECORDS:,} more"


def _around(file: Account, seeds: str, path: str, width: int) -> list[str]:
    return excerpt(seeds, path, line=file["line"], offset=file["offset"], reason=file["reason"] or "", width=width)


def record(file: Account, now: datetime | None) -> Record:
    """A refused file's row, and why it is refused; with ``now`` when it was first seen is told by its distance."""
    seen = ago(datetime.fromisoformat(file["first_seen"]), now) if now else file["first_seen"]
    style = BAD if file["status"] == Status.QUARANTINED else ODD
    cells = ((printable(file["path"]), style), file["format"] or "unknown", seen, str(file["tries"] or ""))
    return Record(cells, (_reason(file),))


def _advice(file: Account, settings: Settings) -> Iterator[str]:
    """What can be done about it."""
    name = shlex.quote(printable(file["path"]))
    full = shlex.quote(printable(os.path.join(settings.seeds.path, file["path"])))
    yield "Mend the file, and it is judged again by itself. See how it is read with:"
    yield f"    feeder check {full}"
    limits = set(_LIMIT.findall(file["reason"] or ""))
    if "processes were lost over it" in (file["reason"] or ""):
        limits |= {"limits.parse_seconds", "limits.parse_memory_bytes"}
    change = f"raising {' or '.join(sorted(limits))}" if limits else "a change of settings"
    yield f"After {change}, or an upgrade, have it judged again with:"
    yield f"    feeder quarantine retry {name}"
