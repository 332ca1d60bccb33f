"""The addresses by which a feed is followed: of each of its formats, and of its live stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.model import Feed
    from feeder.render import Site

_LIVE: Final = "text/event-stream"
_FORMATS: Final = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}

GUESSED: Final = {
    "/feed": "rss",
    "/rss": "rss",
    "/rss.xml": "rss",
    "/feed.xml": "rss",
    "/index.xml": "rss",
    "/atom.xml": "atom",
    "/feed.json": "json",
}
"""Addresses that readers guess, and the format of ``/feeds/all.*`` that they mean."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed is to be had in one form: ``type`` is a media type, ``label`` what people call the form."""

    type: str
    title: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A feed, or a search, and every address by which it is followed.

    ``archive_pages`` is how many pages of older articles stand behind its documents.
    """

    feed: Feed
    addresses: tuple[Address, ...]
    archive_pages: int = 0

    @property
    def documents(self) -> tuple[Address, ...]:
        """The addresses of its documents, which feed readers ask for."""
        return tuple(address for address in self.addresses if address.type != _LIVE)

    @property
    def archive_url(self) -> str:
        """The last page of its archive, in the first of its formats (RFC 5005 section 4)."""
        place, _, suffix = self.documents[0].url.rpartition(".")
        return f"{place}/archive/{self.archive_pages}.{suffix}"

    @property
    def live(self) -> str:
        """The address of its stream, from now on; "" where there is none."""
        return next((address.url for address in self.addresses if address.type == _LIVE), "")


def guessed(formats: Sequence[str]) -> dict[str, str]:
    """Where each guessed address leads when the feed of everything is in these formats (one or more).

    Where it is not in the format that is meant, it is the feed that was looked for, and readers know several.
    """
    return {place: f"/feeds/all.{one if one in formats else formats[0]}" for place, one in GUESSED.items()}


def format_name(suffix: str) -> str:
    """What people call a format."""
    return _FORMATS.get(suffix, suffix.upper())


def follow(site: Site, feed: Feed, kinds: Mapping[str, str], archive_pages: int = 0) -> Followed:
    """A feed with its addresses; ``kinds`` are the media types of its formats, by their suffixes."""
    documents = [
        Address(kind, f"{feed.title} ({format_name(suffix)})", format_name(suffix), site.feed_url(feed.name, suffix))
        for suffix, kind in kinds.items()
    ]
    return Followed(feed, (*documents, _live(feed, listen_url(site, feed=feed.name))), archive_pages)


def follow_search(site: Site, feed: Feed, query: str, kinds: Mapping[str, str]) -> Followed:
    """What a query finds as a feed with its addresses, in formats as above."""
    documents = [
        Address(kind, f"{feed.title} ({format_name(suffix)})", format_name(suffix), site.search_url(query, suffix))
        for suffix, kind in kinds.items()
    ]
    return Followed(feed, (*documents, _live(feed, listen_url(site, q=query))))


def listen_url(site: Site, **chosen: str) -> str:
    """The live stream of what is chosen by parameters, from now on."""
    return f"{site.base_url}/events?{urlencode(chosen, quote_via=quote, safe=':')}"


def short_title(site: Site, feed: Feed) -> str:
    """What a feed is called beside others of its site: a section's title begins with the site's everywhere else."""
    return feed.title.removeprefix(f"{site.title} \N{EN DASH} ") or feed.title


def _live(feed: Feed, url: str) -> Address:
    return Address(_LIVE, f"{feed.title} (live)", "Live", url)
