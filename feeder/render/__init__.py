"""What a renderer is: articles become entries, entries become a document.

Rendering is pure and deterministic: no clock, no locale, no order of a hash. The same log gives the same
bytes, in every process and on every machine; ETags, archives and caches rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote, urlsplit

from feeder.render.markdown import MEDIA_TYPE as MARKDOWN_TYPE
from feeder.render.markdown import document as markdown_document
from feeder.render.opensearch import MEDIA_TYPE as OPENSEARCH_TYPE
from feeder.render.opensearch import document as opensearch_document
from feeder.render.opml import MEDIA_TYPE as OPML_TYPE
from feeder.render.opml import document as opml_document
from feeder.render.sitemap import MEDIA_TYPE as SITEMAP_TYPE
from feeder.render.sitemap import MOST_NEWS, NEWS_DAYS
from feeder.render.sitemap import index as sitemap_index
from feeder.render.sitemap import news as news_sitemap
from feeder.render.sitemap import pages as sitemap_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Event, Feed, Tombstone

__all__ = [
    "BEGINNING",
    "MARKDOWN_TYPE",
    "MOST_NEWS",
    "NEWS_DAYS",
    "OPENSEARCH_TYPE",
    "OPML_TYPE",
    "SITEMAP_TYPE",
    "Head",
    "Renderer",
    "Site",
    "markdown_document",
    "news_sitemap",
    "opensearch_document",
    "opml_document",
    "search_stream_path",
    "sitemap_document",
    "sitemap_index",
]


BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What a document without any event says of its last change: long ago, but not so long that a validator wonders."""


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
    live: bool = True
    """Whether a service answers there, with its stream; else there are only files."""
    hub: str | None = None
    """The address of the WebSub hub that is told of changes; None: there is none."""
    feeds: tuple[Feed, ...] = ()
    """The configured feeds; a section of the name of one of them has no feed of its own."""

    def path(self, place: str) -> str:
        """A place of the site as a link within it: it holds whichever name the site is reached by."""
        return urlsplit(self.base_url).path.rstrip("/") + place

    def article_url(self, slug: str) -> str:
        """The permanent address of an article's page."""
        return f"{self.base_url}/articles/{slug}"

    def feed_url(self, name: str, suffix: str) -> str:
        """The address of a feed document."""
        return f"{self.base_url}/feeds/{name}.{suffix}"

    def about_url(self, name: str) -> str:
        """The address of the page about a feed: how to subscribe, and its newest articles."""
        return f"{self.base_url}/feeds/{name}/"

    def home_url(self, name: str) -> str:
        """The address of the page that shows to people what a feed shows to readers."""
        return f"{self.base_url}/" if name == "all" else self.about_url(name)

    @property
    def stylesheet(self) -> str:
        """Where browsers that open a feed document find how it looks.

        It is a place within the site, whichever name it is reached by, and does not name a version: another look alone
        changes no document.
        """
        return f"{urlsplit(self.base_url).path}/static/feed-document.css"

    def page_url(self, name: str, number: int, suffix: str) -> str:
        """The address of a page of a feed's archive (RFC 5005 section 4), from 1."""
        return f"{self.base_url}/feeds/{name}/archive/{number}.{suffix}"

    def search_url(self, query: str, suffix: str | None = None) -> str:
        """The address of what a search finds: of the page, or of the feed in a format."""
        place = "search" if suffix is None else f"feeds/search.{suffix}"
        return f"{self.base_url}/{place}?q={quote(query, safe=':')}"

    def stream_url(self, name: str, cursor: str) -> str:
        """The live stream of a feed from a cursor on."""
        return f"{self.base_url}/events?feed={name}&since={cursor}"

    def search_stream_url(self, query: str, cursor: str) -> str:
        """The live stream of what a query matches from a cursor on; from the beginning where there is none."""
        return f"{self.base_url}{search_stream_path(query, cursor)}"

    def feeds_of(self, event: Event) -> list[str]:
        """The names of the feeds that show the article from an event on; of a retracted one, of those that it leaves.

        First those that show everything, ``all`` in front.
        """
        shown = event.shelves if event.article is None else [name for name in event.shelves if name not in event.left]
        configured = {feed.name: feed.shelf for feed in self.feeds}
        everything = [name for name, shelf in configured.items() if shelf is None]
        chosen = [name.removeprefix("=") for name in shown if name.startswith("=") or name not in configured]
        return list(dict.fromkeys(["all", *everything, *chosen]))


