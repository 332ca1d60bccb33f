"""The road out to files: feed documents, written whole and kept ready for the web.

A cursor on the log. A ring says "look now"; the events since the last look say which feeds they touch, and each
of those is made anew from the latest state of its articles. What is served is what stands in the folder, byte
for byte: a document is rendered, read back, written, and only then served. If any of that fails the last good
one stays, in the folder and on the web, and the feed is tried again after a pause. A document that has no good one
before it is served even if it cannot be written: a folder that is full or read-only is no reason to show nothing.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.model import Feed
from feeder.publish.folder import is_there, open_folder, replace
from feeder.publish.press import Document, Edition, Press, installed_renderers
from feeder.render import Head

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from feeder.bell import Listener
    from feeder.model import Event
    from feeder.render import Renderer, Site
    from feeder.store import Articles, Log

__all__ = ["Document", "Publisher", "Summary", "installed_renderers"]

LOOK_SECONDS: Final = 30.0
"""How long a lost ring can delay a story."""
PASS_SECONDS: Final = 0.25
"""The shortest time from one pass to the next: a burst of events is a few passes, not one each."""
PAUSE_RATIO: Final = 4
LONGEST_PAUSE_SECONDS: Final = 2.0
"""And the pause after a pass that took long, in times of what it took: many feeds have changed, and may again."""
MANY_EVENTS: Final = 1000
LONGEST_BUSY_SECONDS: Final = 6.0
CALM_SECONDS: Final = 0.5
"""So many events in one pass are an archive that is being taken in. Its feeds are written now and then, after so long
at the latest and as soon as there is no news for a moment; until then the road in has the machine."""
PAGE_SIZE: Final = 100
"""How many articles are in an archive page."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What a feed without any event says of its last change."""

