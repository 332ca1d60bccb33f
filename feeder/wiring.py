"""The parts, made as the settings say: what the service and the single passes have in common.

Nothing here serves anybody, so a pass (for cron, often) loads no server.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeder import instance
from feeder.config import ConfiguredFeed, check_folders
from feeder.config.judging import pool_of, terms_of
from feeder.folder_bell import FolderBell
from feeder.ingest import Ingest
from feeder.ingest.progress import Unwatched
from feeder.judge.judges import Judges
from feeder.media_folder import MediaFolder
from feeder.model import Feed, Filter
from feeder.publish import Publisher, installed_renderers
from feeder.publish.newsstand import Newsstand
from feeder.publish.pages import Pages
from feeder.publish.press import Press
from feeder.render import Site
from feeder.seeds import Missing, Settling, is_being_written
from feeder.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from feeder.config import Settings
    from feeder.ingest.progress import Progress
    from feeder.store import Store


def now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def site_of(settings: Settings, base_url: str) -> Site:
    """Who publishes; links are made from the configured address, or from the one that is listened on."""
    site = settings.site
    base_url = site.base_url or base_url
    return Site(
        title=site.title,
        base_url=base_url,
        description=site.description,
        language=site.language or None,
        author=site.author or None,
        rights=site.rights or None,
        icon=site.icon or None,
        live=site.live,
        hub={"self": f"{base_url}/hub" if site.live else None, "": None}.get(settings.websub.hub, settings.websub.hub),
        feeds=tuple(feeds_of(settings)),
    )


def feeds_of(settings: Settings) -> list[Feed]:
    """The feed of everything and those of the configuration, in their order; each section has one besides."""
    told = {table.name: table for table in settings.feed}
    names = dict.fromkeys(["all", *told])
    return [_feed(settings, told.get(name) or ConfiguredFeed(name=name)) for name in names]


def _feed(settings: Settings, table: ConfiguredFeed) -> Feed:
    """A feed as its table says; what it leaves unsaid is the site's."""
    site, filters = settings.site, table.filters
    own_title = site.title if table.name == "all" else f"{site.title} \N{EN DASH} {table.name}"
    return Feed(
        name=table.name,
        title=table.title or own_title,
        description=table.description or site.description,
        shelf=f"={table.name}" if filters else None,
        wanted=Filter(**filters),
        formats=table.formats,
        language=table.language or site.language,
        author=site.author,
        rights=site.rights,
        icon=table.icon or site.icon,
        entries=table.entries or settings.feeds.entries,
    )


def publisher_of(settings: Settings, store: Store, site: Site) -> Publisher:
    """The road out to files, for the formats that are configured."""
    renderers = installed_renderers(site, settings.feeds.formats)
    return Publisher(
        store,
        store,
        site,
        feeds_of(settings),
        Path(settings.feeds.path),
        renderers=renderers,
        page_size=settings.feeds.archive_entries,
    )


def newsstand_of(settings: Settings, store: Store, site: Site) -> Newsstand:
    """Where a process shows what another one's publisher has made."""
    press = Press(installed_renderers(site, settings.feeds.formats))
    folder, size = Path(settings.feeds.path), settings.feeds.archive_entries
    return Newsstand(Pages(store, store, press=press, site=site, folder=folder, size=size))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Store, Judges]]:
    """The parts that every command which writes needs, with the data folder owned and the configured feeds filled."""
    async with AsyncExitStack() as stack:
        check_folders(settings)
        data = Path(settings.data.path)
        stack.enter_context(instance.own(data))
        store = await open_store(settings.store_url, data=data)
        stack.push_async_callback(store.close)
        await store.define(feeds_of(settings))
        await asyncio.to_thread(MediaFolder(settings.media_path).open)
        yield store, await stack.enter_async_context(Judges(terms_of(settings), pool_of(settings)))


def ingest_of(  # noqa: PLR0913 - what the commands choose of what it is made of
    settings: Settings,
    store: Store,
    judges: Judges,
    *,
    patient: bool,
    on_due: Callable[[datetime | None], None] = lambda _: None,
    progress: Progress | None = None,
) -> Ingest:
    """The road in for the configured folder."""
    seeds = settings.seeds
    return Ingest(
        bell=FolderBell(os.path.abspath(seeds.path)),  # noqa: PTH100 - the name may hold any bytes
        judge=judges,
        store=store,
        settling=Settling(seeds.settle_seconds, seeds.grace_seconds),
        missing=Missing(seeds.withdraw_grace_seconds, guarded=seeds.withdraw),
        clock=now,
        is_written=is_being_written if seeds.notify else lambda _: None,
        withdraw=seeds.withdraw,
        patient=patient,
        on_due=on_due,
        progress=progress or Unwatched(),
    )
