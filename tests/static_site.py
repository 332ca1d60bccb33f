"""A site as files over a real store, without the road in: articles are put into the store."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

from feeder.media_folder import Kept, MediaFolder
from feeder.model import Article, Event, Feed
from feeder.publish import Publisher, installed_renderers
from feeder.render import Site, markdown_document
from feeder.static_site import Source, StaticSite, Written
from feeder.store import Store, open_store
from feeder.stream import form_of
from live import NOON, SITE, taken


@dataclass
class Press:
    """A store, the feeds of it, and the site that is made of both."""

    store: Store
    folder: Path
    site: Site
    feeds: list[Feed]
    now: datetime = NOON
    takes: int = 0
    media: MediaFolder = field(init=False)

    def __post_init__(self) -> None:
        self.media = MediaFolder(self.folder / "media")
        self.media.open()

    @property
    def root(self) -> Path:
        return self.folder / "site"

    async def accept(self, *articles: Article) -> list[Event]:
        self.takes += 1
        accepted = await self.store.accept([taken(one, self.takes) for one in articles], now=self.now)
        return list(accepted.events)

    async def retract(self, one: Article) -> None:
        await self.store.retract(one.id, now=self.now, reason="killed")

    async def made(self, root: Path | None = None) -> StaticSite:
        """A pass that may begin: the feeds are written."""
        publisher = Publisher(self.store, self.store, self.site, self.feeds, self.folder / "feeds", page_size=2)
        await publisher.publish_all()
        form = form_of(self.site)
        source = Source(
            log=self.store,
            site=self.site,
            feeds=publisher.feeds(),
            archives={feed.name: self.archive_pages(publisher, feed) for feed in publisher.feeds()},
            kinds={suffix: one.media_type for suffix, one in installed_renderers(self.site).items()},
            documents=self.folder / "feeds",
            media=self.media,
            forms={"json": form.write, "md": self.markdown},
            forms_name=form.name,
        )
        return StaticSite(root or self.root, source)

    def markdown(self, event: Event) -> bytes:
        page = self.site.article_url(event.slug)
        return (
            event.article and markdown_document(event, event.article, base_url=self.site.base_url, page=page)
        ) or b""

    def archive_pages(self, publisher: Publisher, feed: Feed) -> int:
        document = publisher.document(feed.name, "rss")
        return document.archive_pages if document else 0

    async def write(self, root: Path | None = None) -> Written:
        return await (await self.made(root)).write(self.now)

    def keep(self, name: str, body: bytes) -> Kept:
        """A media file, as an article that is read has it kept."""
        file = self.folder / name
        file.write_bytes(body)
        descriptor = os.open(file, os.O_RDONLY)
        try:
            return self.media.keep(descriptor)
        finally:
            os.close(descriptor)


@asynccontextmanager
async def press(folder: Path, site: Site = SITE, feeds: Iterable[Feed] = ()) -> AsyncIterator[Press]:
    """Everything opened; the store stays in the folder, so that it can be opened again."""
    folder.mkdir(parents=True, exist_ok=True)
    store = await open_store(f"sqlite:///{folder}/feeder.db", data=folder)
    try:
        yield Press(store, folder, site, list(feeds))
    finally:
        await store.close()


def tree(root: Path) -> dict[str, bytes]:
    """All files of a site by their addresses, but for what is noted of them."""
    files = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(".feeder/")}


def marks(root: Path) -> dict[str, tuple[int, int]]:
    """What tells a file that was written again: its number on the disk, and its time."""
    return {
        str(path.relative_to(root)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def links(page: bytes) -> set[str]:
    """All that a page leads to or shows."""
    document = html.document_fromstring(page)
    found = {str(value) for name in ("href", "src", "action") for value in document.xpath(f"//@{name}")}
    return {link for link in found if not link.startswith(("#", "data:", "mailto:"))}


def answers(root: Path, site: Site, link: str) -> bool:
    """Whether a plain web server has something at a link of the site; of others nothing is known."""
    place = link.removeprefix(site.base_url)
    if urlsplit(place).scheme:
        return True
    if place == link:
        assert link.startswith(site.path("/")), link
        place = place.removeprefix(site.path(""))
    file = root / unquote(urlsplit(place).path).lstrip("/")
    return file.is_file() or (file / "index.html").is_file()
