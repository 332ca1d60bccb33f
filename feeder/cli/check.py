"""``feeder check``: how each file would be taken in, or why it is refused; nothing is written."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from feeder.cli import REFUSED, report, terminal
from feeder.cli.options import settings_flags
from feeder.cli.progress import Bar
from feeder.cli.report import Found
from feeder.cli.screen import Screen
from feeder.config.judging import pool_of, terms_of
from feeder.errors import ConfigError, place, printable, readable
from feeder.ingest.progress import UNWATCHED
from feeder.judge import Judgement
from feeder.judge.judges import Judges
from feeder.model import Usage
from feeder.seeds import is_ignored, seed_of
from feeder.store import Status, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from feeder.config import Loaded
    from feeder.ingest.progress import Progress
    from feeder.model import Article, Seed
    from feeder.store import Mark, Refusal, Store, Take

_AT_ONCE = 64
"""Files that are judged side by side before they are told of in their order."""

Account = dict[str, Any]
"""What is said of one file; the keys are those of docs/formats.md."""


class Named(NamedTuple):
    """A file to check: as given, the folder that its sections are counted from, and its path below that."""

    given: str
    folder: str
    path: str


@click.command
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path())
@settings_flags("seeds", "store")
@click.option("--quiet", "-q", is_flag=True, help="Tell only of what is refused or warned of.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(loaded: Loaded, paths: Sequence[str], *, quiet: bool, as_json: bool) -> None:
    """Show how files would be taken in, or why they are refused.

    Nothing is written. With --store, files that the store already holds under another name are told as
    duplicates. Exits 1 if any file was refused.
    """
    refused = asyncio.run(_check(loaded, paths, is_quiet=quiet, as_json=as_json))
    raise click.exceptions.Exit(REFUSED if refused else 0)


async def _check(loaded: Loaded, paths: Sequence[str], *, is_quiet: bool, as_json: bool) -> bool:
    screen = Screen()
    count: Counter[str] = Counter()
    records = 0
    with Bar(sys.stderr) as bar:
        async for found in accounts(loaded, paths, bar):
            count[found.account["status"]] += 1
            records += len(found.account["refused"])
            if is_quiet and not found.is_remarkable:
                continue
            bar.clear()
            if as_json:
                terminal.say_json(found.account)
            else:
                report.tell(screen, found, is_brief=is_quiet)
    if not count.total():
        click.echo("There is no file to check.", err=True)
    if count.total() > 1 and not (as_json or is_quiet):
        report.summary(screen, count, records)
    return bool(count[Status.QUARANTINED])


async def accounts(loaded: Loaded, paths: Sequence[str], progress: Progress = UNWATCHED) -> AsyncIterator[Found]:
    """An account of each file, in the order given; folders in the order of names."""
    settings = loaded.settings
    now = datetime.now(UTC)
    async with AsyncExitStack() as stack:
        known = await stack.enter_async_context(_store(loaded)) if "store.url" in loaded.origins else None
        judges = await stack.enter_async_context(Judges(replace(terms_of(settings), media=""), pool_of(settings)))
        files = list(_files(paths, settings.seeds.path))
        progress.found(len(files))
        for first in range(0, len(files), _AT_ONCE):
            some = files[first : first + _AT_ONCE]
            judged = await _judged(judges, some, progress)
            for named in some:
                yield Found(await _account(named, judged.get(named), known, now), named.folder, named.path)


class Known:
    """What a store already has, to compare with."""

    def __init__(self, store: Store, marks: Sequence[Mark]) -> None:
        self._store = store
        self._marks = {mark.seed.path: mark for mark in marks}

    async def compare(self, named: Named, take: Take) -> tuple[Status, str | None]:
        """What would become of a file that by itself would be published."""
        own = self._marks.get(named.path)
        if own is not None and own.sha256 == take.sha256:
            return own.status, own.reason
        event = await self._store.by_id(take.articles[0].id) if len(take.articles) == 1 else None
        if event is None or own is not None:
            return Status.PUBLISHED, None
        if event.article is None:
            return Status.WITHDRAWN, f"the store has retracted it ({event.reason})"
        if event.article.content_key == take.articles[0].content_key:
            return Status.DUPLICATE, f"the same article as {self._where(take.sha256) or event.slug}"
        return Status.PUBLISHED, None

    def _where(self, sha256: str) -> str | None:
        return next((printable(path) for path, mark in self._marks.items() if mark.sha256 == sha256), None)


@asynccontextmanager
async def _store(loaded: Loaded) -> AsyncIterator[Known]:
    store = await open_store(loaded.settings.store_url, data=Path(loaded.settings.data.path), write=False)
    try:
        yield Known(store, await store.marks())
    finally:
        await store.close()


def _files(paths: Sequence[str], seeds: str) -> Iterator[Named]:
    for given in paths:
        if not os.path.lexists(given):
            shown = printable(given) or "''"
            raise ConfigError(f"{shown}: there is no such file or folder")
        if not os.path.isdir(given):
            yield _name(given, os.path.dirname(given), seeds)
            continue
        closed: list[OSError] = []
        for folder, folders, names in os.walk(given, onerror=closed.append):
            folders[:] = sorted(name for name in folders if not is_ignored(name))
            for name in sorted(names):
                yield _name(os.path.join(folder, name), given, seeds)
        for error in closed:
            yield _name(str(error.filename), given, seeds)


def _name(given: str, folder: str, seeds: str) -> Named:
    """Below the seeds folder sections are counted from there, elsewhere from the folder that was named."""
    full, root = os.path.abspath(given), os.path.abspath(seeds)
    if not full.startswith(root + os.sep):
        root = os.path.abspath(folder)
    return Named(given, root, os.path.relpath(full, root))


async def _judged(judges: Judges, files: Sequence[Named], progress: Progress) -> dict[Named, Take]:
    """What was read of some files, without those that are not read or changed meanwhile."""
    judged: dict[Named, Take] = {}
    for folder, group in groupby(files, key=lambda named: named.folder):
        there = {named.path: (named, found) for named in group if (found := _stat(named)) and not _why_ignored(named)}
        regular = {path: (named, found) for path, (named, found) in there.items() if stat.S_ISREG(found.st_mode)}
        parts: dict[str, list[Take]] = {}

        async def tell(seed: Seed, judgement: object, parts: dict[str, list[Take]] = parts) -> None:
            if isinstance(judgement, Judgement):
                earlier = [] if judgement.take.first == 1 else parts.get(seed.path, [])
                parts[seed.path] = [*earlier, judgement.take]
                progress.judged(int(judgement.take.last), len(judgement.take.articles))

        await judges.judge(folder, [seed_of(found, path) for path, (_, found) in regular.items()], tell)
        judged |= {regular[path][0]: _whole(found) for path, found in parts.items() if found[-1].last}
    return judged


def _whole(parts: Sequence[Take]) -> Take:
    return replace(parts[-1], first=1, articles=tuple(article for part in parts for article in part.articles))


async def _account(named: Named, take: Take | None, known: Known | None, now: datetime) -> Account:
    account: Account = {"path": readable(named.given)}
    if reason := _why_ignored(named):
        return account | {"format": None, "status": Status.IGNORED, "reason": reason, "refused": [], "items": []}
    if take is None:
        reason = _why_unread(named)
        return account | {"format": None, "status": Status.QUARANTINED, "reason": reason, "refused": [], "items": []}
    status, reason = status_of(take, now)
    if known is not None and status is Status.PUBLISHED:
        status, reason = await known.compare(named, take)
    return account | {
        "format": take.format,
        "status": status,
        "reason": reason,
        **_place(take.refusal),
        "refused": [_refusal(refusal) for refusal in take.refused],
        "items": [_item(article) for article in take.articles],
    }


def _stat(named: Named) -> os.stat_result | None:
    """What the system says of a file; None if it is gone, or its folder is closed to us."""
    try:
        return os.lstat(named.given)
    except OSError:
        return None


def _why_ignored(named: Named) -> str | None:
    if named.path != "." and any(is_ignored(name) for name in named.path.split(os.sep)):
        return "a name of temporary or hidden files"
    found = _stat(named)
    if found is None or stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
        return None
    return "not a regular file (links, pipes and devices are passed over)"


def _why_unread(named: Named) -> str:
    try:
        os.scandir(named.given).close()
    except NotADirectoryError:
        return "the file changed while it was read"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return "the folder changed while it was read"


def status_of(take: Take, now: datetime) -> tuple[Status, str | None]:
    """What would become of a file, and why if it is not published."""
    if take.refusal is not None:
        return Status.QUARANTINED, take.refusal.reason + place(take.refusal.line, take.refusal.offset)
    if take.ignored is not None:
        return Status.IGNORED, take.ignored
    found = [_status_of_article(article, now) for article in take.articles]
    return next((status for status in found if status[0] is Status.PUBLISHED), found[0])


def _status_of_article(article: Article, now: datetime) -> tuple[Status, str | None]:
    if article.usage is Usage.DRAFT:
        return Status.DRAFT, "it says that it is a draft"
    if article.usage is Usage.WITHDRAWN:
        return Status.WITHDRAWN, "it says that it is withdrawn"
    if article.due > now:
        return Status.SCHEDULED, f"it is held until {article.due.isoformat()}"
    if article.expires is not None and article.expires <= now:
        return Status.EXPIRED, f"it expired at {article.expires.isoformat()}"
    return Status.PUBLISHED, None


def _refusal(refusal: Refusal) -> dict[str, Any]:
    record = {} if refusal.record is None else {"record": refusal.record}
    return {**record, **_place(refusal), "reason": refusal.reason}


def _place(refusal: Refusal | None) -> dict[str, int]:
    """The line or the byte, where there is one."""
    found = {} if refusal is None else {"line": refusal.line, "offset": refusal.offset}
    return {key: value for key, value in found.items() if value is not None}


def _item(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "version": article.version,
        "title": article.title,
        "published": article.published.isoformat(),
        "published_precision": article.published_precision,
        "modified": _iso(article.modified),
        "embargoed": _iso(article.embargoed),
        "expires": _iso(article.expires),
        "language": article.language,
        "authors": [person.name for person in article.authors],
        "byline": article.byline,
        "dateline": article.dateline,
        "section": article.section,
        "keywords": article.keywords,
        "summary": article.summary,
        "text": article.text,
        "html": article.html,
        "source": article.source,
        "link": article.link,
        "correction": article.correction,
        "encoding": article.encoding,
        "where": dict(article.where or {}),
        "warnings": article.warnings,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
