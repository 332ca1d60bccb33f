"""The live stream on the wire: heads, frames, cursors, slow and silent readers, and the end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from feeder.errors import UnavailableError
from feeder.model import Feed
from feeder.stream import Settings
from live import NOON, Live, Plan, article, serving, until
from sse_reader import SpecReader


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(folder=tmp_path)


@pytest.fixture
async def live(plan: Plan) -> AsyncIterator[Live]:
    async with serving(plan) as found:
        yield found


class Wire:
    """A connection as bytes: the head, and the body with the chunks of HTTP/1.1 taken apart."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.events = SpecReader()
        self.is_ended = False
        self.chunks: list[bytes] = []

    async def open(self, path: str, *lines: str, version: str = "1.1") -> tuple[str, dict[str, str]]:
        request = "\r\n".join([f"GET {path} HTTP/{version}", "Host: x", *lines, "", ""])
        self._writer.write(request.encode("latin-1"))
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        return head[0], dict(line.split(": ", 1) for line in head[1:] if line)

    async def listen(self, enough: Callable[[SpecReader], bool] = lambda _: False) -> None:
        """Read on until it is enough, or the stream has come to its proper end."""
        async with asyncio.timeout(10):
            while not self.is_ended and not enough(self.events):
                size = int(await self._reader.readuntil(b"\r\n"), 16)
                chunk = await self._reader.readexactly(size)
                assert await self._reader.readexactly(2) == b"\r\n"
                self.is_ended = size == 0
                self.events.feed(chunk)
                self.chunks.append(chunk)


@asynccontextmanager
async def wire(live: Live) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def poll(live: Live, query: str = "since=earliest", **headers: str) -> SpecReader:
    status, body, _ = await live.get(f"/events?poll=1&{query}", **headers)
    assert status == 200, body
    return SpecReader().feed(body)


def items(reader: SpecReader) -> list[dict[str, Any]]:
    return [json.loads(told.data) for told in reader.told if told.name not in {"checkpoint", "gap"}]


async def test_the_head_of_the_stream(live: Live) -> None:
    async with wire(live) as one:
        status, headers = await one.open("/events", "Accept: text/event-stream", "Accept-Encoding: br")
    assert status == "HTTP/1.1 200 OK"
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Transfer-Encoding"] == "chunked"
    assert "Accept" in headers["Vary"]
    assert not {"Content-Length", "ETag", "Last-Modified", "Content-Encoding"} & headers.keys()


async def test_the_first_byte_comes_at_once_even_when_there_is_nothing_to_say(live: Live) -> None:
    (event,) = await live.accept(article("A storm"))
    async with wire(live) as one:
        await one.open("/events", f"Last-Event-ID: {event.cursor}")
        await one.listen(lambda reader: reader.comments == 1)
        assert one.chunks == [b":\n"]


async def test_an_article_is_told_as_it_happens(live: Live) -> None:
    async with wire(live) as one:
        await one.open("/events")
        await one.listen(lambda reader: bool(reader.told))
        assert one.events.names == ["checkpoint"]
        (event,) = await live.accept(article("A storm", "„Regen“ \u2028 und\nmehr"))
        await one.listen(lambda reader: len(reader.told) == 2)
        told = one.events.told[1]
        assert (told.name, told.last_id) == ("published", event.cursor)
        item = json.loads(told.data)
        assert (item["title"], item["_feeder"]["seq"]) == ("A storm", 1)
        assert item["content_html"] == "<p>„Regen“ \u2028 und\nmehr</p>"


async def test_without_a_cursor_nothing_of_the_past_is_told(live: Live) -> None:
    (event,) = await live.accept(article("A storm"))
    for query in ("", "since=latest", "last_event_id=&since="):
        reader = await poll(live, query)
        assert [(told.name, told.last_id) for told in reader.told] == [("checkpoint", event.cursor)]


