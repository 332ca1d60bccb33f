"""Pages of the archive (RFC 5005 section 4): what each is made of, where it lies, and how the web gets it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import feeder
from feeder.codings import encoded
from feeder.publish import notes
from feeder.publish.document import Document, Edition, hash_of, page_edition
from feeder.render import BEGINNING, Head

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from feeder.model import Feed
    from feeder.publish.notes import Note
    from feeder.publish.press import Press
    from feeder.render import Site
    from feeder.store import Articles, Log

KEPT_BYTES: Final = 32 * 1024 * 1024
"""How much of the pages that were asked for is kept in memory, all codings together."""


class Pages:
    """Makes pages from the state of the store, and finds those that are in the folder.

    Args:
        log: the numbered log.
        articles: the latest state of each article.
        press: prints them; one of its own, so that no page delays a feed.
        site: who publishes, and where.
        folder: where the feeds are; a feed's pages lie in ``NAME/archive/``.
        size: how many articles stand on a page.
    """

    def __init__(  # noqa: PLR0913 - the things it joins, and where to
        self, log: Log, articles: Articles, *, press: Press, site: Site, folder: Path, size: int
    ) -> None:
        self.press = press
        self.size = size
        self._log = log
        self._articles = articles
        self._site = site
        self._folder = folder

    def folder(self, name: str) -> Path:
        """Where the pages of a feed lie."""
        return self._folder / name / "archive"

    def path(self, name: str, number: int, suffix: str) -> Path:
        """Where a page lies."""
        return self.folder(name) / f"{number}.{suffix}"

    def made_of(self, feed: Feed) -> str:
        """Names what a feed's pages depend on besides the log: the settings, by what comes of them, and the program."""
        head = Head(site=self._site, feed=feed, updated=BEGINNING, cursor="0.0", page=2, previous=1)
        digest = hashlib.sha256(f"{feeder.__version__} {self.size} {feed.shelf} {feed.wanted}".encode())
        for suffix in sorted(self.press.suffixes(feed)):
            renderer = self.press.renderers[suffix]
            digest.update(b"\0" + suffix.encode() + b"\0" + renderer.document(head, (), ()))
        return digest.hexdigest()

    async def edition(self, feed: Feed, number: int) -> Edition | None:
        """A page as it is to be printed now; None if it is not complete."""
        page = await self._articles.page(feed.shelf, number, self.size)
        if page is None:
            return None
        previous = number - 1 if number > 1 else None
        head = Head(
            site=self._site, feed=feed, updated=page.updated, cursor=page.cursor, page=number, previous=previous
        )
        return page_edition(head, page, date_is_unique=await self._date_is_unique(page.updated))

    async def _date_is_unique(self, moment: datetime) -> bool:
        """Whether no event of an earlier moment of its second is known, or may be forgotten."""
        before = await self._log.seq_before(moment.replace(microsecond=0))
        first = await self._log.read(before, 1)
        oldest = (await self._log.bounds()).oldest
        return bool(first) and first[0].at == moment and not before < oldest > 1

    def note(self, feed: Feed) -> Note:
        """What is known of a feed's pages in the folder."""
        return notes.read(self.folder(feed.name), self.made_of(feed))

    def found(self, edition: Edition, suffix: str, note: Note) -> Document | None:
        """A page as it lies in the folder; None if what lies there is not this edition."""
        head = edition.head
        made = note.pages.get(head.page or 0)
        if made is None or made.state != edition.state:
            return None
        try:
            body = self.path(head.feed.name, head.page or 0, suffix).read_bytes()
        except OSError:
            return None
        return self.press.document(edition, suffix, body) if hash_of(body) == made.hashes.get(suffix) else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page that was asked for, the state it shows, and the newest event of its feed when that was looked at."""

    document: Document
    state: str
    newest: int


class PageShelf:
    """The pages that the web was asked for last, within a bound of bytes."""

    def __init__(self, pages: Pages, most_bytes: int = KEPT_BYTES) -> None:
        self._pages = pages
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[Feed, int, str], _Kept] = OrderedDict()
        self._bytes = 0
        self._one = asyncio.Lock()

    async def get(self, feed: Feed, number: int, suffix: str, newest: int) -> tuple[Document | None, bool]:
        """A page as it stands when the feed's newest event is ``newest``, and whether its file is as it should be."""
        key = feed, number, suffix
        if (kept := self._kept.get(key)) and kept.newest == newest:
            self._kept.move_to_end(key)
            return kept.document, True
        async with self._one:  # who asks for many at once waits for one after the other
            edition = await self._pages.edition(feed, number)
            if edition is None:
                return None, True
            state = edition.state
            if (kept := self._kept.get(key)) and kept.state == state:
                self._keep(key, replace(kept, newest=newest))
                return kept.document, True
            document, is_filed = await asyncio.to_thread(self._document, edition, suffix)
            self._keep(key, _Kept(document, state, newest))
            return document, is_filed

    def _document(self, edition: Edition, suffix: str) -> tuple[Document, bool]:
        found = self._pages.found(edition, suffix, self._pages.note(edition.head.feed))
        document = found or self._pages.press.print(edition, suffix).document
        return replace(document, encoded=encoded(document.body)), found is not None

    def _keep(self, key: tuple[Feed, int, str], kept: _Kept) -> None:
        if earlier := self._kept.pop(key, None):
            self._bytes -= earlier.document.size
        self._kept[key] = kept
        self._bytes += kept.document.size
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].document.size
