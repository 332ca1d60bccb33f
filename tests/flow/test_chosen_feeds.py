"""Feeds of the configuration from outside: what they show, and what the stream says of them, over restarts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from program import Place, Running, Serve

STORY = "The council voted on the plan for the old harbour on Tuesday evening after a debate of five hours."
CHOSEN: tuple[dict[str, str], ...] = (
    {"name": "by-section", "section": "World/Americas"},
    {"name": "by-tag", "tag": "Night ferries"},
    {"name": "by-language", "language": "pt"},
    {"name": "by-author", "author": "Ana Sá"},
    {"name": "by-query", "query": 'title:"night boat" -cancelled'},
)
SHOWN = {
    "section": {"section": "World/Americas"},
    "tag": {"tags": "[night-ferries]"},
    "language": {"lang": "pt-BR"},
    "author": {"author": "ANA SÁ"},
    "query": {"title": "The Night-Boat sails"},
}
"""For each of the feeds, what an article has to say to stand in it."""


def choose(place: Place, *feeds: dict[str, str]) -> None:
    place.settings |= {"feed": json.dumps(feeds), "site.base_url": "https://news.example"}  # the port is any


def article(number: int, **said: str) -> str:
    told = {"id": f"urn:x:{number}", "title": f"Story {number}", "date": f"2026-01-{number:02}", "lang": "en"} | said
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in told.items()) + f"---\n\n{STORY} ({number})\n"


async def told(running: Running, feed: str) -> list[tuple[str, str, bool]]:
    """Of every event of a feed's stream: which article, what happened, and whether the feed shows it from then on."""
    events = await running.log(feed=feed)
    return [(name(one["data"]), one["event"], feed in one["data"]["_feeder"]["feeds"]) for one in events]


def name(item: dict[str, Any]) -> str:
    found: str = item["id"].removeprefix("urn:x:")
    return found


async def shown(running: Running, feed: str) -> list[str]:
    return [name(item) for item in (await running.feed(feed))["items"]]


async def gone(running: Running, feed: str) -> list[tuple[str, str | None]]:
    """Of whom a feed says that it shows them no more, and why."""
    stones = (await running.feed(feed))["_feeder"].get("tombstones", [])
    return [(name(stone), stone.get("reason")) for stone in stones]


async def until_shown(running: Running, feed: str, *names: str) -> None:
    async def is_so() -> bool:
        return await shown(running, feed) == list(names)

    await running.until(is_so)


@pytest.mark.parametrize("by", sorted(SHOWN))
async def test_an_article_comes_leaves_returns_and_is_retracted(place: Place, serve: Serve, by: str) -> None:
    feed = f"by-{by}"
    choose(place, *CHOSEN)
    running = await serve()
    place.drop("2.md", article(2))
    place.drop("1.md", article(1, **SHOWN[by]))
    await until_shown(running, feed, "1")
    place.drop("1.md", article(1))
    await until_shown(running, feed)
    assert await gone(running, feed) == [("1", None)]
    place.drop("1.md", article(1, **SHOWN[by]))
    await until_shown(running, feed, "1")
    assert await gone(running, feed) == []
    life = [("1", "published", True), ("1", "updated", False), ("1", "updated", True)]
    assert await told(running, feed) == life
    assert place.run("retract", "urn:x:1").returncode == 0
    await until_shown(running, feed)
    assert await gone(running, feed) == [("1", "killed")]
    assert (await told(running, feed))[3:] == [("1", "retracted", True)]  # who saw it is told that it is gone
    others = {one["name"] for one in CHOSEN} - {feed}
    assert [await told(running, other) for other in others] == [[]] * 4
    cursor = (await running.feed(feed))["_feeder"]["cursor"]
    assert cursor == (await running.log(feed=feed))[-1]["id"]


