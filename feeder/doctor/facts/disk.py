"""Folders and the file systems that they lie on. Blocking; call it in a thread."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from feeder.doctor.checks.folders import Place, Tree
from feeder.errors import printable
from feeder.seeds import Scanning

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN: Final = 3
_BLOCK: Final = bytes(4096)
_MOUNTS: Final = Path("/proc/self/mountinfo")
_NO_UNNAMED_FILES: Final = frozenset((errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL))


def tree(path: str, seconds: float) -> Tree:
    """The folder of articles, each file opened for reading and closed again, for about so long."""
    shown = printable(path)
    kind = mount_of(path)[1]
    try:
        os.scandir(path).close()
    except OSError as error:
        return Tree(path=shown, error=error.strerror or str(error), kind=kind)
    end, scanning = time.monotonic() + seconds, Scanning(os.path.abspath(path))
    is_seen = scanning.go_on(seconds / 2)
    found = scanning.found
    tried, bad = _tried(path, found.seeds, end)
    bad = [*(_why(path, folder) for folder in found.unreadable), *bad]
    return Tree(
        path=shown,
        files=tried,
        folders=len(found.folders),
        unreadable=tuple(bad[:_SHOWN]),
        unreadable_count=len(bad),
        is_whole=is_seen and tried == len(found.seeds),
        kind=kind,
    )


def _tried(root: str, names: Iterable[str], end: float) -> tuple[int, list[str]]:
    """How many files were opened until then, by the monotonic clock; and which of them could not be, each with why."""
    tried, bad = 0, []
    for tried, name in enumerate(names, 1):  # noqa: B007 - it is told
        if why := _closed(os.path.join(root, name)):
            bad.append(f"{printable(name)}: {why}")
        if time.monotonic() > end:
            break
    return tried, bad


def _closed(full: str) -> str:
    """Why a file cannot be opened for reading, "" if it can, or is not there any more."""
    try:
        os.close(os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _why(root: str, folder: str) -> str:
    try:
        os.scandir(os.path.join(root, folder)).close()
    except OSError as error:
        return f"{printable(folder or root)}: {error.strerror}"
    return f"{printable(folder or root)}: it could not be listed a moment ago"


def place(name: str, path: str) -> Place:
    """A folder that is written to; nothing that anybody could see is written."""
    shown, there = printable(path), _nearest(path)
    mount, kind = mount_of(there)
    is_there = there == os.path.abspath(path)
    try:
        room = os.statvfs(there)
    except OSError as error:
        return Place(name=name, path=shown, is_there=is_there, error=error.strerror or str(error), kind=kind)
    return Place(
        name=name,
        path=shown,
        is_there=is_there,
        error=_attempt(there),
        is_read_only=bool(room.f_flag & os.ST_RDONLY),
        free_bytes=room.f_bavail * room.f_frsize,
        free_files=room.f_favail if room.f_files else None,
        kind=kind,
        mount=mount,
    )


def _nearest(path: str) -> str:
    """The folder itself, or the nearest one above it that is there."""
    found = os.path.abspath(path)
    while not os.path.lexists(found) and found != os.path.dirname(found):
        found = os.path.dirname(found)
    return found


def _attempt(folder: str) -> str:
    """Why nothing can be written there: a file without a name is, and is gone when it is closed."""
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            return "it is no folder"
        descriptor = _unnamed(folder)
        try:
            os.write(descriptor, _BLOCK)
        finally:
            os.close(descriptor)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _unnamed(folder: str) -> int:
    """A file that nobody can see; where the system has no such thing, one that is removed at once."""
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES:
                raise
    descriptor, name = tempfile.mkstemp(prefix=".doctor-", dir=folder)
    os.unlink(name)
    return descriptor


def mount_of(path: str) -> tuple[str, str]:
    """Where the file system of a path is mounted and of what kind it is; ("", "") where nobody knows."""
    full = os.path.realpath(path)
    try:
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return "", ""
    best = ("", "")
    for line in lines:
        before, _, behind = line.partition(" - ")
        mount, kind = _unescaped(before.split()[4]), behind.split()[0]
        is_above = full == mount or full.startswith(mount.rstrip("/") + "/")
        if is_above and len(mount) >= len(best[0]):  # of two at one place the later one lies on top
            best = (mount, kind)
    return best


def _unescaped(text: str) -> str:
    """A path of proc(5): blanks, tabs, line breaks and backslashes stand there as octal numbers."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, letter)
    return text
