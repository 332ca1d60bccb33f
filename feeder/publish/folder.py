"""The folder of feed files: whole at every instant, whatever crashes when.

A file is staged beside its place, flushed to disk, and renamed; several that change together are staged side by side
and then all renamed, with one flush of the folder. Between the renames and that flush all processes see the new files,
and after a crash each is the old or the new one; nobody has to wait for it before the files are served.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TEMPORARY: Final = ".feeder-{name}.tmp"
_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def open_folder(folder: Path) -> None:
    """Make the folder, and clear what a crash left in it.

    Raises:
        UnavailableError: the folder cannot be made or read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear(folder)
    except OSError as error:
        raise UnavailableError(f"the folder {folder} cannot be used: {error.strerror or error}") from error


def clear(folder: Path) -> None:
    """Remove what a crash left in a folder.

    Raises:
        OSError: it cannot be read, or is not ours to write in.
    """
    for stray in folder.glob(_TEMPORARY.format(name="*")):
        stray.unlink()


def stage(path: Path, body: bytes, moment: datetime | None = None) -> bool:
    """Put bytes on the disk beside the place of a file, for ``settle``; false if the file holds them already.

    The file is dated by ``moment``, that of the event that it shows, as a web server would tell it; unless other bytes
    were there that had the same date or a later one: then it is dated by the clock, and ``is_dated`` tells the two
    apart for as long as the file is there.

    A plain ``open`` and not ``tempfile``: the file gets the permissions of the umask, so that another user's web server
    can read it.

    Raises:
        OSError: it could not be written; nothing is beside the file.
    """
    if _holds(path, body):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, earlier = _beside(path), _date(path)
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            if moment is not None and (earlier is None or earlier < _nanoseconds(moment)):
                os.utime(file.fileno(), ns=(_nanoseconds(moment),) * 2)
            os.fsync(file.fileno())
    except BaseException:
        _drop(temporary)
        raise
    return True


def is_dated(path: Path, moment: datetime) -> bool:
    """Whether no other bytes than a file's ever stood in its place with this moment as their date."""
    return _date(path) == _nanoseconds(moment)


def settle(paths: Iterable[Path]) -> dict[Path, OSError]:
    """Give staged files their names, and wait until the names are on the disk; says which it could not.

    After a crash at any instruction each file is the old or the new one.
    """
    staged = list(paths)
    failed = rename(staged)
    renamed: dict[Path, list[Path]] = {}
    for path in staged:
        if path not in failed:
            renamed.setdefault(path.parent, []).append(path)
    for folder, settled in renamed.items():
        try:
            sync(folder)
        except OSError as error:
            failed |= dict.fromkeys(settled, error)
    return failed


def rename(paths: Iterable[Path]) -> dict[Path, OSError]:
    """Give staged files their names; says which it could not. The names are on the disk after ``sync`` only."""
    failed: dict[Path, OSError] = {}
    for path in paths:
        try:
            _beside(path).replace(path)
        except OSError as error:
            _drop(_beside(path))
            failed[path] = error
    return failed


def sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk.

    Raises:
        OSError: they may not be.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, body: bytes) -> bool:
    """Put one file in place whole, unless it holds these bytes already; true if it was written.

    Raises:
        OSError: it could not be written; the old file is still there, and nothing is beside it.
    """
    if not stage(path, body):
        return False
    for error in settle([path]).values():
        raise error
    return True


def remove(paths: Iterable[Path]) -> None:
    """Remove files, those that are still there.

    Raises:
        OSError: one of them cannot be removed.
    """
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()


def is_there(path: Path) -> bool:
    """Whether a file can be seen; one that cannot be reached is as good as gone."""
    try:
        path.stat()
    except OSError:
        return False
    return True


def _date(path: Path) -> int | None:
    """When a file was changed, in nanoseconds; None if it cannot be seen."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _nanoseconds(moment: datetime) -> int:
    return (moment - _ZERO) // _MICROSECOND * 1000


def _beside(path: Path) -> Path:
    return path.with_name(_TEMPORARY.format(name=path.name))


def _drop(temporary: Path) -> None:
    """It would take the room that a full disk has not."""
    with suppress(OSError):
        temporary.unlink()


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except FileNotFoundError:
        return False
