"""What the kernel allows, as it stands in /proc and /sys."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from feeder.doctor.checks.kernel import Limits, Watching

if TYPE_CHECKING:
    from collections.abc import Iterator

_INOTIFY: Final = Path("/proc/sys/fs/inotify")
_BACKLOG: Final = Path("/proc/sys/net/core/somaxconn")
_CONTROL: Final = Path("/sys/fs/cgroup")
_OPEN_FILES: Final = re.compile(r"^Max open files\s+(\d+|unlimited)", re.MULTILINE)
_ENDLESS: Final = 1 << 60
"""Above this a limit on memory is the old interface's word for none."""


def watching(*, is_wanted: bool, folders: int) -> Watching:
    """The limits of inotify; one attempt is made and let go."""
    return Watching(
        is_wanted=is_wanted,
        folders=folders,
        most_watches=_number(_INOTIFY / "max_user_watches"),
        most_instances=_number(_INOTIFY / "max_user_instances"),
        error=_attempt() if is_wanted else "",
    )


def _attempt() -> str:
    if sys.platform != "linux":
        return ""
    descriptor: int = ctypes.CDLL(None, use_errno=True).inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return os.strerror(ctypes.get_errno())
    os.close(descriptor)
    return ""


def limits(pid: int | None) -> Limits:
    """The limits of a process that runs; of this one, as far as it may raise them, if there is none."""
    files = None if pid is None else _OPEN_FILES.search(_text(Path(f"/proc/{pid}/limits")))
    if files is not None:
        most = None if files[1] == "unlimited" else int(files[1])
    else:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = None if hard == resource.RLIM_INFINITY else hard
    return Limits(
        files=most, of_instance=files is not None, backlog=_number(_BACKLOG), memory_bytes=memory(pid or os.getpid())
    )


def memory(pid: int) -> int | None:
    """The least that the control groups of a process, and those above them, allow; None: they set no limit."""
    found = [most for file in _memory_files(_text(Path(f"/proc/{pid}/cgroup"))) if (most := _number(file))]
    least = min(found, default=_ENDLESS)
    return least if least < _ENDLESS else None


def _memory_files(groups: str) -> Iterator[Path]:
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, name = _CONTROL, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = _CONTROL / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = root / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder == root or folder.is_relative_to(root):
                yield folder / name


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
