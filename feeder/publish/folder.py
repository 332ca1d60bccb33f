"""The folder of feed files: whole at every instant, whatever crashes when."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

_TEMPORARY: Final = ".feeder-{name}.tmp"


def open_folder(folder: Path) -> None:
    """Make the folder, and clear what a crash left in it.

    Raises:
        UnavailableError: the folder cannot be made or read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stray in folder.glob(_TEMPORARY.format(name="*")):
            stray.unlink()
    except OSError as error:
        raise UnavailableError(f"the folder {folder} cannot be used: {error.strerror or error}") from error


def replace(path: Path, body: bytes) -> bool:
    """Put a file in place whole, unless it holds these bytes already; true if it was written.

    After a crash at any instruction the file is the old or the new one. A plain ``open`` and not ``tempfile``:
    the file gets the permissions of the umask, so that another user's web server can read it.

    Raises:
        OSError: it could not be written; the old file is still there, and nothing is beside it.
    """
    if _holds(path, body):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_TEMPORARY.format(name=path.name))
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):  # it would take the room that a full disk has not
            temporary.unlink()
        raise
    _sync(path.parent)
    return True


def is_there(path: Path) -> bool:
    """Whether a file can be seen; one that cannot be reached is as good as gone."""
    try:
        path.stat()
    except OSError:
        return False
    return True


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """A rename is on disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
