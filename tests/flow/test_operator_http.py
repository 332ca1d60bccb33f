"""The operator's listener: what it shows, what it does, and whom it refuses."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from feeder.model import Event, Feed, Kind, Seed
from feeder.render import Site
from feeder.store import HourCount, Mark, Refusal, Status
from feeder.web import Figures, Measure, operator_app, start
from feeder.web.operator.course import Step, Totals
from feeder.web.readership import Asked, Readers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKER = {
    "worker": 1, "pid": 7, "up": True, "losses": 0, "listeners": 2, "cpu_seconds": 1.5, "resident_bytes": 90_000_000,
}  # fmt: skip
COMMAND = {"X-Feeder": "1", "Content-Type": "application/json"}


class Small:
    """A service that does no more than to note what is asked of it."""

    def __init__(self) -> None:
        self.why: list[str] = []
        self.asked: list[tuple[str, ...]] = []
        self.looks = 0

    site = Site(title="The Paper", base_url="https://news.example")

    def reasons(self) -> Sequence[str]:
        return self.why

    def measures(self) -> Iterable[Measure]:
        yield Measure("looks", "counter", "Looks.", self.looks)
        for status, count in (("published", 3), ("quarantined", 1)):
            yield Measure("files", "gauge", "Files.", count, {"status": status})

    def workers(self) -> Sequence[dict[str, Any]]:
        return [WORKER]

    async def retract(self, article_id: str, reason: str) -> Sequence[Event]:
        self.asked.append(("retract", article_id, reason))
        if article_id != "urn:x":
            raise KeyError(article_id)
        event = Event(seq=4, epoch="e", at=NOON, kind=Kind.RETRACTED, article_id=article_id, slug="x", version=1)
        return [event] if len(self.asked) == 1 else []

    def withheld(self) -> Sequence[str]:
        return ["a.txt", "b\udcff.txt"]

    async def confirm_withdrawals(self) -> int:
        self.asked.append(("confirm",))
        return 2

    async def look(self) -> None:
        self.looks += 1

    async def quarantine(self) -> Sequence[Mark]:
        seed = Seed("bad\udcff.txt", 1, 2, 3, 4)
        refusal = Refusal("no date line was found", line=1)
        refused = (Refusal("no title", record=3), Refusal("no date", record=5))
        return [
            Mark(seed=seed, sha256="", status=Status.QUARANTINED, refusal=refusal, first_seen=NOON, tries=2),
            Mark(
                seed=Seed("a.jsonl", 9, 2, 3, 4), sha256="", status=Status.PUBLISHED, format="jsonl", first_seen=NOON,
                refused=refused, refused_count=7,
            ),
        ]  # fmt: skip

    async def retry(self, paths: Sequence[str]) -> Sequence[tuple[Mark, bool]]:
        self.asked.append(("retry", *paths))
        return [(mark, mark.tries == 0) for mark in await self.quarantine() if mark.seed.path in paths]

    def files(self) -> Mapping[Status, int]:
        return {Status.PUBLISHED: 3, Status.QUARANTINED: 1}

    async def last_event(self) -> Event | None:
        return Event(seq=4, epoch="e", at=NOON, kind=Kind.RETRACTED, article_id="urn:x", slug="x", version=1)

    async def figures(self) -> Figures:
        return Figures(
            now=NOON,
            since=NOON,
            hours=[HourCount(NOON, Kind.RETRACTED, 1)],
            feeds=[Feed(name="all", title="All")],
            readers=Readers({("all", "rss"): Asked(whole=1, unchanged=3, bytes=500)}),
            steps=[Step(NOON, 2, None, 0.5, Totals(whole=1, unchanged=3))],
        )


class Desk:
    """The operator, asking."""

    def __init__(self, small: Small, session: aiohttp.ClientSession, url: str) -> None:
        self.small = small
        self.session = session
        self.url = url

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path, headers=headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def post(self, path: str, body: bytes = b"{}", **headers: str) -> tuple[int, Any]:
        async with self.session.post(self.url + path, data=body, headers={**COMMAND, **headers}) as answer:
            return answer.status, json.loads(await answer.read())


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    small = Small()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        runner = await start(operator_app(small), listening, cancel=False)
        async with aiohttp.ClientSession() as session:
            yield Desk(small, session, f"http://127.0.0.1:{listening.getsockname()[1]}")
        await runner.cleanup()


async def test_alive_and_ready_are_two_things(desk: Desk) -> None:
    assert await desk.get("/readyz") == (200, {"ready": True, "reasons": []})
    desk.small.why = ["the disk is full"]
    assert await desk.get("/readyz") == (503, {"ready": False, "reasons": ["the disk is full"]})
    assert await desk.get("/healthz") == (200, {"status": "live"})


async def test_metrics_are_what_prometheus_reads(desk: Desk) -> None:
    desk.small.looks = 7
    async with desk.session.get(desk.url + "/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        text = await answer.text()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["feeder_looks_total",] == 7
    assert samples["feeder_files", "published"] == 3
    assert samples["feeder_files", "quarantined"] == 1
    assert samples["process_open_fds",] > 0


async def test_two_services_in_one_process_count_apart(desk: Desk) -> None:
    other = Small()
    other.looks = 1
    operator_app(other)
    async with desk.session.get(desk.url + "/metrics") as answer:
        assert "feeder_looks_total 0.0" in await answer.text()


async def test_refused_files_are_shown_whatever_their_names(desk: Desk) -> None:
    status, told = await desk.get("/quarantine")
    assert status == 200
    in_part, bad = told["files"]
    assert bad == {
        "path": "bad\\xff.txt",
        "status": "quarantined",
        "reason": "no date line was found",
        "line": 1,
        "offset": None,
        "record": None,
        "refused": [],
        "refused_count": 0,
        "first_seen": "2026-03-02T12:00:00+00:00",
        "tries": 2,
        "size_bytes": 1,
        "format": None,
    }
    assert (in_part["path"], in_part["reason"], in_part["record"], in_part["refused_count"]) == (
        "a.jsonl", "no title", 3, 7
    )  # fmt: skip
    assert in_part["refused"] == [
        {"record": 3, "line": None, "offset": None, "reason": "no title"},
        {"record": 5, "line": None, "offset": None, "reason": "no date"},
    ]
    assert await desk.get("/quarantine?path=bad%5Cxff.txt") == (200, {"files": [bad]})
    status, told = await desk.get("/quarantine?path=good.txt")
    assert (status, told["path"]) == (404, "good.txt")
    assert await desk.get("/withdrawals") == (200, {"held": ["a.txt", "b\\xff.txt"]})


async def test_refused_files_are_judged_again(desk: Desk) -> None:
    status, told = await desk.post("/quarantine/retry", b'{"all": true}')
    assert (status, [(file["path"], file["status"]) for file in told["files"]]) == (
        200, [("bad\\xff.txt", "waiting"), ("a.jsonl", "published")]
    )  # fmt: skip
    await desk.post("/quarantine/retry", b'{"paths": ["bad\\\\xff.txt"]}')
    assert desk.small.asked == [("retry", "a.jsonl", "bad\udcff.txt"), ("retry", "bad\udcff.txt")]
    for body in (b"", b"{}", b'{"paths": "a.jsonl"}', b'{"paths": [1]}', b'{"all": "yes"}', b'{"all": false}'):
        assert (await desk.post("/quarantine/retry", body))[0] == 400
    assert (await desk.post("/quarantine/retry", b'{"paths": ["a.jsonl", "good.txt"]}'))[0] == 404
    assert len(desk.small.asked) == 2


async def test_the_status_is_the_whole_in_short(desk: Desk) -> None:
    desk.small.why = ["the disk is full"]
    status, told = await desk.get("/status", Accept="application/json")
    assert (status, told["ready"], told["reasons"], told["refused"]) == (200, False, ["the disk is full"], 2)
    assert told["workers"] == [WORKER]
    assert (told["files"]["published"], told["files"]["quarantined"], told["files"]["draft"]) == (3, 1, 0)
    assert told["last_event"] == {
        "id": "e.4", "kind": "retracted", "at": "2026-03-02T12:00:00+00:00", "article": "urn:x", "title": None
    }  # fmt: skip
    assert (told["now"], told["since"], told["withheld"]) == (NOON.isoformat(), NOON.isoformat(), 2)
    assert told["hours"][-1] == {
        "at": NOON.isoformat(), "published": 0, "updated": 0, "corrected": 0, "retracted": 1, "refused": 2
    }  # fmt: skip
    assert [one["path"] for one in told["refusals"]["latest"]] == ["bad\\xff.txt", "a.jsonl"]
    assert (told["readers"]["requests"], told["stream"]["steps"][0]["lag_p99_seconds"]) == (4, 0.5)


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (None, True),
        ("*/*", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json", False),
        ("application/json, text/plain;q=0.5", False),
        ("text/html;q=0.5, application/json", False),
        ("image/png", True),
    ],
)
async def test_the_status_is_a_page_for_people_and_json_for_who_prefers_it(
    desk: Desk, accept: str | None, *, is_page: bool
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    async with desk.session.get(desk.url + "/status", headers=headers, skip_auto_headers=["Accept"]) as answer:
        body = await answer.text()
        assert answer.headers["Vary"] == "Accept"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content_type == ("text/html" if is_page else "application/json")
        assert ("Refresh" in answer.headers, "<h1" in body) == (is_page, is_page)


async def test_the_page_comes_again_by_itself_unless_it_is_told_not_to(desk: Desk) -> None:
    async with desk.session.get(desk.url + "/") as answer:
        assert (answer.url.path, answer.headers["Refresh"], answer.charset) == ("/status", "30", "utf-8")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
    async with desk.session.get(desk.url + "/status?refresh=off") as answer:
        assert "Refresh" not in answer.headers
    async with desk.session.get(desk.url + "/favicon.svg") as answer:
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")


async def test_one_article_is_withdrawn(desk: Desk) -> None:
    assert await desk.post("/retract", b'{"id": "urn:x", "reason": "libel"}') == (
        200,
        {"retracted": True, "events": ["e.4"]},
    )
    assert await desk.post("/retract", b'{"id": "urn:x"}') == (200, {"retracted": False, "events": []})
    assert desk.small.asked == [("retract", "urn:x", "libel"), ("retract", "urn:x", "killed")]
    status, told = await desk.post("/retract", b'{"id": "urn:none"}')
    assert (status, told["id"]) == (404, "urn:none")


async def test_commands(desk: Desk) -> None:
    assert await desk.post("/withdrawals/confirm") == (200, {"confirmed": 2})
    assert await desk.post("/look", b"") == (200, {"looked": True})
    assert (desk.small.asked, desk.small.looks) == ([("confirm",)], 1)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"nonsense", b'{"id": 1}', b'{"id": "urn:x", "reason": 1}', b'{"id": "x", "reason": ""}'],
)
async def test_a_command_that_cannot_be_meant_does_nothing(desk: Desk, body: bytes) -> None:
    assert (await desk.post("/retract", body))[0] == 400
    assert desk.small.asked == []


async def test_a_command_that_is_too_large_is_refused(desk: Desk) -> None:
    assert (await desk.post("/retract", b'{"id": "' + b"x" * 70_000 + b'"}'))[0] == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded", "X-Feeder": "1"},
        {"Content-Type": "text/plain", "X-Feeder": "1"},
        {"Content-Type": "application/json"},
        {**COMMAND, "Origin": "https://evil.example"},
        {**COMMAND, "Origin": "null"},
        {**COMMAND, "Sec-Fetch-Site": "cross-site"},
        {**COMMAND, "Host": "evil.example"},
        {**COMMAND, "Host": "localhost.evil.example:8001"},
    ],
)
async def test_a_browser_cannot_be_made_to_command(desk: Desk, headers: dict[str, str]) -> None:
    for path in ("/retract", "/withdrawals/confirm", "/look", "/quarantine/retry"):
        async with desk.session.post(desk.url + path, data=b'{"id": "urn:x"}', headers=headers) as answer:
            assert answer.status == 403
            assert answer.content_type == "application/problem+json"
    assert (desk.small.asked, desk.small.looks) == ([], 0)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8001", "127.0.0.1:8001", "[::1]:8001", "10.0.0.7"])
async def test_the_machine_is_reached_by_its_address_or_as_localhost(desk: Desk, host: str) -> None:
    assert (await desk.post("/look", Host=host))[0] == 200


async def test_names_that_could_be_bent_here_see_nothing_but_health(desk: Desk) -> None:
    assert (await desk.get("/quarantine", Host="evil.example"))[0] == 403
    assert (await desk.get("/status", Host="evil.example"))[0] == 403
    assert (await desk.get("/healthz", Host="evil.example"))[0] == 200


async def test_no_preflight_is_ever_granted(desk: Desk) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "x-feeder"}
    async with desk.session.options(desk.url + "/retract", headers=asked) as answer:
        assert answer.status == 405
        assert "Access-Control-Allow-Headers" not in answer.headers
