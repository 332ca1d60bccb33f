"""``feeder doctor``: what is wrong with a site, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from feeder import config
from feeder.cli import REFUSED
from feeder.cli.options import settings_flags
from feeder.errors import ConfigError, printable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from feeder.config import Loaded
    from feeder.doctor import Finding

_COLOURS: Final = {"ok": "green", "warning": "yellow", "problem": "red", "not checked": "bright_black"}
_COLUMNS: Final = 16, 12
_WIDTH: Final = 120


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
    from feeder.doctor import examine

    return await _tell_as_they_come(examine(loaded, file), as_json=as_json)


async def _tell_as_they_come(findings: AsyncIterator[Finding], *, as_json: bool) -> Counter[str]:
    if as_json:
        return _tell([finding async for finding in findings], as_json=True)
    count: Counter[str] = Counter()
    async for finding in findings:
        count[finding.verdict] += 1
        click.echo("\n".join(_for_people(finding)))
    click.echo(_summary(count))
    return count


def _tell(findings: Iterable[Finding], *, as_json: bool) -> Counter[str]:
    told = list(findings)
    count = Counter(str(finding.verdict) for finding in told)
    if as_json:
        click.echo(json.dumps(_account(told, count), ensure_ascii=False))
        return count
    for finding in told:
        click.echo("\n".join(_for_people(finding)))
    click.echo(_summary(count))
    return count


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


def _for_people(finding: Finding) -> Iterator[str]:
    """Three columns; the remedy stands below what is wrong."""
    name, verdict = finding.check.ljust(_COLUMNS[0]), finding.verdict.value.ljust(_COLUMNS[1])
    indent = " " * sum(_COLUMNS)
    first, *rest = textwrap.wrap(printable(finding.says), _WIDTH - sum(_COLUMNS), break_on_hyphens=False)
    yield name + click.style(verdict, fg=_COLOURS[finding.verdict]) + first
    yield from (indent + line for line in rest)
    if finding.remedy:
        yield textwrap.fill(
            printable(finding.remedy),
            _WIDTH,
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
