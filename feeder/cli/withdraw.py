"""``feeder withdraw``: what an operator says to a mass deletion that was held back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeder.cli import operator, terminal
from feeder.cli.options import settings_flags
from feeder.cli.screen import Screen
from feeder.errors import OccupiedError, printable, readable
from feeder.store import open_store

if TYPE_CHECKING:
    from feeder.config import Loaded, Settings


@click.command
@settings_flags("seeds", "feeds", "data", "base-url", "store")
@click.option("--confirm", is_flag=True, help="The files were deleted on purpose; let go of them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(loaded: Loaded, *, confirm: bool, as_json: bool) -> None:
    """Show, or confirm, a mass deletion that was held back.

    When more than half of at least ten known files vanish at once, nothing is withdrawn until somebody confirms.
    While no instance runs, these are all known files that are not in the folder.
    """
    told = _told(loaded, confirm=confirm)
    if as_json:
        terminal.say_json(told)
        return
    screen = Screen()
    if not confirm:
        for path in told["held"]:
            screen.line(printable(path))
        if not told["held"]:
            click.echo("Nothing is held back.", err=True)
        return
    screen.line(f"confirmed: {told['confirmed']:,} file{'' if told['confirmed'] == 1 else 's'}")
    if told["confirmed"] and not loaded.settings.seeds.withdraw:
        screen.line("seeds.withdraw is off: the files are forgotten, and their articles stay published")


def _told(loaded: Loaded, *, confirm: bool) -> dict[str, Any]:
    """``held``, the paths, or ``confirmed``, how many; by the running instance if there is one."""
    from feeder.passes import withdraw_once

    if not confirm:
        asyncio.run(_find_store(loaded.settings))
    try:
        absent = asyncio.run(withdraw_once(loaded.settings, confirm=confirm))
    except OccupiedError:
        data = loaded.settings.data.path
        return operator.call(data, "/withdrawals/confirm", {}) if confirm else operator.call(data, "/withdrawals")
    return {"confirmed": len(absent)} if confirm else {"held": [readable(path) for path in absent]}


async def _find_store(settings: Settings) -> None:
    """Raise UnavailableError where there is none yet: who only asks makes none."""
    await (await open_store(settings.store_url, data=Path(settings.data.path), write=False)).close()
