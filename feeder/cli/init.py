"""``feeder init``: a new site in one command."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from feeder.cli import terminal
from feeder.cli.screen import Screen
from feeder.cli.terminal import QUIET
from feeder.errors import ConfigError, printable, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVICE_USER: Final = "feeder"


@click.command
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@click.option("--title", metavar="TEXT", help="The site's name; else that of the folder.  [site.title]")
@click.option("--base-url", metavar="URL", help="The address that readers use.  [site.base_url]")
@click.option("--language", metavar="TAG", help="The language of the site: en, pt-BR.  [site.language]")
@click.option("--timezone", metavar="ZONE", help="Where dates without a zone are meant.  [site.timezone]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(folder: str, *, as_json: bool, **chosen: str | None) -> None:
    """Make a new site in DIR: settings, a first article, folders, and a unit for systemd.

    Nothing that is there is written over: if DIR has one of the files already, none is written.
    """
    from feeder.new_site import Plan, make

    if not folder:
        raise ConfigError("DIR is empty: name a folder, or . for this one")
    path = Path(os.path.abspath(folder))
    settings = {f"site.{key}": _line(key, value) for key, value in chosen.items() if value is not None}
    if path.name.isprintable() and path.name:
        settings = {"site.title": path.name} | settings
    program = _program()
    plan = Plan(folder=path, settings=settings, program=program, user=_user(), now=datetime.now(UTC))
    files = make(plan)
    following = list(_next(path, program))
    if as_json:
        terminal.say_json({"folder": readable(str(path)), "files": files, "next": following})
        return
    screen = Screen()
    screen.line((f"{folder}", "bold"), f" is a site now: {', '.join(files[:3])}, and the folders feeds and data")
    for line in following:
        screen.raw(("next: ", QUIET), line)


def _line(key: str, value: str) -> str:
    if not value.isprintable():
        raise ConfigError(f"--{key.replace('_', '-')} {printable(value)}: it must be one line of text")
    return value


def _program() -> tuple[str, ...]:
    """What starts feeder: the command beside this Python, or this Python."""
    beside = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "feeder")
    return (beside,) if os.access(beside, os.X_OK) else (os.path.abspath(sys.executable), "-m", "feeder")


def _user() -> str:
    """Who shall run the service: who makes the site, but not root."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name if number else _SERVICE_USER
    except KeyError:
        return str(number)


def _next(path: Path, program: tuple[str, ...]) -> Iterator[str]:
    """Two commands to go on with, as they can be typed here."""
    words = ("feeder",) if shutil.which("feeder") == program[0] else program
    here = os.path.abspath(os.curdir)
    if str(path) != here:
        yield f"cd {shlex.quote(printable(os.path.relpath(path, here)))}"
    yield shlex.join((*words, "serve"))
    if str(path) == here:
        yield shlex.join((*words, "doctor"))
