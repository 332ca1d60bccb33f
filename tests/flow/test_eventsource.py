"""A stream followed over real connections that end in every way there is."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import zlib
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.errors import UnavailableError
from feeder.eventsource import Message, Patience, Pause, RefusedError, Source
from feeder.eventsource.parser import MOST_LINE_BYTES
from program import require
from streaming import STREAM, Script, Streamer, Talk, refusing, streaming, telling

QUICK = Patience(silence_seconds=5, connect_seconds=5, first_pause_seconds=0.1, longest_pause_seconds=0.1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def source(url: str, patience: Patience = QUICK, **given: object) -> Source:
    return Source(url, patience=patience, jitter=lambda: 0, clock=lambda: NOON, **given)  # type: ignore[arg-type]


async def read(
    followed: Source, *, until: Callable[[Message | Pause], object] = lambda _: False
) -> list[Message | Pause]:
    """Everything to the end, or to the first item that is enough."""
    found = []
    async with asyncio.timeout(20), aclosing(followed.follow()) as items:
        async for item in items:
            found.append(item)
            if until(item):
                break
    return found


def data(found: list[Message | Pause]) -> list[str]:
    return [item.data for item in found if isinstance(item, Message)]


def pauses(found: list[Message | Pause]) -> list[Pause]:
    return [item for item in found if isinstance(item, Pause)]


def is_pause(item: Message | Pause) -> bool:
    return isinstance(item, Pause)


async def follow(*scripts: Script, **given: object) -> tuple[list[Message | Pause], Streamer]:
    async with streaming(*scripts) as streamer:
        return await read(source(streamer.url, **given)), streamer  # type: ignore[arg-type]


async def refusal(*scripts: Script) -> str:
    async with streaming(*scripts) as streamer:
        with pytest.raises(RefusedError) as caught:
            await read(source(streamer.url))
        assert len(streamer.talks) == 1
        return str(caught.value).replace(streamer.url, "URL")


async def test_a_stream_is_asked_for_as_browsers_do() -> None:
    found, streamer = await follow(telling("data: a\n\n", "event: updated\nid: 1\ndata: b\n\n"))
    first = streamer.talks[0]
    assert first.headers["accept"] == STREAM
    assert first.headers["accept-encoding"] == "gzip"
    assert first.headers["cache-control"] == "no-store"
    assert "last-event-id" not in first.headers
    assert found[:2] == [Message("message", "a", None, ""), Message("updated", "b", "1", "1")]


async def test_a_clean_end_is_told_from_a_cut_and_reading_goes_on_after_the_last_id() -> None:
    found, streamer = await follow(
        telling("id: 1\ndata: a\n\n"), telling("id: 2\ndata: b\n\nid: 3\ndata: half", is_cut=True)
    )
    assert data(found) == ["a", "b"]
    assert [(pause.reason, pause.is_clean) for pause in pauses(found)] == [
        ("the stream ended", True),
        ("the connection was cut off", False),
    ]
    assert streamer.asked("Last-Event-ID") == [None, "1", "2"]


async def test_what_came_in_front_of_a_break_is_not_lost_although_it_has_no_id() -> None:
    """A server that breaks off behind each event would otherwise never be heard."""
    found, _ = await follow(*(telling(f"data: {number}\n\n", is_cut=True) for number in range(4)))
    assert data(found) == [str(number) for number in range(4)]


async def test_what_came_while_its_reader_was_busy_is_not_lost_when_the_connection_breaks_meanwhile() -> None:
    async def script(talk: Talk) -> None:
        talk.head()
        talk.say("data: a\n\n")
        await is_busy.wait()
        talk.say("data: b\n\n")

    is_busy = asyncio.Event()
    async with streaming(script) as streamer:
        found: list[Message | Pause] = []
        async with asyncio.timeout(20), aclosing(source(streamer.url).follow()) as items:
            async for item in items:
                found.append(item)
                is_busy.set()
                while not streamer.gone:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.1)  # the client has long heard of it
    assert data(found) == ["a", "b"]


async def test_a_reset_connection_is_one_more_cut() -> None:
    async def script(talk: Talk) -> None:
        talk.head()
        talk.say("id: 1\ndata: a\n\n")
        await talk.writer.drain()
        await until_read.wait()
        kernel = talk.writer.get_extra_info("socket")
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        talk.writer.transport.abort()

    until_read = asyncio.Event()

    def has_come(item: Message | Pause) -> bool:
        until_read.set()
        return False

    async with streaming(script, telling("id: 2\ndata: b\n\n")) as streamer:
        found = await read(source(streamer.url), until=has_come)
    assert (data(found), pauses(found)[0].reason) == (["a", "b"], "the connection was cut off")


async def test_events_come_one_by_one_through_gzip_and_its_end_says_whether_it_is_whole() -> None:
    heard = asyncio.Queue[str]()

    async def script(talk: Talk) -> None:
        talk.head(200, "Content-Encoding: gzip")
        coder = zlib.compressobj(wbits=31)
        for text in ("one", "two"):
            talk.say(coder.compress(f"id: {text}\ndata: {text}\n\n".encode()) + coder.flush(zlib.Z_SYNC_FLUSH))
            assert await heard.get() == text  # it was read before the next one was sent
        talk.say(coder.flush())
        talk.end()

    def hear(item: Message | Pause) -> bool:
        if isinstance(item, Message):
            heard.put_nowait(item.data)
        return False

    async with streaming(script) as streamer:
        found = await read(source(streamer.url), until=hear)
    assert (data(found), pauses(found)) == (["one", "two"], [Pause("the stream ended", 0.1, is_clean=True)])


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
async def test_a_coded_stream_without_its_end_was_cut_off(coding: str) -> None:
    coded = gzip.compress(b"id: 1\ndata: a\n\n")
    lines = (f"Content-Encoding: {coding}",)
    found, streamer = await follow(telling(coded[:-8], lines=lines), telling(coded, lines=lines))
    assert [(pause.reason, pause.is_clean) for pause in pauses(found)] == [
        ("the stream was cut off", False),
        ("the stream ended", True),
    ]
    assert streamer.asked("Last-Event-ID") == [None, "1", "1"]


async def test_a_broken_code_is_asked_for_again() -> None:
    found, _ = await follow(telling(b"no gzip", lines=("Content-Encoding: gzip",)), telling("data: a\n\n"))
    assert pauses(found)[0].reason.startswith("the stream's gzip is broken (")
    assert data(found) == ["a"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_with_the_last_id_and_the_next_time_from_the_start(status: int) -> None:
    found, streamer = await follow(
        refusing(status, "Location: /elsewhere?feed=all"), telling("id: 1\ndata: a\n\n"),
        refusing(status, "Location: elsewhere"), telling("data: b\n\n"),
    )  # fmt: skip
    assert data(found) == ["a", "b"]
    assert [talk.target for talk in streamer.talks][:4] == ["/events", "/elsewhere?feed=all", "/events", "/elsewhere"]
    assert streamer.asked("Last-Event-ID")[:4] == [None, None, "1", "1"]


async def test_twenty_redirects_are_followed_and_no_more() -> None:
    found, _ = await follow(*[refusing(302, "Location: /events")] * 20, telling("data: a\n\n"))
    assert data(found) == ["a"]
    async with streaming(*[refusing(302, "Location: /events")] * 21) as streamer:
        with pytest.raises(RefusedError, match="redirects more than 20 times"):
            await read(source(streamer.url))


@pytest.mark.parametrize("place", ["ftp://news.example/", "http://", "http://[::1", "data:text/event-stream,"])
async def test_a_redirect_to_what_cannot_be_asked_is_a_refusal(place: str) -> None:
    assert "cannot be asked" in await refusal(refusing(302, f"Location: {place}"))


async def test_204_ends_it_for_good() -> None:
    async with streaming(telling("data: a\n\n")) as streamer:
        found = await read(source(streamer.url))
        assert data(found) == ["a"]
        assert len(streamer.talks) == 2


@pytest.mark.parametrize("status", [201, 205, 206, 300, 304, 400, 401, 403, 404, 410, 422])
async def test_another_status_is_a_refusal(status: int) -> None:
    assert (await refusal(refusing(status))).startswith(f"URL answered {status} ")


async def test_a_refusal_says_what_the_server_says() -> None:
    problem = b'{"title": "Bad Request", "detail": "There is no feed \\"x\\".\\u001b[31m\\nAsk again."}'
    said = await refusal(refusing(400, "Content-Type: application/problem+json", body=problem))
    assert said == 'URL answered 400 Bad Request: There is no feed "x".\\x1b[31m\\nAsk again.'


async def test_a_refusal_may_be_coded() -> None:
    body = gzip.compress(b'{"title": "Gone for ever"}')
    lines = ("Content-Type: application/problem+json", "Content-Encoding: gzip")
    assert await refusal(refusing(410, *lines, body=body)) == "URL answered 410 Gone: Gone for ever"
    assert await refusal(refusing(410, *lines, body=body[:-9])) == "URL answered 410 Gone"
    assert await refusal(refusing(410, *lines, body=b"no gzip")) == "URL answered 410 Gone"


async def test_a_refusal_without_an_end_is_not_read_to_it() -> None:
    async def script(talk: Talk) -> None:
        talk.head(404, media_type="application/json")
        talk.say(" " * 5_000)
        await talk.gone()

    assert await refusal(script) == "URL answered 404 Not Found"


@pytest.mark.parametrize("body", [b"[]", b"{", b"{}", b'{"detail": 7}', b'{"detail": "' + b"x" * 100_000])
async def test_a_refusal_that_cannot_be_read_is_one_all_the_same(body: bytes) -> None:
    assert await refusal(refusing(404, "Content-Type: application/json", body=body)) == "URL answered 404 Not Found"


@pytest.mark.parametrize("media_type", ["text/html; charset=utf-8", "text/event-streams", "application/x-ndjson", None])
async def test_what_is_no_event_stream_is_refused(media_type: str | None) -> None:
    async def script(talk: Talk) -> None:
        talk.head(media_type=media_type)
        talk.say("data: a\n\n")
        talk.end()

    assert "URL is no event stream (" in await refusal(script)


@pytest.mark.parametrize("media_type", ["text/event-stream; charset=utf-8", "Text/Event-Stream;charset=latin-1"])
async def test_the_parameters_of_the_media_type_say_nothing(media_type: str) -> None:
    async def script(talk: Talk) -> None:
        talk.head(media_type=media_type)
        talk.say("data: é\n\n")
        talk.end()

    assert data((await follow(script))[0]) == ["é"]


async def test_a_coding_that_nobody_asked_for_is_refused() -> None:
    assert (await refusal(telling(b"x", lines=("Content-Encoding: br",)))).endswith("nobody asked for: br")


async def test_what_speaks_no_http_is_refused() -> None:
    async def script(talk: Talk) -> None:
        talk.writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        await talk.gone()

    assert (await refusal(script)).endswith("does not speak HTTP")


async def test_a_line_without_an_end_is_refused_and_takes_no_memory_beyond_the_limit() -> None:
    async def script(talk: Talk) -> None:
        talk.head()
        for _ in range(2 * MOST_LINE_BYTES // 2**20):
            talk.say(b"x" * 2**20)
            await talk.writer.drain()

    assert await refusal(script) == "the stream cannot be read: a line is longer than 33,554,432 bytes"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_what_is_for_the_moment_is_asked_again(status: int) -> None:
    found, _ = await follow(refusing(status), telling("data: a\n\n"))
    assert data(found) == ["a"]
    assert f"the server answered {status}" in pauses(found)[0].reason


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 0.1),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.1),
        ("Mon, 02 Mar 2026 12:00:30", 30),
        ("soon", 0.1),
        ("-5", 0.1),
        ("9" * 5_000, 86_400),
        ("Mon, 99 Mar 2026 12:00:30 GMT", 0.1),
    ],
)
async def test_retry_after_is_kept_to(said: str, seconds: float) -> None:
    async with streaming(refusing(503, f"Retry-After: {said}")) as streamer:
        (pause,) = await read(source(streamer.url), until=is_pause)
    assert pause == Pause("the server answered 503 Service Unavailable", seconds, is_clean=False)


async def test_no_byte_for_so_long_and_the_connection_is_given_up() -> None:
    async def silent(talk: Talk) -> None:
        talk.head()
        talk.say("id: 1\ndata: a\n\n")
        await talk.gone()

    async def dumb(talk: Talk) -> None:
        await talk.gone()

    patience = Patience(silence_seconds=0.2, first_pause_seconds=0.1)
    found, streamer = await follow(silent, dumb, telling("data: b\n\n"), patience=patience)
    assert [pause.reason for pause in pauses(found)] == ["the server fell silent"] * 2 + ["the stream ended"]
    assert streamer.asked("Last-Event-ID") == [None, "1", "1", "1"]


async def test_who_waits_for_ever_says_so() -> None:
    async def script(talk: Talk) -> None:
        talk.head()
        await asyncio.sleep(0.5)
        talk.say("data: a\n\n")
        talk.end()

    found, _ = await follow(script, patience=Patience(silence_seconds=0, first_pause_seconds=0.1))
    assert data(found) == ["a"]


async def test_comments_keep_a_connection_alive() -> None:
    async def script(talk: Talk) -> None:
        talk.head()
        for _ in range(10):
            talk.say(":\n")
            await asyncio.sleep(0.1)  # each one well within the patience, all of them beyond it
        talk.say("data: a\n\n")
        talk.end()

    found, streamer = await follow(script, patience=Patience(silence_seconds=0.6, first_pause_seconds=0.1))
    assert (data(found), len(streamer.talks)) == (["a"], 2)


async def test_the_stream_says_how_long_to_wait() -> None:
    async with streaming(telling("retry: 12345\n")) as streamer:
        (pause,) = await read(source(streamer.url), until=is_pause)
    assert isinstance(pause, Pause)
    assert pause.seconds == 12.345


@pytest.mark.parametrize(("said", "seconds"), [("0", 0.1), ("9" * 30, 86_400)])
async def test_what_the_stream_says_is_kept_within_reason(said: str, seconds: float) -> None:
    async with streaming(telling(f"retry: {said}\n")) as streamer:
        (pause,) = await read(source(streamer.url), until=is_pause)
    assert isinstance(pause, Pause)
    assert pause.seconds == seconds


async def test_pauses_double_while_nothing_comes_and_begin_anew_when_something_does() -> None:
    patience = Patience(first_pause_seconds=0.1, longest_pause_seconds=0.5)
    found, _ = await follow(*[refusing(500)] * 4, telling(":\n"), refusing(500), refusing(500), patience=patience)
    assert [round(pause.seconds, 3) for pause in pauses(found)] == [0.1, 0.2, 0.4, 0.5, 0.1, 0.1, 0.2]


async def test_pauses_differ_by_chance_and_are_never_shorter() -> None:
    async with streaming(refusing(500, "Retry-After: 8")) as streamer:
        followed = Source(streamer.url, patience=QUICK, jitter=lambda: 1)
        (pause,) = await read(followed, until=is_pause)
    assert isinstance(pause, Pause)
    assert pause.seconds == 10
    assert {Source("http://x")._jitter() for _ in range(3)} != {Source("http://x")._jitter()}


async def test_a_place_where_nobody_listens_is_asked_again_until_the_attempts_are_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    patience = Patience(first_pause_seconds=0.1, longest_pause_seconds=0.1, attempts=3)
    met: list[Message | Pause] = []
    with pytest.raises(UnavailableError) as caught:
        await read(source(f"http://user:secret@127.0.0.1:{port}/", patience), until=met.append)
    reason = f"cannot connect to 127.0.0.1:{port}: Connection refused"
    assert [pause.reason for pause in pauses(met)] == [reason] * 2
    assert str(caught.value) == f"http://127.0.0.1:{port}/: {reason} (3 attempts)"


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example"])
async def test_a_host_that_has_no_right_name_is_refused(host: str) -> None:
    with pytest.raises(RefusedError, match="a host that cannot be looked up"):
        await read(source(f"http://{host}/"))
    assert "cannot be looked up" in await refusal(refusing(302, f"Location: http://{host}/"))


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """What a server has that nobody knows."""
    require(shutil.which("openssl"), "there is no openssl to make a certificate with")
    files = ("-keyout", tmp_path / "key", "-out", tmp_path / "certificate", "-subj", "/CN=localhost", "-days", "1")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    return context


async def test_a_certificate_that_cannot_be_trusted_is_a_refusal(self_signed: ssl.SSLContext) -> None:
    async with streaming(telling("data: a\n\n"), tls=self_signed) as streamer:
        with pytest.raises(RefusedError, match="has no certificate that can be trusted: "):
            await read(source(f"https://127.0.0.1:{streamer.port}/"))


async def test_connections_that_bring_something_are_no_failed_attempts() -> None:
    found, _ = await follow(
        *[telling("data: a\n\n", is_cut=True)] * 5, patience=Patience(first_pause_seconds=0.1, attempts=2)
    )
    assert data(found) == ["a"] * 5


async def test_an_event_that_its_reader_has_not_done_with_is_not_counted_as_read() -> None:
    async with streaming(telling("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\nid: 4\n\n")) as streamer:
        followed = source(streamer.url)
        await read(followed, until=lambda item: isinstance(item, Message) and item.data == "b")
        assert followed.last_id == "1"


async def test_an_id_alone_moves_the_place_and_an_event_without_one_does_not_lose_it() -> None:
    found, streamer = await follow(
        telling("id: 1\n\n"), telling("event: busy\ndata: {}\n\n"), telling("id\ndata: a\n\n"), last_id="0"
    )
    assert data(found) == ["{}", "a"]
    assert streamer.asked("Last-Event-ID") == ["0", "1", "1", None]


async def test_ids_go_back_as_utf_8() -> None:
    _, streamer = await follow(telling("id: é–€\ndata: a\n\n"))
    assert streamer.asked("Last-Event-ID") == [None, "é–€"]


async def test_a_reader_that_stops_leaves_at_once() -> None:
    async def script(talk: Talk) -> None:
        talk.head()
        talk.say("data: a\n\n")
        await talk.gone()
        has_left.set()

    has_left = asyncio.Event()
    async with streaming(script) as streamer:
        await read(source(streamer.url), until=lambda _: True)
        async with asyncio.timeout(10):
            await has_left.wait()


async def test_a_proxy_of_the_environment_is_asked_unless_the_way_is_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with streaming(telling("data: proxied\n\n")) as proxy, streaming(telling("data: direct\n\n")) as streamer:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert data(await read(source(streamer.url), until=lambda _: True)) == ["proxied"]
        assert proxy.talks[0].target == streamer.url
        assert data(await read(source(streamer.url, is_direct=True), until=lambda _: True)) == ["direct"]
