"""The data folder's owner: one instance at a time, and where it can be reached.

The lock is the kernel's (flock): it goes with the process, however that ends. The addresses stand in
``instance.json`` beside it, where the commands find them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

from feeder.errors import OccupiedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance: its process, its public address and its operator's (None: switched off)."""

    pid: int
    public: str
    operator: str | None


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Own the data folder for as long as the block lasts; makes it if need be.

    Raises:
        OccupiedError: another instance owns it.
        UnavailableError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "feeder.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UnavailableError(
            f"the data folder {folder} cannot be used: {error.strerror}; let this user write there, or use --data"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        other = running(folder)
        who = f" (process {other.pid}, {other.public})" if other else ""
        raise OccupiedError(f"another instance{who} owns the data folder {folder}; stop it, or use --data") from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / "instance.json").unlink(missing_ok=True)
        os.close(lock)


def announce(folder: Path, instance: Instance) -> None:
    """Write down where this instance can be reached; only its owner calls this."""
    fresh = folder / ".instance.json.new"
    fresh.write_bytes(orjson.dumps(asdict(instance)))
    fresh.replace(folder / "instance.json")


def running(folder: Path) -> Instance | None:
    """The instance that owns the folder, as it announced itself; None if there is none or it has not yet."""
    try:
        return Instance(**orjson.loads((folder / "instance.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
