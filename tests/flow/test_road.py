"""The main job, end to end: drop an article, and readers and listeners have it."""

from __future__ import annotations

import asyncio
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import orjson
import pytest

from program import Place, Running, Serve

FOUNDING = Path(__file__).parents[2] / "seeds" / "000_39792b1896ac9294.txt"
TITLE = "Clashes in Venezuela as Guaidó calls for uprising; Maduro decries ‘coup attempt’"


def article(title: str, day: str = "2026-01-02", body: str = "") -> str:
    return f" date {day} {title}\n\n{body or 'Something happened in the city, and it was not the first time.'}\n"


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


async def test_the_founding_article_is_in_every_feed_whole_and_on_its_day(place: Place, serve: Serve) -> None:
    shutil.copy(FOUNDING, place.seeds)
    place.settings["site.timezone"] = "Pacific/Auckland"
    running = await serve()
    await running.until_titles(TITLE)
    item = (await running.feed())["items"][0]
    assert item["date_published"].startswith("2019-04-30T00:00:00")
    assert item["content_html"].count("<p>") == 25
    assert "“America will stand with you until freedom &amp; democracy are restored,” he wrote." in item["content_html"]
    for suffix, published in (("rss", "Tue, 30 Apr 2019 00:00:00"), ("atom", "2019-04-30T00:00:00")):
        body = (await running.get(f"/feeds/all.{suffix}"))[1]
        entry = feedparser.parse(body).entries[0]
        assert entry.title == TITLE
        assert entry.published.startswith(published)
        assert entry.content[0].value.count("<p>") == 25
        assert (place.feeds / f"all.{suffix}").read_bytes() == body
        page = (await running.get(entry.link))[1].decode()
        assert TITLE in page


async def test_a_file_renamed_in_is_on_the_stream_in_the_feeds_and_in_the_folder(place: Place, serve: Serve) -> None:
    running = await serve()
    listening = asyncio.create_task(first_event(running))
    await running.until(lambda: listens(running))
    place.drop("a.txt", article("A story"))
    async with asyncio.timeout(10):
        name, item = await listening
    assert (name, item["title"]) == ("published", "A story")
    assert item["_feeder"]["seq"] == 1
    await running.until_titles("A story")
    assert orjson.loads((place.feeds / "all.json").read_bytes())["items"][0]["title"] == "A story"


async def first_event(running: Running) -> tuple[str, dict[str, Any]]:
    async with running.session.get(running.url + "/events") as answer:
        name = ""
        async for line in answer.content:
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
            elif line.startswith(b"data: ") and name != "checkpoint":
                return name, orjson.loads(line[6:])
    raise AssertionError("the stream ended")


async def listens(running: Running) -> bool:
    return b"feeder_stream_listeners 1.0" in (await running.get(running.operator + "/metrics"))[1]


async def test_an_edit_updates_and_a_correction_note_corrects(place: Place, serve: Serve) -> None:
    running = await serve()
    head = "---\ntitle: A story\nlanguage: en\ndate: 2026-01-02\n{}---\n\n{}\n"
    place.drop("a.md", head.format("", "The mayor said two."))
    await running.until_log(1)
    place.drop("a.md", head.format("", "The mayor said three."))
    await running.until_log(2)
    place.drop("a.md", head.format("correction: It was four, not three.\n", "The mayor said four."))
    events = await running.until_log(3)
    assert kinds(events) == ["published", "updated", "corrected"]
    assert len({event["data"]["id"] for event in events}) == 1
    assert [event["data"]["_feeder"]["version"] for event in events] == [1, 2, 3]
    assert [event["data"]["date_published"] for event in events] == ["2026-01-02T00:00:00+00:00"] * 3

    async def corrected() -> bool:
        return "four" in (await running.feed())["items"][0]["content_html"]

    await running.until(corrected)


async def test_a_rename_and_a_touch_are_no_news(place: Place, serve: Serve) -> None:
    running = await serve()
    file = place.drop("a.txt", article("A story"))
    before = await running.until_log(1)
    file.rename(place.seeds / "b.txt")
    (place.seeds / "b.txt").touch()
    place.drop("c.txt", article("Another story"))
    events = await running.until_log(2)
    assert events[:1] == before
    assert [event["data"]["title"] for event in events] == ["A story", "Another story"]
    place.drop("b.txt", article("A story", body="It goes on."))
    assert (await running.until_log(3))[2]["data"]["id"] == before[0]["data"]["id"]


