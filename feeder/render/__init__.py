"""What a renderer is: articles become entries, entries become a document.

Rendering is pure and deterministic: no clock, no locale, no order of a hash. The same log gives the same
bytes, in every process and on every machine; ETags, archives and caches rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.model import Event, Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes, and where; ``base_url`` is absolute and has no slash at its end."""

    title: str
    base_url: str
    description: str = ""
    language: str | None = None
    author: str | None = None
    rights: str | None = None
    icon: str | None = None

    def article_url(self, slug: str) -> str:
        """The permanent address of an article's page."""
        return f"{self.base_url}/articles/{slug}"

    def feed_url(self, name: str, suffix: str) -> str:
        """The address of a feed document."""
        return f"{self.base_url}/feeds/{name}.{suffix}"

    def stream_url(self, name: str, cursor: str) -> str:
        """The live stream of a feed from a cursor on."""
        return f"{self.base_url}/events?feed={name}&since={cursor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Everything a document says besides its entries.

    ``updated`` is the moment of the feed's newest event, ``cursor`` that event's id: a reader that goes on
    from there on the stream misses nothing.
    """

    site: Site
    feed: Feed
    updated: datetime
    cursor: str


class Renderer(Protocol):
    """One output format; the entry-point group is ``feeder.renderers``, its name the file's suffix."""

    media_type: str
    """As sent in ``Content-Type``, with its charset."""

    def __init__(self, site: Site) -> None: ...

    def entry(self, event: Event) -> bytes:
        """One article as it stands in every document that shows it, by its latest event.

        ``event.article`` is None for a retracted one: then it is the format's tombstone, or nothing at all
        (``b""``) where the format has none.

        Raises:
            ValueError: the library cannot render this article; it is left out, not the feed.
        """
        ...

    def document(self, head: Head, entries: Sequence[bytes]) -> bytes:
        """A whole document of entries that were rendered by ``entry``, in the order given."""
        ...
