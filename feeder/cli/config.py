"""``feeder config``: what is set, whether it is right, and what could be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from feeder.cli.options import settings_flags
from feeder.cli.screen import Screen
from feeder.cli.terminal import QUIET, json_of, say_json
from feeder.config import FEEDS, KEYS, Settings

if TYPE_CHECKING:
    from feeder.config import Loaded

_SET: Final = "bold"
"""How what is no default stands out."""


@click.group
def command() -> None:
    """Show, check and explain the settings."""


@command.command
@settings_flags()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(loaded: Loaded, *, as_json: bool) -> None:
    """Show every key with its value and where it came from."""
    values = loaded.settings.model_dump(mode="json")
    values["store"]["url"] = loaded.settings.store_url
    if as_json:
        say_json(values)
        return
    screen = Screen()
    for key in KEYS:
        section, _, name = key.partition(".")
        origin = loaded.origins.get(key, "default")
        style = _SET if key in loaded.origins else ""
        screen.line((f"{key} = {json_of(values[section][name])}", style), (f"  # {origin}", QUIET))
    for feed in loaded.settings.feed:
        screen.line((f"[[{FEEDS}]]", _SET), (f"  # {loaded.origins[FEEDS]}", QUIET))
        for name, value in feed.model_dump(mode="json", exclude_unset=True).items():
            screen.line((f"{name} = {json_of(value)}", _SET))


@command.command
@settings_flags()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(loaded: Loaded, *, as_json: bool) -> None:
    """Check the settings without starting anything; exit 2 if something is wrong."""
    from feeder.config import check_folders
    from feeder.schedule import trigger

    settings = loaded.settings
    trigger(settings.seeds.scan, ZoneInfo(settings.site.timezone))
    check_folders(settings)
    if as_json:
        say_json({"ok": True, "set": dict(loaded.origins)})
    else:
        click.echo("The settings are right.")


@command.command
@click.option("--json", "as_json", is_flag=True, help="What it prints is JSON in any case.")
def schema(*, as_json: bool) -> None:  # noqa: ARG001 - every command has the flag
    """Print the JSON Schema of the settings file."""
    click.echo(json.dumps(Settings.model_json_schema(), indent=2))
