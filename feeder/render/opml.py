"""OPML 2.0 (http://opml.org/spec2.opml): all feeds in one file, which feed readers import as their subscriptions."""

from __future__ import annotations

import functools
import html
import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from feeder.render import moments
from feeder.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.model import Feed
    from feeder.render import Site

MEDIA_TYPE: Final = "text/x-opml; charset=utf-8"

_MOST: Final = 4
"""So many lists are kept for their next dates."""

_PREFERRED: Final = ("rss", "atom", "json")
"""Of the formats of a feed the one that is listed: readers would subscribe to each outline, and have a feed thrice."""
_LIKE_HTML: Final = re.compile(r"</?[a-zA-Z]|<[!?]|&(?:\w+|#\w+);")


def document(site: Site, feeds: Sequence[Feed], updated: datetime, *, suffixes: Sequence[str] = _PREFERRED) -> bytes:
    """A list of feeds: one outline each, with its address in the format that most readers know.

    Args:
        site: who publishes them.
        feeds: at least one, in the order of the list.
        updated: the moment of the newest event (aware); the list says when it last changed, and no clock is asked.
        suffixes: the formats of the feeds that do not say theirs.
    """
    before, behind = _around_date(site, tuple(feeds), tuple(suffixes))
    return b"".join((before, _told("dateModified", moments.rfc822(updated.replace(microsecond=0))).encode(), behind))


@functools.lru_cache(_MOST)
def _around_date(site: Site, feeds: tuple[Feed, ...], suffixes: tuple[str, ...]) -> tuple[bytes, bytes]:
    """All that an event does not change."""
    listed = "".join(f"    <outline{_outline(site, feed, suffixes)}/>\n" for feed in feeds)
    before = f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head>\n{_told("title", site.title)}'
    behind = f"{_told('ownerName', site.author)}  </head>\n  <body>\n{listed}  </body>\n</opml>\n"
    return before.encode(), behind.encode()


def _told(name: str, value: str | None) -> str:
    """An element of the head; nothing if there is nothing to say."""
    return f"    <{name}>{escape(_text(value))}</{name}>\n" if value else ""


def _outline(site: Site, feed: Feed, suffixes: Sequence[str]) -> str:
    """What stands of a feed; ``type`` is "rss" for Atom and JSON Feed too, which readers tell apart themselves."""
    title = _text(feed.title) or feed.name
    told = {
        "text": title,
        "title": title,
        "type": "rss",
        "xmlUrl": site.feed_url(feed.name, _listed(feed.formats or suffixes)),
        "htmlUrl": site.home_url(feed.name),
        "description": _text(feed.description or site.description),
        "language": feed.language or site.language or "",
    }
    return "".join(f" {name}={quoteattr(value)}" for name, value in told.items() if value)


def _text(text: str) -> str:
    """One line as OPML has it, whose texts may hold markup: what looks like markup and is none is escaped as HTML.

    All else stays as it is, as many readers show what they find.
    """
    line = clean_line(text)
    return html.escape(line, quote=False) if _LIKE_HTML.search(line) else line


def _listed(suffixes: Sequence[str]) -> str:
    return next((suffix for suffix in _PREFERRED if suffix in suffixes), suffixes[0])