async def test_feeds_are_added_changed_and_removed_between_two_starts(place: Place, serve: Serve) -> None:
    """Each shows the old articles too, as if it had been there from the first day; the others notice nothing."""
    place.drop("world/1.md", article(1, tags="[ferries]"))
    place.drop("world/2.md", article(2, tags="[ferries, trains]"))
    place.drop("world/3.md", article(3, tags="[trains]"))
    running = await serve()
    await until_shown(running, "world", "3", "2", "1")
    place.drop("world/1.md", article(1, tags="[ferries, trains]", correction="It has tracks."))
    await running.until_log(4)
    assert await running.stop() == 0

    choose(place, {"name": "chosen", "tag": "ferries"})
    running = await serve()
    await until_shown(running, "chosen", "2", "1")
    assert sorted(await told(running, "chosen")) == [
        ("1", "corrected", True),
        ("1", "published", True),
        ("2", "published", True),
    ]
    before = [await running.get(f"/feeds/{feed}.atom") for feed in ("world", "all")]
    assert await running.stop() == 0

    choose(place, {"name": "chosen", "tag": "trains"}, {"name": "second", "tag": "ferries"})
    running = await serve()
    await until_shown(running, "chosen", "3", "2", "1")
    await until_shown(running, "second", "2", "1")
    assert ("1", "published", False) not in await told(running, "chosen")
    after = [await running.get(f"/feeds/{feed}.atom") for feed in ("world", "all")]
    assert [body for _, body, _ in after] == [body for _, body, _ in before]
    assert [head["ETag"] for _, _, head in after] == [head["ETag"] for _, _, head in before]
    place.drop("world/2.md", article(2))
    await until_shown(running, "chosen", "3", "1")
    await until_shown(running, "second", "1")
    assert await running.stop() == 0

    choose(place, {"name": "second", "tag": "ferries"})
    running = await serve()
    assert (await running.get("/feeds/chosen.json"))[0] == 404
    assert (await running.get("/events?feed=chosen&poll=1"))[0] == 400
    await until_shown(running, "second", "1")
    assert "chosen" not in {feed for one in await running.log() for feed in one["data"]["_feeder"]["feeds"]}
    assert await running.stop() == 0


def test_a_pass_for_cron_fills_feeds_too_and_a_pass_that_only_retracts(place: Place) -> None:
    place.drop("1.md", article(1, tags="[ferries]"))
    place.drop("2.md", article(2, tags="[ferries]"))
    assert place.run("publish").returncode == 0
    choose(place, {"name": "chosen", "tag": "ferries"})
    assert place.run("retract", "urn:x:1").returncode == 0
    document = json.loads((place.feeds / "chosen.json").read_text())
    assert [name(item) for item in document["items"]] == ["2"]


async def test_the_archive_of_a_feed_that_is_new_has_the_old_articles(place: Place, serve: Serve) -> None:
    place.settings |= {"feeds.archive_entries": "2", "feeds.entries": "1"}
    for number in range(1, 8):
        place.drop(f"{number}.md", article(number, tags="[ferries]" if number % 2 else "[]"))
    running = await serve()
    await running.until_log(7)
    assert await running.stop() == 0
    choose(place, {"name": "chosen", "tag": "ferries"})
    running = await serve()
    document = await running.feed("chosen")
    met = [[name(item) for item in document["items"]]]
    while following := document.get("next_url"):
        document = json.loads((await running.get(following.removeprefix("https://news.example")))[1])
        met.append([name(item) for item in document["items"]])
    assert met == [["7"], ["7", "5"], ["3", "1"]]


async def test_a_restart_with_the_same_feeds_changes_no_byte(place: Place, serve: Serve) -> None:
    choose(place, *CHOSEN)
    place.drop("1.md", article(1, **SHOWN["tag"]))
    running = await serve()
    await until_shown(running, "by-tag", "1")
    assert await running.stop() == 0
    before = {file.name: file.read_bytes() for file in place.feeds.glob("by-*")}
    assert len(before) == 15
    running = await serve()
    await until_shown(running, "by-tag", "1")
    assert await running.stop() == 0
    assert {file.name: file.read_bytes() for file in place.feeds.glob("by-*")} == before


async def test_a_feed_of_the_configuration_hides_the_section_of_its_name_and_nothing_else(
    place: Place, serve: Serve
) -> None:
    choose(place, {"name": "sport", "tag": "ferries"})
    running = await serve()
    place.drop("sport/1.md", article(1))
    place.drop("world/2.md", article(2, tags="[ferries]"))
    await until_shown(running, "sport", "2")
    await until_shown(running, "world", "2")
    assert await told(running, "sport") == [("2", "published", True)]
    assert await running.stop() == 0
    choose(place)
    running = await serve()
    await until_shown(running, "sport", "1")
    assert await told(running, "sport") == [("1", "published", True)]
