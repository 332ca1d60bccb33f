"""What the doctor gathers: of folders, and of the kernel's files as they are written."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeder import instance
from feeder.config import load
from feeder.doctor.checks import folders
from feeder.doctor.checks.clock import Clocks
from feeder.doctor.facts import clock, disk, kernel, network, running
from program import disk as small_disk


def test_a_folder_that_can_be_written_to_is_left_as_it_was(tmp_path: Path) -> None:
    before = tmp_path.stat().st_mtime_ns
    place = disk.place("data", str(tmp_path))
    assert place.error == ""
    assert place.free_bytes > 0
    assert list(tmp_path.iterdir()) == []
    if hasattr(os, "O_TMPFILE"):
        assert tmp_path.stat().st_mtime_ns == before


def test_where_there_are_no_files_without_a_name_one_is_made_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def without(path: Any, flags: int, *given: Any, **named: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not supported")
        return real(path, flags, *given, **named)

    monkeypatch.setattr(os, "open", without)
    assert disk.place("data", str(tmp_path)).error == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    place = disk.place("data", str(tmp_path / "a" / "b"))
    assert (place.is_there, place.error) == (False, "")
    (tmp_path / "file").write_text("x")
    assert disk.place("data", str(tmp_path / "file")).error == "it is no folder"
    assert "no folder" in disk.place("data", str(tmp_path / "file" / "below")).error


def test_a_full_disk_and_one_in_memory_are_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1) as folder:
        place = disk.place("data", str(folder))
        assert (place.kind, place.mount, place.error) == ("tmpfs", str(folder), "")
        assert [one.verdict.value for one in folders.judge_kind(place)] == ["warning"]
        (folder / "filler").write_bytes(bytes(1 << 20))
        assert disk.place("data", str(folder)).error == os.strerror(errno.ENOSPC)


def test_mounts_are_read_as_the_kernel_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    written = str(folder).replace(" ", "\\040")
    lines = [
        "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
        f"30 22 0:25 / {written} rw shared:1 - nfs4 server:/x rw,vers=4.2",
        f"31 30 0:26 / {written} rw - tmpfs none rw",
        f"32 22 0:27 / {written}c rw - xfs none rw",
    ]
    (tmp_path / "mountinfo").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(disk, "_MOUNTS", tmp_path / "mountinfo")
    assert disk.mount_of(str(folder / "below")) == (str(folder), "tmpfs")
    assert disk.mount_of(str(tmp_path)) == ("/", "ext4")
    monkeypatch.setattr(disk, "_MOUNTS", tmp_path / "nowhere")
    assert disk.mount_of(str(folder)) == ("", "")


def test_the_folder_of_articles(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    for name in ("a.txt", "world/b.txt", ".hidden", "world/draft.tmp"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere")
    tree = disk.tree(str(tmp_path), 5)
    assert (tree.files, tree.folders, tree.unreadable_count, tree.is_whole) == (2, 2, 0, True)
    hasty = disk.tree(str(tmp_path), -1)
    assert not hasty.is_whole
    assert disk.tree(str(tmp_path / "none"), 5).error == os.strerror(errno.ENOENT)


def test_the_least_memory_of_all_groups_above_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path / "system.slice" / "feeder.service"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("max\n")
    (group.parent / "memory.max").write_text("500000000\n")
    old = tmp_path / "memory" / "docker" / "abc"
    old.mkdir(parents=True)
    (old / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    monkeypatch.setattr(kernel, "_CONTROL", tmp_path)
    files = list(kernel._memory_files("4:memory:/docker/abc\n1:cpu:/\n0::/system.slice/feeder.service\n"))
    assert group / "memory.max" in files
    assert old / "memory.limit_in_bytes" in files
    assert {kernel._number(one) for one in files} == {None, 500_000_000, 9_223_372_036_854_771_712}
    monkeypatch.setattr(kernel, "_text", lambda file: "0::/system.slice/feeder.service\n" if file.name == "cgroup" else file.read_text() if file.exists() else "")  # fmt: skip  # noqa: E501
    assert kernel.memory(1) == 500_000_000


def test_limits_of_a_process_that_runs_are_its_own() -> None:
    import resource

    assert kernel.limits(os.getpid()).files == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert kernel.limits(os.getpid()).of_instance
    assert not kernel.limits(None).of_instance


def test_whoever_holds_the_lock_owns_the_folder_and_is_not_disturbed(tmp_path: Path) -> None:
    assert running.owner_of(tmp_path) == 0
    with instance.own(tmp_path):
        assert running.owner_of(tmp_path) == os.getpid()
    assert running.owner_of(tmp_path) == 0
    lock = os.open(tmp_path / "feeder.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_SH)  # somebody else's, such as a backup's
    assert running.owner_of(tmp_path) == os.getpid()
    os.close(lock)


async def test_an_instance_that_was_killed_and_a_port_that_is_taken(tmp_path: Path) -> None:
    settings = load(None, {}, {"data.path": str(tmp_path), "server.port": "0"}).settings
    assert (await running.told(settings, None)).run.pid is None
    instance.announce(tmp_path, instance.Instance(os.getpid(), "http://127.0.0.1:1", "http://127.0.0.1:1"))
    killed = await running.told(settings, None)
    assert (killed.pid, killed.run.is_alive, killed.run.is_up) == (None, False, False)
    with instance.own(tmp_path):
        mute = await running.told(settings, None)
        assert (mute.run.is_alive, mute.run.is_up) == (True, False)
        assert "no connection" in mute.run.error
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = load(None, {}, {"data.path": str(tmp_path), "server.port": str(taken.getsockname()[1])}).settings
        assert "server.port" in (await running.told(settings, None)).run.port_error


async def test_names_that_mean_nothing_and_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(host: str, *_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    here = await network.address("http://127.0.0.1:8000", is_set=True)
    assert (here.is_loopback, here.addresses) == (True, ("127.0.0.1",))
    assert network.is_direct(here, "http://127.0.0.1:8000")
    assert not network.is_direct(here, "http://127.0.0.1:8001")
    assert not network.is_direct(await network.address("https://127.0.0.1:8000", is_set=True), "http://127.0.0.1:8000")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    lost = await network.address("https://news.example", is_set=True)
    assert (lost.addresses, lost.error, lost.is_loopback) == ((), "Name or service not known", False)


def test_the_clock_is_asked_without_being_changed() -> None:
    watched = clock.Parting()
    assert clock.is_synchronised() in {True, False, None}
    assert abs(watched.seconds) < 0.1
    assert Clocks(now=datetime.now(UTC)).steps is None
