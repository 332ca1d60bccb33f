"""From an edition of a feed to its documents: rendered, read back, and named for the web."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog

from feeder import registry
from feeder.model import Event, Tombstone
from feeder.publish.check import Contents, check
from feeder.publish.document import Document, Piece, Sheet, hash_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from feeder.model import Feed
    from feeder.publish.document import Edition, Known
    from feeder.render import Head, Renderer, Site

_logger = structlog.get_logger(__name__)


def installed_renderers(site: Site, suffixes: Iterable[str] | None = None) -> dict[str, Renderer]:
    """The renderers on offer, or those of the suffixes named, ready for a site.

    Raises:
        ConfigError: nothing renders one of the suffixes.
    """
    chosen = registry.offers("renderers") if suffixes is None else suffixes
    return {suffix: registry.find("renderers", suffix)(site) for suffix in chosen}


class Press:
    """Makes documents of editions; renders each article once per format for as long as a sheet shows it.

    Its methods may be called from several threads at once.
    """

    def __init__(self, renderers: Mapping[str, Renderer]) -> None:
        self.renderers = renderers
        self._pieces: WeakValueDictionary[tuple[str, str, int, bool], Piece] = WeakValueDictionary()
        self._rendering = {suffix: threading.Lock() for suffix in renderers}
        self.renders = 0
        self.left_out = 0

    def suffixes(self, feed: Feed) -> tuple[str, ...]:
        """The formats that a feed exists in, in the order in which they are written."""
        return tuple(suffix for suffix in self.renderers if feed.formats is None or suffix in feed.formats)

    def print(self, edition: Edition, suffix: str, between: Callable[[], None] = lambda: None) -> Sheet:
        """One document of an edition, without codings; ``between`` is called after each article.

        Raises:
            ValueError: the format cannot say what the head says, or what came out is not what was meant.
        """
        pieces = self._all_pieces(edition, suffix, between)
        try:
            body = self._checked(edition.head, suffix, pieces)
        except ValueError:
            emptied = self._leave_out(edition.head, suffix, pieces)
            if not emptied:
                raise
            pieces = self._all_pieces(edition, suffix, between)
            body = self._checked(edition.head, suffix, pieces)
        self.renders += 1
        _find_all(pieces, body)
        return Sheet(self.document(edition, suffix, body), edition.head, edition.complete_after, tuple(pieces))

    def document(self, edition: Edition, suffix: str, body: bytes) -> Document:
        """The document that these bytes are, if the edition was ever printed as them."""
        head = edition.head
        epoch, _, seq = head.cursor.rpartition(".")
        return Document(
            name=head.feed.name,
            suffix=suffix,
            page=head.page,
            body=body,
            media_type=self.renderers[suffix].media_type,
            seq=int(seq),
            epoch=epoch,
            etag=f'"{seq}-{epoch}-{hash_of(body)}"',
            last_modified=head.updated.replace(microsecond=0),
            date_is_unique=edition.date_is_unique,
            cursor=head.cursor,
            archive_pages=head.previous or 0,
        )

    def delta(self, sheet: Sheet, seq: int) -> bytes | None:
        """What of a document is newer than an event, under the same head (RFC 3229 with ``A-IM: feed``).

        None if the document cannot tell: it no longer shows all that came since, or its format has no tombstone for
        who has left; or if nothing came.
        """
        gone = [piece.body for piece in sheet.pieces if piece.is_gone and piece.seq > seq]
        shown = [piece for piece in sheet.pieces if not piece.is_gone]
        back = _come_back(shown, sheet.head.feed.entries, len(gone))
        entries = [piece.body for piece in shown if piece.body and (piece.seq > seq or piece in back)]
        if seq < sheet.complete_after or not all(gone) or not (entries or gone):
            return None
        return self.renderers[sheet.document.suffix].document(sheet.head, entries, gone)

    def _checked(self, head: Head, suffix: str, pieces: Sequence[Piece]) -> bytes:
        """A document of those pieces that say anything; it was read back."""
        renderer = self.renderers[suffix]
        entries = [piece for piece in pieces if piece.body and not piece.is_gone]
        gone = [piece for piece in pieces if piece.body and piece.is_gone]
        body = renderer.document(head, [piece.body for piece in entries], [piece.body for piece in gone])
        check(
            body, renderer.media_type, Contents(*(tuple(piece.article_id for piece in one) for one in (entries, gone)))
        )
        return body

    def _leave_out(self, head: Head, suffix: str, pieces: Iterable[Piece]) -> list[Piece]:
        """Empty those pieces that no document of their own could hold; gives what now stands for them.

        Raises:
            ValueError: not even a document without any is what it should be.
        """
        self._checked(head, suffix, ())
        emptied = []
        for piece in pieces:
            try:
                self._checked(head, suffix, (piece,))
            except ValueError as error:
                body = self._nothing(suffix, piece.article_id, error)
                empty = Piece(piece.article_id, piece.seq, piece.moment, body, is_gone=piece.is_gone)
                emptied.append(self._keep(suffix, empty))
        return emptied

    def _all_pieces(self, edition: Edition, suffix: str, between: Callable[[], None]) -> list[Piece]:
        """The articles and the tombstones of an edition."""
        pieces = []
        with self._rendering[suffix]:  # two threads that make two feeds would both render what both show
            for each in (*edition.shown, *edition.gone):
                pieces.append(self._piece(suffix, each))
                between()
        return pieces

    def _piece(self, suffix: str, of: Event | Known | Tombstone) -> Piece:
        """What stands of an article: rendered now if no sheet has it."""
        is_gone = isinstance(of, Tombstone)
        kept = self._pieces.get((suffix, of.article_id, of.seq, is_gone))
        if kept is not None:
            return kept
        try:
            body = self._render(suffix, of)
        except ValueError as error:
            body = self._nothing(suffix, of.article_id, error)
        return self._keep(suffix, Piece(of.article_id, of.seq, moment_of(of), body, is_gone=is_gone))

    def _render(self, suffix: str, of: Event | Known | Tombstone) -> bytes:
        renderer = self.renderers[suffix]
        if isinstance(of, Tombstone):
            return renderer.tombstone(of)
        if isinstance(of, Event):
            return renderer.entry(of)
        raise LookupError(f"no sheet shows {of.article_id} any more")  # a bug: those of the edition hold what they know

    def _keep(self, suffix: str, piece: Piece) -> Piece:
        self._pieces[suffix, *piece.key] = piece
        return piece

    def _nothing(self, suffix: str, article_id: str, error: ValueError) -> bytes:
        """What stands of an article that cannot be shown, for as long as a sheet has it: nobody tries again."""
        self.left_out += 1
        _logger.warning("entry left out", article=article_id, format=suffix, reason=str(error))
        return b""


def _find_all(pieces: Iterable[Piece], document: bytes) -> None:
    """Have pieces lie in the document that is made of them."""
    places = {False: 0, True: 0}  # articles and tombstones each stand in their order
    for piece in pieces:
        places[piece.is_gone] = piece.find_in(document, places[piece.is_gone])


def _come_back(shown: Sequence[Piece], entries: int, left: int) -> Sequence[Piece]:
    """The articles that may have come back into a full document since so many have left it.

    By the order of their latest events each was at most so many places behind the last one that there was room for.
    """
    latest = sorted(shown, key=lambda piece: piece.seq, reverse=True)
    return latest[max(entries - left, 0) : entries]
