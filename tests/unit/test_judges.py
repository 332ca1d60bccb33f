from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from feeder.errors import UnavailableError
from feeder.judge import Judgement, Terms
from feeder.judge import judges as pool
from feeder.judge import reading as judging
from feeder.judge.judges import TRIES, Judges, Pool, ask, understand
from feeder.judge.reading import answer
from feeder.model import Seed
from feeder.seeds import scan

STORY = " date 2026-01-02 A story\n\nSomething happened in the city, and it was not the first time.\n"


def seed_of(folder: Path, name: str) -> Seed:
    return scan(str(folder)).seeds[name]


def only(folder: Path, name: str, terms: Terms) -> Judgement:
    (judgement,) = judging.judge(str(folder), name, terms)
    return judgement


def test_what_crosses_the_pipe_arrives_as_it_was(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text(STORY)
    (tmp_path / "bad.txt").write_text(" date 2026-02-30 No such day\n\nText.\n")
    seeds = [seed_of(tmp_path, name), seed_of(tmp_path, "bad.txt"), Seed("gone.txt", 1, 2, 3, 4)]
    terms = Terms(zone="Pacific/Auckland")
    told = [understand(one, seeds) for one in answer(ask(str(tmp_path), seeds, terms))]
    assert told == [(0, only(tmp_path, name, terms)), (1, only(tmp_path, "bad.txt", terms)), (2, None)]
    refusal = only(tmp_path, "bad.txt", terms).take.refusal
    assert refusal is not None
    assert refusal.line == 1


def test_a_link_is_told_as_what_could_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(STORY)
    (tmp_path / "a.txt").symlink_to(tmp_path / "secret")
    seed = Seed("a.txt", 1, 2, 3, 4)
    ((number, judgement),) = [understand(one, [seed]) for one in answer(ask(str(tmp_path), [seed], Terms()))]
    assert number == 0
    assert isinstance(judgement, Judgement)
    assert judgement.take.refusal is not None
    assert "cannot be opened" in judgement.take.refusal.reason


class Told:
    """Everything that was told, by path."""

    def __init__(self) -> None:
        self.judgements: dict[str, list[Judgement | None]] = defaultdict(list)

    async def __call__(self, seed: Seed, judgement: Judgement | UnavailableError | None, /) -> None:
        assert not isinstance(judgement, UnavailableError)
        self.judgements[seed.path].append(judgement)

    def titles(self, path: str) -> list[str]:
        return [article.title for found in self.judgements[path] if found for article in found.take.articles]

    def reason(self, path: str) -> str:
        (judgement,) = self.judgements[path]
        assert judgement is not None
        assert judgement.take.refusal is not None
        return judgement.take.refusal.reason


async def test_workers_judge_side_by_side_each_file_once(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}.txt").write_text(STORY.replace("A story", f"Story {number}"))
    seeds = list(scan(str(tmp_path)).seeds.values())
    async with Judges(Terms(), Pool(workers=2)) as judges:
        await judges.warm_up()
        told = Told()
        await judges.judge(str(tmp_path), [*seeds, dataclasses.replace(seeds[0], path="gone.txt")], told)
    assert {path: told.titles(path) for path in told.judgements if path != "gone.txt"} == {
        f"{number}.txt": [f"Story {number}"] for number in range(100)
    }
    assert told.judgements["gone.txt"] == [None]
    assert judges.losses == 0


async def test_one_worker_does_what_is_done_in_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOMENT_SECONDS", 30)
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(STORY)
    async with Judges(Terms(), Pool(workers=2)) as judges:
        await judges.judge(str(tmp_path), scan(str(tmp_path)).seeds.values(), Told())
        assert [worker.is_running for worker in judges._workers] == [True, False]


async def test_of_many_files_none_waits_before_all_workers_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MOMENT_SECONDS", 30)
    monkeypatch.setattr(pool, "MANY_FILES", 3)
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(STORY)
    async with Judges(Terms(), Pool(workers=2)) as judges:
        await judges.judge(str(tmp_path), scan(str(tmp_path)).seeds.values(), Told())
        assert [worker.is_running for worker in judges._workers] == [True, True]


async def test_files_that_wait_are_taken_over_by_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOMENT_SECONDS", 0.01)
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(STORY)
    others, told = asyncio.Event(), list[str]()

    async def tell(seed: Seed, _: object) -> None:
        told.append(seed.path)
        if len(told) == 1:
            await others.wait()  # the first worker is held up over its batch
        elif seed.path == "2.txt":
            others.set()

    seeds = [seed_of(tmp_path, f"{number}.txt") for number in range(3)]
    async with Judges(Terms(), Pool(workers=2)) as judges, asyncio.timeout(30):
        await judges.judge(str(tmp_path), seeds, tell)
        assert told == ["0.txt", "2.txt", "1.txt"]
        assert [worker.is_running for worker in judges._workers] == [True, True]


async def test_a_block_that_ends_while_a_worker_starts_leaves_no_process(tmp_path: Path) -> None:
    async with Judges(Terms(), Pool(workers=2)) as judges:
        starting = judges._started(judges._workers[1])
        while not judges._workers[1].is_running:
            await asyncio.sleep(0)
        process = judges._workers[1]._process
    assert starting.cancelled()
    assert process is not None
    assert process.returncode is not None


async def test_a_file_that_kills_its_worker_is_tried_three_times_and_the_others_are_read(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.txt").write_text(STORY.replace("A story", f"Story {number}"))
    (tmp_path / "10.txt").write_text("poison")
    seeds = [seed_of(tmp_path, f"{number:02}.txt") for number in range(20)]
    async with Judges(Terms(), Pool(workers=1)) as judges:
        judges._workers[0].target = "poisoned:answer"
        told = Told()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(Path(__file__).parent.parent / "poison"))
            await judges.judge(str(tmp_path), seeds, told)
    assert (
        told.reason("10.txt")
        == "it could not be read: the process that read it died (SIGKILL); 3 processes were lost over it"
    )
    others = [f"{number:02}.txt" for number in range(20) if number != 10]
    assert [told.titles(path) for path in others] == [[f"Story {int(path[:2])}"] for path in others]
    assert judges.losses == TRIES


async def test_one_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    async with Judges(Terms(), Pool(workers=1, deadline_seconds=0)) as judges:
        told = Told()
        await judges.judge(str(tmp_path), [seed_of(tmp_path, "a.txt")], told)
        assert "it took longer than 0 seconds" in told.reason("a.txt")
        for worker in judges._workers:
            worker.deadline_seconds = 30
        again = Told()
        await judges.judge(str(tmp_path), [seed_of(tmp_path, "a.txt")], again)
        assert again.titles("a.txt") == ["A story"]


async def test_a_worker_has_the_memory_that_the_settings_give_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    async with Judges(Terms(), Pool(memory_bytes=2 << 30)) as judges:
        told = Told()
        await judges.judge(str(tmp_path), [seed_of(tmp_path, "a.txt")], told)
        process = judges._workers[0]._process
        assert process is not None
        limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert f"Max address space         {2 << 30}" in limits
    assert told.titles("a.txt") == ["A story"]


async def test_while_no_process_can_be_started_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    told = Told()
    async with Judges(Terms(), Pool(2)) as judges:
        with monkeypatch.context() as broken:
            broken.setattr(sys, "executable", "/nowhere/python")
            await judges.warm_up()
            with pytest.raises(UnavailableError):
                await judges.judge(str(tmp_path), [seed_of(tmp_path, "a.txt")], told)
        assert not told.judgements
        await judges.judge(str(tmp_path), [seed_of(tmp_path, "a.txt")], told)
    assert [judgement.take.refusal for judgement in told.judgements["a.txt"] if judgement] == [None]
