"""``feeder doctor``: what is wrong with a site, and what to do about it."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from feeder import config
from feeder.cli import REFUSED, terminal
from feeder.cli.options import settings_flags
from feeder.cli.screen import Record, Screen
from feeder.cli.terminal import BAD, GOOD, ODD, QUIET
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from feeder.cli.screen import Span
    from feeder.config import Loaded
    from feeder.doctor import Finding

_STYLES: Final = {"ok": GOOD, "warning": ODD, "problem": BAD, "not checked": QUIET}
_COLUMNS: Final = 16, 11


class _Doctor(click.Command):
    """Settings that cannot be read are no reason to end: they are what was asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; if the settings are wrong, and not the flags, say so as a finding."""
        try:
            return super().invoke(ctx)
        except ConfigError:
            file: Path | None = ctx.params["config_file"]
            try:
                config.load(file, os.environ, {})
            except ConfigError as error:
                from feeder.doctor import without_settings

                _end(_tell(without_settings(error, file), as_json=ctx.params["as_json"]))
            raise


@click.command(cls=_Doctor)
@settings_flags("seeds", "feeds", "data", "host", "port", "base-url", "operator", "workers", "store")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(ctx: click.Context, loaded: Loaded, *, as_json: bool) -> None:
    """Look over a site, and say what is wrong with a remedy for each.

    Folders, disk, clock, the kernel's limits, the store, the running instance, the address that readers use, what a
    proxy in front of it changes, WebSub. Run it in the site's folder, as the user that the service runs as. It changes
    nothing. Exits with 1 if there is a problem; a warning is none.
    """
    _end(asyncio.run(_examine(loaded, ctx.params["config_file"], as_json=as_json)))


async def _examine(loaded: Loaded, file: Path | None, *, as_json: bool) -> Counter[str]:
    """Each finding is told as soon as it is there; JSON is one object, when all are."""
    from feeder.doctor import examine

    told: list[Finding] = []
    screen = None if as_json else Screen()
    async for finding in examine(loaded, file):
        told.append(finding)
        if screen is not None:
            tell(screen, finding)
    return _told(told, screen)


def _tell(findings: Iterable[Finding], *, as_json: bool) -> Counter[str]:
    told, screen = list(findings), None if as_json else Screen()
    if screen is not None:
        for finding in told:
            tell(screen, finding)
    return _told(told, screen)


def _told(findings: Sequence[Finding], screen: Screen | None) -> Counter[str]:
    """Say what stands at the end, and count."""
    count = Counter(finding.verdict.value for finding in findings)
    if screen is None:
        terminal.say_json(_account(findings, count))
    elif screen.width is not None:
        screen.line()
        screen.line(*_summary(count))
    return count


def tell(screen: Screen, finding: Finding) -> None:
    """Write a finding: three columns and the remedy below, or all on one line where nothing is laid out."""
    verdict = (finding.verdict.value, _STYLES[finding.verdict])
    if screen.width is None:
        screen.table((), [Record((verdict, finding.check, finding.says, finding.remedy))])
        return
    name, padded = finding.check.ljust(_COLUMNS[0]), (verdict[0].ljust(_COLUMNS[1]), verdict[1])
    screen.columns([(name, padded, finding.says)], flexible=2)
    if finding.remedy:
        screen.columns([(" " * _COLUMNS[0], " " * _COLUMNS[1], ("→", QUIET), finding.remedy)], flexible=3)


def _account(findings: Iterable[Finding], count: Counter[str]) -> dict[str, Any]:
    return {
        "ok": not count["problem"],
        "problems": count["problem"],
        "warnings": count["warning"],
        "findings": [
            {"check": one.check, "verdict": one.verdict, "says": one.says, "remedy": one.remedy or None}
            for one in findings
        ],
    }


def _summary(count: Counter[str]) -> Iterator[Span]:
    problems, warnings = count["problem"], count["warning"]
    yield (f"{problems or 'no'} problem{'' if problems == 1 else 's'}", BAD if problems else GOOD)
    yield ", "
    yield (f"{warnings or 'no'} warning{'' if warnings == 1 else 's'}", ODD if warnings else GOOD)
    yield f"; {count['ok']} checks found all well, {count['not checked']} could not be made"


def _end(count: Counter[str]) -> None:
    raise click.exceptions.Exit(REFUSED if count["problem"] else 0)
