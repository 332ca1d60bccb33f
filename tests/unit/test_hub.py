"""The hub and its listeners: each event once and in order, whatever listeners and the log do meanwhile."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feeder.errors import UnavailableError
from feeder.model import Article, Event, Kind
from feeder.query import parse
from feeder.stream import Choice, Codec
from feeder.stream.pages import PAGE
from feeder.stream.walkers import CHUNK_BYTES
from hearing import PROMPT, encode, following, hearing, hub_of, in_section, read_all, until
from memory_log import START, MemoryLog
from polling import LOOPS

ARTICLE = Article(
    id="x",
    slug="x",
    title="A title",
    summary="",
    html="<p>A body.</p>",
    text="A body.",
    published=START,
    content_key="k",
    digest="d",
    format="seed",
)
RUNS_ON = LOOPS


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def test_a_listener_without_a_cursor_begins_at_the_tip_and_is_told_where_that_is(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log)) as hub, hearing(hub) as ear:
        await ear.hear(lambda: bool(ear.told))
        assert (ear.names, ear.ids) == (["checkpoint"], ["a.1"])
        log.append()
        await ear.hear(lambda: ear.seqs == [2])
    assert ear.ids == ["a.1", "a.2"]


@pytest.mark.parametrize("is_in_ring", [True, False])
async def test_a_cursor_at_the_tip_is_answered_by_a_byte_at_once_and_nothing_else(
    log: MemoryLog, *, is_in_ring: bool
) -> None:
    log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        if not is_in_ring:
            hub.desk.ring.clear()
        async with hearing(hub, "a.1") as ear:
            await ear.hear(lambda: ear.spec.comments == 1)
            await until(lambda: ear.listener.walk is None)
            assert ear.plain == b":\n"


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 5])
async def test_replay_from_any_place_is_the_rest_of_the_log(log: MemoryLog, count: int) -> None:
    for _ in range(count):
        log.append(ring=False)
    async with following(hub_of(log)) as hub:
        for after in {0, 1, count // 2, count - 1, count} & set(range(count + 1)):
            for gzip in (False, True):
                ear = await read_all(hub, since=str(after), gzip=gzip)
                assert ear.seqs == list(range(after + 1, count + 1))
                assert (ear.names[-1], ear.ids[-1]) == ("checkpoint", f"a.{count}")
                assert ear.inflate is None or ear.inflate.eof


@pytest.mark.parametrize("gzip", [False, True])
async def test_history_is_told_by_the_lines_that_the_log_keeps_and_made_where_it_keeps_none(
    log: MemoryLog, *, gzip: bool
) -> None:
    count, made = 3 * PAGE, list[int]()
    for _ in range(count):
        log.append(ring=False)
    log.kept = {seq for seq in range(1, count + 1) if seq % PAGE < 100 and seq % 3}

    def noted(event: Event) -> bytes:
        made.append(event.seq)
        return encode(event)

    settings = replace(PROMPT, ring_frames=1)
    async with following(hub_of(log, settings, encode=noted, form="f")) as hub:
        await until(lambda: hub.trouble is None)
        made.clear()
        ear = await read_all(hub, since="0", gzip=gzip)
    lines = [line for line in ear.plain.splitlines() if b'"seq":' in line.replace(b" ", b"")]
    assert [b'"form":"f"' in line for line in lines] == [seq in log.kept for seq in range(1, count + 1)]
    assert sorted(set(made)) == [seq for seq in range(1, count + 1) if seq not in log.kept]
    assert len(made) == len(set(made))
    assert set(log.forms) == {"f"}
    assert ear.inflate is None or ear.inflate.eof


async def test_history_in_gzip_is_coded_by_the_stretch_and_what_is_in_memory_by_the_event(log: MemoryLog) -> None:
    for _ in range(PAGE):
        log.append(ring=False)
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        hub.desk.ring.clear()
        history = (await read_all(hub, since="0", gzip=True)).seqs, hub.counts.bytes.pop("sse-gzip")
    async with following(hub_of(log, replace(PROMPT, ring_frames=PAGE))) as hub:
        await until(lambda: hub.trouble is None)
        recent = (await read_all(hub, since="0", gzip=True)).seqs, hub.counts.bytes.pop("sse-gzip")
    assert history[0] == recent[0] == list(range(1, PAGE + 1))
    assert 3 * history[1] < recent[1]


async def test_who_chooses_is_answered_from_articles_though_lines_are_kept(log: MemoryLog) -> None:
    for n in range(2 * PAGE):
        log.append("x", Kind.PUBLISHED, "odd" if n % 2 else "even", ring=False)
    log.kept = set(range(1, 2 * PAGE + 1))
    async with following(hub_of(log, replace(PROMPT, ring_frames=1), form="f")) as hub:
        await until(lambda: hub.trouble is None)
        assert len((await read_all(hub, since="0")).seqs) == 2 * PAGE  # these pages are in memory, as lines
        ear = await read_all(hub, since="0", choice=in_section("odd"))
    assert ear.seqs == list(range(2, 2 * PAGE + 1, 2))
    assert ear.plain.count(b'"form":"f"') == PAGE


async def test_what_has_been_withdrawn_is_not_told_by_a_line(log: MemoryLog) -> None:
    for n in range(PAGE):
        log.append(f"article {n}", ring=False)
    log.kept = set(range(1, PAGE + 1))
    async with following(hub_of(log, replace(PROMPT, ring_frames=1), form="f")) as hub:
        await until(lambda: hub.trouble is None)
        assert (await read_all(hub, since="0")).plain.count(b'"form":"f"') >= PAGE - 1
        log.append("article 5", Kind.RETRACTED)
        await until(lambda: hub.head == PAGE + 1)
        assert b'{"seq":6,"form":"f"}' not in (await read_all(hub, since="0")).plain


async def test_polling_reads_what_is_in_the_log_even_when_the_follower_is_behind(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        log.append(ring=False)
        assert hub.head == 0
        assert (await read_all(hub)).seqs == [1]


async def test_a_lost_ring_delays_and_does_not_lose(log: MemoryLog) -> None:
    async with following(hub_of(log, replace(PROMPT, look_seconds=0.02))) as hub, hearing(hub) as ear:
        await ear.hear(lambda: bool(ear.told))
        log.append(ring=False)
        log.append(ring=False)
        await ear.hear(lambda: ear.seqs == [1, 2])


@pytest.mark.parametrize("gzip", [False, True])
async def test_every_event_is_encoded_once_for_all_who_are_at_the_tip(log: MemoryLog, *, gzip: bool) -> None:
    async with following(hub_of(log)) as hub, AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hearing(hub, gzip=gzip)) for _ in range(20)]
        await until(lambda: all(ear.listener.walk is None for ear in ears))
        for number in range(3):
            log.append()
            for ear in ears:
                await ear.hear(lambda: len(ear.seqs) == number + 1)  # noqa: B023 (called at once)
        assert hub.counts.encoded == 3
        assert hub.counts.frames == {"sse-gzip" if gzip else "sse": 60}


async def test_listeners_are_counted_by_their_codec_whatever_they_choose(log: MemoryLog) -> None:
    wants: list[dict[str, Any]] = [
        {"gzip": True},
        {"gzip": True},
        {"gzip": True, "choice": in_section("world")},
        {"codec": Codec.NDJSON},
    ]
    async with following(hub_of(log)) as hub:
        async with AsyncExitStack() as stack:
            for want in wants:
                await stack.enter_async_context(hearing(hub, **want))
            assert hub.by_wire() == {"sse-gzip": 3, "ndjson": 1}
            assert hub.by_wire().total() == hub.listeners
        await until(lambda: not hub.listeners)
        assert not hub.by_wire().total()


async def test_one_read_of_a_page_serves_all_who_need_it_at_the_same_time() -> None:
    log = MemoryLog(slow=lambda: 3)
    for _ in range(PAGE + 20):
        log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        log.reads.clear()
        found = await asyncio.gather(*(read_all(hub, since=str(n)) for n in range(10)))
        assert [one.seqs[0] for one in found] == list(range(1, 11))
        assert log.reads.count(0) <= 2


async def test_a_listener_that_leaves_does_not_take_the_others_page_with_it(log: MemoryLog) -> None:
    for _ in range(50):
        log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        gate, read = asyncio.Event(), hub._fanout.walkers.pages._read

        async def read_late(first: int) -> Any:
            await gate.wait()
            return await read(first)

        hub._fanout.walkers.pages._read = read_late
        async with hearing(hub, "a.0") as staying:
            async with hearing(hub, "a.0") as leaving:
                await until(lambda: leaving.listener in hub._fanout.walkers.pages._waiting.get(0, []))
            await until(lambda: hub.listeners == 1)
            gate.set()
            await staying.hear(lambda: staying.seqs == list(range(1, 51)))
        assert log.reads.count(0) <= 2


async def test_a_page_whose_read_began_before_an_event_does_not_hide_it(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        hub.desk.ring.clear()
        assert (await read_all(hub)).seqs == [1]  # the page is kept as it was
        log.append(ring=False)
        assert (await read_all(hub)).seqs == [1, 2]


async def test_a_replay_comes_in_chunks_of_bounded_size_and_reads_each_page_once(log: MemoryLog) -> None:
    for _ in range(2 * PAGE):
        log.append()
    async with following(hub_of(log, encode=lambda _: b'"' + b"x" * 4000 + b'"')) as hub:
        await until(lambda: hub.trouble is None)
        log.reads.clear()
        async with hearing(hub, since="0", poll=True, buffer=4096) as ear:
            await until(lambda: ear.listener.is_paused)
            assert ear.listener.transport is not None
            assert ear.listener.transport.get_write_buffer_size() <= CHUNK_BYTES + 4100
            await ear.hear()
    assert len(ear.plain) > 2 * PAGE * 4000
    assert log.reads == [0, PAGE]


async def test_a_filter_lets_through_what_it_matches_and_checkpoints_tell_of_the_rest(log: MemoryLog) -> None:
    async with following(hub_of(log, replace(PROMPT, heartbeat_seconds=0.02))) as hub:
        for number in range(40):
            log.append(f"x{number}", Kind.PUBLISHED, *(["chess"] if number % 10 == 3 else ["world"]))
        assert (await read_all(hub, choice=in_section("chess"))).seqs == [4, 14, 24, 34]
        async with hearing(hub, "a.34", choice=in_section("chess")) as ear:
            await ear.hear(lambda: bool(ear.told))
            assert (ear.names, ear.ids) == (["checkpoint"], ["a.40"])
            log.append("y", Kind.PUBLISHED, "world")
            await ear.hear(lambda: len(ear.told) == 2)
            assert (ear.names[1], ear.ids[1]) == ("checkpoint", "a.41")
            await ear.hear(lambda: ear.spec.comments >= 3)
            assert len(ear.told) == 2


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", ["checkpoint"]),
        ("garbage", ["gap", "checkpoint"]),
        ("a.3", ["checkpoint"]),
        ("a.2", ["published", "checkpoint"]),
        ("a.9", ["gap", "checkpoint"]),
    ],
)
async def test_no_checkpoint_of_a_poll_says_again_what_the_last_one_said(
    log: MemoryLog, header: str, told: list[str]
) -> None:
    for _ in range(3):
        log.append()
    async with following(hub_of(log)) as hub, hearing(hub, header, poll=True) as ear:
        await ear.hear()
    assert ear.names == told
    assert ear.ids[-1] == "a.3"


async def test_a_poll_that_scanned_others_events_ends_with_their_place(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub:
        log.append("x", Kind.PUBLISHED, "world")
        ear = await read_all(hub, words="a.0", choice=in_section("chess"))
    assert (ear.names, ear.ids) == (["checkpoint"], ["a.1"])


@pytest.mark.parametrize("gzip", [False, True])
async def test_silence_is_broken_by_heartbeats(log: MemoryLog, *, gzip: bool) -> None:
    log.append()
    async with following(hub_of(log, replace(PROMPT, heartbeat_seconds=0.01))) as hub:
        async with hearing(hub, "a.1", gzip=gzip) as ear:
            await ear.hear(lambda: ear.spec.comments == 4)
        async with hearing(hub, "a.0", gzip=gzip) as other:
            await other.hear(lambda: other.spec.comments == 4)
    assert ear.told == []
    assert other.names == ["published"]


async def test_a_cursor_that_cannot_be_honoured_is_told_first_and_then_where_reading_goes_on(log: MemoryLog) -> None:
    for _ in range(10):
        log.append()
    await log.prune(START + timedelta(seconds=5))
    async with following(hub_of(log)) as hub, hearing(hub, "a.1") as ear:
        await ear.hear(lambda: len(ear.seqs) == 6)
        assert ear.names[:3] == ["gap", "checkpoint", "published"]
        gap = json.loads(ear.told[0].data)
        assert (gap["reason"], gap["lost"], gap["resumed_from"]) == ("expired", 3, "a.4")
        assert (ear.ids[:2], ear.seqs[0]) == (["", "a.4"], 5)
        assert hub.counts.gaps == {"expired": 1}


@pytest.mark.parametrize("kept", [50, 0])
async def test_what_is_forgotten_while_a_slow_listener_lags_is_a_gap_too(log: MemoryLog, kept: int) -> None:
    for _ in range(300):
        log.append()
    async with following(hub_of(log, encode=lambda event: encode(event) + b" " * 4000)) as hub:
        await until(lambda: hub.head == 300)
        async with hearing(hub, "a.0", poll=True, buffer=4096) as ear:
            await until(lambda: ear.listener.is_paused)
            await log.prune(START + timedelta(seconds=301 - kept))
            hub._fanout.walkers.pages.forget()
            hub.desk.ring.clear()
            await ear.hear()
    heard = ear.seqs[: len(ear.seqs) - kept]
    assert heard == list(range(1, len(heard) + 1))
    assert ear.names[len(heard) : len(heard) + 2] == ["gap", "checkpoint"]
    assert json.loads(ear.told[len(heard)].data)["lost"] == 300 - kept - len(heard)
    assert ear.seqs[len(heard) :] == list(range(301 - kept, 301))
    assert ear.spec.last_id == "a.300"


async def test_nobody_is_sent_what_has_been_withdrawn(log: MemoryLog) -> None:
    for number in range(PAGE):
        log.append(f"x{number % 7}")
    async with following(hub_of(log, encode=lambda event: encode(event) + b" " * 4000)) as hub:
        await until(lambda: hub.head == PAGE)
        async with hearing(hub, "a.0", poll=True, buffer=4096) as ear:
            await until(lambda: ear.listener.is_paused)  # the page has been read, and is not yet sent
            sent = ear.listener.walk.place.seq  # type: ignore[union-attr]
            log.append("x3", Kind.RETRACTED)
            await until(lambda: hub.head == PAGE + 1)
            await ear.hear()
    content = [json.loads(told.data)["content"] for told in ear.told[:-1]]
    assert sent < PAGE // 2
    assert [bool(one) for one in content[sent:PAGE]] == [number % 7 != 3 for number in range(sent, PAGE)]


async def test_a_log_that_is_away_is_waited_for(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log, replace(PROMPT, look_seconds=0.01))) as hub:
        await until(lambda: hub.trouble is None)
        async with hearing(hub, since="0") as ear:
            await ear.hear(lambda: ear.ids == ["a.1"])
            log.away = True
            log.append()
            await until(lambda: hub.trouble is not None)
            assert hub.trouble == "the stream cannot read the log: the disk is away"
            with pytest.raises(UnavailableError):
                await read_all(hub)
            log.away = False
            await ear.hear(lambda: ear.ids == ["a.1", "a.2"])
            await until(lambda: hub.trouble is None)
        assert hub.listeners <= 1


async def test_who_waits_for_a_log_that_is_away_hears_that_somebody_is_there(log: MemoryLog) -> None:
    for _ in range(3):
        log.append()
    async with following(hub_of(log, replace(PROMPT, look_seconds=0.001, heartbeat_seconds=0.01))) as hub:
        await until(lambda: hub.trouble is None)
        async with hearing(hub, since="0") as ear:
            log.away = True
            hub.desk.ring.clear()
            hub._fanout.walkers.pages.forget()
            await ear.hear(lambda: ear.spec.comments >= 4)
            log.away = False
            await ear.hear(lambda: ear.seqs == [1, 2, 3])


async def test_a_poll_does_not_call_itself_done_while_the_log_is_away(log: MemoryLog) -> None:
    for _ in range(3):
        log.append()
    async with following(hub_of(log, replace(PROMPT, look_seconds=0.001))) as hub:
        await until(lambda: hub.trouble is None)
        async with hearing(hub, since="0", poll=True) as ear:
            log.away = True
            hub.desk.ring.clear()
            hub._fanout.walkers.pages.forget()
            reads = len(log.reads)
            await until(lambda: len(log.reads) > reads + 3)
            assert ear.told == []
            log.away = False
            await ear.hear()
    assert ear.spec.last_id == "a.3"


async def test_an_article_that_cannot_be_encoded_keeps_its_place(log: MemoryLog) -> None:
    def refusing(event: Event) -> bytes:
        if event.article is not None:
            raise ValueError("half a surrogate pair")
        return encode(event)

    log.append()
    log.events[0] = replace(log.events[0], article=ARTICLE)
    async with following(hub_of(log, encode=refusing)) as hub:
        assert (await read_all(hub)).seqs == [1]


async def test_replays_and_slow_listeners_are_counted(log: MemoryLog) -> None:
    for _ in range(12):
        log.append()
    async with following(hub_of(log, encode=lambda event: encode(event) + b" " * 200_000)) as hub:
        await read_all(hub, since="9")
        async with hearing(hub, "a.1", buffer=4096) as ear:
            await ear.hear(lambda: len(ear.seqs) == 11)
            await until(lambda: ear.listener.walk is None)
            assert (hub.counts.replays, hub.counts.replayed, hub.counts.slow) == ([1, 1, 0, 0, 0, 0], 14, 0)
            log.append()
            await until(lambda: hub.head == 13 and ear.listener.is_paused)
            log.append()
            await until(lambda: hub.counts.slow == 1)
            await ear.hear(lambda: len(ear.seqs) == 13)


async def test_a_hub_is_full_when_as_many_listen_as_may(log: MemoryLog) -> None:
    async with following(hub_of(log, replace(PROMPT, max_listeners=1))) as hub:
        async with hearing(hub):
            assert hub.admission.enter(None) is None
        await until(lambda: hub.listeners == 0)
        assert hub.admission.enter(None) is not None
        assert hub.turned_away().retry_milliseconds == 52_500


async def test_who_chooses_by_words_is_told_while_the_text_is_there_and_no_text_is_kept(log: MemoryLog) -> None:
    ferry = Choice(queries=frozenset({parse("ferry")}))
    log.append()
    async with following(hub_of(log)) as hub, hearing(hub, "a.1", choice=ferry) as ear:
        await ear.hear(lambda: ear.spec.comments == 1)
        await until(lambda: ear.listener.walk is None)
        pages = hub.counts.pages
        for seq, text in ((2, "The ferry is late."), (3, "Nothing happened."), (4, "No ferry.")):
            log.append(f"x{seq}", ring=False)
            log.events[-1] = replace(log.events[-1], article=replace(ARTICLE, id=f"x{seq}", text=text))
        log.bell.ring()
        await ear.hear(lambda: ear.seqs == [2, 4])
        assert hub.counts.pages == pages
        assert not any(shared.has_texts for shared in hub.desk.ring.after(1, 9) or ())


async def test_ids_name_the_epoch_of_their_event(log: MemoryLog) -> None:
    log.append()
    log.begin_epoch("b")
    log.append()
    async with following(hub_of(log)) as hub:
        assert (await read_all(hub)).ids == ["a.1", "b.2", "b.2"]


async def test_a_line_of_json_for_each_event(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log)) as hub, hearing(hub, since="0", codec=Codec.NDJSON, poll=True) as ear:
        await ear.hear()
    assert [json.loads(line) for line in bytes(ear.plain).splitlines()] == [
        {"id": "a.1", "event": "published", "data": {"seq": 1, "content": "of 1"}},
        {"id": "a.1", "event": "checkpoint", "data": {"cursor": "a.1", "at": "2026-11-22T12:00:00.000Z"}},
    ]
