"""The archive in the folder: every page of every feed, behind the feeds themselves.

A page changes when it becomes complete and when an article on it is corrected or withdrawn. Nobody waits for it: the
web makes what is not in the folder yet. So pages are written one at a time, only while no feed is being published, and
not while thousands of articles are being taken in.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.publish import notes
from feeder.publish.document import hash_of
from feeder.publish.folder import settle, stage
from feeder.publish.notes import Made, Note
from feeder.publish.pace import Breath
from feeder.publish.pages import PageShelf
from feeder.publish.setbacks import Setbacks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from feeder.model import Feed
    from feeder.publish.document import Document, Edition
    from feeder.publish.pages import Pages
    from feeder.store import Articles, Log

SAVE_SECONDS: Final = 2.0
"""How much work a crash can undo."""
REST: Final = 1.0
"""How long the archive rests, in times of what it works: half of a processor at most is its own."""
MOST_SAID: Final = 3
ROUND_SECONDS: Final = 600.0
"""How long a file that somebody removed can be away before its page is asked for, or its feed changes."""


class Archive:
    """Keeps the pages in the folder in step with the log.

    ``quiet`` is cleared by who must not be disturbed. ``writes`` counts files since the start.
    """

    def __init__(self, log: Log, articles: Articles, pages: Pages) -> None:
        self.quiet = asyncio.Event()
        self.quiet.set()
        self.setbacks = Setbacks()
        self.writes = 0
        self._log = log
        self._articles = articles
        self._pages = pages
        self._shelf = PageShelf(pages)
        self._feeds: dict[str, Feed] = {}
        self._due: set[str] = set()
        self._reached: dict[str, int] = {}
        self._suspects: dict[str, set[int]] = {}
        self._bell = Bell()
        self._one_round = asyncio.Lock()

    def touch(self, feeds: Sequence[Feed]) -> None:
        """Look at the pages of these feeds: an event concerned them, or they are new or say something else."""
        for feed in feeds:
            if self._feeds.get(feed.name) != feed:
                self._reached.pop(feed.name, None)
                self._feeds[feed.name] = feed
            self._due.add(feed.name)
        self._bell.ring()

    async def page(self, feed: Feed, number: int, suffix: str, newest: int) -> Document | None:
        """A page for the web, as it is when the newest event of its feed is ``newest``.

        Raises:
            ValueError: the page cannot be printed.
        """
        document, is_filed = await self._shelf.get(feed, number, suffix, newest)
        if not is_filed:
            self._suspects.setdefault(feed.name, set()).add(number)
            self.touch([feed])
        return document

    async def run(self) -> None:
        """Write what is due until cancelled."""
        clock = asyncio.get_running_loop().time
        began = clock()
        with self._bell.listen() as listener:
            while True:
                await listener.wait(self.setbacks.patience_seconds(began + ROUND_SECONDS - clock()))
                if clock() >= began + ROUND_SECONDS:
                    began = clock()
                    self._reached.clear()
                    self._due |= self._feeds.keys()
                await self.complete(REST)

    async def complete(self, rest: float = 0) -> None:
        """Write all that is due now, resting ``rest`` times what it works; what fails waits for its next try."""
        async with self._one_round:
            while due := sorted(self._due - self.setbacks.waiting()):
                for name in due:
                    await self._try(name, rest)

    async def _try(self, name: str, rest: float) -> None:
        self._due.discard(name)
        try:
            problems = await self._complete(self._feeds[name], rest)
        except UnavailableError as error:
            problems = [str(error)]
        except OSError as error:
            problems = [f"the archive of {name} cannot be written: {error.strerror or error}"]
        except asyncio.CancelledError:
            self._due.add(name)
            raise
        if problems:
            self._due.add(name)
            self.setbacks.note(name, "; ".join(problems[:MOST_SAID]))
        else:
            self.setbacks.forget(name)

    async def _complete(self, feed: Feed, rest: float) -> list[str]:
        """Write the pages of a feed that are not as the log has them; gives what failed, in sentences.

        Raises:
            OSError: the folder cannot be used.
            UnavailableError: the store is away.
        """
        seq, cursor = await self._head()  # before anything is asked: what comes later is looked at later
        known, suspects = self._reached.get(feed.name), self._suspects.pop(feed.name, set())
        if known is not None and not suspects and not await self._stale(feed, known):
            self._reached[feed.name] = seq
            return []
        note, todo = await asyncio.to_thread(self._look, feed)
        todo |= suspects.union(await self._stale(feed, await self._known(note.cursor)))
        problems = await self._put_all(feed, note, sorted(todo, reverse=True), rest)
        if not problems:
            note.cursor, self._reached[feed.name] = cursor, seq
        if todo:
            await asyncio.to_thread(self._end, feed, note)
        return problems

    async def _head(self) -> tuple[int, str]:
        """The newest event of the log: its number and its id."""
        seq, epochs = (await self._log.bounds()).newest, await self._log.epochs()
        name = next((epoch.name for epoch in reversed(epochs) if epoch.first <= seq), "0")
        return seq, f"{name}.{seq}"

    async def _known(self, cursor: str | None) -> int:
        """The number of an event of this log; 0, before all of them, if it is none (of a restored backup, say)."""
        name, _, seq = (cursor or "").rpartition(".")
        epochs = [epoch for epoch in await self._log.epochs() if epoch.name == name]
        return int(seq) if any(epoch.first <= int(seq) <= epoch.last for epoch in epochs) else 0

    async def _stale(self, feed: Feed, after: int) -> list[int]:
        return await self._articles.stale_pages(feed.shelf, after, self._pages.size)

    def _look(self, feed: Feed) -> tuple[Note, set[int]]:
        """The note of a feed's pages, and those of which something is not there."""
        folder = self._pages.folder(feed.name)
        note = self._pages.note(feed)
        return note, notes.incomplete(note, folder, self._pages.press.suffixes(feed))

    def _end(self, feed: Feed, note: Note) -> None:
        folder = self._pages.folder(feed.name)
        if note.pages or folder.exists():
            note.save(folder)
            notes.remove_others(folder, note.pages, self._pages.press.suffixes(feed))

    async def _put_all(self, feed: Feed, note: Note, numbers: Sequence[int], rest: float) -> list[str]:
        """Write pages, the last one first, as readers come from there."""
        clock = asyncio.get_running_loop().time
        saved, problems = clock(), []
        for number in numbers:
            await self.quiet.wait()
            problems += await self._put(feed, note, number, rest)
            if clock() >= saved + SAVE_SECONDS:
                await asyncio.to_thread(note.save, self._pages.folder(feed.name))
                saved = clock()
        return problems

    async def _put(self, feed: Feed, note: Note, number: int, rest: float) -> list[str]:
        clock = asyncio.get_running_loop().time
        began = clock()
        edition = await self._pages.edition(feed, number)
        await asyncio.sleep((clock() - began) * rest)
        if edition is None:
            note.pages.pop(number, None)
            return []
        return await asyncio.to_thread(self._write, edition, note, Breath(rest))

    def _write(self, edition: Edition, note: Note, breath: Breath) -> list[str]:
        """Write a page in all its formats, unless that has been done; gives what could not be printed.

        Raises:
            OSError: it cannot be written.
        """
        head, press = edition.head, self._pages.press
        suffixes = press.suffixes(head.feed)
        if all(self._pages.found(edition, suffix, note) for suffix in suffixes):
            return []
        hashes: dict[str, str] = {}
        staged: list[Path] = []
        problems: list[str] = []
        for suffix in suffixes:
            path = self._pages.path(head.feed.name, head.page or 0, suffix)
            try:
                body = press.print(edition, suffix, breath.draw).document.body
            except ValueError as error:
                problems.append(f"{path} cannot be published: {error}")
                continue
            hashes[suffix] = hash_of(body)
            staged += [path] * stage(path, body)
            breath.draw()
        for failed in settle(staged).values():
            raise failed
        self.writes += len(staged)
        note.pages[head.page or 0] = Made(edition.state, hashes)
        return problems
