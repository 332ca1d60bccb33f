"""From the log to files and prepared documents, with a real store and a real folder."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import orjson
import pytest
from lxml import etree

from feeder.errors import UnavailableError
from feeder.model import Event, Feed, Usage
from feeder.publish import Publisher, installed_renderers
from feeder.publish.folder import replace
from feeder.publish.pace import MANY_EVENTS, PASS_SECONDS
from feeder.publish.setbacks import pause_seconds
from feeder.render import BEGINNING, Head
from feeder.render.rss_atom import Rss
from feeder.store import Store, open_store
from publishing import (
    NOON,
    SITE,
    SUFFIXES,
    article,
    everything,
    files,
    inodes,
    items,
    names,
    publisher_of,
    running,
    served,
    take,
    until,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/log.db", data=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


# What is published


async def test_every_feed_is_a_file_in_every_format_and_is_served_as_it_stands_there(
    store: Store, folder: Path
) -> None:
    await take(store, article("one", "World"), article("two", "Sport"), article("three"))
    publisher = publisher_of(store, folder)
    assert publisher.problems() == ["the feeds are not published yet"]
    summary = await publisher.publish()
    assert files(folder) == {name: body for name, (body, *_) in everything(publisher).items()}
    assert set(files(folder)) == {f"{name}.{suffix}" for name in ("all", "sport", "world") for suffix in SUFFIXES}
    assert (summary.feeds, summary.documents, summary.written, summary.left_out) == (3, 9, 9, 0)
    assert summary.problems == ()
    assert publisher.problems() == []
    assert [(feed.name, feed.title) for feed in publisher.feeds()] == [
        ("all", "The Paper"),
        ("sport", "The Paper \N{EN DASH} Sport"),
        ("world", "The Paper \N{EN DASH} World"),
    ]
    assert names(publisher, "world") == ["one"]
    assert publisher.document("nowhere", "rss") is None


async def test_the_newest_date_comes_first_and_of_one_day_the_latest_event(store: Store, folder: Path) -> None:
    await take(store, article("old", day=1), article("new", day=9))
    await take(store, article("b", day=5))
    await take(store, article("a", day=5))
    publisher = publisher_of(store, folder)
    await publisher.publish()
    assert names(publisher, "all") == ["new", "a", "b", "old"]


async def test_a_feed_shows_the_articles_with_the_latest_events_whatever_their_dates(
    store: Store, folder: Path
) -> None:
    for name, day in (("a", 9), ("b", 8), ("c", 1)):
        await take(store, article(name, day=day))
    await take(store, article("a", day=9, title="Corrected", correction="It was wrong."))
    all_feed = Feed(name="all", title="Everything", entries=2)
    publisher = publisher_of(store, folder, feeds=[all_feed], page_size=1)
    await publisher.publish()
    assert names(publisher, "all") == ["a", "c"]
    assert items(publisher, "all")[0]["title"] == "Corrected"


async def test_a_configured_feed_wins_over_a_section_of_its_name(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"))
    world = Feed(name="world", title="Our world", shelf="world", description="By hand")
    publisher = publisher_of(store, folder, feeds=[world])
    await publisher.publish()
    assert [feed.title for feed in publisher.feeds()] == ["Our world", "The Paper"]
    assert names(publisher, "world") == ["one"]


async def test_validators_come_from_the_last_event_that_concerned_the_feed(store: Store, folder: Path) -> None:
    (first,) = await take(store, article("one", "World"))
    (second,) = await take(store, article("two", "Sport"), at=NOON + timedelta(minutes=1))
    publisher = publisher_of(store, folder)
    await publisher.publish()
    for name, last in (("all", second), ("sport", second), ("world", first)):
        for suffix in SUFFIXES:
            found = served(publisher, name, suffix)
            assert found.etag == f'"{last.seq}-{last.epoch}-{hashlib.sha256(found.body).hexdigest()[:16]}"'
            assert found.last_modified == last.at.replace(microsecond=0)
            assert found.cursor == last.cursor
            assert last.cursor.encode() in found.body


async def test_a_reader_who_goes_on_from_a_documents_cursor_misses_nothing(store: Store, folder: Path) -> None:
    await take(store, article("one"), article("two"))
    publisher = publisher_of(store, folder)
    await publisher.publish()
    cursor = served(publisher, "all", "json").cursor
    await take(store, article("three"))
    later = await store.read(int(cursor.rpartition(".")[2]), 10)
    assert {*(names(publisher, "all") or ()), *(event.slug for event in later)} == {"one", "two", "three"}
    assert [event.slug for event in later] == ["three"]


# The same log, the same bytes


async def test_a_log_without_events_gives_whole_documents_and_the_same_after_a_restart(
    tmp_path: Path, folder: Path
) -> None:
    seen, epochs = [], []
    for _ in range(2):
        store = await open_store(f"sqlite:///{tmp_path}/log.db", data=tmp_path)
        publisher = publisher_of(store, folder)
        await publisher.publish()
        seen.append(everything(publisher))
        epochs += (await store.epochs())[-1:]
        await store.close()
    assert epochs[0] != epochs[1]
    assert seen[0] == seen[1]
    body, etag, last_modified, cursor = seen[0]["all.json"]
    assert orjson.loads(body)["items"] == []
    assert etag.startswith('"0-')
    assert last_modified == BEGINNING
    assert cursor == f"{epochs[0].name}.0"


PROGRAM = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parent)]
import test_publish as here

async def main():
    store = await here.open_store(f"sqlite:///{sys.argv[2]}", data=Path("/"), write=False)
    publisher = here.publisher_of(store, Path(sys.argv[3]))
    await publisher.publish()
    print(here.fingerprint(publisher))
    await store.close()

asyncio.run(main())
"""


