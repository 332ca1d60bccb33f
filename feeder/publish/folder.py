"""The folder of feed files: whole at every instant, whatever crashes when."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TEMPORARY: Final = ".feeder-{name}.tmp"
_NAME: Final = re.compile(r"[a-z0-9-]{1,63}")


def open_folder(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Make the folder, clear what a crash left in it, and name the feeds whose files it may hold.

    Raises:
        UnavailableError: the folder cannot be made or read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stray in folder.glob(_TEMPORARY.format(name="*")):
            stray.unlink()
        names = {path.stem for suffix in suffixes for path in folder.glob(f"*.{suffix}")}
    except OSError as error:
        raise UnavailableError(f"the folder {folder} cannot be used: {error.strerror or error}") from error
    return sorted(filter(_NAME.fullmatch, names))


def replace(path: Path, body: bytes) -> bool:
    """Put a file in place whole, unless it holds these bytes already; true if it was written.

    After a crash at any instruction the file is the old or the new one. A plain ``open`` and not ``tempfile``:
    the file gets the permissions of the umask, so that another user's web server can read it.

    Raises:
        OSError: it could not be written; the old file is still there.
    """
    if _holds(path, body):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_TEMPORARY.format(name=path.name))
    with temporary.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
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
