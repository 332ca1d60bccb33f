"""``feeder worker``: a process of ``feeder serve --workers``, which starts it; nothing for people."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from feeder.cli import logs, search_seldom_for_cycles
from feeder.cli.serve import loop_factory


@click.command(hidden=True)
@click.argument("channel", type=int)
@click.argument("bell", type=int)
@click.argument("listening", type=int)
def command(channel: int, bell: int, listening: int) -> None:
    """Serve what the service hands over."""
    from feeder.workers import Lines, work

    lines = Lines(channel, bell, listening)
    try:
        terms = lines.terms()
    except OSError:
        raise click.UsageError("only `feeder serve --workers` can start this") from None
    if terms is None:
        return
    logs.configure(terms.settings.log)
    search_seldom_for_cycles()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work(terms, lines))
    sys.stderr.flush()
    os._exit(0)  # all is said, the service waits, and taking apart what was loaded takes a while
