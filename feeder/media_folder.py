"""Where media files are kept: a folder of copies, each named by its content, whole at every instant.

Beside the store, so that what an article shows stays as it was when the article was taken in, whatever becomes of the
seeds. Several processes may keep files at once, the same one too. One folder for all of them: a file system of today
finds one among hundreds of thousands as quickly as among ten.

Blocking; call it in a thread.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from feeder import media
from feeder.errors import SeedError, UnavailableError, UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

LIMIT_BYTES: Final = 100 * 1024 * 1024
"""The largest file that is kept, unless it is said otherwise (``limits.media_bytes``)."""

_PIECE_BYTES: Final = 1024 * 1024
_UNFINISHED: Final = ".part"
_CHANGED: Final = "it changed while it was read"


@dataclass(frozen=True, slots=True)
class Kept:
    """A media file as it is kept: its content's SHA-256 and extension, its media type, its length in bytes."""

    sha256: str
    extension: str
    type: str
    length: int

    @property
    def name(self) -> str:
        """The file's name in the folder, ``SHA256.EXT``."""
        return f"{self.sha256}.{self.extension}"

    @property
    def address(self) -> str:
        """Where it is shown, within the site."""
        return media.address(self.sha256, self.extension)


def identify(descriptor: int, limit_bytes: int = LIMIT_BYTES) -> Kept:
    """What an open file would be kept as; it is read whole, and the descriptor's position is left alone.

    Raises:
        UnfinishedError: it changed meanwhile, or there is nothing in it yet.
        SeedError: it is too large, it is nothing that is shown, or it cannot be read.
    """
    before = os.fstat(descriptor)
    if before.st_size > limit_bytes:
        raise SeedError(f"it has {before.st_size} bytes, more than limits.media_bytes = {limit_bytes}")
    try:
        head = os.pread(descriptor, media.HEAD_BYTES, 0)
        kind = media.kind_of(head)
        if kind is None:
            raise (SeedError if head else UnfinishedError)(media.why_not(head))
        digest = hashlib.sha256()
        for piece in _pieces(descriptor, before.st_size):
            digest.update(piece)
    except OSError as error:
        raise SeedError(f"it cannot be read: {error.strerror}") from error
    if _look(os.fstat(descriptor)) != _look(before):
        raise UnfinishedError(_CHANGED)
    return Kept(digest.hexdigest(), kind.extension, kind.type, before.st_size)


def _look(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _pieces(descriptor: int, length: int) -> Iterator[bytes]:
    """So many bytes from the beginning.

    Raises:
        UnfinishedError: there are fewer now.
    """
    place = 0
    while place < length:
        piece = os.pread(descriptor, min(_PIECE_BYTES, length - place), place)
        if not piece:
            raise UnfinishedError(_CHANGED)
        place += len(piece)
        yield piece


class MediaFolder:
    """The kept files. It may be given to other processes: nothing is remembered but where it is.

    Every method that writes raises ``UnavailableError`` when the folder cannot be used (the disk is full or away);
    nothing was changed then, and the same call may be made again.
    """

    def __init__(self, path: str | Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = Path(path)
        self.limit_bytes = limit_bytes

    def path(self, name: str) -> Path:
        """Where the file of this name (``SHA256.EXT``) lies, or would.

        Raises:
            ValueError: it is no such name.
        """
        if not media.is_name(name):
            raise ValueError(f"{name!r} is not the name of a media file")
        return self._folder / name

    def open(self) -> None:
        """Make the folder, and clear what a crash left in it; before any process keeps files."""
        with _available(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for stray in self._folder.glob(f".*{_UNFINISHED}"):
                stray.unlink(missing_ok=True)

    def keep(self, descriptor: int) -> Kept:
        """Keep an open file; when this returns it is on the disk. A file that is there already is not written again.

        Raises:
            UnfinishedError: it changed meanwhile, or there is nothing in it yet.
            SeedError: it is too large, it is nothing that is shown, or it cannot be read.
        """
        kept = identify(descriptor, self.limit_bytes)
        with _available(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._renew(kept):
                self._put(descriptor, kept)
        return kept

    def _renew(self, kept: Kept) -> bool:
        """Whether the file is there; then its time is now, so that it is not taken for one that nobody shows."""
        path = self.path(kept.name)
        with self._locked(fcntl.LOCK_SH):
            try:
                is_there = path.stat().st_size == kept.length
            except FileNotFoundError:
                return False
            if is_there:
                os.utime(path)
            return is_there

    def _put(self, descriptor: int, kept: Kept) -> None:
        temporary = self._folder / f".{secrets.token_hex(8)}{_UNFINISHED}"
        try:
            _copy(descriptor, temporary, kept)
            with self._locked(fcntl.LOCK_EX) as folder:
                temporary.replace(self.path(kept.name))
                os.fsync(folder)
        except BaseException:
            with suppress(OSError):  # it would take the room that a full disk has not
                temporary.unlink()
            raise

    def names(self) -> set[str]:
        """The names of all kept files."""
        with _available(self._folder):
            try:
                return {path.name for path in self._folder.iterdir() if media.is_name(path.name)}
            except FileNotFoundError:
                return set()

    def remove(self, names: Iterable[str], *, unused_since: datetime) -> int:
        """Remove those of these files that nobody has kept (again) since a moment; gives how many.

        An article that is being taken in may show a file before the store knows of it: the moment must lie further
        back than that takes.
        """
        with _available(self._folder):
            return sum(self._remove(self.path(name), unused_since.timestamp()) for name in names)

    def _remove(self, path: Path, before: float) -> bool:
        try:
            with self._locked(fcntl.LOCK_EX):
                if path.stat().st_mtime >= before:
                    return False
                path.unlink()
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def _locked(self, how: int) -> Iterator[int]:
        """The folder's descriptor. Who changes the folder is alone until that is done, and on the disk.

        So no file goes between a look at it and its use, and what is found is there after a power cut too.
        """
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, how)
            yield descriptor
        finally:
            os.close(descriptor)


def _copy(descriptor: int, path: Path, kept: Kept) -> None:
    """Write the file and have it on the disk.

    A plain ``open`` and not ``tempfile``: it gets the permissions of the umask, as all that another user's web server
    may be given to serve.

    Raises:
        UnfinishedError: what was read now is not what was identified.
    """
    digest = hashlib.sha256()
    with path.open("xb", buffering=0) as file:
        for piece in _pieces(descriptor, kept.length):
            digest.update(piece)
            _write(file.fileno(), piece)
        os.fsync(file.fileno())
    if digest.hexdigest() != kept.sha256:
        raise UnfinishedError(_CHANGED)


def _write(descriptor: int, piece: bytes) -> None:
    """All of it: one call may write less when the disk fills up."""
    left = memoryview(piece)
    while left:
        left = left[os.write(descriptor, left) :]


@contextmanager
def _available(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(f"the folder {folder} cannot be used: {error.strerror or error}") from error
