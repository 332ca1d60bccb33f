"""The hub and its readers: each event once and in order, whatever the readers and the log do meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.model import Article, Event, Kind
from feeder.store import Bounds, Concerned, Epoch
from feeder.stream import Codec, Hub, Settings, Terms, read_wish, subscribe
from feeder.stream.hub import PAGE
from feeder.stream.subscription import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sse_reader import SpecReader, Told
else:
    from tests.sse_reader import SpecReader

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
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
PROMPT = Settings(heartbeat_seconds=30, look_seconds=30, ring_frames=16)


class MemoryLog:
    """A log as the contract has it, in memory; ``slow`` makes every read a moment in which others run."""

    def __init__(self, *, slow: Callable[[], int] = lambda: 0) -> None:
        self.bell = Bell()
        self.events: list[Event] = []
        self.forgotten = 0
        self.starts = [("a", 1)]
        self.away = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.reads: list[int] = []
        self._slow = slow

    def append(self, article: str = "x", kind: Kind = Kind.PUBLISHED, *sections: str, ring: bool = True) -> Event:
        seq = len(self.events) + 1
        event = Event(
            seq=seq,
            epoch=self.starts[-1][0],
            at=START + timedelta(seconds=seq),
            kind=kind,
            article_id=article,
            slug=article,
            version=1,
            shelves=sections,
        )
        if kind is Kind.RETRACTED:
            self.events = [replace(one, retracted=True) if one.article_id == article else one for one in self.events]
        self.events.append(event)
        if ring:
            self.bell.ring()
        return event

    def begin_epoch(self, name: str) -> None:
        self.starts.append((name, len(self.events) + 1))

    async def _answer(self) -> None:
        for _ in range(self._slow()):
            await asyncio.sleep(0)
        await self.is_open.wait()
        if self.away:
            raise UnavailableError("the disk is away")

    async def read(self, after: int, limit: int) -> list[Event]:
        self.reads.append(after)
        first = max(after, self.forgotten)
        found = self.events[first : first + limit]
        await self._answer()
        return found

    async def replaced(self, events: Sequence[Event]) -> dict[int, Article]:
        await self._answer()
        changes = [event for event in events if event.kind in {Kind.UPDATED, Kind.CORRECTED} and not event.retracted]
        earlier = {one.seq: self._before(one) for one in changes}
        return {seq: before.article for seq, before in earlier.items() if before and before.article}

    def _before(self, event: Event) -> Event | None:
        kept = self.events[self.forgotten : event.seq - 1]
        return next((one for one in reversed(kept) if one.article_id == event.article_id), None)

    async def concerned(self, after: int) -> Concerned | None:
        await self._answer()
        found = self.events[max(after, self.forgotten) :]
        names = frozenset(name for event in found for name in event.shelves)
        return Concerned(found[0].seq, found[-1].seq, names) if found else None

    async def bounds(self) -> Bounds:
        found = Bounds(self.forgotten + 1, len(self.events))
        await self._answer()
        return found

    async def epochs(self) -> list[Epoch]:
        ends = [first - 1 for _, first in self.starts[1:]] + [len(self.events)]
        return [Epoch(name, first, last) for (name, first), last in zip(self.starts, ends, strict=True)]

    async def seq_before(self, moment: datetime) -> int:
        return max([self.forgotten, *(event.seq for event in self.events if event.at < moment)])

    async def prune(self, before: datetime) -> int:
        earlier = self.forgotten
        self.forgotten = max([earlier, *(event.seq for event in self.events if event.at < before)])
        return self.forgotten - earlier


def encode(event: Event) -> bytes:
    gone = event.retracted or event.kind is Kind.RETRACTED
    return json.dumps({"seq": event.seq, "content": None if gone else f"of {event.seq}"}).encode()


@asynccontextmanager
async def following(hub: Hub) -> AsyncIterator[Hub]:
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def hub_of(log: MemoryLog, settings: Settings = PROMPT, **others: Any) -> Hub:
    return Hub(log, encode, clock=lambda: START, jitter=lambda: 0.5, settings=settings, **others)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def terms(*, codec: Codec = Codec.SSE, section: str | None = None, poll: bool = False) -> Terms:
    matches = None if section is None else lambda event: section in event.shelves
    return Terms(codec=codec, feed="https://example.org/feeds/all.json", matches=matches, poll=poll)


class Listening:
    """A reader that reads what the hub says until a condition holds."""

    def __init__(self, hub: Hub, reader: SpecReader) -> None:
        self._hub = hub
        self.reader = reader

    @property
    def told(self) -> list[Told]:
        return self.reader.told

    @property
    def seqs(self) -> list[int]:
        return [json.loads(told.data)["seq"] for told in self.told if told.name in set(Kind)]

    def has_heard(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.seqs) == count

    async def listen(self, words: str, enough: Callable[[], bool], terms: Terms, *, since: str | None = None) -> None:
        wish = read_wish(words.encode(), None, since, now=START)
        async with asyncio.timeout(10), subscribe(self._hub, wish, terms) as subscription:
            async for chunk in subscription.chunks():
                self.reader.feed(chunk)
                if enough():
                    return


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def read_all(hub: Hub, *, since: str = "earliest", **kept: Any) -> Listening:
    listening = Listening(hub, SpecReader())
    await listening.listen("", lambda: False, terms(poll=True, **kept), since=since)
    return listening


async def test_a_reader_without_a_cursor_begins_at_the_tip_and_is_told_where_that_is(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log)) as hub:
        listening = Listening(hub, SpecReader())
        task = asyncio.create_task(listening.listen("", lambda: listening.seqs == [2], terms()))
        await until(lambda: bool(listening.told))
        assert (listening.told[0].name, listening.told[0].last_id) == ("checkpoint", "a.1")
        log.append()
        await task
    assert listening.told[1].last_id == "a.2"


async def test_a_cursor_at_the_tip_is_answered_by_a_byte_at_once_and_nothing_else(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log)) as hub:
        listening = Listening(hub, SpecReader())
        await listening.listen("a.1", lambda: listening.reader.comments == 1, terms())
    assert listening.told == []


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 5])
async def test_replay_from_any_place_is_the_rest_of_the_log(log: MemoryLog, count: int) -> None:
    for _ in range(count):
        log.append(ring=False)
    async with following(hub_of(log)) as hub:
        for after in {0, 1, count // 2, count - 1, count} & set(range(count + 1)):
            listening = await read_all(hub, since=str(after))
            assert listening.seqs == list(range(after + 1, count + 1))
            assert (listening.told[-1].name, listening.told[-1].last_id) == ("checkpoint", f"a.{count}")


async def test_polling_reads_what_is_in_the_log_even_when_the_follower_is_behind(log: MemoryLog) -> None:
    log.append()
    hub = hub_of(log)  # nobody runs it
    assert (await read_all(hub)).seqs == [1]


async def test_a_lost_ring_delays_and_does_not_lose(log: MemoryLog) -> None:
    async with following(hub_of(log, replace(PROMPT, look_seconds=0.02))) as hub:
        listening = Listening(hub, SpecReader())
        task = asyncio.create_task(listening.listen("", lambda: listening.seqs == [1, 2], terms()))
        await until(lambda: bool(listening.told))
        log.append(ring=False)
        log.append(ring=False)
        await task


async def test_every_event_is_encoded_once_for_all_who_are_at_the_tip(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub:
        readers = [Listening(hub, SpecReader()) for _ in range(20)]
        tasks = [asyncio.create_task(one.listen("", one.has_heard(3), terms())) for one in readers]
        await until(lambda: all(one.told for one in readers))
        for _ in range(3):
            log.append()
        await asyncio.gather(*tasks)
        assert hub.counts.encoded == 3
        assert hub.counts.frames == 60


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


async def test_a_reader_that_leaves_does_not_take_the_others_page_with_it(log: MemoryLog) -> None:
    for _ in range(50):
        log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.trouble is None)
        leaving, staying = (asyncio.create_task(hub.after(0, 50)) for _ in range(2))
        log.is_open.clear()
        await until(lambda: bool(hub._pages))
        leaving.cancel()
        await asyncio.sleep(0)
        log.is_open.set()
        assert [shared.seq for shared in await staying] == list(range(1, 51))
        assert leaving.cancelled()
        assert log.reads.count(0) == 1
        assert not hub._pages


async def test_a_page_whose_read_began_before_an_event_does_not_hide_it(log: MemoryLog) -> None:
    hub = hub_of(log)
    log.is_open.clear()
    early = asyncio.create_task(hub.after(0, 1))
    await until(lambda: bool(hub._pages))
    log.append()
    late = asyncio.create_task(hub.after(0, 1))
    log.is_open.set()
    assert [shared.seq for shared in await late] == [shared.seq for shared in await early] == [1]


async def test_a_replay_comes_in_chunks_of_bounded_size_and_reads_each_page_once(log: MemoryLog) -> None:
    for _ in range(2 * PAGE):
        log.append()
    hub = Hub(log, lambda _: b'"' + b"x" * 4000 + b'"', settings=PROMPT)
    async with subscribe(hub, read_wish(None, None, "0", now=START), terms(poll=True)) as subscription:
        sizes = [len(chunk) async for chunk in subscription.chunks()]
    assert sum(sizes) > 2 * PAGE * 4000
    assert max(sizes) < CHUNK_BYTES + 4100
    assert log.reads == [0, PAGE]


async def test_a_filter_lets_through_what_it_matches_and_checkpoints_tell_of_the_rest(log: MemoryLog) -> None:
    for number in range(40):
        log.append(f"x{number}", Kind.PUBLISHED, *(["chess"] if number % 10 == 3 else ["world"]))
    async with following(hub_of(log, replace(PROMPT, heartbeat_seconds=0.02))) as hub:
        assert (await read_all(hub, section="chess")).seqs == [4, 14, 24, 34]
        listening = Listening(hub, SpecReader())
        await listening.listen("a.34", lambda: bool(listening.told), terms(section="chess"))
        assert (listening.told[0].name, listening.told[0].last_id) == ("checkpoint", "a.40")


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
    async with following(hub_of(log)) as hub:
        listening = Listening(hub, SpecReader())
        await listening.listen(header, lambda: False, terms(poll=True))
    assert listening.reader.names == told
    assert listening.told[-1].last_id == "a.3"


async def test_a_poll_that_scanned_others_events_ends_with_their_place(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub:
        log.append("x", Kind.PUBLISHED, "world")
        listening = Listening(hub, SpecReader())
        await listening.listen("a.0", lambda: False, terms(section="chess", poll=True))
    assert [(told.name, told.last_id) for told in listening.told] == [("checkpoint", "a.1")]


async def test_who_has_been_sent_the_last_event_needs_no_checkpoint(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log, replace(PROMPT, heartbeat_seconds=0.02))) as hub:
        listening = Listening(hub, SpecReader())
        await listening.listen("a.0", lambda: listening.reader.comments == 3, terms())
    assert listening.reader.names == ["published"]


async def test_silence_is_broken_by_heartbeats(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log, replace(PROMPT, heartbeat_seconds=0.01))) as hub:
        listening = Listening(hub, SpecReader())
        await listening.listen("a.1", lambda: listening.reader.comments == 4, terms())
    assert listening.told == []


async def test_a_cursor_that_cannot_be_honoured_is_told_first_and_then_where_reading_goes_on(log: MemoryLog) -> None:
    for _ in range(10):
        log.append()
    await log.prune(START + timedelta(seconds=5))
    async with following(hub_of(log)) as hub:
        listening = Listening(hub, SpecReader())
        await listening.listen("a.1", lambda: len(listening.seqs) == 6, terms())
        assert [told.name for told in listening.told[:3]] == ["gap", "checkpoint", "published"]
        gap = json.loads(listening.told[0].data)
        assert (gap["reason"], gap["lost"], gap["resumed_from"]) == ("expired", 3, "a.4")
        assert (listening.told[0].last_id, listening.told[1].last_id, listening.seqs[0]) == ("", "a.4", 5)
        assert hub.counts.gaps == {"expired": 1}


async def test_what_is_forgotten_while_a_slow_reader_lags_is_a_gap_too(log: MemoryLog) -> None:
    for _ in range(300):
        log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.head == 300)
        reader = SpecReader()
        async with subscribe(hub, read_wish(b"a.0", None, None, now=START), terms(poll=True)) as subscription:
            chunks = subscription.chunks()
            reader.feed(await anext(chunks) or b":\n")
            await log.prune(START + timedelta(seconds=251))
            reader.feed(await anext(chunks))
            assert reader.names == ["gap", "checkpoint"]
            assert json.loads(reader.told[0].data)["lost"] == 250
            async for chunk in chunks:
                reader.feed(chunk)
    assert [json.loads(told.data)["seq"] for told in reader.told[2:-1]] == list(range(251, 301))


async def test_when_everything_was_forgotten_a_reader_goes_on_at_the_end(log: MemoryLog) -> None:
    for _ in range(30):
        log.append()
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.head == 30)
        await log.prune(START + timedelta(days=1))
        reader = SpecReader()
        async with subscribe(hub, read_wish(b"a.30", None, None, now=START), terms(poll=True)) as subscription:
            subscription._seq = 3  # it had stalled there since before
            async for chunk in subscription.chunks():
                reader.feed(chunk)
    assert reader.names == ["gap", "checkpoint"]
    assert reader.last_id == "a.30"


async def test_nobody_is_sent_what_has_been_withdrawn(log: MemoryLog) -> None:
    for number in range(PAGE):
        log.append(f"x{number % 7}")
    async with following(hub_of(log)) as hub:
        await until(lambda: hub.head == PAGE)
        reader, size = SpecReader(), 0
        async with subscribe(hub, read_wish(b"a.0", None, None, now=START), terms(poll=True)) as subscription:
            subscription_chunks = subscription.chunks()
            reader.feed(await anext(subscription_chunks))
            subscription._rest = await hub.after(0, PAGE)  # fetched, and not yet written
            log.append("x3", Kind.RETRACTED)
            await until(lambda: hub.head == PAGE + 1)
            async for chunk in subscription_chunks:
                reader.feed(chunk)
                size += len(chunk)
    content = [json.loads(told.data)["content"] for told in reader.told[:-1]]
    assert [bool(one) for one in content[:PAGE]] == [number % 7 != 3 for number in range(PAGE)]
    assert len(content) == PAGE + 1


async def test_a_log_that_is_away_is_waited_for(log: MemoryLog) -> None:
    log.append()
    async with following(hub_of(log, replace(PROMPT, look_seconds=0.01))) as hub:
        await until(lambda: hub.trouble is None)
        async with subscribe(hub, read_wish(None, None, "0", now=START), terms()) as subscription:
            chunks, reader = subscription.chunks(), SpecReader()
            reader.feed(await anext(chunks))
            reader.feed(await anext(chunks))
            log.away = True
            log.append()
            await until(lambda: hub.trouble is not None)
            assert hub.trouble == "the stream cannot read the log: the disk is away"
            with pytest.raises(UnavailableError):
                await Listening(hub, reader).listen("", lambda: True, terms())
            log.away = False
            reader.feed(await anext(chunks))
            await until(lambda: hub.trouble is None)
    assert [told.last_id for told in reader.told] == ["a.1", "a.2"]


async def test_a_poll_does_not_call_itself_done_while_the_log_is_away(log: MemoryLog) -> None:
    for _ in range(3):
        log.append()
    hub = hub_of(log, replace(PROMPT, look_seconds=0.001))
    async with subscribe(hub, read_wish(None, None, "0", now=START), terms(poll=True)) as subscription:
        log.away = True
        reader = SpecReader()
        task = asyncio.create_task(_drain(subscription.chunks(), reader))
        await until(lambda: len(log.reads) > 3)
        assert reader.told == []
        log.away = False
        await task
    assert reader.last_id == "a.3"


async def _drain(chunks: AsyncIterator[bytes], reader: SpecReader) -> None:
    async for chunk in chunks:
        reader.feed(chunk)


async def test_an_article_that_cannot_be_encoded_keeps_its_place(log: MemoryLog) -> None:
    def refusing(event: Event) -> bytes:
        if event.article is not None:
            raise ValueError("half a surrogate pair")
        return encode(event)

    log.append()
    log.events[0] = replace(log.events[0], article=ARTICLE)
    assert (await read_all(Hub(log, refusing, settings=PROMPT))).seqs == [1]


async def test_goodbye_comes_to_all_at_once_when_the_hub_closes(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub:
        readers = [Listening(hub, SpecReader()) for _ in range(5)]
        tasks = [asyncio.create_task(one.listen("", lambda: False, terms())) for one in readers]
        await until(lambda: all(one.told for one in readers))
        assert hub.counts.listeners == 5
        hub.close()
        await asyncio.gather(*tasks)
        assert all(one.reader.names == ["checkpoint", "goodbye"] for one in readers)
        assert readers[0].reader.retry == 3000
        assert hub.counts.listeners == 0


async def test_a_connection_ends_when_its_lifetime_is_over(log: MemoryLog) -> None:
    async with following(hub_of(log, replace(PROMPT, lifetime_seconds=0.02))) as hub:
        listening = Listening(hub, SpecReader())
        await listening.listen("", lambda: False, terms())
    assert listening.reader.names == ["checkpoint", "goodbye"]


async def test_a_hub_is_full_when_as_many_listen_as_may(log: MemoryLog) -> None:
    hub = hub_of(log, replace(PROMPT, max_listeners=1))
    async with subscribe(hub, read_wish(None, None, None, now=START), terms()):
        is_full_now = hub.is_full
    assert is_full_now
    assert not hub.is_full
    assert not hub_of(log, replace(PROMPT, max_listeners=0)).is_full
    assert hub.turned_away().retry_milliseconds == 52_500


async def test_ids_name_the_epoch_of_their_event(log: MemoryLog) -> None:
    log.append()
    log.begin_epoch("b")
    log.append()
    async with following(hub_of(log)) as hub:
        told = (await read_all(hub)).told
    assert [one.last_id for one in told] == ["a.1", "b.2", "b.2"]


async def test_a_line_of_json_for_each_event(log: MemoryLog) -> None:
    log.append()
    async with (
        following(hub_of(log)) as hub,
        subscribe(hub, read_wish(None, None, "0", now=START), terms(codec=Codec.NDJSON, poll=True)) as subscription,
    ):
        lines = b"".join([chunk async for chunk in subscription.chunks()]).splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": "a.1", "event": "published", "data": {"seq": 1, "content": "of 1"}},
        {"id": "a.1", "event": "checkpoint", "data": {"cursor": "a.1", "at": "2026-11-22T12:00:00.000Z"}},
    ]


class Turmoil:
    """A log that grows in bursts, restarts and answers when it likes, and readers as unsteady as it."""

    TOTAL = 400

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.log = MemoryLog(slow=lambda: self.chance.randrange(4))
        lifetime, frames = self.chance.choice([0, 0.05]), self.chance.choice([1, 7, 64])
        settings = replace(PROMPT, ring_frames=frames, lifetime_seconds=lifetime)
        self.hub = Hub(self.log, encode, clock=lambda: START, jitter=self.chance.random, settings=settings)

    async def write(self) -> None:
        chance = self.chance
        while len(self.log.events) < self.TOTAL:
            for _ in range(chance.choice([1, 1, 1, 5, 40])):
                article, section = f"x{chance.randrange(9)}", chance.choice("pq")
                self.log.append(article, Kind.PUBLISHED, section, ring=chance.random() < 0.8)
            if chance.random() < 0.1:
                self.log.begin_epoch(f"r{len(self.log.events)}")
            await self._pause(12)
        self.log.bell.ring()

    def wanted(self, section: str | None) -> list[int]:
        return [event.seq for event in self.log.events if section is None or section in event.shelves]

    async def follow(self, section: str | None) -> list[int]:
        """Connect again and again, from the last id that was heard, until the end of the log was heard."""
        seqs: list[int] = []
        last_id = "a.0"
        while not (len(self.log.events) >= self.TOTAL and seqs and seqs[-1] == self.wanted(section)[-1]):
            reader = await self._visit(last_id, section)
            assert reader.is_between_events
            assert "gap" not in reader.names
            seqs += [json.loads(told.data)["seq"] for told in reader.told if told.name == "published"]
            last_id = reader.last_id or last_id
        return seqs

    async def _visit(self, last_id: str, section: str | None) -> SpecReader:
        reader = SpecReader()
        wish = read_wish(last_id.encode(), None, None, now=START)
        async with subscribe(self.hub, wish, terms(section=section)) as subscription:
            chunks = subscription.chunks()
            for _ in range(self.chance.randrange(1, 9)):
                try:
                    async with asyncio.timeout(0.02):
                        reader.feed(await anext(chunks))
                except (TimeoutError, StopAsyncIteration):
                    break
                await self._pause(30)
            await chunks.aclose()
        return reader

    async def _pause(self, longest: int) -> None:
        for _ in range(self.chance.choice([0, 0, 1, longest])):
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_or_doubled_however_readers_stall_leave_and_return(seed: int) -> None:
    turmoil = Turmoil(seed)
    sections = [None] * 12 + ["p", "q"] * 4
    async with asyncio.timeout(30), following(turmoil.hub):
        _, *found = await asyncio.gather(turmoil.write(), *(turmoil.follow(section) for section in sections))
    for section, seqs in zip(sections, found, strict=True):
        assert seqs == turmoil.wanted(section)
