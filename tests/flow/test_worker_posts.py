"""The service's side of its workers, with real processes: who is waited for, who is ended, what is mended."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import struct
import sys
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from feeder.config import Settings
from feeder.listening import SharedPort
from feeder.store import open_store
from feeder.wiring import publisher_of, site_of
from feeder.workers import Workers, post, team
from live import NOON, article, taken, until
from several import is_there, kill, until_gone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from feeder.publish import Publisher
    from feeder.store import Store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: a port is shared on Linux only")


@dataclass
class Team:
    """Workers over a store, and the publisher whose issues they show."""

    store: Store
    publisher: Publisher
    workers: Workers
    task: asyncio.Task[None]
    session: aiohttp.ClientSession
    number: int = 0

    @property
    def pids(self) -> list[int]:
        return [one["pid"] for one in self.workers.workers()]

    def shown(self) -> str | None:
        """What is shown everywhere."""
        document = self.workers.everywhere.document("all", "atom")
        return document.etag if document else None

    def published(self) -> str | None:
        document = self.publisher.document("all", "atom")
        return document.etag if document else None

    async def publish(self, title: str) -> None:
        self.number += 1
        await self.store.accept([taken(article(title), self.number)], now=NOON)
        await self.publisher.publish()

    async def get(self, path: str) -> int:
        async with self.session.get(self.workers.port.url + path, headers={"Connection": "close"}) as answer:
            await answer.read()
            return answer.status


async def until_up(one: Team) -> None:
    async with asyncio.timeout(30):
        while one.workers.reasons():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def team_of(folder: Path, count: int = 2, *, is_up: bool = True) -> AsyncIterator[Team]:
    given = {"data": {"path": str(folder)}, "feeds": {"path": str(folder / "feeds")}, "stream": {"drain_seconds": 1}}
    server = {"workers": count, "trusted_proxies": ["127.0.0.1"]}
    settings = Settings.model_validate(given | {"server": server})
    async with AsyncExitStack() as stack:
        store = await open_store(settings.store_url, data=folder)
        stack.push_async_callback(store.close)
        port = stack.enter_context(closing(SharedPort("127.0.0.1", 0)))
        site = site_of(settings, port.url)
        publisher = publisher_of(settings, store, site)
        await publisher.publish()
        workers = Workers(settings, site, store, publisher, port)
        await workers.open(None)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        found = Team(store, publisher, workers, asyncio.create_task(workers.run()), session)
        try:
            if is_up:
                await until_up(found)
            yield found
            await workers.close()
        finally:
            found.task.cancel()
            with suppress(asyncio.CancelledError):
                await found.task


async def test_others_are_told_of_a_document_when_all_workers_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team, "LATE_SECONDS", 600)
    async with team_of(tmp_path) as one:
        await one.publish("A story")
        await until(lambda: one.shown() == one.published())
        before, frozen = one.shown(), one.pids[1]
        kill(frozen, signal.SIGSTOP)
        await one.publish("Another story")
        with one.workers.everywhere.bell.listen() as ear:
            await ear.wait()
            assert not await ear.wait(0.5)
            assert (one.shown(), one.published() != before) == (before, True)
            kill(frozen, signal.SIGCONT)
            assert await ear.wait(10)
        assert one.shown() == one.published()


async def test_who_is_late_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "LATE_SECONDS", 0.2)
    async with team_of(tmp_path) as one:
        frozen = one.pids[1]
        kill(frozen, signal.SIGSTOP)
        await one.publish("A story")
        await until(lambda: one.shown() == one.published())
        kill(frozen, signal.SIGCONT)


async def test_a_worker_that_says_nothing_is_ended_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with team_of(tmp_path) as one:
        await one.publish("A story")
        frozen, other = one.pids
        kill(frozen, signal.SIGSTOP)
        monkeypatch.setattr(post, "SILENT_SECONDS", 2)
        await until_gone(frozen)
        await until(lambda: "worker 1 is not up" in one.workers.reasons())
        await until_up(one)
        assert (one.pids[0] != frozen, one.pids[1]) == (True, other)
        assert [await one.get("/feeds/all.json") for _ in range(20)] == [200] * 20


async def test_a_worker_that_does_not_end_in_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "_MARGIN_SECONDS", 0.1)
    async with team_of(tmp_path, 1) as one:
        (frozen,) = one.pids
        kill(frozen, signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        await one.workers.close()
        assert asyncio.get_running_loop().time() - began < 5
    assert not is_there(frozen)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Has another program started in the workers' place, which notes that it was; ``line`` is the channel."""
    told = tmp_path / "started"

    def become(body: str) -> Path:
        file = tmp_path / "program"
        note = f"with open({str(told)!r}, 'a') as file: file.write('.')\n"
        file.write_text(f"#!{sys.executable}\nimport os, sys, time\nline = int(sys.argv[5])\n{note}{body}\n")
        file.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(file))
        return told

    return become


@pytest.mark.parametrize("said", [b"{}", b'{"word": "Up"', b'{"word": "Terms"}', b"\xff\xff\xff\xff"])
async def test_a_worker_that_says_what_is_no_word_is_ended(
    tmp_path: Path, program: Callable[[str], Path], said: bytes
) -> None:
    """Who took it over must not get further by it."""
    message = said if said.startswith(b"\xff") else struct.pack(">I", len(said)) + said
    told = program(f"os.write(line, {message!r})\ntime.sleep(600)")
    async with team_of(tmp_path, 1, is_up=False) as one:
        await until(lambda: one.workers.workers()[0]["losses"] == 1)
        await until(lambda: len(told.read_text()) == 2)
        assert one.workers.reasons() == ["worker 1 is not up"]


async def test_who_ends_at_once_is_started_again_less_and_less_often(
    tmp_path: Path, program: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    told = program("sys.exit(3)")
    async with team_of(tmp_path, 1, is_up=False) as one:
        await until(lambda: one.workers.workers()[0]["losses"] >= 2)
        await asyncio.sleep(3)  # without pauses there were dozens
        assert 2 <= len(told.read_text()) <= 8
    assert "exit code 3" in capsys.readouterr().out


async def test_what_cannot_be_started_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    async with team_of(tmp_path, 1, is_up=False) as one:
        await until(lambda: one.workers.workers()[0]["losses"] >= 2)
        monkeypatch.undo()
        await until_up(one)
    assert "no process can be started: No such file or directory" in capsys.readouterr().out


async def test_after_an_upgrade_no_worker_of_another_release_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(post, "RELEASE", b"0.0.1")
    async with team_of(tmp_path, 1, is_up=False) as one:
        await until(lambda: one.workers.workers()[0]["losses"] >= 1)
        assert one.workers.reasons() == ["worker 1 is not up"]
    assert "feeder: the service is feeder 0.0.1, but " in capfd.readouterr().err


async def test_a_worker_that_is_just_starting_leaves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "_MARGIN_SECONDS", 600)
    async with team_of(tmp_path, is_up=False) as one, asyncio.timeout(60):
        there: list[int] = []
        while not there:
            await asyncio.sleep(0)
            there = [post_of["pid"] for post_of in one.workers.workers() if post_of["pid"]]
        await one.workers.close()
    assert not any(map(is_there, there))


async def test_what_a_dead_worker_has_counted_stays_counted(tmp_path: Path) -> None:
    def requests() -> float:
        return sum(one_of.value for one_of in one.workers.measures() if one_of.name == "requests")

    async with team_of(tmp_path, 1) as one:
        await one.publish("A story")
        for _ in range(5):
            await one.get("/feeds/all.json")
        await until(lambda: requests() == 5)
        for count in (5, 6):
            kill(one.pids[0])
            await until(lambda: one.workers.reasons() != [])
            assert requests() == count
            await until_up(one)
            await one.get("/feeds/all.json")
            await until(lambda count=count: requests() == count + 1)  # type: ignore[misc]
        assert [one_of.value for one_of in one.workers.measures() if one_of.name == "worker_losses"] == [2]


