"""The listeners of the streaming benchmark find what is wrong with a stream: what they let pass was looked at."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import subprocess
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from program import require

BENCH = Path(__file__).parent.parent.parent / "bench" / "stream"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
BARE = HEAD + b"\r\n"
FAULTS = (
    "gaps",
    "duplicates",
    "different",
    "strays",
    "refused",
    "broken",
    "told_gaps",
    "busy",
    "goodbyes",
    "others",
    "unpaired",
    "undecided",
)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require(shutil.which("gcc"), "gcc is missing (apt-get install gcc libc6-dev zlib1g-dev)")
    return compiled(tmp_path_factory.mktemp("programs"))


def compiled(folder: Path, *flags: str) -> Path:
    sources = [BENCH / name for name in ("load.c", "reader.c", "reference.c")]
    strict = ["-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["gcc", *strict, *flags, "-o", folder / "load", *sources, "-lz"], check=True)
    return folder / "load"


def event(number: int, more: str = "") -> bytes:
    data = f'{{"title": "@{number:07}@{time.monotonic_ns():019}@ Storm{more}"}}'
    return f"id: e.{number}\nevent: published\ndata: {data}\n\n".encode()


def chunked(stream: bytes, size: int) -> bytes:
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in cut)


def gzipped(stream: bytes) -> bytes:
    coder = zlib.compressobj(wbits=31)
    return HEAD + b"Content-Encoding: gzip\r\n\r\n" + coder.compress(stream) + coder.flush(zlib.Z_SYNC_FLUSH)


class Sender:
    """A server that gives the first who asks the first answer, and so on; keeps what was asked, and from where."""

    def __init__(self, *answers: bytes, pieces: int = 1 << 20, ends: bool = False) -> None:
        self.asked: list[bytes] = []
        self.addresses: list[str] = []
        self.awaited = len(answers)
        self._answers = iter(answers)
        self._pieces = pieces
        self._ends = ends

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        self.addresses.append(writer.get_extra_info("peername")[0])
        answer = next(self._answers)
        with suppress(ConnectionError):
            for start in range(0, len(answer), self._pieces):
                writer.write(answer[start : start + self._pieces])
                await writer.drain()
                await asyncio.sleep(0)
            if not self._ends:
                await reader.read()
        writer.close()


async def told(load: Path, sender: Sender, *wish: object) -> dict[str, Any]:
    """What the listeners say in the end."""
    async with await asyncio.start_server(sender.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        words = [str(word) for word in ("--port", port, "--from", 1, "--patience", 1, *wish)]
        process = await asyncio.create_subprocess_exec(
            load, *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(10):
            await process.stdout.readline()
            found: dict[str, Any] = json.loads(await process.stdout.readline())
            while len(sender.asked) < sender.awaited:
                await asyncio.sleep(0.01)
            process.stdin.close()
            assert await process.wait() == 0
    return found


async def heard(
    load: Path, *answers: bytes, until: int = 3, pieces: int = 1 << 20, ends: bool = False
) -> dict[str, Any]:
    """The same of a listener for each answer."""
    sender = Sender(*answers, pieces=pieces, ends=ends)
    return await told(load, sender, "--listeners", len(answers), "--until", until)


def faults(found: dict[str, Any]) -> dict[str, int]:
    return {name: found[name] for name in FAULTS if found[name]}


@pytest.mark.parametrize("pieces", [1, 7, 1 << 20])
async def test_one_stream_is_one_stream_however_it_is_cut_and_coded(load: Path, pieces: int) -> None:
    stream = b"".join(event(number) for number in (1, 2, 3))
    answers = [BARE + stream, chunked(stream, 1), chunked(stream, 50), gzipped(stream)]
    found = await heard(load, *answers, pieces=pieces)
    assert (found["complete"], found["delivered"], found["gzipped"], faults(found)) == (4, 12, 1, {})
    assert (found["first_id"], found["last_id"]) == ("e.1", "e.3")


async def test_an_end_after_all_events_is_no_fault(load: Path) -> None:
    coder = zlib.compressobj(wbits=-15)
    plain = [event(1), b":\n", event(2)]
    packed = b"".join(coder.compress(part) + coder.flush(zlib.Z_FULL_FLUSH) for part in plain) + coder.flush()
    whole = b"".join(plain)
    stream = b"\x1f\x8b\x08" + bytes(7) + packed + struct.pack("<II", zlib.crc32(whole), len(whole))
    chunks = chunked(stream, 100).replace(HEAD, HEAD + b"Content-Encoding: gzip\r\n", 1) + b"0\r\n\r\n"
    found = await heard(load, chunks, until=2, ends=True)
    assert (found["complete"], found["gone"], found["gzipped"], faults(found)) == (1, 0, 1, {})


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


async def test_who_resumes_says_so_and_asks_for_gzip_if_told_to(load: Path) -> None:
    sender = Sender(gzipped(event(1)))
    await told(load, sender, "--until", 1, "--gzip", "--last-event-id", "e.0", "--path", "/events?q=storm")
    request, *lines = sender.asked[0].decode().split("\r\n")
    assert request == "GET /events?q=storm HTTP/1.1"
    assert {"Accept-Encoding: gzip", "Last-Event-ID: e.0"} <= set(lines)


def packed(plain: bytes, *, begins: bool = False) -> bytes:
    """A chunk that can be unpacked after any other one."""
    coder = zlib.compressobj(wbits=-15)
    raw = coder.compress(plain) + coder.flush(zlib.Z_FULL_FLUSH)
    whole = b"\x1f\x8b\x08" + bytes(7) + raw if begins else raw
    return b"%x\r\n%s\r\n" % (len(whole), whole)


@pytest.mark.parametrize("pieces", [3, 1 << 20])
@pytest.mark.parametrize(
    ("change", "complete", "fault"),
    [
        (lambda chunks: chunks, 4, {}),
        (lambda chunks: [chunks[0], packed(b":\n"), *chunks[1:]], 4, {}),
        (lambda chunks: [chunks[0], *chunks[2:]], 3, {"gaps": 1}),
        (lambda chunks: [chunks[0], chunks[0], *chunks[1:]], 3, {"duplicates": 1}),
        (lambda chunks: [chunks[0], packed(b"torn"), *chunks[2:]], 3, {"unpaired": 1}),
        (lambda chunks: [*chunks[:2], packed(b"torn")], 3, {"undecided": 1}),
        (lambda chunks: chunks[1:], 3, {"unpaired": 1}),  # the event may have been in its opening
    ],
)
async def test_who_does_not_unpack_must_have_the_chunks_of_one_who_does(
    load: Path, change: Callable[[list[bytes]], list[bytes]], complete: int, fault: dict[str, int], pieces: int
) -> None:
    chunks = [packed(event(number)) for number in (1, 2, 3)]
    head = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    streams = [chunks, chunks, change(chunks), chunks]
    openings = [packed(b": welcome, number %d\n" % number, begins=True) for number in range(4)]
    answers = [head + opening + b"".join(stream) for opening, stream in zip(openings, streams, strict=True)]
    sender = Sender(*answers, pieces=pieces)
    wish = ("--listeners", 4, "--until", 3, "--gzip", "--inflate-one-in", 4)
    found = await told(load, sender, *wish)
    assert (found["complete"], found["gzipped"], faults(found)) == (complete, 4, fault)
    assert found["plain_bytes"] == len(b": welcome, number 0\n") + 3 * len(event(1))


async def test_those_who_never_read_come_besides_and_are_not_counted(load: Path) -> None:
    sender = Sender(*[BARE + event(1)] * 3)
    found = await told(load, sender, "--until", 1, "--stuck", 2)
    assert (found["heads"], found["complete"], found["delivered"], len(sender.asked)) == (1, 1, 1, 3)


async def test_more_listeners_than_an_address_has_ports_come_from_several(load: Path, tmp_path: Path) -> None:
    sender = Sender(*[BARE + event(1)] * 5)
    found = await told(compiled(tmp_path, "-DFROM_ONE_ADDRESS=2"), sender, "--until", 1, "--listeners", 5)
    assert found["complete"] == 5
    assert sorted(sender.addresses) == ["127.0.0.1"] * 2 + ["127.0.0.2"] * 2 + ["127.0.0.3"]