async def test_every_way_to_resume_reads_on_after_it(live: Live) -> None:
    for number in range(6):
        live.clock.now = NOON + timedelta(minutes=number)
        await live.accept(article(f"Story {number}"), publish=False)
    events = await live.store.read(0, 10)
    cursor = events[2].cursor
    for query, headers in (
        ("", {"Last-Event-ID": cursor}),
        (f"since={events[5].cursor}", {"Last-Event-ID": cursor}),
        (f"last_event_id={cursor}&since=earliest", {}),
        (f"since={cursor}", {}),
        ("since=3", {}),
        ("since=2026-03-02T12:03:00Z", {}),
        ("since=2026-03-02T14:02:00.000001+02:00", {}),
        ("since=2026-03-02T14:02:00.000001%2B02:00", {}),
        ("since=150s", {}),
    ):
        assert [item["title"] for item in items(await poll(live, query, **headers))] == [
            "Story 3", "Story 4", "Story 5",
        ], (query, headers)  # fmt: skip


@pytest.mark.parametrize("words", ["garbage", "zzzzzzzz.1", "a.99999999999999999999", "%00", "%ff%fe", "x" * 3000])
async def test_a_cursor_that_nobody_gave_out_is_a_gap_and_never_an_error(live: Live, words: str) -> None:
    await live.accept(article("A storm"))
    for query in (f"since={words}", f"last_event_id={words}"):
        reader = await poll(live, query)
        assert reader.names == ["gap", "checkpoint"]
        gap = json.loads(reader.told[0].data)
        assert gap["reason"] == "unknown"
        assert gap["lost"] is None
        assert gap["feed"] == "https://news.example/feeds/all.json"
        assert gap["resumed_from"] == reader.told[1].last_id


async def test_bytes_that_are_no_text_are_a_cursor_that_nobody_gave_out(live: Live) -> None:
    async with wire(live) as one:
        status, _ = await one.open("/events?poll=1", "Last-Event-ID: \xff\xfe\x80")
        assert status == "HTTP/1.1 200 OK"
        await one.listen()
    assert one.events.names == ["gap", "checkpoint"]


async def test_the_first_of_two_headers_counts(live: Live) -> None:
    first, second = await live.accept(article("One"), article("Two"))
    async with wire(live) as one:
        await one.open("/events?poll=1", f"Last-Event-ID: {first.cursor}", f"Last-Event-ID: {second.cursor}")
        await one.listen()
    assert one.events.names == ["published", "checkpoint"]


