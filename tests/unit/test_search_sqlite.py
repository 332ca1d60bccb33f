"""The full-text index in SQLite: what is in it, what leaves the disk, what is done when it is not as it should be."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engines import NOON, article, take
from feeder.errors import ConfigError, OccupiedError, UnavailableError
from feeder.model import Article
from feeder.query import parse
from feeder.store import MOST_ASKED, Store, open_store
from feeder.store.sqlite import search, search_index, search_terms
from feeder.store.sqlite.connection import _prepare_to_write

UNSWEPT = "SELECT unswept FROM indexing"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feeder.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    opened = await opened_at(path)
    yield opened
    await opened.close()


async def opened_at(path: Path) -> Store:
    return await open_store(f"sqlite:///{path}", data=path.parent)


@contextmanager
def asking(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def answer(path: Path, question: str, *values: Any) -> Any:
    with asking(path) as connection:
        return connection.execute(question, values).fetchall()


def in_index(path: Path) -> set[tuple[int, str]]:
    """Every word of the index with its place."""
    with asking(path) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.found USING fts5vocab ('main', 'words', 'instance')")
        return set(connection.execute("SELECT doc, term FROM found"))


def due(*articles: Article) -> set[tuple[int, str]]:
    """Every word that should be there, of articles with these numbers of first acceptance."""
    return {
        (search_index.place_of(num, one), word)
        for num, one in enumerate(articles, 1)
        for column in search_terms.columns(one)
        for word in column.split()
    }


async def put(store: Store, *articles: Article) -> None:
    for one in articles:
        await store.accept([take(f"{one.id}.txt", one)], now=NOON)


async def indexed(store: Store) -> None:
    while await store.index(2):
        pass


def titled(title: str, text: str = "", **fields: Any) -> Article:
    return article(text or title, title=title, id=f"urn:test:{title}", own_id=True, **fields)


async def found(store: Store, text: str) -> list[str]:
    return [event.article.title for event in await store.search(parse(text), 10) if event.article]


async def test_the_index_has_the_words_of_the_shown_versions_and_no_others(store: Store, path: Path) -> None:
    first, second, edited = titled("a", "rain 東京"), titled("b", "snow"), titled("a", "hail 京都")
    await put(store, first, second)
    await indexed(store)
    assert in_index(path) == due(first, second)
    await put(store, edited)
    await indexed(store)
    assert in_index(path) == due(edited, second)
    await store.retract("urn:test:a", now=NOON, reason="libel")
    assert {word for _, word in in_index(path)} == {word for _, word in due(second)}
    await store.retract("urn:test:b", now=NOON, reason="libel")
    assert in_index(path) == set()
    assert answer(path, "SELECT * FROM indexed") == []


async def test_the_words_of_a_retracted_story_leave_the_disk(path: Path) -> None:
    store = await opened_at(path)
    others = [titled(f"story {n}", " ".join(f"{n}word{m}" for m in range(200))) for n in range(40)]
    await put(store, *others[:20], titled("zq", "zqlibelzq wqslanderwq"), *others[20:])
    await indexed(store)
    await store.retract("urn:test:zq", now=NOON, reason="libel")
    assert answer(path, UNSWEPT) == [(1,)]
    await store.close()
    assert b"libelzq" in path.read_bytes()  # FTS5 has only noted that they are gone
    store = await opened_at(path)
    while await store.sweep_index():
        pass
    assert answer(path, UNSWEPT) == [(0,)]
    assert not await store.sweep_index()
    assert len(await store.search(parse("story"), 100)) == 40
    await store.close()
    assert not path.with_name("feeder.db-wal").exists()
    for word in (b"libelzq", b"slanderwq"):
        assert word not in path.read_bytes()


async def test_a_retraction_of_what_the_index_has_not_read_leaves_nothing_to_sweep(store: Store, path: Path) -> None:
    await put(store, titled("a"), titled("b"))
    await store.retract("urn:test:a", now=NOON, reason="libel")
    assert answer(path, UNSWEPT) == [(0,)]


async def test_a_sweep_goes_in_steps(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "SWEPT_PAGES", 1)
    await put(store, *(titled(f"s{n}", " ".join(f"{n}w{m}" for m in range(400))) for n in range(33)))
    await indexed(store)
    await store.retract("urn:test:s3", now=NOON, reason="libel")
    steps = 1
    while await store.sweep_index():
        assert await found(store, "7w9") == ["s7"]
        steps += 1
    assert steps > 5
    assert len({place for place, _ in in_index(path)}) == 32


async def test_an_index_of_another_form_is_not_asked_and_is_made_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened_at(path)
    await put(store, titled("a", "rain"), titled("b", "rain"))
    await indexed(store)
    monkeypatch.setattr(search_terms, "FORM", "0 another")
    reader = await open_store(f"sqlite:///{path}", data=path.parent, write=False)
    assert await found(reader, "rain") == ["b", "a"]
    await reader.close()
    await store.close()
    store = await opened_at(path)
    assert answer(path, "SELECT count(*) FROM indexed") == [(0,)]
    assert in_index(path) == set()
    await store.retract("urn:test:b", now=NOON, reason="libel")
    await indexed(store)
    assert await found(store, "rain") == ["a"]
    assert answer(path, "SELECT seq, form FROM indexing") == [(1, "0 another")]
    await store.close()


def damage(path: Path, how: str) -> None:
    """What FTS5 stores is not what it wrote; the tables around it are whole."""
    with asking(path) as connection:
        connection.execute(how)


OVERWRITTEN = "UPDATE words_data SET block = x'00ff00ff'"
LOST = "DELETE FROM words_data WHERE id > 10"  # below are what FTS5 knows of all its pieces


async def test_a_damaged_index_keeps_no_story_from_being_taken_back(path: Path) -> None:
    store = await opened_at(path)
    await put(store, titled("a", "rain"), titled("b", "rain"))
    await indexed(store)
    await store.close()
    damage(path, OVERWRITTEN)
    store = await opened_at(path)
    await store.retract("urn:test:a", now=NOON, reason="libel")
    assert await found(store, "rain") == ["b"]
    await indexed(store)
    assert {word for _, word in in_index(path)} == {word for _, word in due(titled("b", "rain"))}
    await store.close()


async def test_a_search_that_meets_a_damaged_index_has_it_made_anew(path: Path) -> None:
    store = await opened_at(path)
    await put(store, titled("a", "rain"), titled("b", "rain"))
    await indexed(store)
    damage(path, LOST)
    with pytest.raises(UnavailableError, match="made anew"):
        await found(store, "rain")
    await indexed(store)
    assert await found(store, "rain") == ["b", "a"]
    await store.close()


async def test_a_sweep_of_a_damaged_index_has_it_made_anew(path: Path) -> None:
    store = await opened_at(path)
    await put(store, titled("a", "rain"), titled("b", "rain"))
    await indexed(store)
    await store.retract("urn:test:a", now=NOON, reason="libel")
    damage(path, LOST)
    while await store.sweep_index():
        pass
    assert answer(path, UNSWEPT) == [(0,)]
    await indexed(store)
    assert await found(store, "rain") == ["b"]
    await store.close()


async def test_an_index_that_lost_what_it_has_begins_anew(store: Store, path: Path) -> None:
    await put(store, titled("a", "rain"))
    await indexed(store)
    with asking(path) as connection:
        connection.execute("UPDATE indexed SET seq = 77")
    await put(store, titled("a", "snow"))
    await indexed(store)
    assert await found(store, "rain OR snow") == ["a"]
    assert answer(path, "SELECT seq FROM indexed") == [(2,)]


async def test_what_the_index_has_outlives_the_log_until_it_has_read_on(store: Store, path: Path) -> None:
    """An edit whose first version was forgotten would else take the whole index with it."""
    await put(store, titled("a", "rain"), titled("b", "rain"))
    await indexed(store)
    await put(store, titled("a", "snow"))
    await store.prune(NOON + timedelta(days=1))
    await store.index(1)
    assert answer(path, "SELECT article, seq FROM indexed ORDER BY article") == [(1, 3), (2, 2)]
    await store.prune(NOON + timedelta(days=1))
    assert answer(path, "SELECT seq FROM events ORDER BY seq") == [(2,), (3,)]


async def test_a_writer_that_was_overtaken_writes_no_index(path: Path) -> None:
    first = await opened_at(path)
    second = await opened_at(path)
    for step in (first.index(1), first.sweep_index()):
        with pytest.raises(OccupiedError):
            await step
    await second.close()
    await first.close()


async def test_a_search_that_takes_too_long_is_broken_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(store, *(titled(f"bridge {n}") for n in range(50)))
    await indexed(store)
    with monkeypatch.context() as patch:
        patch.setattr(search, "MOST_SECONDS", 0)
        with pytest.raises(UnavailableError, match="too long"):
            await store.search(parse("bridge"), 50)
    assert len(await store.search(parse("bridge"), 50)) == 50


async def test_a_long_article_is_a_step_of_its_own(store: Store, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(search_index, "MOST_BYTES", 3000)
    await put(store, *(titled(f"long {n}", "word " * 1000) for n in range(3)))
    assert [await store.index(10) for _ in range(4)] == [True, True, True, False]


async def test_of_more_than_are_asked_the_newest_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is not in the index yet by their events, of what it found by their dates."""
    assert MOST_ASKED == 2000
    monkeypatch.setattr(search, "MOST_ASKED", 3)
    day = timedelta(days=1)
    await put(store, *(titled(f"bridge {n}", published=NOON - (10 - n) * day) for n in (6, 1, 2, 3, 4, 5)))
    assert await found(store, "bridge") == ["bridge 5", "bridge 4", "bridge 3"]
    await indexed(store)
    assert await found(store, "bridge") == ["bridge 6", "bridge 5", "bridge 4"]
    assert await found(store, "bridge -6 -5") == ["bridge 4", "bridge 3", "bridge 2"]
    assert await found(store, "-6 -5") == ["bridge 4", "bridge 3", "bridge 2"]


async def test_searching_and_reading_do_not_wait_for_each_other(store: Store) -> None:
    """The connections are two: what holds the one up does not hold the other."""
    hold = threading.Event()
    waiting = asyncio.ensure_future(store._searcher.run(lambda _: hold.wait(10)))  # type: ignore[attr-defined]
    assert await store.read(0, 10) == []
    assert not waiting.done()
    hold.set()
    await waiting


def test_the_form_names_the_version_of_unicode() -> None:
    assert search_terms.FORM.endswith(unicodedata.unidata_version)


def test_a_sqlite_without_fts5_is_said_in_a_sentence(path: Path) -> None:
    with asking(path) as connection:
        connection.execute("CREATE TEMP TABLE pragma_module_list (name)")  # what it is asked for: it has no modules
        with pytest.raises(ConfigError, match="built without FTS5"):
            _prepare_to_write(connection)
