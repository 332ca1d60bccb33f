from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from feeder.bell import Listener
from feeder.folder_bell import FolderBell
from feeder.seeds import scan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this bell")


@pytest.fixture
async def bell(tmp_path: Path) -> AsyncIterator[FolderBell]:
    bell = FolderBell(str(tmp_path))
    with bell.listen() as listener:
        await listener.wait()
        running = asyncio.create_task(bell.run())
        await listener.wait(10)
        bell.watch(scan(bell.root).folders)
        bell.take_hints()
        yield bell
        running.cancel()


async def heard(bell: FolderBell, condition: Callable[[], bool]) -> None:
    with bell.listen() as listener:
        async with asyncio.timeout(10):
            while not condition():
                await listener.wait(0.05)


async def test_a_file_closed_after_writing_rings_with_its_path(bell: FolderBell, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    await heard(bell, lambda: bell.hints == {"a.txt"} and bell.written.get("a.txt") is False)


async def test_a_file_being_written_rings_once_and_is_known_as_such(bell: FolderBell, tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("w") as writing:
        await heard(bell, lambda: bell.hints == {"a.txt"} and bell.written.get("a.txt") is True)
        bell.take_hints()
        bell.written.clear()
        writing.write("x")
        writing.flush()
        await heard(bell, lambda: bell.written.get("a.txt") is True)
        assert bell.take_hints() == set()


async def test_a_name_that_is_never_looked_at_does_not_ring(bell: FolderBell, tmp_path: Path) -> None:
    (tmp_path / ".a.txt").write_text("text")
    (tmp_path / ".a.txt").rename(tmp_path / "a.txt")
    await heard(bell, lambda: bell.hints == {"a.txt"})


async def test_a_hard_link_rings(bell: FolderBell, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere.txt"
    elsewhere.write_text("x")
    (tmp_path / "a.txt").hardlink_to(elsewhere)
    await heard(bell, lambda: bell.hints == {"a.txt"})


async def test_a_rename_rings_with_both_names(bell: FolderBell, tmp_path: Path) -> None:
    (tmp_path / ".a.tmp").write_text("x")
    (tmp_path / ".a.tmp").rename(tmp_path / "a.txt")
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    await heard(bell, lambda: bell.hints is not None and {"a.txt", "b.txt"} <= bell.hints)
    assert bell.written.get("b.txt") is False


async def test_a_new_folder_asks_for_a_look_at_everything(bell: FolderBell, tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    await heard(bell, lambda: bell.hints is None)
    assert bell.watch(scan(bell.root).folders)
    bell.take_hints()
    (tmp_path / "world" / "a.txt").write_text("x")
    await heard(bell, lambda: bell.hints == {"world/a.txt"})


async def test_a_folder_that_goes_and_comes_back_is_watched_again(bell: FolderBell, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    await heard(bell, lambda: bell.hints is None)
    bell.watch(["", "world"])
    bell.take_hints()
    folder.rmdir()
    folder.mkdir()
    await heard(bell, lambda: bell.hints is None and "world" not in bell._folders)
    assert bell.watch(["", "world"])


async def test_hints_are_given_once(bell: FolderBell, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    await heard(bell, lambda: bell.hints == {"a.txt"})
    assert bell.take_hints() == {"a.txt"}
    assert bell.take_hints() == set()


async def test_a_bell_that_was_not_hung_only_asks_for_looks(tmp_path: Path) -> None:
    bell = FolderBell(str(tmp_path))
    assert not bell.watch([""])
    listener: Listener
    with bell.listen() as listener:
        await listener.wait()
        bell.look_at_all()
        assert await listener.wait(10)
    assert bell.take_hints() is None


async def test_a_folder_that_is_renamed_rings_under_its_new_name(bell: FolderBell, tmp_path: Path) -> None:
    (tmp_path / "world" / "americas").mkdir(parents=True)
    await heard(bell, lambda: bell.hints is None)
    bell.watch(scan(bell.root).folders)
    bell.take_hints()
    (tmp_path / "world").rename(tmp_path / "globe")
    await heard(bell, lambda: bell.hints is None)
    bell.watch(scan(bell.root).folders)
    bell.take_hints()
    (tmp_path / "globe" / "americas" / "a.txt").write_text("x")
    await heard(bell, lambda: bell.hints == {"globe/americas/a.txt"})
