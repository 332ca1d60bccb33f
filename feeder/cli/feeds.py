"""``feeder feeds``: which feeds there are, where they are read, and when something last happened in each."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeder import accounts, instance
from feeder.cli.options import settings_flags
from feeder.errors import printable

if TYPE_CHECKING:
    from feeder.accounts import Account
    from feeder.config import Loaded, Settings
    from feeder.model import Event, Feed
    from feeder.render import Site


@click.command
@settings_flags("data", "base-url", "store")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(loaded: Loaded, *, as_json: bool) -> None:
    """List the feeds with their addresses, as the store has them; nothing is written."""
    from feeder.passes import feeds
    from feeder.wiring import site_of

    settings = loaded.settings
    site = site_of(settings, _address(settings))
    told = [_account(feed, last, site, settings) for feed, last in asyncio.run(feeds(settings, site))]
    if as_json:
        click.echo(json.dumps({"feeds": told}, ensure_ascii=False))
        return
    for feed in told:
        click.echo(f"{feed['name']}  {printable(feed['title'])}  ({_remark(feed)})")
        for address in feed["addresses"].values():
            click.echo(f"    {address}")


def _remark(feed: Account) -> str:
    """What it shows, where it was chosen, and when something last happened in it."""
    chosen = [f"{key}: {value}" for key, value in feed["filter"].items()]
    last = feed["last_event"]
    return printable("; ".join([*chosen, f"last event: {last['at'] if last else 'none yet'}"]))


def _address(settings: Settings) -> str:
    """Where the running instance is, or where one would be."""
    from feeder.listening import address_of

    found = instance.running(Path(settings.data.path))
    return found.public if found else address_of(settings.server.host, settings.server.port)


def _account(feed: Feed, last: Event | None, site: Site, settings: Settings) -> Account:
    formats = feed.formats or settings.feeds.formats
    wanted = {key: value for key, value in dataclasses.asdict(feed.wanted).items() if value}
    return {
        "name": feed.name,
        "title": feed.title,
        "section": None if wanted else feed.shelf,
        "filter": wanted,
        "entries": feed.entries,
        "formats": list(formats),
        "addresses": {suffix: site.feed_url(feed.name, suffix) for suffix in formats},
        "last_event": None if last is None else accounts.of_event(last),
    }
