"""Our own stream fails no check: in the process, as a service, and behind nginx."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder.conform import Profile
from feeder.stream import Settings
from live import NOON, Live, Plan, article, serving
from program import Place, Serve, require
from verdicts import bad, command, judge


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path, stream=Settings(heartbeat_seconds=0.2))) as found:
        yield found


async def fill(live: Live) -> None:
    """Sections, languages, tags, a correction and a retraction."""
    for number in range(12):
        section, language = ("world", "sport")[number % 2], ("en", "de", "fr")[number % 3]
        fields: dict[str, Any] = {
            "section": section,
            "sections": (section,),
            "language": language,
            "keywords": (f"tag{number % 4}", "news"),
        }
        title = f"Chronicle of {('harbour', 'mountain', 'stadium', 'railway')[number % 4]} {number}"
        live.clock.now = NOON + timedelta(minutes=number)
        await live.accept(article(title, f"Line \u2028 of {number}\nand more", **fields), publish=False)
    await live.accept(
        article("Chronicle of harbour 0", "Put right", section="world", sections=("world",), language="en"),
        publish=False,
    )
    await live.retract(article("Chronicle of stadium 2").id)


async def test_our_own_stream_fails_no_check(live: Live) -> None:
    await fill(live)
    count = iter(range(10_000))

    async def publish() -> None:
        await live.accept(article(f"Live story {next(count)}"), publish=False)

    verdicts = await judge(live.url + "/events", publish=publish, trials=60)
    assert bad(verdicts) == {}
    assert {one.check.code for one in verdicts if one.outcome == "SKIP"} == {"D5", "D9", "D10", "F5"}
    assert {one.check.needs for one in verdicts} == {None, Profile.FEEDER}, "it was not known for ours"


async def test_our_own_stream_fails_no_check_when_there_is_nothing_yet(live: Live) -> None:
    verdicts = await judge(live.url + "/events")
    assert bad(verdicts) == {}


async def test_our_own_stream_is_a_good_stranger(live: Live) -> None:
    await fill(live)
    verdicts = await judge(live.url + "/events?since=earliest", profile=Profile.GENERIC)
    assert bad(verdicts) == {}


async def test_the_real_service_fails_no_check_while_files_come(place: Place, serve: Serve) -> None:
    for number in range(4):
        place.drop(
            f"{('world', 'sport')[number % 2]}/s{number}.txt", f"date 2026-05-0{number + 1} Story {number}\n\nSo.\n"
        )
    running = await serve("--set", "stream.heartbeat_seconds=0.5", "--set", "seeds.settle_seconds=0.1")
    await running.until_log(4)
    name = place.seeds / "trial-$(date +%s%N)"
    write = f'f={name}; printf "date 2026-05-04 Trial $f\\n\\nSo.\\n" > "$f.tmp" && mv "$f.tmp" "$f.txt"'
    url = running.url + "/events"
    code, out, complaint = await command(
        "--seconds", "1.7", "--heartbeat", "0.6", "--publish", write, "--trials", "20", url
    )
    assert (code, complaint) == (0, ""), out
    assert re.search(r"\d\d checks: \d\d passed, 0 failed", out)
    assert "PASS  D3c" in out


async def test_our_own_stream_fails_no_check_when_lives_are_short(tmp_path: Path) -> None:
    """Listeners who were told things at the tip, each with a sum of its own, are sent away while they are heard."""
    settings = Settings(heartbeat_seconds=0.2, lifetime_seconds=2)
    async with serving(Plan(folder=tmp_path, stream=settings)) as live:
        await fill(live)
        verdicts = await judge(live.url + "/events", seconds=2.5)
    assert bad(verdicts) == {}
    told = {one.check.code: one.evidence for one in verdicts}
    assert told["E5"].startswith("it ended after ")
    assert told["H4"].startswith("4 streams ended with a trailer")


# nginx as most people run it: every setting is its default. It speaks HTTP/1.0 to the service, and buffers.
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {more}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {url}; }} }}
}}
"""


@contextlib.asynccontextmanager
async def proxied(url: str, folder: Path, more: str = "") -> AsyncIterator[str]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    require(program, "nginx is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, port=port, url=url, more=more))
    process = await asyncio.create_subprocess_exec(str(program), "-c", str(file), stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(10):
            while not (folder / "pid").exists():
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("more", ["", "gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0;"])
async def test_our_own_stream_fails_no_check_behind_nginx(live: Live, tmp_path: Path, more: str) -> None:
    await fill(live)
    (tmp_path / "nginx").mkdir()
    async with proxied(live.url, tmp_path / "nginx", more) as url:
        verdicts = await judge(url + "/events")
    assert bad(verdicts) == {}
    assert {"H2", "H3", "H4", "H5"} <= {one.check.code for one in verdicts if one.outcome == "PASS"}
