"""The folder of media files: whole at every instant, each file once, and none removed that is about to be shown."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeder import media
from feeder.errors import SeedError, UnavailableError, UnfinishedError
from feeder.media_folder import Kept, MediaFolder, identify
from feeder.seeds import Companions
from program import may_trace, require

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 12_000
KEPT = Kept(hashlib.sha256(PHOTO).hexdigest(), "jpg", "image/jpeg", len(PHOTO))
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    made = MediaFolder(tmp_path / "data" / "media")
    made.open()
    return made


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    file = tmp_path / "photo.jpg"
    file.write_bytes(PHOTO)
    return file


@contextmanager
def opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def keep(folder: MediaFolder, file: Path) -> Kept:
    with opened(file) as descriptor:
        return folder.keep(descriptor)


def everything(folder: MediaFolder) -> list[str]:
    return sorted(path.name for path in folder.path(KEPT.name).parent.iterdir())


def age(folder: MediaFolder, name: str) -> None:
    os.utime(folder.path(name), (LONG_AGO.timestamp(), LONG_AGO.timestamp()))


# What is kept


def test_a_file_is_kept_by_its_content(folder: MediaFolder, seed: Path) -> None:
    assert keep(folder, seed) == KEPT
    assert folder.path(KEPT.name).read_bytes() == PHOTO
    assert everything(folder) == [f"{KEPT.sha256}.jpg"] == [KEPT.name]
    assert KEPT.address == f"/media/{KEPT.sha256}.jpg"
    assert folder.names() == {KEPT.name}


def test_its_name_in_the_seeds_and_the_place_of_the_descriptor_do_not_matter(folder: MediaFolder, seed: Path) -> None:
    other = seed.rename(seed.with_name("story.txt"))
    with opened(other) as descriptor:
        os.lseek(descriptor, 100, os.SEEK_SET)
        assert folder.keep(descriptor) == KEPT
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 100


def test_the_copy_may_be_read_by_whoever_the_umask_lets(folder: MediaFolder, seed: Path) -> None:
    seed.chmod(0o600)
    before = os.umask(0o027)
    try:
        keep(folder, seed)
    finally:
        os.umask(before)
    assert folder.path(KEPT.name).stat().st_mode & 0o777 == 0o640


def test_the_same_file_again_writes_nothing(folder: MediaFolder, seed: Path) -> None:
    keep(folder, seed)
    before = folder.path(KEPT.name).stat()
    assert keep(folder, seed) == KEPT
    assert folder.path(KEPT.name).stat().st_ino == before.st_ino


def test_a_kept_file_that_was_cut_short_is_made_whole(folder: MediaFolder, seed: Path) -> None:
    keep(folder, seed)
    os.truncate(folder.path(KEPT.name), 10)
    keep(folder, seed)
    assert folder.path(KEPT.name).read_bytes() == PHOTO


def test_what_is_kept_stays_whatever_becomes_of_the_seed(folder: MediaFolder, seed: Path) -> None:
    keep(folder, seed)
    seed.write_bytes(b"other")
    assert folder.path(KEPT.name).read_bytes() == PHOTO


def test_what_is_identified_is_what_would_be_kept_and_nothing_is_written(folder: MediaFolder, seed: Path) -> None:
    with opened(seed) as descriptor:
        assert identify(descriptor) == KEPT
    assert everything(folder) == []


# What is not


def test_what_is_not_shown_is_not_kept(folder: MediaFolder, seed: Path) -> None:
    seed.write_bytes(b"<svg onload='alert(1)'>")
    with pytest.raises(SeedError, match="scripts") as refused:
        keep(folder, seed)
    assert not isinstance(refused.value, UnfinishedError)
    assert everything(folder) == []


def test_an_empty_file_may_only_have_been_begun(folder: MediaFolder, seed: Path) -> None:
    seed.write_bytes(b"")
    with pytest.raises(UnfinishedError, match="nothing in it"):
        keep(folder, seed)


def test_a_file_above_the_limit_is_not_read(tmp_path: Path, seed: Path) -> None:
    small = MediaFolder(tmp_path / "media", limit_bytes=len(PHOTO) - 1)
    with pytest.raises(SeedError, match=r"limits\.media_bytes = 3072003"):
        keep(small, seed)
    assert keep(MediaFolder(tmp_path / "media", limit_bytes=len(PHOTO)), seed) == KEPT
    with seed.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(SeedError, match=r"more than limits\.media_bytes"):
        keep(small, seed)


class Meddled(MediaFolder):
    """Somebody writes to the seed between its being identified and its being copied."""

    def __init__(self, path: Path, seed: Path, body: bytes) -> None:
        super().__init__(path)
        self.seed = seed
        self.body = body

    def _renew(self, kept: Kept) -> bool:
        self.seed.write_bytes(self.body)
        return super()._renew(kept)


@pytest.mark.parametrize("body", [PHOTO[:-1] + b"x", PHOTO[:1000], b""], ids=["other", "shorter", "empty"])
def test_a_file_that_changes_meanwhile_is_not_kept(folder: MediaFolder, seed: Path, body: bytes) -> None:
    meddled = Meddled(folder.path(KEPT.name).parent, seed, body)
    with pytest.raises(UnfinishedError, match="changed"):
        keep(meddled, seed)
    assert everything(folder) == []


def test_a_file_that_grows_meanwhile_is_kept_as_it_was_identified(folder: MediaFolder, seed: Path) -> None:
    meddled = Meddled(folder.path(KEPT.name).parent, seed, PHOTO + b"more")
    assert keep(meddled, seed) == KEPT
    assert folder.path(KEPT.name).read_bytes() == PHOTO


def test_a_file_that_is_written_while_it_is_read_is_unfinished(seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pread = os.pread

    def touching(descriptor: int, size: int, place: int) -> bytes:
        os.utime(seed, ns=(1, 1))
        return pread(descriptor, size, place)

    monkeypatch.setattr(os, "pread", touching)
    with opened(seed) as descriptor, pytest.raises(UnfinishedError, match="changed"):
        identify(descriptor)


def test_what_cannot_be_read_is_the_seeds_trouble(folder: MediaFolder, tmp_path: Path) -> None:
    with opened(tmp_path) as descriptor, pytest.raises(SeedError, match="cannot be read: Is a directory"):
        folder.keep(descriptor)


# Trouble with the folder


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path, seed: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    broken = MediaFolder(tmp_path / "data" / "media")
    for call in (broken.open, lambda: keep(broken, seed), broken.names):
        with pytest.raises(UnavailableError, match="cannot be used"):
            call()


def test_a_full_disk_is_unavailable_and_leaves_nothing_behind(tmp_path: Path, seed: Path) -> None:
    media = tmp_path / "media"
    program = (
        "import os, resource, signal, sys\n"
        "from feeder.media_folder import MediaFolder\n"
        "from feeder.errors import UnavailableError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))\n"
        "try:\n"
        "    MediaFolder(sys.argv[1]).keep(os.open(sys.argv[2], os.O_RDONLY))\n"
        "except UnavailableError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(media), str(seed)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cannot be used: File too large" in found.stdout
    assert list(media.iterdir()) == []


def test_what_a_crash_left_is_cleared_and_nothing_else(folder: MediaFolder, seed: Path) -> None:
    keep(folder, seed)
    stray = folder.path(KEPT.name).with_name(".0123456789abcdef.part")
    stray.write_bytes(b"half")
    assert folder.names() == {KEPT.name}
    folder.open()
    assert everything(folder) == [KEPT.name]


def test_the_copy_is_on_the_disk_before_it_has_its_name(folder: MediaFolder, seed: Path) -> None:
    """And its name is, before the caller hears of it: the store may then say that it is there."""
    require(may_trace(), "strace, allowed to trace")
    program = (
        "import os, sys\nfrom feeder.media_folder import MediaFolder\n"
        "MediaFolder(sys.argv[1]).keep(os.open(sys.argv[2], os.O_RDONLY))\n"
        "os.write(1, b'kept')\n"
    )
    trace = seed.with_name("trace")
    where = str(folder.path(KEPT.name).parent)
    subprocess.run(
        ["strace", "-f", "-y", "-e", "trace=fsync,rename,write", "-o", str(trace),
         sys.executable, "-c", program, where, str(seed)],
        check=True, capture_output=True,
    )  # fmt: skip
    calls = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines()]
    names = [call.partition("(")[0] for call in calls if where in call or '"kept"' in call]
    steps = [name for name in names if name != "write"]
    assert steps == ["fsync", "rename", "fsync"]
    assert names[-1] == "write"  # of the word that it is kept


# Several processes, and the sweep


def test_many_keep_the_same_file_at_once(folder: MediaFolder, seed: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: keep(folder, seed), range(40))) == {KEPT}
    assert everything(folder) == [KEPT.name]
    assert folder.path(KEPT.name).read_bytes() == PHOTO


def test_files_are_removed_by_name_and_others_stay(folder: MediaFolder, seed: Path) -> None:
    keep(folder, seed)
    seed.write_bytes(b"GIF89a")
    other = keep(folder, seed)
    age(folder, KEPT.name)
    age(folder, other.name)
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert folder.remove([other.name, "0" * 64 + ".jpg"], unused_since=soon) == 1
    assert folder.names() == {KEPT.name}


def test_a_file_that_was_kept_again_lately_is_not_removed(folder: MediaFolder, seed: Path) -> None:
    keep(folder, seed)
    age(folder, KEPT.name)
    keep(folder, seed)
    assert folder.remove([KEPT.name], unused_since=LONG_AGO + timedelta(days=1)) == 0
    assert folder.names() == {KEPT.name}


@pytest.mark.parametrize("name", ["../feeder.db", "x", "", "." + "0" * 64 + ".jpg", "0" * 64, "/etc/passwd"])
def test_no_other_name_is_touched(folder: MediaFolder, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a media file"):
        folder.remove([name], unused_since=datetime.now(UTC))
    with pytest.raises(ValueError, match="not the name of a media file"):
        folder.path(name)


def test_a_folder_that_was_never_made_has_no_files(tmp_path: Path) -> None:
    none = MediaFolder(tmp_path / "none")
    assert none.names() == set()
    assert none.remove([KEPT.name], unused_since=LONG_AGO) == 0


def test_who_removes_is_alone(folder: MediaFolder, seed: Path) -> None:
    """A file is not found by one who keeps it and then taken away by one who looked at it before."""
    keep(folder, seed)
    age(folder, KEPT.name)
    soon = datetime.now(UTC) + timedelta(hours=1)
    with opened(folder.path(KEPT.name).parent) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        removing = threading.Thread(target=folder.remove, args=([KEPT.name],), kwargs={"unused_since": soon})
        removing.start()
        removing.join(0.1)
        assert removing.is_alive()
        assert folder.names() == {KEPT.name}
    removing.join(10)
    assert folder.names() == set()


def test_a_picture_in_a_body_is_found_kept_and_shown(folder: MediaFolder, seed: Path) -> None:
    """The road of a reference, from one end to the other."""
    (seed.parent / "seeds" / "world").mkdir(parents=True)
    seed.rename(seed.parent / "seeds" / "world" / "the photo.jpg")
    beside = Companions(str(seed.parent / "seeds"), "world", folder.keep)

    def address(reference: str) -> str | None:
        kept = beside.find(reference)
        return kept.address if kept else None

    html = '<p><img src="the%20photo.jpg?w=100" alt="dawn"><a href="story.html">More</a></p>'
    shown = media.localise(html, address)
    assert shown == f'<p><img src="{KEPT.address}" alt="dawn"><a href="story.html">More</a></p>'
    assert beside.missing == []
    assert folder.names() == {KEPT.name}
