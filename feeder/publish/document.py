"""What the press makes and of what: editions, pieces, sheets, and the documents that the web serves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from feeder.publish.codings import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.model import Event, Tombstone
    from feeder.render import Head
    from feeder.store import Front, Page

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What a feed without any event says of its last change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document, or a page of its archive, as it stands in the folder, with all that the web says of it.

    ``encoded`` holds the same bytes in each content coding that makes them fewer. ``seq`` and ``epoch`` are those of
    the newest event that concerned the feed (of a page: its articles), ``cursor`` is its id on the stream and
    ``last_modified`` its whole second (UTC). ``date_is_unique`` says whether that second names this document and no
    earlier one.

    ``etag`` is strong and quoted, ``"SEQ-EPOCH-HASH"``, with 16 hexadecimal digits of the SHA-256 of ``body``.
    """

    name: str
    suffix: str
    page: int | None = None
    body: bytes
    media_type: str
    seq: int
    epoch: str
    etag: str
    last_modified: datetime
    date_is_unique: bool
    cursor: str
    encoded: Mapping[str, bytes] = field(default_factory=dict)

    def etag_of(self, coding: str) -> str:
        """The entity tag of the document in a content coding."""
        return self.etag if coding == IDENTITY else f'{self.etag[:-1]}-{coding}"'

    @property
    def size(self) -> int:
        """How many bytes it keeps in memory, all codings together."""
        return len(self.body) + sum(map(len, self.encoded.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a feed, or a page of its archive, shows at one moment: its articles newest first, and who has left it.

    ``complete_after`` and ``date_is_unique`` are those of the ``Front`` it was made from; nobody continues a page.
    """

    head: Head
    shown: tuple[Event, ...]
    gone: tuple[Tombstone, ...]
    date_is_unique: bool
    complete_after: int = 0

    @property
    def state(self) -> str:
        """Names what is shown: the newest event, and a hash of all the events by which articles stand here or left."""
        stand = (
            [(event.article_id, event.seq) for event in self.shown],
            [(one.article_id, one.seq) for one in self.gone],
        )
        return f"{self.head.cursor} {hash_of(repr(stand).encode())}"


Key: TypeAlias = tuple[str, int, bool]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Piece:
    """An article, or the tombstone of one, as it stands in a document, by the event that brought it there.

    ``body`` is empty if the format has no words for it.
    """

    article_id: str
    seq: int
    is_gone: bool
    body: bytes

    @property
    def key(self) -> Key:
        """What it is, without what it says: who leaves one feed for another is gone and there by the same event."""
        return self.article_id, self.seq, self.is_gone


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document with what it was made of, so that a part of it can be printed (``Press.delta``)."""

    document: Document
    head: Head
    complete_after: int
    pieces: tuple[Piece, ...]


def front_edition(head: Head, front: Front) -> Edition:
    """The feed itself."""
    return Edition(
        head=head,
        shown=newest_first(front.shown),
        gone=front.gone,
        date_is_unique=front.date_is_unique,
        complete_after=front.complete_after,
    )


def page_edition(head: Head, page: Page, *, date_is_unique: bool) -> Edition:
    """A page of its archive."""
    return Edition(head=head, shown=newest_first(page.shown), gone=page.gone, date_is_unique=date_is_unique)


def newest_first(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """In order of the articles' dates, the newest first; of the same date, the latest event first."""
    return tuple(sorted(events, key=_age, reverse=True))


def _age(event: Event) -> tuple[datetime, int]:
    return (event.article.published if event.article else event.at), event.seq


def hash_of(body: bytes) -> str:
    """What names these bytes: 16 hexadecimal digits of their SHA-256."""
    return hashlib.sha256(body).hexdigest()[:16]
