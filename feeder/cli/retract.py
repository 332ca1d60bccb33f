"""``feeder retract``: withdraw one article for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from feeder.cli import operator, terminal
from feeder.cli.options import settings_flags
from feeder.cli.screen import Screen
from feeder.errors import FeederError, OccupiedError, printable

if TYPE_CHECKING:
    from feeder.config import Loaded


@click.command
@click.argument("article_id", metavar="ID")
@settings_flags("feeds", "data", "base-url", "store")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(loaded: Loaded, article_id: str, *, as_json: bool) -> None:
    """Withdraw one article for good, whatever its file does.

    ID is the article's id as the feeds and `feeder check` show it. Readers of the feeds and the stream are told;
    the content leaves the feeds, the pages and the log.
    """
    events = _retract(loaded, article_id)
    if as_json:
        terminal.say_json({"id": article_id, "retracted": bool(events), "events": events})
        return
    Screen().line(f"retracted {article_id}" if events else f"{article_id} was retracted already")


def _retract(loaded: Loaded, article_id: str) -> list[str]:
    """The ids of the events that it made; by the running instance if there is one."""
    from feeder.passes import retract_once

    try:
        return [event.cursor for event in asyncio.run(retract_once(loaded.settings, article_id))]
    except KeyError:
        raise _unknown(article_id) from None
    except OccupiedError:
        return _ask_the_instance(loaded.settings.data.path, article_id)


def _ask_the_instance(data: str, article_id: str) -> list[str]:
    try:
        return list(operator.call(data, "/retract", {"id": article_id})["events"])
    except operator.UnknownError:
        raise _unknown(article_id) from None


def _unknown(article_id: str) -> FeederError:
    shown = printable(article_id)
    return FeederError(f"there is no article with the id {shown}; the feeds and `feeder check` show the ids")
