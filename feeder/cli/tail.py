"""``feeder tail``: follow a live stream in the terminal, or in a pipe."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shlex
import stat
import sys
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from feeder import instance
from feeder.cli import telling
from feeder.cli.options import settings_flags
from feeder.errors import ConfigError, UnavailableError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yarl import URL

    from feeder.config import Loaded
    from feeder.eventsource import Source

FILTERS: Final = {
    "feed": "Only this feed.",
    "section": "Only this section.",
    "language": "Only this language.",
    "tag": "Only this tag.",
    "article": "Only this article, by its id.",
    "q": "Only what this search matches.",
}
"""The stream's parameters that choose."""

_ATTEMPTS_OF_ONCE: Final = 5
_SILENCE_SECONDS: Final = 45.0
_HEARTBEATS: Final = 3
"""How many heartbeats may be missing."""


def _filters(command: Any) -> Any:
    """One repeatable flag for each filter of the stream, called as its parameter."""
    for name, text in reversed(FILTERS.items()):
        metavar = "QUERY" if name == "q" else name.upper()
        command = click.option(f"--{name}", multiple=True, metavar=metavar, help=f"{text}  [{name}=]")(command)
    return command


@click.command
@click.argument("url", required=False)
@click.option("--since", metavar="PLACE", help="Begin there: an id, a time, 10m, earliest.  [since=]")
@_filters
@click.option("--snapshot", type=click.IntRange(min=1), metavar="N", help="Begin with the newest N.  [snapshot=]")
@click.option("--once", is_flag=True, help="End when everything that is there has been told.  [poll=1]")
@click.option("--last-event-id", default="", metavar="ID", help="Read on after this event.")
@click.option("--json", "as_json", is_flag=True, help='One object a line: {"id", "event", "data"}.')
@click.option(
    "--silence",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Without a byte for so long, connect again; 0: never.  [default: 45, or three heartbeats of ours]",
)
@click.option("--verbose", is_flag=True, help="Tell of checkpoints as well.")
@settings_flags("data")
def command(  # noqa: PLR0913 - one for each flag
    loaded: Loaded,
    url: str | None,
    last_event_id: str,
    silence: float | None,
    *,
    as_json: bool,
    verbose: bool,
    **asked: Any,
) -> None:
    """Follow a live stream: that of the running instance, or of URL.

    A URL without a path is a site of ours (its /events); any other is taken as it is, and may be any stream of
    server-sent events. When the connection breaks it is made again, and reading goes on where it was. Programs get a
    line for each event: time, event, title, section, link and id, parted by tabs; or --json.

    What chooses (--feed to --q) may be repeated, and then any of its values counts.
    """
    from feeder.eventsource import Patience, Source

    settings = loaded.settings
    silence = silence_seconds(silence, url, settings.stream.heartbeat_seconds)
    address = _address(url, settings.data.path).extend_query(_parameters(asked))
    source = Source(
        str(address),
        last_id=_id(last_event_id),
        patience=Patience(silence_seconds=silence, attempts=_ATTEMPTS_OF_ONCE if asked["once"] else None),
        is_direct=_is_this_machine(address),
    )
    _run(source, telling.choose(as_json=as_json, is_verbose=verbose), is_once=asked["once"])


def silence_seconds(asked: float | None, url: str | None, heartbeat_seconds: float) -> float:
    """How long no byte may come: as asked; else the usual, or longer if our own instance is known to be quieter."""
    if asked is not None:
        return asked
    return _SILENCE_SECONDS if url else max(_SILENCE_SECONDS, _HEARTBEATS * heartbeat_seconds)


def _run(source: Source, out: telling.Out, *, is_once: bool) -> None:
    try:
        asyncio.run(_follow(source, out, is_once=is_once))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
    except KeyboardInterrupt:
        if source.last_id:
            out.interrupted(f"--last-event-id {shlex.quote(printable(source.last_id))} reads on from here")
        raise


async def _follow(source: Source, out: telling.Out, *, is_once: bool) -> None:
    from feeder.eventsource import Pause

    with _while_somebody_reads():
        async with aclosing(source.follow()) as items:
            async for item in items:
                if not isinstance(item, Pause):
                    out.event(item)
                elif is_once and item.is_clean and not out.was_sent_away:
                    return
                else:
                    out.pause(item)
        out.over()


@contextmanager
def _while_somebody_reads() -> Iterator[None]:
    """End when who reads our output has left, also if there is nothing to write to it for long.

    Raises:
        BrokenPipeError: it has.
    """
    out = sys.stdout.fileno()
    if not stat.S_ISFIFO(os.fstat(out).st_mode):
        yield
        return
    loop, task, has_left = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def leave() -> None:
        loop.remove_reader(out)
        has_left.set()
        if task is not None:
            task.cancel()

    loop.add_reader(out, leave)  # nothing can be read from it: what wakes us is the other end's being closed
    try:
        yield
    except asyncio.CancelledError:
        if has_left.is_set():
            raise BrokenPipeError from None
        raise
    finally:
        loop.remove_reader(out)


def _parameters(asked: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """The query that the flags are called as."""
    pairs = [(name, value) for name in FILTERS for value in asked[name]]
    if asked["since"] is not None:
        pairs.append(("since", asked["since"]))
    if asked["snapshot"] is not None:
        pairs.append(("snapshot", str(asked["snapshot"])))
    return [*pairs, ("poll", "1")] if asked["once"] else pairs


def _address(url: str | None, data: str) -> URL:
    """The stream's address, without the query that the flags add."""
    if url is not None:
        return _given(url)
    found = instance.running(Path(data))
    if found is None:
        raise UnavailableError(f"no instance of {data} is running; see --data, or name the address of a stream")
    return _given(found.public)


def _given(url: str) -> URL:
    from yarl import URL

    try:
        address = URL(url if "://" in url else f"http://{url}")
        port = address.port
    except ValueError:
        address, port = URL(), None
    if address.scheme not in {"http", "https"} or not address.host or not port:
        raise ConfigError(f"{printable(url)} is no address of a stream: write it as http://HOST:PORT/PATH")
    return address.with_path("/events") if address.path == "/" and not address.query_string else address


def _is_this_machine(address: URL) -> bool:
    """Whether it is a loopback address, which is no proxy's business."""
    try:
        return ipaddress.ip_address(address.host or "").is_loopback
    except ValueError:
        return address.host == "localhost"


def _id(text: str) -> str:
    """What can be sent in a header (RFC 9110 section 5.5)."""
    if text.strip() != text or not all(one.isprintable() for one in text):
        raise ConfigError(f"--last-event-id {printable(text)}: no event has this id")
    return text
