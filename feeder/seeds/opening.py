"""Opening files below a folder: regular ones only, and never through a link.

Whoever may put files into the folder may put links there too, to files that are nobody's business. So every folder on
the way is opened by itself, from the one above it, and a link is refused wherever it stands. Linux has one call for
this (openat2); the walk costs a few microseconds a folder and is the same on every system.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.seeds.look import seed_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.model import Seed

_FOLDER: Final = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
# A pipe does not block and a terminal is not taken over, even if one takes the file's place at the last moment.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_IS_LINK: Final = frozenset({errno.ELOOP, errno.EMLINK})  # Linux and macOS say the one, FreeBSD the other


class IrregularError(SeedError):
    """What is there is no regular file, or lies behind a symbolic link."""


class LinkError(IrregularError):
    """It is a symbolic link, or lies behind one."""


def open_below(root: str, name: str) -> int:
    """A descriptor, for reading, of a regular file below a folder; its caller closes it.

    Args:
        root: the folder; links on the way to it are followed.
        name: the path below it, as ``Seed.path`` has it: with ``/``, and without ``.`` and ``..``.

    Raises:
        FileNotFoundError: there is no such file, or nothing could have this name.
        IrregularError: see there.
        OSError: it may not be read, or the disk does not give it.
    """
    *folders, last = name.split("/")
    if not {"", ".", ".."}.isdisjoint((*folders, last)) or "\0" in name:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    at = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for folder in folders:
            above, at = at, _open_folder(folder, at)
            os.close(above)
        return _open_file(last, at)
    finally:
        os.close(at)


def _open_folder(name: str, at: int) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=at)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
            raise LinkError("it lies behind a symbolic link") from None
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None


def _open_file(name: str, at: int) -> int:
    """Looked at before it is opened, because opening a device may do something, and again after."""
    _check(os.stat(name, dir_fd=at, follow_symlinks=False))
    try:
        descriptor = os.open(name, _FILE, dir_fd=at)
    except OSError as error:
        if error.errno in _IS_LINK:
            raise LinkError("it is a symbolic link") from None
        raise
    try:
        _check(os.fstat(descriptor))
    except IrregularError:
        os.close(descriptor)
        raise
    return descriptor


def _check(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise LinkError("it is a symbolic link")
    if not stat.S_ISREG(status.st_mode):
        raise IrregularError("it is no regular file")


def open_first(root: str, names: Iterable[str]) -> tuple[int, Seed] | None:
    """The first of these files that is there, as a descriptor and its look; None if none is.

    Raises:
        IrregularError: the first one there is no regular file.
        OSError: it may not be read.
    """
    for name in names:
        try:
            descriptor = open_below(root, name)
        except FileNotFoundError:
            continue
        return descriptor, seed_of(os.fstat(descriptor), name)
    return None