async def test_no_more_is_asked_of_the_hub_at_a_time_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "MOST_ASKED", 2)
    hub = Slow()
    async with team_of(tmp_path, 1) as one:
        await one.workers.open(hub)
        form = {"hub.mode": "subscribe"}
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one.session.post(one.workers.port.url + "/hub", data=form)) for _ in range(5)]
            await until(lambda: sum(task.done() for task in asked) == 3)
            assert hub.asked == 2
            hub.answers.set()
        assert sorted(task.result().status for task in asked) == [202, 202, 503, 503, 503]
        assert (await one.session.post(one.workers.port.url + "/hub", data=form)).status == 202


async def test_requests_that_are_too_many_of_an_address_count_where_the_hub_is(tmp_path: Path) -> None:
    hub = Slow()
    hub.answers.set()
    async with team_of(tmp_path, 1) as one:
        await one.workers.open(hub)
        form, headers = {"hub.mode": "subscribe"}, {"X-Forwarded-For": "192.0.2.1"}
        statuses: Counter[int] = Counter()
        while statuses[429] < 3:
            async with one.session.post(one.workers.port.url + "/hub", data=form, headers=headers) as answer:
                statuses[answer.status] += 1
        assert dict(statuses) == {202: hub.asked, 429: 3}
        await until(lambda: hub.requests["limited"] == 3)


async def test_the_next_worker_does_not_wait_for_what_the_last_one_asked(tmp_path: Path) -> None:
    hub = Slow()
    async with team_of(tmp_path, 1) as one:
        await one.workers.open(hub)
        asked = asyncio.create_task(one.session.post(one.workers.port.url + "/hub", data={"hub.mode": "subscribe"}))
        await until(lambda: hub.asked == 1)
        kill(one.pids[0])
        with pytest.raises(aiohttp.ClientError):
            await asked
        await until(lambda: one.workers.reasons() != [])
        await until_up(one)
        hub.answers.set()
        assert await one.get("/feeds/all.json") == 200


@dataclass
class Slow:
    """A hub that takes its time."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    requests: Counter[str] = field(default_factory=Counter)

    async def receive(self, _: bytes) -> None:
        self.asked += 1
        await self.answers.wait()


async def test_nothing_is_left_open_of_those_that_ended(tmp_path: Path) -> None:
    async with team_of(tmp_path, 1) as one:
        before = open_files()
        for _ in range(3):
            (pid,) = one.pids
            kill(pid)
            await until(lambda pid=pid: one.pids[0] not in {pid, None})  # type: ignore[misc]
            await until_up(one)
        assert open_files() == before


def open_files() -> list[str]:
    """What this process has open, by kind."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(one.readlink()).partition(":")[0])
    return sorted(found)


async def test_no_process_is_left_when_the_service_fails(tmp_path: Path) -> None:
    async with team_of(tmp_path) as one:
        left = one.pids
        one.task.cancel()
        with suppress(asyncio.CancelledError):
            await one.task
        await until_gone(*left)


async def test_a_damaged_index_that_a_worker_meets_is_mended_by_who_writes(tmp_path: Path) -> None:
    async with team_of(tmp_path, 1) as one:
        await one.publish("Rain in the city")
        while await one.store.index(50):
            pass
        with closing(sqlite3.connect(tmp_path / "feeder.db")) as connection, connection:
            connection.execute("DELETE FROM words_data WHERE id > 10")
        assert await one.get("/search?q=rain") == 503
        await until(lambda: one.store.distrusts_index)
        while await one.store.index(50):
            pass
        assert await one.get("/search?q=rain") == 200
        assert not one.store.distrusts_index


async def test_the_next_issue_goes_to_a_worker_that_was_replaced_meanwhile(tmp_path: Path) -> None:
    async with team_of(tmp_path, 1) as one:
        await one.publish("A story")
        kill(one.pids[0])
        await one.publish("Another story")
        await until(lambda: one.workers.reasons() != [])
        await until_up(one)
        plain = {"Accept-Encoding": "identity"}
        async with one.session.get(one.workers.port.url + "/feeds/all.atom", headers=plain) as answer:
            assert answer.headers["ETag"] == one.published()
