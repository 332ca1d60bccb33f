"""``feeder serve``: the daemon."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import click

from feeder.cli import logs, search_seldom_for_cycles
from feeder.cli.options import settings_flags

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.config import Loaded


@click.command
@settings_flags("seeds", "feeds", "data", "host", "port", "base-url", "operator", "workers", "store")
def command(loaded: Loaded) -> None:
    """Watch the folder, take in articles, publish the feeds and serve them, until stopped."""
    logs.configure(loaded.settings.log)
    search_seldom_for_cycles()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_signal(loaded))


async def _until_signal(loaded: Loaded) -> None:
    """SIGTERM and SIGINT ask once; a second one ends the process as if nobody had asked."""
    from feeder.service import serve

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    await serve(loaded.settings, stop)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the loop that the service and its workers run on."""
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop
