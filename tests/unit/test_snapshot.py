"""``snapshot=N``: the newest articles by their newest events, and then what comes, without a hole."""

from __future__ import annotations

import json

import pytest

from feeder.model import Event, Kind
from hearing import following, hearing, hub_of, in_section
from memory_log import MemoryLog
from polling import LOOPS

RUNS_ON = LOOPS


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def test_a_snapshot_is_the_newest_articles_by_their_newest_events_and_then_what_comes(log: MemoryLog) -> None:
    for number in (1, 2, 3, 1, 4, 2):
        log.append(f"x{number}")
    log.append("x4", Kind.RETRACTED)
    async with following(hub_of(log)) as hub, hearing(hub, snapshot=2) as ear:
        await ear.hear(lambda: len(ear.told) == 3)
        assert (ear.names, ear.ids) == (["published", "published", "checkpoint"], ["a.4", "a.6", "a.7"])
        log.append("x9")
        await ear.hear(lambda: ear.seqs == [4, 6, 8])


async def test_of_an_empty_log_it_is_a_checkpoint_in_front_of_the_first_event(log: MemoryLog) -> None:
    async with following(hub_of(log)) as hub, hearing(hub, snapshot=5) as ear:
        await ear.hear(lambda: bool(ear.told))
        assert ear.names == ["checkpoint"]
        log.append()
        await ear.hear(lambda: ear.seqs == [1])


async def test_a_poll_of_it_ends_with_its_one_checkpoint(log: MemoryLog) -> None:
    for number in range(3):
        log.append(f"x{number}")
    async with following(hub_of(log)) as hub, hearing(hub, snapshot=2, poll=True) as ear:
        await ear.hear()
    assert (ear.names, ear.ids) == (["published", "published", "checkpoint"], ["a.2", "a.3", "a.3"])


async def test_it_looks_further_back_for_what_a_choice_takes(log: MemoryLog) -> None:
    for number in range(40):
        log.append(f"x{number}", Kind.PUBLISHED, "chess" if number in {3, 7, 30} else "world")
    async with following(hub_of(log)) as hub, hearing(hub, snapshot=2, choice=in_section("chess")) as ear:
        await ear.hear(lambda: len(ear.told) == 3)
        assert (ear.seqs, ear.ids[-1]) == ([8, 31], "a.40")


@pytest.mark.parametrize("gzip", [False, True])
async def test_a_large_one_comes_in_pieces_and_nothing_is_lost_behind_it(log: MemoryLog, *, gzip: bool) -> None:
    for number in range(60):
        log.append(f"x{number}")

    def large(event: Event) -> bytes:
        return json.dumps({"seq": event.seq, "content": "x" * 4000}).encode()

    async with following(hub_of(log, encode=large)) as hub, hearing(hub, snapshot=60, gzip=gzip, buffer=4096) as ear:
        assert len(ear.listener.walk.backlog or ()) >= 2  # type: ignore[union-attr]
        log.append("x3")
        log.append("y")
        await ear.hear(lambda: ear.seqs[-2:] == [61, 62])
        await hub.drain(1)
        await ear.hear()
    assert ear.seqs == list(range(1, 63))
    assert ear.inflate is None or ear.inflate.eof


async def test_what_happens_while_it_is_made_is_told_live_and_not_twice() -> None:
    log = MemoryLog(slow=lambda: 3)
    for number in range(5):
        log.append(f"x{number}")
    newest = log.newest

    async def newest_late(shelf: str | None, limit: int) -> list:  # type: ignore[type-arg]
        log.append("x2")  # between the look at the log's end and the look at the articles
        return await newest(shelf, limit)

    log.newest = newest_late  # type: ignore[method-assign]
    async with following(hub_of(log)) as hub, hearing(hub, snapshot=5) as ear:
        await ear.hear(lambda: ear.seqs[-1:] == [6])
        assert ear.seqs == [1, 2, 4, 5, 6]
        assert ear.names == ["published"] * 4 + ["checkpoint", "published"]
