"""One pass: from what the folder holds to what the log says."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import feeder
from feeder import media
from feeder.editor import Catalogue, Newsroom
from feeder.errors import ConfigError
from feeder.pages import Pages, follow, guessed
from feeder.static_site import notes, whole
from feeder.static_site.articles import ArticlePages
from feeder.static_site.documents import documents
from feeder.static_site.folder import Folder
from feeder.static_site.rules import Rules
from feeder.static_site.watching import Unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from feeder.media_folder import MediaFolder
    from feeder.model import Event, Feed
    from feeder.pages import Followed
    from feeder.render import Site
    from feeder.static_site.notes import State
    from feeder.static_site.watching import Watcher
    from feeder.store import Epoch

_OWNERS: Final = frozenset({".htaccess", "404.html", "_redirects", "favicon.svg", "robots.txt"})
"""Files of a site that its owner may have written, and keeps then."""


class Log(Catalogue, Protocol):
    """The articles, and the log that they come from."""

    async def epochs(self) -> list[Epoch]:
        """Every epoch that the log knows, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a site is made from.

    ``feeds`` are those that there are, and ``archives`` says how many archive pages stand behind each; ``kinds`` are
    the media types of their formats, by suffix, and ``documents`` is the folder of their files. ``forms`` are what
    stands at ``/articles/SLUG.SUFFIX``, and ``forms_name`` names all that these depend on besides their event.
    """

    log: Log
    site: Site
    feeds: Sequence[Feed]
    archives: Mapping[str, int]
    kinds: Mapping[str, str]
    documents: Path
    media: MediaFolder
    forms: Mapping[str, Callable[[Event], bytes]]
    forms_name: str


@dataclass(frozen=True, slots=True)
class Written:
    """What one pass did: article pages made anew, files written and removed.

    ``kept`` are files of the owner's own that stand where ours would; ``problems`` are sentences.
    """

    pages: int
    written: int
    removed: int
    kept: tuple[str, ...]
    problems: tuple[str, ...]


class StaticSite:
    """A site in a folder.

    Args:
        root: the folder; made if it is not there.
        source: what it is made from.
        watcher: is told how far a pass is.
    """

    def __init__(self, root: Path, source: Source, watcher: Watcher | None = None) -> None:
        hub = source.site.hub
        is_own = hub is not None and hub.startswith(f"{source.site.base_url}/")
        self._root = root
        self._source = source
        self._site = replace(source.site, hub=None) if is_own else source.site  # no service answers there
        self._watcher = watcher or Unwatched()
        self._folder = Folder(root)
        self._pages = Pages(self._site, is_served=False)
        self._listed = [self._followed(feed) for feed in source.feeds]
        self._newsroom = Newsroom(source.log, self._site, lambda: self._listed)
        self._rules = Rules(self._site, guessed(self._formats_of_all()))
        self._kept: list[str] = []
        self._problems: list[str] = []

    async def write(self, now: datetime) -> Written:
        """Have the folder hold the site as the log has it; ``now`` is for what a sitemap calls news.

        Raises:
            ConfigError: the folder holds another site.
            OccupiedError: another run writes into it.
            UnavailableError: the folder or the store cannot be used; the next run goes on.
        """
        with self._folder.own():
            state = await asyncio.to_thread(self._begin)
            head = await self._head()
            articles = await self._bring(state, head[0])
            await self._write_whole(state, articles.gone, now)
            await asyncio.to_thread(self._remove_media, articles.shown)
            state.cursor, state.at, state.is_complete, state.stretches = *head, True, articles.stretches
            await asyncio.to_thread(state.save, self._folder)
        return Written(
            pages=articles.count,
            written=self._folder.written,
            removed=self._folder.removed,
            kept=tuple(self._kept),
            problems=(*articles.problems, *self._problems),
        )

    def _begin(self) -> State:
        """What is known of the site.

        Raises:
            ConfigError: the folder holds one that is not ours.
        """
        if not notes.is_ours(self._folder):
            if self._folder.path("index.html").exists():
                raise ConfigError(
                    f"--site {self._root}: there is an index.html that feeder has not written; name an empty folder"
                )
            notes.save_kept(self._folder, filter(self._is_there, _OWNERS))  # before anything here is ours
        return notes.read_state(self._folder)

    async def _head(self) -> tuple[str, str]:
        """The newest event of the log: its id, and its moment."""
        seq, epochs = (await self._source.log.bounds()).newest, await self._source.log.epochs()
        name = next((epoch.name for epoch in reversed(epochs) if epoch.first <= seq), "0")
        newest = await self._source.log.last_event(None)
        return f"{name}.{seq}", newest.at.isoformat() if newest else ""

    async def _known(self, cursor: str | None) -> int | None:
        """The number of an event of this log; None if it is none (of another store, say)."""
        name, _, seq = (cursor or "").rpartition(".")
        epochs = [epoch for epoch in await self._source.log.epochs() if epoch.name == name]
        if not seq.isascii() or not seq.isdigit() or not any(one.first <= int(seq) <= one.last for one in epochs):
            return None
        return int(seq)

    async def _bring(self, state: State, head: str) -> ArticlePages:
        """Bring the articles to where the log is.

        As long as that is under way, the state says that the site is not complete.
        """
        after, was_complete = await self._known(state.cursor), state.is_complete
        made_of, said = self._made_of(), {one.feed.name: _hash(repr((one.feed, one.addresses))) for one in self._listed}
        is_same = state.made_of == made_of and state.feeds.items() <= said.items()
        if not is_same or (after is None and state.cursor is not None):
            state.edition, state.cursor, after = secrets.token_hex(8), None, None
        state.made_of, state.feeds, state.is_complete = made_of, said, was_complete and state.cursor == head
        if not state.is_complete:
            await asyncio.to_thread(state.save, self._folder)
        articles = ArticlePages(
            self._folder,
            self._newsroom,
            self._pages,
            forms=self._source.forms,
            kept=self._source.media,
            watcher=self._watcher,
        )
        await articles.bring(replace(state, is_complete=was_complete), after or 0)
        return articles

    async def _write_whole(self, state: State, gone: Sequence[str], now: datetime) -> None:
        """The files that belong to no article; what was one of them and is none any more goes."""
        bodies: dict[str, bytes] = whole.plain_files(self._site) | self._rules.found_by_servers(gone)
        async for address, contents in whole.contents_of(self._newsroom):
            page = await asyncio.to_thread(self._pages.render, contents.template, **contents.values)
            bodies[address] = page.body
        bodies |= {address: body async for address, body in whole.maps_of(self._newsroom, now)}
        await asyncio.to_thread(self._replace, state, bodies)

    def _replace(self, state: State, bodies: Mapping[str, bytes]) -> None:
        """All that is ours is noted before it is written, and forgotten after it is removed: none is ever unknown."""
        source = self._source
        files = dict(documents(source.documents, source.feeds, source.kinds))
        there = set(state.files)
        self._kept = sorted(filter(self._is_there, self._strange(there)))
        notes.save_kept(self._folder, self._kept)
        wanted = (bodies.keys() | files.keys()) - set(self._kept)
        if not wanted <= there:
            state.files = sorted(there | wanted)
            state.save(self._folder)
        for address, file in files.items():
            self._put_file(address, file)
        for address, body in bodies.items():
            if address in wanted:
                self._folder.put(address, body)
        self._folder.note(f"{notes.FOLDER}/nginx.conf", self._rules.nginx())
        for address in sorted(there - wanted):
            self._folder.remove(address)
        state.files = sorted(wanted)

    def _put_file(self, address: str, file: Path) -> None:
        try:
            self._folder.put_file(address, file)
        except FileNotFoundError:
            self._problems.append(f"{address} is not in the folder of feeds")

    def _strange(self, known: Collection[str]) -> frozenset[str]:
        """Files of the owner's: those that were there before us, or came to where nothing of ours is known to be."""
        return _OWNERS & (notes.read_kept(self._folder) | (_OWNERS - set(known) if known else set()))

    def _is_there(self, address: str) -> bool:
        return self._folder.read(address) is not None

    def _remove_media(self, shown: Collection[str]) -> None:
        for name in self._folder.names("media"):
            if media.is_name(name) and name not in shown:
                self._folder.remove(f"media/{name}")

    def _formats_of_all(self) -> list[str]:
        everything = next((feed for feed in self._source.feeds if feed.name == "all"), None)
        return [
            one for one in self._source.kinds if not everything or not everything.formats or one in everything.formats
        ]

    def _followed(self, feed: Feed) -> Followed:
        suffixes = [suffix for suffix in self._source.kinds if feed.formats is None or suffix in feed.formats]
        kinds = {suffix: self._source.kinds[suffix].partition(";")[0] for suffix in suffixes}
        return follow(self._site, feed, kinds, self._source.archives.get(feed.name, 0))

    def _made_of(self) -> str:
        return _hash(f"{feeder.__version__} {self._pages.made_of} {self._source.forms_name}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
