"""What the kernel allows: watches on folders, open files, connections that wait, memory. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.doctor.finding import counted, not_checked, ok, sized, warning
from feeder.listening import Room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.doctor.finding import Finding

_MOST_OF: Final = 0.8
"""Watches are counted for each user, and a desktop, a mail server and we share one."""
_BACKLOG: Final = 4096
"""Linux's own since 5.4; before it was 128."""
_PROCESS_BYTES: Final = 100 * 1024 * 1024
"""What one process of ours has without any great article in it, measured: 70 to 100 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """inotify: its limits (None: this system has none), and what came of an attempt ("" if it went well)."""

    is_wanted: bool
    folders: int
    most_watches: int | None = None
    most_instances: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``files`` is how many a process may open (None: any number), ``of_instance`` whether that is the running one's.

    ``backlog`` is net.core.somaxconn (None: unknown), ``memory_bytes`` what the control group allows (None: no limit).
    """

    files: int | None
    of_instance: bool = False
    backlog: int | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the settings want: listeners of one process (0: any number), processes, and memory for one that reads."""

    listeners: int
    serving: int
    reading: int
    reading_bytes: int


def judge_watching(watching: Watching) -> Iterator[Finding]:
    """Whether the system can tell of changes in every folder."""
    if not watching.is_wanted:
        yield ok("inotify", "Not asked for (seeds.notify = false): only the scheduled look finds changes.")
    elif watching.most_watches is None:
        yield not_checked("inotify", "This system does not tell of changes; the scheduled look finds them.")
    elif watching.error:
        yield warning(
            "inotify",
            f"The system does not let us listen: {watching.error} (fs.inotify.max_user_instances = "
            f"{watching.most_instances}).",
            "Raise it: sysctl fs.inotify.max_user_instances=1024, and the same line in /etc/sysctl.d.",
        )
    else:
        yield _watches(watching.folders, watching.most_watches)


def _watches(folders: int, most: int) -> Finding:
    says = f"{counted(folders, 'folder')} to watch, of fs.inotify.max_user_watches = {most:,}"
    if folders <= most * _MOST_OF:
        return ok("inotify", f"{says}.")
    return warning(
        "inotify",
        f"{says}: what changes in folders beyond it only the scheduled look finds.",
        f"Raise it: sysctl fs.inotify.max_user_watches={max(524_288, 2 * folders)}, and the same line in "
        "/etc/sysctl.d.",
    )


def judge_limits(limits: Limits, wanted: Wanted) -> Iterator[Finding]:
    """Whether there is room for all who shall listen, and for the processes."""
    yield _files(limits, wanted)
    yield _backlog(limits.backlog)
    yield from _memory(limits.memory_bytes, wanted)


def _files(limits: Limits, wanted: Wanted) -> Finding:
    whose = "the running instance" if limits.of_instance else "a process that is started here"
    if limits.files is None:
        return ok("open files", f"No limit for {whose}.")
    room = Room(wanted.listeners, limits.files).listeners
    says = f"{limits.files:,} for {whose}: room for {counted(room, 'listener')}"
    if wanted.listeners and room >= wanted.listeners:
        return ok("open files", f"{says}, as stream.max_listeners wants.")
    asked = f"{wanted.listeners:,}" if wanted.listeners else "any number"
    return warning(
        "open files",
        f"{says}, and stream.max_listeners wants {asked}{' in each worker' if wanted.serving > 1 else ''}.",
        "Raise it (LimitNOFILE= of systemd, --ulimit nofile= of a container, ulimit -Hn of a shell), or lower "
        "stream.max_listeners.",
    )


def _backlog(most: int | None) -> Finding:
    if most is None:
        return not_checked("backlog", "This system does not say how many connections may wait to be let in.")
    says = f"net.core.somaxconn = {most:,}: so many connections can wait to be let in"
    if most >= _BACKLOG:
        return ok("backlog", f"{says}.")
    return warning(
        "backlog",
        f"{says}; when all listeners come back at once, those who find no room try again seconds later.",
        "Raise it: sysctl net.core.somaxconn=16384, and the same line in /etc/sysctl.d.",
    )


def _memory(most: int | None, wanted: Wanted) -> Iterator[Finding]:
    if most is None:
        yield ok("memory", "The control group sets no limit.")
        return
    processes = 1 + wanted.reading + (wanted.serving if wanted.serving > 1 else 0)
    says = f"The control group allows {sized(most)}"
    if most < processes * _PROCESS_BYTES:
        yield warning(
            "memory",
            f"{says}, and {processes:,} of our processes want some {sized(processes * _PROCESS_BYTES)}.",
            "Raise it (MemoryMax= of systemd, --memory of a container), or lower limits.parse_workers and "
            "server.workers.",
        )
    elif wanted.reading_bytes == 0 or wanted.reading_bytes > most:
        allowed = sized(wanted.reading_bytes) if wanted.reading_bytes else "any amount"
        yield warning(
            "memory",
            f"{says}, and one process that reads files may take {allowed} (limits.parse_memory_bytes): over a great "
            "file the kernel may end the service instead of refusing the file.",
            "Lower limits.parse_memory_bytes below what the control group allows, or raise that.",
        )
    else:
        yield ok("memory", f"{says}.")
