"""The archive's pages in the folder and on the web, with a real store and a real folder."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from lxml import etree

from feeder.errors import UnavailableError
from feeder.model import Feed
from feeder.publish import Publisher
from feeder.publish.pages import PageShelf
from feeder.render import Head
from feeder.render.rss_atom import Rss
from feeder.store import Store
from publishing import NOON, SITE, SUFFIXES, article, items, names, publisher_of, running, served, take, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.publish import Document

SIZE = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


def plan(store: Store, folder: Path, **changes: Any) -> Publisher:
    """With pages of three, and feeds of two."""
    changes.setdefault("feeds", [Feed(name="all", title="The Paper", entries=2)])
    changes.setdefault("page_size", SIZE)
    return publisher_of(store, folder, **changes)


async def fill(store: Store, count: int, section: str | None = "World") -> None:
    for number in range(1, count + 1):
        await take(store, article(f"a{number}", section, day=number), at=NOON + timedelta(minutes=number))


def pages(folder: Path, name: str = "all") -> dict[str, bytes]:
    """The archive's files."""
    return {path.name: path.read_bytes() for path in sorted((folder / name / "archive").glob("[!.]*"))}


def ids(body: bytes) -> list[str]:
    return [item["id"].removeprefix("urn:x:") for item in orjson.loads(body)["items"]]


def gone(body: bytes) -> list[str]:
    return [one["id"].removeprefix("urn:x:") for one in orjson.loads(body)["_feeder"].get("tombstones", ())]


async def page(publisher: Publisher, number: int, suffix: str = "json", name: str = "all") -> Document:
    found = await publisher.page(name, number, suffix)
    assert found is not None
    return found


async def walk(publisher: Publisher, name: str) -> list[str]:
    """Every article that a reader meets from the feed back to the first page, in the order of the meetings."""
    met, document = [], orjson.loads(served(publisher, name, "json").body)
    while True:
        met += [item["id"].removeprefix("urn:x:") for item in document["items"]]
        if "next_url" not in document:
            return met
        number = int(document["next_url"].rpartition("/")[2].removesuffix(".json"))
        document = orjson.loads((await page(publisher, number, name=name)).body)


async def test_complete_pages_are_files_in_every_format_and_the_feed_leads_to_them(store: Store, folder: Path) -> None:
    await fill(store, 7)
    publisher = plan(store, folder)
    summary = await publisher.publish_all()
    assert list(pages(folder)) == [f"{number}.{suffix}" for number in (1, 2) for suffix in SUFFIXES]
    assert list(pages(folder, "world")) == list(pages(folder))
    assert [ids(pages(folder)[f"{number}.json"]) for number in (1, 2)] == [["a3", "a2", "a1"], ["a6", "a5", "a4"]]
    assert summary.written == 2 * 3 + 2 * 2 * 3
    assert names(publisher, "all") == ["a7", "a6"]
    assert await walk(publisher, "all") == ["a7", "a6", "a6", "a5", "a4", "a3", "a2", "a1"]
    for suffix in SUFFIXES:
        assert b"/feeds/all/archive/2." + suffix.encode() in served(publisher, "all", suffix).body
        assert b"/feeds/all/archive/1." + suffix.encode() in pages(folder)[f"2.{suffix}"]


async def test_a_page_is_served_as_it_stands_in_the_folder(store: Store, folder: Path) -> None:
    await fill(store, 7)
    publisher = plan(store, folder)
    await publisher.publish_all()
    renders = publisher._archive._pages.press.renders
    for number in (1, 2):
        for suffix in SUFFIXES:
            found = await page(publisher, number, suffix)
            assert found.body == pages(folder)[f"{number}.{suffix}"]
            assert (found.page, found.seq, found.cursor) == (number, 3 * number, f"{found.epoch}.{3 * number}")
            assert found.last_modified == (NOON + timedelta(minutes=3 * number)).replace(microsecond=0)
            assert found.date_is_unique
            assert found.etag.startswith(f'"{3 * number}-{found.epoch}-')
    assert publisher._archive._pages.press.renders == renders  # they were read


