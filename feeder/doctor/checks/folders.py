"""The folders: the articles can be read, and what is written has a place that stays. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.doctor.finding import counted, not_checked, ok, problem, sized, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.doctor.finding import Finding

_NETWORK: Final = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "lustre", "ocfs2", "gfs2", "virtiofs", "davfs")
)
_NETWORK_BY_FUSE: Final = ("fuse.sshfs", "fuse.gluster", "fuse.s3", "fuse.rclone", "fuse.ceph", "fuse.davfs")
_IN_MEMORY: Final = frozenset(("tmpfs", "ramfs"))
_ROOT: Final = 0

FULL_BYTES: Final = 100 * 1024 * 1024
"""With less room the next import, or the next photo, may be the one that does not fit."""
SCARCE_BYTES: Final = 1024 * 1024 * 1024
FULL_FILES: Final = 1_000
SCARCE_FILES: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The folder of articles, looked through.

    ``error`` is why it cannot be looked at (the others say nothing then). ``unreadable`` are the first few of the
    ``unreadable_count`` files and folders that cannot be opened, each with the reason. ``is_whole`` is false if there
    were more files than there was time for. ``kind`` is that of its file system, "" if unknown.
    """

    path: str
    error: str = ""
    files: int = 0
    folders: int = 0
    unreadable: tuple[str, ...] = ()
    unreadable_count: int = 0
    is_whole: bool = True
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder that is written to; or the one above it that is there, if it is yet to be made (``is_there``).

    ``error`` is what became of an attempt to write: "" if it went well. ``free_files`` is None where the file system
    does not count them, ``kind`` "" where it is unknown.
    """

    name: str
    path: str
    is_there: bool = True
    error: str = ""
    is_read_only: bool = False
    free_bytes: int = 0
    free_files: int | None = None
    kind: str = ""
    mount: str = ""


def is_network(kind: str) -> bool:
    """Whether a kind of file system lies on another machine."""
    return kind in _NETWORK or kind.startswith(_NETWORK_BY_FUSE)


def judge_seeds(tree: Tree, scan: str) -> Iterator[Finding]:
    """Whether the articles can be read."""
    if tree.error:
        yield problem(
            "seeds",
            f"The folder of articles {tree.path} cannot be read: {tree.error}.",
            "Make it, mount it, or let the service's user read it; its name is seeds.path.",
        )
        return
    some = "" if tree.is_whole else "; there are more, which there was no time for"
    if tree.unreadable_count:
        yield problem(
            "seeds",
            f"Of {counted(tree.files, 'file')} in {tree.path}, {tree.unreadable_count:,} cannot be read{some}: "
            f"{'; '.join(tree.unreadable)}.",
            "Let the service's user read them (chmod, chown, or the group of the folder); they are then taken in by "
            "themselves.",
        )
    else:
        where = f"{counted(tree.files, 'file')} in {counted(tree.folders, 'folder')}"
        yield ok("seeds", f"{tree.path}: {where}, all of them readable{some}.")
    if is_network(tree.kind):
        yield warning(
            "seeds",
            f"{tree.path} lies on {tree.kind}: of what other machines change there the system does not tell.",
            f"Nothing need be done if seeds.scan ({scan}) is soon enough: that look finds it; else lower it.",
        )


def judge_place(place: Place) -> Iterator[Finding]:
    """Whether a folder can be written to, and has room; what kind it is of is asked by ``judge_kind``."""
    if place.is_read_only:
        yield problem(
            place.name,
            f"{place.path} lies on a file system that is read-only (mounted at {place.mount}).",
            "Look in the system's log why (a disk with errors is made read-only), or name another folder.",
        )
    elif place.error:
        what = "cannot be written to" if place.is_there else "is not there and cannot be made"
        yield problem(
            place.name,
            f"{place.path} {what}: {place.error}.",
            f"Let the service's user write there: chown -R USER {place.path}; under systemd it must stand in "
            "ReadWritePaths= too.",
        )
    else:
        yield from _judge_room(place)


def _judge_room(place: Place) -> Iterator[Finding]:
    files = "" if place.free_files is None else f", {place.free_files:,} more files"
    says = f"{place.path}: {sized(place.free_bytes)} free{files}."
    remedy = "Make room on its disk, or move it to a larger one; the service pauses taking in while nothing fits."
    few_files = place.free_files if place.free_files is not None else SCARCE_FILES
    if place.free_bytes < FULL_BYTES or few_files < FULL_FILES:
        yield problem(place.name, says, remedy)
    elif place.free_bytes < SCARCE_BYTES or few_files < SCARCE_FILES:
        yield warning(place.name, says, remedy)
    else:
        new = "" if place.is_there else " It is not there yet; the service makes it."
        yield ok(place.name, says + new)


def judge_kind(place: Place) -> Iterator[Finding]:
    """Whether what must outlive the machine's next start lies where it does; for the data folder and the store."""
    if is_network(place.kind):
        yield warning(
            place.name,
            f"{place.path} lies on {place.kind}, a network file system: SQLite's locks and shared memory cannot be "
            "relied on there.",
            "Put data.path (and store.url, if it is set) on a local disk.",
        )
    elif place.kind in _IN_MEMORY:
        yield warning(
            place.name,
            f"{place.path} lies in memory ({place.kind}): the log of events is gone when the machine starts again.",
            "Put data.path (and store.url, if it is set) on a disk.",
        )
    elif place.kind == "overlay" and place.mount == "/":
        yield warning(
            place.name,
            f"{place.path} lies on the overlay that is this system's root, as a container has: it goes with it.",
            "In a container, mount a volume there.",
        )


def judge_user(user: int, service: int | None) -> Iterator[Finding]:
    """Whether who looks may do what the service may; numbers of users, None if no instance runs."""
    if user == service or (service is None and user != _ROOT):
        return
    if service is None:
        yield not_checked(
            "user",
            "You are root, who may do everything: whether the service's user may read and write there is not known.",
            "Run it as that user: sudo -u USER feeder doctor.",
        )
    else:
        yield not_checked(
            "user",
            f"The instance runs as user {service}, you are user {user}: what it may read and write is not known.",
            f"Run it as that user: sudo -u '#{service}' feeder doctor.",
        )
