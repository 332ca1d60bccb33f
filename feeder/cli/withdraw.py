"""``feeder withdraw``: what an operator says to a mass deletion that was held back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from feeder.cli import operator
from feeder.cli.options import settings_flags
from feeder.errors import OccupiedError, printable

if TYPE_CHECKING:
    from feeder.config import Loaded


@click.command
@settings_flags("seeds", "feeds", "data", "base-url", "store")
@click.option("--confirm", is_flag=True, help="The files were deleted on purpose; let go of them.")
def command(loaded: Loaded, *, confirm: bool) -> None:
    """Show, or confirm, a mass deletion that was held back.

    When more than half of at least ten known files vanish at once, nothing is withdrawn until somebody confirms.
    While no instance runs, these are all known files that are not in the folder.
    """
    from feeder.passes import withdraw_once

    try:
        absent = asyncio.run(withdraw_once(loaded.settings, confirm=confirm))
    except OccupiedError:
        _ask_the_instance(loaded.settings.data.path, confirm=confirm)
        return
    if confirm:
        click.echo(f"confirmed: {len(absent)} files")
        if absent and not loaded.settings.seeds.withdraw:
            click.echo("seeds.withdraw is off: the files are forgotten, and their articles stay published")
        return
    for path in absent:
        click.echo(printable(path))


def _ask_the_instance(data: str, *, confirm: bool) -> None:
    if confirm:
        click.echo(f"confirmed: {operator.call(data, '/withdrawals/confirm', {})['confirmed']} files")
        return
    for path in operator.call(data, "/withdrawals")["held"]:
        click.echo(path)
