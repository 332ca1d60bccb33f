"""The conformance run: each check finds its fault, a right server passes all, and so does our own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broken_streams import FAULTS, Fault
from feeder.conform import CHECKS, Check, Options, Profile, Target, Unheard, Verdict, conform
from feeder.stream import Settings
from live import NOON, Live, Plan, article, serving, until
from program import COMMAND, Place, Serve, require
from right_stream import Request, Stream, streaming

QUICK: dict[str, Any] = {"seconds": 0.25, "heartbeat_seconds": 0.2, "patience_seconds": 5, "trials": 30}


TIMED = {"B11", "E3", "E6"}
"""A warning of these may speak of the machine that the tests run on."""


def bad(verdicts: list[Verdict]) -> dict[str, str]:
    found = [
        one for one in verdicts if one.outcome == "FAIL" or (one.outcome == "WARN" and one.check.code not in TIMED)
    ]
    return {one.check.code: one.evidence for one in found}


async def run(stream: Stream, profile: str, query: str = "", **options: Any) -> list[Verdict]:
    async with streaming(stream) as url:
        chosen = Options(profile=Profile(profile), **{**QUICK, **options})
        return [verdict async for verdict in conform(Target.read(url + query), chosen)]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_fault_is_found_by_its_check(fault: Fault) -> None:
    stream = Stream()
    fault.breaks(stream)
    options = dict(fault.options)
    if fault.publishes:
        options["publish"] = stream.publish
    async with publishing(stream, when=fault.code == "D9"):
        query = "?feed=all" if fault.code == "F5" else ""
        (verdict,) = await run(stream, fault.profile, query, only=[fault.code], **options)
    assert (verdict.check.code, verdict.outcome) == (fault.code, fault.outcome), verdict.evidence


@contextlib.asynccontextmanager
async def publishing(stream: Stream, *, when: bool = True) -> Any:
    async def keep_on() -> None:
        while when:
            await asyncio.sleep(0.01)
            await stream.publish()

    task = asyncio.create_task(keep_on())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("profile", list(Profile))
async def test_a_right_server_passes_all(profile: Profile) -> None:
    stream = Stream()
    verdicts = await run(stream, profile, publish=stream.publish, seconds=0.6)
    assert bad(verdicts) == {}
    unseen = {one.check.code for one in verdicts if one.outcome == "SKIP"}
    assert unseen <= (
        {"F5", "D9", "D10"}
        if profile is Profile.FEEDER
        else {"D1", "D3a", "D4", "D6", "D11", "D9", "G1", "H3", "H4", "B5c", "F5"}
    )


async def test_a_right_server_with_a_long_log_passes_all() -> None:
    stream = Stream()
    for _ in range(500):
        await stream.publish()
    verdicts = await run(stream, "feeder")
    assert bad(verdicts) == {}
    assert next(one for one in verdicts if one.check.code == "D10").outcome == "PASS"


async def test_a_right_server_on_which_much_happens_passes_all() -> None:
    stream = Stream()
    async with publishing(stream):
        assert bad(await run(stream, "feeder")) == {}


async def test_a_right_server_that_shows_its_history_passes_all() -> None:
    stream = Stream()
    stream.begins_with = "earliest"
    verdicts = await run(stream, "generic")
    assert bad(verdicts) == {}
    assert {"D1", "D3a", "D4", "D6", "D11", "G1", "H3"} <= {one.check.code for one in verdicts if one.outcome == "PASS"}


def test_every_check_is_seen_to_fail() -> None:
    seen = Counter(fault.code for fault in FAULTS)
    assert [one.code for one in CHECKS if not seen[one.code]] == []


# Our own -----------------------------------------------------------------------------------------------------------


async def judge(url: str, **options: Any) -> list[Verdict]:
    chosen = Options(seconds=1, heartbeat_seconds=0.3, **options)
    return [verdict async for verdict in conform(Target.read(url), chosen)]


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


# The command -------------------------------------------------------------------------------------------------------


async def command(*arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(*COMMAND, "conform", *arguments, stdout=PIPE, stderr=PIPE)
    out, complaint = await process.communicate()
    return process.returncode, out.decode(), complaint.decode()


async def test_the_command_tells_a_table_with_a_summary() -> None:
    async with streaming(Stream()) as url:
        code, out, complaint = await command("--seconds", "0.3", "--heartbeat", "0.2", "--only", "A,B10", url)
    assert (code, complaint) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "PASS  A1   GET is answered by a stream whatever Accept allows it"
    assert lines[-1] == "12 checks: 12 passed, 0 failed, 0 to think of, 0 could not be seen"
    assert "A10" in out
    assert "B1 " not in out


async def test_a_failure_is_told_with_evidence_and_clause_and_code_1() -> None:
    stream = Stream()
    stream.status = 503
    async with streaming(stream) as url:
        code, out, _ = await command("--seconds", "0.2", "--only", "F2,C1", "--profile", "generic", url)
    assert code == 1
    assert out.splitlines() == [
        "SKIP  C1   all of it is UTF-8",
        "           nothing was heard",
        "FAIL  F2   load is never answered by an error",
        "           GET: 503 text/event-stream",
        "           [HTML 9.2.3; WPT request-status-error]",
        "",
        "2 checks: 0 passed, 1 failed, 0 to think of, 1 could not be seen",
    ]


async def test_json_is_one_object_a_line() -> None:
    async with streaming(Stream()) as url:
        code, out, _ = await command("--json", "--seconds", "0.2", "--only", "B,K4", url)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["code"] for row in rows] == [one.code for one in CHECKS if one.code[0] == "B" or one.code == "K4"]
    assert rows[0] == {
        "code": "B1",
        "title": "the status is exactly 200",
        "outcome": "PASS",
        "level": "must",
        "evidence": "200",
        "clause": "HTML 9.2.3; WPT request-status-error",
    }


async def test_a_shell_command_publishes(tmp_path: Path) -> None:
    stream, rung = Stream(), tmp_path / "rung"
    rung.touch()

    async def look() -> None:
        told = 0
        while True:
            await asyncio.sleep(0.005)
            size = rung.stat().st_size
            while told < size:
                await stream.publish()
                told += 1

    looking = asyncio.create_task(look())
    async with streaming(stream) as url:
        given = ["--publish", f"printf x >> {rung}", "--trials", "10", "--seconds", "0.5", "--only", "D3c,E6"]
        code, out, complaint = await command(*given, "-v", url)
    looking.cancel()
    assert (code, complaint) == (0, "")
    assert re.search(r" 1\d joined \(\d with gzip\) while \d\d+ events came", out)
    assert "published right." in out


async def test_a_publishing_command_that_fails_ends_the_run() -> None:
    async with streaming(Stream()) as url:
        code, _, complaint = await command("--publish", "exit 3", "--seconds", "0.2", "--only", "E6", url)
    assert code == 1
    assert complaint == "feeder: --publish ended with 3: exit 3\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ftp://127.0.0.1/events"], "ftp is neither http nor https"),
        (["http:///events"], "there is no host"),
        (["http://127.0.0.1:99999/"], "Port out of range"),
        (["--only", "Z9", "http://127.0.0.1/"], "there is no check Z9"),
        (["--header", "Authorization", "http://127.0.0.1/"], "NAME: VALUE"),
        (["--seconds", "0", "http://127.0.0.1/"], "--seconds"),
        ([], "URL"),
    ],
)
async def test_wrong_usage_is_2(arguments: list[str], words: str) -> None:
    code, _, complaint = await command(*arguments)
    assert code == 2
    assert words in complaint
    assert "Traceback" not in complaint


async def test_a_server_that_is_not_there_is_1_and_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    code, out, complaint = await command(f"http://127.0.0.1:{port}/events")
    assert (code, out) == (1, "")
    assert complaint.startswith(f"feeder: no connection to http://127.0.0.1:{port}/events: ")


async def test_headers_are_sent_with_every_request() -> None:
    stream, seen = Stream(), set()
    answer = stream.answer

    async def noting(request: Request, writer: asyncio.StreamWriter) -> None:
        seen.add(request.header("authorization"))
        await answer(request, writer)

    stream.answer = noting  # type: ignore[method-assign]
    async with streaming(stream) as url:
        code, _, _ = await command("--header", "Authorization: Bearer of-ours", "--only", "A1", "--seconds", "0.2", url)
    assert (code, seen) == (0, {"Bearer of-ours"})


# What stands in between --------------------------------------------------------------------------------------------


async def test_a_gzip_that_never_comes_is_judged_where_gzip_is_asked_for() -> None:
    stream = Stream()
    answer = stream.answer

    async def buffering(request: Request, writer: asyncio.StreamWriter) -> None:
        hangs = request.header("accept-encoding") == "gzip"
        await (asyncio.sleep(60) if hangs else answer(request, writer))

    stream.answer = buffering  # type: ignore[method-assign]
    verdicts = await run(stream, "feeder", patience_seconds=0.3)
    assert {code[0] for code in bad(verdicts)} == {"H", "B"}
    assert {"H0", "H1", "H2", "H3", "H4", "H5", "B7"} == {one.check.code for one in verdicts if one.outcome == "FAIL"}


async def test_nginx_may_keep_its_own_field() -> None:
    stream = Stream()
    del stream.fields["X-Accel-Buffering"]
    stream.fields["Server"] = "nginx/1.28"
    (verdict,) = await run(stream, "feeder", only=["B4"])
    assert verdict.outcome == "SKIP"


async def test_what_is_no_stream_at_all_is_told_so_without_a_fault_of_ours() -> None:
    stream = Stream()

    async def page(request: Request, writer: asyncio.StreamWriter) -> None:
        stream.say(writer, 200, {"Content-Type": "text/html"}, b"<p>No.</p>")

    stream.answer = page  # type: ignore[method-assign]
    for profile in Profile:
        verdicts = await run(stream, profile, publish=stream.publish, patience_seconds=0.3)
        outcomes = {one.check.code: one.outcome for one in verdicts}
        assert {outcomes[code] for code in ("A1", "B2", "B5a", "E1")} == {"FAIL"}
        assert {outcomes[code] for code in ("C1", "D1", "D3a", "D3c")} == {"SKIP"}


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


# How it behaves ----------------------------------------------------------------------------------------------------


async def test_never_more_than_a_handful_of_connections_and_none_is_left() -> None:
    stream, most = Stream(), 0
    serve, readers = stream.serve, list[asyncio.StreamReader]()

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most
        readers.append(reader)
        most = max(most, sum(not one.at_eof() for one in readers))
        await serve(reader, writer)

    stream.serve = counting  # type: ignore[method-assign]
    async with streaming(stream) as url:
        chosen = Options(**QUICK, publish=stream.publish)
        assert [verdict async for verdict in conform(Target.read(url), chosen)]
        await until(lambda: all(one.at_eof() for one in readers))
    assert len(readers) > 100
    assert 2 <= most <= 6  # five, and one whose end is not here yet


async def test_whose_the_stream_is_is_found_out() -> None:
    ours = await run(Stream(), "feeder", only=["B1"])
    assert len(ours) == 1
    for begins, expected in (("latest", Profile.FEEDER), ("earliest", Profile.FEEDER)):
        stream = Stream()
        stream.begins_with = begins
        async with streaming(stream) as url:
            found = [one.check.needs async for one in conform(Target.read(url), Options(**QUICK, only=["K4", "B1"]))]
        assert found == [None, expected]
    stranger = Stream()
    stranger.rewrite = lambda frame: frame.replace(b"checkpoint", b"place")
    async with streaming(stranger) as url:
        found = [one.check.needs async for one in conform(Target.read(url), Options(**QUICK, only=["K4", "B1"]))]
    assert found == [None]


async def test_redirects_are_followed_to_the_stream() -> None:
    stream = Stream()
    answer = stream.answer

    async def moved(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/old":
            stream.say(writer, 307, {"Location": "/events?feed=all"}, b"")
        else:
            await answer(request, writer)

    stream.answer = moved  # type: ignore[method-assign]
    async with streaming(stream) as url:
        chosen = Options(**QUICK, only=["B1", "F5"])
        found = [verdict async for verdict in conform(Target.read(url.replace("/events", "/old?feed=all")), chosen)]
    assert [(one.outcome, one.evidence) for one in found] == [("PASS", "200"), ("PASS", "307 to /events?feed=all")]


async def test_a_server_that_answers_nothing_is_told_so_and_does_not_last() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(Unheard, match=r"GET: no head came within 0\.2 s"):
        [one async for one in conform(Target.read(url), Options(patience_seconds=0.2))]
    server.close()


def test_the_document_lists_the_checks() -> None:
    text = (Path(__file__).parents[2] / "docs" / "stream.md").read_text().partition("## Conformance\n")[2]
    rows = [line for line in text.splitlines() if re.match(r"\| [A-K]\d+[a-z]? \|", line)]
    assert rows == [row(one) for one in CHECKS]


def row(one: Check) -> str:
    level = {"must": "must", "should": "should", "promised": "should; ours must"}[one.level]
    title = f"{one.title} (`--publish`)" if one.lively else one.title
    return f"| {one.code} | {title} | {'ours' if one.needs else level} | {one.clause} |"
