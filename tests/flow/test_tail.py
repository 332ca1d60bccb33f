"""``feeder tail`` as people and programs run it: against the real service, and against streams that misbehave."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import signal
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from feeder.cli import tail
from program import COMMAND, PATIENCE_SECONDS, Place, Serve
from streaming import Script, Talk, refusing, streaming, telling

STORY = 'id: k3.{0}\nevent: published\ndata: {{"title":"Story {0}","_feeder":{{"at":"2026-03-02T12:00:00Z"}}}}\n\n'
CHECKPOINT = 'event: checkpoint\nid: k3.9\ndata: {"cursor":"k3.9","at":"2026-03-02T12:00:00Z"}\n\n'
GOODBYE = 'retry: 1\nevent: goodbye\ndata: {"retry_seconds":0.1}\n\n'
GAP = 'event: gap\ndata: {"requested":"k2.1","resumed_from":"k3.4","lost":1234,"reason":"expired","feed":"http://x/f"}\n\n'


@dataclass
class Tail:
    """The command, running."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        """The next line of its output; "" at its end."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.process.stdout.readline()).decode()

    async def told(self) -> dict[str, Any]:
        line: dict[str, Any] = orjson.loads(await self.line())
        return line

    async def complaint(self) -> str:
        """The next line of standard error."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.process.stderr.readline()).decode()

    async def end(self) -> tuple[int, str, str]:
        """Its exit code, and what is left of what it said."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, err = await self.process.communicate()
        said = (err or b"").decode()
        assert "Traceback" not in said
        return self.process.returncode or 0, (out or b"").decode(), said


@asynccontextmanager
async def tailing(place: Place, *arguments: str, **given: Any) -> AsyncIterator[Tail]:
    piped: dict[str, Any] = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    environment = place.environment() | given.pop("env", {})
    environment.pop("PYTHONUNBUFFERED", None)  # what it forgets to flush must not be there
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "tail", *arguments, cwd=place.folder, env=environment, **(piped | given)
    )
    try:
        yield Tail(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(place: Place, *arguments: str, **given: Any) -> tuple[int, str, str]:
    async with tailing(place, *arguments, **given) as command:
        return await command.end()


@dataclass
class Terminal:
    """A terminal with the command in it; ``shown`` is what has appeared so far."""

    command: Tail
    shown: str = ""

    async def until(self, text: str) -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text not in self.shown:
                await asyncio.sleep(0.01)
        return self.shown


@asynccontextmanager
async def terminal(place: Place, *arguments: str, **environment: str) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    given = {"TERM": "xterm", "TZ": "UTC"} | environment
    loop = asyncio.get_running_loop()
    async with tailing(place, *arguments, stdout=theirs, stderr=theirs, stdin=theirs, env=given) as command:
        os.close(theirs)
        window = Terminal(command)

        def show() -> None:
            try:
                window.shown += os.read(ours, 65536).decode()
            except OSError:  # the command has ended
                loop.remove_reader(ours)

        loop.add_reader(ours, show)
        try:
            yield window
        finally:
            loop.remove_reader(ours)
            os.close(ours)


def staying(*pieces: str) -> Script:
    """A stream that says this and then nothing more until it is left."""

    async def script(talk: Talk) -> None:
        talk.head()
        for piece in pieces:
            talk.say(piece)
        await talk.gone()

    return script


async def target(place: Place, path: str, *arguments: str) -> str:
    """What is asked for."""
    async with streaming() as streamer:
        assert (await run(place, f"http://127.0.0.1:{streamer.port}{path}", *arguments))[0] == 0
        (talk,) = streamer.talks
        return talk.target


# --- against the real service


async def test_it_tells_what_there_is_of_the_running_instance_and_ends(place: Place, serve: Serve) -> None:
    place.drop("one.txt", "date 2026-03-01 The first\nIt rained.")
    place.drop("two.txt", "date 2026-03-02 The second\nIt snowed.")
    service = await serve()
    await service.until_titles("The second", "The first")
    code, out, err = await run(place, "--once", "--since", "earliest")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [row[1:3] for row in rows] == [["published", "The first"], ["published", "The second"]]
    assert [row[4].startswith(f"{service.url}/articles/2026-03-0") for row in rows] == [True, True]
    assert [row[5] for row in rows] == [event["id"] for event in await service.log()]


async def test_its_json_is_the_streams_own(place: Place, serve: Serve) -> None:
    place.drop("one.txt", "date 2026-03-01 The first\nIt rained.")
    place.drop("two.txt", "date 2026-03-02 “Zweite”, dit-il\nIt snowed.")
    service = await serve()
    await service.until_log(2)
    _, body, _ = await service.get("/events?since=earliest&poll=1", Accept="application/x-ndjson")
    code, out, _ = await run(place, service.url, "--json", "--once", "--since", "earliest")
    expected = [line for line in map(json.loads, body.splitlines()) if line["event"] != "heartbeat"]
    found = [json.loads(line) for line in out.splitlines()]
    assert [line["event"] for line in found] == ["published", "published", "checkpoint"]
    for line in [*expected, *found]:
        line["data"].pop("at", None)  # a checkpoint tells the time
    assert (code, found) == (0, expected)


async def test_it_follows_the_service_through_a_kill_and_loses_and_doubles_nothing(place: Place, serve: Serve) -> None:
    place.drop("one.txt", "date 2026-03-01 The first\nIt rained.")
    service = await serve()
    await service.until_titles("The first")
    async with tailing(place, service.url, "--json", "--since", "earliest") as command:
        assert (await command.told())["data"]["title"] == "The first"
        place.drop("one.txt", "date 2026-03-01 The first, again\nIt rained.")
        assert (await command.told())["event"] == "updated"
        await service.stop(signal.SIGKILL)
        assert await command.complaint() != ""
        again = await serve("--port", service.url.rpartition(":")[2])
        place.drop("two.txt", "date 2026-03-02 The second\nIt snowed.")
        await again.until_log(3)
        assert (await command.told())["data"]["title"] == "The second"
        command.process.send_signal(signal.SIGINT)
        assert (await command.end())[:2] == (130, "")


async def test_a_stop_of_the_service_is_told_in_one_line(place: Place, serve: Serve) -> None:
    service = await serve()
    async with tailing(place, "--json") as command:
        assert (await command.told())["event"] == "checkpoint"
        assert await service.stop() == 0
        assert (await command.told())["event"] == "goodbye"
        assert (await command.complaint()).startswith("the service said goodbye; again in ")


async def test_what_the_service_refuses_is_said_and_ends_it(place: Place, serve: Serve) -> None:
    await serve()
    code, out, err = await run(place, "--feed", "nowhere")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "answered 400 Bad Request: There is no feed 'nowhere'" in err


async def test_without_an_instance_it_says_so(place: Place) -> None:
    code, _, err = await run(place)
    assert (code, err) == (1, "feeder: no instance of data is running; see --data, or name the address of a stream\n")


# --- what it asks for


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", "/events"),
        ("/", "/events"),
        ("/#top", "/events"),
        ("/v2/stream/recentchange", "/v2/stream/recentchange"),
        ("/?stream=x", "/?stream=x"),
        ("/a%20b/?x=%2B+&y=1;2", "/a%20b/?x=%2B+&y=1;2"),
    ],
)
async def test_a_site_is_its_events_and_every_other_address_is_taken_as_it_is(
    place: Place, path: str, asked: str
) -> None:
    assert await target(place, path) == asked


