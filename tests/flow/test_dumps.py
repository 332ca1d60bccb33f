"""Files of many articles through the running program: each record once, whatever happens to the file or the process."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from program import Place, Running, Serve, require

SOAK = os.environ.get("FEEDER_SOAK") == "1"
MANY = 100_000 if SOAK else 12_500
"""Articles of 4 kB in the largest file; a service that kept them all would need more than it may."""
RECORDS = 20_000 if SOAK else 3000
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int, text: str = "", **fields: Any) -> dict[str, Any]:
    """Neighbours lie a hundred days apart, so that the order of the file is not that of the dates."""
    words = (
        text or f"It happened in street {number}, and nobody in house {number * 7} had seen anything like it before."
    )
    moment = DAY + timedelta(minutes=number * 7919 % 20_011)
    return {"title": f"Story {number}", "published": moment.isoformat(), "text": words, "language": "en", **fields}


def lines(records: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(one) + b"\n" for one in records)


def numbers(events: Iterable[dict[str, Any]]) -> list[int]:
    return [int(event["data"]["title"].split()[1]) for event in events]


async def newest(running: Running) -> int:
    """The number of the last event."""
    async with running.session.head(running.url + "/feeds/all.json") as answer:
        links = answer.headers["Link"]
    for line in links.split(","):
        if "event-stream" in line:
            return int(line.partition("since=")[2].partition(">")[0].rpartition(".")[2] or 0)
    return 0


async def log(running: Running) -> list[dict[str, Any]]:
    """All events, and that their numbers are without a gap."""
    events = await running.log()
    assert [int(event["id"].partition(".")[2]) for event in events] == list(range(1, len(events) + 1))
    return events


async def until_read(running: Running, number: int) -> list[dict[str, Any]]:
    """All events, once there are so many and nothing waits any more."""

    async def told() -> bool:
        return await newest(running) >= number

    await running.until(told, patience=90)
    return await log(running)


async def test_each_record_is_published_once_in_order_of_date_and_an_edit_is_one_event(
    place: Place, serve: Serve
) -> None:
    records = [record(number) for number in range(2000)]
    place.drop("world/dump.jsonl", lines(records))
    running = await serve()
    events = await until_read(running, 2000)
    dates = [event["data"]["date_published"] for event in events]
    assert dates == sorted(dates)
    assert sorted(numbers(events)) == list(range(2000))
    assert {event["event"] for event in events} == {"published"}
    assert await running.titles("world") == [f"Story {number}" for number in reversed(numbers(events)[-50:])]
    edited = record(777, records[777]["text"] + " Until that day, said the neighbours of the street.")
    place.drop("world/dump.jsonl", lines([*records[:777], edited, *records[778:]]))
    events = await until_read(running, 2001)
    before = next(event for event in events if event["data"]["title"] == "Story 777")
    assert (events[-1]["event"], events[-1]["data"]["id"]) == ("updated", before["data"]["id"])
    place.drop("world/dump.jsonl", lines([record(5000), *reversed(records), record(5001)]))
    events = await until_read(running, 2004)  # the two, and the edit taken back
    assert Counter((event["event"], *numbers([event])) for event in events[2001:]) == Counter(
        [("published", 5000), ("published", 5001), ("updated", 777)]
    )
    (place.seeds / "world" / "dump.jsonl").touch()
    place.drop("sentinel.jsonl", lines([record(9000)]))
    assert numbers(await until_read(running, 2005))[2004:] == [9000]
    await running.stop()
    running = await serve()
    assert len(await log(running)) == 2005


async def test_records_with_ids_of_their_own_keep_them(place: Place, serve: Serve) -> None:
    records = [record(number, id=f"https://news.example/{number}") for number in range(300)]
    place.drop("dump.jsonl", lines(records))
    running = await serve()
    await until_read(running, 300)
    changed = [{**one, "text": "All is new here."} if number == 7 else one for number, one in enumerate(records)]
    place.drop("renamed.jsonl", lines(changed))
    (place.seeds / "dump.jsonl").unlink()
    (event,) = (await until_read(running, 301))[300:]
    assert (event["event"], event["data"]["id"]) == ("updated", "https://news.example/7")


async def test_a_bad_record_refuses_itself_alone_and_is_told_with_its_line(place: Place, serve: Serve) -> None:
    good = [orjson.dumps(record(number)) for number in range(9)]
    bad = [b'{"title": "Broken", ', b'{"title": "No date", "text": "A text."}', b"\xff\xfe\xfd"]
    place.drop("dump.jsonl", b"\n".join([*good[:3], bad[0], *good[3:6], bad[1], b"", bad[2], *good[6:]]) + b"\n")
    checked = place.run("check", "--json", "seeds/dump.jsonl")
    (account,) = [orjson.loads(line) for line in checked.stdout.splitlines()]
    assert (checked.returncode, account["status"], len(account["items"])) == (0, "published", 9)
    assert [refused["line"] for refused in account["refused"] if "line" in refused] == [4, 10]
    assert [refused["record"] for refused in account["refused"]] == [4, 8, 9]
    assert all(refused["reason"] for refused in account["refused"])
    assert not (place.folder / "data").exists()
    running = await serve()
    assert sorted(numbers(await until_read(running, 9))) == list(range(9))
    mended = [orjson.dumps(record(100)) if one == bad[0] else one for one in (*good, bad[0])]
    place.drop("dump.jsonl", b"\n".join(mended) + b"\n")
    assert numbers(await until_read(running, 10))[9:] == [100]


async def test_killed_in_the_middle_it_goes_on_and_each_record_comes_once(place: Place, serve: Serve) -> None:
    """Killed while it is read, and once more while it is let in."""
    records = [record(number) for number in range(RECORDS)]
    running = await serve()
    place.drop("dump.jsonl", lines(records))
    await running.until(lambda: is_being_read(place))
    await running.stop(signal.SIGKILL)
    (place.seeds / "dump.jsonl").rename(place.folder / "aside")  # so that the service is ready before it reads on
    running = await serve()
    (place.folder / "aside").rename(place.seeds / "dump.jsonl")

    async def some_are_in() -> bool:
        return await newest(running) > 0

    await running.until(some_are_in, patience=90)
    await running.stop(signal.SIGKILL)
    running = await serve()
    events = await until_read(running, RECORDS)
    assert Counter(numbers(events)) == Counter(range(RECORDS))
    assert len({event["data"]["id"] for event in events}) == RECORDS


async def is_being_read(place: Place) -> bool:
    log_of_writes = place.folder / "data" / "feeder.db-wal"
    return log_of_writes.exists() and log_of_writes.stat().st_size > 500_000


async def test_a_file_that_grows_while_it_is_read_gives_each_record_once(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.settle_seconds": "0.1", "seeds.scan": "100ms"}
    running = await serve()
    file = place.seeds / "dump.jsonl"
    for start in range(0, 2000, 100):
        with file.open("ab") as writing:
            half = lines(record(number) for number in range(start, start + 100))
            writing.write(half[: len(half) // 2])
            writing.flush()
            await asyncio.sleep(0.02)  # the pace of the writer
            writing.write(half[len(half) // 2 :])
        await asyncio.sleep(0.02)
    events = await until_read(running, 2000)
    assert Counter(numbers(events)) == Counter(range(2000))
    assert {event["event"] for event in events} == {"published"}


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "rss"])
async def test_a_file_that_is_cut_off_waits_for_its_rest(place: Place, serve: Serve, form: str) -> None:
    running = await serve()
    whole = dump(form, 500)
    place.drop(f"dump.{form}", whole[: len(whole) * 2 // 3])
    place.drop("other.jsonl", lines([record(9000)]))
    assert numbers(await until_read(running, 1)) == [9000]
    await asyncio.sleep(0.3)  # nothing of it may come meanwhile
    assert await newest(running) == 1
    place.drop(f"dump.{form}", whole)
    assert sorted(numbers(await until_read(running, 501))) == [*range(500), 9000]


def dump(form: str, number: int) -> bytes:
    if form == "rss":
        items = "".join(
            f"<item><title>Story {one['title'].split()[1]}</title><guid isPermaLink='false'>urn:x:{one['title']}</guid>"
            f"<pubDate>{datetime.fromisoformat(one['published']):%d %b %Y %H:%M:%S} GMT</pubDate>"
            f"<description>{one['text']}</description></item>\n"
            for one in map(record, range(number))
        )
        return f"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()
    plain = lines(map(record, range(number)))
    return gzip.compress(plain, mtime=0) if form.endswith("gz") else plain


async def test_what_stands_before_the_cut_is_taken_in_when_its_patience_is_over(place: Place, serve: Serve) -> None:
    place.settings["seeds.grace_seconds"] = "0.3"
    running = await serve()
    whole = dump("jsonl", 500)
    place.drop("dump.jsonl", whole[:-40])
    assert sorted(numbers(await until_read(running, 499))) == list(range(499))
    place.drop("dump.jsonl", whole)
    assert numbers(await until_read(running, 500))[499:] == [499]


async def test_a_large_file_is_taken_in_within_bounded_memory(place: Place, serve: Serve) -> None:
    require(Path("/proc/self/status").exists(), "the system does not tell how much memory a process has")
    long = "All work and no play makes nobody rich in this street. " * 70
    with (place.seeds / ".dump.jsonl").open("wb") as file:
        for number in range(MANY):
            file.write(lines([record(number, f"{number} {long}")]))
    assert (place.seeds / ".dump.jsonl").stat().st_size > MANY * 3_800
    running = await serve()
    (place.seeds / ".dump.jsonl").rename(place.seeds / "dump.jsonl")
    largest = 0
    async with asyncio.timeout(600):
        while await newest(running) < MANY:
            status = Path(f"/proc/{running.process.pid}/status").read_text()
            largest = max(largest, int(status.partition("VmRSS:")[2].split()[0]))
            await asyncio.sleep(0.1)
    assert largest < 250 * 1024
