from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeder import judge as judging
from feeder import parse
from feeder.errors import SeedError, UnfinishedError
from feeder.judge import ChangedError, Judges, Terms, answer, ask, judge, understand
from feeder.model import Draft, Seed
from feeder.seeds import scan

STORY = " date 2026-01-02 A story\n\nSomething happened in the city on that day, people said.\n"


class Scripted:
    """A parser that does what its test says."""

    name = "scripted"
    precedence = 0

    def __init__(self, *found: Draft | SeedError | Exception) -> None:
        self.found = found

    def claims(self, head: bytes, name: str) -> bool:
        return True

    def parse(self, name: str, reader: parse.Reader) -> Iterator[Draft | SeedError]:
        reader.read(3)
        for one in self.found:
            if isinstance(one, Exception) and not isinstance(one, SeedError):
                raise one
            if isinstance(one, UnfinishedError):
                raise one
            yield one


def draft(title: str) -> Draft:
    return Draft(title=title, published="2026-01-02", paragraphs=("Something happened.",))


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[Scripted]:
    chosen: list[Scripted] = []
    monkeypatch.setattr(judging, "parser_for", lambda head, name: chosen[0])
    return chosen


def seed_of(folder: Path, name: str) -> Seed:
    return scan(str(folder)).seeds[name]


def test_a_file_is_hashed_whole_whatever_its_parser_reads(tmp_path: Path, scripted: list[Scripted]) -> None:
    data = os.urandom(200_000)
    (tmp_path / "a.txt").write_bytes(data)
    scripted.append(Scripted(draft("One")))
    take = judge(str(tmp_path), "a.txt", Terms()).take
    assert take.sha256 == hashlib.sha256(data).hexdigest()
    assert take.seed == seed_of(tmp_path, "a.txt")
    assert [article.title for article in take.articles] == ["One"]


def test_a_bad_record_refuses_itself_alone(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text("x")
    scripted.append(Scripted(draft("One"), SeedError("no title", line=7), Draft(title="No date"), draft("Four")))
    take = judge(str(tmp_path), "a.txt", Terms()).take
    assert [article.title for article in take.articles] == ["One", "Four"]
    assert [(refusal.record, refusal.line) for refusal in take.refused] == [(2, 7), (3, None)]
    assert take.refusal is None


def test_a_file_without_one_good_record_is_refused_with_the_first_reason(
    tmp_path: Path, scripted: list[Scripted]
) -> None:
    (tmp_path / "a.txt").write_text("x")
    scripted.append(Scripted(SeedError("first", line=1), SeedError("second")))
    refusal = judge(str(tmp_path), "a.txt", Terms()).take.refusal
    assert refusal is not None
    assert (refusal.reason, refusal.line) == ("first", 1)


def test_an_unfinished_file_is_told_from_a_bad_one(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text("x")
    scripted.append(Scripted(UnfinishedError("cut off", offset=3)))
    judgement = judge(str(tmp_path), "a.txt", Terms())
    assert judgement.unfinished
    assert judgement.take.refusal is not None
    assert judgement.take.refusal.offset == 3


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "sparse.txt").open("wb") as file:
        file.truncate(1 << 40)
    refusal = judge(str(tmp_path), "sparse.txt", Terms(file_bytes=1000)).take.refusal
    assert refusal is not None
    assert "more than limits.file_bytes = 1000" in refusal.reason


def test_what_changes_while_it_is_read_is_looked_at_again(tmp_path: Path, scripted: list[Scripted]) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x")

    class Growing(Scripted):
        def parse(self, name: str, reader: parse.Reader) -> Iterator[Draft | SeedError]:
            file.write_text("xyz")
            yield draft("Half")

    scripted.append(Growing())
    with pytest.raises(ChangedError):
        judge(str(tmp_path), "a.txt", Terms())


@pytest.mark.parametrize("kind", ["gone", "pipe", "folder"])
def test_what_is_no_file_any_more_is_looked_at_again(tmp_path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / "a.txt")
    elif kind == "folder":
        (tmp_path / "a.txt").mkdir()
    with pytest.raises(ChangedError):
        judge(str(tmp_path), "a.txt", Terms())


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(STORY)
    (tmp_path / "a.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(SeedError, match="cannot be opened"):
        judge(str(tmp_path), "a.txt", Terms())


def test_what_crosses_the_pipe_arrives_as_it_was(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text(STORY)
    request = ask(str(tmp_path), name, Terms(zone="Pacific/Auckland"))
    seed = seed_of(tmp_path, name)
    assert understand(answer(request), seed) == judge(str(tmp_path), name, Terms(zone="Pacific/Auckland"))
    (tmp_path / name).unlink()
    with pytest.raises(ChangedError):
        understand(answer(request), seed)


def test_a_refusal_crosses_the_pipe_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" date 2026-02-30 No such day\n\nText.\n")
    judgement = understand(answer(ask(str(tmp_path), "a.txt", Terms())), seed_of(tmp_path, "a.txt"))
    assert judgement == judge(str(tmp_path), "a.txt", Terms())
    assert judgement.take.refusal is not None
    assert judgement.take.refusal.line == 1


def test_a_fault_of_the_parser_costs_only_the_file(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    scripted.append(Scripted(RecursionError("too deep")))
    reply = answer(ask(str(tmp_path), "a.txt", Terms()))
    refusal = understand(reply, seed_of(tmp_path, "a.txt")).take.refusal
    assert refusal is not None
    assert refusal.reason == "the parser failed on it (RecursionError: too deep)"


async def test_workers_judge_side_by_side_and_a_lost_one_refuses_its_file(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.txt").write_text(STORY.replace("A story", f"Story {number}"))
    async with Judges(Terms(), workers=2, deadline_seconds=30) as judges:
        await judges.warm_up()
        seeds = [seed_of(tmp_path, f"{number}.txt") for number in range(6)]
        found = await asyncio.gather(*(judges.judge(str(tmp_path), seed) for seed in seeds))
        assert [one.take.articles[0].title for one in found] == [f"Story {number}" for number in range(6)]
        for worker in judges._workers:
            worker.deadline_seconds = 0
        refused = await judges.judge(str(tmp_path), seeds[0])
        assert refused.take.refusal is not None
        assert "it took longer than 0 seconds" in refused.take.refusal.reason
        assert judges.losses == 1
        for worker in judges._workers:
            worker.deadline_seconds = 30
        again = await judges.judge(str(tmp_path), seeds[0])
        assert again.take.articles[0].title == "Story 0"
        with pytest.raises(ChangedError):
            await judges.judge(str(tmp_path), dataclasses.replace(seeds[0], path="gone.txt"))
