"""``feeder conform``: what it prints, how it ends, and what it is told."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from pathlib import Path

import pytest

from feeder.conform import CHECKS
from right_stream import Request, Stream, streaming
from verdicts import command


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
