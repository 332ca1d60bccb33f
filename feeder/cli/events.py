"""How events of a stream are shown: as JSON, as columns for programs, or for people at a terminal.

A stranger's text must not reach the terminal as anything but text: control characters are written out everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.cli.terminal import QUIET, escaped, json_of, safe

if TYPE_CHECKING:
    from feeder.cli.screen import Screen
    from feeder.eventsource import Message

STORIES: Final = {"published": "green", "updated": "cyan", "corrected": "yellow", "retracted": "red"}
"""What happens to articles, and the colour that each has."""

_BELOW: Final = 21
"""Where titles begin, behind the time and the kind, and what stands below them."""

_MOST_TITLES: Final = 10_000
"""Articles whose titles are kept, for when they are retracted."""


@dataclass(frozen=True, slots=True)
class Headline:
    """An event on one line; what it does not have is empty. ``at`` is as the event tells it.

    Of a stream that is not ours, ``title`` is the first line of the data. ``article`` is which one it happened to,
    ``correction`` what was corrected, ``reason`` why it was retracted.
    """

    at: str
    name: str
    title: str
    section: str
    link: str
    id: str
    is_story: bool
    article: str = ""
    correction: str = ""
    reason: str = ""


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
            article=_text(item.get("id")),
            correction=_text(own.get("correction")) if message.name == "corrected" else "",
            reason=_text(own.get("reason")),
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
        written = escaped(data.replace("\n", " "))  # a line break stands between values only
    except ValueError:
        written = json_of(data)
    return f'{{"id":{json_of(message.id)},"event":{json_of(message.name)},"data":{written}}}\n'.encode()


def columns(found: Headline) -> str:
    """Six columns parted by tabs: at, event, title, section, link, id."""
    return "\t".join(map(shown, (found.at, found.name, found.title, found.section, found.link, found.id))) + "\n"


def shown(text: str) -> str:
    """A text on one line, in which nothing is a command to a terminal."""
    return safe(" ".join(text.split()))


class Page:
    """Events for people: the time here, the kind in its colour, the title; what was corrected, section and link below.

    A line with the date stands wherever the day changes. A retraction does not tell the title, but the page may have
    shown it.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._day = ""
        self._titles: dict[str, str] = {}

    def show(self, found: Headline) -> None:
        """Write an event."""
        if not found.is_story:
            self._show_stranger(found)
            return
        day, time = _moment(found.at)
        if day not in {"", self._day}:
            self._screen.line((day, QUIET))
            self._day = day
        kind = (f"{found.name:9}", STORIES[found.name])
        self._screen.columns([(f"{time:8}", kind, (shown(self._title(found)), "bold"))])
        if found.correction:
            self._screen.line((shown(found.correction), STORIES[found.name]), indent=_BELOW)
        self._show_below(shown(found.section), shown(found.link))

    def _title(self, found: Headline) -> str:
        if found.name != "retracted":
            self._titles[found.article] = found.title
            if len(self._titles) > _MOST_TITLES:
                del self._titles[next(iter(self._titles))]
            return found.title
        known = self._titles.get(found.article)
        return found.title if known is None else f"{known} ({found.reason})" if found.reason else known

    def _show_below(self, section: str, link: str) -> None:
        """Section and link on one line if they fit; a link is not folded, or it could not be clicked."""
        below = " · ".join(filter(None, (section, link)))
        room = self._screen.width or 0
        if _BELOW + len(below) > room and section and link:
            self._screen.line((section, QUIET), indent=_BELOW)
            below = link
        if below:
            self._screen.raw(" " * max(min(_BELOW, room - len(below)), 0), (below, QUIET))

    def _show_stranger(self, found: Headline) -> None:
        identified = f"  {shown(found.id)}" if found.id else ""
        self._screen.line((shown(found.name), "blue"), (identified, QUIET), f"  {shown(found.title)}")


def _moment(at: str) -> tuple[str, str]:
    """Day and time of day where the reader is; both empty if it is no moment."""
    try:
        here = datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError):
        return "", ""
    return here.strftime("%Y-%m-%d"), here.strftime("%H:%M:%S")
