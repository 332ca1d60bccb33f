"""``feeder feeds``: which feeds there are, where they are read, and when something last happened in each."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from feeder import accounts, instance
from feeder.cli import terminal
from feeder.cli.moments import ago
from feeder.cli.options import settings_flags
from feeder.cli.screen import Record, Screen
from feeder.cli.terminal import QUIET

if TYPE_CHECKING:
    from feeder.accounts import Account
    from feeder.config import Loaded, Settings
    from feeder.model import Event, Feed
    from feeder.render import Site

_COLUMNS: Final = ("name", "title", "formats", "entries", "last change")


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
        terminal.say_json({"feeds": told})
        return
    screen = Screen()
    now = datetime.now(UTC) if screen.width else None
    screen.table(_COLUMNS, [record(feed, now) for feed in told], flexible=1)


def record(feed: Account, now: datetime | None) -> Record:
    """A feed's row; with ``now`` its last change by its distance, and one address for all formats."""
    last, addresses = feed["last_event"], list(feed["addresses"].values())
    changed = (ago(datetime.fromisoformat(last["at"]), now) if now else last["at"]) if last else "none yet"
    cells = ((feed["name"], "bold"), feed["title"], " ".join(feed["formats"]), _entries(feed), changed)
    chosen = "; ".join(f"{key}: {value}" for key, value in feed["filter"].items())
    if now is None:
        return Record(cells, (" ".join(addresses), chosen))
    address = "  ".join([addresses[0], *(f".{suffix}" for suffix in feed["formats"][1:])]) if addresses else "no format"
    return Record(cells, (*([f"shows {chosen}"] if chosen else []), (address, QUIET)))


def _entries(feed: Account) -> str:
    return "" if feed["entries"] is None else str(feed["entries"])


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
