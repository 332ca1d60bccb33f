"""Opening below a folder: regular files and nothing else, whatever somebody put there; and those beside an article."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from feeder.errors import SeedError, UnfinishedError
from feeder.seeds import Companions, IrregularError, is_being_written, open_below, open_first, seed_of
from feeder.seeds.companion import MOST
from program import PATIENCE_SECONDS, require


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    (folder / "world" / "americas").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "world" / "americas" / "b.txt").write_text("bb")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("secret")
    return folder


def read(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, which no permission stops."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(autouse=True)
def descriptors() -> Iterator[None]:
    """Whatever happens, no descriptor is left open."""
    before = opened()
    yield
    assert opened() == before


def opened() -> list[str]:
    """The numbers of the open descriptors, where the system tells them."""
    folder = Path("/proc/self/fd")
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def test_a_file_is_opened_where_it_lies(root: Path) -> None:
    assert read(open_below(str(root), "a.txt")) == b"a"
    assert read(open_below(str(root), "world/americas/b.txt")) == b"bb"


def test_its_descriptor_is_not_for_other_programs(root: Path) -> None:
    descriptor = open_below(str(root), "a.txt")
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


@pytest.mark.parametrize(
    "name",
    ["none.txt", "none/a.txt", "a.txt/b", "world/none/b.txt", "", ".", "..", "world/..", "../secret/key.txt",
     "world//x", "world/../a.txt", "./a.txt", "/a.txt", "/etc/hostname", "a.txt/", "a\0b", "x" * 255],
)  # fmt: skip
def test_what_is_no_file_below_is_not_found(root: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        open_below(str(root), name)


def test_a_folder_that_is_not_there_has_no_files(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_below(str(root / "none"), "a.txt")


def test_any_bytes_are_a_name(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n.txt")
    (root / name).write_text("x")
    assert read(open_below(str(root), name)) == b"x"


@pytest.mark.parametrize("target", ["../secret/key.txt", "a.txt", "none.txt", "/etc/hostname"])
def test_a_link_is_refused_wherever_it_leads(root: Path, target: str) -> None:
    (root / "link.txt").symlink_to(target)
    with pytest.raises(IrregularError, match="symbolic link"):
        open_below(str(root), "link.txt")


@pytest.mark.parametrize("target", ["../secret", "world", "none", "/", "."])
def test_a_link_on_the_way_is_refused_too(root: Path, target: str) -> None:
    (root / "linked").symlink_to(target)
    for name in ("linked/key.txt", "linked/americas/b.txt", "linked/a.txt"):
        with pytest.raises(IrregularError, match="behind a symbolic link"):
            open_below(str(root), name)


def test_the_folder_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("seeds")
    assert read(open_below(str(tmp_path / "link"), "world/americas/b.txt")) == b"bb"


def test_pipes_sockets_devices_and_folders_are_refused_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name in ("pipe", "socket", "world"):
            with pytest.raises(IrregularError, match="no regular file"):
                open_below(str(root), name)
    with pytest.raises(IrregularError, match="no regular file"):
        open_below("/dev", "null")


def test_a_pipe_that_takes_the_files_place_meanwhile_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = os.stat

    def swapping(name: str, **how: Any) -> os.stat_result:
        found = stat(name, **how)
        (root / "a.txt").unlink()
        os.mkfifo(root / "a.txt")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", swapping)
        with pytest.raises(IrregularError, match="no regular file"):
            open_below(str(root), "a.txt")


def test_a_name_that_is_too_long_is_the_systems_to_refuse(root: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        open_below(str(root), "x" * 256)


def test_what_may_not_be_read_is_said_to_be_so(root: Path) -> None:
    (root / "a.txt").chmod(0)
    with as_nobody(), pytest.raises(PermissionError):
        open_below(str(root), "a.txt")


def test_swapping_folders_for_links_meanwhile_never_leads_out(root: Path) -> None:
    """What an attacker does: a folder that was looked at is a link when it is opened."""
    way, aside = root / "way", root / "aside"
    way.mkdir()
    (way / "key.txt").write_text("public")
    stop, dice = threading.Event(), random.Random(20260102)

    def dwell() -> None:
        """For another time each time: two threads that take turns would else meet at the same point for ever."""
        for _ in range(dice.randrange(1, 8)):
            way.lstat()

    def swap() -> None:
        while not stop.is_set():
            way.rename(aside)
            way.symlink_to(root.parent / "secret")
            dwell()
            way.unlink()
            aside.rename(way)
            dwell()

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen: Counter[bytes] = Counter()
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        while not seen[b"secret"] and min(seen[b"public"], seen[b"refused"]) < 100 and time.monotonic() < until:
            seen[tried(root, "way/key.txt")] += 1
    finally:
        stop.set()
        swapping.join()
    assert seen[b"secret"] == 0
    assert seen[b"public"]


def tried(root: Path, name: str) -> bytes:
    try:
        return read(open_below(str(root), name))
    except FileNotFoundError:
        return b"nothing"
    except IrregularError:
        return b"refused"


def test_the_first_that_is_there_is_opened_with_its_look(root: Path) -> None:
    found = open_first(str(root), ["none.txt", "world/none/b.txt", "world/americas/b.txt", "a.txt"])
    assert found is not None
    descriptor, seed = found
    assert read(descriptor) == b"bb"
    assert seed == seed_of((root / "world/americas/b.txt").stat(), "world/americas/b.txt")
    assert open_first(str(root), ["none.txt"]) is None
    assert open_first(str(root), []) is None


def test_a_link_that_is_first_is_not_passed_over(root: Path) -> None:
    (root / "link.txt").symlink_to("a.txt")
    with pytest.raises(IrregularError):
        open_first(str(root), ["link.txt", "a.txt"])


# Beside an article


def contents(descriptor: int) -> bytes:
    return os.pread(descriptor, 100, 0)


def test_references_lead_to_files_and_each_is_taken_once(root: Path) -> None:
    taken: list[bytes] = []

    def take(descriptor: int) -> bytes:
        taken.append(contents(descriptor))
        return taken[-1]

    beside = Companions(str(root), "world/americas", take)
    for reference in ("b.txt", "./b.txt", "b%2Etxt", "b.txt", "../americas/b.txt?x=1"):
        assert beside.find(reference) == b"bb"
    assert beside.find("../../a.txt") == b"a"
    assert taken == [b"bb", b"a"]
    assert beside.seeds == {
        name: seed_of((root / name).stat(), name) for name in ("world/americas/b.txt", "a.txt")
    }  # fmt: skip
    assert beside.missing == []
    assert beside.problems == {}


def test_a_reference_that_leads_nowhere_is_noted_once(root: Path) -> None:
    beside = Companions(str(root), "world", contents)
    assert [beside.find("photo.jpg"), beside.find("photo.jpg"), beside.find("../../secret/key.txt")] == [None] * 3
    assert beside.missing == ["photo.jpg", "../../secret/key.txt"]
    assert beside.seeds == {}


def test_a_file_that_is_not_shown_says_why(root: Path) -> None:
    def refuse(_: int) -> bytes:
        raise SeedError("it is no picture")

    (root / "link.jpg").symlink_to("a.txt")
    beside = Companions(str(root), "", refuse)
    assert beside.find("a.txt") is None
    assert beside.find("link.jpg") is None
    assert beside.problems == {"a.txt": "it is no picture", "link.jpg": "it is a symbolic link"}
    assert "a.txt" in beside.seeds  # when it changes, the article is to be judged again


def test_a_file_that_may_not_be_opened_says_so(root: Path) -> None:
    (root / "a.txt").chmod(0)
    with as_nobody():
        beside = Companions(str(root), "", contents)
        assert beside.find("a.txt") is None
    assert beside.problems == {"a.txt": "it cannot be opened: Permission denied"}


def test_a_file_that_somebody_writes_to_is_for_the_caller_until_it_is_closed(root: Path) -> None:
    require(is_being_written(str(root / "a.txt")) is not None, "a file system that tells who writes")
    with (root / "a.txt").open("a"), pytest.raises(UnfinishedError, match=r"a\.txt is still being written"):
        Companions(str(root), "", contents).find("a.txt")
    assert Companions(str(root), "", contents).find("a.txt") == b"a"


def test_a_file_that_changes_while_it_is_read_is_for_the_caller(root: Path) -> None:
    def unfinished(_: int) -> bytes:
        raise UnfinishedError("it changed while it was read")

    with pytest.raises(UnfinishedError):
        Companions(str(root), "", unfinished).find("a.txt")


def test_too_many_references_are_not_followed(root: Path) -> None:
    beside = Companions(str(root), "", contents)
    for number in range(MOST):
        beside.find(f"{number}.jpg")
    assert beside.find("a.txt") is None
    assert beside.find("b.txt") is None
    assert len(beside.missing) == MOST
    assert list(beside.problems) == ["a.txt"]
