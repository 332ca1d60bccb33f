"""The folder that a web server shows: every file in it is whole at every instant, and only what changed is written.

Files are written beside their places and renamed. They are not flushed one by one, because there may be hundreds of
thousands: ``flush`` waits for all of them at once, and what was written is noted only then. Blocking.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from feeder.errors import OccupiedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEMPORARY: Final = ".feeder-{name}.tmp"
_NOT_LINKED: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
"""Where files lie on different disks, or may not have two names, they are copied."""


class Folder:
    """The files of a site, named by their addresses: the path behind the site's own, without the first slash.

    ``written`` and ``removed`` count since the folder was opened.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._unflushed = False
        self.written = 0
        self.removed = 0

    @contextmanager
    def own(self) -> Iterator[None]:
        """Make the folder if need be, and be the only one who writes into it.

        Raises:
            OccupiedError: another run writes into it.
            UnavailableError: it cannot be made or written into, then or in the block.
        """
        with self._available():
            self._root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                self._lock(descriptor)
                yield
            finally:
                os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OccupiedError(f"another run writes the site {self._root}; wait until it is done") from None

    def path(self, address: str) -> Path:
        """Where the file of an address lies."""
        return self._root / address

    def read(self, address: str) -> bytes | None:
        """What stands at an address; None if nothing can be read there."""
        try:
            return self.path(address).read_bytes()
        except OSError:
            return None

    def put(self, address: str, body: bytes) -> bool:
        """Have these bytes at an address; false if they were there.

        Raises:
            OSError: they could not be written; what was there still is.
        """
        return self._write(address, body) and self._count()

    def note(self, address: str, body: bytes) -> None:
        """Have these bytes at an address once all that was written is on the disk; nobody counts them.

        Raises:
            OSError: they could not be written; what was there still is.
        """
        self.flush()
        self._write(address, body)

    def put_file(self, address: str, source: Path) -> bool:
        """Have a file's bytes and its date at an address, as another name of it where that can be; false if they were.

        The file must be one that is replaced when it changes, and never written into.

        Raises:
            OSError: it could not be read, or not be had there; what was there still is.
        """
        path, given = self.path(address), source.stat()
        with suppress(OSError):
            there = path.stat()
            if os.path.samestat(there, given):
                return False
            if (there.st_size, there.st_mtime_ns) == (given.st_size, given.st_mtime_ns) and _holds(
                path, source.read_bytes()
            ):
                return False
        temporary = self._beside(path)
        try:
            _link_or_copy(source, temporary)
            temporary.replace(path)
        except BaseException:
            _drop(temporary)
            raise
        return self._count()

    def remove(self, address: str) -> None:
        """Have nothing at an address; a folder that is left empty goes, too.

        Raises:
            OSError: what is there cannot be removed.
        """
        path = self.path(address)
        _drop(_temporary(path))  # what a crash left of it says what it said
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        self.removed += 1
        self._unflushed = True
        for parent in path.parents:
            if parent == self._root:
                break
            try:
                parent.rmdir()
            except OSError:
                break

    def names(self, address: str) -> list[str]:
        """What lies in a folder of the site, without what a crash left there, which is removed.

        Raises:
            OSError: it cannot be read.
        """
        try:
            names = sorted(path.name for path in self.path(address).iterdir())
        except FileNotFoundError:
            return []
        for name in names:
            if _is_temporary(name):
                _drop(self.path(address) / name)
        return [name for name in names if not _is_temporary(name)]

    def flush(self) -> None:
        """Wait until all that was written is on the disk, with its names: one flush for all of it."""
        if self._unflushed:
            os.sync()
            self._unflushed = False

    def _write(self, address: str, body: bytes) -> bool:
        path = self.path(address)
        if _holds(path, body):
            _drop(_temporary(path))
            return False
        temporary = self._beside(path)
        try:
            temporary.write_bytes(body)
            temporary.replace(path)
        except BaseException:
            _drop(temporary)
            raise
        return True

    def _count(self) -> bool:
        self.written += 1
        self._unflushed = True
        return True

    def _beside(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
        _drop(temporary)
        return temporary

    @contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = error.filename2 or error.filename
            where = f" ({os.fsdecode(name)})" if isinstance(name, str | bytes | os.PathLike) else ""
            raise UnavailableError(
                f"the site {self._root} cannot be written: {error.strerror or error}{where}"
            ) from error


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NOT_LINKED:
            raise
        shutil.copyfile(source, target)
        given = source.stat()
        os.utime(target, ns=(given.st_mtime_ns, given.st_mtime_ns))


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except (FileNotFoundError, NotADirectoryError):
        return False


def _temporary(path: Path) -> Path:
    return path.with_name(_TEMPORARY.format(name=path.name))


def _is_temporary(name: str) -> bool:
    before, _, after = _TEMPORARY.partition("{name}")
    return name.startswith(before) and name.endswith(after)


def _drop(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