async def test_flags_are_the_streams_parameters(place: Place) -> None:
    flags = "--section harbour --section a&b --feed all --language en --tag ferry --article urn:x:1 --q ferry"
    more = ["--q", "a OR “b”", "--since", "2026-03-02T12:00:00+01:00", "--snapshot", "20", "--once"]
    assert await target(place, "", *flags.split(), *more) == (
        "/events?feed=all&section=harbour&section=a%26b&language=en&tag=ferry&article=urn:x:1&q=ferry"
        "&q=a+OR+%E2%80%9Cb%E2%80%9D&since=2026-03-02T12:00:00%2B01:00&snapshot=20&poll=1"
    )


async def test_flags_join_what_the_address_asks_for(place: Place) -> None:
    assert await target(place, "/events?feed=all", "--once") == "/events?feed=all&poll=1"


async def test_a_place_without_a_scheme_is_one_of_http(place: Place) -> None:
    async with streaming() as streamer:
        assert (await run(place, f"127.0.0.1:{streamer.port}", "--last-event-id", "k3.7"))[0] == 0
        assert streamer.asked("Last-Event-ID") == ["k3.7"]


async def test_this_machine_is_asked_without_a_proxy(place: Place) -> None:
    async with streaming(telling("retry: 1\n", STORY.format(1))) as streamer:
        nobody = {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
        code, out, _ = await run(place, streamer.url, env=nobody)
        assert (code, out.split("\t")[2]) == (0, "Story 1")


@pytest.mark.parametrize(
    "arguments",
    [
        ["ftp://news.example/"],
        ["http://"],
        ["http://x:99999/"],
        ["file:///etc/passwd"],
        ["http://[::1"],
        ["x", "--snapshot", "0"],
        ["x", "--last-event-id", "a\nX-Evil: 1"],
        ["x", "--last-event-id", " a"],
        ["x", "--set", "no.such=1"],
        ["x", "y"],
    ],
)
async def test_what_cannot_be_meant_is_an_error_of_usage(place: Place, arguments: list[str]) -> None:
    code, out, err = await run(place, *arguments)
    assert (code, out) == (2, "")
    assert err


# --- streams that misbehave


async def test_once_reads_on_after_a_goodbye_and_after_a_cut_and_ends_with_the_stream(place: Place) -> None:
    async with streaming(
        telling(STORY.format(1), GOODBYE),
        refusing(500),
        telling("retry: 1\n", STORY.format(2), is_cut=True),
        refusing(503),
        telling(STORY.format(3), CHECKPOINT),
        telling(STORY.format(4)),
    ) as streamer:
        code, out, err = await run(place, streamer.url, "--once")
        assert (code, [line.split("\t")[5] for line in out.splitlines()]) == (0, ["k3.1", "k3.2", "k3.3"])
        assert streamer.asked("Last-Event-ID") == [None, "k3.1", "k3.1", "k3.2", "k3.2"]
        assert [line.partition(";")[0] for line in err.splitlines()] == [
            "the service said goodbye",
            "the server answered 500 Internal Server Error",
            "the connection was cut off",
            "the server answered 503 Service Unavailable",
        ]


async def test_a_stream_that_is_busy_was_not_all(place: Place) -> None:
    busy = 'retry: 1\nevent: busy\ndata: {"retry_seconds":0.1}\n\n'
    async with streaming(telling(busy), telling(STORY.format(1))) as streamer:
        code, out, err = await run(place, streamer.url, "--once")
    assert (code, out.count("\n"), err.partition(";")[0]) == (0, 1, "the service has no room now")


@pytest.mark.parametrize("said", ["to all", "{}", "[1]", '{"to": "all"}'])
async def test_a_stranger_may_say_goodbye_without_meaning_it(place: Place, said: str) -> None:
    async with streaming(telling(f"event: goodbye\ndata: {said}\n\n")) as streamer:
        assert await run(place, streamer.url, "--once") == (0, f"\tgoodbye\t{said}\t\t\t\n", "")


async def test_notices_stand_beside_the_events(place: Place) -> None:
    async with streaming(telling(GAP, STORY.format(5), CHECKPOINT)) as streamer:
        code, out, err = await run(place, streamer.url, "--once")
    assert (code, out.count("\n")) == (0, 1)
    assert err == (
        "gap (expired): 1,234 events after k2.1 cannot be told; reading on after k3.4; what is there now: http://x/f\n"
    )


async def test_checkpoints_are_told_to_who_asks(place: Place) -> None:
    async with streaming(telling(CHECKPOINT)) as streamer:
        _, _, err = await run(place, streamer.url, "--once", "--verbose")
    assert err == "checkpoint: k3.9 at 2026-03-02T12:00:00Z\n"


async def test_in_json_notices_are_lines_like_all(place: Place) -> None:
    async with streaming(telling(GAP, STORY.format(5), CHECKPOINT)) as streamer:
        code, out, err = await run(place, streamer.url, "--once", "--json", "--verbose")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [(line["id"], line["event"]) for line in lines] == [
        (None, "gap"),
        ("k3.5", "published"),
        ("k3.9", "checkpoint"),
    ]
    assert lines[0]["data"]["lost"] == 1234


async def test_every_line_is_out_at_once(place: Place) -> None:
    async with streaming(staying(STORY.format(1))) as streamer, tailing(place, streamer.url) as command:
        assert (await command.line()).split("\t")[2] == "Story 1"


async def test_once_gives_up_where_nobody_answers(place: Place) -> None:
    async with streaming(telling("retry: 1\n", is_cut=True), *[refusing(500)] * 9) as streamer:
        code, _, err = await run(place, streamer.url, "--once")
        assert len(streamer.talks) == 6
    assert code == 1
    assert (
        err.splitlines()[-1]
        == f"feeder: {streamer.url}?poll=1: the server answered 500 Internal Server Error (5 attempts)"
    )


async def test_a_stream_that_falls_silent_is_asked_again(place: Place) -> None:
    async with streaming(staying("retry: 1\n", STORY.format(1))) as streamer:
        code, out, err = await run(place, streamer.url, "--silence", "0.3")
    assert (code, out.count("\n"), err.partition(";")[0]) == (0, 1, "the server fell silent")


@pytest.mark.parametrize(
    ("asked", "url", "heartbeat", "seconds"),
    [
        (None, None, 15, 45),
        (None, None, 1_000, 3_000),  # our own instance, whose settings are known
        (None, None, 0.1, 45),
        (None, "news.example", 1_000, 45),
        (7.5, None, 1_000, 7.5),
        (0.0, None, 15, 0),
    ],
)
def test_how_long_silence_may_last(asked: float | None, url: str | None, heartbeat: float, seconds: float) -> None:
    assert tail.silence_seconds(asked, url, heartbeat) == seconds


# --- how it ends


async def test_when_its_reader_leaves_it_ends_though_nothing_comes(place: Place) -> None:
    left, right = os.pipe()
    async with streaming(staying(STORY.format(1))) as streamer, tailing(place, streamer.url, stdout=right) as command:
        os.close(right)
        assert await asyncio.to_thread(os.read, left, 10_000)
        os.close(left)
        assert await command.end() == (0, "", "")


async def test_when_its_reader_has_left_writing_ends_it_quietly(place: Place) -> None:
    left, right = os.pipe()
    os.close(left)
    stories = telling(*(STORY.format(number) for number in range(50)))
    async with streaming(stories) as streamer, tailing(place, streamer.url, stdout=right) as command:
        os.close(right)
        assert await command.end() == (0, "", "")


async def test_when_its_reader_leaves_in_the_middle_of_a_line_it_ends_quietly(place: Place) -> None:
    left, right = os.pipe()
    stories = telling("".join(STORY.format(number) for number in range(5_000)))
    async with streaming(stories) as streamer, tailing(place, streamer.url, stdout=right) as command:
        os.close(right)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while held(left) < fcntl.fcntl(left, fcntl.F_GETPIPE_SZ) - 4096:
                await asyncio.sleep(0.01)
        os.close(left)
        assert await command.end() == (0, "", "")


def held(pipe: int) -> int:
    """How many bytes wait in a pipe."""
    count = bytearray(4)
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


async def test_a_full_disk_is_said(place: Place) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    async with streaming(staying(STORY.format(1))) as streamer:
        code, _, err = await run(place, streamer.url, stdout=full)
    os.close(full)
    assert (code, err) == (1, "feeder: the output cannot be written: No space left on device\n")


async def test_a_file_can_be_written_to(place: Place) -> None:
    with (place.folder / "out.txt").open("wb") as out:
        async with streaming(telling(STORY.format(1))) as streamer:
            assert (await run(place, streamer.url, "--once", stdout=out))[0] == 0
    assert "Story 1" in (place.folder / "out.txt").read_text()


async def test_ctrl_c_in_a_pipe_says_nothing(place: Place) -> None:
    async with streaming(staying(STORY.format(1))) as streamer, tailing(place, streamer.url) as command:
        await command.line()
        command.process.send_signal(signal.SIGINT)
        code, out, err = await command.end()
        assert (code, out, err.strip()) == (130, "", "")


# --- in a terminal


async def test_a_terminal_shows_a_page_and_ctrl_c_says_how_to_come_back(place: Place) -> None:
    async with streaming(staying(STORY.format(1))) as streamer, terminal(place, streamer.url) as window:
        assert await window.until("Story 1\x1b[0m\r\n") == (
            "\x1b[2m2026-03-02\x1b[0m\r\n12:00:00  \x1b[32mpublished\x1b[0m  \x1b[1mStory 1\x1b[0m\r\n"
        )
        window.command.process.send_signal(signal.SIGINT)
        await window.until("\r\x1b[2m--last-event-id k3.1 reads on from here\x1b[0m\r\n")
        assert (await window.command.end())[0] == 130


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
async def test_who_wants_no_colour_gets_none(place: Place, environment: dict[str, str]) -> None:
    script = telling(STORY.format(1), is_cut=True)
    async with streaming(script) as streamer, terminal(place, streamer.url, **environment) as window:
        assert "\x1b" not in await window.until("again in")


async def test_what_a_title_holds_commands_no_terminal(place: Place) -> None:
    evil = 'event: published\ndata: {"title":"a\\u001b]0;x\\u0007b\\u009b31m","_feeder":{}}\n\n'
    raw = "event: \x1b[2Jx\ndata: \x1b[31mred\n\n"
    async with streaming(staying(evil, raw)) as streamer, terminal(place, streamer.url, NO_COLOR="1") as window:
        assert await window.until("red\r\n") == (
            "          published  a\\x1b]0;x\\x07b\\x9b31m\r\n\\x1b[2Jx  \\x1b[31mred\r\n"
        )


async def test_the_end_for_good_is_told(place: Place) -> None:
    async with streaming() as streamer, terminal(place, streamer.url) as window:
        await window.until("the stream has ended for good")
        assert (await window.command.end())[0] == 0


async def test_a_terminal_that_knows_few_characters_is_no_reason_to_end(place: Place) -> None:
    script = staying('event: published\ndata: {"title":"“Zweite”","_feeder":{}}\n\n')
    few = {"PYTHONIOENCODING": "latin-1", "NO_COLOR": "1"}
    async with streaming(script) as streamer, terminal(place, streamer.url, **few) as window:
        await window.until("\\u201cZweite\\u201d\r\n")
