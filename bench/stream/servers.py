"""The servers that are compared: how each is started, where it is listened to, and how it is published to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from processes import FailedError, last_line, running
from sites import named
from stream.usage import Tree, on_cores

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

HERE = Path(__file__).parent
START_SECONDS = 60
STREAM, PAGE = "/events", "/feeds/all.json"
NCHAN = """\
daemon off;
load_module {module};
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes {workers};
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  nchan_shared_memory_size 512M;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /publish {{
      nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length {kept}; nchan_message_timeout 10m;
    }}
    location = /events {{
      nchan_subscriber eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest;
    }}
    location = /feeds/all.json {{ default_type application/json; return 200 "{page}"; }}
  }}
}}
"""
NCHAN_MODULES = ("/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/usr/lib64/nginx/modules")
FEEDER_SETTINGS = """\
[site]
title = "Bench"
base_url = "https://example.org"
[log]
level = "warning"
"""


@dataclass
class Started:
    """A server that listens: where, and where it is published to (``PORT/PATH``, or a folder)."""

    port: int
    target: str
    tree: Tree


@dataclass(frozen=True)
class Server:
    """One row: a server, and how it is listened to.

    ``kind`` is limit, nchan, starlette, feeder (published to by POST) or files (`feeder serve` as it is).
    """

    name: str
    kind: str
    gzip: bool = False
    feeds: bool = False
    workers: int = 1
    flags: tuple[str, ...] = field(default=())

    def missing(self) -> str:
        """Why it cannot be measured; empty if it can."""
        if self.kind == "nchan" and not (_nginx() and _nchan()):
            return "not installed"
        if self.kind == "starlette":
            python = named("STARLETTE", sys.executable)
            found = (
                shutil.which(python[0])
                and not subprocess.run(
                    [*python, "-c", "import sse_starlette, uvicorn, uvloop"], capture_output=True, check=False
                ).returncode
            )
            return "" if found else "not installed"
        return ""

    def command(self, folder: Path, port: int, programs: Path) -> list[str]:
        if self.kind == "limit":
            return [str(programs / "limit"), str(port)]
        if self.kind == "nchan":
            return [_nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        if self.kind == "starlette":
            return [*named("STARLETTE", sys.executable), str(HERE / "starlette_server.py"), str(port)]
        serve = ["-m", "feeder", "serve"] if self.kind == "files" else [str(HERE / "feeder_server.py")]
        return [sys.executable, *serve, "--port", str(port), "--operator", "127.0.0.1:0", *self.flags]

    def prepare(self, folder: Path, port: int, kept: int) -> None:
        """Write what it needs into its folder."""
        if self.kind == "nchan":
            if os.getuid() == 0:  # its worker is nobody
                folder.parent.chmod(0o755)
            files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            text = NCHAN.format(
                folder=folder, module=_nchan(), port=port, kept=kept, page="." * 1000, workers=self.workers,
                files=files, connections=files - 100,
            )  # fmt: skip
            (folder / "nginx.conf").write_text(text)
        if self.kind in {"feeder", "files"}:
            (folder / "seeds").mkdir(exist_ok=True)
            (folder / "config").mkdir(exist_ok=True)
            (folder / "config" / "feeder.toml").write_text(FEEDER_SETTINGS)

    @contextlib.asynccontextmanager
    async def started(self, folder: Path, programs: Path, *, kept: int = 1000) -> AsyncIterator[Started]:
        """The server, on its core (all of them if it has several workers) and on free ports.

        Raises:
            FailedError: it does not come up.
        """
        folder.mkdir(exist_ok=True)
        port, door = _free_port(), _free_port()
        self.prepare(folder, port, kept)
        targets = {"files": str(folder / "seeds"), "feeder": f"{door}/publish"}
        environment = {"BENCH_DOOR": str(door), "BENCH_FEEDS": "yes" if self.feeds else "no"}
        async with contextlib.AsyncExitStack() as stack:
            with on_cores("all" if self.workers > 1 else "server"), _environment(environment):
                program = running(self.command(folder, port, programs), folder, folder / "log")
                process = await stack.enter_async_context(program)
                if os.sched_getaffinity(process.pid) != os.sched_getaffinity(0):
                    raise FailedError("it is not on the core that it was given")
            give_up = time.monotonic() + START_SECONDS
            while not await self._is_ready(folder, port):
                if process.returncode is not None or time.monotonic() > give_up:
                    raise FailedError(f"not up: {last_line(folder / 'log')}")
                await asyncio.sleep(0.05)
            yield Started(port, targets.get(self.kind, f"{port}/publish"), Tree(process.pid))

    async def _is_ready(self, folder: Path, port: int) -> bool:
        if self.kind not in {"feeder", "files"}:
            return (await _answer(port, PAGE)).startswith(b"HTTP/1.1 200")
        try:
            told = json.loads((folder / "data" / "instance.json").read_text())
        except (OSError, ValueError):
            return False
        return (await _answer(int(told["operator"].rpartition(":")[2]), "/readyz")).startswith(b"HTTP/1.1 200")


async def _answer(port: int, path: str) -> bytes:
    """The first bytes of an answer; none if nobody listens."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return b""
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return await reader.read(100)
    except OSError:
        return b""
    finally:
        writer.close()


@contextlib.contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    """What is started here is told these as well."""
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _nginx() -> str:
    chosen, paths = named("NGINX", "nginx")[0], os.environ.get("PATH", "")
    return shutil.which(chosen, path=f"{paths}:/usr/sbin") or ""  # not in everybody's path


def _nchan() -> str:
    """The module's file."""
    found = (Path(folder) / "ngx_nchan_module.so" for folder in NCHAN_MODULES)
    return next((str(path) for path in found if path.exists()), "")
