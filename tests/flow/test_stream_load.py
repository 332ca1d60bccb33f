"""The listeners of the streaming benchmark find what is wrong with a stream: what they let pass was looked at."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from program import require

BENCH = Path(__file__).parent.parent.parent / "bench" / "stream"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
BARE = HEAD + b"\r\n"
FAULTS = ("gaps", "duplicates", "different", "strays", "refused", "broken", "told_gaps", "busy", "goodbyes", "others")


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require(shutil.which("gcc"), "gcc is missing (apt-get install gcc libc6-dev zlib1g-dev)")
    program = tmp_path_factory.mktemp("programs") / "load"
    sources = [BENCH / name for name in ("load.c", "reader.c", "reference.c")]
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", program, *sources, "-lz"], check=True)
    return program


def event(number: int, more: str = "") -> bytes:
    data = f'{{"title": "@{number:07}@{time.monotonic_ns():019}@ Storm{more}"}}'
    return f"id: e.{number}\nevent: published\ndata: {data}\n\n".encode()


def chunked(stream: bytes, size: int) -> bytes:
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in cut)


def gzipped(stream: bytes) -> bytes:
    coder = zlib.compressobj(wbits=31)
    return HEAD + b"Content-Encoding: gzip\r\n\r\n" + coder.compress(stream) + coder.flush(zlib.Z_SYNC_FLUSH)


async def heard(
    load: Path, *answers: bytes, until: int = 3, pieces: int = 1 << 20, ends: bool = False
) -> dict[str, int]:
    """What the listeners say of a server that gives the first of them the first answer, and so on."""
    left: Iterator[bytes] = iter(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer = next(left)
        with suppress(ConnectionError):
            for start in range(0, len(answer), pieces):
                writer.write(answer[start : start + pieces])
                await writer.drain()
                await asyncio.sleep(0)
            if not ends:
                await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        wish = ["--listeners", len(answers), "--from", 1, "--until", until, "--patience", 1]
        process = await asyncio.create_subprocess_exec(
            load, "--port", str(port), *map(str, wish), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(10):
            await process.stdout.readline()
            found: dict[str, int] = json.loads(await process.stdout.readline())
            process.stdin.close()
            assert await process.wait() == 0
    return found


def faults(found: dict[str, int]) -> dict[str, int]:
    return {name: found[name] for name in FAULTS if found[name]}


@pytest.mark.parametrize("pieces", [1, 7, 1 << 20])
async def test_one_stream_is_one_stream_however_it_is_cut_and_coded(load: Path, pieces: int) -> None:
    stream = b"".join(event(number) for number in (1, 2, 3))
    answers = [BARE + stream, chunked(stream, 1), chunked(stream, 50), gzipped(stream)]
    found = await heard(load, *answers, pieces=pieces)
    assert (found["complete"], found["delivered"], found["gzipped"], faults(found)) == (4, 12, 1, {})
    assert (found["first_id"], found["last_id"]) == ("e.1", "e.3")


async def test_what_is_no_event_is_counted_apart_and_does_no_harm(load: Path) -> None:
    events = [event(number) for number in (1, 2, 3)]
    talk = b":\n", b"id: e.2\nevent: checkpoint\ndata: {}\n\n", b": ping\r\n\r\n", b""
    talking = b"".join(said + one for said, one in zip(talk, [*events, b""], strict=True))
    found = await heard(load, BARE + b"".join(events), BARE + talking)
    assert (found["complete"], found["comments"], found["checkpoints"], faults(found)) == (2, 2, 1, {})


async def test_control_events_are_faults_by_their_names(load: Path) -> None:
    said = b"".join(b"event: %s\ndata: {}\n\n" % name for name in (b"gap", b"busy", b"goodbye", b"news"))
    found = await heard(load, BARE + said + event(1), until=1)
    assert faults(found) == {"told_gaps": 1, "busy": 1, "goodbyes": 1, "others": 1}


@pytest.mark.parametrize(
    ("numbers", "fault"),
    [
        ((1, 3), {"gaps": 1}),
        ((2, 3), {"gaps": 1}),
        ((1, 2, 2, 3), {"duplicates": 1}),
        ((1, 2), {}),
        ((1, 2, 9), {"strays": 1}),
    ],
)
async def test_who_has_not_had_each_event_once_is_not_complete(
    load: Path, numbers: tuple[int, ...], fault: dict[str, int]
) -> None:
    events = {number: event(number) for number in range(1, 10)}
    right = BARE + b"".join(events[number] for number in (1, 2, 3))
    found = await heard(load, right, BARE + b"".join(events[number] for number in numbers))
    assert (found["complete"], faults(found)) == (1, fault)


async def test_an_event_that_is_not_what_others_had_is_seen(load: Path) -> None:
    events = [event(number) for number in (1, 2, 3)]
    other = [events[0], events[1].replace(b"Storm", b"storm"), events[2]]
    found = await heard(load, BARE + b"".join(events), BARE + b"".join(other))
    assert faults(found) == {"different": 1}


async def test_an_event_that_ends_where_others_went_on_is_no_event(load: Path) -> None:
    events = [event(number) for number in (1, 2, 3)]
    found = await heard(
        load, BARE + b"".join(events), BARE + events[0] + events[1].partition(b"data")[0] + b"\n" + events[2]
    )
    assert faults(found) == {"gaps": 1, "others": 1}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"HTTP/1.1 503 Busy\r\n\r\n", "refused"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "broken"),
        (HEAD + b"Content-Encoding: gzip\r\n\r\nthis is none", "broken"),
    ],
)
async def test_what_is_no_stream_is_a_fault(load: Path, answer: bytes, fault: str) -> None:
    found = await heard(load, answer)
    assert (found["complete"], found["gone"], faults(found)) == (0, 1, {fault: 1})


async def test_a_stream_that_ends_too_early_is_not_waited_for(load: Path) -> None:
    found = await heard(load, BARE + event(1), ends=True)
    assert (found["complete"], found["delivered"], found["gone"]) == (0, 1, 1)


async def test_the_delay_of_an_event_is_counted_from_its_mark(load: Path) -> None:
    late = event(1)
    await asyncio.sleep(0.05)
    found = await heard(load, BARE + late, until=1)
    assert 50 <= found["p50"] <= found["p99"] <= found["max"] < 5000
