from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from feeder import parse
from feeder.errors import SeedError, UnfinishedError
from feeder.judge import ChangedError, Judgement, Terms
from feeder.judge import reading as judging
from feeder.model import Draft, Enclosure, Seed
from feeder.seeds import scan

STORY = " date 2026-01-02 A story\n\nSomething happened in the city, and it was not the first time.\n"


class Scripted:
    """A parser that does what its test says."""

    name = "scripted"
    precedence = 0
    streams = False

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


def judge(folder: str, name: str, terms: Terms) -> Judgement:
    """A file that has one part."""
    (judgement,) = judging.judge(folder, name, terms)
    return judgement


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
        file.write(STORY.encode())
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


def test_a_long_file_is_told_in_parts(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text("x")
    drafts = [draft(f"Number {number}") for number in range(450)]
    scripted.append(Scripted(*drafts[:300], SeedError("no title", line=7), *drafts[300:]))
    takes = [judgement.take for judgement in judging.judge(str(tmp_path), "a.txt", Terms())]
    assert [(take.first, len(take.articles), take.last) for take in takes] == [
        (1, 200, False),
        (201, 200, False),
        (401, 50, True),
    ]
    assert [article.title for take in takes for article in take.articles] == [draft.title for draft in drafts]
    assert [(refusal.record, refusal.line) for refusal in takes[-1].refused] == [(301, 7)]
    assert takes[-1].sha256 == hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    "error", [SeedError("broken", line=9), UnfinishedError("cut off"), MemoryError(), KeyError("x")]
)
def test_what_breaks_in_the_middle_leaves_what_came_before(
    tmp_path: Path, scripted: list[Scripted], error: Exception
) -> None:
    (tmp_path / "a.txt").write_text("x")

    class Breaking(Scripted):
        def parse(self, name: str, reader: parse.Reader) -> Iterator[Draft | SeedError]:
            yield draft("One")
            raise error

    scripted.append(Breaking())
    judgement = judge(str(tmp_path), "a.txt", Terms())
    assert [article.title for article in judgement.take.articles] == ["One"]
    assert len(judgement.take.refused) == judgement.take.refused_count == 1
    assert judgement.take.refused[0].record is None
    assert judgement.unfinished is isinstance(error, UnfinishedError)


@pytest.mark.parametrize(("more", "unfinished"), [((), True), ((draft("Three"),), False)])
def test_a_file_that_ends_within_a_record_is_told_from_one_with_a_bad_record(
    tmp_path: Path, scripted: list[Scripted], more: tuple[Draft, ...], *, unfinished: bool
) -> None:
    (tmp_path / "a.txt").write_text("x")

    class Lines(Scripted):
        def parse(self, name: str, reader: parse.Reader) -> Iterator[Draft | SeedError]:
            yield draft("One")
            yield UnfinishedError("the JSON ends too early", line=2)
            yield from more

    scripted.append(Lines())
    judgement = judge(str(tmp_path), "a.txt", Terms())
    assert judgement.unfinished is unfinished
    assert [refusal.line for refusal in judgement.take.refused] == [2]


def test_each_article_of_a_long_file_may_name_as_many_images_as_one_alone(
    tmp_path: Path, scripted: list[Scripted]
) -> None:
    (tmp_path / "a.txt").write_text("x")
    scripted.append(
        Scripted(*[replace(draft(f"{n}"), images=(Enclosure(f"{n}.png"), Enclosure(f"{n}.jpg"))) for n in range(300)])
    )
    takes = [judgement.take for judgement in judging.judge(str(tmp_path), "a.txt", Terms())]
    warnings = {
        warning.rpartition(": ")[2] for take in takes for article in take.articles for warning in article.warnings
    }
    assert warnings == {"there is no such file beside the article"}
    assert "0.png" in takes[-1].companions


def test_many_refused_records_are_counted_and_the_first_ones_told(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text("x")
    scripted.append(Scripted(draft("One"), *[SeedError(f"bad {number}") for number in range(1500)]))
    take = judge(str(tmp_path), "a.txt", Terms()).take
    assert (len(take.refused), take.refused_count) == (1000, 1500)


def test_a_fault_of_the_parser_costs_only_the_file(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    scripted.append(Scripted(RecursionError("too deep")))
    refusal = judge(str(tmp_path), "a.txt", Terms()).take.refusal
    assert refusal is not None
    assert refusal.reason == "the parser failed on it (RecursionError: too deep)"


def test_a_dump_may_be_larger_than_a_file(tmp_path: Path, scripted: list[Scripted]) -> None:
    (tmp_path / "a.txt").write_text("x" * 2000)
    scripted.append(Scripted(draft("One")))
    scripted[0].streams = True
    assert judge(str(tmp_path), "a.txt", Terms(file_bytes=1000)).take.refusal is None
    refusal = judge(str(tmp_path), "a.txt", Terms(file_bytes=1000, dump_bytes=1999)).take.refusal
    assert refusal is not None
    assert "more than limits.dump_bytes = 1999" in refusal.reason
