"""The documents that can be subscribed to: every feed in each of its formats, under the address it gives itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.bell import Bell
    from feeder.model import Feed
    from feeder.render import Site


class Document(Protocol):
    """A feed document as it is served."""

    @property
    def body(self) -> bytes:
        """Its bytes, in no content coding."""
        ...

    @property
    def media_type(self) -> str:
        """Its ``Content-Type``."""
        ...

    @property
    def cursor(self) -> str:
        """The id on the stream (``EPOCH.SEQ``) of the last event that concerned it."""
        ...


class Documents(Protocol):
    """Where the documents are."""

    bell: Bell
    """Rung after documents changed."""

    def known(self) -> Sequence[Feed]:
        """Every feed there is; none before the log was read."""
        ...

    def document(self, name: str, suffix: str) -> Document | None:
        """The document that is served now."""
        ...


class Topics:
    """The documents by their addresses, and how far each one is.

    ``suffixes`` are the formats that every feed has which names none.
    """

    def __init__(self, documents: Documents, site: Site, suffixes: Sequence[str]) -> None:
        self._documents = documents
        self._site = site
        self._suffixes = suffixes

    @property
    def bell(self) -> Bell:
        """Rung after documents changed."""
        return self._documents.bell

    def all(self) -> list[tuple[str, str]]:
        """Every topic that there is, as feed and suffix; none before the feeds are known."""
        return [(feed.name, suffix) for feed in self._documents.known() for suffix in feed.formats or self._suffixes]

    def url(self, feed: str, suffix: str) -> str:
        """A topic's address: what its document calls itself."""
        return self._site.feed_url(feed, suffix)

    def at(self, url: str) -> tuple[str, str] | None:
        """The topic of exactly this address."""
        return next((topic for topic in self.all() if self.url(*topic) == url), None)

    def document(self, feed: str, suffix: str) -> Document | None:
        """What is sent to who has subscribed to a topic."""
        return self._documents.document(feed, suffix)

    def seq(self, feed: str, suffix: str) -> int | None:
        """The last event that concerned a topic's document, 0 if none did; None while there is no document."""
        document = self.document(feed, suffix)
        return None if document is None else int(document.cursor.rpartition(".")[2])
