"""The site as files behind real web servers, written by the real command; and beside what the service says."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiohttp
import orjson
import pytest
from lxml import html

from live import Plan, article, serving
from program import COMMAND, Place, require
from static_site import Press, links, press, tree

NGINX = """
daemon off; worker_processes 1; user {user}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  include {folder}/types; access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {root}; {more} }}
}}
"""
TYPES = "types { text/html html; application/json json; application/xml xml; image/svg+xml svg; }"


@contextlib.asynccontextmanager
async def nginx(folder: Path, root: Path, more: str) -> AsyncIterator[str]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    require(program, "nginx is not installed")
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "types").write_text(TYPES)
    (folder / "nginx.conf").write_text(
        NGINX.format(user=getpass.getuser(), folder=folder, port=port, root=root, more=more)
    )
    process = await asyncio.create_subprocess_exec(
        str(program), "-c", str(folder / "nginx.conf"), stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(10):
            while not (folder / "pid").exists():
                assert process.returncode is None, (await process.communicate())[1].decode()
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def plain_server(root: Path) -> Iterator[str]:
    """``python -m http.server``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def said(session: aiohttp.ClientSession, url: str) -> tuple[int, str, bytes]:
    async with session.get(url, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Content-Type", ""), await answer.read()


async def filled(desk: Press) -> None:
    await desk.accept(article("A bridge", section="News", sections=("news",)), article("Zanzibar"))
    await desk.retract(article("Zanzibar"))
    await desk.write()


@pytest.mark.parametrize("prefix", ["", "/le.monde"])
async def test_nginx_answers_as_the_service_does(tmp_path: Path, prefix: str) -> None:
    site = Plan(folder=tmp_path).site
    named = type(site)(title=site.title, base_url=f"https://news.example{prefix}")
    async with press(tmp_path / "desk", named) as desk, aiohttp.ClientSession() as session:
        root = desk.folder / "site"
        if prefix:
            (desk.folder / "served").mkdir()
            (desk.folder / "served" / prefix[1:]).symlink_to(root)
        await filled(desk)
        rules = f"include {root}/.feeder/nginx.conf;"
        async with nginx(tmp_path / "nginx", desk.folder / "served" if prefix else root, rules) as url:
            for place, status, kind in (
                ("/", 200, "text/html; charset=utf-8"),
                ("/articles/a-bridge", 200, "text/html; charset=utf-8"),
                ("/articles/a-bridge.json", 200, "application/json; charset=utf-8"),
                ("/articles/a-bridge.md", 200, "text/markdown; charset=utf-8"),
                ("/articles/zanzibar", 410, "text/html; charset=utf-8"),
                ("/articles/zanzibar/", 410, "text/html; charset=utf-8"),
                ("/articles/zanzibar/history", 410, "text/html; charset=utf-8"),
                ("/articles/zanzibar.json", 410, "application/json; charset=utf-8"),
                ("/articles/zanzibar.md", 410, "text/html; charset=utf-8"),
                ("/articles/zanzibar-2", 404, "text/html; charset=utf-8"),
                ("/articles/nothing", 404, "text/html; charset=utf-8"),
                ("/nothing/here", 404, "text/html; charset=utf-8"),
                ("/.feeder/site.json", 404, "text/html; charset=utf-8"),
                ("/.htaccess", 404, "text/html; charset=utf-8"),
                ("/feed", 301, "text/html"),
                ("/feeds/", 200, "text/html; charset=utf-8"),
                ("/feeds/news.rss", 200, "application/rss+xml; charset=utf-8"),
                ("/feeds/all.atom", 200, "application/atom+xml; charset=utf-8"),
                ("/feeds/all.json", 200, "application/feed+json; charset=utf-8"),
            ):
                found = await said(session, url + prefix + place)
                assert (place, *found[:2]) == (place, status, kind)
                if status == 410 and kind.startswith("text/html"):
                    assert b"no longer here" in found[2]
                if status == 404:
                    assert b"There is nothing at this address" in found[2]


async def test_any_web_server_has_a_page_at_each_permalink(tmp_path: Path) -> None:
    """Who has not been told of the rules: by one redirect, and 200 also for the page that says that it is gone."""
    async with press(tmp_path / "desk") as desk, aiohttp.ClientSession() as session:
        await filled(desk)
        with plain_server(desk.root) as url:
            async with nginx(tmp_path / "nginx", desk.root, "") as other:
                for server in (url, other):
                    for place, words in (("/articles/a-bridge", b"It rained."), ("/articles/zanzibar", b"no longer")):
                        async with session.get(server + place) as answer:
                            assert len(answer.history) == 1
                            assert answer.url.path == f"{place}/"
                            assert (answer.status, words in await answer.read()) == (200, True)
            seen, due = set(), {"/"}
            while due:
                place = due.pop()
                seen.add(place)
                async with session.get(url + place) as answer:
                    assert answer.status == 200, place
                    if answer.content_type == "text/html":
                        ours = {link.removeprefix(desk.site.base_url) or "/" for link in links(await answer.read())}
                        due |= {link for link in ours if link.startswith("/")} - seen
            assert {"/articles/a-bridge", "/feeds/", "/feeds/news.json", "/feeds.opml"} <= seen


async def test_pages_say_what_the_service_says(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path, page_size=2)) as live:
        await live.accept(article("A bridge", section="News", sections=("news",)), article("Zanzibar"))
        await live.accept(article("A bridge", "It opened.", section="News", sections=("news",)))
        await live.retract(article("Zanzibar").id)
        desk = Press(live.store, tmp_path, Plan(folder=tmp_path).site, [])
        await desk.write()
        there = tree(desk.root)
        for place in ("/articles/a-bridge/history", "/articles/zanzibar"):
            served = (await live.get(place))[1]
            assert main_of(there[f"{place[1:]}/index.html"]) == main_of(served.replace(b" and live readers", b""))
        for place in (
            "/articles/a-bridge.json",
            "/articles/a-bridge.md",
            "/articles/zanzibar.json",
            "/feeds/all.rss",
            "/feeds.opml",
        ):
            assert there[place[1:]] == (await live.get(place))[1], place
        assert there["sitemap.xml"] == (await live.get("/sitemap.xml"))[1]


