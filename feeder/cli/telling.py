"""What ``feeder tail`` writes: events on standard output, what is between them on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from feeder.cli import events
from feeder.cli.screen import Screen
from feeder.cli.terminal import ODD, QUIET, is_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.eventsource import Message, Pause

_NOTICES: Final = {"checkpoint": "cursor", "gap": "resumed_from", "busy": "retry_seconds", "goodbye": "retry_seconds"}
"""Our stream's notices, and a member that the data of each has: a stranger's event may be called the same."""
_PARTINGS: Final = {"goodbye": "the service said goodbye", "busy": "the service has no room now"}
_BRIEF_SECONDS: Final = 10


def choose(*, as_json: bool, is_verbose: bool) -> Out:
    """The way that suits what standard output is: JSON if it is asked for, pages for people, columns for programs."""
    if as_json:
        return Out(lambda message: _write(events.json_line(message)), takes_notices=True, is_verbose=is_verbose)
    if not is_page(sys.stdout):
        return Out(
            lambda message: _write(events.columns(events.headline(message))),
            takes_notices=False,
            is_verbose=is_verbose,
        )
    page = events.Page(Screen())
    return Out(lambda message: page.show(events.headline(message)), takes_notices=False, is_verbose=is_verbose)


def _write(line: str | bytes) -> None:
    click.echo(line, nl=False)


class Out:
    """Events, each written by ``write``; ``takes_notices``: also those that are no articles."""

    def __init__(self, write: Callable[[Message], None], *, takes_notices: bool, is_verbose: bool) -> None:
        self._write = write
        self._takes_notices = takes_notices
        self._is_verbose = is_verbose
        self._parting: str | None = None
        self._beside = Screen(sys.stderr)

    @property
    def was_sent_away(self) -> bool:
        """Whether the last that the service said was that the rest will come another time."""
        return self._parting is not None

    def event(self, message: Message) -> None:
        """Write an event; it is out when this returns."""
        notice = _notice(message)
        self._parting = _PARTINGS.get(message.name) if notice else None
        if notice is None or self._takes_notices:
            self._write(message)
        elif message.name == "gap":
            self._aside(_gap(notice), ODD)
        elif message.name == "checkpoint" and self._is_verbose:
            self._aside(f"checkpoint: {notice['cursor']} at {notice.get('at')}")

    def pause(self, pause: Pause) -> None:
        """Say that the connection has ended, and when there will be another."""
        digits = 1 if pause.seconds < _BRIEF_SECONDS else 0
        parting = self._parting if pause.is_clean else None
        again = f"again in {pause.seconds:.{digits}f} s"
        self._aside(f"{parting or pause.reason}; {again}", QUIET if parting else ODD)

    def over(self) -> None:
        """Say that there will be no other."""
        self._aside("the stream has ended for good")

    def interrupted(self, advice: str) -> None:
        """Say to who ended it at a terminal how to come back."""
        if sys.stderr.isatty():
            click.echo("\r", nl=False, err=True)  # over the ^C
            self._aside(advice)

    def _aside(self, text: str, style: str = QUIET) -> None:
        self._beside.line((events.shown(text), style))


def _notice(message: Message) -> dict[str, Any] | None:
    """What one of our notices says; None if the message is something else."""
    if message.name not in _NOTICES:
        return None
    said = events.parsed(message.data)
    return said if isinstance(said, dict) and _NOTICES[message.name] in said else None


def _gap(said: dict[str, Any]) -> str:
    lost = said.get("lost")
    count = f"{lost:,}" if isinstance(lost, int) else "an unknown number of"
    feed = f"; what is there now: {said['feed']}" if said.get("feed") else ""
    return (
        f"gap ({said.get('reason')}): {count} events after {said.get('requested')} cannot be told; "
        f"reading on after {said['resumed_from']}{feed}"
    )