async def test_a_page_that_is_not_in_the_folder_is_made_and_is_the_same(store: Store, folder: Path) -> None:
    await fill(store, 7)
    publisher = plan(store, folder)
    await publisher.publish()
    assert pages(folder) == {}
    made = {(number, suffix): await page(publisher, number, suffix) for number in (1, 2) for suffix in SUFFIXES}
    other = plan(store, folder)
    await other.publish_all()
    assert {key: await page(other, *key) for key in made} == made


@pytest.mark.parametrize(
    ("name", "number", "suffix"), [("all", 3, "rss"), ("all", 0, "rss"), ("all", 1, "txt"), ("x", 1, "rss")]
)
async def test_what_is_no_page_is_none(store: Store, folder: Path, name: str, number: int, suffix: str) -> None:
    await fill(store, 7)
    publisher = plan(store, folder)
    await publisher.publish_all()
    assert await publisher.page(name, number, suffix) is None


async def test_corrections_and_retractions_rewrite_their_page_alone(store: Store, folder: Path) -> None:
    await fill(store, 10)
    publisher = plan(store, folder)
    async with running(publisher):
        await until(lambda: len(pages(folder)) == 9)
        before = pages(folder)
        inodes = {path: path.stat().st_ino for path in (folder / "all" / "archive").glob("[123].*")}
        await take(store, article("a2", "World", day=2, title="Corrected", correction="It was wrong."))
        await until(lambda: b"Corrected" in pages(folder)["1.rss"])
        await store.retract("urn:x:a4", now=NOON + timedelta(hours=1), reason="killed")
        await until(lambda: not ids(pages(folder)["2.json"]).count("a4"))
        await until(lambda: gone(pages(folder)["2.json"]) == ["a4"])
        assert (await page(publisher, 1)).body == pages(folder)["1.json"]
        assert (await page(publisher, 2)).body == pages(folder)["2.json"]
    assert b"urn:x:a4" in pages(folder)["2.atom"]  # a tombstone
    assert not any(b"Body of a4" in body for body in pages(folder).values())
    assert {name: body for name, body in pages(folder).items() if name[0] == "3"} == {
        name: body for name, body in before.items() if name[0] == "3"
    }
    assert {path for path, inode in inodes.items() if path.stat().st_ino == inode} == {
        path for path in inodes if path.name[0] == "3"
    }


async def test_a_page_that_was_asked_for_before_shows_the_correction_as_soon_as_the_feed_does(
    store: Store, folder: Path
) -> None:
    await fill(store, 7)
    publisher = plan(store, folder)
    await publisher.publish_all()
    first = await page(publisher, 1)
    assert await page(publisher, 1) is first
    await take(store, article("a8", "World", day=8))
    await publisher.publish()
    assert await page(publisher, 1) is first  # another story does not concern it
    await take(store, article("a1", "World", day=1, title="Again"))
    await publisher.publish()
    assert [item["title"] for item in orjson.loads((await page(publisher, 1)).body)["items"]][-1] == "Again"


async def test_after_a_restart_nothing_is_rendered_again(store: Store, folder: Path) -> None:
    await fill(store, 7)
    await plan(store, folder).publish_all()
    again = plan(store, folder)
    assert (await again.publish_all()).written == 0
    assert again._archive._pages.press.renders == 0


async def test_what_happened_while_nothing_ran_is_made_up_for(store: Store, folder: Path) -> None:
    await fill(store, 7)
    await plan(store, folder).publish_all()
    await take(store, article("a1", "World", day=1, title="Again"))
    await fill(store, 9)
    again = plan(store, folder)
    await again.publish_all()
    assert again._archive._pages.press.renders == 2 * 2 * 3  # pages 1 and 3 of two feeds
    fresh = plan(store, folder.with_name("fresh"))
    await fresh.publish_all()
    assert pages(folder) == pages(folder.with_name("fresh"))


