"""``feeder config``: what is set, whether it is right, and what could be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from feeder.cli.options import settings_flags
from feeder.config import FEEDS, KEYS, Settings

if TYPE_CHECKING:
    from feeder.config import Loaded


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
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
        return
    for key in KEYS:
        section, _, name = key.partition(".")
        origin = loaded.origins.get(key, "default")
        click.echo(f"{key} = {json.dumps(values[section][name], ensure_ascii=False)}  # {origin}")
    for feed in loaded.settings.feed:
        click.echo(f"[[{FEEDS}]]  # {loaded.origins[FEEDS]}")
        for name, value in feed.model_dump(mode="json", exclude_unset=True).items():
            click.echo(f"{name} = {json.dumps(value, ensure_ascii=False)}")


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
    click.echo(json.dumps({"ok": True, "set": dict(loaded.origins)}) if as_json else "The settings are right.")


@command.command
@click.option("--json", "as_json", is_flag=True, help="What it prints is JSON in any case.")
def schema(*, as_json: bool) -> None:  # noqa: ARG001 - every command has the flag
    """Print the JSON Schema of the settings file."""
    click.echo(json.dumps(Settings.model_json_schema(), indent=2))
