"""`feeder serve --workers`: several processes behind one address, whatever becomes of any of them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from live import until
from several import Line, connected, is_there, kill, listening, pids, until_gone, workers
from subscriber import subscribing

if TYPE_CHECKING:
    from program import Place, Running, Serve

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: a port is shared on Linux only")

TWO = ("--workers", "2")
PATHS = (
    "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/world.atom", "/feeds/all/archive/1.atom",
    "/feeds.opml", "/", "/feeds/",
    "/articles/2026-01-02-story-3", "/articles/2026-01-02-story-3.json", "/sitemap.xml", "/search?q=city",
    "/feeds/search.atom?q=city",
)  # fmt: skip


def story(number: int) -> str:
    return f" date 2026-01-02 Story {number}\n\nSomething happened in the city, for the {number}. time.\n"


def drop(place: Place, numbers: range) -> None:
    for number in numbers:
        place.drop(f"world/{number}.txt", story(number))


async def until_shown(running: Running, to: list[Line], number: int) -> None:
    """Until each of these processes shows the feeds with this story."""

    async def shown() -> bool:
        found = [(await line.ask("GET", f"/feeds/{name}"))[2] for line in to for name in ("all.json", "world.rss")]
        return all(f"Story {number}".encode() in one for one in found)

    await running.until(shown)


async def events_of(running: Running, count: int) -> list[str]:
    return [event["id"] for event in await running.until_log(count)]


async def measured(running: Running, name: str) -> float:
    text = (await running.get(running.operator + "/metrics"))[1].decode()
    return sum(float(line.split()[1]) for line in text.splitlines() if line.partition("{")[0].split()[0] == name)


async def alike(to: list[Line], path: str, **headers: Any) -> bytes:
    """What all of these processes say, which is the same to the byte."""
    answers = [await line.ask("GET", path, **headers) for line in to]
    for _, told, _ in answers:
        told.pop("date")
    assert [answer == answers[0] for answer in answers] == [True] * len(to), path
    assert answers[0][0] in {200, 226}, (path, answers[0])
    return answers[0][2]


async def test_every_worker_gives_the_same_documents_as_the_files(place: Place, serve: Serve) -> None:
    place.settings |= {"feeds.archive_entries": "5", "feeds.entries": "10"}
    drop(place, range(1, 12))
    running = await serve(*TWO)
    async with connected(running, await pids(running)) as to:
        await until_shown(running, to, 11)
        for path in PATHS:
            await alike(to, path)
            for coding in ("gzip", "br", "zstd"):
                await alike(to, path, Accept_Encoding=coding)
        for name in ("all.rss", "all.atom", "all.json", "world.json", "feeds.opml"):
            path = f"/{name}" if name == "feeds.opml" else f"/feeds/{name}"
            assert await alike(to, path) == (place.feeds / name).read_bytes()
        _, head, _ = await to[0].ask("GET", "/feeds/all.atom")
        drop(place, range(12, 14))
        await until_shown(running, to, 13)
        delta = await alike(to, "/feeds/all.atom", If_None_Match=head["etag"], A_IM="feed")
        assert (delta.count(b"<entry"), b"Story 13" in delta) == (2, True)
        assert len(await alike(to, "/feeds/all.atom")) > len(delta)


async def test_listeners_of_all_workers_hear_each_event(place: Place, serve: Serve) -> None:
    running = await serve(*TWO)
    async with connected(running, await pids(running)) as to, listening(running, *to) as listeners:
        drop(place, range(1, 4))
        told = await events_of(running, 3)
        await running.until(lambda: _done(all(one.seen == told for one in listeners)))
        assert [one.visits for one in listeners] == [1, 1]

        async def counted() -> bool:
            return [one["listeners"] for one in await workers(running)] == [1, 1]

        await running.until(counted)
        assert await measured(running, "feeder_stream_listeners") == 2
        await running.until(lambda: at_least(running, "feeder_stream_frames_total", 6))


async def test_a_ring_of_the_log_is_heard_in_all_workers_at_once(place: Place, serve: Serve) -> None:
    """They would look by themselves, a second later."""
    running = await serve(*TWO)
    took: list[float] = []
    async with connected(running, await pids(running)) as to, listening(running, *to) as listeners:
        for number in range(1, 10):
            drop(place, range(number, number + 1))
            dropped = time.monotonic()
            await until(lambda n=number: all(len(one.seen) == n for one in listeners))  # type: ignore[misc]
            took.append(time.monotonic() - dropped)
            await asyncio.sleep(0.3 + number / 20)
    assert sorted(took)[4] < 0.3, took


async def test_what_the_workers_were_asked_is_told_as_that_of_one_also_when_one_has_gone(
    place: Place, serve: Serve
) -> None:
    drop(place, range(1, 2))
    running = await serve(*TWO)

    async def readers() -> Any:
        return orjson.loads((await running.get(running.operator + "/status", Accept="application/json"))[1])["readers"]

    async def all_told() -> Any:
        found = await readers()
        return found if found["unconditional"] and found["unconditional"][0]["polls"] == 10 else None

    who = await pids(running)
    async with connected(running, who) as to:
        await until_shown(running, to, 1)
        for _ in range(5):
            for line in to:
                await line.ask("GET", "/feeds/all.rss", User_Agent="sfeed/2 (12 subscribers)")
        before = await running.until(all_told)
        (document,) = [one for one in before["documents"] if one["format"] == "rss" and one["feed"] == "all"]
        assert (document["requests"], document["pollers"], document["subscribers"]) == (10, 1, 12)
        assert (before["unconditional"][0]["agent"], before["unconditional"][0]["wasted"]) == ("sfeed/2", 8)
        kill(who[0])
        await until_gone(who[0])
        assert (await running.until(all_told))["documents"] == before["documents"]
        asked = {"feed": "all", "format": "rss"}
        text = (await running.get(running.operator + "/metrics"))[1].decode()
        assert f'feeder_feed_requests_total{{answer="200",feed="{asked["feed"]}",format="rss"}} 10.0' in text


async def test_the_limit_of_listeners_is_shared_out(place: Place, serve: Serve) -> None:
    running = await serve(*TWO, "--set", "stream.max_listeners=3")
    async with connected(running, await pids(running)) as to, listening(running, *[None] * 30, *to) as listeners:
        await asyncio.sleep(0.5)

        async def counted() -> bool:
            return [one["listeners"] for one in await workers(running)] == [2, 1]

        await running.until(counted)
        assert sum("checkpoint" in one.told for one in listeners) == 3
        assert all("busy" in one.told for one in listeners if "checkpoint" not in one.told)


async def at_least(running: Running, name: str, count: float) -> bool:
    return await measured(running, name) >= count


async def _done(condition: object) -> object:
    return condition


async def test_a_worker_that_is_killed_is_replaced_and_its_listeners_lose_nothing(place: Place, serve: Serve) -> None:
    running = await serve(*TWO, "--set", "site.title=The Example")
    first, second = there = await pids(running)
    async with connected(running, there) as to:
        for line in to:
            await line.ask("GET", "/feeds/all.json")
        await running.until(lambda: at_least(running, "feeder_requests_total", 2))
        async with listening(running, *to) as (lost, kept):
            drop(place, range(1, 4))
            told = await events_of(running, 3)
            await running.until(lambda: _done(lost.seen == kept.seen == told))
            kill(first)
            await until_gone(first)
            drop(place, range(4, 7))
            told = await events_of(running, 6)
            await running.until(lambda: _done(lost.seen == kept.seen == told))
            assert (lost.visits > 1, kept.visits) == (True, 1)
    again, still = await pids(running)
    assert (again != first, still) == (True, second)
    assert [(one["worker"], one["losses"]) for one in await workers(running)] == [(1, 1), (2, 0)]
    await running.until(running.ready)
    assert await measured(running, "feeder_worker_losses_total") == 1
    assert await measured(running, "feeder_requests_total") >= 2  # what the dead one counted has been counted
    async with connected(running, [again]) as (line,):
        page = (await line.ask("GET", "/"))[2].decode()
    assert ("The Example" in page, "Story 6" in page) == (True, True)  # settings are handed over, not read again
    assert "SIGKILL" in running.said()


async def test_workers_go_with_the_service_and_leave_its_address_free(place: Place, serve: Serve) -> None:
    drop(place, range(1, 3))
    running = await serve(*TWO)
    left = await pids(running)
    await running.until_titles("Story 2", "Story 1")
    kill(running.process.pid)
    await running.process.wait()
    await until_gone(*left)
    again = await serve(*TWO, "--port", running.url.rpartition(":")[2])
    assert again.url == running.url
    await again.until_titles("Story 2", "Story 1")


@pytest.mark.parametrize("to_group", [False, True])
async def test_it_stops_in_order_and_says_goodbye(place: Place, serve: Serve, *, to_group: bool) -> None:
    """As at a terminal, where Ctrl-C is for all processes of a group."""
    running = await serve(*TWO, "--set", "stream.drain_seconds=3", prefix=("setsid", "--wait") if to_group else ())
    there = await pids(running)
    async with connected(running, there) as to, listening(running, *to) as listeners:
        began = time.monotonic()
        if to_group:
            os.killpg(running.process.pid, signal.SIGINT)
        else:
            running.process.terminate()
        async with asyncio.timeout(10):
            assert await running.process.wait() == 0
        assert time.monotonic() - began < 5
        assert [one.told[-1] for one in listeners] == ["goodbye", "goodbye"]
    assert not any(map(is_there, there))


async def test_a_worker_that_is_told_to_stop_does_so_in_order_and_another_one_follows(
    place: Place, serve: Serve
) -> None:
    running = await serve(*TWO)
    first, second = await pids(running)
    async with connected(running, [first]) as to, listening(running, *to) as (listener,):
        kill(first, signal.SIGTERM)
        await running.until(lambda: _done(listener.visits == 2))
        assert "goodbye" in listener.told
    again, still = await pids(running)
    assert (again != first, still) == (True, second)


async def test_what_a_subscriber_sends_to_a_worker_reaches_the_hub(place: Place, serve: Serve) -> None:
    async with subscribing() as subscriber:
        place.settings["websub.allow"] = subscriber.place
        running = await serve(*TWO)
        drop(place, range(1, 2))
        await running.until_titles("Story 1")
        topic = f"{running.url}/feeds/all.atom"
        async with connected(running, await pids(running)) as to:
            for number, line in enumerate(to):
                status, told = await subscribe(line, topic, subscriber.url(f"/{number}"))
                assert (status, told) == (202, "Accepted; the callback is asked whether it is meant.\n")
                query = await subscriber.until_asked(number + 1)
                assert query["hub.topic"] == topic
            assert (await subscribe(to[0], "https://elsewhere.example/", subscriber.url()))[0] == 400
            assert (await subscribe(to[1], topic, "http://127.0.0.1:1/"))[0] == 403
            await running.until(lambda: at_least(running, "feeder_websub_subscriptions", 2))
            drop(place, range(2, 3))
            sent = [await subscriber.until_sent(number) for number in (1, 2)]
            assert {one.path for one in sent} == {"/0", "/1"}
            documents = [(await line.ask("GET", "/feeds/all.atom"))[2] for line in to]
            assert [one.body for one in sent] == documents
            assert b"Story 2" in documents[0]


async def subscribe(line: Line, topic: str, callback: str) -> tuple[int, str]:
    form = f"hub.mode=subscribe&hub.topic={topic}&hub.callback={callback}"
    status, _, told = await line.ask("POST", "/hub", form.encode(), Content_Type="application/x-www-form-urlencoded")
    return status, told.decode()


async def test_three_hundred_events_with_a_kill_in_the_middle(place: Place, serve: Serve) -> None:
    running = await serve(*TWO)
    there = await pids(running)
    async with connected(running, there) as to, listening(running, *to, None, None) as listeners:
        for start in range(0, 300, 20):
            drop(place, range(start, start + 20))
            if start == 140:
                await running.until(lambda: _done(all(one.seen for one in listeners)))
                kill(there[0])
            await asyncio.sleep(0.02)
        told = await events_of(running, 300)
        await running.until(lambda: _done(all(len(one.seen) >= 300 for one in listeners)))
        assert [one.seen == told for one in listeners] == [True] * 4
        assert listeners[0].visits > 1


@pytest.mark.parametrize(("first", "second"), [(TWO, TWO), (TWO, ()), ((), TWO)])
async def test_a_second_instance_does_not_get_the_address(
    place: Place, serve: Serve, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    running = await serve(*first)
    port = running.url.rpartition(":")[2]
    done = place.run("serve", "--data", "other", "--operator", "off", "--port", port, *second)
    assert (done.returncode, done.stderr) == (
        2, f"feeder: server.port: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    )  # fmt: skip
    assert await running.ready()


async def test_workers_that_are_not_up_are_told_of(place: Place, serve: Serve) -> None:
    running = await serve(*TWO)
    there = await pids(running)
    said = place.run("status").stdout
    assert said.startswith("running: yes, ready (")
    assert f"\nworkers: 2 of 2 up (processes {there[0]}, {there[1]})\n" in said
    for pid in there:
        kill(pid)

    async def reasons() -> Any:
        return orjson.loads((await running.get(running.operator + "/readyz"))[1])["reasons"]

    assert set(await running.until(reasons)) <= {"worker 1 is not up", "worker 2 is not up"}
    assert set(await pids(running)).isdisjoint(there)
    await running.until(running.ready)


async def test_one_process_has_no_others(place: Place, serve: Serve) -> None:
    assert " worker" not in place.run("--help").stdout  # the command of workers is not for people
    assert place.run("serve", "--workers", "0").returncode == 2
    done = place.run("worker", "0", "1", "2")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "only `feeder serve --workers` can start this" in done.stderr
    running = await serve()
    assert await workers(running) == []
    assert await measured(running, "feeder_workers") == 0
    drop(place, range(1, 2))
    await running.until_titles("Story 1")
    assert "feeder worker" not in children(running)


def children(running: Running) -> str:
    """The command lines of the processes that the service has started."""
    pid = running.process.pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return "\n".join(Path(f"/proc/{one}/cmdline").read_text().replace("\0", " ") for one in found)
