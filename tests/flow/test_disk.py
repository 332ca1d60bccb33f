"""A disk that fails under the running service: it stops writing, says why, and loses nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from program import Place, Running, Serve, disk, may_trace, require

STORY = " date 2026-01-02 {}\n\nSomething happened in the city, and it was not the first time.\n"


async def test_after_a_failed_flush_the_process_ends_and_the_next_one_goes_on(place: Place, serve: Serve) -> None:
    require(may_trace(), "strace is missing or may not trace here (apt-get install strace)")
    fault = ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fdatasync", "-e")
    running = await serve(prefix=(*fault, "inject=fdatasync:error=EIO:when=20+"))
    dropped = 0
    while running.process.returncode is None:
        dropped += 1
        place.drop(f"{dropped}.txt", STORY.format(f"Story {dropped}"))
        await asyncio.sleep(0.05)  # the pace of the writers: more than one transaction is wanted
    assert running.process.returncode == 1
    assert running.said().splitlines()[-1].startswith("feeder: the store")
    assert "not used any more" in running.said()
    running = await serve()
    events = await running.until_log(dropped)
    assert {event["data"]["title"] for event in events} == {f"Story {number}" for number in range(1, dropped + 1)}
    assert [int(event["id"].split(".")[1]) for event in events] == list(range(1, dropped + 1))


@pytest.fixture
def small_disk(place: Place) -> Iterator[Path]:
    """A data folder with room for four megabytes."""
    with disk(place.folder / "data", megabytes=4) as data:
        yield data


async def test_a_full_disk_pauses_the_intake_and_goes_on_by_itself(
    place: Place, small_disk: Path, serve: Serve
) -> None:
    running = await serve()
    place.drop("a.txt", STORY.format("A"))
    await running.until_titles("A")
    filler = small_disk / "filler"
    fill(filler)
    long = "\n\n".join(f"Paragraph {number}. " + "All work and no play. " * 40 for number in range(400))
    place.drop("long.txt", STORY.format("Long") + "\n" + long)
    place.drop("short.txt", STORY.format("Short"))
    await running.until(lambda: says(running, "the disk is full"))
    assert await running.titles() == ["A"]  # what is published is served on
    assert [event["data"]["title"] for event in await running.log()] == ["A"]
    filler.unlink()
    await running.until_log(3)
    await running.until(running.ready)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


async def says(running: Running, words: str) -> bool:
    status, body, _ = await running.get(running.operator + "/readyz")
    return status == 503 and words.encode() in body
