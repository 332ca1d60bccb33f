"""The conformance run: each check finds its fault, a right server passes all, and the run behaves."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import broken_contract
import broken_gzip
import broken_life
import broken_requests
import broken_resuming
import broken_text
from faults import FAULTS, Fault
from feeder.conform import CHECKS, Check, Options, Profile, Target, Unheard, Verdict, conform
from live import until
from right_stream import Request, Stream, streaming
from verdicts import QUICK, bad, run

assert [broken_requests, broken_text, broken_resuming, broken_life, broken_gzip, broken_contract]  # they fill FAULTS


_SIDE_BY_SIDE = 6
"""So many faulty servers are judged at a time: most of it is waiting for what does not come."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(request: pytest.FixtureRequest) -> AsyncIterator[dict[Fault, asyncio.Task[Verdict]]]:
    """What comes out for each fault that a chosen test asks for."""
    places = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def in_turn(fault: Fault) -> Verdict:
        async with places:
            return await judge(fault)

    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    faults: list[Any] = [item.callspec.params["fault"] for item in items if "judged" in item.fixturenames]
    tasks = {fault: asyncio.create_task(in_turn(fault)) for fault in faults}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_fault_is_found_by_its_check(fault: Fault, judged: dict[Fault, asyncio.Task[Verdict]]) -> None:
    verdict = await judged[fault]
    assert (verdict.check.code, verdict.outcome) == (fault.code, fault.outcome), verdict.evidence


async def judge(fault: Fault) -> Verdict:
    stream = Stream()
    fault.breaks(stream)
    options = dict(fault.options)
    if fault.publishes:
        options["publish"] = stream.publish
    async with publishing(stream, when=fault.code == "D9"):
        query = "?feed=all" if fault.code == "F5" else ""
        (verdict,) = await run(stream, fault.profile, query, only=[fault.code], **options)
    return verdict


@contextlib.asynccontextmanager
async def publishing(stream: Stream, *, when: bool = True) -> Any:
    async def keep_on() -> None:
        while when:
            await asyncio.sleep(0.01)
            await stream.publish()

    task = asyncio.create_task(keep_on())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("profile", list(Profile))
async def test_a_right_server_passes_all(profile: Profile) -> None:
    stream = Stream()
    verdicts = await run(stream, profile, publish=stream.publish, seconds=0.6)
    assert bad(verdicts) == {}
    unseen = {one.check.code for one in verdicts if one.outcome == "SKIP"}
    assert unseen <= (
        {"F5", "D9", "D10"}
        if profile is Profile.FEEDER
        else {"D1", "D3a", "D4", "D6", "D11", "D9", "G1", "H3", "H4", "B5c", "F5"}
    )


async def test_a_right_server_with_a_long_log_passes_all() -> None:
    stream = Stream()
    for _ in range(500):
        await stream.publish()
    verdicts = await run(stream, "feeder")
    assert bad(verdicts) == {}
    assert next(one for one in verdicts if one.check.code == "D10").outcome == "PASS"


async def test_a_right_server_on_which_much_happens_passes_all() -> None:
    stream = Stream()
    async with publishing(stream):
        assert bad(await run(stream, "feeder")) == {}


async def test_a_right_server_that_shows_its_history_passes_all() -> None:
    stream = Stream()
    stream.begins_with = "earliest"
    verdicts = await run(stream, "generic")
    assert bad(verdicts) == {}
    assert {"D1", "D3a", "D4", "D6", "D11", "G1", "H3"} <= {one.check.code for one in verdicts if one.outcome == "PASS"}


def test_every_check_is_seen_to_fail() -> None:
    seen = Counter(fault.code for fault in FAULTS)
    assert [one.code for one in CHECKS if not seen[one.code]] == []


async def test_a_gzip_that_never_comes_is_judged_where_gzip_is_asked_for() -> None:
    stream = Stream()
    answer = stream.answer

    async def buffering(request: Request, writer: asyncio.StreamWriter) -> None:
        hangs = request.header("accept-encoding") == "gzip"
        await (asyncio.sleep(60) if hangs else answer(request, writer))

    stream.answer = buffering  # type: ignore[method-assign]
    verdicts = await run(stream, "feeder", patience_seconds=0.3)
    assert {code[0] for code in bad(verdicts)} == {"H", "B"}
    assert {"H0", "H1", "H2", "H3", "H4", "H5", "B7"} == {one.check.code for one in verdicts if one.outcome == "FAIL"}


