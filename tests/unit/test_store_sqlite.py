"""What is SQLite's own: the file, its schema, its threads, and what its errors mean."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import ConfigError, LostError, OccupiedError, UnavailableError
from feeder.model import Article, Feed, Filter, Seed
from feeder.store import Take, open_store
from feeder.store.sqlite import prune
from feeder.store.sqlite.connection import migrate, migrations, open_reader, open_writer, pragma, writing
from feeder.store.sqlite.ledger import with_serial
from feeder.store.sqlite.rows import micros, moment_of, path_bytes, path_of
from feeder.store.sqlite.shelves import titles
from feeder.store.sqlite.store import Sqlite, path_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from feeder.store.sqlite.connection import Connection

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def take(number: int, *, body: str = "It rained.", sections: tuple[str, ...] = ()) -> Take:
    """A file with one article of its own."""
    key = f"{number:032x}"
    article = Article(
        id=f"urn:uuid:{key}",
        slug=f"story-{number}",
        title=f"Story {number}",
        summary="",
        html="",
        text=body,
        published=NOON - timedelta(days=1),
        sections=sections,
        section=sections[-1] if sections else None,
        content_key=key,
        digest=key,
        format="seed",
    )
    return Take(seed=Seed(f"{number}.txt", 1, 2, 3, 4), sha256=key, articles=(article,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feeder.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Sqlite]:
    opened = await open_store(f"sqlite:///{path}", data=path.parent)
    assert isinstance(opened, Sqlite)
    yield opened
    await opened.close()


async def writer_does(store: Sqlite, *statements: str) -> None:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    await store._writing.run(work)


# Where it lies.


def test_three_slashes_are_relative_to_the_working_directory_and_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_in("sqlite:///data/feeder.db") == tmp_path / "data/feeder.db"
    assert path_in("sqlite:////var/lib/my feeds?.db") == Path("/var/lib/my feeds?.db")


@pytest.mark.parametrize("url", ["sqlite:", "sqlite:///", "sqlite://host/x.db", "sqlite:///:memory:", "sqlite:////tmp"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.url"):
        path_in(url)


async def test_a_name_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "100% #1?" / "feeds & more.db"
    store = await open_store(f"sqlite:///{path}", data=tmp_path)
    await store.accept([take(1)], now=NOON)
    await store.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


async def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match="folder"):
        await open_store(f"sqlite:///{tmp_path}/file/feeder.db", data=tmp_path)


async def test_it_is_written_durably_and_read_without_writing(store: Sqlite) -> None:
    def settings(connection: Connection) -> list[object]:
        return [pragma(connection, name) for name in ("journal_mode", "synchronous", "query_only", "mmap_size")]

    assert await store._writing.run(settings) == ["wal", 2, 0, 0]
    assert await store._reader.run(settings) == ["wal", 2, 1, 0]


# Whose file it is.


def test_another_programs_database_is_not_touched(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="another program"):
        open_writer(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_reported(path: Path) -> None:
    path.write_text("articles, articles, articles\n" * 99)
    with pytest.raises(UnavailableError, match="not a SQLite file"):
        open_writer(path)


@pytest.mark.parametrize("write", [True, False])
async def test_a_newer_schema_is_refused_and_an_older_one_not_read(path: Path, *, write: bool) -> None:
    connection = open_writer(path)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="newer release"):
        await open_store(f"sqlite:///{path}", data=path.parent, write=write)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    with pytest.raises(UnavailableError, match="older release"):
        open_reader(path)


def test_a_step_of_the_schema_is_applied_wholly_or_not_at_all(path: Path) -> None:
    connection = open_writer(path)
    steps, tables = migrations(), "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'new%'"
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        migrate(connection, [*steps, "CREATE TABLE new_one (a INTEGER) STRICT; CREATE TABLE new_two nonsense"])
    assert pragma(connection, "user_version") == len(steps)
    assert connection.execute(tables).fetchone() == (0,)
    for _ in range(2):
        migrate(connection, [*steps, "CREATE TABLE new_one (a INTEGER) STRICT;"])
    assert pragma(connection, "user_version") == len(steps) + 1
    assert connection.execute(tables).fetchone() == (1,)
    connection.close()


async def test_a_retracted_story_leaves_no_trace_in_the_file(path: Path) -> None:
    store = await open_store(f"sqlite:///{path}", data=path.parent)
    (story,) = take(1).articles
    for body in ("the first wording " * 9, "the second wording " * 999):
        edit = dataclasses.replace(story, text=body, digest=body[:16], correction="it was the third")
        await store.accept([dataclasses.replace(take(1), articles=(edit,))], now=NOON)
    await store.retract(story.id, now=NOON, reason="libel")
    await store.close()
    left = await asyncio.to_thread(path.read_bytes)
    assert b"libel" in left
    assert b"wording" not in left
    assert b"the third" not in left


# What is in the way, and what is a bug.


async def accepted_only_after(store: Sqlite, mend: Callable[[], Awaitable[object]], message: str) -> None:
    """The call fails with a sentence, changes nothing, and succeeds once the cause is gone."""
    files = [take(number, body="x" * 2000) for number in range(2, 50)]
    before = (await store.read(0, 99), await store.marks(), await store.bounds())
    with pytest.raises(UnavailableError, match=message):
        await store.accept(files, now=NOON)
    assert (await store.read(0, 99), await store.marks(), await store.bounds()) == before
    await mend()
    assert len((await store.accept(files, now=NOON)).events) == 48


async def test_a_lock_of_another_program_is_waited_for_and_then_reported(store: Sqlite, path: Path) -> None:
    await store.accept([take(1)], now=NOON)
    await writer_does(store, "PRAGMA busy_timeout = 20")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    await accepted_only_after(store, lambda: asyncio.to_thread(other.close), "locked by another program")


async def test_a_full_disk_changes_nothing(store: Sqlite) -> None:
    await store.accept([take(1)], now=NOON)
    pages = await store._writing.run(lambda connection: pragma(connection, "page_count"))
    await writer_does(store, f"PRAGMA max_page_count = {pages + 2}")
    await accepted_only_after(store, lambda: writer_does(store, "PRAGMA max_page_count = 1000000"), "disk is full")


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


async def test_a_damaged_file_is_reported_and_not_written_any_more(store: Sqlite, path: Path) -> None:
    await store.accept([take(number) for number in range(99)], now=NOON)
    await writer_does(store, "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA shrink_memory")
    overwrite(path)
    with pytest.raises(UnavailableError, match="is damaged"):
        await store.accept([take(100)], now=NOON)
    with pytest.raises(LostError, match="not used any more"):
        await store.accept([take(100)], now=NOON)


async def test_a_bug_of_ours_passes_as_it_is(store: Sqlite) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await writer_does(store, "DELETE FROM nowhere")
    with pytest.raises(sqlite3.IntegrityError):
        await writer_does(store, "INSERT INTO head VALUES (2, 0, 0, 1)")


async def test_a_transaction_that_fails_in_the_middle_leaves_nothing(store: Sqlite) -> None:
    def work(connection: Connection) -> None:
        with writing(connection):
            connection.execute("UPDATE head SET seq = 99")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store._writing.run(work)
    assert len((await store.accept([take(1)], now=NOON)).events) == 1
    assert (await store.bounds()).newest == 1


async def test_a_second_writer_has_the_store_and_the_first_one_stops(store: Sqlite, path: Path) -> None:
    second = await open_store(f"sqlite:///{path}", data=path.parent)
    with pytest.raises(OccupiedError):
        await store.accept([take(1)], now=NOON)
    assert len((await second.accept([take(1)], now=NOON)).events) == 1
    await second.close()


@pytest.mark.usefixtures("store")
async def test_a_reader_cannot_write(path: Path) -> None:
    reader = await open_store(f"sqlite:///{path}", data=path.parent, write=False)
    with pytest.raises(RuntimeError, match="reading only"):
        await reader.accept([take(1)], now=NOON)
    assert isinstance(reader, Sqlite)
    with pytest.raises(UnavailableError, match="read-only"):
        await reader._reader.run(lambda connection: connection.execute("UPDATE head SET seq = 9"))
    await reader.close()


async def test_what_is_forgotten_goes_in_steps_to_the_last_row(store: Sqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "STEP", 3)
    await store.accept([take(number) for number in range(10)], now=NOON)
    await store.accept([edited(take(number)) for number in range(10)], now=NOON)
    assert await store.prune(NOON + timedelta(days=1)) == 20

    def kept(connection: Connection) -> list[tuple[int, ...]]:
        return connection.execute("SELECT min(seq), count(*), (SELECT count(*) FROM contents) FROM events").fetchall()

    assert await store._reader.run(kept) == [(11, 10, 10)]


# Side by side.


async def test_a_writer_brings_its_log_home_though_another_process_reads(path: Path) -> None:
    writer = await open_store(f"sqlite:///{path}", data=path.parent)
    reader = await open_store(f"sqlite:///{path}", data=path.parent, write=False)
    await writer.accept([take(1)], now=NOON)
    await writer.close()
    assert (await asyncio.to_thread(path.with_name("feeder.db-wal").stat)).st_size == 0
    assert (await reader.bounds()).newest == 1
    await reader.close()


async def test_reading_goes_on_while_a_long_write_runs(store: Sqlite) -> None:
    await store.accept([take(1)], now=NOON)
    began, end = threading.Event(), threading.Event()

    def work(connection: Connection) -> None:
        with writing(connection):
            connection.execute("UPDATE head SET seq = 99")
            began.set()
            assert end.wait(10)
            connection.execute("UPDATE head SET seq = 1")

    long_write = asyncio.create_task(store._writing.run(work))
    await asyncio.to_thread(began.wait, 10)
    assert (await store.bounds()).newest == 1
    assert len(await store.newest(None, 9)) == 1
    end.set()
    await long_write


async def test_questions_take_no_longer_when_there_are_more_articles(store: Sqlite) -> None:
    """Of each feed some have left it, by a retraction or by an edit."""
    await store.define([Feed(name="rain", title="Rain", shelf="=rain", wanted=Filter(query="rained"))])
    costs = []
    for numbers in (range(100), range(100, 2000)):
        await store.accept([take(number, sections=("news",)) for number in numbers], now=NOON, limit=5000)
        last = numbers[-1]
        for number in (last - 3, 5, last // 2):
            await store.retract(f"urn:uuid:{number:032x}", now=NOON, reason="libel")
        edits = take(last, body="It rained a lot.", sections=("news",)), take(last - 7, body="Sun.")
        assert len((await store.accept([edited(each) for each in edits], now=NOON)).events) == 2
        costs.append(await steps_of_questions(store))
    assert all(many < few * 1.5 + 50 for few, many in zip(*costs, strict=True)), costs


def edited(one: Take) -> Take:
    """The next version of what a file holds."""
    articles = tuple(dataclasses.replace(each, digest=f"{each.digest}, edited") for each in one.articles)
    return dataclasses.replace(one, sha256=f"{one.sha256}, edited", articles=articles)


async def steps_of_questions(store: Sqlite) -> list[int]:
    """How many steps of SQLite's machine each question takes."""
    questions: list[Callable[[], Awaitable[object]]] = [
        lambda: store.newest("news", 20),
        lambda: store.newest(None, 20),
        lambda: store.last_event("news"),
        lambda: store.last_event(None),
        store.sections,
        lambda: store.by_id(f"urn:uuid:{7:032x}"),
        lambda: store.by_slug("story-7"),
        lambda: store.read(50, 20),
        store.next_due,
    ]
    newest = (await store.bounds()).newest
    for shelf in (None, "news", "=rain"):
        questions += [
            partial(store.front, shelf, 20, 30),
            partial(store.page, shelf, 2, 30),
            partial(store.stale_pages, shelf, newest - 2, 30),
        ]
    steps = []
    for question in questions:
        taken: list[None] = []
        await watch(store, partial(taken.append, None))
        await question()
        steps.append(len(taken))
    await watch(store, None)
    return steps


