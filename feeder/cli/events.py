"""How events of a stream are shown: as JSON, as columns for programs, or for people at a terminal.

A stranger's text must not reach the terminal as anything but text: control characters are written out everywhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click
import orjson

from feeder.errors import printable

if TYPE_CHECKING:
    from feeder.eventsource import Message

STORIES: Final = {"published": "green", "updated": "cyan", "corrected": "yellow", "retracted": "red"}
"""What happens to articles, and the colour that each has."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Parts of words in Persian and of emoji, though Python does not count them as printable."""
_UNSAFE_IN_JSON: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Headline:
    """An event on one line; what it does not have is empty. ``at`` is as the event tells it.

    Of a stream that is not ours, ``title`` is the first line of the data.
    """

    at: str
    name: str
    title: str
    section: str
    link: str
    id: str
    is_story: bool


def headline(message: Message) -> Headline:
    """What an event says in short."""
    item = parsed(message.data)
    own = item.get("_feeder") if isinstance(item, dict) else None
    if message.name in STORIES and isinstance(item, dict) and isinstance(own, dict):
        return Headline(
            at=_text(own.get("at")),
            name=message.name,
            title=_title(item, own),
            section=_text(own.get("section")),
            link=_text(item.get("url")),
            id=message.id or "",
            is_story=True,
        )
    return Headline("", message.name, message.data.partition("\n")[0], "", "", message.id or "", is_story=False)


def _title(item: dict[str, Any], own: dict[str, Any]) -> str:
    """Of a retracted article there is no title: its id, and why it was retracted."""
    title, reason = _text(item.get("title")), _text(own.get("reason"))
    return title or _text(item.get("id")) + (f" ({reason})" if reason else "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def parsed(data: str) -> Any:
    """The value that the data is in JSON; None if it is none (or null)."""
    try:
        return orjson.loads(data)
    except ValueError:
        return None


def json_line(message: Message) -> bytes:
    """``{"id", "event", "data"}`` on one line, as the stream's own NDJSON; data that is JSON stands as it was written.

    Written out is only what is a control character to a terminal, which changes no value.
    """
    data = message.data
    try:
        orjson.loads(data)
        written = _UNSAFE_IN_JSON.sub(_escaped, data.replace("\n", " "))  # a line break stands between values only
    except ValueError:
        written = _dumped(data)
    return f'{{"id":{_dumped(message.id)},"event":{_dumped(message.name)},"data":{written}}}\n'.encode()


def _dumped(text: str | None) -> str:
    return _UNSAFE_IN_JSON.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def columns(found: Headline) -> str:
    """Six columns parted by tabs: at, event, title, section, link, id."""
    return "\t".join(map(shown, (found.at, found.name, found.title, found.section, found.link, found.id))) + "\n"


def shown(text: str) -> str:
    """A text on one line, in which nothing is a command to a terminal."""
    folded = " ".join(text.split())
    if folded.isprintable():
        return folded
    return "".join(one if one in _JOINERS else printable(one) for one in folded)


class Page:
    """Events for people: the time here, the kind in its colour, the title; section and link below it.

    A line with the date stands wherever the day changes.
    """

    def __init__(self) -> None:
        self._day = ""

    def lines(self, found: Headline) -> str:
        """What to write for an event."""
        if not found.is_story:
            return self._of_stranger(found)
        day, time = _moment(found.at)
        dated = "" if day in {"", self._day} else click.style(day, dim=True) + "\n"
        self._day = day or self._day
        colour = STORIES[found.name]
        first = f"{time:8}  {click.style(f'{found.name:9}', fg=colour)}  {click.style(shown(found.title), bold=True)}\n"
        below = " · ".join(filter(None, (shown(found.section), shown(found.link))))
        return dated + first + (f"{'':21}{click.style(below, dim=True)}\n" if below else "")

    def _of_stranger(self, found: Headline) -> str:
        named = click.style(shown(found.name), fg="blue")
        identified = click.style(f"  {shown(found.id)}", dim=True) if found.id else ""
        return f"{named}{identified}  {shown(found.title)}\n"


def _moment(at: str) -> tuple[str, str]:
    """Day and time of day where the reader is; both empty if it is no moment."""
    try:
        here = datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError):
        return "", ""
    return here.strftime("%Y-%m-%d"), here.strftime("%H:%M:%S")