async def test_files_that_somebody_removed_or_changed_come_back(store: Store, folder: Path) -> None:
    await fill(store, 7)
    publisher = plan(store, folder)
    await publisher.publish_all()
    whole = pages(folder)
    archive = folder / "all" / "archive"
    (archive / "1.rss").unlink()
    (archive / "2.atom").write_bytes(whole["2.atom"].replace(b"Paper", b"Pager"))
    assert (await page(publisher, 1, "rss")).body == whole["1.rss"]
    assert (await page(publisher, 2, "atom")).body == whole["2.atom"]
    async with running(publisher):
        await until(lambda: pages(folder) == whole)
    shutil.rmtree(folder / "world")
    await plan(store, folder).publish_all()
    assert pages(folder, "world").keys() == whole.keys()


async def test_a_lost_or_foreign_note_costs_work_and_nothing_else(store: Store, folder: Path) -> None:
    await fill(store, 7)
    await plan(store, folder).publish_all()
    whole, note = pages(folder), folder / "all" / "archive" / ".feeder-pages"
    kept = note.read_bytes()
    for damaged in (None, b"", b"[]", b'{"made_of": 1}', kept.replace(b'"pages":{"1":', b'"pages":{"x":')):
        if damaged is None:
            note.unlink()
        else:
            note.write_bytes(damaged)
        publisher = plan(store, folder)
        await publisher.publish_all()
        assert pages(folder) == whole
        assert note.read_bytes() == kept
        assert publisher._archive._pages.press.renders == 2 * 3


async def test_a_note_cannot_make_an_old_page_right(store: Store, folder: Path) -> None:
    """A backup of the folder's files beside the note of today."""
    await fill(store, 7)
    await plan(store, folder).publish_all()
    old = pages(folder)
    await store.retract("urn:x:a1", now=NOON + timedelta(hours=1), reason="killed")
    publisher = plan(store, folder)
    await publisher.publish_all()
    for name, body in old.items():
        (folder / "all" / "archive" / name).write_bytes(body)
    assert ids((await page(publisher, 1)).body) == ["a3", "a2"]
    async with running(publisher):
        await until(lambda: ids(pages(folder)["1.json"]) == ["a3", "a2"])


async def test_other_settings_make_all_pages_anew_and_remove_those_that_there_are_no_more(
    store: Store, folder: Path
) -> None:
    await fill(store, 7)
    await plan(store, folder).publish_all()
    (folder / "all" / "archive" / "notes.txt").write_bytes(b"by hand")
    publisher = plan(store, folder, page_size=5, feeds=[Feed(name="all", title="Another", formats=("rss", "json"))])
    await publisher.publish_all()
    found = pages(folder)
    assert list(found) == ["1.json", "1.rss", "notes.txt"]
    assert orjson.loads(found["1.json"])["title"] == "Another"
    assert len(ids(found["1.json"])) == 5
    assert await publisher.page("all", 1, "atom") is None


async def test_a_feed_that_is_configured_no_more_leaves_no_file_and_nothing_else_is_touched(
    store: Store, folder: Path
) -> None:
    await fill(store, 4)
    (folder / "mine" / "archive").mkdir(parents=True)
    (folder / "mine" / "archive" / "1.rss").write_bytes(b"by hand")
    (folder / "mine.rss").write_bytes(b"by hand")
    everything = Feed(name="all", title="The Paper")
    other = Feed(name="other", title="Other", shelf="world")
    await plan(store, folder, feeds=[everything, other]).publish_all()
    assert (folder / "other.rss").exists()
    assert pages(folder, "other")
    await plan(store, folder, feeds=[everything]).publish_all()
    assert sorted(path.name for path in folder.glob("other*")) == ["other"]
    assert pages(folder, "other") == {}
    assert (folder / "mine.rss").read_bytes() == (folder / "mine" / "archive" / "1.rss").read_bytes() == b"by hand"
    assert pages(folder, "world")


