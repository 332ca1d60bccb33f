"""The road in on a real folder and a real store, with clocks in hand and edges that break."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder import ingest as ingesting
from feeder.accounts import refused
from feeder.errors import UnavailableError
from feeder.ingest import Ingest
from feeder.ingest.batch import MOST_ROUNDS
from feeder.judge.judges import Tell
from feeder.model import Kind, Seed
from feeder.seeds import Scanning
from feeder.store import Accepted, Status, Store, open_store
from feeder.store.sqlite.store import Sqlite
from road_in import Here, Road

STORY = " date 2026-01-02 {}\n\nSomething happened in the city, and it was not the first time.\n"


class Setting(Road):
    """A road that keeps what it was told to be due."""

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder, store)
        self.due: list[datetime | None] = []

    def ingest(self, **changes: Any) -> Ingest:
        return super().ingest(**{"on_due": self.due.append} | changes)

    def write(self, name: str, title: str) -> Path:
        file = self.folder / name
        file.write_text(STORY.format(title))
        return file

    async def told(self) -> list[tuple[Kind, str]]:
        return [
            (event.kind, event.article.title if event.article else "") for event in await self.store.read(0, 10_000)
        ]


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    (tmp_path / "seeds").mkdir()
    store = await open_store(f"sqlite:///{tmp_path}/s.db", data=tmp_path)
    yield Setting(tmp_path / "seeds", store)
    await store.close()


async def test_a_look_that_finds_more_than_a_transaction_holds_is_numbered_by_date(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "CHUNK", 7)
    for number in range(50):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=(number * 37) % 50)
        (setting.folder / f"{number:02}.txt").write_text(
            STORY.format(f"{day:%Y%m%d}").replace("2026-01-02", f"{day:%Y-%m-%d}")
        )
    assert await setting.ingest().look() == 50
    titles = [title for _, title in await setting.told()]
    assert titles == sorted(titles)


async def test_a_crash_between_staging_and_accepting_loses_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "CHUNK", 4)
    for number in range(10):
        setting.write(f"{number}.txt", f"Story {number}")

    class Crash(BaseException):
        pass

    async def crash(*_: Any, **__: Any) -> Accepted:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(setting.store, "accept", crash)
        with pytest.raises(Crash):
            await setting.ingest().look()
    assert await setting.told() == []
    setting.judge.judged.clear()
    await setting.ingest().look()
    assert len(await setting.told()) == 10
    assert len(setting.judge.judged) == 2  # what was staged is not read again
    assert all(event.backfill for event in await setting.store.read(0, 10))  # it is the same first look


async def test_unchanged_files_are_not_read_again(setting: Setting) -> None:
    file = setting.write("a.txt", "A story")
    ingest = setting.ingest()
    await ingest.look()
    await ingest.look()
    assert setting.judge.judged == ["a.txt"]
    file.touch()
    assert await ingest.look() == 0
    await ingest.look()
    await setting.ingest().look()  # a new start
    assert setting.judge.judged == ["a.txt", "a.txt"]  # once more for the touch


async def test_while_the_store_is_away_the_look_is_made_again_and_the_operator_told(setting: Setting) -> None:
    class Away(Sqlite):
        failures = 2

        async def accept(self, *arguments: Any, **named: Any) -> Accepted:
            if self.failures:
                self.failures -= 1
                raise UnavailableError("the disk is full")
            return await super().accept(*arguments, **named)

    setting.store.__class__ = Away
    setting.write("a.txt", "A story")
    ingest = setting.ingest()
    running = asyncio.create_task(ingest.run())
    problems = set()
    async with asyncio.timeout(20):
        while not ingest.looks:
            problems |= set(ingest.problems)
            await asyncio.sleep(0.01)
    running.cancel()
    assert await setting.told()
    assert problems == {"nothing is taken in for now: the disk is full"}
    assert ingest.problems == []


async def test_a_hint_reads_only_what_it_names_and_a_lost_one_is_found_by_the_next_look(setting: Setting) -> None:
    ingest = setting.ingest()
    await ingest.look()
    setting.write("a.txt", "A")
    setting.write("b.txt", "B")
    await ingest.look({"a.txt"})
    assert setting.judge.judged == ["a.txt"]
    await ingest.look()
    assert setting.judge.judged == ["a.txt", "b.txt"]


async def test_a_waiting_file_is_asked_about_again_without_a_hint(setting: Setting) -> None:
    written = True
    ingest = setting.ingest(is_written=lambda _: written)
    setting.write("a.txt", "A")
    await ingest.look()
    assert ingest.waiting == ["a.txt"]
    written = False
    setting.pass_(1)
    await ingest.look(set())
    assert ingest.waiting == []
    assert len(await setting.told()) == 1


async def test_a_file_is_read_the_moment_that_its_writer_has_closed_it(setting: Setting) -> None:
    """However long ago it wrote its last word."""
    written = True
    ingest = setting.ingest(is_written=lambda _: written)
    setting.write("a.txt", "A")
    await ingest.look()
    written = False
    await ingest.look({"b.txt"})
    assert ingest.waiting == ["a.txt"]
    await ingest.look({"a.txt"})
    assert len(await setting.told()) == 1


async def test_a_refused_file_that_is_not_there_is_no_trouble_to_anybody(setting: Setting) -> None:
    bad = setting.write("bad.txt", "Bad")
    bad.write_text(bad.read_text().replace("01-02", "02-30"))
    await setting.ingest().look()
    aside = bad.rename(setting.folder / ".bad.txt")
    ingest = setting.ingest()
    await ingest.look()
    assert (ingest.refused(), ingest.files()[Status.QUARANTINED]) == ([], 0)
    assert refused(await setting.store.marks()) == []
    aside.rename(bad)
    ingest = setting.ingest()
    await ingest.look()
    assert [mark.seed.path for mark in refused(ingest.refused())] == ["bad.txt"]
    assert ingest.files()[Status.QUARANTINED] == 1
    assert len(refused(await setting.store.marks())) == 1


async def test_a_cut_off_file_is_read_again_only_when_it_changes_or_its_time_is_over(setting: Setting) -> None:
    (setting.folder / "cut.md").write_text("---\ntitle: Cut\n")
    ingest = setting.ingest()
    for _ in range(3):
        await ingest.look()
        setting.pass_(1)
    assert setting.judge.judged == ["cut.md"]
    assert ingest.marks == []
    setting.pass_(30)
    await ingest.look(set())
    assert [(mark.seed.path, mark.status) for mark in ingest.marks] == [("cut.md", Status.QUARANTINED)]
    await ingest.look()
    assert setting.judge.judged == ["cut.md"] * 2


async def test_who_is_not_patient_refuses_it_at_once(setting: Setting) -> None:
    (setting.folder / "cut.md").write_text("---\ntitle: Cut\n")
    ingest = setting.ingest(patient=False)
    await ingest.look()
    assert [mark.status for mark in ingest.marks] == [Status.QUARANTINED]


async def test_what_is_due_is_told_and_released_by_a_mere_ring(setting: Setting) -> None:
    (setting.folder / "later.txt").write_text(STORY.format("Later").replace("2026-01-02", "2026-06-02"))
    ingest = setting.ingest()
    await ingest.look()
    assert setting.due == [datetime(2026, 6, 2, tzinfo=UTC)]
    assert [mark.status for mark in ingest.marks] == [Status.SCHEDULED]
    setting.pass_(12 * 3600)
    await ingest.look(set())
    assert await setting.told() == [(Kind.PUBLISHED, "Later")]
    assert [mark.status for mark in ingest.marks] == [Status.PUBLISHED]
    assert setting.due[-1] is None


async def test_an_embargo_survives_a_restart(setting: Setting) -> None:
    (setting.folder / "later.txt").write_text(STORY.format("Later").replace("2026-01-02", "2026-06-02"))
    await setting.ingest().look()
    setting.pass_(24 * 3600)
    await setting.ingest().look()
    assert await setting.told() == [(Kind.PUBLISHED, "Later")]


async def test_a_move_across_file_systems_keeps_the_article(setting: Setting) -> None:
    """Such a move is a copy, and then the original goes."""
    ingest = setting.ingest(withdraw=True)
    original = setting.write("a.txt", "A story")
    await ingest.look()
    setting.write("b.txt", "A story")
    await ingest.look()
    original.unlink()
    await ingest.look()
    setting.pass_(61)
    await ingest.look(set())
    assert await setting.told() == [(Kind.PUBLISHED, "A story")]
    assert [(mark.seed.path, mark.status) for mark in ingest.marks] == [("b.txt", Status.PUBLISHED)]


async def test_a_name_that_is_used_again_after_an_absence_is_another_story(setting: Setting) -> None:
    ingest = setting.ingest()
    setting.write("today.txt", "Monday").unlink()
    setting.write("today.txt", "Monday")
    await ingest.look()
    (setting.folder / "today.txt").unlink()
    await ingest.look()
    setting.pass_(61)
    await ingest.look(set())
    setting.write("today.txt", "Tuesday")
    await ingest.look()
    assert await setting.told() == [(Kind.PUBLISHED, "Monday"), (Kind.PUBLISHED, "Tuesday")]


async def test_a_folder_that_cannot_be_read_withdraws_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = setting.ingest(withdraw=True)
    (setting.folder / "world").mkdir()
    setting.write("world/a.txt", "A story")
    await ingest.look()

    class Locked(Scanning):
        def go_on(self, seconds: float) -> bool:
            done = super().go_on(seconds)
            self.found = dataclasses.replace(self.found, seeds={}, unreadable=["world"])
            return done

    monkeypatch.setattr(ingesting, "Scanning", Locked)
    for _ in range(3):
        await ingest.look()
        setting.pass_(100)
    assert ingest.problems == ["the folder world cannot be read"]
    assert await setting.told() == [(Kind.PUBLISHED, "A story")]


async def test_the_first_look_ever_is_marked_as_backfill_and_no_other(setting: Setting) -> None:
    setting.write("a.txt", "A")
    ingest = setting.ingest()
    await ingest.look()
    setting.write("b.txt", "B")
    await ingest.look()
    setting.write("c.txt", "C")
    await setting.ingest().look()
    setting.write("a.txt", "A, edited")
    await ingest.look()
    assert [event.backfill for event in await setting.store.read(0, 10)] == [True, False, False, False]


async def test_an_absence_counts_across_restarts(setting: Setting) -> None:
    setting.write("a.txt", "A").unlink()
    setting.write("a.txt", "A")
    await setting.ingest(withdraw=True).look()
    (setting.folder / "a.txt").unlink()
    await setting.ingest(withdraw=True).look()
    setting.pass_(59)
    await setting.ingest(withdraw=True).look()
    assert await setting.told() == [(Kind.PUBLISHED, "A")]
    setting.pass_(1)
    await setting.ingest(withdraw=True).look()
    assert [kind for kind, _ in await setting.told()] == [Kind.PUBLISHED, Kind.RETRACTED]


async def test_a_file_that_was_away_and_came_back_starts_anew(setting: Setting) -> None:
    file = setting.write("a.txt", "A")
    ingest = setting.ingest(withdraw=True)
    await ingest.look()
    aside = file.rename(setting.folder / ".aside")
    await ingest.look()
    setting.pass_(59)
    aside.rename(file)
    await ingest.look()
    file.rename(aside)
    setting.pass_(30)
    await setting.ingest(withdraw=True).look()
    assert await setting.told() == [(Kind.PUBLISHED, "A")]


@pytest.mark.parametrize("is_running", [True, False])
async def test_an_embargoed_article_whose_file_is_gone_is_not_released(setting: Setting, *, is_running: bool) -> None:
    held = setting.folder / "later.txt"
    held.write_text(STORY.format("Later").replace("2026-01-02", "2026-06-02"))
    ingest = setting.ingest()
    await ingest.look()
    held.unlink()
    setting.pass_(12 * 3600)
    await (ingest.look(set()) if is_running else setting.ingest().look())
    assert await setting.told() == []
    held.write_text(STORY.format("Later").replace("2026-01-02", "2026-06-02"))
    await setting.ingest().look()
    assert await setting.told() == [(Kind.PUBLISHED, "Later")]


async def test_files_that_change_places_while_one_of_them_is_read_take_their_stories_along(setting: Setting) -> None:
    """``latest`` becomes ``previous`` and there is a new ``latest``: whoever reads in the middle sees half of it."""

    class Meanwhile(Here):
        async def judge(self, folder: str, seeds: Iterable[Seed], tell: Tell) -> None:
            if latest.exists() and not previous.exists():
                latest.rename(previous)
                latest.write_text(" date 2026-01-02 Sun in the south\n\nNot a cloud was seen anywhere at all.\n")
                ingest.bell.look_at(["latest.txt", "previous.txt"])
            await super().judge(folder, seeds, tell)

    latest, previous = setting.folder / "latest.txt", setting.folder / "previous.txt"
    ingest = setting.ingest()
    setting.write("latest.txt", "Rain in the north")
    await ingest.look()
    setting.judge = Meanwhile()
    ingest = setting.ingest()
    await ingest.look()
    ingest.bell.take_hints()
    latest.touch()
    await ingest.look({"latest.txt"})
    assert setting.judge.judged == ["latest.txt", "previous.txt"]
    assert await setting.told() == [(Kind.PUBLISHED, "Rain in the north"), (Kind.PUBLISHED, "Sun in the south")]


async def test_who_never_pauses_keeps_nothing_from_the_readers(setting: Setting) -> None:
    class Restless(Here):
        async def judge(self, folder: str, seeds: Iterable[Seed], tell: Tell) -> None:
            await super().judge(folder, seeds, tell)
            setting.write(f"{len(self.judged)}.txt", f"News {len(self.judged)}")
            ingest.bell.look_at([f"{len(self.judged)}.txt"])

    ingest = setting.ingest()
    await ingest.look()
    ingest.bell.take_hints()
    setting.judge = Restless()
    ingest = setting.ingest()
    await ingest.look()
    ingest.bell.take_hints()
    setting.write("0.txt", "News 0")
    await ingest.look({"0.txt"})
    assert [title for _, title in await setting.told()] == [f"News {number}" for number in range(1 + MOST_ROUNDS)]


@pytest.mark.parametrize("pause", [1, 90])
async def test_a_story_that_was_moved_over_another_one_leaves_that_to_the_grace_time(
    setting: Setting, pause: float
) -> None:
    ingest = setting.ingest(withdraw=True)
    one = setting.write("one.txt", "Rain in the north")
    two = setting.folder / "two.txt"
    two.write_text(" date 2026-01-02 Sun in the south\n\nNot a cloud was seen anywhere at all.\n")
    await ingest.look()
    told, aside = await setting.told(), one.rename(setting.folder / ".aside")
    two.rename(one)
    await ingest.look()
    setting.pass_(pause)
    await ingest.look()
    aside.rename(two)
    await ingest.look()
    again = [] if pause < 60 else [(Kind.RETRACTED, ""), (Kind.PUBLISHED, "Rain in the north")]
    kinds = [kind for kind, _ in told]
    assert [kind for kind, _ in await setting.told()] == [*kinds, *(kind for kind, _ in again)]


async def test_nothing_is_withdrawn_while_the_folder_is_away(setting: Setting) -> None:
    ingest = setting.ingest(withdraw=True)
    setting.write("a.txt", "A story")
    await ingest.look()
    (setting.folder / "a.txt").unlink()
    await ingest.look()
    setting.folder.rename(setting.folder.with_name("elsewhere"))
    setting.pass_(100)
    await ingest.look()
    assert await setting.told() == [(Kind.PUBLISHED, "A story")]
    setting.folder.with_name("elsewhere").rename(setting.folder)
    await ingest.look()
    assert [kind for kind, _ in await setting.told()] == [Kind.PUBLISHED, Kind.RETRACTED]


async def test_names_that_are_swapped_take_their_stories_along(setting: Setting) -> None:
    ingest = setting.ingest()
    one = setting.write("one.txt", "Rain in the north")
    (setting.folder / "two.txt").write_text(
        " date 2026-01-02 Sun in the south\n\nNot a cloud was seen anywhere at all.\n"
    )
    await ingest.look()
    before = await setting.store.read(0, 10)
    aside = one.rename(setting.folder / ".aside")
    (setting.folder / "two.txt").rename(one)
    aside.rename(setting.folder / "two.txt")
    assert await ingest.look() == 0
    setting.write("two.txt", "Rain in the north, again")
    await ingest.look()
    last = (await setting.store.read(0, 10))[-1]
    rain = next(event for event in before if event.article and event.article.title == "Rain in the north")
    assert (last.kind, last.article_id) == (Kind.UPDATED, rain.article_id)


@pytest.mark.parametrize("seen_before", [True, False])
async def test_what_the_bell_names_during_a_look_is_taken_in_before_its_end(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, *, seen_before: bool
) -> None:
    setting.write("old.txt", "Old")
    setting.write("gone.txt", "Gone")
    ingest = setting.ingest()
    await ingest.look()
    judged: list[list[str]] = []

    class Long(Scanning):
        def go_on(self, seconds: float) -> bool:
            if judged:
                judged.append(list(setting.judge.judged))
                return super().go_on(seconds)
            if seen_before:
                assert super().go_on(60)
            judged.append([])
            setting.write("new.txt", "New")
            setting.write("old.txt", "Old, mended")
            (setting.folder / "gone.txt").unlink()
            ingest.bell.hints = {"new.txt", "old.txt", "gone.txt"}
            return False

    monkeypatch.setattr(ingesting, "Scanning", Long)
    await ingest.look()
    assert sorted(judged[1]) == ["gone.txt", "new.txt", "old.txt", "old.txt"]
    assert sorted(setting.judge.judged) == sorted(judged[1])
    assert ingest.missing.paths == {"gone.txt"}
    assert sorted(await setting.told()) == sorted(
        [("published", "Old"), ("published", "Gone"), ("published", "New"), ("updated", "Old, mended")]
    )
