"""The instance of a data folder."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from feeder import instance
from feeder.conform import Unheard
from feeder.doctor.checks.running import Run
from feeder.doctor.facts.asking import Site
from feeder.errors import ConfigError, printable
from feeder.listening import bind

if TYPE_CHECKING:
    from feeder.config import Settings
    from feeder.instance import Instance

_LOCKS: Final = Path("/proc/locks")


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an instance: ``run``, and what its operator's listener says besides (nothing: {}, None)."""

    run: Run
    operator: str | None = None
    status: dict[str, Any] = field(default_factory=dict)
    clock_steps: int | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs, if one does."""
        return self.run.pid if self.run.is_alive else None

    @property
    def workers(self) -> int:
        """How many processes serve; 0 if the instance does it itself, or nobody knows."""
        return len(self.status.get("workers", ()))

    @property
    def last_event(self) -> datetime | None:
        """The time of the newest event."""
        last = self.status.get("last_event")
        return datetime.fromisoformat(last["at"]) if last else None


async def told(settings: Settings, file: Path | None) -> Told:
    """What can be known of the instance; ``file`` is that of the settings."""
    data = Path(settings.data.path)
    shown, found = printable(settings.data.path), instance.running(data)
    owner = await asyncio.to_thread(owner_of, data)
    if found is None and await asyncio.to_thread(_is_closed, data):
        return Told(Run(data=shown, is_closed=True))
    if found is None:
        error = "" if owner else _port_error(settings)
        return Told(Run(data=shown, owner=owner, port_error=error, is_static=not settings.site.live))
    try:
        status, steps = await _asked(found)
    except Unheard as error:
        is_alive = bool(owner) if owner is not None else _is_there(found.pid)
        run = _run(shown, found, owner, is_alive=is_alive)
        return Told(replace(run, error=str(error)))
    run = _run(shown, found, owner, is_alive=True)
    run = replace(run, is_older=_is_older(data, file), **_said(status))
    return Told(run, found.operator, status, steps)


def _run(data: str, found: Instance, owner: int | None, *, is_alive: bool) -> Run:
    has_operator = found.operator is not None
    return Run(data=data, pid=found.pid, owner=owner, public=found.public, is_alive=is_alive, has_operator=has_operator)


def _said(status: dict[str, Any]) -> dict[str, Any]:
    if not status:
        return {}
    reasons = tuple(printable(str(reason)) for reason in status.get("reasons", ()))
    return {"is_ready": bool(status.get("ready")), "reasons": reasons, "version": str(status.get("version"))}


async def _asked(found: Instance) -> tuple[dict[str, Any], int | None]:
    """What the operator's listener says; where there is none, only that the public address answers."""
    if found.operator is None:
        await Site(found.public).get("/robots.txt")
        return {}, None
    operator = Site(found.operator)
    status = await operator.json("/status")
    if "ready" not in status:
        raise Unheard(f"what answers at {found.operator} is something else")
    return status, await operator.counter("feeder_clock_steps_total")


def owner_of(data: Path) -> int | None:
    """The process that holds the data folder's lock, 0 if nobody does, None if the system does not say.

    It is read from proc_locks(5), because to try the lock would be to have it for a moment.
    """
    try:
        lock = (data / "feeder.lock").stat()
        lines = _LOCKS.read_text().splitlines()
    except FileNotFoundError:
        return 0 if _LOCKS.exists() else None
    except OSError:
        return None
    for line in lines:
        fields = line.split()
        if fields[1:2] == ["FLOCK"] and fields[5].endswith(f":{lock.st_ino}"):
            return int(fields[4])
    return 0


def _is_closed(data: Path) -> bool:
    """Whether nobody may look who runs there."""
    try:
        (data / "instance.json").read_bytes()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def user_of(pid: int | None) -> int | None:
    """The user whose process it is."""
    with suppress(OSError):
        return None if pid is None else Path(f"/proc/{pid}").stat().st_uid
    return None


def _port_error(settings: Settings) -> str:
    """Why the public address cannot be listened on, "" if it can; it is let go at once."""
    try:
        bind(settings.server.host, settings.server.port, "server.port").close()
    except ConfigError as error:
        return str(error)
    return ""


def _is_older(data: Path, file: Path | None) -> bool:
    """Whether the settings file was changed after the instance announced itself."""
    with suppress(OSError):
        return file is not None and file.stat().st_mtime > (data / "instance.json").stat().st_mtime
    return False
