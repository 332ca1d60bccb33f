"""Images beside articles on the road in: a real folder, a real store, clocks in hand, and crashes at bad moments."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from feeder import media
from feeder.ingest import Ingest, batch
from feeder.judge import Terms
from feeder.judge.reading import judge
from feeder.media_folder import MediaFolder
from feeder.model import Seed
from feeder.store import Mark, Status, Store, Take, open_store
from feeder.store.sqlite.store import Sqlite
from road_in import Road

STORY = "---\ntitle: {}\ndate: 2026-01-02\nimage: {}\n---\n\nIt was so, and not for the first time, people said.\n"


def photo(number: int = 0) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + random.Random(number).randbytes(50)


class Crash(BaseException):
    """The process is gone."""


class Setting(Road):
    """A road with a media folder; ``written`` says of files by their names whether somebody is writing them."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.media = folder / "media"
        self.written: dict[str, bool | None] = {}
        super().__init__(folder / "seeds", store, Terms(media=str(self.media)))

    def ingest(self, **changes: Any) -> Ingest:
        return super().ingest(**{"is_written": self.is_written} | changes)

    def is_written(self, full: str) -> bool | None:
        return self.written.get(full.rpartition("/")[2], False)

    def put(self, name: str, data: bytes | str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    def judged(self) -> list[str]:
        """The files that were judged since this was asked."""
        judged, self.judge.judged = self.judge.judged, []
        return sorted(judged)

    async def shown(self) -> list[int]:
        """How many photos each event's article shows."""
        return [len(media.names(event.article)) for event in await self.store.read(0, 100) if event.article]


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    (tmp_path / "seeds").mkdir()
    MediaFolder(tmp_path / "media").open()
    store = await open_store(f"sqlite:///{tmp_path}/s.db", data=tmp_path)
    yield Setting(tmp_path, store)
    await store.close()


async def test_what_is_there_together_is_one_event_and_read_once(setting: Setting) -> None:
    setting.put("a.md", STORY.format("A", "photo.png"))
    setting.put("photo.png", photo())
    setting.put("style.css", "p {}")
    ingest = setting.ingest()
    await ingest.look()
    assert setting.judged() == ["a.md", "photo.png", "style.css"]
    for hints in (None, set[str](), {"a.md", "photo.png"}):
        await ingest.look(hints)
    await setting.ingest().look()
    assert setting.judged() == []
    assert await setting.shown() == [1]


async def test_a_photo_that_comes_has_its_articles_read_and_no_others(setting: Setting) -> None:
    for name, image in (("a.md", "photo.png"), ("b.md", "photo.png"), ("c.md", "other.png")):
        setting.put(name, STORY.format(name, image))
    ingest = setting.ingest()
    await ingest.look()
    setting.judged()
    setting.put("photo.png", photo())
    await ingest.look({"photo.png"})
    assert setting.judged() == ["a.md", "b.md", "photo.png"]
    assert await setting.shown() == [0, 0, 0, 1, 1]
    await ingest.look({"photo.png"})
    assert setting.judged() == []


async def test_a_photo_that_is_only_touched_is_no_event(setting: Setting) -> None:
    setting.put("a.md", STORY.format("A", "photo.png"))
    file = setting.put("photo.png", photo())
    ingest = setting.ingest()
    await ingest.look()
    file.touch()
    await ingest.look()
    setting.judged()
    await ingest.look()
    await setting.ingest().look()
    assert setting.judged() == []
    assert await setting.shown() == [1]


async def test_a_photo_found_in_another_place_is_watched_there(setting: Setting) -> None:
    setting.put("a.md", STORY.format("A", "/photo.png"))
    setting.put("photo.png", photo())
    await setting.ingest().look()
    (setting.folder / "static").mkdir()
    (setting.folder / "photo.png").rename(setting.folder / "static" / "photo.png")
    ingest = setting.ingest()
    await ingest.look()
    setting.pass_(61)
    await ingest.look()
    assert await setting.shown() == [1]
    setting.put("static/photo.png", photo(2))
    await setting.ingest().look()
    assert await setting.shown() == [1, 1]


async def test_a_photo_that_goes_is_shown_until_its_time_is_over(setting: Setting) -> None:
    setting.put("a.md", STORY.format("A", "photo.png"))
    setting.put("photo.png", photo())
    ingest = setting.ingest()
    await ingest.look()
    (setting.folder / "photo.png").unlink()
    assert await ingest.look({"photo.png"}) == 0
    setting.pass_(59)
    assert await ingest.look(set()) == 0
    setting.pass_(1)
    assert await ingest.look(set()) == 1
    assert await setting.shown() == [1, 0]


@pytest.mark.parametrize("step", ["accept", "vanish"])
async def test_a_crash_when_the_photo_is_known_and_its_article_not_yet_read_loses_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    setting.put("a.md", STORY.format("A", "photo.png"))
    if step == "vanish":
        setting.put("photo.png", photo())
    await setting.ingest().look()
    before = await setting.shown()

    class Dying(Sqlite):
        async def stage(self, takes: Any, **named: Any) -> tuple[Mark, ...]:
            kept = await super().stage(takes, **named)
            if any(take.seed.path == "photo.png" for take in takes):
                raise Crash
            return kept

        async def vanish(self, *arguments: Any, **named: Any) -> Any:
            await super().vanish(*arguments, **named)
            raise Crash

    monkeypatch.setattr(batch, "MOST_BYTES", 1)  # each file is put by alone
    if step == "accept":
        for name in ("photo.png", "y.png", "z.png"):
            setting.put(name, photo())
    else:
        (setting.folder / "photo.png").unlink()
        await setting.ingest().look()
        setting.pass_(61)
    with monkeypatch.context() as patch:
        patch.setattr(setting.store, "__class__", Dying)
        with pytest.raises(Crash):
            await setting.ingest().look()
    assert await setting.shown() == before
    await setting.ingest().look()
    assert await setting.shown() == [*before, 1 - before[0]]


async def test_an_article_waits_for_its_photo_and_comes_the_moment_that_it_is_there(setting: Setting) -> None:
    setting.put("a.md", STORY.format("A", "photo.png"))
    ingest = setting.ingest()
    with setting.put("photo.png", photo()[:20]).open("ab") as writing:
        setting.written["photo.png"] = True
        await ingest.look()
        assert ingest.waiting == ["a.md", "photo.png"]
        setting.pass_(2)
        setting.judged()
        for _ in range(3):
            await ingest.look(set())
        assert setting.judged() == []  # it is not read again and again meanwhile
        writing.write(photo()[20:])
    setting.written.clear()
    await ingest.look({"photo.png"})
    assert await setting.shown() == [1]
    assert ingest.waiting == []


async def test_one_that_is_known_waits_for_its_second_photo_too(setting: Setting) -> None:
    both = STORY.replace("people said.", "people said. ![](b.png)").format("A", "a.png")
    setting.put("a.md", both)
    ingest = setting.ingest()
    await ingest.look()
    with setting.put("b.png", photo(2)).open("r+b"):
        setting.written["b.png"] = True
        setting.put("a.png", photo(1))
        await ingest.look()
        await ingest.look()
        assert await setting.shown() == [0]
    setting.written.clear()
    setting.pass_(1)
    await ingest.look(set())
    assert await setting.shown() == [0, 2]


@pytest.mark.parametrize("is_restarted", [True, False])
async def test_one_that_waits_for_a_photo_which_does_not_change_is_read_when_its_time_is_over(
    setting: Setting, *, is_restarted: bool
) -> None:
    setting.put("a.md", STORY.replace("people said.", "people said. ![](b.png)").format("A", "a.png"))
    file = setting.put("b.png", photo(2))
    ingest = setting.ingest()
    await ingest.look()
    with file.open("r+b"):  # somebody has it open and writes nothing
        setting.put("a.png", photo(1))
        await ingest.look()
        assert await setting.shown() == [1]
    if is_restarted:
        ingest = setting.ingest()
        await ingest.look()
    else:
        setting.pass_(31)
        await ingest.look(set())
    assert await setting.shown() == [1, 2]


async def test_an_article_that_is_being_edited_is_not_read_because_its_photo_came(setting: Setting) -> None:
    file = setting.put("a.md", STORY.format("A", "photo.png"))
    ingest = setting.ingest()
    await ingest.look()
    with file.open("w") as writing:
        setting.written["a.md"] = True
        writing.write("---\ntitle: Half\ndate: 2026-01-02\n---\n\nHalf of it is wri")
        writing.flush()
        setting.put("photo.png", photo())
        await ingest.look({"photo.png"})
        assert await setting.shown() == [0]
        writing.seek(0)
        writing.write(STORY.format("A", "photo.png"))
        writing.truncate()
    setting.written.clear()
    await ingest.look({"a.md"})
    assert await setting.shown() == [0, 1]


async def test_where_the_system_tells_nothing_two_looks_must_agree_on_the_article_too(setting: Setting) -> None:
    ingest = setting.ingest(is_written=lambda _: None)
    setting.put("a.md", STORY.format("A", "photo.png"))
    for _ in range(2):
        await ingest.look()
        setting.pass_(1)
    assert await setting.shown() == [0]
    setting.put("photo.png", photo())
    for _ in range(4):
        await ingest.look()
        setting.pass_(1)
    assert await setting.shown() == [0, 1]


async def test_what_cannot_be_kept_now_waits_and_the_rest_is_taken_in(setting: Setting) -> None:
    setting.media.rmdir()
    setting.media.write_text("in the way")
    setting.put("photo.png", photo())
    setting.put("a.md", STORY.format("A", "photo.png"))
    setting.put("b.md", STORY.format("B", "https://m.example/x.jpg"))
    ingest = setting.ingest()
    assert await ingest.look() == 1
    (problem,) = ingest.problems
    assert "media cannot be used" in problem
    assert ingest.waiting == ["a.md"]
    pauses = []
    for _ in range(8):
        setting.judged()
        started = setting.ticks
        while not setting.judge.judged:
            setting.pass_(0.5)
            await ingest.look(set())
        pauses.append(setting.ticks - started)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]
    setting.media.unlink()
    setting.pass_(30)
    await ingest.look(set())
    assert ingest.problems == []
    assert await setting.shown() == [0, 1]