async def test_a_list_of_files_that_somebody_wrote_removes_nothing_outside(store: Store, folder: Path) -> None:
    await plan(store, folder).publish()
    outside = folder.parent / "outside.rss"
    outside.write_bytes(b"by hand")
    (folder / ".feeder-files").write_bytes(orjson.dumps({"files": ["../outside.rss", "a\0b", ".x", str(outside)]}))
    await plan(store, folder).publish()
    assert outside.exists()


async def test_pages_wait_while_a_feed_is_published_and_while_many_articles_come_in(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeder.publish.MANY_EVENTS", 5)
    monkeypatch.setattr("feeder.publish.pace.CALM_SECONDS", 0.3)
    publisher = plan(store, folder)
    async with running(publisher):
        await until(lambda: not publisher.problems())
        for number in range(4):
            await take(store, *(article(f"b{number}.{each}") for each in range(6)))
            await until(lambda: len(items(publisher, "all")) == 2)
            assert not publisher._archive.quiet.is_set() or pages(folder) == {}
        await until(lambda: len(pages(folder)) == 8 * 3)


async def test_a_run_that_is_stopped_in_the_middle_goes_on_from_there(store: Store, folder: Path) -> None:
    await fill(store, 12, section=None)
    publisher = plan(store, folder)
    await publisher.publish()
    publisher._archive.quiet.clear()
    completing = asyncio.create_task(publisher._archive.complete())
    await asyncio.sleep(0)
    completing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await completing
    assert pages(folder) == {}
    publisher._archive.quiet.set()
    await publisher._archive.complete()
    assert len(pages(folder)) == 12


async def test_a_folder_that_cannot_be_written_is_said_and_tried_again(store: Store, folder: Path) -> None:
    await fill(store, 4)
    (folder).mkdir()
    (folder / "all").write_bytes(b"a file is in the way")
    publisher = plan(store, folder)
    async with running(publisher):
        await until(lambda: any("the archive of all cannot be written" in said for said in publisher.problems()))
        await until(lambda: bool(pages(folder, "world")))
        assert ids((await page(publisher, 1)).body) == ["a3", "a2", "a1"]
        (folder / "all").unlink()
        await until(lambda: not publisher.problems())
    assert len(pages(folder)) == 3


class Torn(Rss):
    """A renderer whose archive pages lose their end while it is broken."""

    broken = True

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        whole = super().document(head, entries, tombstones)
        return whole[:-10] if self.broken and head.page == 1 else whole


async def test_a_page_that_cannot_be_printed_is_said_and_the_others_are_written(store: Store, folder: Path) -> None:
    await fill(store, 7)
    torn = Torn(SITE)
    publisher = plan(store, folder, renderers={"rss": torn})
    summary = await publisher.publish_all()
    assert list(pages(folder)) == ["2.rss"]
    assert all("1.rss cannot be published" in said for said in summary.problems)
    assert len(summary.problems) == 2
    with pytest.raises(UnavailableError, match="cannot be published"):
        await publisher.page("all", 1, "rss")
    torn.broken = False
    for setback in publisher._archive.setbacks.values():
        setback.until = 0
    assert (await publisher.publish_all()).problems == ()
    assert list(pages(folder)) == ["1.rss", "2.rss"]
    etree.fromstring(pages(folder)["1.rss"])


async def test_a_store_that_is_away_is_waited_for(store: Store, folder: Path) -> None:
    class Away:
        away = True

        def __getattr__(self, name: str) -> Any:
            if name == "stale_pages" and self.away:
                raise UnavailableError("the store is away")
            return getattr(store, name)

    await fill(store, 4)
    away = Away()
    publisher = Publisher(store, away, SITE, (), folder, page_size=SIZE)
    async with running(publisher):
        await until(lambda: publisher.problems() == ["the store is away"] * 2)
        away.away = False
        await until(lambda: not publisher.problems())
    assert len(pages(folder)) == 3


async def test_pages_that_were_asked_for_are_kept_within_a_bound(store: Store, folder: Path) -> None:
    await fill(store, 9)
    publisher = plan(store, folder)
    await publisher.publish_all()
    feed = publisher.feeds()[0]
    one = (await page(publisher, 1)).size
    shelf = PageShelf(publisher._archive._pages, most_bytes=2 * one + one // 2)
    for number in (1, 2, 3, 1):
        assert (await shelf.get(feed, number, "json", 9))[0]
    assert [number for _, number, _ in shelf._kept] == [3, 1]
    assert shelf._bytes == sum(kept.document.size for kept in shelf._kept.values()) <= 2 * one + one // 2


async def test_a_page_says_whether_its_second_is_its_own(store: Store, folder: Path) -> None:
    second = NOON.replace(microsecond=0)
    for name, milliseconds in (("a", 0), ("b", 100), ("c", 200)):
        await take(store, article(name), at=second + timedelta(milliseconds=milliseconds))
    for name in ("d", "e", "f"):
        await take(store, article(name), at=second + timedelta(minutes=1 + "def".index(name)))
    publisher = plan(store, folder)
    await publisher.publish_all()
    assert not (await page(publisher, 1)).date_is_unique
    assert (await page(publisher, 2)).date_is_unique


async def test_what_a_crash_left_among_the_pages_is_cleared(store: Store, folder: Path) -> None:
    await fill(store, 4)
    archive = folder / "all" / "archive"
    archive.mkdir(parents=True)
    (archive / ".feeder-1.rss.tmp").write_bytes(b"half a pa")
    await plan(store, folder).publish_all()
    assert sorted(path.name for path in archive.iterdir()) == [".feeder-pages", "1.atom", "1.json", "1.rss"]


async def test_a_round_finds_what_was_removed_though_nothing_happened(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeder.publish.archive.ROUND_SECONDS", 0.1)
    await fill(store, 4)
    publisher = plan(store, folder)
    async with running(publisher):
        await until(lambda: len(pages(folder)) == 3)
        (folder / "all" / "archive" / "1.atom").unlink()
        await until(lambda: len(pages(folder)) == 3)


async def test_a_log_of_other_events_makes_all_pages_anew(store: Store, folder: Path) -> None:
    """The folder belongs to a store that was lost; the new one counts anew."""
    await fill(store, 7)
    archive = folder / "all" / "archive"
    await plan(store, folder).publish_all()
    note = archive / ".feeder-pages"
    epoch = (await store.epochs())[-1].name
    note.write_bytes(note.read_bytes().replace(epoch.encode(), b"OTHEREPO"))
    publisher = plan(store, folder)
    await publisher.publish_all()
    assert publisher._archive._pages.press.renders == 2 * 3
    assert epoch.encode() in note.read_bytes()


@pytest.mark.parametrize("cursor", [12, None, "", [], "EPOCH.x", "EPOCH.\u0663", "EPOCH.-1", "."])
async def test_a_note_of_nonsense_ends_nothing(store: Store, folder: Path, cursor: object) -> None:
    await fill(store, 7)
    await plan(store, folder).publish_all()
    path = folder / "all" / "archive" / ".feeder-pages"
    note = orjson.loads(path.read_bytes())
    epoch = (await store.epochs())[-1].name
    note["cursor"] = cursor.replace("EPOCH", epoch) if isinstance(cursor, str) else cursor
    path.write_bytes(orjson.dumps(note))
    publisher = plan(store, folder)
    await publisher.publish_all()
    assert publisher.problems() == []
    assert len(pages(folder)) == 2 * 3
