"""``feeder publish``: one pass, for cron."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from feeder.cli import INTERRUPTED, REFUSED, logs, search_seldom_for_cycles
from feeder.cli.options import settings_flags
from feeder.cli.progress import Bar
from feeder.errors import place, printable
from feeder.store import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.config import Loaded
    from feeder.passes import Pass
    from feeder.store import Mark


@click.command
@settings_flags("seeds", "feeds", "data", "base-url", "store")
@click.option("--strict", is_flag=True, help="Exit 1 if any file is refused.")
def command(loaded: Loaded, *, strict: bool) -> None:
    """Take in what is new, write the feed files, print a summary, and be done."""
    from feeder.passes import publish_once

    search_seldom_for_cycles()
    try:
        with Bar(sys.stderr) as bar:
            logs.configure(loaded.settings.log, before=bar.clear)
            done = asyncio.run(publish_once(loaded.settings, bar))
    except KeyboardInterrupt:
        click.echo("feeder: stopped; what was taken in is kept, and the next run goes on from there", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    for line in summary(done):
        click.echo(line)
    failed = bool(done.problems or done.published.problems) or (strict and bool(refused(done.known)))
    raise click.exceptions.Exit(REFUSED if failed else 0)


def summary(done: Pass) -> Iterator[str]:
    """What one pass did, in a few lines."""
    counts = Counter(mark.status for mark in done.fresh)
    files = ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "nothing new"
    yield f"files: {files}"
    yield f"events: {done.events}"
    yield f"feeds: {done.published.feeds}, files written: {done.published.written}"
    for mark in refused(done.fresh):
        yield f"refused: {printable(mark.seed.path)}: {_why(mark)}"
    for path in done.waiting:
        yield f"waiting: {printable(path)}: it is still being written, or what it shows cannot be kept now"
    for problem in (*done.problems, *done.published.problems):
        yield f"problem: {problem}"


def refused(marks: Iterable[Mark]) -> list[Mark]:
    """The files that were refused."""
    return [mark for mark in marks if mark.status is Status.QUARANTINED]


def _why(mark: Mark) -> str:
    if mark.refusal is None:
        return mark.reason or "no reason was noted"
    return mark.refusal.reason + place(mark.refusal.line, mark.refusal.offset)