def main_of(page: bytes) -> str:
    return str(html.tostring(html.document_fromstring(page).find(".//main"), encoding="unicode"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_command_writes_a_site_and_says_so(place: Place) -> None:
    place.drop("one.txt", "A bridge\n\n2026-03-01\n\nIt rained.\n")
    first = place.run("publish", "--site", "public")
    assert first.returncode == 0, first.stderr
    assert "\nsite: articles made: 1, files written: " in first.stdout
    assert "\nnote: links lead to the address of a service on this machine; set site.base_url" in first.stdout
    assert b"/events" in tree(place.folder / "public")["feeds/all.json"]
    settled = ("publish", "--site", "public", "--base-url", "https://news.example", "--set", "site.live=false")
    second = place.run(*settled)
    assert "\nsite: articles made: 1, files written: " in second.stdout
    assert "note:" not in second.stdout
    named = {name for name, body in tree(place.folder / "public").items() if b"/events" in body or b"/hub" in body}
    assert named == set()
    assert "\nsite: articles made: 0, files written: 0, removed: 0\n" in place.run(*settled).stdout
    (place.folder / "public/feeds").rename(place.folder / "away")
    (place.folder / "public/feeds").write_text("")
    broken = place.run(*settled)
    assert (broken.returncode, broken.stderr.count("\n")) == (1, 1)
    assert broken.stderr.startswith("feeder: the site public cannot be written: ")


def test_a_pass_that_is_killed_in_the_middle_is_mended_by_the_next(place: Place) -> None:
    lines = [
        {"id": f"urn:x:{n}", "title": f"T {n}", "content_text": f"Word {n}.", "date_published": "2026-03-01"}
        for n in range(600)
    ]
    place.drop("all.jsonl", b"\n".join(map(orjson.dumps, lines)))
    site = place.folder / "public"
    with subprocess.Popen(
        [*COMMAND, "publish", "--site", "public"], cwd=place.folder, env=place.environment(), stdout=subprocess.DEVNULL
    ) as process:
        while not (site / "articles").exists() or len(list((site / "articles").iterdir())) < 100:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert not (site / "index.html").exists()
    torn = [path for path in site.rglob("*.html") if not path.read_bytes().rstrip().endswith(b"</html>")]
    assert [path for path in torn if not path.name.startswith(".feeder-")] == []
    assert place.run("publish", "--site", "public").returncode == 0
    assert place.run("publish", "--site", "fresh").returncode == 0
    assert tree(site) == tree(place.folder / "fresh")
    assert len(list(site.glob("articles/*/index.html"))) == 600