async def test_an_exact_copy_is_published_once(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("a.txt", article("A story"))
    await running.until_log(1)
    place.drop("copy.txt", article("A story"))
    place.drop("z.txt", article("Another story"))
    events = await running.until_log(2)
    assert [event["data"]["title"] for event in events] == ["A story", "Another story"]


async def test_one_look_is_numbered_in_order_of_date(place: Place, serve: Serve) -> None:
    for number in (5, 3, 9, 1, 7):
        place.drop(f"{number}.txt", article(f"Story {number}", day=f"2026-01-0{number}"))
    running = await serve()
    events = await running.until_log(5)
    assert [event["data"]["title"] for event in events] == [f"Story {number}" for number in (1, 3, 5, 7, 9)]
    assert all(event["data"]["_feeder"]["backfill"] for event in events)
    place.drop("new.txt", article("Story new", day="2026-01-10"))
    assert "backfill" not in (await running.until_log(6))[5]["data"]["_feeder"]


async def test_deletions_are_kept_by_default(place: Place, serve: Serve) -> None:
    place.settings["seeds.withdraw_grace_seconds"] = "0"
    running = await serve()
    place.drop("a.txt", article("A story")).unlink()
    place.drop("a.txt", article("A story"))
    await running.until_log(1)
    (place.seeds / "a.txt").unlink()
    place.drop("b.txt", article("Another story"))
    events = await running.until_log(2)
    assert kinds(events) == ["published", "published"]
    await running.until_titles("Another story", "A story")


async def test_with_withdraw_a_deleted_file_retracts_its_article(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "0.2"}
    running = await serve()
    place.drop("a.txt", article("A story"))
    place.drop("b.txt", article("Another story"))
    first = (await running.until_log(2))[0]["data"]
    page = first["url"]
    assert (await running.get(page))[0] == 200
    (place.seeds / "a.txt").unlink()
    events = await running.until_log(3)
    assert kinds(events) == ["published", "published", "retracted"]
    events = await running.log()  # asked again: the last answer may have begun before the retraction
    gone = events[2]["data"]
    assert gone["id"] == first["id"]
    assert gone["_feeder"]["reason"] == "withdrawn"
    assert "content_html" not in gone
    assert "title" not in events[0]["data"]  # what was said of it earlier holds nothing any more
    await running.until_titles("Another story")
    assert (await running.get(page))[0] == 410
    assert "Something happened" not in str([event for event in events if event["data"]["id"] == gone["id"]])
    place.drop("a.txt", article("A story"))
    back = (await running.until_log(4))[3]
    assert (back["event"], back["data"]["_feeder"]["version"], back["data"]["id"]) == ("published", 2, first["id"])


async def test_an_editor_that_unlinks_and_saves_deletes_nothing(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "20"}
    running = await serve()
    file = place.drop("a.txt", article("A story"))
    await running.until_log(1)
    file.unlink()

    async def noticed() -> bool:
        return b"feeder_files_missing 1.0" in (await running.get(running.operator + "/metrics"))[1]

    await running.until(noticed)
    place.drop("a.txt", article("A story", body="It goes on."))
    assert kinds(await running.until_log(2)) == ["published", "updated"]


async def test_a_mass_deletion_waits_for_an_operator(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "0.1"}
    for number in range(10):
        place.drop(f"{number}.txt", article(f"Story {number}"))
    running = await serve()
    await running.until_log(10)
    for number in range(6):
        (place.seeds / f"{number}.txt").unlink()

    async def held() -> bool:
        status, body, _ = await running.get(running.operator + "/readyz")
        return status == 503 and b"6 files vanished at once" in body

    await running.until(held)
    assert place.run("withdraw").stdout.split() == [f"{number}.txt" for number in range(6)]
    assert len(await running.log()) == 10
    assert place.run("withdraw", "--confirm").stdout == "confirmed: 6 files\n"
    assert kinds(await running.until_log(16))[10:] == ["retracted"] * 6
    await running.until(running.ready)


async def test_a_seeds_folder_that_vanishes_withdraws_nothing(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "0", "seeds.scan": "100ms"}
    running = await serve()
    place.drop("a.txt", article("A story"))
    await running.until_log(1)
    place.seeds.rename(place.folder / "elsewhere")

    async def missed() -> bool:
        return b"is not there" in (await running.get(running.operator + "/readyz"))[1]

    await running.until(missed)
    (place.folder / "elsewhere").rename(place.seeds)
    await running.until(running.ready)
    place.drop("b.txt", article("Another story"))
    assert kinds(await running.until_log(2)) == ["published", "published"]


async def test_a_retracted_story_stays_away_whatever_its_file_does(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("a.txt", article("A story"))
    story = (await running.until_log(1))[0]["data"]["id"]
    assert place.run("retract", story).stdout == f"retracted {story}\n"
    assert kinds(await running.until_log(2)) == ["published", "retracted"]
    place.drop("a.txt", article("A story", body="Once more."))
    place.drop("elsewhere.txt", article("A story"))
    place.drop("b.txt", article("Another story"))
    events = await running.until_log(3)
    assert [event["data"].get("title") for event in events] == [None, None, "Another story"]
    again = place.run("retract", story)
    assert (again.returncode, again.stdout) == (0, f"{story} was retracted already\n")
    unknown = place.run("retract", "urn:uuid:nobody")
    assert (unknown.returncode, "no article with" in unknown.stderr) == (1, True)


async def test_an_embargo_is_released_on_time_without_anybody_looking(place: Place, serve: Serve) -> None:
    place.settings["seeds.scan"] = "1h"
    running = await serve()
    due = datetime.now(UTC) + timedelta(seconds=1.5)
    place.drop("later.md", f"---\ntitle: Later\nlanguage: en\ndate: {due.isoformat()}\n---\n\nNow you may know.\n")
    place.drop("now.txt", article("Now"))
    events = await running.until_log(1)
    assert [event["data"]["title"] for event in events] == ["Now"]
    await running.until_titles("Now")
    events = await running.until_log(2)
    assert events[1]["data"]["title"] == "Later"
    assert datetime.fromisoformat(events[1]["data"]["_feeder"]["at"]) >= due
    await running.until_titles("Later", "Now")


async def test_an_embargoed_file_that_is_deleted_is_not_released(place: Place, serve: Serve) -> None:
    place.settings["seeds.withdraw_grace_seconds"] = "0"
    running = await serve()
    due = datetime.now(UTC) + timedelta(seconds=1.5)
    text = f"---\ntitle: {{}}\nlanguage: en\ndate: {due.isoformat()}\n---\n\nNow you may know.\n"
    deleted = place.drop("later.md", text.format("Deleted"))
    place.drop("kept.md", text.format("Kept"))

    async def scheduled() -> bool:
        return b'feeder_files{status="scheduled"} 2.0' in (await running.get(running.operator + "/metrics"))[1]

    await running.until(scheduled)
    deleted.unlink()
    await running.until_titles("Kept")


async def test_an_article_that_expires_is_withdrawn_on_time(place: Place, serve: Serve) -> None:
    running = await serve()
    end = datetime.now(UTC) + timedelta(seconds=1.5)
    head = f"---\ntitle: Offer\nlanguage: en\ndate: 2026-01-02\nexpires: {end.isoformat()}\n---\n\n"
    place.drop("offer.md", head + "Today only.\n")
    events = await running.until_log(2)
    assert kinds(events) == ["published", "retracted"]
    assert events[1]["data"]["_feeder"]["reason"] == "expired"
    await running.until_titles()


async def test_a_bad_file_harms_nothing_but_itself_and_is_retried_when_it_changes(place: Place, serve: Serve) -> None:
    place.settings["seeds.grace_seconds"] = "0"
    running = await serve()
    place.drop("bad.txt", article("No such day", day="2026-02-30"))
    place.drop("good.txt", article("Good"))
    await running.until_titles("Good")
    quarantine = orjson.loads((await running.get(running.operator + "/quarantine"))[1])["files"]
    assert [(file["path"], "2026-02-30" in file["reason"]) for file in quarantine] == [("bad.txt", True)]
    assert "bad.txt" in running.said()
    place.drop("bad.txt", article("Mended", day="2026-02-03"))
    await running.until_titles("Mended", "Good")


async def test_a_file_being_written_waits_for_its_writer(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.settle_seconds": "0.05", "seeds.scan": "50ms"}
    running = await serve()
    with (place.seeds / "slow.txt").open("w") as writing:
        writing.write(article("Slow", body="The first half."))
        writing.flush()

        async def waits() -> bool:
            return b"feeder_files_waiting 1.0" in (await running.get(running.operator + "/metrics"))[1]

        await running.until(waits)
        place.drop("quick.txt", article("Quick"))
        await running.until_titles("Quick")
        writing.write("\nThe second half.\n")
    events = await running.until_log(2)
    assert "The second half" in events[1]["data"]["content_html"]
    assert len(events) == 2


async def test_without_word_from_the_system_two_looks_must_agree(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.notify": "false", "seeds.settle_seconds": "0.3", "seeds.scan": "50ms"}
    running = await serve()
    with (place.seeds / "growing.txt").open("w") as writing:
        writing.write(article("Growing"))
        for number in range(20):
            writing.write(f"\nParagraph {number}.\n")
            writing.flush()
            await asyncio.sleep(0.05)  # the pace of the writer, not a wait
    events = await running.until_log(1)
    assert "Paragraph 19" in events[0]["data"]["content_html"]
    assert len(events) == 1


async def test_a_cut_off_file_waits_for_its_rest(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("cut.md", "---\ntitle: Cut off\ndate: 2026-01-02\n")
    place.drop("good.txt", article("Good"))
    await running.until_titles("Good")
    assert orjson.loads((await running.get(running.operator + "/quarantine"))[1])["files"] == []
    place.drop("cut.md", "---\ntitle: Cut off\nlanguage: en\ndate: 2026-01-02\n---\n\nThe rest.\n")
    await running.until_titles("Cut off", "Good")


async def test_sections_are_folders_and_feeds(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("world/americas/a.txt", article("A story"))
    await running.until_titles("A story", name="world-americas")
    await running.until_titles("A story", name="world")
    assert (await running.log())[0]["data"]["_feeder"]["feeds"] == ["all", "world", "world-americas"]


async def test_the_same_bytes_and_tags_after_a_restart(place: Place, serve: Serve) -> None:
    for number in range(1, 6):
        place.drop(f"world/{number}.txt", article(f"Story {number} & more", day=f"2026-01-0{number}"))
    place.settings["site.base_url"] = "https://news.example"
    running = await serve()
    for name in ("all", "world"):
        await running.until_titles(*(f"Story {number} & more" for number in (5, 4, 3, 2, 1)), name=name)
    paths = [f"/feeds/{name}.{suffix}" for name in ("all", "world") for suffix in ("rss", "atom", "json")]
    before = {path: await running.get(path) for path in paths}

    async def is_listed() -> bool:
        """Whether the list of all feeds, the last file of a pass, is that of these documents."""
        moment = before["/feeds/all.rss"][1].partition(b"<lastBuildDate>")[2].partition(b"<")[0]
        listed = (place.feeds / "feeds.opml").read_bytes()
        return moment in listed and b"world.rss" in listed and not any(place.feeds.glob(".feeds*"))

    await running.until(is_listed)
    files = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in place.feeds.iterdir()}
    assert await running.stop() == 0
    running = await serve()
    for path in paths:
        status, body, headers = await running.get(path)
        assert (status, body) == before[path][:2]
        assert {name: headers[name] for name in ("ETag", "Last-Modified")} == {
            name: before[path][2][name] for name in ("ETag", "Last-Modified")
        }
        assert (await running.get(path, **{"If-None-Match": headers["ETag"]}))[0] == 304
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in place.feeds.iterdir()} == files


async def test_what_was_dropped_while_it_was_down_is_taken_in(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("a.txt", article("A story"))
    await running.until_log(1)
    await running.stop()
    place.drop("b.txt", article("Another story"))
    running = await serve()
    events = await running.until_log(2)
    first, second = (event["id"].split(".") for event in events)
    assert (first[1], second[1]) == ("1", "2")
    assert first[0] != second[0]  # another run of the writer, another epoch


async def test_stopping_is_quick_and_says_goodbye(place: Place, serve: Serve) -> None:
    running = await serve()
    async with running.session.get(running.url + "/events") as answer:
        first = await answer.content.readuntil(b"\n\n")
        assert b"event: checkpoint" in first
        started = asyncio.get_running_loop().time()
        assert await running.stop() == 0
        rest = await answer.content.read()
    assert re.search(rb"event: goodbye", rest)
    assert asyncio.get_running_loop().time() - started < 10


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("publish",)])
async def test_a_second_instance_is_refused(place: Place, serve: Serve, command: tuple[str, ...]) -> None:
    running = await serve()
    second = place.run(*command)
    assert second.returncode == 75
    assert second.stderr.count("\n") == 1
    assert running.url in second.stderr
