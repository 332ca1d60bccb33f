"""What a document has that is newer than an event, and the list of all feeds; with a real store and a real folder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from lxml import etree

from feeder.model import Feed
from feeder.publish import Publisher
from feeder.publish.check import read_back
from feeder.store import Store, open_store
from publishing import NOON, SUFFIXES, article, publisher_of, served, take

KINDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


async def fill(store: Store, *names: str, **changes: Any) -> None:
    for name in names:
        await take(store, article(name, "World", **changes), at=NOON)


async def delta(
    publisher: Publisher, seq: int, suffix: str = "json", name: str = "all"
) -> tuple[list[str], list[str]] | None:
    """The articles and the tombstones of a delta."""
    body = await publisher.delta(name, suffix, seq, served(publisher, name, suffix).epoch)
    if body is None:
        return None
    found = read_back(body, KINDS[suffix])
    assert found is not None
    entries, tombstones = (
        [str(each).removeprefix("urn:x:") for each in one] for one in (found.entries, found.tombstones)
    )
    return entries, tombstones


async def test_a_delta_has_what_is_newer_under_the_head_of_the_document(store: Store, folder: Path) -> None:
    await fill(store, "a", "b", "c", "d")
    publisher = publisher_of(store, folder)
    await publisher.publish()
    for suffix in SUFFIXES:
        assert await delta(publisher, 2, suffix) == (["d", "c"], [])
        assert await delta(publisher, 0, suffix) == (["d", "c", "b", "a"], [])
        assert await delta(publisher, 4, suffix) is None  # nothing is newer
    whole = orjson.loads(served(publisher, "all", "json").body)
    part = orjson.loads(await publisher.delta("all", "json", 2, served(publisher, "all", "json").epoch) or b"")
    assert part == {**whole, "items": whole["items"][:2]}


async def test_who_applies_a_delta_has_what_the_document_shows(store: Store, folder: Path) -> None:
    await fill(store, "a", "b", "c")
    publisher = publisher_of(store, folder)
    await publisher.publish()
    held = {item["id"]: item for item in orjson.loads(served(publisher, "all", "json").body)["items"]}
    await fill(store, "d")
    await fill(store, "a", title="Again")
    await store.retract("urn:x:b", now=NOON, reason="killed")
    await publisher.publish()
    found = orjson.loads(await publisher.delta("all", "json", 3, served(publisher, "all", "json").epoch) or b"")
    held |= {item["id"]: item for item in found["items"]}
    for one in found["_feeder"]["tombstones"]:
        del held[one["id"]]
    now = orjson.loads(served(publisher, "all", "json").body)
    assert held == {item["id"]: item for item in now["items"]}


async def test_who_comes_back_into_a_full_document_is_in_the_delta(store: Store, folder: Path) -> None:
    await fill(store, *(f"a{number}" for number in range(6)))
    publisher = publisher_of(store, folder, feeds=[Feed(name="all", title="The Paper", entries=3)], page_size=2)
    await publisher.publish()  # shows a5, a4, a3
    await store.retract("urn:x:a4", now=NOON, reason="killed")
    await publisher.publish()
    assert await delta(publisher, 6) == (["a2"], ["a4"])
    await fill(store, "a6")
    await publisher.publish()  # a2 has no room any more
    assert await delta(publisher, 6) == (["a6", "a3"], ["a4"])
    assert await delta(publisher, 7) == (["a6"], [])


async def test_a_format_without_tombstones_has_no_delta_once_something_has_left(store: Store, folder: Path) -> None:
    await fill(store, "a", "b", "c")
    await store.retract("urn:x:a", now=NOON, reason="killed")
    await fill(store, "d")
    publisher = publisher_of(store, folder)
    await publisher.publish()
    assert await delta(publisher, 3, "rss") is None
    assert await delta(publisher, 4, "rss") == (["d"], [])
    for suffix in ("atom", "json"):
        assert await delta(publisher, 3, suffix) == (["d"], ["a"])


async def test_what_moved_to_another_section_is_gone_there_and_here_here(store: Store, folder: Path) -> None:
    await fill(store, "a", "b")
    await take(store, article("a", "Sport"), at=NOON)
    publisher = publisher_of(store, folder)
    await publisher.publish()
    assert await delta(publisher, 2, name="world") == ([], ["a"])
    assert await delta(publisher, 2, name="sport") == (["a"], [])


async def test_an_event_that_the_document_has_forgotten_has_no_delta(store: Store, folder: Path) -> None:
    await fill(store, *(f"a{number}" for number in range(9)))
    publisher = publisher_of(store, folder, feeds=[Feed(name="all", title="The Paper", entries=3)], page_size=2)
    await publisher.publish()
    assert await delta(publisher, 5) is None
    assert await delta(publisher, 6) == (["a8", "a7", "a6"], [])


@pytest.mark.parametrize(("name", "suffix"), [("nowhere", "rss"), ("all", "txt")])
async def test_no_document_has_no_delta(store: Store, folder: Path, name: str, suffix: str) -> None:
    await fill(store, "a")
    publisher = publisher_of(store, folder)
    assert await publisher.delta("all", "rss", 0, "x") is None
    await publisher.publish()
    assert await publisher.delta(name, suffix, 0, served(publisher, "all", "rss").epoch) is None


async def test_an_event_counts_in_the_epoch_that_numbered_it_and_after_a_restart_too(
    tmp_path: Path, folder: Path
) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    first = await open_store(url, data=tmp_path)
    await fill(first, "a", "b")
    await first.close()
    second = await open_store(url, data=tmp_path)
    await fill(second, "c")
    publisher = publisher_of(second, folder)
    await publisher.publish()
    old, new = [epoch.name for epoch in await second.epochs()]
    assert await publisher.delta("all", "json", 1, old)
    assert await publisher.delta("all", "json", 2, old)
    assert await publisher.delta("all", "json", 1, new) is None
    assert await publisher.delta("all", "json", 3, old) is None  # of a log that was lost
    assert await publisher.delta("all", "json", 1, "foreign") is None
    assert await publisher.delta("all", "json", 9, new) is None
    await fill(second, "d")
    await publisher._follow()
    assert await publisher.delta("all", "json", 3, new)
    await second.close()


async def test_the_feed_has_a_tombstone_for_who_has_left(store: Store, folder: Path) -> None:
    await fill(store, "a", "b", "c")
    await store.retract("urn:x:b", now=NOON + timedelta(minutes=1), reason="killed")
    publisher = publisher_of(store, folder)
    await publisher.publish()
    (gone,) = orjson.loads(served(publisher, "all", "json").body)["_feeder"]["tombstones"]
    assert (gone["id"], gone["reason"]) == ("urn:x:b", "killed")
    found = read_back(served(publisher, "world", "atom").body, KINDS["atom"])
    assert found is not None
    assert found.tombstones == ("urn:x:b",)


async def test_the_list_of_all_feeds_stands_beside_them(store: Store, folder: Path) -> None:
    publisher = publisher_of(store, folder)
    assert publisher.opml() is None
    await fill(store, "a")
    await publisher.publish()
    found = publisher.opml()
    assert found is not None
    assert found.body == (folder / "feeds.opml").read_bytes()
    outlines = etree.fromstring(found.body).iterfind("body/outline")
    assert [one.get("xmlUrl") for one in outlines] == [
        f"https://news.example/feeds/{name}.rss" for name in ("all", "world")
    ]
    assert found.seq == served(publisher, "all", "rss").seq
    await take(store, article("b", "Sport"))
    await publisher.publish()
    assert b"sport" in (folder / "feeds.opml").read_bytes()
