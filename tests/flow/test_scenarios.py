"""What people do with files over time, seen from outside: the program, its commands and its feeds."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from program import Place, Running, Serve

STORY = (
    "The council voted on the plan for the old harbour on Tuesday evening after a debate of five hours. Residents had "
    "asked for more trees and fewer cars. The mayor said that work would begin in spring and end two years later. "
    "Shopkeepers fear for their trade while the cranes stand there."
)


def article(title: str, day: str = "2026-01-02", body: str = STORY) -> str:
    return f" date {day} {title}\n\n{body}\n"


def told(events: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(event["event"], event["data"]["_feeder"]["feeds"]) for event in events]


async def known_as(running: Running, status: str, number: int) -> bool:
    metrics = (await running.get(running.operator + "/metrics"))[1].decode()
    return f'feeder_files{{status="{status}"}} {number}.0' in metrics


@pytest.mark.parametrize("withdraw", ["true", "false"])
async def test_a_copy_in_another_section_that_outlives_its_original_moves_the_article(
    place: Place, serve: Serve, withdraw: str
) -> None:
    """A move to another file system is a copy, and then the original goes: it must end like a rename."""
    place.settings |= {"seeds.withdraw": withdraw, "seeds.withdraw_grace_seconds": "0.2"}
    running = await serve()
    original = place.drop("world/a.txt", article("A story"))
    await running.until_log(1)
    (place.seeds / "sport").mkdir()
    shutil.copy(original, place.seeds / "sport/a.txt")
    await running.until(lambda: known_as(running, "duplicate", 1))
    original.unlink()
    events = await running.until_log(2)
    assert told(events) == [("published", ["all", "world"]), ("updated", ["all", "sport"])]
    assert len({event["data"]["id"] for event in events}) == 1
    await running.until_titles("A story", name="sport")
    await running.until_titles(name="world")
    assert await known_as(running, "published", 1)
    place.drop("sport/a.txt", article("A story", body=f"{STORY} It goes on."))
    assert (await running.until_log(3))[2]["data"]["id"] == events[0]["data"]["id"]


def test_a_copy_takes_over_within_one_pass_for_cron(place: Place) -> None:
    place.settings["seeds.withdraw_grace_seconds"] = "0"
    original = place.drop("world/a.txt", article("A story"))
    place.run("publish")
    (place.seeds / "sport").mkdir()
    shutil.copy(original, place.seeds / "sport/a.txt")
    place.run("publish")
    original.unlink()
    assert "events: 1" in place.run("publish").stdout
    assert "A story" in (place.feeds / "sport.rss").read_text()
    assert "A story" not in (place.feeds / "world.rss").read_text()


async def test_a_story_that_was_retracted_stays_away_though_its_file_is_renamed_and_edited_at_once(
    place: Place, serve: Serve
) -> None:
    running = await serve()
    original = place.drop("a.txt", article("A story"))
    story = (await running.until_log(1))[0]["data"]["id"]
    assert place.run("retract", story).returncode == 0
    (place.seeds / ".edited").write_text(article("A story, once more", body=f"{STORY} It goes on."))
    original.unlink()
    (place.seeds / ".edited").rename(place.seeds / "b.txt")
    await running.until(lambda: known_as(running, "withdrawn", 2))
    place.drop("c.txt", article("Another story", body="Not a cloud was seen anywhere at all."))
    events = await running.until_log(3)
    assert [event["data"].get("title") for event in events] == [None, None, "Another story"]


async def test_texts_that_are_handed_on_from_file_to_file_keep_their_ids(place: Place, serve: Serve) -> None:
    """Three names, one text after the other under each: three articles with three ids all the time."""
    running = await serve()
    told_in_full = STORY, "A swimmer crossed the lake in four hours and was cheered.", "The choir sang to a full house."
    texts = [article(f"Story {number}", body=body) for number, body in enumerate(told_in_full)]
    for number, text in enumerate(texts):
        place.drop(f"{number}.txt", text)
    before = await running.until_log(3)
    place.drop("0.txt", texts[1])
    await running.until(lambda: known_as(running, "duplicate", 1))
    place.drop("1.txt", texts[2])
    place.drop("2.txt", texts[0])
    await running.until(lambda: known_as(running, "published", 3))
    place.drop("2.txt", texts[0] + "\nIt goes on.\n")
    events = await running.until_log(4)
    assert (events[3]["event"], events[3]["data"]["title"]) == ("updated", "Story 0")
    assert events[3]["data"]["id"] == next(one["data"]["id"] for one in before if one["data"]["title"] == "Story 0")
    assert sorted(await running.titles()) == ["Story 0", "Story 1", "Story 2"]


def test_a_strict_pass_is_content_once_the_bad_file_is_gone(place: Place) -> None:
    place.drop("good.txt", article("Good"))
    bad = place.drop("bad.txt", article("No such day", day="2026-02-30"))
    assert place.run("publish", "--strict").returncode == 1
    bad.unlink()
    done = place.run("publish", "--strict")
    assert (done.returncode, done.stderr) == (0, "")
