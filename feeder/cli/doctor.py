"""``feeder doctor``: what is wrong with a site, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from feeder import config
from feeder.cli import REFUSED
from feeder.cli.options import settings_flags
from feeder.errors import ConfigError, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from feeder.config import Loaded
    from feeder.doctor import Finding

_COLOURS: Final = {"ok": "green", "warning": "yellow", "problem": "red", "not checked": "bright_black"}
_COLUMNS: Final = 16, 12
_NARROWEST, _WIDEST = 60, 120


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

    tell, told = _teller(), []
    async for finding in examine(loaded, file):
        told.append(finding)
        if not as_json:
            tell(finding)
    return _told(told, as_json=as_json)


def _tell(findings: Iterable[Finding], *, as_json: bool) -> Counter[str]:
    tell, told = _teller(), list(findings)
    for finding in () if as_json else told:
        tell(finding)
    return _told(told, as_json=as_json)


def _told(findings: Sequence[Finding], *, as_json: bool) -> Counter[str]:
    """Say what stands at the end, and count."""
    count = Counter(finding.verdict.value for finding in findings)
    if as_json:
        click.echo(json.dumps(_account(findings, count), ensure_ascii=False))
    elif sys.stdout.isatty():
        click.echo(_summary(count))
    return count


def _teller() -> Callable[[Finding], None]:
    """Columns for people; for programs one line each, its parts divided by tabs."""
    if not sys.stdout.isatty():
        return lambda one: click.echo("\t".join(map(printable, (one.verdict, one.check, one.says, one.remedy))))
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    return lambda one: click.echo("\n".join(_for_people(one, width)))


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


def _for_people(finding: Finding, width: int) -> Iterator[str]:
    """Three columns; the remedy stands below what is wrong."""
    name, verdict = finding.check.ljust(_COLUMNS[0]), finding.verdict.value.ljust(_COLUMNS[1])
    indent = " " * sum(_COLUMNS)
    first, *rest = textwrap.wrap(printable(finding.says), width - sum(_COLUMNS), break_on_hyphens=False)
    yield name + click.style(verdict, fg=_COLOURS[finding.verdict]) + first
    yield from (indent + line for line in rest)
    if finding.remedy:
        yield textwrap.fill(
            printable(finding.remedy),
            width,
            initial_indent=f"{indent}→ ",
            subsequent_indent=f"{indent}  ",
            break_on_hyphens=False,
        )


def _summary(count: Counter[str]) -> str:
    problems, warnings = count["problem"], count["warning"]
    lead = "No problem" if not problems else f"{problems} problem" + ("" if problems == 1 else "s")
    more = f"{warnings} warning" + ("" if warnings == 1 else "s")
    return f"\n{lead}, {more}; {count['ok']} checks found all well, {count['not checked']} could not be made."


def _end(count: Counter[str]) -> None:
    raise click.exceptions.Exit(REFUSED if count["problem"] else 0)
