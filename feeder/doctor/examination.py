"""The examination: every check in its order, each told as soon as it is made."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from feeder import __version__
from feeder.config import DEFAULT_FILE, check_folders
from feeder.conform import Unheard
from feeder.doctor.checks import address as addresses
from feeder.doctor.checks import clock as clocks
from feeder.doctor.checks import database as databases
from feeder.doctor.checks import folders, kernel, passage, program, running
from feeder.doctor.facts import clock, database, disk, network
from feeder.doctor.facts import kernel as kernel_facts
from feeder.doctor.facts import running as running_facts
from feeder.doctor.finding import Finding, not_checked
from feeder.errors import ConfigError, FeederError, UnavailableError
from feeder.listening import address_of
from feeder.public import Share
from feeder.schedule import trigger
from feeder.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from feeder.config import Loaded, Settings
    from feeder.doctor.facts.running import Told

_LOOKING_SECONDS: Final = 10.0
_CHECKING_SECONDS: Final = 5.0


async def examine(loaded: Loaded, file: Path | None) -> AsyncIterator[Finding]:
    """Look over a site; ``file`` is the one of the settings that was asked for (None: the usual one, if it is there).

    Nothing is changed: what is written to try a folder has no name and is gone at once.
    """
    settings, parting = loaded.settings, clock.Parting()
    read = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)  # who may not look was told so by then
    for finding in (*program.judge_installed(installed()), *program.judge_configured(_configured(loaded, read))):
        yield finding
    told = await running_facts.told(settings, read)
    for part in (_of_seeds, _of_folders, _of_limits, _of_store, _of_instance, _of_network):
        for finding in await part(settings, told):
            yield finding
    for finding in await _of_clock(settings, told, parting):
        yield finding


def without_settings(error: ConfigError, file: Path | None) -> Iterator[Finding]:
    """What is found where the settings cannot be read: the rest hangs on them."""
    yield from program.judge_installed(installed())
    sought = str(file or DEFAULT_FILE)
    yield from program.judge_configured(program.Configured(file=sought, sought=sought, keys=0, error=str(error)))
    yield not_checked("the rest", "Everything else hangs on the settings.")


def installed() -> program.Installed:
    """The program and what it stands on."""
    loop: str | None = None
    if sys.platform != "win32":
        try:
            loop = version("uvloop")
        except PackageNotFoundError:
            loop = ""
    return program.Installed(feeder=__version__, python=platform.python_version(), uvloop=loop)


def _configured(loaded: Loaded, file: Path | None) -> program.Configured:
    settings, error = loaded.settings, ""
    try:
        trigger(settings.seeds.scan, ZoneInfo(settings.site.timezone))
        check_folders(settings)
    except ConfigError as failure:
        error = str(failure)
    return program.Configured(file=str(file or ""), sought=str(DEFAULT_FILE), keys=len(loaded.origins), error=error)


async def _of_seeds(settings: Settings, told: Told) -> list[Finding]:
    user = folders.judge_user(os.geteuid(), running_facts.user_of(told.pid))
    tree = await asyncio.to_thread(disk.tree, settings.seeds.path, _LOOKING_SECONDS)
    watching = kernel_facts.watching(is_wanted=settings.seeds.notify, folders=tree.folders)
    return [*user, *folders.judge_seeds(tree, settings.seeds.scan), *kernel.judge_watching(watching)]


async def _of_folders(settings: Settings, _: Told) -> list[Finding]:
    found = list(folders.judge_place(await asyncio.to_thread(disk.place, "feeds", settings.feeds.path)))
    for name, path in _kept(settings).items():
        place = await asyncio.to_thread(disk.place, name, path)
        found += [*folders.judge_place(place), *folders.judge_kind(place)]
    return found


def _kept(settings: Settings) -> dict[str, str]:
    """The folders of what must outlive everything: the data, and the store where it lies elsewhere."""
    kept = {"data": settings.data.path}
    file = database.file_of(settings.store_url)
    if file is not None and Path(file).parent.absolute() != Path(settings.data.path).absolute():
        kept["store"] = str(Path(file).parent)
    return kept


async def _of_limits(settings: Settings, told: Told) -> list[Finding]:
    return list(kernel.judge_limits(kernel_facts.limits(told.pid), _wanted(settings, told.workers)))


def _wanted(settings: Settings, workers: int) -> kernel.Wanted:
    serving, limits = workers or settings.server.workers, settings.limits
    return kernel.Wanted(
        listeners=Share(1, serving).part(settings.stream.max_listeners),
        serving=serving,
        reading=limits.parse_workers or min(os.cpu_count() or 1, 4),
        reading_bytes=limits.parse_memory_bytes,
    )


async def _of_store(settings: Settings, _: Told) -> list[Finding]:
    if database.file_of(settings.store_url) is None:
        return [not_checked("store", f"Nothing is known here of stores like {settings.store_url}.")]
    found = await asyncio.to_thread(database.database, settings.store_url, _CHECKING_SECONDS)
    return list(databases.judge(found))


async def _of_instance(settings: Settings, told: Told) -> list[Finding]:
    found = list(running.judge_run(told.run, __version__))
    refused, _ = await _counted(settings, told)
    return found if refused is None else [*found, running.judge_refused(refused)]


async def _of_clock(settings: Settings, told: Told, parting: clock.Parting) -> list[Finding]:
    _, last = await _counted(settings, told)
    seen = clocks.Clocks(
        now=datetime.now(UTC),
        parted_seconds=parting.seconds,
        is_synchronised=clock.is_synchronised(),
        steps=told.clock_steps,
        last_event=last,
    )
    return list(clocks.judge(seen))


async def _counted(settings: Settings, told: Told) -> tuple[int | None, datetime | None]:
    """How many files are refused, and the time of the newest event; as the instance tells it, or the store does."""
    if told.status:
        return int(told.status["refused"]), told.last_event
    try:
        store = await open_store(settings.store_url, data=Path(settings.data.path), write=False)
    except FeederError:
        return None, None
    try:
        marks, last = await store.marks(), await store.last_event(None)
    except UnavailableError:
        return None, None
    finally:
        await store.close()
    return sum(mark.is_refused for mark in marks), None if last is None else last.at


async def _of_network(settings: Settings, told: Told) -> list[Finding]:
    public = told.run.public if told.run.is_up else None
    own = told.run.public or address_of(settings.server.host, settings.server.port)
    url = settings.site.base_url or own
    address = await network.address(url, is_set=bool(settings.site.base_url))
    found, is_here = list(addresses.judge_address(address)), None
    if not settings.site.base_url or network.is_direct(address, own):
        found.append(passage.direct())
    elif address.addresses and not settings.site.live:
        found.append(addresses.judge_static(url, await network.static_way(url, settings)))
    elif address.addresses:
        way = await network.way(url, public)
        found += addresses.judge_way(url, way)
        is_here = addresses.is_same(way)
        found += await _of_passage(settings, url, told) if is_here and public else []
    hub = await network.hub_way(settings, url, is_asked=bool(is_here))
    return [*found, *addresses.judge_hub(hub, address, is_here=is_here)]


async def _of_passage(settings: Settings, url: str, told: Told) -> list[Finding]:
    try:
        seen = await network.passage(url, told.run.public, settings, told.operator, is_summed=told.workers > 1)
    except Unheard as error:
        return [passage.broken_off(str(error))]
    return list(passage.judge(seen, is_secure=url.startswith("https:")))
