"""What the press makes and of what: editions, pieces, sheets, and the documents that the web serves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from feeder.codings import IDENTITY
from feeder.model import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Tombstone
    from feeder.render import Head
    from feeder.store import Epoch, Front, Page

_PROBE: Final = 64
"""So many bytes of a piece are looked for; all of it is compared where they are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document, or a page of its archive, as it stands in the folder, with all that the web says of it.

    ``encoded`` holds the same bytes in each content coding that makes them fewer. ``seq`` and ``epoch`` are those of
    the newest event that concerned the feed (of a page: its articles), ``cursor`` is its id on the stream and
    ``last_modified`` its whole second (UTC). ``date_is_unique`` says whether that second names this document and no
    earlier one. ``archive_pages`` is how many complete pages of an archive are before it, in time.

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
    archive_pages: int = 0
    encoded: Mapping[str, bytes] = field(default_factory=dict)

    def etag_of(self, coding: str) -> str:
        """The entity tag of the document in a content coding."""
        return self.etag if coding == IDENTITY else f'{self.etag[:-1]}-{coding}"'

    @property
    def size(self) -> int:
        """How many bytes it keeps in memory, all codings together."""
        return len(self.body) + sum(map(len, self.encoded.values()))


@dataclass(frozen=True, slots=True)
class Known:
    """An article that is shown by an event of which every format has a piece already; ``published`` is its date."""

    article_id: str
    seq: int
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a feed, or a page of its archive, shows at one moment: its articles newest first, and who has left it.

    ``complete_after`` and ``date_is_unique`` are those of the ``Front`` it was made from; nobody continues a page.
    ``earlier`` are the sheets that have the pieces of what is ``Known``.
    """

    head: Head
    shown: tuple[Event | Known, ...]
    gone: tuple[Tombstone, ...]
    date_is_unique: bool
    complete_after: int = 0
    earlier: tuple[Sheet, ...] = ()

    @property
    def state(self) -> str:
        """Names what is shown: the newest event, and a hash of all the events by which articles stand here or left."""
        stand = (
            [(event.article_id, event.seq) for event in self.shown],
            [(one.article_id, one.seq) for one in self.gone],
        )
        return f"{self.head.cursor} {hash_of(repr(stand).encode())}"


Key: TypeAlias = tuple[str, int, bool]


class Piece:
    """An article, or the tombstone of one, as it stands in a document, by the event that brought it there.

    Args:
        article_id: whose it is.
        seq: the event's number.
        is_gone: whether it is a tombstone.
        moment: the article's date, or when it left.
        body: what stands there, empty if the format has no words for it. It is kept once: where a document is kept
            that has it, the piece remembers its place (``find_in``).
    """

    __slots__ = ("__weakref__", "_place", "article_id", "is_gone", "moment", "seq")

    def __init__(self, article_id: str, seq: int, moment: datetime, body: bytes, *, is_gone: bool) -> None:
        self.article_id = article_id
        self.seq = seq
        self.is_gone = is_gone
        self.moment = moment
        self._place = body, 0, len(body)

    @property
    def body(self) -> bytes:
        """The bytes."""
        whole, start, end = self._place  # at once: another thread may find it elsewhere meanwhile
        return whole[start:end]

    def find_in(self, document: bytes, after: int) -> int:
        """Lie in this document from now on, if it has these bytes behind a place; gives the place behind them."""
        body = self.body
        start = document.find(body[:_PROBE], after)
        if not body or start < 0 or not document.startswith(body, start):
            return after
        self._place = document, start, start + len(body)
        return start + len(body)

    def leave(self, document: bytes) -> None:
        """Keep a copy of one's own instead of a place in this document, which is to be forgotten."""
        if self._place[0] is document:
            body = self.body
            self._place = body, 0, len(body)

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


def known_to(sheets: Sequence[Sheet]) -> dict[int, Known]:
    """The articles of which all of these sheets have pieces, by their events."""
    each = [{piece.seq: piece for piece in sheet.pieces if not piece.is_gone} for sheet in sheets]
    if not each:
        return {}
    return {
        seq: Known(piece.article_id, seq, piece.moment)
        for seq, piece in each[0].items()
        if all(seq in pieces for pieces in each)
    }


def front_edition(head: Head, front: Front, earlier: Sequence[Sheet] = ()) -> Edition:
    """The feed itself; what the front has only the number of stands in these sheets of its formats."""
    known = known_to(earlier)
    return Edition(
        head=head,
        shown=newest_first((*front.shown, *(known[number] for number in front.kept))),
        gone=front.gone,
        date_is_unique=front.date_is_unique,
        complete_after=front.complete_after,
        earlier=tuple(earlier),
    )


def page_edition(head: Head, page: Page, *, date_is_unique: bool) -> Edition:
    """A page of its archive."""
    return Edition(head=head, shown=newest_first(page.shown), gone=page.gone, date_is_unique=date_is_unique)


def first_cursor(epochs: Sequence[Epoch]) -> str:
    """Where the log begins; the oldest epoch names it, because that one is the same after a restart."""
    return f"{epochs[0].name}.0" if epochs else "0.0"


def newest_first(shown: Iterable[Event | Known]) -> tuple[Event | Known, ...]:
    """In order of the articles' dates, the newest first; of the same date, the latest event first."""
    return tuple(sorted(shown, key=_age, reverse=True))


def _age(shown: Event | Known) -> tuple[datetime, int]:
    return moment_of(shown), shown.seq


def moment_of(one: Event | Known | Tombstone) -> datetime:
    """The date of an article that is shown, or when it left."""
    if isinstance(one, Known):
        return one.published
    return one.article.published if isinstance(one, Event) and one.article else one.at


def hash_of(body: bytes) -> str:
    """What names these bytes: 16 hexadecimal digits of their SHA-256."""
    return hashlib.sha256(body).hexdigest()[:16]
