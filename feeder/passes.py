"""One pass each, for cron and for when no service runs: publish, retract, withdraw, judge again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from feeder.accounts import refused
from feeder.config import check_site
from feeder.listening import address_of
from feeder.media_folder import MediaFolder
from feeder.publish import installed_renderers
from feeder.render import markdown_document
from feeder.static_site import Source, StaticSite
from feeder.store import open_store
from feeder.stream import form_of
from feeder.wiring import ingest_of, now, opened, publisher_of, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.config import Settings
    from feeder.ingest.progress import Progress
    from feeder.model import Event, Feed
    from feeder.publish import Publisher, Summary
    from feeder.render import Site
    from feeder.static_site import Watcher, Written
    from feeder.store import Mark, Store

_STEP: Final = 500
"""How many articles are read into the full-text index at once; nobody else waits for the store here."""

KILLED = "killed"
"""The reason that readers are told when an operator withdrew a story (the wire services' word)."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: the files that are known and there, those whose fate is new, those that were not finished."""

    known: tuple[Mark, ...]
    fresh: tuple[Mark, ...]
    waiting: tuple[str, ...]
    problems: tuple[str, ...]
    events: int
    published: Summary
    site: Written | None = None


async def publish_once(
    settings: Settings, progress: Progress | None = None, *, site: Path | None = None, watcher: Watcher | None = None
) -> Pass:
    """Take in what is new, write the feeds and their archives, and be done (for cron).

    With ``site`` the whole site is written into that folder, too. Where the system does not tell who is writing a file,
    this takes the settle time.
    """
    if site is not None:
        check_site(settings, site)
    async with opened(settings) as (store, judges):
        ingest = ingest_of(settings, store, judges, patient=False, progress=progress)
        before = {mark.seed.path: mark for mark in await store.marks()}
        events = await ingest.look()
        if ingest.waiting:
            await asyncio.sleep(settings.seeds.settle_seconds)
            events += await ingest.look(set())
        publisher = _publisher(settings, store)
        summary = await publisher.publish_all()
        written = await _write_site(settings, store, publisher, site, watcher) if site is not None else None
        fresh = tuple(mark for mark in ingest.marks if before.get(mark.seed.path) != mark)
        there = tuple(mark for mark in ingest.marks if mark.seed.path not in ingest.missing.paths)
        return Pass(there, fresh, tuple(ingest.waiting), tuple(ingest.problems), events, summary, written)


async def retract_once(settings: Settings, article_id: str) -> Sequence[Event]:
    """Withdraw one article for good while no instance is running, and write the feeds.

    Raises:
        KeyError: there is no such article.
    """
    async with opened(settings) as (store, _):
        events = await store.retract(article_id, now=now(), reason=KILLED)
        await _publisher(settings, store).publish_all()
        return events


async def withdraw_once(settings: Settings, *, confirm: bool) -> Sequence[str]:
    """The known files that are not in the folder; with ``confirm`` they are let go of, and the feeds written."""
    async with opened(settings) as (store, judges):
        absent = await ingest_of(settings, store, judges, patient=False).absent()
        if confirm:
            await store.vanish(absent, now=now(), withdraw=settings.seeds.withdraw)
            await _publisher(settings, store).publish_all()
        return absent


async def retry_once(settings: Settings, names: Sequence[str] | None) -> list[tuple[Mark, bool]]:
    """Judge refused files (None: all of them) while no instance is running, and write the feeds.

    Gives what became of each, and whether it was judged: one that is not there, or being written, is not.

    Raises:
        NotRefusedError: nothing is refused of a file that is named.
    """
    async with opened(settings) as (store, judges):
        paths = [mark.seed.path for mark in refused(await store.marks(), names)]
        ingest = ingest_of(settings, store, judges, patient=False)
        asked = ingest.judge_again(paths)
        await ingest.look(set())
        if ingest.waiting:
            await asyncio.sleep(settings.seeds.settle_seconds)
            asked = ingest.judge_again(asked.result())
            await ingest.look(set())
        await _publisher(settings, store).publish_all()
        left = asked.result()
        return [(mark, path not in left) for path in paths if (mark := ingest.mark(path)) is not None]


async def feeds(settings: Settings, site: Site) -> list[tuple[Feed, Event | None]]:
    """Every feed with the newest event that concerned it, as the store has it; nothing is written."""
    store = await open_store(settings.store_url, data=Path(settings.data.path), write=False)
    try:
        listed = await publisher_of(settings, store, site).listed()
        return [(feed, await store.last_event(feed.shelf)) for feed in listed]
    finally:
        await store.close()


def _publisher(settings: Settings, store: Store) -> Publisher:
    return publisher_of(settings, store, _site(settings))


def _site(settings: Settings) -> Site:
    """With links to where the service would be."""
    return site_of(settings, address_of(settings.server.host, settings.server.port))


async def _write_site(
    settings: Settings, store: Store, publisher: Publisher, folder: Path, watcher: Watcher | None
) -> Written:
    """Have the folder hold all that the service would serve."""
    site = _site(settings)
    form, renderers = form_of(site), installed_renderers(site, settings.feeds.formats)
    while await store.index(_STEP):  # what belongs with an article is searched for
        pass
    source = Source(
        log=store,
        site=site,
        feeds=publisher.feeds(),
        archives={feed.name: _archive_pages(publisher, feed, renderers) for feed in publisher.feeds()},
        kinds={suffix: renderer.media_type for suffix, renderer in renderers.items()},
        documents=Path(settings.feeds.path),
        media=MediaFolder(settings.media_path),
        forms={"json": form.write, "md": partial(_markdown, site)},
        forms_name=form.name,
    )
    return await StaticSite(folder, source, watcher).write(now())


def _archive_pages(publisher: Publisher, feed: Feed, suffixes: Iterable[str]) -> int:
    """How many pages of an archive stand behind a feed."""
    documents = [publisher.document(feed.name, suffix) for suffix in suffixes]
    return max((one.archive_pages for one in documents if one), default=0)


def _markdown(site: Site, event: Event) -> bytes:
    """An article as Markdown; nothing of a retracted one."""
    if event.article is None:
        return b""
    return markdown_document(event, event.article, base_url=site.base_url, page=site.article_url(event.slug))