_FIRST_PAUSE_SECONDS: Final = 0.5

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What one pass over all feeds did: documents served now, files written, entries left out, what failed."""

    feeds: int
    documents: int
    written: int
    left_out: int
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Setback:
    """Why a feed could not be published, how often in a row, and when (loop time) it is tried again."""

    reason: str
    tries: int
    until: float


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

    ``bell`` is rung after documents changed. ``writes`` and ``failures`` count since the start, as do ``renders`` and
    ``left_out``.
    """

    def __init__(  # noqa: PLR0913 (the four things it joins, and where to)
        self,
        log: Log,
        articles: Articles,
        site: Site,
        feeds: Sequence[Feed],
        folder: Path,
        *,
        renderers: Mapping[str, Renderer] | None = None,
    ) -> None:
        self._log = log
        self._articles = articles
        self._site = site
        self._folder = folder
        self._press = Press(installed_renderers(site) if renderers is None else renderers)
        self._configured = {feed.name: feed for feed in feeds}
        self._configured.setdefault("all", Feed(name="all", title=site.title))
        self._feeds: dict[str, Feed] = {}
        self._documents: dict[tuple[str, str], Document] = {}
        self._unwritten: set[tuple[str, str]] = set()
        self._is_open = False
        self._shown: dict[str, set[tuple[str, int]]] = {}
        self._cursor: int | None = None
        self._begun = False
        self._is_busy = False
        self._listed = False
        self._stale: set[str] = set()
        self._setbacks: dict[str, _Setback] = {}
        self._one_pass = asyncio.Lock()
        self.bell = Bell()
        self.writes = 0
        self.failures = 0

    @property
    def renders(self) -> int:
        """How many documents were rendered."""
        return self._press.renders

    @property
    def left_out(self) -> int:
        """How many entries a format could not render."""
        return self._press.left_out

    def feeds(self) -> list[Feed]:
        """Every feed that has a document: the configured ones, then the sections by name."""
        served = {name for name, _ in self._documents}
        return [feed for name, feed in self._feeds.items() if name in served]

    def known(self) -> list[Feed]:
        """Every feed there is, with a document or (because of trouble) without: none before the log was read."""
        return list(self._feeds.values())

    async def listed(self) -> list[Feed]:
        """All that there are as the log has it now; nothing is published."""
        await self._list_feeds()
        return self.known()

    def document(self, name: str, suffix: str) -> Document | None:
        """The document that is served as ``/feeds/NAME.SUFFIX``."""
        return self._documents.get((name, suffix))

    def problems(self) -> list[str]:
        """What keeps the feeds from being complete and current, a sentence each; empty when all is well."""
        found = [setback.reason for _, setback in sorted(self._setbacks.items())]
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
            await self._issue(list(self._feeds))
            self._setbacks.pop("", None)
            return Summary(
                feeds=len(self._feeds),
                documents=len(self._documents),
                written=self.writes - writes,
                left_out=self.left_out - left_out,
                problems=tuple(self.problems()),
            )

    async def run(self) -> None:
        """Publish everything, then follow the log until cancelled."""
        clock = asyncio.get_running_loop().time
        with self._log.bell.listen() as listener:
            while True:
                await listener.wait(self._patience_seconds())
                started = clock()
                await self._look()
                took = clock() - started
                await asyncio.sleep(max(PASS_SECONDS - took, min(took * PAUSE_RATIO, LONGEST_PAUSE_SECONDS)))
                if self._is_busy:
                    await _calm(listener, started + LONGEST_BUSY_SECONDS)

    async def _look(self) -> None:
        """One pass; when the store is away, what is left to do stays noted."""
        try:
            await (self.publish() if self._cursor is None else self._follow())
        except UnavailableError as error:
            self._note_setback("", str(error))
        else:
            self._setbacks.pop("", None)

    async def _begin(self) -> None:
        """Start from the state: every event up to here is in it."""
        bounds = await self._log.bounds()
        await self._list_feeds()
        self._stale = set(self._feeds)
        self._cursor = bounds.newest

    async def _follow(self) -> None:
        async with self._one_pass:
            await self._read_on()
            if not self._listed:
                await self._list_feeds()
            else:
                self._stale |= await asyncio.to_thread(self._missing)
            now = asyncio.get_running_loop().time()
            waiting = {name for name, setback in self._setbacks.items() if setback.until > now}
            await self._issue([name for name in self._feeds if name in self._stale - waiting])

    async def _read_on(self) -> None:
        """Note the feeds that the events since the last look touch."""
        cursor = self._cursor or 0
        found = await self._log.concerned(cursor)
        if found is None:
            return
        self._listed = False
        if found.first > cursor + 1:  # what was between is forgotten by now; the state still knows
            self._stale |= set(self._feeds)
        self._stale |= self._touched(found.shelves)
        self._is_busy = found.last - cursor >= MANY_EVENTS
        self._cursor = found.last

    def _touched(self, shelves: Collection[str]) -> set[str]:
        return {name for name, feed in self._feeds.items() if feed.shelf is None or feed.shelf in shelves}

    async def _list_feeds(self) -> None:
        """Name the feeds anew; those that are new, or have another title, are to be made.

        A section stays, empty, when its last article goes: who polls it would see an error otherwise, and might
        never learn that the story was withdrawn.
        """
        sections = await self._articles.sections(ever=True)
        of_sections = {section.name: self._section_feed(section.name, section.title) for section in sections}
        feeds = self._configured | {name: feed for name, feed in of_sections.items() if name not in self._configured}
        self._stale |= {name for name, feed in feeds.items() if self._feeds.get(name) != feed}
        self._feeds = feeds
        self._listed = True

    def _section_feed(self, name: str, title: str) -> Feed:
        entries = self._configured["all"].entries
        return Feed(name=name, title=f"{self._site.title} \N{EN DASH} {title}", shelf=name, entries=entries)

    def _missing(self) -> set[str]:
        """Feeds of which somebody removed a file."""
        return {name for name, suffix in self._documents if not is_there(self._path(name, suffix))}

    async def _issue(self, names: Sequence[str]) -> None:
        """Make feeds anew, in the folder if it can be used: if not, that is said when they are made."""
        trouble = None if self._is_open else await asyncio.to_thread(self._open)
        await self._refresh(names)
        if trouble is not None:
            raise trouble
        self._is_open = True

    def _open(self) -> UnavailableError | None:
        try:
            open_folder(self._folder)
        except UnavailableError as error:
            return error
        return None

    async def _refresh(self, names: Sequence[str]) -> None:
        for name in names:
            edition = await self._edition(self._feeds[name])
            documents, problems = await asyncio.to_thread(self._produce, edition)
            self._documents |= documents  # all formats of a feed change together
            self.bell.ring()
            self._shown[name] = edition.keys
            if problems:
                self._note_setback(name, "; ".join(problems))
            else:
                self._stale.discard(name)
                self._setbacks.pop(name, None)
        self._begun = True
        if names:
            self._press.keep(set().union(*self._shown.values()))

    async def _edition(self, feed: Feed) -> Edition:
        front = await self._articles.front(feed.shelf, feed.entries, PAGE_SIZE)
        last = front.last
        head = Head(
            site=self._site,
            feed=feed,
            updated=last.at if last else BEGINNING,
            cursor=last.cursor if last else await self._first_cursor(),
        )
        shown = sorted(front.shown[: feed.entries], key=_age, reverse=True)
        return Edition(head, last, tuple(shown), front.date_is_unique)

    async def _first_cursor(self) -> str:
        """Where the log begins; the oldest epoch names it, because that one is the same after a restart."""
        epochs = await self._log.epochs()
        return f"{epochs[0].name}.0" if epochs else "0.0"

    def _produce(self, edition: Edition) -> tuple[dict[tuple[str, str], Document], list[str]]:
        """Render, check and write a feed's documents: those to be served now, and what failed, in sentences."""
        documents: dict[tuple[str, str], Document] = {}
        problems = []
        for suffix in self._press.suffixes:
            key = edition.head.feed.name, suffix
            path = self._path(*key)
            try:
                document = self._press.print(edition, suffix)
                if key not in self._documents or key in self._unwritten:
                    documents[key] = document
                self._write(document, path)
                documents[key] = document
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else None
                problems.append(f"{path.name} cannot be published: {reason or error}")
        return documents, problems

    def _write(self, document: Document, path: Path) -> None:
        """Write a document; one that cannot be written is served only if it takes no good one's place."""
        key = document.name, document.suffix
        try:
            self.writes += replace(path, document.body)
        except OSError:
            if key not in self._documents:
                self._unwritten.add(key)
            raise
        self._unwritten.discard(key)

    def _path(self, name: str, suffix: str) -> Path:
        return self._folder / f"{name}.{suffix}"

    def _note_setback(self, name: str, reason: str) -> None:
        earlier = self._setbacks.get(name)
        tries = earlier.tries + 1 if earlier else 1
        self.failures += 1
        self._setbacks[name] = _Setback(reason, tries, asyncio.get_running_loop().time() + pause_seconds(tries))
        _logger.error("feed not published", feed=name or "all feeds", reason=reason, tries=tries)

    def _patience_seconds(self) -> float:
        """How long to wait for a ring."""
        now = asyncio.get_running_loop().time()
        due = min((setback.until for setback in self._setbacks.values()), default=now + LOOK_SECONDS)
        return min(max(due - now, 0.0), LOOK_SECONDS)


async def _calm(listener: Listener, end: float) -> None:
    """Wait until nothing has rung for a moment, but no longer than to an end (loop time)."""
    rung = False
    while asyncio.get_running_loop().time() < end and await listener.wait(CALM_SECONDS):
        rung = True
    if rung:
        listener.ring()  # what was heard has not been looked at


def pause_seconds(tries: int) -> float:
    """How long to wait after so many failures in a row; jittered, so that several machines do not march in step."""
    longest = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, 10), LOOK_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (a pause is no secret)


def _age(event: Event) -> tuple[datetime, int]:
    """What an edition is ordered by: the date of the article, and then the event."""
    return (event.article.published if event.article else event.at), event.seq
