"""The servers that feeder's answers are compared with, each set up to give the same bytes as fast as it can."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

from sites import named

if TYPE_CHECKING:
    from pathlib import Path

NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  gzip_static on;
  gzip_vary on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  types {{ application/rss+xml rss; }}
  server {{ listen 127.0.0.1:{port} backlog=1024; root {folder}/www; }}
}}
"""
STARLETTE = """\
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

BODY = open("feed.gz", "rb").read()
TAG = '"bench-gzip"'
SAME = {"ETag": TAG, "Vary": "Accept-Encoding", "Cache-Control": "public, no-cache"}
WHOLE = SAME | {"Content-Encoding": "gzip"}

async def feed(request):
    if request.headers.get("if-none-match") == TAG:
        return Response(status_code=304, headers=SAME)
    return Response(BODY, headers=WHOLE, media_type="application/rss+xml")

uvicorn.run(Starlette(routes=[Route("/feeds/all.rss", feed)]), port=PORT, access_log=False, log_level="error")
"""
NODE = """\
const body = require("fs").readFileSync("feed.gz");
const tag = '"bench-gzip"';
const same = {ETag: tag, Vary: "Accept-Encoding", "Cache-Control": "public, no-cache"};
const whole = {...same, "Content-Type": "application/rss+xml; charset=utf-8", "Content-Encoding": "gzip",
               "Content-Length": body.length};
require("http").createServer((request, response) => {
  if (request.headers["if-none-match"] === tag) { response.writeHead(304, same); response.end(); }
  else { response.writeHead(200, whole); response.end(body); }
}).listen(PORT, "127.0.0.1");
"""


class Peer(Protocol):
    """A server to compare with."""

    name: str

    def missing(self) -> str:
        """Why it cannot be measured; empty if it can."""
        ...

    def prepare(self, folder: Path, raw: bytes, port: int) -> None:
        """Write what it needs into its folder."""
        ...

    def command(self, folder: Path) -> list[str]:
        """How it is started; it stays in the foreground."""
        ...


class Nginx:
    """Static files, the packed one made beforehand."""

    name = "nginx"

    def missing(self) -> str:
        return "" if self._program() else "not installed"

    def prepare(self, folder: Path, raw: bytes, port: int) -> None:
        feeds = folder / "www" / "feeds"
        feeds.mkdir(parents=True)
        (feeds / "all.rss").write_bytes(raw)
        (feeds / "all.rss.gz").write_bytes(gzip.compress(raw, 6, mtime=0))
        if os.getuid() == 0:  # its worker is nobody
            folder.parent.chmod(0o755)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))

    def command(self, folder: Path) -> list[str]:
        return [self._program(), "-p", str(folder), "-c", str(folder / "nginx.conf")]

    def _program(self) -> str:
        chosen, paths = named("NGINX", "nginx")[0], os.environ.get("PATH", "")
        return shutil.which(chosen, path=f"{paths}:/usr/sbin") or ""  # not in everybody's path


class Script:
    """A program of a few lines, with the bytes in memory."""

    def __init__(self, name: str, text: str, run: list[str], probe: list[str]) -> None:
        self.name = name
        self._text = text
        self._run = run
        self._probe = probe

    def missing(self) -> str:
        if shutil.which(self._run[0]) is None:
            return "not installed"
        found = subprocess.run([*self._run, *self._probe], capture_output=True, timeout=60, check=False)
        return "not installed" if found.returncode else ""

    def prepare(self, folder: Path, raw: bytes, port: int) -> None:
        (folder / "feed.gz").write_bytes(gzip.compress(raw, 6, mtime=0))
        (folder / "program").write_text(self._text.replace("PORT", str(port)))

    def command(self, folder: Path) -> list[str]:
        return [*self._run, str(folder / "program")]


def peers() -> list[Peer]:
    """Those that there are, nginx first: it is the yardstick."""
    return [
        Nginx(),
        Script("Starlette", STARLETTE, named("STARLETTE", sys.executable), ["-c", "import starlette, uvicorn"]),
        Script("Node", NODE, named("NODE", "node"), ["--version"]),
    ]
