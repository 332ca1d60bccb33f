"""Files that change together: all staged, then all renamed, each whole at every instant."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from feeder.publish.folder import remove, rename, settle, stage, sync


def test_all_are_on_the_disk_before_any_has_its_name_and_the_folder_is_flushed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, list[str]]] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append((kind, sorted(path.name for path in tmp_path.glob("[!.]*"))))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    paths = [tmp_path / name for name in ("a.rss", "b.rss", "c.rss")]
    assert [stage(path, b"new") for path in paths] == [True] * 3
    assert settle(paths) == {}
    assert steps == [("file", [])] * 3 + [("folder", ["a.rss", "b.rss", "c.rss"])]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.rss", "b.rss", "c.rss"]


def test_what_is_there_already_is_not_staged(tmp_path: Path) -> None:
    (tmp_path / "a.rss").write_bytes(b"same")
    assert not stage(tmp_path / "a.rss", b"same")
    assert [path.name for path in tmp_path.iterdir()] == ["a.rss"]
    assert stage(tmp_path / "a.rss", b"sane")


def test_one_that_cannot_get_its_name_harms_no_other_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.rss" / "in the way").mkdir(parents=True)
    (tmp_path / "b.rss").write_bytes(b"old")
    assert stage(tmp_path / "a.rss", b"new")
    assert stage(tmp_path / "b.rss", b"new")
    failed = settle([tmp_path / "a.rss", tmp_path / "b.rss"])
    assert list(failed) == [tmp_path / "a.rss"]
    assert (tmp_path / "b.rss").read_bytes() == b"new"
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_each_folder_is_flushed(tmp_path: Path) -> None:
    paths = [tmp_path / "x" / "archive" / "1.rss", tmp_path / "y.rss"]
    for path in paths:
        stage(path, b"new")
    assert settle(paths) == {}
    assert [path.read_bytes() for path in paths] == [b"new", b"new"]


def test_a_name_is_seen_before_the_folder_is_flushed(tmp_path: Path) -> None:
    paths = [tmp_path / "a.rss", tmp_path / "b.rss"]
    stage(paths[0], b"new")
    failed = rename(paths)
    assert [*failed] == paths[1:]
    assert paths[0].read_bytes() == b"new"
    sync(tmp_path)
    with pytest.raises(OSError, match="No such"):
        sync(tmp_path / "none")


def test_what_is_gone_already_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    remove([tmp_path / "a", tmp_path / "b"])
    assert list(tmp_path.iterdir()) == []