@pytest.mark.parametrize(
    "query",
    [
        "sinse=1", "poll=yes", "poll=1&poll=2", "poll=2&poll=1", "poll=1&poll=0", "poll=1&poll=", "poll=%001",
        "feed=nothing", "feed=", "callback=x", "feed=all&feed=nope",
    ],
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused_before_the_stream_starts(live: Live, query: str) -> None:
    status, body, headers = await live.get(f"/events?{query}")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(body)["status"] == 400
    assert headers["Access-Control-Allow-Origin"] == "*"


async def test_saying_the_same_twice_is_saying_it(live: Live) -> None:
    status, body, _ = await live.get("/events?poll=1&poll=1")
    assert (status, SpecReader().feed(body).names) == (200, ["checkpoint"])


async def test_a_section_that_the_log_knows_may_be_asked_for_whatever_became_of_its_documents(live: Live) -> None:
    (event,) = await live.accept(article("Gone", section="World", sections=("world",)))
    live.publisher._sheets.clear()
    reader = await poll(live, "since=earliest&feed=world")
    assert reader.names == ["published", "checkpoint"]
    await live.retract(event.article_id)
    reader = await poll(live, "feed=world", **{"Last-Event-ID": event.cursor})
    assert reader.names == ["retracted", "checkpoint"]


async def test_a_section_may_be_listened_to_from_its_first_story_on(live: Live) -> None:
    """Its feed is published a moment later, and ``EventSource`` would never ask again after a 400."""
    await live.accept(article("New", section="Harbour", sections=("harbour",)), publish=False)
    assert "harbour" not in [feed.name for feed in live.publisher.known()]
    assert (await poll(live, "since=earliest&feed=harbour")).names == ["published", "checkpoint"]
    status, _, _ = await live.get("/events?feed=harbor&poll=1")
    assert status == 400


async def test_who_comes_back_gets_no_snapshot(live: Live) -> None:
    first, second, third = await live.accept(article("One"), article("Two"), article("Three"))
    for query, headers in (
        ("snapshot=3", {"Last-Event-ID": second.cursor}),
        (f"snapshot=3&last_event_id={second.cursor}", {}),
    ):
        assert (await poll(live, query, **headers)).told[0].last_id == third.cursor
    for query in ("snapshot=3", "snapshot=3&since=earliest", f"snapshot=3&since={third.cursor}"):
        reader = await poll(live, query)
        assert [told.last_id for told in reader.told] == [first.cursor, second.cursor, third.cursor, third.cursor]
        assert reader.names[-1] == "checkpoint"
    assert (await live.get("/events?snapshot=many", **{"Last-Event-ID": second.cursor}))[0] == 400


async def test_who_takes_neither_form_is_told_which_there_are(live: Live) -> None:
    status, body, headers = await live.get("/events", Accept="text/html, text/event-stream;q=0")
    assert (status, headers["Content-Type"]) == (406, "application/problem+json")
    assert b"text/event-stream" in body


@pytest.mark.parametrize("accept", ["*/*", "text/*", "text/event-stream", "text/html, */*;q=0.1", ""])
async def test_who_takes_anything_gets_events(live: Live, accept: str) -> None:
    async with wire(live) as one:
        _, headers = await one.open("/events", *([f"Accept: {accept}"] if accept else []))
    assert headers["Content-Type"] == "text/event-stream"


async def test_lines_of_json_for_those_who_ask(live: Live) -> None:
    (event,) = await live.accept(article("A storm"))
    status, body, headers = await live.get("/events?since=earliest&poll=1", Accept="application/x-ndjson")
    assert (status, headers["Content-Type"]) == (200, "application/x-ndjson")
    told, checkpoint = (json.loads(line) for line in body.splitlines())
    assert (told["id"], told["event"], told["data"]["title"]) == (event.cursor, "published", "A storm")
    assert (checkpoint["id"], checkpoint["event"]) == (event.cursor, "checkpoint")


async def test_head_shows_the_head_and_ends(live: Live) -> None:
    answer = await live.raw(b"HEAD /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"text/event-stream" in answer
    assert answer.endswith(b"\r\n\r\n")
    assert live.hub.counts.connections == 0


async def test_a_browser_may_ask_beforehand(live: Live) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Headers": "last-event-id"}
    status, _, headers = await live.ask("OPTIONS", "/events", asked)
    assert status == 204
    assert "last-event-id" in headers["Access-Control-Allow-Headers"].lower()


async def test_nothing_but_reading_is_taken(live: Live) -> None:
    status, _, headers = await live.ask("POST", "/events")
    assert (status, headers["Allow"]) == (405, "GET,HEAD,OPTIONS")


async def test_http_1_0_is_answered_without_chunks(live: Live) -> None:
    await live.accept(article("A storm"))
    answer = await live.raw(b"GET /events?since=earliest&poll=1 HTTP/1.0\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert SpecReader().feed(body).names == ["published", "checkpoint"]


async def test_heartbeats_break_the_silence(plan: Plan) -> None:
    async with serving(replace(plan, stream=Settings(heartbeat_seconds=0.05))) as live, wire(live) as one:
        await one.open("/events")
        await one.listen(lambda reader: reader.comments == 4)
        assert one.events.names == ["checkpoint"]


async def test_a_feed_is_heard_alone_and_who_saw_a_story_sees_it_leave(plan: Plan) -> None:
    feeds = [Feed(name="the-world", title="World", shelf="world")]
    async with serving(replace(plan, feeds=feeds)) as live:
        (moved,) = await live.accept(article("Move", section="World", sections=("world",)))
        await live.accept(article("Game", sections=("sport",)))
        await live.accept(article("Move", "It moved.", section="Sport", sections=("sport",)))
        await live.accept(article("Move", "It moved on.", section="Sport", sections=("sport",)))
        await live.retract(moved.article_id)
        for query in ("feed=world", "feed=the-world"):
            reader = await poll(live, f"since=earliest&{query}")
            assert [item["_feeder"]["seq"] for item in items(reader)] == [1, 3, 5]
            assert reader.names == ["published", "updated", "retracted", "checkpoint"]
        assert len(items(await poll(live, "since=earliest&feed=world&feed=sport"))) == 5
        assert len(items(await poll(live, "since=earliest&feed=world&feed=all"))) == 5
        gap = (await poll(live, "since=garbage&feed=world")).told[0]
        assert json.loads(gap.data)["feed"] == "https://news.example/feeds/world.json"


async def test_the_content_of_a_retracted_article_is_never_told_again(live: Live) -> None:
    (event,) = await live.accept(article("A secret", "The content."))
    await live.accept(article("Another"))
    await live.retract(event.article_id)
    for ring in (True, False):
        if not ring:
            live.hub.desk.ring.clear()
        reader = await poll(live)
        assert reader.names == ["published", "published", "retracted", "checkpoint"]
        assert reader.told[0].last_id == event.cursor
        first, _, last = items(reader)
        assert first["_feeder"]["retracted"] is True
        assert "content_html" not in first
        assert last["_feeder"]["reason"] == "killed"
        assert "The content." not in json.dumps([first, last])


async def test_ring_and_log_tell_the_same_bytes(live: Live) -> None:
    for number in range(8):
        await live.accept(article(f"Story {number % 3}", f"Body {number}"), publish=False)
    await live.retract((await live.store.read(0, 1))[0].article_id)
    await live.accept(article("Story 0", "It is back."))
    path = "/events?since=earliest&poll=1"
    from_ring = (await live.get(path))[1]
    live.hub.desk.ring.clear()
    from_log = (await live.get(path))[1]
    assert from_ring.rpartition(b"id: ")[0] == from_log.rpartition(b"id: ")[0]
    assert len(items(SpecReader().feed(from_log))) >= 9


async def test_a_reader_who_goes_is_forgotten_at_once(live: Live) -> None:
    async with wire(live) as one:
        await one.open("/events")
        await until(lambda: live.hub.listeners == 1)
    await until(lambda: live.hub.listeners == 0)


async def test_a_feed_and_then_the_stream_from_it_miss_nothing(live: Live) -> None:
    await live.accept(article("One"))
    _, _, headers = await live.get("/feeds/all.json")
    link = headers["Link"].split("<")[2].split(">")[0]
    await live.accept(article("Two"), article("Until now"))
    status, body, _ = await live.get(f"{link}&poll=1")
    assert status == 200
    assert [item["title"] for item in items(SpecReader().feed(body))] == ["Two", "Until now"]


async def test_goodbye_at_the_end_and_a_clean_one(plan: Plan) -> None:
    async with serving(plan) as live, wire(live) as one, wire(live) as lines:
        await one.open("/events")
        await lines.open("/events", "Accept: application/x-ndjson")
        await until(lambda: live.hub.listeners == 2)
        async with asyncio.timeout(2):
            await live.runner.cleanup()
        await one.listen()
        assert one.is_ended
        assert one.events.names == ["checkpoint", "goodbye"]
        assert one.events.retry == 3000
        assert one.events.is_between_events
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", live.port)


async def test_when_it_is_full_a_browser_is_asked_to_come_back(plan: Plan) -> None:
    async with serving(replace(plan, stream=Settings(max_listeners=1))) as live, wire(live) as one, wire(live) as two:
        await one.open("/events")
        await until(lambda: live.hub.listeners == 1)
        status, headers = await two.open("/events")
        await two.listen()
        assert (status, headers["Content-Type"]) == ("HTTP/1.1 200 OK", "text/event-stream")
        assert (two.events.names, two.events.retry) == (["busy"], 52_500)


async def test_who_finds_no_room_does_not_keep_the_connection_either(plan: Plan) -> None:
    async with serving(replace(plan, stream=Settings(max_listeners=1))) as live, wire(live) as one:
        await one.open("/events")
        await until(lambda: live.hub.listeners == 1)
        said = await live.raw(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in said
        assert said.endswith(b"\n\n\r\n0\r\n\r\n")


async def test_before_the_feeds_are_published_a_browser_is_asked_to_come_back(live: Live) -> None:
    live.publisher._catalogue.feeds.clear()
    live.publisher._sheets.clear()
    status, body, _ = await live.get("/events?feed=world")
    assert (status, SpecReader().feed(body).names) == (200, ["busy"])


async def test_who_has_gone_before_it_could_be_asked_to_come_back_is_no_failure(plan: Plan) -> None:
    async with serving(replace(plan, stream=Settings(max_listeners=1))) as live, wire(live) as one:
        await one.open("/events")
        await until(lambda: live.hub.listeners == 1)
        with capture_logs() as lines:
            for _ in range(20):  # the server finds the request and its end at the same time
                with socket.create_connection(("127.0.0.1", live.port)) as hasty:
                    hasty.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            await until(lambda: live.hub.counts.busy == 20)
            await until(lambda: live.runner.server is not None and not live.runner.server.connections)
    assert "request failed" not in [line["event"] for line in lines]


async def test_while_the_log_is_away_a_browser_is_asked_to_come_back(live: Live) -> None:
    async def away() -> None:
        raise UnavailableError("the disk is away")

    live.store.bounds = away  # type: ignore[method-assign, assignment]
    status, body, _ = await live.get("/events?since=earliest")
    assert (status, SpecReader().feed(body).names) == (200, ["busy"])
    assert live.hub.listeners == 0


async def test_a_fault_of_ours_is_no_clean_end(live: Live) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    await live.accept(article("A storm"))
    live.hub.desk.ring.clear()
    live.hub._log.lines = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(aiohttp.ClientPayloadError):
        await live.get("/events?since=0")
    assert (await live.get("/"))[0] == 200


async def test_the_kernel_forgets_a_peer_that_vanishes(live: Live) -> None:
    async with wire(live) as one:
        await one.open("/events")
        await until(lambda: live.hub.listeners == 1)
        (listener,) = live.hub._listeners
        peer = listener.transport.get_extra_info("socket")  # type: ignore[union-attr]
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 45_000  # deadline and heartbeat


async def test_a_reader_that_never_reads_costs_the_others_nothing_and_is_dropped(plan: Plan) -> None:
    plan = replace(plan, write_deadline_seconds=0.3)
    async with serving(plan) as live, wire(live) as healthy:
        await healthy.open("/events")
        stuck = socket.create_connection(("127.0.0.1", live.port))
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(b"GET /events?since=earliest HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: live.hub.listeners == 2)
        count = 0
        while not live.hub.counts.dropped:
            await live.accept(*(article(f"Long {count + n}", "x" * 400_000) for n in range(5)), publish=False)
            count += 5
            await healthy.listen(lambda reader: len(items(reader)) == count)  # noqa: B023 (called at once)
            assert count < 500
        await until(lambda: live.hub.listeners == 1)
        assert [item["_feeder"]["seq"] for item in items(healthy.events)] == list(range(1, count + 1))
        stuck.close()


@pytest.mark.parametrize("seconds", [0, 0.6])
async def test_the_end_waits_for_a_reader_that_never_reads_no_longer_than_it_may(plan: Plan, seconds: float) -> None:
    async with serving(replace(plan, shutdown_seconds=seconds)) as live:
        await live.accept(*(article(f"Long {n}", "x" * 400_000) for n in range(40)), publish=False)
        with socket.create_connection(("127.0.0.1", live.port)) as stuck:
            stuck.sendall(b"GET /events?since=earliest HTTP/1.1\r\nHost: x\r\n\r\n")
            await until(lambda: live.hub.counts.frames.total() > 0)
            clock = asyncio.get_running_loop().time
            began = clock()
            async with asyncio.timeout(10):
                await live.runner.cleanup()
            assert 0.9 * seconds <= clock() - began < seconds + 0.4
            await until(lambda: live.hub.listeners == 0)


async def test_a_reader_that_reads_slowly_gets_everything(plan: Plan) -> None:
    async with serving(plan) as live:
        await live.accept(*(article(f"Long {n}", "x" * 50_000) for n in range(60)), publish=False)
        live.hub.desk.ring.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", live.port, limit=4096)
        writer.write(b"GET /events?since=earliest&poll=1 HTTP/1.0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        told = SpecReader()
        while piece := await reader.read(40_000):
            told.feed(piece)
            await asyncio.sleep(0)
        writer.close()
        assert [item["_feeder"]["seq"] for item in items(told)] == list(range(1, 61))


async def test_nothing_is_lost_or_doubled_over_restarts(plan: Plan) -> None:
    """Three runs of the service on one port; a client that reconnects as a browser does."""
    seqs: list[int] = []
    last_id, total = "", 0
    for _ in range(3):
        async with serving(plan) as live, wire(live) as one:
            plan = replace(plan, port=live.port)
            await live.accept(article(f"Before {total}"), publish=False)
            await one.open("/events?since=earliest", *([f"Last-Event-ID: {last_id}"] if last_id else []))
            await live.accept(article(f"After {total}"), article(f"Later {total}"), publish=False)
            total += 3
            await one.listen(lambda reader: reader.told[-1:] != [] and reader.last_id.endswith(f".{total}"))  # noqa: B023
            await live.runner.cleanup()
            await one.listen()
            assert "gap" not in one.events.names
            seqs += [item["_feeder"]["seq"] for item in items(one.events) if "_feeder" in item]
            last_id = one.events.last_id
    assert seqs == list(range(1, 10))


async def test_a_cursor_from_after_a_restored_backup_is_recognised(plan: Plan) -> None:
    async with serving(plan) as live:
        await live.accept(article("One"), article("Two"))
        await live.store.close()
    saved = (plan.folder / "feeder.db").read_bytes()
    async with serving(plan) as live:
        (lost,) = await live.accept(article("Three"))
    for file in plan.folder.glob("feeder.db*"):
        file.unlink()
    (plan.folder / "feeder.db").write_bytes(saved)
    async with serving(plan) as live:
        (other,) = await live.accept(article("Another three"))
        assert (other.seq, other.cursor != lost.cursor) == (lost.seq, True)
        reader = await poll(live, "", **{"Last-Event-ID": lost.cursor})
        assert reader.names[0] == "gap"
        assert json.loads(reader.told[0].data)["requested"] == lost.cursor


async def test_many_readers_at_once_all_hear_all(live: Live) -> None:
    async def hear() -> list[int]:
        reader = SpecReader()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{live.url}/events", params={"since": "earliest"}) as answer,
        ):
            async for piece in answer.content.iter_any():
                reader.feed(piece)
                if len(items(reader)) >= 30:
                    break
        return [item["_feeder"]["seq"] for item in items(reader)]

    async with asyncio.timeout(20):
        readers = [asyncio.create_task(hear()) for _ in range(30)]
        for number in range(15):
            await live.accept(article(f"A {number}"), article(f"B {number}"), publish=False)
        assert all([await one == list(range(1, 31)) for one in readers])
