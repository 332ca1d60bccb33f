"""What publishing a change costs: what is read of the store, what waits for the disk, and what is kept in memory."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feeder.model import Feed
from feeder.publish import Publisher
from feeder.publish.document import Piece
from feeder.publish.pace import Breath
from feeder.store import Front, Store
from publishing import SITE, SUFFIXES, article, files, names, publisher_of, running, served, take, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


class Watched:
    """A store that notes how many articles each front was read with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read: dict[str | None, list[int]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def front(self, shelf: str | None, limit: int, page_size: int, known: Collection[int] = ()) -> Front:
        found = await self._store.front(shelf, limit, page_size, known)
        self.read.setdefault(shelf, []).append(len(found.shown))
        return found


async def test_of_a_change_only_the_changed_article_is_read(store: Store, folder: Path) -> None:
    await take(store, *(article(name, "World") for name in "abc"))
    watched: Any = Watched(store)
    publisher = Publisher(watched, watched, SITE, (), folder)
    async with running(publisher):
        await until(lambda: names(publisher, "world") is not None)
        await take(store, article("d", "World"))
        await until(lambda: len(names(publisher, "world") or ()) == 4)
        await take(store, article("b", "World", title="Another title"))
        await until(lambda: b"Another title" in served(publisher, "world", "rss").body)
    assert watched.read == {None: [3, 1, 1], "world": [3, 1, 1]}


async def test_a_format_that_has_no_document_has_everything_read_again(store: Store, folder: Path) -> None:
    await take(store, article("a"))
    watched: Any = Watched(store)
    publisher = Publisher(watched, watched, SITE, [Feed(name="all", title="A", formats=("rss", "txt"))], folder)
    await publisher.publish()
    await publisher.publish()
    assert watched.read == {None: [1, 0]}
    del publisher._sheets["all", "rss"]
    await publisher.publish()
    assert watched.read == {None: [1, 0, 1]}
    assert names(publisher, "all") is None
    assert b"urn:x:a" in served(publisher, "all", "rss").body


async def test_an_entry_keeps_no_document_that_is_not_served(store: Store, folder: Path) -> None:
    """A story that one feed drops stays in the other; its bytes are those of documents that are kept anyway."""
    publisher = publisher_of(store, folder, feeds=[Feed(name="all", title="A", entries=1)], page_size=1)
    async with running(publisher):
        for name in "abcdefgh":
            await take(store, article(name, f"Desk{name}"))
            await until(partial(shows, publisher, name))
            documents = [publisher.document(feed.name, suffix) for feed in publisher.feeds() for suffix in SUFFIXES]
            shown = {id(document.body) for document in documents if document}
            pieces = [piece for sheet in publisher._sheets.values() for piece in sheet.pieces]
            assert {id(of) for piece in pieces if (of := lies_in(piece)) != piece.body} <= shown


def shows(publisher: Publisher, name: str) -> bool:
    return names(publisher, "all") == names(publisher, f"desk{name}") == [name]


def lies_in(piece: Piece) -> bytes:
    return piece._place[0]


class SlowFolder:
    """Flushing a folder waits until it may, or fails; flushing a file does not."""

    def __init__(self) -> None:
        self.real = os.fsync
        self.may = threading.Event()
        self.asked = threading.Event()
        self.fails = False

    def __call__(self, descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self.asked.set()
            self.may.wait(10)
            if self.fails:
                raise OSError(5, "Input/output error")
        self.real(descriptor)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowFolder]:
    flush = SlowFolder()
    monkeypatch.setattr(os, "fsync", flush)
    yield flush
    flush.may.set()


async def test_a_document_is_served_before_the_folder_is_flushed(store: Store, folder: Path, slow: SlowFolder) -> None:
    slow.may.set()
    publisher = publisher_of(store, folder)
    await publisher.publish()
    async with running(publisher):
        slow.may.clear()
        slow.asked.clear()
        await take(store, article("a"))
        await until(lambda: names(publisher, "all") == ["a"])
        assert files(folder)["all.rss"] == served(publisher, "all", "rss").body
        assert await asyncio.to_thread(slow.asked.wait, 10)
        slow.may.set()


async def test_a_folder_that_cannot_be_flushed_is_said_and_tried_again(
    store: Store, folder: Path, slow: SlowFolder
) -> None:
    slow.may.set()
    publisher = publisher_of(store, folder)
    await publisher.publish()
    async with running(publisher):
        slow.fails = True
        await take(store, article("a"))
        await until(lambda: publisher.problems() == [f"the folder {folder} cannot be used: Input/output error"])
        assert names(publisher, "all") == ["a"]
        slow.asked.clear()
        assert await asyncio.to_thread(slow.asked.wait, 10)
        slow.fails = False
        await until(lambda: not publisher.problems())


async def test_the_archive_rests_between_articles_when_it_is_told_to(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []

    class Counted(Breath):
        def __init__(self, ratio: float) -> None:
            super().__init__(ratio, lambda: 0.0, lambda _: None)
            self.ratio = ratio

        def draw(self) -> None:
            drawn.append(self.ratio)
            super().draw()

    monkeypatch.setattr("feeder.publish.archive.Breath", Counted)
    publisher = publisher_of(store, folder, page_size=2)
    for name in "abcd":
        await take(store, article(name))
    await publisher.publish()
    await publisher._archive.complete(0.5)
    assert publisher.page_writes == 2 * len(SUFFIXES)
    assert drawn == [0.5] * (2 * len(SUFFIXES) * (2 + 1))  # after each article, and after each file
