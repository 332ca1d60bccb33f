"""The road out to files: feed documents, written whole and kept ready for the web.

A cursor on the log. A ring says "look now"; the events since the last look say which feeds they touch, and each
of those is made anew from the latest state of its articles. What is served is what stands in the folder, byte
for byte: a document is rendered, read back, written, and only then served. If any of that fails the last good
one stays, in the folder and on the web, and the feed is tried again after a pause. A document that has no good one
before it is served even if it cannot be written: a folder that is full or read-only is no reason to show nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.publish.archive import Archive
from feeder.publish.catalogue import Catalogue
from feeder.publish.document import Document, first_cursor, front_edition, known_to
from feeder.publish.folder import is_there, open_folder
from feeder.publish.inventory import keep_only
from feeder.publish.issue import Issue, is_known
from feeder.publish.opml import listing
from feeder.publish.pace import LONGEST_BUSY_SECONDS, LOOK_SECONDS, MANY_EVENTS, calm, rest
from feeder.publish.pages import Pages
from feeder.publish.press import Press, installed_renderers
from feeder.publish.production import Production
from feeder.publish.setbacks import Setbacks
from feeder.publish.summary import Summary
from feeder.render import BEGINNING, Head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from feeder.model import Feed
    from feeder.publish.document import Edition, Sheet
    from feeder.publish.production import Copy, Job
    from feeder.render import Renderer, Site
    from feeder.store import Articles, Epoch, Log

__all__ = ["Document", "Publisher", "Summary", "installed_renderers"]

PAGE_SIZE: Final = 100
"""How many articles stand on a page of the archive, unless somebody says otherwise."""
GROUP: Final = 8
"""How many feeds are made at once: enough for all processors, and little to hold besides what is served."""


class Publisher:
    """Keeps ``folder`` and the documents that the web serves in step with the log.

    Args:
        log: what happened, and the bell that says so.
        articles: the latest state of each article.
        site: who publishes, and where.
        feeds: the configured feeds, in the order in which they are listed; ``all`` is added if it is not among
            them, and every section has a feed of its own besides, with as many entries as ``all``.
        folder: where the files go; made if it is not there.
        renderers: a renderer for each suffix; all that are installed if None.
        page_size: how many articles stand on a page of the archive.

    ``bell`` rings after documents changed. ``writes`` and ``failures`` count since the start, as do ``renders`` and
    ``left_out``.
    """

    def __init__(  # noqa: PLR0913 (the four things it joins, where to, and how)
        self,
        log: Log,
        articles: Articles,
        site: Site,
        feeds: Sequence[Feed],
        folder: Path,
        *,
        renderers: Mapping[str, Renderer] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self.bell = Bell()
        self._log = log
        self._articles = articles
        self._site = site
        self._folder = folder
        self._page_size = page_size
        chosen = installed_renderers(site) if renderers is None else renderers
        self._press = Press(chosen)
        self._production = Production(self._press, self._path)
        pages = Pages(log, articles, press=Press(chosen), site=site, folder=folder, size=page_size)
        self._archive = Archive(log, articles, pages)
        self._catalogue = Catalogue(site, feeds)
        self._sheets: dict[tuple[str, str], Sheet] = {}
        self._opml: Document | None = None
        self._unwritten: set[tuple[str, str]] = set()
        self._epochs: Sequence[Epoch] = ()
        self._is_open = False
        self._cursor: int | None = None
        self._begun = False
        self._is_busy = False
        self._listed = False
        self._stale: set[str] = set()
        self._setbacks = Setbacks()
        self._one_pass = asyncio.Lock()
        self.writes = 0

    @property
    def renders(self) -> int:
        """How many documents were rendered."""
        return self._press.renders

    @property
    def left_out(self) -> int:
        """How many entries a format could not render."""
        return self._press.left_out

    @property
    def failures(self) -> int:
        """How often a feed could not be published."""
        return self._setbacks.count

    @property
    def page_writes(self) -> int:
        """How many files of the archive were written."""
        return self._archive.writes

    def feeds(self) -> list[Feed]:
        """Every feed that has a document: the configured ones, then the sections by name."""
        served = {name for name, _ in self._sheets}
        return [feed for feed in self.known() if feed.name in served]

    def known(self) -> list[Feed]:
        """Every feed there is, with a document or (because of trouble) without: none before the log was read."""
        return list(self._catalogue.feeds.values())

    async def listed(self) -> list[Feed]:
        """All that there are as the log has it now; nothing is published."""
        await self._list_feeds()
        return self.known()

    def document(self, name: str, suffix: str) -> Document | None:
        """The document that is served as ``/feeds/NAME.SUFFIX``."""
        sheet = self._sheets.get((name, suffix))
        return sheet.document if sheet else None

    async def page(self, name: str, number: int, suffix: str) -> Document | None:
        """A page of the archive, ``/feeds/NAME/archive/NUMBER.SUFFIX``; None if there is none, or not yet.

        Raises:
            UnavailableError: the store is away, or the page cannot be made now.
        """
        feed, front = self._catalogue.feeds.get(name), self.document(name, suffix)
        if feed is None or front is None:
            return None
        try:
            return await self._archive.page(feed, number, suffix, front.seq)
        except ValueError as error:
            raise UnavailableError(f"page {number} of {name}.{suffix} cannot be published: {error}") from error

    async def delta(self, name: str, suffix: str, seq: int, epoch: str) -> bytes | None:
        """What the document of a feed has that is newer than an event, as a document of the same head (RFC 3229).

        It is a part of what ``document`` gives at the moment of the call: nothing is waited for. None if it cannot be
        said: that event is too old, or not of this log; something has left that the format has no word for; or nothing
        is newer.
        """
        sheet = self._sheets.get((name, suffix))
        return self._press.delta(sheet, seq) if sheet and is_known(self._epochs, epoch, seq) else None

    def opml(self) -> Document | None:
        """The list of all feeds, ``/feeds.opml``; None before they are published."""
        return self._opml

    def issue(self) -> Issue:
        """All that is served at this moment."""
        return Issue(tuple(self.known()), tuple(self._epochs), self._opml, dict(self._sheets))

    def problems(self) -> list[str]:
        """What keeps the feeds from being complete and current, a sentence each; empty when all is well."""
        found = self._setbacks.reasons() + self._archive.setbacks.reasons()
        if not self._begun and not found:
            found.append("the feeds are not published yet")
        return found

    async def publish(self) -> Summary:
        """Publish every feed from the latest state of its articles.

        Raises:
            UnavailableError: the store is away; or the folder is, but then the documents are ready to be served.
        """
        async with self._one_pass:
            writes, left_out = self.writes, self.left_out
            await self._begin()
            await self._issue(list(self._catalogue.feeds))
            self._setbacks.forget("")
            return Summary(
                feeds=len(self._catalogue.feeds),
                documents=len(self._sheets),
                written=self.writes - writes,
                left_out=self.left_out - left_out,
                problems=tuple(self.problems()),
            )

    async def publish_all(self) -> Summary:
        """Publish every feed, and every page of the archives that is not as the log has it.

        Raises:
            UnavailableError: as ``publish``.
        """
        summary = await self.publish()
        writes = self.page_writes
        await self._archive.complete()
        return replace(summary, written=summary.written + self.page_writes - writes, problems=tuple(self.problems()))

    async def run(self) -> None:
        """Publish everything, then follow the log until cancelled; the archive is written behind."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._archive.run())
            await self._keep_up()

    async def _keep_up(self) -> None:
        clock = asyncio.get_running_loop().time
        with self._log.bell.listen() as listener:
            while True:
                await listener.wait(self._setbacks.patience_seconds(LOOK_SECONDS))
                started = clock()
                self._archive.quiet.clear()
                await self._look()
                if not self._is_busy:
                    self._archive.quiet.set()
                await rest(clock() - started)
                if self._is_busy and await calm(listener, started + LONGEST_BUSY_SECONDS):
                    self._is_busy = False
                    self._archive.quiet.set()

    async def _look(self) -> None:
        """One pass; when the store is away, what is left to do stays noted."""
        try:
            await (self.publish() if self._cursor is None else self._follow())
        except UnavailableError as error:
            self._setbacks.note("", str(error))
        else:
            self._setbacks.forget("")

    async def _begin(self) -> None:
        """Start from the state: every event up to here is in it."""
        bounds = await self._log.bounds()
        self._epochs = await self._log.epochs()
        await self._list_feeds()
        self._stale = set(self._catalogue.feeds)
        self._cursor = bounds.newest

    async def _follow(self) -> None:
        async with self._one_pass:
            await self._read_on()
            if not self._listed:
                await self._list_feeds()
            else:
                self._stale |= await asyncio.to_thread(self._missing)
            due = self._stale - self._setbacks.waiting()
            await self._issue([name for name in self._catalogue.feeds if name in due])

    async def _read_on(self) -> None:
        """Note the feeds that the events since the last look touch."""
        cursor = self._cursor or 0
        found = await self._log.concerned(cursor)
        if found is None:
            return
        self._epochs = await self._log.epochs()
        self._listed = False
        if found.first > cursor + 1:  # what was between is forgotten by now; the state still knows
            self._stale |= set(self._catalogue.feeds)
        self._stale |= self._catalogue.touched(found.shelves)
        self._is_busy = found.last - cursor >= MANY_EVENTS
        self._cursor = found.last

    async def _list_feeds(self) -> None:
        """Name the feeds anew; those that are new, or say something else of themselves, are to be made."""
        changed = self._catalogue.renew(await self._articles.sections(ever=True))
        self._stale |= changed
        self._is_open &= not changed
        self._listed = True

    def _missing(self) -> set[str]:
        """Feeds of which somebody removed a file."""
        return {name for name, suffix in list(self._sheets) if not is_there(self._path(name, suffix))}

    async def _issue(self, names: Sequence[str]) -> None:
        """Make feeds anew, in the folder if it can be used: if not, that is said when they are made."""
        trouble = None if self._is_open else await asyncio.to_thread(self._open)
        for start in range(0, len(names), GROUP):
            feeds = [self._catalogue.feeds[name] for name in names[start : start + GROUP]]
            await self._make(feeds)
            self._archive.touch(feeds)
        trouble = await asyncio.to_thread(self._end, has_changed=bool(names)) or trouble
        self._begun = True
        if names:
            self.bell.ring()  # the list of feeds is another one, too
        if trouble is not None:
            raise trouble

    async def _make(self, feeds: Sequence[Feed]) -> None:
        """Make feeds anew, and serve each as soon as it is ready: none waits for those behind it."""
        ends = []
        try:
            for feed in feeds:
                jobs = self._production.begin(await self._edition(feed))
                ends.append(asyncio.create_task(self._finish(jobs)))
                await asyncio.to_thread(self._production.wait_for_prints, jobs)
        finally:  # what was begun is ended, also when the store has gone away meanwhile
            await asyncio.gather(*ends)

    async def _finish(self, jobs: Sequence[Job]) -> None:
        self._take(await asyncio.to_thread(self._production.finish, jobs))

    def _open(self) -> UnavailableError | None:
        """Make the folder ready for the feeds there are."""
        wanted = [self._path(feed.name, suffix).name for feed in self.known() for suffix in self._press.suffixes(feed)]
        try:
            open_folder(self._folder)
            keep_only(self._folder, wanted)
        except UnavailableError as error:
            return error
        except OSError as error:
            return self._unusable(error)
        self._is_open = True
        return None

    def _end(self, *, has_changed: bool) -> UnavailableError | None:
        """What nobody waits for: the list of all feeds, and the names of the files on the disk."""
        everything = next((sheet for key, sheet in sorted(self._sheets.items()) if key[0] == "all"), None)
        if has_changed and everything is not None:
            self._opml = listing(self._site, self.feeds(), tuple(self._press.renderers), everything)
            with suppress(OSError):  # the next change tries again
                self._production.write(self._path(self._opml.name, self._opml.suffix), self._opml.body)
        try:
            self._production.flush()
        except OSError as error:
            return self._unusable(error)
        return None

    def _unusable(self, error: OSError) -> UnavailableError:
        return UnavailableError(f"the folder {self._folder} cannot be used: {error.strerror or error}")

    def _earlier(self, feed: Feed) -> list[Sheet]:
        """What is served of a feed in all of its formats; nothing if one of them is not."""
        sheets = [self._sheets.get((feed.name, suffix)) for suffix in self._press.suffixes(feed)]
        found = [sheet for sheet in sheets if sheet is not None]
        return found if len(found) == len(sheets) else []

    async def _edition(self, feed: Feed) -> Edition:
        earlier = self._earlier(feed)
        front = await self._articles.front(feed.shelf, feed.entries, self._page_size, known_to(earlier).keys())
        last = front.last
        head = Head(
            site=self._site,
            feed=feed,
            updated=last.at if last else BEGINNING,
            cursor=last.cursor if last else first_cursor(self._epochs),
            previous=front.pages or None,
        )
        return front_edition(head, front, earlier)

    def _take(self, copies: Sequence[Copy]) -> None:
        """Serve what was made of a feed, all of it at once, and note what was not."""
        problems: dict[str, list[str]] = {copy.feed.name: [] for copy in copies}
        has_changed = False
        for copy in copies:
            name = copy.feed.name
            problems[name] += [copy.problem] if copy.problem else []
            self.writes += copy.is_written
            has_changed |= self._serve((name, copy.suffix), copy)
        for name, found in problems.items():
            if found:
                self._setbacks.note(name, "; ".join(found))
            else:
                self._stale.discard(name)
                self._setbacks.forget(name)
        if has_changed:
            self.bell.ring()

    def _serve(self, key: tuple[str, str], copy: Copy) -> bool:
        """Serve a document, an unwritten one only if it takes no good one's place; true if it is another one."""
        earlier = self._sheets.get(key)
        if copy.sheet is None or (copy.problem and earlier and key not in self._unwritten):
            return False
        self._sheets[key] = copy.sheet
        if earlier is not None:  # what other feeds show of it must not keep all of it
            for piece in earlier.pieces:
                piece.leave(earlier.document.body)
        (self._unwritten.add if copy.problem else self._unwritten.discard)(key)
        return earlier is None or earlier.document.etag != copy.sheet.document.etag

    def _path(self, name: str, suffix: str) -> Path:
        return self._folder / f"{name}.{suffix}"
