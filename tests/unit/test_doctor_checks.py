"""The doctor's judgements: each by a fact that is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeder
from feeder.doctor.checks import address, clock, database, folders, kernel, passage, program, running
from feeder.doctor.checks.address import Address, HubWay, Way
from feeder.doctor.checks.clock import Clocks
from feeder.doctor.checks.database import Database
from feeder.doctor.checks.folders import Place, Tree
from feeder.doctor.checks.kernel import Limits, Wanted, Watching
from feeder.doctor.checks.passage import Opening, Pair, Passage, Reply
from feeder.doctor.checks.program import Configured, Installed
from feeder.doctor.checks.running import Run
from feeder.doctor.finding import Finding, Verdict, sized

GIB = 1 << 30
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def verdicts(findings: Iterable[Finding]) -> list[str]:
    """The verdicts; every finding is a sentence, and whatever is wrong has a remedy."""
    told = list(findings)
    for one in told:
        assert one.says.endswith("."), one
        if one.verdict in {Verdict.WARNING, Verdict.PROBLEM}:
            assert one.remedy, one
    return [one.verdict.value for one in told]


TREE = Tree(path="seeds", files=3, folders=2)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"error": "No such file or directory"}, ["problem"]),
        ({"unreadable": ("a.txt: Permission denied",), "unreadable_count": 1}, ["problem"]),
        ({"is_whole": False}, ["ok"]),
        ({"kind": "nfs4"}, ["ok", "warning"]),
        ({"kind": "fuse.sshfs"}, ["ok", "warning"]),
        ({"kind": "ext4"}, ["ok"]),
    ],
)
def test_articles(facts: dict[str, Any], expected: list[str]) -> None:
    assert verdicts(folders.judge_seeds(replace(TREE, **facts), "30s")) == expected


PLACE = Place(name="data", path="data", free_bytes=10 * GIB, free_files=1_000_000, kind="ext4", mount="/")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"is_there": False}, ["ok"]),
        ({"is_read_only": True, "error": "Read-only file system"}, ["problem"]),
        ({"error": "Permission denied"}, ["problem"]),
        ({"error": "Permission denied", "is_there": False}, ["problem"]),
        ({"free_bytes": 50 * 1024 * 1024}, ["problem"]),
        ({"free_bytes": GIB - 1}, ["warning"]),
        ({"free_files": 10}, ["problem"]),
        ({"free_files": 9_999}, ["warning"]),
        ({"free_files": None}, ["ok"]),
        ({"kind": "nfs"}, ["ok", "warning"]),
        ({"kind": "tmpfs"}, ["ok", "warning"]),
        ({"kind": "overlay"}, ["ok", "warning"]),
        ({"kind": "overlay", "mount": "/mnt"}, ["ok"]),
    ],
)
def test_what_is_written_and_kept(facts: dict[str, Any], expected: list[str]) -> None:
    place = replace(PLACE, **facts)
    assert verdicts([*folders.judge_place(place), *folders.judge_kind(place)]) == expected


@pytest.mark.parametrize(
    ("user", "service", "expected"),
    [
        (1000, None, []),
        (1000, 1000, []),
        (0, 0, []),
        (0, None, ["not checked"]),
        (0, 998, ["not checked"]),
        (1000, 998, ["not checked"]),
    ],
)
def test_for_whom_it_was_looked(user: int, service: int | None, expected: list[str]) -> None:
    assert verdicts(folders.judge_user(user, service)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"now": NOON.replace(year=1970)}, ["problem"]),
        ({"now": NOON.replace(year=2106)}, ["problem"]),
        ({"is_synchronised": None}, ["not checked"]),
        ({"is_synchronised": False}, ["warning"]),
        ({"parted_seconds": -3.0}, ["ok", "warning"]),
        ({"steps": 2}, ["ok", "warning"]),
        ({"steps": 0, "last_event": NOON}, ["ok"]),
        ({"last_event": NOON + timedelta(seconds=2)}, ["ok"]),
        ({"last_event": NOON + timedelta(minutes=5)}, ["ok", "warning"]),
        ({"last_event": NOON + timedelta(days=1)}, ["ok", "problem"]),
    ],
)
def test_the_clock(facts: dict[str, Any], expected: list[str]) -> None:
    assert verdicts(clock.judge(replace(Clocks(now=NOON, is_synchronised=True), **facts))) == expected


WATCHING = Watching(is_wanted=True, folders=100, most_watches=1000, most_instances=128)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"folders": 801}, ["warning"]),
        ({"error": "Too many open files"}, ["warning"]),
        ({"most_watches": None}, ["not checked"]),
        ({"is_wanted": False, "folders": 10_000}, ["ok"]),
    ],
)
def test_watches(facts: dict[str, Any], expected: list[str]) -> None:
    assert verdicts(kernel.judge_watching(replace(WATCHING, **facts))) == expected


LIMITS = Limits(files=65_536, backlog=4096)
WANTED = Wanted(listeners=20_000, serving=1, reading=2, reading_bytes=2 * GIB)


@pytest.mark.parametrize(
    ("limits", "wanted", "expected"),
    [
        ({}, {}, ["ok", "ok", "ok"]),
        ({"files": None}, {"listeners": 0}, ["ok", "ok", "ok"]),
        ({"files": 20_000}, {}, ["warning", "ok", "ok"]),
        ({"files": 20_512}, {}, ["ok", "ok", "ok"]),
        ({}, {"listeners": 0}, ["warning", "ok", "ok"]),
        ({"backlog": 128}, {}, ["ok", "warning", "ok"]),
        ({"backlog": None}, {}, ["ok", "not checked", "ok"]),
        ({"memory_bytes": 8 * GIB}, {}, ["ok", "ok", "ok"]),
        ({"memory_bytes": GIB}, {}, ["ok", "ok", "warning"]),
        ({"memory_bytes": 8 * GIB}, {"reading_bytes": 0}, ["ok", "ok", "warning"]),
        ({"memory_bytes": 200 * 1024 * 1024}, {"reading_bytes": 1}, ["ok", "ok", "warning"]),
        ({"memory_bytes": 400 * 1024 * 1024}, {"reading_bytes": 1}, ["ok", "ok", "ok"]),
        ({"memory_bytes": 400 * 1024 * 1024}, {"reading_bytes": 1, "serving": 4}, ["ok", "ok", "warning"]),
    ],
)
def test_limits(limits: dict[str, Any], wanted: dict[str, Any], expected: list[str]) -> None:
    assert verdicts(kernel.judge_limits(replace(LIMITS, **limits), replace(WANTED, **wanted))) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"is_there": False}, ["ok"]),
        ({"error": "the store x is damaged; restore it"}, ["problem"]),
        ({"error": "the store x may not be opened"}, ["problem"]),
        ({"complaints": ("row 7 missing from index",)}, ["problem"]),
        ({"complaints": None}, ["not checked"]),
        ({"journal": "delete"}, ["ok", "warning"]),
    ],
)
def test_the_store(facts: dict[str, Any], expected: list[str]) -> None:
    whole = Database(path="data/feeder.db", sqlite="3.46.1", journal="wal", size=4096)
    assert verdicts(database.judge(replace(whole, **facts))) == expected


def test_a_damaged_store_has_another_remedy_than_one_that_may_not_be_read() -> None:
    damaged, closed = (next(database.judge(Database(path="x", error=f"it {why}"))) for why in ("is damaged", "is shut"))
    assert "backup" in damaged.remedy
    assert "backup" not in closed.remedy


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("the store x is not a SQLite file (file is not a database)", "move it away"),
        ("store.url: x was written by a newer release of feeder; install that release again", "Install that release"),
        ("store.url: x is another program's database; name a file of its own", "data.path"),
        ("the store x cannot grow: the disk is full", "Make room"),
        ("the store x is locked by another program", "End the program"),
        ("the store x cannot be read or written: the disk reports an error", "dmesg"),
        ("the store x cannot be written: it or its folder is read-only", "Let the service's user"),
    ],
)
def test_a_store_that_cannot_be_read_has_the_remedy_for_its_reason(error: str, remedy: str) -> None:
    assert remedy in next(database.judge(Database(path="x", error=error))).remedy


RUN = Run(
    data="data", pid=7, is_alive=True, owner=7, public="http://127.0.0.1:8000", is_ready=True, version="1.0",
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"version": "0.9"}, ["ok", "warning"]),
        ({"is_older": True}, ["ok", "warning"]),
        ({"is_ready": False, "reasons": ("the disk is full", "so is the other")}, ["problem", "problem"]),
        ({"error": "no answer"}, ["problem"]),
        ({"has_operator": False}, ["not checked"]),
        ({"is_alive": False}, ["problem"]),
        ({"pid": None, "owner": 0}, ["warning"]),
        ({"pid": None, "owner": None, "port_error": "server.port: taken"}, ["warning", "problem"]),
        ({"pid": None, "owner": 9}, ["not checked"]),
        ({"pid": None, "owner": 0, "is_static": True, "port_error": "server.port: taken"}, ["ok"]),
        ({"pid": None, "owner": None, "is_closed": True}, ["not checked"]),
    ],
)
def test_the_instance(facts: dict[str, Any], expected: list[str]) -> None:
    assert verdicts(running.judge_run(replace(RUN, **facts), "1.0")) == expected


@pytest.mark.parametrize("facts", [{"pid": None}, {"is_alive": False}, {"error": "no answer"}])
def test_who_is_not_there_cannot_be_asked(facts: dict[str, Any]) -> None:
    assert RUN.is_up
    assert not replace(RUN, **facts).is_up


def test_quarantine() -> None:
    assert verdicts([running.judge_refused(0), running.judge_refused(1)]) == ["ok", "warning"]


def test_the_program_and_its_settings() -> None:
    whole = Installed(feeder="1.0", python="3.11.7", uvloop="0.22")
    assert verdicts(program.judge_installed(whole)) == ["ok"]
    assert verdicts(program.judge_installed(replace(whole, uvloop=None))) == ["ok"]
    assert verdicts(program.judge_installed(replace(whole, uvloop=""))) == ["problem"]
    plain = Configured(file="", sought="config/feeder.toml", keys=0)
    assert verdicts(program.judge_configured(plain)) == ["warning"]
    assert verdicts(program.judge_configured(replace(plain, keys=2))) == ["ok"]
    assert verdicts(program.judge_configured(replace(plain, file="config/feeder.toml"))) == ["ok"]
    assert verdicts(program.judge_configured(replace(plain, error="there is no such key"))) == ["problem"]


PUBLIC = Address(url="https://news.example", is_set=True, is_secure=True, addresses=("192.0.2.1",))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["ok"]),
        ({"is_set": False}, ["warning"]),
        ({"is_loopback": True}, ["warning"]),
        ({"addresses": (), "error": "Name or service not known"}, ["problem"]),
        ({"is_secure": False}, ["warning"]),
    ],
)
def test_the_address(facts: dict[str, Any], expected: list[str]) -> None:
    assert verdicts(address.judge_address(replace(PUBLIC, **facts))) == expected


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Way(status=200, cursor="ab.7", here=("ab.7", "ab.8")), ["ok"]),
        (Way(status=200, cursor="ab.8", here=("aa.7", "ab.8")), ["ok"]),
        (Way(status=200, cursor="zz.7", here=("ab.7", "ab.7")), ["problem"]),
        (Way(status=404, here=("ab.7", "ab.7")), ["problem"]),
        (Way(error="no connection"), ["problem"]),
        (Way(status=301, location="https://news.example/events", here=("ab.7", "ab.7")), ["problem"]),
        (Way(status=301, location="https://news.example/events"), ["problem"]),
        (Way(status=200, cursor="ab.7"), ["not checked"]),
        (Way(status=200, cursor="ab.7", here=("", "")), ["not checked"]),
    ],
)
def test_who_answers_there(way: Way, expected: list[str]) -> None:
    told = list(address.judge_way("https://news.example", way))
    assert verdicts(told) == expected
    assert ("with status 404" in told[0].says) == (way.status == 404)


def test_a_static_site_is_asked_for_its_feed() -> None:
    ways = (Way(status=200), Way(status=404), Way(error="no connection"))
    assert verdicts(address.judge_static("https://news.example", way) for way in ways) == ["ok", "problem", "problem"]


def test_a_certificate_that_nobody_trusts_has_a_remedy_of_its_own() -> None:
    (told,) = address.judge_way("https://news.example", Way(error="certificate verify failed: expired"))
    assert "certificate" in told.remedy


OURS = HubWay(url="https://news.example/hub", is_own=True, status=405)
OUTER = HubWay(url="https://hub.example/", is_own=False, status=404)
LOOPBACK = replace(PUBLIC, is_loopback=True)


@pytest.mark.parametrize(
    ("hub", "where", "is_here", "expected"),
    [
        (HubWay(url="", is_own=False), PUBLIC, True, ["ok"]),
        (OURS, PUBLIC, True, ["ok"]),
        (OURS, PUBLIC, None, ["not checked"]),
        (OURS, LOOPBACK, True, ["warning"]),
        (OURS, replace(PUBLIC, is_set=False), None, ["warning"]),
        (replace(OURS, status=404), PUBLIC, True, ["problem"]),
        (replace(OURS, status=0, error="no answer"), PUBLIC, True, ["problem"]),
        (OUTER, PUBLIC, None, ["ok"]),
        (replace(OUTER, status=503), PUBLIC, None, ["problem"]),
        (replace(OUTER, status=0, error="no answer"), PUBLIC, None, ["problem"]),
        (OUTER, LOOPBACK, None, ["problem", "ok"]),
    ],
)
def test_hubs(hub: HubWay, where: Address, is_here: bool | None, expected: list[str]) -> None:
    assert verdicts(address.judge_hub(hub, where, is_here=is_here)) == expected


FIELDS = {"server": "feeder", "etag": '"a.1"', "cache-control": "public, no-cache"}
GZIPPED = FIELDS | {"content-encoding": "gzip", "etag": '"a.1-gzip"'}
HEAD = Reply(status=200, fields={"content-type": "text/event-stream"})


def pair(fields: dict[str, str], digest: str | None = "d", status: int = 200, **changed: str) -> Pair:
    there = {name.replace("_", "-"): value for name, value in changed.items()}
    here = Reply(status=200, fields=fields, digest="d")
    return Pair(here=here, there=Reply(status=status, fields=fields | there, digest=digest))


DIRECT = Passage(
    gzipped=pair(GZIPPED), plain=pair(FIELDS), again=304, stream=Opening(head=HEAD, first_seconds=0.01),
)  # fmt: skip


def wrong(seen: Passage, *, is_secure: bool = False) -> dict[str, str]:
    told = list(passage.judge(seen, is_secure=is_secure))
    verdicts(told)
    return {one.check.removeprefix("proxy: "): one.verdict.value for one in told if one.verdict is not Verdict.OK}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, {}),
        ({"stream": Opening(head=None, first_seconds=None)}, {"stream": "problem"}),
        ({"stream": Opening(head=HEAD, first_seconds=None)}, {"stream": "problem"}),
        ({"stream": Opening(head=Reply(status=502, fields={}), first_seconds=0.1)}, {"stream": "problem"}),
        ({"gzipped": pair(GZIPPED, etag="")}, {"ETag": "problem"}),
        ({"gzipped": pair(GZIPPED, etag='W/"a.1-gzip"')}, {"ETag": "warning"}),
        ({"gzipped": pair(GZIPPED, etag='"other"')}, {"ETag": "warning"}),
        ({"again": 200}, {"ETag": "problem"}),
        ({"plain": pair(FIELDS, content_encoding="gzip")}, {"coding": "problem"}),
        ({"gzipped": pair(GZIPPED, content_encoding="gzip, gzip")}, {"coding": "problem"}),
        ({"gzipped": pair(GZIPPED, content_encoding="")}, {"coding": "warning"}),
        ({"plain": pair(FIELDS, cache_control="max-age=600")}, {"cache": "problem"}),
        ({"plain": pair(FIELDS, cache_control="")}, {"cache": "warning"}),
        ({"plain": pair(FIELDS, cache_control="no-cache, max-age=600")}, {"cache": "warning"}),
        ({"plain": pair(FIELDS, age="30")}, {"cache": "problem"}),
        ({"unseen": 3}, {"cache": "problem"}),
        ({"unseen": 0}, {}),
        ({"plain": pair(FIELDS, age="0")}, {}),
        ({"plain": pair(FIELDS, digest="other")}, {"documents": "problem"}),
        ({"gzipped": pair(GZIPPED, digest=None)}, {"documents": "problem"}),
        ({"plain": pair(FIELDS, status=403)}, {"documents": "problem"}),
        ({"plain": pair(FIELDS, via="1.1 proxy")}, {"proxy": "warning"}),
        ({"plain": pair(FIELDS, server="nginx")}, {"proxy": "warning"}),
        ({"plain": pair(FIELDS, server="nginx"), "trusted": ("127.0.0.1",)}, {}),
    ],
)
def test_what_happens_on_the_way(facts: dict[str, Any], expected: dict[str, str]) -> None:
    assert wrong(replace(DIRECT, **facts)) == expected


def test_nothing_in_between_is_said_too() -> None:
    told = {one.check: one for one in passage.judge(DIRECT, is_secure=False)}
    assert told["proxy"].verdict is Verdict.OK
    assert told["proxy: ETag"].verdict is Verdict.OK


@pytest.mark.parametrize(("head", "said"), [(None, "no answer"), (HEAD, "nothing but its head")])
def test_what_came_of_a_stream_that_is_held_back_is_said(head: Reply | None, said: str) -> None:
    held = replace(DIRECT, stream=Opening(head=head, first_seconds=None))
    assert f"Of the live stream {said} came" in next(passage.judge(held, is_secure=False)).says


def test_who_speaks_tls_stands_in_between() -> None:
    assert wrong(DIRECT, is_secure=True) == {"proxy": "warning"}


@given(st.integers(0, 1 << 60))
def test_sizes_have_few_digits(number: int) -> None:
    digits = sized(number).split()[0].replace(",", "")
    assert float(digits) < 1024 or sized(number).endswith("TiB")


def test_the_judgements_know_nothing_of_the_machine() -> None:
    folder = Path(feeder.__file__).parent / "doctor" / "checks"
    known = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                known |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                known.add(node.module)
    assert not known & {"os", "asyncio", "time", "socket", "pathlib", "subprocess", "threading"}
    assert not [name for name in known if name.startswith("feeder.doctor.facts")]
