"""The pages of articles in the folder: those that events since the last pass concern, and those that show one of them.

A retracted article's page says that it is; beside it stands a mark, by which a server knows that the answer is 410.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder import editor, media
from feeder.static_site.notes import STRETCH, Entry, forget, noted, read_stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from feeder.editor import Contents, Newsroom
    from feeder.media_folder import MediaFolder
    from feeder.model import Event
    from feeder.pages import Pages
    from feeder.static_site.folder import Folder
    from feeder.static_site.notes import State, Stretch
    from feeder.static_site.watching import Watcher
    from feeder.store import Listed

CHUNK: Final = 50
"""How many articles are held at once."""
GONE: Final = "gone"
"""The mark, ``articles/SLUG/gone``: an empty file, so that a server need not be told of each retraction."""

_PAGES: Final = ("history/index.html", "index.html")


@dataclass(frozen=True, slots=True)
class Copy:
    """An article before it is written: its latest event, what stands on its page, and on that of its history."""

    event: Event
    contents: Contents
    history: Contents | None


class ArticlePages:
    """Brings the articles in the folder to where the log is.

    Args:
        folder: where they are written.
        newsroom: what they are made of.
        pages: lays them out.
        forms: what stands at ``articles/SLUG.SUFFIX``, by suffix; no bytes: nothing does.
        kept: the media files.
        watcher: is told how far it is.

    ``count`` is how many articles' pages were made, and ``stretches`` how many notes tell of all articles. After
    ``bring``, ``gone`` are the slugs of all retracted articles and ``shown`` the names of all media that the others
    show. ``problems`` are sentences.
    """

    def __init__(  # noqa: PLR0913 - the things it joins
        self,
        folder: Folder,
        newsroom: Newsroom,
        pages: Pages,
        *,
        forms: Mapping[str, Callable[[Event], bytes]],
        kept: MediaFolder,
        watcher: Watcher,
    ) -> None:
        self._folder = folder
        self._newsroom = newsroom
        self._pages = pages
        self._forms = forms
        self._kept = kept
        self._watcher = watcher
        self._done: set[str] = set()
        self._changed: set[str] = set()
        self.count = 0
        self.stretches = 0
        self.gone: list[str] = []
        self.shown: set[str] = set()
        self.problems: list[str] = []

    async def bring(self, state: State, after: int) -> None:
        """Write what is not as the log has it; all events up to ``after`` were seen to in this edition.

        Raises:
            OSError: a file cannot be written.
            UnavailableError: the store is away.
        """
        numbers = [stretch.number for stretch in await self._newsroom.articles.stretches(STRETCH, after)]
        self.stretches = max([*numbers, state.stretches if after else 0])
        self._watcher.found_pages(await self._count_of(numbers))
        for number in numbers:
            await self._bring_stretch(await self._note(number), state)
        for number in range(1, self.stretches + 1):
            note = await self._note(number)
            if note.edition != state.edition:  # somebody took it away
                await self._bring_stretch(note, state)
            await self._follow(note)
        for number in await asyncio.to_thread(noted, self._folder):
            if number > self.stretches:
                await self._forget(await self._note(number))

    async def _bring_stretch(self, note: Stretch, state: State) -> None:
        """The articles of a stretch that have changed, or were written in another edition."""
        listed = await self._listed(note.number)
        due = [one for one in listed if not _is_done(one, note, state)]
        strange = [slug for slug in note.articles if slug not in {one.slug for one in listed}]
        self._watcher.wrote_pages(len(listed) - len(due))
        if due or strange:
            await self._remove(note, strange)
            await self._write_all(note, {one.slug: one.at.isoformat() for one in due})
            note.edition = state.edition
            await asyncio.to_thread(note.save, self._folder)

    async def _note(self, number: int) -> Stretch:
        return await asyncio.to_thread(read_stretch, self._folder, number)

    async def _count_of(self, numbers: Sequence[int]) -> int:
        """How many articles there are in some stretches: all but the last are full."""
        return STRETCH * (len(numbers) - 1) + len(await self._listed(max(numbers))) if numbers else 0

    async def _listed(self, number: int) -> Sequence[Listed]:
        listed = await self._newsroom.articles.listed((number - 1) * STRETCH, STRETCH)
        return [one for one in listed if one.num <= number * STRETCH]

    async def _follow(self, note: Stretch) -> None:
        """The pages of a stretch that show an article which has changed; and what is there."""
        self.gone += [slug for slug, entry in note.articles.items() if entry.is_gone]
        self.shown.update(name for entry in note.articles.values() for name in entry.media)
        stale = {
            slug: entry.at
            for slug, entry in note.articles.items()
            if slug not in self._done and not self._changed.isdisjoint(entry.shows)
        }
        if stale:
            await self._write_all(note, stale, is_followed=False)
            await asyncio.to_thread(note.save, self._folder)

    async def _write_all(self, note: Stretch, slugs: Mapping[str, str], *, is_followed: bool = True) -> None:
        """Write the articles of these slugs, each as of a moment, and note them.

        Pages that show one of them are to follow, unless these follow others themselves.
        """
        wanted = list(slugs)
        for start in range(0, len(wanted), CHUNK):
            copies = [copy for slug in wanted[start : start + CHUNK] if (copy := await self._copy(slug))]
            entries = await asyncio.to_thread(self._write_chunk, copies)
            for copy, (shown, shows) in zip(copies, entries, strict=True):
                slug = copy.event.slug
                note.articles[slug] = Entry(slugs[slug], shown, shows, is_gone=copy.event.article is None)
                self._done.add(slug)
                if is_followed:
                    self._changed.add(copy.event.article_id)
            self.count += len(copies)
            self._watcher.wrote_pages(len(copies))

    async def _copy(self, slug: str) -> Copy | None:
        event = await self._newsroom.articles.by_slug(slug)
        if event is None:
            return None
        has_history = event.article is not None and event.version > 1
        history = await editor.history(self._newsroom, event) if has_history else None
        return Copy(event, await editor.article(self._newsroom, event), history)

    def _write_chunk(self, copies: Sequence[Copy]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        return [self._write(copy) for copy in copies]

    def _write(self, copy: Copy) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The files of an article; gives the media it shows and what else its page shows."""
        event, contents = copy.event, copy.contents
        address = f"articles/{event.slug}"
        shown = sorted(media.names(event.article)) if event.article else []
        for name in shown:  # before the page that shows them
            self._put_media(name)
        self._put_page(f"{address}/index.html", contents)
        self._put_page(f"{address}/history/index.html", copy.history)
        for suffix, form in self._forms.items():
            self._put_form(f"{address}.{suffix}", form, event)
        if event.article is None:
            self._folder.put(f"{address}/{GONE}", b"")
        else:
            self._folder.remove(f"{address}/{GONE}")
        return tuple(shown), contents.shows

    def _put_page(self, address: str, contents: Contents | None) -> None:
        if contents is None:
            self._folder.remove(address)
        else:
            self._folder.put(address, self._pages.render(contents.template, **contents.values).body)

    def _put_form(self, address: str, form: Callable[[Event], bytes], event: Event) -> None:
        try:
            body = form(event)
        except ValueError as error:
            self.problems.append(f"{address} cannot be written: {error}")
            body = b""
        if body:
            self._folder.put(address, body)
        else:
            self._folder.remove(address)

    def _put_media(self, name: str) -> None:
        try:
            self._folder.put_file(f"media/{name}", self._kept.path(name))
        except FileNotFoundError:
            self.problems.append(f"media/{name} is gone from the data folder; restore it, or drop its file again")

    async def _forget(self, note: Stretch) -> None:
        """A stretch that this pass has not seen: it was another store's."""
        await self._remove(note, list(note.articles))
        await asyncio.to_thread(forget, self._folder, note.number)

    async def _remove(self, note: Stretch, slugs: Sequence[str]) -> None:
        """Articles that the store has not in this stretch; what it has elsewhere keeps its files."""
        for slug in slugs:
            del note.articles[slug]
            if await self._newsroom.articles.by_slug(slug) is None:
                await asyncio.to_thread(self._remove_files, slug)

    def _remove_files(self, slug: str) -> None:
        address = f"articles/{slug}"
        for suffix in self._forms:
            self._folder.remove(f"{address}.{suffix}")
        for name in (GONE, *_PAGES):
            self._folder.remove(f"{address}/{name}")


def _is_done(one: Listed, note: Stretch, state: State) -> bool:
    """Whether an article's files are as its latest event has them, and all that show it know.

    Who wrote it and did not get to the end may not have told those.
    """
    entry = note.articles.get(one.slug)
    if entry is None or note.edition != state.edition or entry.at != one.at.isoformat():
        return False
    return state.is_complete or entry.at <= state.at
