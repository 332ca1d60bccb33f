"""The addresses by which a feed is followed: of each of its formats, and of its live stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.model import Feed
    from feeder.render import Site

_FORMATS: Final = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed is to be had in one form: ``type`` is a media type, ``label`` what people call the form."""

    type: str
    title: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A feed, or a search, and every address by which it is followed."""

    feed: Feed
    addresses: tuple[Address, ...]


def format_name(suffix: str) -> str:
    """What people call a format."""
    return _FORMATS.get(suffix, suffix.upper())


def follow(site: Site, feed: Feed, kinds: Mapping[str, str]) -> Followed:
    """A feed with its addresses; ``kinds`` are the media types of its formats, by their suffixes."""
    documents = [
        Address(kind, f"{feed.title} ({format_name(suffix)})", format_name(suffix), site.feed_url(feed.name, suffix))
        for suffix, kind in kinds.items()
    ]
    live = Address("text/event-stream", f"{feed.title} (live)", "Live", f"{site.base_url}/events?feed={feed.name}")
    return Followed(feed, (*documents, live))
