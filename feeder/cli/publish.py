"""``feeder publish``: one pass, for cron."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from feeder import accounts
from feeder.cli import INTERRUPTED, REFUSED, logs, search_seldom_for_cycles, terminal
from feeder.cli.options import settings_flags
from feeder.cli.progress import Bar
from feeder.cli.screen import Screen
from feeder.errors import place, printable, readable
from feeder.store import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.config import Loaded, Settings
    from feeder.passes import Pass
    from feeder.static_site import Written
    from feeder.store import Mark

_STYLES: Final = {"refused": terminal.BAD, "waiting": terminal.ODD, "kept": terminal.ODD, "problem": terminal.BAD}
"""How the lines of the summary that ask for something are coloured."""


@click.command
@settings_flags("seeds", "feeds", "data", "base-url", "store")
@click.option("--strict", is_flag=True, help="Exit 1 if any file is refused.")
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the whole site as files, too: pages, feeds and media for any web server.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(loaded: Loaded, *, strict: bool, site: Path | None, as_json: bool) -> None:
    """Take in what is new, write the feed files, print a summary, and be done."""
    from feeder.passes import publish_once

    search_seldom_for_cycles()
    try:
        with Bar(sys.stderr) as bar:
            logs.configure(loaded.settings.log, before=bar.clear)
            done = asyncio.run(publish_once(loaded.settings, bar, site=site, watcher=bar))
    except KeyboardInterrupt:
        click.echo("feeder: stopped; what was taken in is kept, and the next run goes on from there", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if as_json:
        terminal.say_json(account(done))
    else:
        screen = Screen()
        for line in (*summary(done), *(advice(loaded.settings) if site else ())):
            screen.line((line, _STYLES.get(line.partition(":")[0], "")))
    failed = any(_problems(done)) or (strict and bool(refused(done.known)))
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
    yield from _of_site(done.site) if done.site else ()
    for problem in _problems(done):
        yield f"problem: {problem}"


def account(done: Pass) -> dict[str, Any]:
    """What one pass did, as JSON has it; the keys are those of docs/operations.md."""
    site = {"site": _account_of_site(done.site)} if done.site else {}
    return {
        "files": accounts.of_counts(Counter(mark.status for mark in done.fresh)),
        "refused": [accounts.of_file(mark) for mark in done.fresh if mark.is_refused],
        "waiting": [readable(path) for path in done.waiting],
        "events": done.events,
        "feeds": done.published.feeds,
        "files_written": done.published.written,
        **site,
        "problems": list(_problems(done)),
    }


def _account_of_site(written: Written) -> dict[str, Any]:
    return {
        "articles": written.pages,
        "files_written": written.written,
        "files_removed": written.removed,
        "kept": list(written.kept),
    }


def _of_site(written: Written) -> Iterator[str]:
    yield f"site: articles made: {written.pages}, files written: {written.written}, removed: {written.removed}"
    for address in written.kept:
        yield f"kept: {address} of the site is not ours, and stays as it is"


def advice(settings: Settings) -> Iterator[str]:
    """What the owner of a site of files may not have thought of."""
    if not settings.site.base_url:
        yield "note: links lead to the address of a service on this machine; set site.base_url to that of the site"
    elif settings.site.live:
        yield "note: feeds name the live stream of a service at that address; if there is none, set site.live = false"


def _problems(done: Pass) -> tuple[str, ...]:
    return (*done.problems, *done.published.problems, *(done.site.problems if done.site else ()))


def refused(marks: Iterable[Mark]) -> list[Mark]:
    """The files that were refused."""
    return [mark for mark in marks if mark.status is Status.QUARANTINED]


def _why(mark: Mark) -> str:
    if mark.refusal is None:
        return mark.reason or "no reason was noted"
    return mark.refusal.reason + place(mark.refusal.line, mark.refusal.offset)
