"""A publisher over a real store and a real folder, and what tests ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from feeder.model import Article, Event, Seed
from feeder.publish import Document, Publisher
from feeder.render import Site
from feeder.store import Store, Take

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

SITE = Site(title="The Paper", base_url="https://news.example", language="en")
NOON = datetime(2026, 11, 22, 12, 0, 0, 500000, tzinfo=UTC)
SUFFIXES = ("atom", "json", "rss")


def article(name: str, section: str | None = None, day: int = 1, **changes: Any) -> Article:
    """An article whose id says which one it is; a section is its title as written."""
    plain = Article(
        id=f"urn:x:{name}",
        own_id=True,
        slug=name,
        title=f"Title of {name}",
        summary=f"Summary of {name}",
        html=f"<p>Body of {name}</p>",
        text=f"Body of {name}",
        published=datetime(2026, 10, day, tzinfo=UTC),
        published_precision="day",
        section=section,
        sections=(section.lower(),) if section else (),
        content_key=name,
        digest=name,
        format="seed",
    )
    changed = dataclasses.replace(plain, **changes)
    return dataclasses.replace(changed, digest=hashlib.sha256(repr(changed).encode()).hexdigest())


async def take(store: Store, *articles: Article, at: datetime = NOON) -> Sequence[Event]:
    """The articles as files that have just been read, each named by its article's id."""
    takes = [
        Take(seed=Seed(f"{each.id}.txt", 1, 1, 1, 1), sha256=each.digest, format="seed", articles=(each,))
        for each in articles
    ]
    return (await store.accept(takes, now=at, limit=len(takes))).events


def publisher_of(store: Store, folder: Path, **changes: Any) -> Publisher:
    return Publisher(store, store, SITE, changes.pop("feeds", ()), folder, **changes)


def items(publisher: Publisher, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(served(publisher, name, "json").body)["items"]
    return found


def names(publisher: Publisher, name: str) -> list[str] | None:
    """What a feed shows, in its order; None if there is no such feed."""
    if publisher.document(name, "json") is None:
        return None
    return [item["id"].removeprefix("urn:x:") for item in items(publisher, name)]


def served(publisher: Publisher, name: str, suffix: str) -> Document:
    found = publisher.document(name, suffix)
    assert found is not None
    return found


def everything(publisher: Publisher) -> dict[str, tuple[bytes, str, datetime, str]]:
    """All that the web says of all documents."""
    return {
        f"{feed.name}.{suffix}": (found.body, found.etag, found.last_modified, found.cursor)
        for feed in publisher.feeds()
        for suffix in SUFFIXES
        if (found := publisher.document(feed.name, suffix))
    }


def files(folder: Path) -> dict[str, bytes]:
    """The documents that lie in the folder, without the list of them."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.glob("[!.]*"))
        if path.suffix != ".opml" and path.is_file()
    }


def inodes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.glob("[!.]*") if path.is_file()}


@contextlib.asynccontextmanager
async def running(publisher: Publisher) -> AsyncIterator[None]:
    task = asyncio.create_task(publisher.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