async def watch(store: Sqlite, step: Callable[[], None] | None) -> None:
    await store._reader.run(lambda connection: connection.set_progress_handler(step, 1))


# How nouns lie in columns.


zones = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


@given(st.datetimes(timezones=zones))
def test_a_moment_keeps_its_instant_to_the_microsecond(moment: datetime) -> None:
    back = moment_of(micros(moment))
    assert back == moment or back in {datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)}
    assert back.utcoffset() == timedelta(0)


@given(st.binary(min_size=1, max_size=20))
def test_the_name_of_a_file_may_be_any_bytes(name: bytes) -> None:
    assert path_bytes(path_of(name)) == name


@given(
    st.from_regex("[a-z0-9](-?[a-z0-9]){0,79}", fullmatch=True).filter(lambda slug: len(slug) <= 80),
    st.integers(2, 10**6),
)
def test_a_serial_keeps_a_slug_within_its_length(slug: str, serial: int) -> None:
    numbered = with_serial(slug, serial)
    assert len(numbered) <= 80
    assert numbered.endswith(f"-{serial}")
    assert "--" not in numbered


def test_a_section_gives_its_parents_their_titles() -> None:
    article = take(1, sections=("world", "world-americas")).articles[0]
    written = dataclasses.replace(article, section="World/The Américas")
    assert titles(written) == [("world", "World"), ("world-americas", "The Américas")]
    own = dataclasses.replace(article, section="Americas")
    assert titles(own) == [("world", "world"), ("world-americas", "Americas")]
