"""``feeder withdraw``: what an operator says to a mass deletion that was held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from feeder.cli import operator
from feeder.cli.options import settings_flags

if TYPE_CHECKING:
    from feeder.config import Loaded


@click.command
@settings_flags("data")
@click.option("--confirm", is_flag=True, help="The files were deleted on purpose; let go of them.")
def command(loaded: Loaded, *, confirm: bool) -> None:
    """Show, or confirm, a mass deletion that was held back.

    When more than half of at least ten known files vanish at once, the running instance withdraws nothing until
    somebody confirms.
    """
    data = loaded.settings.data.path
    if confirm:
        told = operator.call(data, "/withdrawals/confirm", {})
        click.echo(f"confirmed: {told['confirmed']} files")
        return
    for path in operator.call(data, "/withdrawals")["held"]:
        click.echo(path)
