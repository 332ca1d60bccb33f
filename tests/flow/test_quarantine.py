"""Refused files: kept with their reason, never tried again for nothing, and what an operator sees and does of them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeder.errors import UnavailableError
from feeder.folder_bell import FolderBell
from feeder.ingest import Ingest
from feeder.judge import Terms
from feeder.judge.judges import Judges, Pool
from feeder.limits import Limits
from feeder.model import Kind
from feeder.seeds import Missing, Settling
from feeder.store import Accepted, open_store
from feeder.store.sqlite.store import Sqlite
from plugins import Plugin
from program import PATIENCE_SECONDS, Place, Running, Serve

LINES = '{"title": "One", "date": "2026-01-02", "body": "It rained.", "language": "en"}\n{"title": \n'


def article(
    title: str,
    day: str = "2026-01-02",
    body: str = "Something happened in the city, and it was not the first time.",
) -> str:
    return f" date {day} {title}\n\n{body}\n"


@pytest.fixture
def poison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    return Plugin(tmp_path, "poison", monkeypatch)


def listed(place: Place) -> list[dict[str, Any]]:
    done = place.run("quarantine", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    files: list[dict[str, Any]] = json.loads(done.stdout)["files"]
    return files


async def until_refused(running: Running, *paths: str) -> list[dict[str, Any]]:
    async def told() -> list[dict[str, Any]] | None:
        files = json.loads((await running.get(running.operator + "/quarantine"))[1])["files"]
        return files if [file["path"] for file in files] == list(paths) else None

    found: list[dict[str, Any]] = await running.until(told)
    return found


async def metric(running: Running, name: str) -> float:
    lines = (await running.get(running.operator + "/metrics"))[1].decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name)


async def look(running: Running) -> None:
    """One more look at the whole folder, to its end."""
    before = await metric(running, "feeder_looks_total")
    await running.command("/look")

    async def looked() -> bool:
        return await metric(running, "feeder_looks_total") > before

    await running.until(looked)


async def test_a_file_that_kills_its_readers_harms_no_other_and_is_not_tried_again(
    place: Place, serve: Serve, poison: Plugin
) -> None:
    file = place.drop("p.txt", article("Saved", body="These are deadly words."))
    before = file.read_bytes(), file.stat()
    for number in (1, 2, 3):
        place.drop(f"{number}.txt", article(f"Story {number}", day=f"2026-01-0{number}"))
    running = await serve()
    await running.until_titles("Story 3", "Story 2", "Story 1")
    (refused,) = await until_refused(running, "p.txt")
    assert "the process that read it died (SIGKILL); 3 processes were lost over it" in refused["reason"]
    assert refused["tries"] == 1
    assert poison.tries == ["p.txt"] * 3
    assert await metric(running, 'feeder_files{status="quarantined"}') == 1
    assert await metric(running, 'feeder_files_taken_total{status="quarantined"}') == 1
    assert await metric(running, "feeder_parser_losses_total") == 3
    place.drop("4.txt", article("Story 4", day="2026-01-04"))
    await running.until_titles("Story 4", "Story 3", "Story 2", "Story 1")
    await look(running)
    assert await running.stop() == 0
    running = await serve()
    await look(running)
    assert poison.tries == ["p.txt"] * 3
    assert await until_refused(running, "p.txt") == [refused]
    again = place.run("quarantine", "retry", "p.txt")
    assert (again.returncode, again.stderr) == (1, "")
    assert again.stdout.startswith("p.txt: quarantined: it could not be read: the process that read it died")
    assert poison.tries == ["p.txt"] * 6
    assert await until_refused(running, "p.txt") == [refused]  # the same content was refused: tries is what it was
    await running.stop()
    poison.remove()  # the next release
    running = await serve()
    await look(running)
    assert len(await running.titles()) == 4
    assert place.run("quarantine", "retry", "--all").stdout == "p.txt: published\n"
    assert "Saved" in await running.titles()
    assert listed(place) == []
    after = file.stat()
    assert (file.read_bytes(), after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before[0], before[1].st_ino, before[1].st_mtime_ns, before[1].st_ctime_ns
    )  # fmt: skip


async def test_a_file_that_its_readers_hang_on_is_refused_when_their_time_is_over(
    place: Place, serve: Serve, poison: Plugin
) -> None:
    place.settings["limits.parse_seconds"] = "3"
    place.drop("hangs.txt", article("Never", body="A deadly slow story."))
    place.drop("good.txt", article("Good"))
    running = await serve()
    await running.until_titles("Good")
    (refused,) = await until_refused(running, "hangs.txt")
    assert "it took longer than 3 seconds" in refused["reason"]
    place.drop("next.txt", article("Next", day="2026-01-03"))
    await running.until_titles("Next", "Good")
    assert (
        "After raising limits.parse_memory_bytes or limits.parse_seconds"
        in place.run("quarantine", "show", "hangs.txt").stdout
    )


def test_a_pass_of_its_own_does_the_same_while_nothing_runs(place: Place, poison: Plugin) -> None:
    place.drop("p.txt", article("Saved", body="These are deadly words."))
    place.drop("a.txt", article("A story"))
    assert "1 published, 1 quarantined" in place.run("publish").stdout
    assert "nothing new" in place.run("publish").stdout
    assert poison.tries == ["p.txt"] * 3
    poison.remove()
    assert "nothing new" in place.run("publish").stdout
    done = place.run("quarantine", "retry", "--json", "seeds/p.txt")
    assert done.returncode == 0
    assert [(file["path"], file["status"]) for file in json.loads(done.stdout)["files"]] == [("p.txt", "published")]
    titles = [item["title"] for item in json.loads((place.feeds / "all.json").read_bytes())["items"]]
    assert sorted(titles) == ["A story", "Saved"]


async def test_an_author_who_mends_a_file_takes_it_out_of_quarantine(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("a.txt", article("Wrong", day="2026-02-30"))
    (first,) = await until_refused(running, "a.txt")
    assert (first["line"], first["tries"], first["format"]) == (1, 1, "seed")
    assert first["size_bytes"] == (place.seeds / "a.txt").stat().st_size
    os.utime(place.seeds / "a.txt")  # the same content once more is no other try
    await look(running)
    place.drop("a.txt", article("Wrong again", day="2026-02-31"))

    async def refused_twice() -> bool:
        return bool((await until_refused(running, "a.txt"))[0]["tries"] == 2)

    await running.until(refused_twice)
    (second,) = listed(place)
    assert second["first_seen"] == first["first_seen"]
    assert "2026-02-31" in second["reason"]
    place.drop("a.txt", article("Right", day="2026-02-28"))
    await running.until_titles("Right")
    assert listed(place) == []
    place.drop("a.txt", article("Wrong once more", day="2026-02-30"))
    (third,) = await until_refused(running, "a.txt")
    assert third["tries"] == 1
    assert await running.titles() == ["Right"]  # a broken edit takes nothing back


@pytest.mark.parametrize("is_running", [True, False])
async def test_what_other_settings_would_take_is_tried_again_only_when_asked_for(
    place: Place, serve: Serve, *, is_running: bool
) -> None:
    place.settings["limits.article_bytes"] = "100"
    place.drop("long.txt", article("Long", body="It rained for days and days. " * 20))
    place.run("publish")
    (refused,) = listed(place)
    del place.settings["limits.article_bytes"]
    running = await serve() if is_running else None
    assert "limits" in refused["reason"] or "bytes" in refused["reason"]
    place.run("publish")
    assert listed(place) == [refused]
    done = place.run("quarantine", "retry", "long.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "long.txt: published\n", "")
    assert listed(place) == []
    if running is not None:
        await running.until_titles("Long")


def test_files_of_which_single_records_were_refused_are_listed_too(place: Place) -> None:
    place.drop("dump.jsonl", LINES)
    published = place.run("publish")
    assert "1 published" in published.stdout
    (file,) = listed(place)
    assert (file["path"], file["status"], file["refused_count"], file["format"]) == (
        "dump.jsonl", "published", 1, "jsonl"
    )  # fmt: skip
    assert [(one["record"], one["line"]) for one in file["refused"]] == [(2, 2)]
    assert file["reason"] == file["refused"][0]["reason"]
    shown = place.run("quarantine", "show", "dump.jsonl").stdout
    assert "1 refused, the others taken; record 2: " in shown
    assert '> 2 | {"title":' in shown
    done = place.run("quarantine", "retry", "--all")
    assert done.returncode == 1
    assert done.stdout.startswith("dump.jsonl: published: 1 refused, the others taken")
    place.drop("dump.jsonl", LINES.splitlines()[0] + "\n")
    place.run("publish")
    assert listed(place) == []


async def test_refused_records_are_counted(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("dump.jsonl", LINES)
    await until_refused(running, "dump.jsonl")
    assert await metric(running, "feeder_records_refused_total") == 1
    assert await metric(running, "feeder_files_partly_refused") == 1
    assert await metric(running, 'feeder_files{status="quarantined"}') == 0


def test_list_and_show_are_for_people_too(place: Place) -> None:
    assert "there is no store" in place.run("quarantine", "list").stderr
    place.drop("good.txt", article("Good"))
    place.run("publish")
    for arguments in (("list",), ("retry", "--all")):
        done = place.run("quarantine", *arguments)
        assert (done.stdout, done.stderr) == ("", "Nothing is in quarantine.\n")
    place.drop("world/b\x1bad.txt", " date 2026-02-30 \x1b[31mRed\n\nText.\n")
    place.run("publish")
    shown = place.run("quarantine", "list").stdout
    (row,) = (line.split("\t") for line in shown.splitlines())
    assert (row[:2], row[3]) == (["world/b\\x1bad.txt", "seed"], "1")
    assert datetime.fromisoformat(row[2]).tzinfo is not None
    assert row[4].startswith("'2026-02-30' is not in the calendar")
    assert row[4].endswith("(line 1)")
    shown = place.run("quarantine", "show", "world/b\\x1bad.txt").stdout
    assert shown.startswith("world/b\\x1bad.txt  (seed, 33 bytes)\n    '2026-02-30' is not in the calendar")
    assert "\n    first seen 20" in shown
    assert "  > 1 |  date 2026-02-30 \\x1b[31mRed\n      |       ^^^^^^^^^^\n" in shown
    assert "feeder quarantine retry " in shown
    assert "\x1b" not in shown
    (place.seeds / "world" / "b\x1bad.txt").unlink()
    assert "> 1 |" not in place.run("quarantine", "show", "world/b\\x1bad.txt").stdout
    done = place.run("quarantine", "retry", "--all")
    assert (done.returncode, done.stdout) == (
        1, "world/b\\x1bad.txt: not judged: it is not there, or it is still being written\n"
    )  # fmt: skip


@pytest.mark.parametrize("is_running", [True, False])
async def test_odd_names_are_meant_as_they_are_and_as_they_are_shown(
    place: Place, serve: Serve, *, is_running: bool
) -> None:
    names = [os.fsdecode(b"caf\xe9.txt"), "two\nlines.txt", "Ünïcode ‘.txt"]
    for name in names:
        (place.seeds / name).write_text(article("Bad", day="2026-02-30"))
    place.run("publish")
    if is_running:
        await serve()
    assert [file["path"] for file in listed(place)] == ["caf\\xe9.txt", "two\nlines.txt", "Ünïcode ‘.txt"]
    for given in (*names, "caf\\xe9.txt", "two\\nlines.txt", f"seeds/{names[0]}", f"{place.seeds}/{names[1]}"):
        done = place.run("quarantine", "show", "--json", given)
        assert done.returncode == 0, done.stderr
        retried = place.run("quarantine", "retry", "--json", given)
        assert json.loads(retried.stdout)["files"] == [json.loads(done.stdout)]


@pytest.mark.parametrize("is_running", [True, False])
async def test_who_is_meant_must_be_clear(place: Place, serve: Serve, *, is_running: bool) -> None:
    place.drop("good.txt", article("Good"))
    place.drop("bad.txt", article("Bad", day="2026-02-30"))
    place.run("publish")
    running = await serve() if is_running else None
    refusals = place.folder / "log.txt"
    for arguments in (("show", "nowhere.txt"), ("show", "good.txt"), ("retry", "bad.txt", "nowhere.txt")):
        done = place.run("quarantine", *arguments)
        name = arguments[-1]
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"feeder: nothing is refused of a file {name}; see `feeder quarantine list`\n"
    assert running is None or "bad.txt" not in refusals.read_text()  # not judged for half a command
    assert place.run("retract", "urn:x").stderr == (
        "feeder: there is no article with the id urn:x; the feeds and `feeder check` show the ids\n"
    )
    for wrong in (("retry",), ("retry", "--all", "bad.txt"), ("show",), ("lisst",)):
        done = place.run("quarantine", *wrong)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)


async def test_a_file_that_is_being_written_is_judged_when_it_is_finished(place: Place, serve: Serve) -> None:
    running = await serve()
    file = place.drop("bad.txt", article("Bad", day="2026-02-30"))
    await until_refused(running, "bad.txt")
    with file.open("a") as writing:
        done = place.run("quarantine", "retry", "bad.txt")
        assert (done.returncode, "not judged" in done.stdout) == (1, True)
        writing.write("More.\n")

    async def refused_twice() -> bool:
        return bool((await until_refused(running, "bad.txt"))[0]["tries"] == 2)

    await running.until(refused_twice)


async def test_without_a_listener_for_the_operator_the_store_is_asked(place: Place, serve: Serve) -> None:
    place.drop("bad.txt", article("Bad", day="2026-02-30"))
    place.run("publish")
    process = await serve()
    await process.stop(9)
    assert (place.folder / "data" / "instance.json").exists()  # as a killed instance leaves it
    assert [file["path"] for file in listed(place)] == ["bad.txt"]
    told = json.loads(place.run("status", "--json").stdout)
    assert (told["running"], told["ready"], told["refused"]) == (None, None, 1)
    assert told["reasons"][0].endswith("does not answer: Connection refused")


async def test_what_is_asked_over_http_must_be_clear_too(place: Place, serve: Serve) -> None:
    running = await serve()
    place.drop("bad.txt", article("Bad", day="2026-02-30"))
    await until_refused(running, "bad.txt")
    status, told = await running.command("/quarantine/retry", paths=["bad.txt"])
    assert (status, [file["status"] for file in told["files"]]) == (200, ["quarantined"])
    for body in ({}, {"paths": "bad.txt"}, {"paths": [1]}, {"all": False}, {"all": "yes"}):
        assert (await running.command("/quarantine/retry", **body))[0] == 400
    status, told = await running.command("/quarantine/retry", paths=["bad.txt", "nowhere.txt"])
    assert (status, told["path"]) == (404, "nowhere.txt")


def test_of_many_files_every_refused_one_is_told_and_none_is_read_twice(place: Place, poison: Plugin) -> None:
    """More than one transaction takes, so that most are put by before anything is published."""
    for number in range(600):
        (place.seeds / f"{number}.txt").write_text(
            article(f"Story {number}", body=f"It was {number} days, and not for the first time.")
        )
        (place.seeds / f"bad{number}.txt").write_text(article("Bad", day="2026-02-30"))
    place.drop("p.txt", article("Deadly", body="These are deadly words."))
    first = place.run("publish").stdout
    assert first.startswith("files: 600 published, 601 quarantined\nevents: 600\n")
    assert first.count("refused: ") == 601
    assert place.run("publish").stdout.startswith("files: nothing new\n")
    assert poison.tries == ["p.txt"] * 3
    done = place.run("quarantine", "retry", "--all", "--json")
    assert len(json.loads(done.stdout)["files"]) == 601


class Away(Sqlite):
    """A store that cannot be written for a while."""

    failures = 0

    async def accept(self, *arguments: Any, **named: Any) -> Accepted:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("the disk is full")
        return await super().accept(*arguments, **named)


async def test_a_retry_that_cannot_be_stored_says_so_and_is_made_up_for(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    file = tmp_path / "seeds" / "long.txt"
    file.write_text(article("Long", body="It rained for days and days. " * 20))
    store = await open_store(f"sqlite:///{tmp_path}/s.db", data=tmp_path)
    store.__class__ = Away
    strict, kind = Terms(limits=Limits(article_bytes=100)), Terms()
    async with Judges(strict, Pool()) as judges:
        ingest = Ingest(
            bell=FolderBell(str(file.parent)), judge=judges, store=store, settling=Settling(0, 0), missing=Missing(60),
            clock=lambda: datetime(2026, 6, 1, tzinfo=UTC), is_written=lambda _: False,
        )  # fmt: skip
        running = asyncio.create_task(ingest.run())
        await until(lambda: ingest.looks)
        assert [mark.seed.path for mark in ingest.refused()] == ["long.txt"]
        judges.terms, store.failures = kind, 1  # type: ignore[attr-defined]
        with pytest.raises(UnavailableError, match="the disk is full"):
            await ingest.judge_again(["long.txt"])
        await until(lambda: not ingest.refused())
        running.cancel()
    assert [event.kind for event in await store.read(0, 10)] == [Kind.PUBLISHED]
    await store.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)