async def test_who_waits_for_the_disk_and_is_deleted_is_no_problem_any_more(setting: Setting) -> None:
    setting.media.rmdir()
    setting.media.write_text("in the way")
    setting.put("photo.png", photo())
    file = setting.put("a.md", STORY.format("A", "photo.png"))
    ingest = setting.ingest()
    await ingest.look()
    file.unlink()
    await ingest.look(set())
    assert ingest.problems == []


async def test_a_long_file_is_whole_although_another_one_was_touched_in_the_same_look(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = setting.put("z.md", STORY.format("Z", "x.png"))
    ingest = setting.ingest()
    await ingest.look()
    touched.touch()
    line = (
        '{{"title": "Story {0}", "date": "2026-01-02", "text": "It was so in {0} of these, and not the first time."}}'
    )
    lines = [line.format(number) for number in range(450)]
    setting.put("a.jsonl", "\n".join(lines) + "\n")
    assert await ingest.look() == 450
    assert [(mark.seed.path, mark.status) for mark in ingest.marks] == [
        ("a.jsonl", Status.PUBLISHED),
        ("z.md", Status.PUBLISHED),
    ]
    setting.judged()
    await ingest.look()
    assert setting.judged() == []


async def test_a_record_with_another_photo_is_one_event(setting: Setting) -> None:
    lines = [
        f'{{"id": "urn:x:{n}", "title": "Story {n}", "date": "2026-01-02", "text": "Street {n}.", "image": "{n}.png"}}'
        for n in range(5)
    ]
    setting.put("a.jsonl", "\n".join(lines) + "\n")
    for number in range(4):
        setting.put(f"{number}.png", photo(number))
    ingest = setting.ingest()
    await ingest.look()
    assert await setting.shown() == [1, 1, 1, 1, 0]
    setting.put("4.png", photo(4))
    await ingest.look()
    assert await setting.shown() == [1, 1, 1, 1, 0, 1]
    setting.put("2.png", photo(9))
    await ingest.look()
    assert await setting.shown() == [1, 1, 1, 1, 0, 1, 1]


def test_a_take_without_articles_says_what_it_is() -> None:
    """The pictures do not count for how much is in memory."""
    full = batch.Batch(500)
    seed = Seed("film.mp4", batch.MOST_BYTES * 3, 1, 2, 3)
    assert full.add(Take(seed=seed, sha256="x", ignored="it is shown by the articles that name it")) == []
    assert full.add(Take(seed=Seed("a.md", 5, 1, 2, 3), sha256="y")) == []
    assert isinstance(full.takes[0], Take)


def test_a_long_film_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "film.mp4").open("wb") as file:
        file.write(b"\0\0\0\x18ftypisom\0\0\0\0isommp41")
        file.truncate(1 << 42)
    (judgement,) = judge(str(tmp_path), "film.mp4", Terms())
    assert judgement.take.ignored is not None
    assert judgement.take.sha256.startswith(f"unread:{1 << 42}:")
