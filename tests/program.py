"""The real program, run in a folder of its own: what the flow tests stand on."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest


def require(is_there: object, lack: str) -> None:
    """What a test cannot do without: without it the test is skipped, loudly; in CI it fails, never skips."""
    if is_there:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI must provide this: {lack}")
    pytest.skip(f"NOT TESTED: {lack}")


def may_trace() -> bool:
    """Whether strace is there and may break the edges of a process."""
    strace = shutil.which("strace")
    return (
        strace is not None
        and not subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, check=False).returncode
    )


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A new folder that is a small disk of its own; the test is skipped (``require``) where none may be mounted.

    Whoever used it must have ended with the block: a disk on which a file is open is not given back, which is an error.
    """
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "feeder-test", str(folder)]
    is_mounted = shutil.which("mount") and not subprocess.run(mount, capture_output=True, check=False).returncode
    require(is_mounted, "a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


COMMAND = (sys.executable, "-m", "feeder")
PATIENCE_SECONDS = 30
LOOKS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
"""What whoever runs the tests may want of their terminal, and the program under test must not hear."""


@dataclass
class Place:
    """A folder with seeds, feeds and data, and the program run in it."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seeds.mkdir()

    @property
    def seeds(self) -> Path:
        return self.folder / "seeds"

    @property
    def feeds(self) -> Path:
        return self.folder / "feeds"

    def drop(self, name: str, text: str | bytes) -> Path:
        """Put a finished file into the folder, as careful writers do: written aside, then renamed."""
        file = self.seeds / name
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name[:100]}.aside")
        aside.write_bytes(text.encode() if isinstance(text, str) else text)
        return aside.rename(file)

    def environment(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not (name.startswith("FEEDER_") or name in LOOKS)}
        return mine | {f"FEEDER_{key.replace('.', '__').upper()}": value for key, value in self.settings.items()}

    def run(self, *arguments: str | Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip


@dataclass
class Running:
    """The service, serving."""

    place: Place
    process: asyncio.subprocess.Process
    url: str
    operator: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        address = path if path.startswith("http") else self.url + path
        async with self.session.get(address, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.read(), answer.headers

    async def feed(self, name: str = "all") -> dict[str, Any]:
        status, body, _ = await self.get(f"/feeds/{name}.json")
        found: dict[str, Any] = orjson.loads(body) if status == 200 else {"items": []}
        return found

    async def titles(self, name: str = "all") -> list[str]:
        return [item["title"] for item in (await self.feed(name))["items"] if "title" in item]

    async def log(self, **parameters: str) -> list[dict[str, Any]]:
        """All events so far, as the stream tells them."""
        asked = {"since": "earliest", "poll": "1"} | parameters
        headers = {"Accept": "application/x-ndjson"}
        async with self.session.get(self.url + "/events", params=asked, headers=headers) as answer:
            lines = (await answer.read()).splitlines()
        return [event for line in lines if (event := orjson.loads(line))["event"] not in {"checkpoint", "gap"}]

    async def ready(self) -> bool:
        return (await self.get(self.operator + "/readyz"))[0] == 200

    async def until(self, condition: Callable[[], Awaitable[Any]], patience: float = PATIENCE_SECONDS) -> Any:
        """What the condition gives, once it gives something true."""
        async with asyncio.timeout(patience):
            while not (found := await condition()):
                await asyncio.sleep(0.02)
        return found

    async def until_titles(self, *titles: str, name: str = "all") -> None:
        async def shown() -> bool:
            return await self.titles(name) == list(titles)

        await self.until(shown)

    async def until_log(self, count: int) -> list[dict[str, Any]]:
        async def told() -> list[dict[str, Any]] | None:
            events = await self.log()
            return events if len(events) >= count else None

        found: list[dict[str, Any]] = await self.until(told)
        return found

    async def command(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.operator + path, json=body, headers={"X-Feeder": "test"}) as answer:
            return answer.status, await answer.json(content_type=None)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()

    def said(self) -> str:
        return (self.place.folder / "log.txt").read_text()


Serve = Callable[..., Awaitable[Running]]


@asynccontextmanager
async def services(place: Place) -> AsyncIterator[Serve]:
    """Starts the service (again); whatever still runs at the end is stopped."""
    started: list[Running] = []

    async def start(*arguments: str, prefix: tuple[str, ...] = ()) -> Running:
        announcement = place.folder / "data" / "instance.json"
        announcement.unlink(missing_ok=True)
        with (place.folder / "log.txt").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *prefix, *COMMAND, "serve", "--port", "0", "--operator", "127.0.0.1:0", *arguments,
                cwd=place.folder, env=place.environment(), stderr=log, stdout=log,
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not announcement.exists():
                assert process.returncode is None, (place.folder / "log.txt").read_text()
                await asyncio.sleep(0.01)
        told = orjson.loads(announcement.read_bytes())
        running = Running(place, process, told["public"], told["operator"], aiohttp.ClientSession())
        started.append(running)
        await running.until(running.ready)
        return running

    try:
        yield start
    finally:
        for running in started:
            await running.session.close()
            if running.process.returncode is None:
                await running.stop()
            said = running.said()
            assert "Traceback" not in said, said