def search_stream_path(query: str, cursor: str) -> str:
    """Where the live stream of a query goes on from a cursor, below the site's own address.

    The cursor is that of the newest event that what was found shows, as that is the same for as long as the document
    is. Where nothing is found there is none; but what was found once may have left since.
    """
    return f"/events?q={quote(query, safe=':')}&since={cursor or 'earliest'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Everything a document says besides its entries.

    ``updated`` is the moment of the feed's newest event, ``cursor`` that event's id: a reader that goes on
    from there on the stream misses nothing. Of a page of the archive both are those of the newest event of the
    articles on it.

    ``page`` is the number of the archive's page that this document is, None for the feed itself; ``previous`` the
    number of the page that a reader goes on with (the one before it; of the feed, the last complete one), None if
    there is none.

    ``query`` is what was searched for, in its canonical form (``str`` of a ``Query``), if the document is what was
    found; None for a feed that is always there.
    """

    site: Site
    feed: Feed
    updated: datetime
    cursor: str
    page: int | None = None
    previous: int | None = None
    query: str | None = None

    @property
    def home_url(self) -> str:
        """The page that shows the same."""
        return self.site.home_url(self.feed.name) if self.query is None else self.site.search_url(self.query)

    @property
    def about_url(self) -> str:
        """The page about its feed, or its search."""
        return self.site.about_url(self.feed.name) if self.query is None else self.home_url

    @property
    def hub(self) -> str | None:
        """Who tells of changes of this document; of pages of an archive and of searches nobody does."""
        return self.site.hub if self.page is None and self.query is None else None

    @property
    def stream_url(self) -> str | None:
        """The live stream of its feed, or of its query, from its cursor on; None where there are only files."""
        if not self.site.live:
            return None
        if self.query is not None:
            return self.site.search_stream_url(self.query, self.cursor)
        return self.site.stream_url(self.feed.name, self.cursor)

    def feed_url(self, suffix: str) -> str:
        """The address of the feed itself, whichever part of it this document is."""
        if self.query is not None:
            return self.site.search_url(self.query, suffix)
        return self.site.feed_url(self.feed.name, suffix)

    def url(self, suffix: str) -> str:
        """The document's own address."""
        if self.page is None:
            return self.feed_url(suffix)
        return self.site.page_url(self.feed.name, self.page, suffix)

    def previous_url(self, suffix: str) -> str | None:
        """The address of the page that comes before, in time, this document."""
        return None if self.previous is None else self.site.page_url(self.feed.name, self.previous, suffix)


class Renderer(Protocol):
    """One output format; the entry-point group is ``feeder.renderers``, its name the file's suffix."""

    media_type: str
    """As sent in ``Content-Type``, with its charset."""

    def __init__(self, site: Site) -> None: ...

    def entry(self, event: Event) -> bytes:
        """One article as it stands in every document that shows it, by its latest event.

        ``event.article`` is None for a retracted one: then it is what the stream says of it, the format's tombstone,
        or nothing at all (``b""``) where the format has none. Documents say it by ``tombstone``.

        Raises:
            ValueError: the library cannot render this article; it is left out, not the feed.
        """
        ...

    def tombstone(self, gone: Tombstone) -> bytes:
        """An article that a document showed and shows no more, or ``b""`` where the format cannot say it."""
        ...

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        """A whole document of what was rendered by ``entry`` and ``tombstone``, each in the order given."""
        ...