def fingerprint(publisher: Publisher) -> str:
    return hashlib.sha256(repr(sorted(everything(publisher).items())).encode()).hexdigest()


async def test_another_process_in_another_place_publishes_the_same_of_the_same_log(
    store: Store, tmp_path: Path, folder: Path
) -> None:
    await take(store, article("one", "World"), article("two", "Sport", day=3), article("tré <&> “x”", "World"))
    await take(store, article("one", "World", title="Again"), at=NOON + timedelta(seconds=1))
    publisher = publisher_of(store, folder)
    await publisher.publish()
    elsewhere = tmp_path / "elsewhere"
    arguments = [str(Path(__file__).parent), str(tmp_path / "log.db"), str(elsewhere)]
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "11", "LC_ALL": "C"}
    found = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", PROGRAM, *arguments], env=environment, check=True, capture_output=True
    )
    assert found.stdout.decode().strip() == fingerprint(publisher)
    assert files(elsewhere) == files(folder)


async def test_a_document_made_step_by_step_is_the_one_made_at_once(store: Store, folder: Path, tmp_path: Path) -> None:
    publisher = publisher_of(store, folder)
    async with running(publisher):
        for number in range(6):
            await take(store, article(f"a{number}", "World" if number % 2 else "Sport", day=number + 1))
        await take(store, article("a1", "Sport", day=9))
        await store.retract("urn:x:a4", now=NOON, reason="killed")
        await until(lambda: names(publisher, "all") == ["a1", "a5", "a3", "a2", "a0"])
        await until(lambda: names(publisher, "sport") == ["a1", "a2", "a0"])
        await until(lambda: names(publisher, "world") == ["a5", "a3"])
    at_once = publisher_of(store, tmp_path / "other")
    await at_once.publish()
    assert everything(publisher) == everything(at_once)


# Following the log


