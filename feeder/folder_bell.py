"""The operating system's word that something happened in the folder: a doorbell, never the truth.

It rings when a file was closed after writing, was renamed into the folder or went away, and says which paths to
look at first. A queue that overflowed, a folder that came or went, or a limit that was reached all mean the
same: look at everything. Elsewhere than on Linux there is no bell and the scheduled look alone does the work.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from feeder.bell import Bell
from feeder.names import is_ignored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncinotify import Event, Inotify, Mask

_log = structlog.get_logger(__name__)


class FolderBell(Bell):
    """A bell on a folder and those below it.

    ``hints`` are the paths to look at (None: at everything), ``written`` what the system told of files since
    the bell was hung: true while a file is being written, false once its writer has closed it.
    """

    def __init__(self, root: str) -> None:
        super().__init__()
        self.root = root
        self.hints: set[str] | None = None
        self.written: dict[str, bool] = {}
        self._folders: dict[str, int] = {}
        self._inotify: Inotify | None = None

    def take_hints(self) -> set[str] | None:
        """The paths to look at (None: at everything), given once."""
        hints, self.hints = self.hints, set()
        return hints

    def look_at_all(self) -> None:
        """Ring for a look at everything."""
        self.hints = None
        self.ring()

    def look_at(self, paths: Iterable[str]) -> None:
        """Ring for a look at these paths."""
        if self.hints is not None:
            self.hints.update(paths)
        self.ring()

    def watch(self, folders: Iterable[str]) -> bool:
        """Watch exactly these folders; true if one of them is new, so that it must be looked at once more."""
        if self._inotify is None:
            return False
        wanted = set(folders)
        for folder in self._folders.keys() - wanted:
            del self._folders[folder]
        hung = [self._watch(folder) for folder in sorted(wanted - self._folders.keys())]
        return any(hung)

    def _watch(self, folder: str) -> bool:
        from asyncinotify import Mask as Is  # noqa: PLC0415 - the package is there on Linux only

        mask = Is.CLOSE_WRITE | Is.MOVED_TO | Is.MOVED_FROM | Is.DELETE | Is.CREATE | Is.MODIFY
        mask |= Is.DELETE_SELF | Is.MOVE_SELF | Is.ONLYDIR | Is.DONT_FOLLOW
        assert self._inotify is not None  # noqa: S101 - watch() asked
        try:
            watch = self._inotify.add_watch(os.path.join(self.root, folder), mask)  # noqa: PTH118 - names of any bytes
        except OSError as error:
            self._folders[folder] = -1
            if error.errno == errno.ENOSPC:
                _log.warning("too many folders to be told of changes; the scheduled look finds them", folder=folder)
            return False
        watch.path = Path(self.root, folder)  # of a folder that was renamed the system gives the watch that it has
        self._folders[folder] = watch.wd
        return True

    async def run(self) -> None:
        """Ring for as long as the service runs; returns at once where the system has no such bell."""
        if sys.platform != "linux":
            return
        from asyncinotify import Inotify  # noqa: PLC0415 - the package is there on Linux only

        with Inotify() as inotify:
            self._inotify = inotify
            self.look_at_all()  # hangs the watches
            try:
                async for event in inotify:
                    self._hear(event)
            finally:
                self._inotify = None

    def _hear(self, event: Event) -> None:
        from asyncinotify import Mask as Is  # noqa: PLC0415 - the package is there on Linux only

        if event.mask & (Is.DELETE_SELF | Is.MOVE_SELF | Is.UNMOUNT | Is.IGNORED):
            self._unwatch(event)
        elif event.mask & Is.Q_OVERFLOW:
            self.written.clear()
        elif event.path is not None and not event.mask & Is.ISDIR:
            self._hear_of_file(os.path.relpath(event.path, self.root), event.mask)
            return
        self.look_at_all()

    def _unwatch(self, event: Event) -> None:
        """A watch died with its folder; one of the same name that comes later needs a new one."""
        gone = event.watch.wd if event.watch else None
        self._folders = {folder: number for folder, number in self._folders.items() if number != gone}

    def _hear_of_file(self, path: str, mask: Mask) -> None:
        if is_ignored(path.rpartition("/")[2]):
            return  # a careful writer makes a hidden file first: nobody need look for that
        from asyncinotify import Mask as Is  # noqa: PLC0415 - the package is there on Linux only

        if mask & (Is.CREATE | Is.MODIFY):
            self.written[path] = True
            if mask & Is.MODIFY:
                return
            # A new name may be a finished file (a hard link); who is still writing is asked of the system.
        elif mask & (Is.DELETE | Is.MOVED_FROM):
            self.written.pop(path, None)
        else:
            self.written[path] = False
        if self.hints is not None:
            self.hints.add(path)
        self.ring()
