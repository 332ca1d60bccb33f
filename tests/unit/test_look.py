from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeder.seeds import Scanning, is_ignored, scan, scan_paths


def test_it_finds_files_in_sub_folders_and_names_the_folders(tmp_path: Path) -> None:
    (tmp_path / "world" / "americas").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "world" / "americas" / "b.md").write_text("bb")
    found = scan(str(tmp_path))
    assert {path: seed.size for path, seed in found.seeds.items()} == {"a.txt": 1, "world/americas/b.md": 2}
    assert sorted(found.folders) == ["", "world", "world/americas"]
    assert found.exists


@pytest.mark.parametrize(
    "name",
    [
        ".hidden", "story.txt~", "story.tmp", "upload.part", "x.crdownload", ".~lock.story.odt#", ".#story",
        "~$story.docx", ".story.txt.swp", "4913", "Thumbs.db", "thumbs.DB", "desktop.ini", "__MACOSX", "#story#",
        "x.txt.writing", "x.txt.ffs_tmp", "x.txt.sb-1a2b3c4d-AbCdEf", "x.txt.camelLock", ".rsync.txt.Ab12Cd",
        "two\nlines.tmp",
    ],
)  # fmt: skip
def test_names_of_unfinished_and_foreign_files_are_ignored(name: str) -> None:
    assert is_ignored(name)


@pytest.mark.parametrize("name", ["story.txt", "-rf.txt", "tmp", "49130", "a.tmp.txt", "naïve ~ story.md", "#1.md"])
def test_names_of_articles_are_not(name: str) -> None:
    assert not is_ignored(name)


def test_pipes_sockets_links_and_folders_named_like_articles_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "real.txt").write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.txt"))
        assert list(scan(str(tmp_path)).seeds) == ["real.txt"]


def test_a_hidden_folder_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("x")
    assert scan(str(tmp_path)).seeds == {}
    assert scan_paths(str(tmp_path), [".git/x.txt"]).seeds == {}


def test_names_that_are_no_utf_8_survive(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n.txt")
    (tmp_path / name).write_text("x")
    assert list(scan(str(tmp_path)).seeds) == [name]


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert not scan(str(tmp_path / "nowhere")).exists
    assert not scan_paths(str(tmp_path / "nowhere"), ["a.txt"]).exists


def test_a_look_at_some_paths_sees_only_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    assert list(scan_paths(str(tmp_path), ["a.txt", "gone.txt"]).seeds) == ["a.txt"]


def test_what_lies_below_an_unreadable_folder_may_be_there(tmp_path: Path) -> None:
    found = scan(str(tmp_path))
    found.unreadable.append("locked")
    assert found.may_hide("locked/a.txt")
    assert not found.may_hide("locked.txt")
    found.unreadable.append("")
    assert found.may_hide("anything.txt")


def test_a_rewrite_that_keeps_size_and_mtime_looks_different(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")
    before = scan(str(tmp_path)).seeds["a.txt"]
    file.write_text("two")
    os.utime(file, ns=(before.mtime_ns, before.mtime_ns))
    assert scan(str(tmp_path)).seeds["a.txt"] != before


def test_a_folder_that_goes_away_during_a_look_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    """A share that is unmounted just then leaves the place at which it was mounted."""
    seeds = tmp_path / "seeds"
    (seeds / "world").mkdir(parents=True)
    (seeds / "a.txt").write_text("a")
    scanning = Scanning(str(seeds))
    seeds.rename(tmp_path / "elsewhere")
    seeds.mkdir()
    while not scanning.go_on(1):
        pass
    assert not scanning.found.exists

    def asked() -> Iterator[str]:
        yield "b.txt"
        seeds.rmdir()

    assert not scan_paths(str(seeds), asked()).exists