async def test_nginx_may_keep_its_own_field() -> None:
    stream = Stream()
    del stream.fields["X-Accel-Buffering"]
    stream.fields["Server"] = "nginx/1.28"
    (verdict,) = await run(stream, "feeder", only=["B4"])
    assert verdict.outcome == "SKIP"


async def test_what_is_no_stream_at_all_is_told_so_without_a_fault_of_ours() -> None:
    stream = Stream()

    async def page(request: Request, writer: asyncio.StreamWriter) -> None:
        stream.say(writer, 200, {"Content-Type": "text/html"}, b"<p>No.</p>")

    stream.answer = page  # type: ignore[method-assign]
    for profile in Profile:
        verdicts = await run(stream, profile, publish=stream.publish, patience_seconds=0.3)
        outcomes = {one.check.code: one.outcome for one in verdicts}
        assert {outcomes[code] for code in ("A1", "B2", "B5a", "E1")} == {"FAIL"}
        assert {outcomes[code] for code in ("C1", "D1", "D3a", "D3c")} == {"SKIP"}


async def test_never_more_than_a_handful_of_connections_and_none_is_left() -> None:
    stream, most = Stream(), 0
    serve, readers = stream.serve, list[asyncio.StreamReader]()

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most
        readers.append(reader)
        most = max(most, sum(not is_over(one) for one in readers))
        await serve(reader, writer)

    stream.serve = counting  # type: ignore[method-assign]
    async with streaming(stream) as url:
        chosen = Options(**QUICK, publish=stream.publish)
        assert [verdict async for verdict in conform(Target.read(url), chosen)]
        await until(lambda: all(map(is_over, readers)))
    assert len(readers) > 100
    assert 2 <= most <= 6  # five, and one whose end is not here yet


def is_over(reader: asyncio.StreamReader) -> bool:
    """Whether the client has left; it may have left something unread, and then the connection was reset."""
    return reader.at_eof() or reader.exception() is not None


async def test_whose_the_stream_is_is_found_out() -> None:
    ours = await run(Stream(), "feeder", only=["B1"])
    assert len(ours) == 1
    for begins, expected in (("latest", Profile.FEEDER), ("earliest", Profile.FEEDER)):
        stream = Stream()
        stream.begins_with = begins
        async with streaming(stream) as url:
            found = [one.check.needs async for one in conform(Target.read(url), Options(**QUICK, only=["K4", "B1"]))]
        assert found == [None, expected]
    stranger = Stream()
    stranger.rewrite = lambda frame: frame.replace(b"checkpoint", b"place")
    async with streaming(stranger) as url:
        found = [one.check.needs async for one in conform(Target.read(url), Options(**QUICK, only=["K4", "B1"]))]
    assert found == [None]


async def test_redirects_are_followed_to_the_stream() -> None:
    stream = Stream()
    answer = stream.answer

    async def moved(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/old":
            stream.say(writer, 307, {"Location": "/events?feed=all"}, b"")
        else:
            await answer(request, writer)

    stream.answer = moved  # type: ignore[method-assign]
    async with streaming(stream) as url:
        chosen = Options(**QUICK, only=["B1", "F5"])
        found = [verdict async for verdict in conform(Target.read(url.replace("/events", "/old?feed=all")), chosen)]
    assert [(one.outcome, one.evidence) for one in found] == [("PASS", "200"), ("PASS", "307 to /events?feed=all")]


async def test_a_server_that_answers_nothing_is_told_so_and_does_not_last() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(Unheard, match=r"GET: no head came within 0\.2 s"):
        [one async for one in conform(Target.read(url), Options(patience_seconds=0.2))]
    server.close()


def test_the_document_lists_the_checks() -> None:
    text = (Path(__file__).parents[2] / "docs" / "stream.md").read_text().partition("## Conformance\n")[2]
    rows = [line for line in text.splitlines() if re.match(r"\| [A-K]\d+[a-z]? \|", line)]
    assert rows == [row(one) for one in CHECKS]


def row(one: Check) -> str:
    level = {"must": "must", "should": "should", "promised": "should; ours must"}[one.level]
    title = f"{one.title} (`--publish`)" if one.lively else one.title
    return f"| {one.code} | {title} | {'ours' if one.needs else level} | {one.clause} |"
