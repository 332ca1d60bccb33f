"""``feeder check``: how each file would be taken in, or why it is refused; nothing is written."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from feeder.cli import REFUSED
from feeder.cli.options import settings_flags
from feeder.config.judging import pool_of, terms_of
from feeder.errors import ConfigError, place, printable, readable
from feeder.judge import Judgement
from feeder.judge.judges import Judges
from feeder.model import Usage
from feeder.seeds import is_ignored, seed_of
from feeder.store import Status, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from feeder.config import Loaded
    from feeder.model import Article, Seed
    from feeder.store import Mark, Store, Take

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
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(loaded: Loaded, paths: Sequence[str], *, as_json: bool) -> None:
    """Show how files would be taken in, or why they are refused.

    Nothing is written. With --store, files that the store already holds under another name are told as
    duplicates. Exits 1 if any file was refused.
    """
    refused = asyncio.run(_check(loaded, paths, as_json=as_json))
    raise click.exceptions.Exit(REFUSED if refused else 0)


async def _check(loaded: Loaded, paths: Sequence[str], *, as_json: bool) -> bool:
    refused = False
    async for account in accounts(loaded, paths):
        refused |= account["status"] == Status.QUARANTINED
        click.echo(json.dumps(account, ensure_ascii=False, default=str) if as_json else for_people(account))
    return refused


async def accounts(loaded: Loaded, paths: Sequence[str]) -> AsyncIterator[Account]:
    """An account of each file, in the order given; folders in the order of names."""
    settings = loaded.settings
    now = datetime.now(UTC)
    async with AsyncExitStack() as stack:
        known = await stack.enter_async_context(_store(loaded)) if "store.url" in loaded.origins else None
        judges = await stack.enter_async_context(Judges(replace(terms_of(settings), media=""), pool_of(settings)))
        files = _files(paths, settings.seeds.path)
        while some := list(islice(files, _AT_ONCE)):
            judged = await _judged(judges, some)
            for named in some:
                yield await _account(named, judged.get(named), known, now)


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
            raise ConfigError(f"{printable(given)}: there is no such file or folder")
        if not os.path.isdir(given):
            yield _name(given, os.path.dirname(given), seeds)
            continue
        for folder, folders, names in os.walk(given):
            folders[:] = sorted(name for name in folders if not is_ignored(name))
            for name in sorted(names):
                yield _name(os.path.join(folder, name), given, seeds)


def _name(given: str, folder: str, seeds: str) -> Named:
    """Below the seeds folder sections are counted from there, elsewhere from the folder that was named."""
    full, root = os.path.abspath(given), os.path.abspath(seeds)
    if not full.startswith(root + os.sep):
        root = os.path.abspath(folder)
    return Named(given, root, os.path.relpath(full, root))


async def _judged(judges: Judges, files: Sequence[Named]) -> dict[Named, Take]:
    """What was read of some files, without those that are not read or changed meanwhile."""
    judged: dict[Named, Take] = {}
    for folder, group in groupby(files, key=lambda named: named.folder):
        readable_files = {named.path: named for named in group if not _why_ignored(named)}
        parts: dict[str, list[Take]] = {}

        async def tell(seed: Seed, judgement: object, parts: dict[str, list[Take]] = parts) -> None:
            if isinstance(judgement, Judgement):
                earlier = [] if judgement.take.first == 1 else parts.get(seed.path, [])
                parts[seed.path] = [*earlier, judgement.take]

        seeds = [seed_of(os.lstat(named.given), path) for path, named in readable_files.items()]
        await judges.judge(folder, seeds, tell)
        judged |= {readable_files[path]: _whole(found) for path, found in parts.items() if found[-1].last}
    return judged


def _whole(parts: Sequence[Take]) -> Take:
    return replace(parts[-1], first=1, articles=tuple(article for part in parts for article in part.articles))


async def _account(named: Named, take: Take | None, known: Known | None, now: datetime) -> Account:
    account: Account = {"path": readable(named.given)}
    if reason := _why_ignored(named):
        return account | {"format": None, "status": Status.IGNORED, "reason": reason, "refused": [], "items": []}
    if take is None:
        reason = "the file changed while it was read"
        return account | {"format": None, "status": Status.QUARANTINED, "reason": reason, "refused": [], "items": []}
    status, reason = status_of(take, now)
    if known is not None and status is Status.PUBLISHED:
        status, reason = await known.compare(named, take)
    return account | {
        "format": take.format,
        "status": status,
        "reason": reason,
        "refused": [_refusal(refusal) for refusal in take.refused],
        "items": [_item(article) for article in take.articles],
    }


def _why_ignored(named: Named) -> str | None:
    if any(is_ignored(name) for name in named.path.split(os.sep)):
        return "a name of temporary or hidden files"
    mode = os.lstat(named.given).st_mode
    return None if stat.S_ISREG(mode) else "not a regular file (links, pipes and devices are passed over)"


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


def _refusal(refusal: Any) -> dict[str, Any]:
    found = {"record": refusal.record, "line": refusal.line, "offset": refusal.offset, "reason": refusal.reason}
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


def _which(refusal: Account) -> str:
    return f"record {refusal['record']}" if "record" in refusal else "the rest of the file"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


_SHOWN = ("title", "published", "modified", "embargoed", "expires", "authors", "section", "keywords", "language", "id")


def for_people(account: Account) -> str:
    """The account for people: the verdict, then each article's fields and where they came from."""
    lines = [
        f"{account['status']:<12} {printable(account['path'])}"
        + (f"  ({account['format']})" if account["format"] else "")
    ]
    if account["reason"]:
        lines.append(f"    {account['reason']}")
    lines += [
        f"    {_which(refusal)}: {refusal['reason']}{place(refusal.get('line'), refusal.get('offset'))}"
        for refusal in account["refused"]
    ]
    for item in account["items"]:
        for field in _SHOWN:
            if value := item[field]:
                shown = ", ".join(value) if isinstance(value, list | tuple) else value
                lines.append(f"    {field:<10} {shown}  [{item['where'].get(field, 'its own')}]")
        words, paragraphs = len(item["text"].split()), item["text"].count("\n\n") + 1
        lines.append(f"    {'text':<10} {_counted(words, 'word')}, {_counted(paragraphs, 'paragraph')}")
        lines += [f"    warning    {warning}" for warning in item["warnings"]]
    return "\n".join(lines)