async def test_an_article_is_in_the_files_within_a_second(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        async with asyncio.timeout(1):
            await take(store, article("one", "World"))
            await until(lambda: len(files(folder)) == 6 and b"urn:x:one" in files(folder)["world.json"])
    assert b"urn:x:one" in files(folder)["all.rss"]


async def test_an_article_that_moves_to_another_section_leaves_its_old_feed(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"), article("two", "World"))
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        before = served(publisher, "world", "rss")
        (moved,) = await take(store, article("one", "Sport"), at=NOON + timedelta(minutes=1))
        await until(lambda: names(publisher, "world") == ["two"])
        await until(lambda: publisher.document("sport", "json") is not None)
    assert names(publisher, "sport") == ["one"]
    after = served(publisher, "world", "rss")
    assert after.etag.startswith(f'"{moved.seq}-')
    assert after.last_modified > before.last_modified


async def test_a_feed_that_nothing_touched_is_left_alone(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"), article("two", "Sport"))
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        before, document = inodes(folder), publisher.document("sport", "rss")
        writes, renders = publisher.writes, publisher.renders
        await take(store, article("three", "World"))
        await until(
            lambda: names(publisher, "world") == ["one", "three"] or names(publisher, "world") == ["three", "one"]
        )
    assert inodes(folder)["sport.rss"] == before["sport.rss"]
    assert inodes(folder)["world.rss"] != before["world.rss"]
    assert publisher.document("sport", "rss") is document
    assert publisher.writes - writes == publisher.renders - renders == 6


async def test_what_did_not_change_is_not_written_again(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"))
    await publisher_of(store, folder).publish()
    before = inodes(folder)
    summary = await publisher_of(store, folder).publish()
    assert summary.written == 0
    assert inodes(folder) == before


async def test_a_burst_is_a_few_passes_and_the_last_article_is_there(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder)
    clock = asyncio.get_running_loop().time
    async with running(publisher):
        await until(lambda: not publisher.problems())
        began, before = clock(), publisher.renders
        for number in range(100):
            await take(store, article(f"a{number}"))
        await until(lambda: "a99" in (names(publisher, "all") or ()))
        passes = (publisher.renders - before) / len(SUFFIXES)
        assert passes <= (clock() - began) / PASS_SECONDS + 2


async def test_the_feeds_of_an_archive_wait_while_more_of_it_comes_and_no_longer(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "feeder.publish.pace.CALM_SECONDS", 2.0
    )  # longer than any machine takes over a pause of the test
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        await take(store, *(article(f"b{number}") for number in range(MANY_EVENTS)))
        await until(lambda: names(publisher, "all") is not None and len(items(publisher, "all")) == 50)
        before = publisher.renders
        for number in range(20):
            await take(store, article(f"c{number}"))
            await asyncio.sleep(PASS_SECONDS / 5)
        passes = (publisher.renders - before) / len(SUFFIXES)
        await take(store, article("last"))
        await until(lambda: "last" in (names(publisher, "all") or ()))
    assert passes <= 1


async def test_a_file_that_somebody_removed_comes_back(store: Store, folder: Path) -> None:
    await take(store, article("one"))
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        whole = files(folder)
        (folder / "all.atom").unlink()
        store.bell.ring()
        await until(lambda: files(folder) == whole)


async def test_entries_are_rendered_once_and_forgotten_when_nothing_shows_them(store: Store, folder: Path) -> None:
    rendered: list[str] = []

    class Counted(Rss):
        def entry(self, event: Event) -> bytes:
            rendered.append(event.slug)
            return super().entry(event)

    publisher = publisher_of(
        store,
        folder,
        renderers={"rss": Counted(SITE)},
        feeds=[Feed(name="all", title="A", entries=2)],
        page_size=1,
    )
    for name in ("a", "b", "c", "d"):
        await take(store, article(name, "World"))
        await publisher.publish()
    assert rendered == ["a", "b", "c", "d"]
    assert len(publisher._press._pieces) == 2


async def test_events_that_were_forgotten_before_they_were_read_are_in_the_state(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"), article("two", "Sport"))
    publisher = publisher_of(store, folder)
    await publisher.publish()
    await take(store, article("one", "World", title="Again"), at=NOON + timedelta(hours=1))
    await take(store, article("three"), at=NOON + timedelta(hours=2))
    await store.prune(NOON + timedelta(hours=1, minutes=30))
    async with running(publisher):
        await until(lambda: names(publisher, "all") == ["three", "one", "two"])
        await until(lambda: items(publisher, "world")[0]["title"] == "Again")


async def test_a_feed_is_listed_once_it_can_be_read(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"))
    publisher = Publisher(store, Away(store, 1), SITE, (), folder)
    with pytest.raises(UnavailableError):
        await publisher.publish()
    assert publisher.feeds() == []
    await publisher.publish()
    assert [feed.name for feed in publisher.feeds()] == ["all", "world"]


async def test_a_feed_is_served_before_those_behind_it_are_ready(store: Store, folder: Path) -> None:
    """The renderer of the last feed waits until the first is served; if all were served at once it would give up."""
    served_first = threading.Event()

    class Waiting(Rss):
        def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
            if head.feed.name == "world":
                assert served_first.wait(10)
            return super().document(head, entries, tombstones)

    await take(store, article("one", "World"))
    publisher = publisher_of(store, folder, renderers={"rss": Waiting(SITE)})
    with publisher.bell.listen() as bell:
        publishing = asyncio.create_task(publisher.publish())
        await bell.wait(10)
        await until(lambda: publisher.document("all", "rss") is not None)
        assert publisher.document("world", "rss") is None
        served_first.set()
        await publishing
    assert publisher.document("world", "rss") is not None


# Retractions, and sections that have nothing left


async def test_a_retracted_article_leaves_its_feeds_and_a_section_without_articles_stays_as_an_empty_feed(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    await take(store, article("one", "World"), article("two", "Sport"))
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        (gone,) = await store.retract("urn:x:one", now=NOON + timedelta(hours=1), reason="killed")
        await until(lambda: names(publisher, "world") == [])
        await until(lambda: names(publisher, "all") == ["two"])
    document = served(publisher, "world", "rss")
    assert document.etag.startswith(f'"{gone.seq}-')
    assert document.last_modified == gone.at.replace(microsecond=0)
    assert not any(b"Body of one" in body for body in files(folder).values())

    again = publisher_of(store, folder)
    await again.publish()
    assert everything(again) == everything(publisher)

    elsewhere = publisher_of(store, tmp_path / "elsewhere")
    await elsewhere.publish()
    assert everything(elsewhere) == everything(publisher)
    assert orjson.loads(served(elsewhere, "world", "json").body)["title"] == "The Paper \N{EN DASH} World"


async def test_a_crash_between_a_retraction_and_its_files_shows_nothing_of_it_later(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"))
    await publisher_of(store, folder).publish()
    await store.retract("urn:x:one", now=NOON, reason="killed")
    publisher = publisher_of(store, folder)
    await publisher.publish()
    assert names(publisher, "world") == names(publisher, "all") == []
    assert not any(b"Body of one" in body for body in files(folder).values())


async def test_a_withdrawn_article_that_returns_is_shown_again(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder)
    for usage, shown in ((Usage.USABLE, ["one"]), (Usage.WITHDRAWN, []), (Usage.USABLE, ["one"])):
        await take(store, article("one", "World", usage=usage, summary=str(len(await store.read(0, 9)))))
        await publisher.publish()
        assert names(publisher, "all") == names(publisher, "world") == shown


# The folder


async def test_what_a_crash_left_is_cleared_and_other_files_are_not_ours(store: Store, folder: Path) -> None:
    folder.mkdir()
    (folder / ".feeder-gone.rss.tmp").write_bytes(b"half a fe")
    (folder / "mine.rss").write_bytes(b"by hand")
    (folder / os.fsdecode(b"\xff.rss")).write_bytes(b"strange")
    publisher = publisher_of(store, folder)
    await publisher.publish()
    assert not (folder / ".feeder-gone.rss.tmp").exists()
    assert (folder / "mine.rss").read_bytes() == b"by hand"
    assert [feed.name for feed in publisher.feeds()] == ["all"]


async def test_a_file_that_somebody_changed_is_put_right_at_the_next_start(store: Store, folder: Path) -> None:
    await publisher_of(store, folder).publish()
    whole = files(folder)
    (folder / "all.rss").write_bytes(whole["all.rss"].replace(b"The Paper", b"The Pager"))
    assert (await publisher_of(store, folder).publish()).written == 1
    assert files(folder) == whole


async def test_a_folder_that_somebody_removed_comes_back(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        whole = files(folder)
        shutil.rmtree(folder)
        store.bell.ring()
        await until(lambda: folder.exists() and files(folder) == whole)


def test_a_file_is_on_disk_before_it_has_its_name_and_its_name_is_before_it_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(("folder" if is_folder else "file", (folder / "all.rss").read_bytes()))
        real(descriptor)

    folder.mkdir()
    (folder / "all.rss").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", watched)
    assert replace(folder / "all.rss", b"new")
    assert steps == [("file", b"old"), ("folder", b"new")]
    assert not replace(folder / "all.rss", b"new")


async def test_a_web_server_of_another_user_may_read_the_files(store: Store, folder: Path) -> None:
    before = os.umask(0o022)
    try:
        await publisher_of(store, folder).publish()
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "all.rss").stat().st_mode) == 0o644


async def test_no_reader_ever_sees_half_a_file(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder, renderers={"rss": Rss(SITE)})
    await publisher.publish()
    going, looks = True, 0

    def look() -> int:
        nonlocal looks
        while going:
            etree.fromstring((folder / "all.rss").read_bytes())
            looks += 1
        return looks

    reading = asyncio.create_task(asyncio.to_thread(look))
    try:
        for number in range(30):
            await take(store, article("one", html=f"<p>{'word ' * 20000}{number}</p>"))
            await publisher.publish()
    finally:
        going = False
    assert await reading > 0


class Busy:
    """A real store that takes in another article whenever it has been asked something of its articles."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken = 0

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._store, name)
        if name not in {"front", "newest", "last_event"}:
            return asked

        async def ask(*given: Any) -> Any:
            found = await asked(*given)
            self._taken += 1
            await take(self._store, article(f"between {self._taken}", "World"))
            return found

        return ask


async def test_no_document_shows_an_event_beyond_its_own_cursor(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"))
    publisher = Publisher(store, Busy(store), SITE, (), folder)
    await publisher.publish()
    for name in ("all", "world"):
        document = orjson.loads(served(publisher, name, "json").body)
        last = int(document["_feeder"]["cursor"].rpartition(".")[2])
        assert max(item["_feeder"]["seq"] for item in document["items"]) == last


# Trouble


async def test_feeds_are_served_even_if_they_cannot_be_written_and_written_as_soon_as_they_can(
    store: Store, folder: Path
) -> None:
    await take(store, article("one", "World"))
    folder.write_bytes(b"a file is in the way")
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: names(publisher, "world") == ["one"])
        assert "cannot be" in publisher.problems()[0]
        await take(store, article("two", "World"))
        await until(lambda: len(names(publisher, "world") or ()) == 2)  # nothing older is anywhere
        assert publisher.problems()
        folder.unlink()
        await until(lambda: not publisher.problems())
        assert files(folder) == {name: body for name, (body, *_) in everything(publisher).items()}
        assert {"all.rss", "world.rss"} <= files(folder).keys()


async def test_a_file_that_could_never_be_written_leaves_nothing_behind_and_its_feed_is_served(
    store: Store, folder: Path
) -> None:
    (folder / "all.rss" / "in the way").mkdir(parents=True)
    await take(store, article("one"))
    publisher = publisher_of(store, folder)
    summary = await publisher.publish()
    assert summary.problems == tuple(publisher.problems())
    assert publisher.problems()[0].startswith("all.rss cannot be ")
    assert b"urn:x:one" in served(publisher, "all", "rss").body
    assert [path.name for path in folder.glob(".*")] == [".feeder-files"]
    assert [feed.name for feed in publisher.known()] == ["all"]


def test_a_write_that_fails_leaves_no_temporary_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder.mkdir()
    (folder / "all.rss").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace(folder / "all.rss", b"new")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"all.rss": b"old"}


async def test_a_failing_disk_keeps_the_last_good_feeds_and_is_tried_again(store: Store, folder: Path) -> None:
    await take(store, article("one"))
    publisher = publisher_of(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        good = served(publisher, "all", "rss")
        (folder / "all.rss").rename(folder / "kept")
        (folder / "all.rss" / "in the way").mkdir(parents=True)
        await take(store, article("two"))
        await until(lambda: bool(publisher.problems()))
        assert publisher.document("all", "rss") is good
        assert publisher.problems()[0].startswith("all.rss cannot be published: ")
        assert publisher.failures > 0
        (folder / "all.rss" / "in the way").rmdir()
        (folder / "all.rss").rmdir()
        await until(lambda: not publisher.problems())
        assert b"urn:x:two" in served(publisher, "all", "rss").body
        assert files(folder)["all.rss"] == served(publisher, "all", "rss").body


async def test_a_folder_that_cannot_be_made_is_said_and_not_a_crash(store: Store, folder: Path) -> None:
    folder.write_bytes(b"a file is in the way")
    publisher = publisher_of(store, folder)
    with pytest.raises(UnavailableError, match="cannot be used"):
        await publisher.publish()
    async with running(publisher):
        await until(lambda: "cannot be used" in publisher.problems()[0])
        folder.unlink()
        await until(lambda: not publisher.problems())
    assert (folder / "all.rss").exists()


async def test_one_bad_entry_is_left_out_and_harms_no_other(store: Store, folder: Path) -> None:
    await take(store, article("good"), article("bad", title="a\x0bb"))
    publisher = publisher_of(store, folder)
    summary = await publisher.publish()
    assert b"urn:x:bad" not in files(folder)["all.rss"]
    assert b"urn:x:good" in files(folder)["all.rss"]
    assert sorted(names(publisher, "all") or ()) == ["bad", "good"]  # JSON can say it
    assert summary.left_out == publisher.left_out == 2
    assert publisher.problems() == []
    await publisher.publish()
    assert publisher.left_out == 2


async def test_a_failing_feed_is_not_hammered_by_rings(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder)
    (folder / "all.rss" / "in the way").mkdir(parents=True)
    await publisher.publish()
    assert publisher.failures == 1
    publisher._setbacks["all"].until += 60
    await take(store, article("one", "World"))
    await publisher._follow()
    assert publisher.failures == 1
    assert names(publisher, "world") == ["one"]  # the others go on
    publisher._setbacks["all"].until = 0
    await publisher._follow()
    assert publisher.failures == 2
    assert names(publisher, "all") == ["one"]  # and so do its other formats


def test_pauses_grow_to_half_a_minute_and_are_never_all_alike() -> None:
    assert all(0.25 <= pause_seconds(1) <= 0.5 for _ in range(100))
    assert all(1 <= pause_seconds(3) <= 2 for _ in range(100))
    assert all(15 <= pause_seconds(tries) <= 30 for tries in (7, 8, 1000))
    assert len({pause_seconds(5) for _ in range(10)}) > 1


class Torn(Rss):
    """A renderer whose documents lose their end while it is broken."""

    broken = False

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        whole = super().document(head, entries, tombstones)
        return whole[:-10] if self.broken else whole


async def test_a_document_that_no_reader_could_read_never_replaces_a_good_one(store: Store, folder: Path) -> None:
    await take(store, article("one"))
    torn = Torn(SITE)
    publisher = publisher_of(store, folder, renderers={**installed_renderers(SITE, ["json"]), "rss": torn})
    await publisher.publish()
    good = served(publisher, "all", "rss")
    await take(store, article("two"))
    torn.broken = True
    summary = await publisher.publish()
    assert summary.problems == tuple(publisher.problems())
    assert publisher.problems()[0].startswith("all.rss cannot be published: ")
    assert publisher.document("all", "rss") is good
    assert files(folder)["all.rss"] == good.body
    assert sorted(names(publisher, "all") or ()) == ["one", "two"]
    torn.broken = False
    await publisher.publish()
    assert publisher.problems() == []
    assert b"urn:x:two" in files(folder)["all.rss"]


class Away:
    """A real store that is away for so many calls of one of its methods."""

    def __init__(self, store: Store, calls: int, method: str = "front") -> None:
        self._store = store
        self._method = method
        self.calls = calls

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self.calls:
            self.calls -= 1
            raise UnavailableError("the store is away")
        return getattr(self._store, name)


@pytest.mark.parametrize("method", ["concerned", "sections", "front"])
async def test_a_store_that_is_away_is_waited_for_and_nothing_is_forgotten(
    store: Store, folder: Path, method: str
) -> None:
    away = Away(store, 0, method)
    publisher = Publisher(away, away, SITE, (), folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        away.calls = 2
        await take(store, article("one", "World"))
        await until(lambda: publisher.problems() == ["the store is away"])
        await until(lambda: not publisher.problems())
        await until(lambda: publisher.document("world", "rss") is not None)
    assert names(publisher, "all") == names(publisher, "world") == ["one"]


async def test_a_store_that_is_away_at_the_start_is_waited_for(store: Store, folder: Path) -> None:
    await take(store, article("one"))
    publisher = Publisher(store, Away(store, 2), SITE, (), folder)
    async with running(publisher):
        await until(lambda: bool(publisher.document("all", "rss")))
        await until(lambda: not publisher.problems())
    assert names(publisher, "all") == ["one"]


# Real readers


async def test_feedparser_reads_the_files(store: Store, folder: Path) -> None:
    await take(store, article("one", "World"), article("two", "World", day=2))
    await publisher_of(store, folder).publish()
    for suffix in ("rss", "atom"):
        found = feedparser.parse(str(folder / f"world.{suffix}"))
        assert not found.bozo
        assert found.feed.title == "The Paper \N{EN DASH} World"
        assert [story.title for story in found.entries] == ["Title of two", "Title of one"]
