"""``feeder retract``: withdraw one article for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from feeder.cli import operator
from feeder.cli.options import settings_flags
from feeder.errors import FeederError, OccupiedError

if TYPE_CHECKING:
    from feeder.config import Loaded


@click.command
@click.argument("article_id", metavar="ID")
@settings_flags("feeds", "data", "base-url", "store")
def command(loaded: Loaded, article_id: str) -> None:
    """Withdraw one article for good, whatever its file does.

    ID is the article's id as the feeds and `feeder check` show it. Readers of the feeds and the stream are told;
    the content leaves the feeds, the pages and the log.
    """
    events = _retract(loaded, article_id)
    click.echo(f"retracted {article_id}" if events else f"{article_id} was retracted already")


def _retract(loaded: Loaded, article_id: str) -> int:
    """How many events it made; by the running instance if there is one."""
    from feeder.passes import retract_once

    try:
        return len(asyncio.run(retract_once(loaded.settings, article_id)))
    except KeyError:
        raise FeederError(f"there is no article with the id {article_id}") from None
    except OccupiedError:
        told = operator.call(loaded.settings.data.path, "/retract", {"id": article_id})
        return len(told["events"])
