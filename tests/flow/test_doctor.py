"""``feeder init`` and ``feeder doctor`` with the real program, and with a real server in front that spoils things."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from feeder.config import load
from feeder.conform import Unheard
from feeder.doctor import examine
from feeder.doctor.checks import passage
from feeder.doctor.checks.database import judge
from feeder.doctor.facts import network
from feeder.doctor.facts import running as running_facts
from feeder.doctor.facts.database import database
from feeder.doctor.finding import Finding, Verdict
from feeder.store.sqlite import connection
from forwarding import Front, falsely_squeezed, fronting, minified, squeezed, with_weak_tags, without_tags
from program import COMMAND, Place, Serve


def found(told: list[dict[str, Any]], check: str) -> list[str]:
    return [one["verdict"] for one in told if one["check"] == check]


def account(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert run.stderr == ""
    told: dict[str, Any] = orjson.loads(run.stdout)
    return told


async def test_a_new_site_can_be_served_at_once_and_the_doctor_finds_nothing_wrong(place: Place, serve: Serve) -> None:
    made = account(place.run("init", ".", "--title", "The Daily Test", "--language", "en", "--json"))
    assert made["files"] == [
        "config/feeder.toml",
        "config/feeder.service",
        "seeds/welcome.txt",
        "feeds/.gitignore",
        "data/.gitignore",
    ]
    assert [command.rpartition(" ")[2] for command in made["next"]] == ["serve", "doctor"]
    again = place.run("init", ".")
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1
    assert "is there already" in again.stderr
    checked = place.run("check", "seeds", "--json")
    assert checked.returncode == 0
    assert orjson.loads(checked.stdout)["items"][0]["warnings"] == []
    before = place.run("doctor")
    assert before.returncode == 0, before.stdout
    assert "warning\tinstance\tNo instance is running.\tStart one" in before.stdout
    assert "\x1b" not in before.stdout
    running = await serve()
    await running.until_titles("Welcome: this is your first article")
    assert (await running.feed())["title"] == "The Daily Test"
    told = account(place.run("doctor", "--json"))
    assert told["ok"], told
    for check in ("settings", "seeds", "inotify", "feeds", "data", "store", "instance", "quarantine"):
        assert found(told["findings"], check) == ["ok"], told["findings"]
    assert told["problems"] == 0
    settings = load(place.folder / "config" / "feeder.toml", {}, {"data.path": str(place.folder / "data")}).settings
    assert (await running_facts.told(settings, place.folder / "config" / "feeder.toml")).run.is_older is False
    await running.stop(signal.SIGKILL)
    killed = (await running_facts.told(settings, None)).run
    assert (killed.pid, killed.is_alive, killed.owner) == (running.process.pid, False, 0)


async def test_settings_that_cannot_be_read_are_a_finding_and_wrong_flags_are_not(place: Place) -> None:
    (place.folder / "config").mkdir()
    (place.folder / "config" / "feeder.toml").write_text("[site]\ntitel = 'x'\n")
    run = place.run("doctor", "--json")
    assert run.returncode == 1
    told = account(run)["findings"]
    assert found(told, "settings") == ["problem"]
    assert "the nearest is 'site.title'" in next(one["says"] for one in told if one["check"] == "settings")
    (place.folder / "config" / "feeder.toml").unlink()
    assert place.run("doctor", "--set", "site.titel=x").returncode == 2


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))


def test_few_open_files_and_a_taken_port_and_no_folder_are_found(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = subprocess.run(
            [*COMMAND, "doctor", "--json", "--port", str(taken.getsockname()[1]), "--seeds", "nowhere"],
            cwd=place.folder, env=place.environment(), preexec_fn=few_files,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    told = account(run)["findings"]
    assert run.returncode == 1
    assert found(told, "open files") == ["warning"]
    assert "room for 150 listeners" in next(one["says"] for one in told if one["check"] == "open files")
    assert found(told, "seeds") == ["problem"]
    assert found(told, "instance") == ["warning", "problem"]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that other users can come to, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="feeder-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


AS_NOBODY = """
import os
from feeder.doctor.checks import folders
from feeder.doctor.facts import disk

def look():
    tree, feeds = disk.tree("seeds", 5), disk.place("feeds", "feeds")
    return [*folders.judge_seeds(tree, "30s"), *folders.judge_place(feeds)]

look()  # what it loads may lie where nobody may go
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for one in look():
    print(one.verdict, one.says)
"""


def test_what_another_user_may_not_read_and_write_is_found(shared: Path) -> None:
    for name in ("seeds", "feeds", "data"):
        (shared / name).mkdir()
    (shared / "seeds" / "mine.txt").write_text("date 2026-05-04 Mine\n\nText.\n")
    (shared / "seeds" / "theirs.txt").write_text("date 2026-05-04 Theirs\n\nText.\n")
    (shared / "seeds" / "theirs.txt").chmod(0o000)
    (shared / "feeds").chmod(0o555)
    run = subprocess.run(
        [sys.executable, "-c", AS_NOBODY], cwd=shared, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout.splitlines() == [
        "problem Of 2 files in seeds, 1 cannot be read: theirs.txt: Permission denied.",
        "problem feeds cannot be written to: Permission denied.",
    ], run.stderr


COMMANDS_AS_NOBODY = """
import os
import sys
from feeder.cli import main

def run(*words):
    sys.argv = ["feeder", *words]
    try:
        main()
    except SystemExit as end:
        print(words[0], end.code, flush=True)

for _ in range(2):  # at first with all rights: what the commands load may lie where nobody may go
    run("status")
    run("doctor")
    if os.geteuid() == 0:
        print("-- as nobody", flush=True)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
"""


@pytest.mark.parametrize("closed", ["data", "config"])
def test_what_may_not_be_looked_at_is_said_in_a_line(shared: Path, closed: str) -> None:
    at_home = Place(shared)
    at_home.drop("one.txt", "date 2026-05-04 One\n\nText of it.\n")
    (shared / "config").mkdir()
    (shared / "config" / "feeder.toml").write_text("[site]\ntitle = 'Closed'\n")
    assert at_home.run("publish").returncode == 0
    (shared / closed).chmod(0o000)
    run = subprocess.run(
        [sys.executable, "-c", COMMANDS_AS_NOBODY], cwd=shared, capture_output=True, text=True, check=False,
        env=at_home.environment() | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    (shared / closed).chmod(0o755)
    told = run.stdout.rpartition("-- as nobody\n")[0 if os.geteuid() else 2]
    assert "Traceback" not in run.stderr
    assert "doctor 1" in told
    if closed == "data":
        assert "may not be opened: Permission denied" in told
        assert "not checked\tinstance\tWhether one runs stands in data, which you may not read." in told
    else:
        assert "config/feeder.toml: Permission denied" in run.stderr
        assert "problem\tsettings\tconfig/feeder.toml: Permission denied." in told


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async with fronting() as server:
        yield server


async def way(front: Front, public: str, operator: str | None = None) -> list[Finding]:
    settings = load(None, {}, {"site.base_url": front.url}).settings
    return list(passage.judge(await network.passage(front.url, public, settings, operator), is_secure=False))


def graves(findings: list[Finding]) -> dict[str, Verdict]:
    return {one.check: one.verdict for one in findings if one.verdict is not Verdict.OK}


async def test_what_a_server_in_front_spoils_is_found(place: Place, serve: Serve, front: Front) -> None:
    place.drop("one.txt", "date 2026-05-04 One\n\nText of it.\n")
    place.settings = {"site.base_url": front.url}
    running = await serve()
    front.behind = running.url
    await running.until_titles("One")

    loaded = load(None, {}, {"data.path": str(place.folder / "data"), "seeds.path": str(place.seeds),
                             "feeds.path": str(place.feeds), "site.base_url": front.url})  # fmt: skip
    findings = [finding async for finding in examine(loaded, None)]
    told = {(one.check, one.verdict): one.says for one in findings}
    assert f"{front.url} answers, and it is this instance." in told.values()
    assert ("proxy: stream", Verdict.OK) in told
    assert ("proxy: ETag", Verdict.OK) in told
    assert "Via: 1.1 front" in told["proxy", Verdict.WARNING]
    assert not [one for one in findings if one.verdict is Verdict.PROBLEM], findings

    assert (await network.hub_way(loaded.settings, front.url, is_asked=True)).status == 405
    outer = load(None, {}, {"websub.hub": f"{front.url}/nowhere"}).settings
    assert (await network.hub_way(outer, front.url, is_asked=False)).status == 404
    assert (await network.static_way(front.url, loaded.settings)).status == 200
    assert (await network.static_way(front.url + "/nowhere", loaded.settings)).status == 404
    trust = {"proxy": Verdict.WARNING}
    assert graves(await way(front, running.url)) == trust
    for spoil, expected in (
        (without_tags, {"proxy: ETag": Verdict.PROBLEM}),
        (with_weak_tags, {"proxy: ETag": Verdict.WARNING}),
        (squeezed, {"proxy: coding": Verdict.PROBLEM, "proxy: documents": Verdict.PROBLEM}),
        (minified, {"proxy: documents": Verdict.PROBLEM}),
        (falsely_squeezed, {"proxy: coding": Verdict.PROBLEM, "proxy: documents": Verdict.PROBLEM}),
    ):
        front.spoil = spoil
        assert graves(await way(front, running.url)) == trust | expected, spoil
    front.spoil = None
    front.hides = {"If-None-Match"}
    assert graves(await way(front, running.url)) == trust | {"proxy: ETag": Verdict.PROBLEM}
    front.hides = {"Accept-Encoding"}
    assert graves(await way(front, running.url))["proxy: coding"] is Verdict.WARNING
    front.hides, front.adds = set(), {"Cache-Control": "public, max-age=600"}
    assert graves(await way(front, running.url)) == trust | {"proxy: cache": Verdict.PROBLEM}
    front.adds, front.keeps = {}, {}
    assert graves(await way(front, running.url)) == trust
    assert graves(await way(front, running.url, running.operator)) == trust | {"proxy: cache": Verdict.PROBLEM}
    front.keeps, front.buffers = None, True
    assert graves(await way(front, running.url)) == trust | {"proxy: stream": Verdict.PROBLEM}


async def test_another_site_at_the_address_is_found_and_so_is_nobody(
    place: Place, serve: Serve, front: Front, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place.drop("one.txt", "date 2026-05-04 One\n\nText of it.\n")
    running = await serve()
    await running.until_titles("One")
    front.behind = "http://127.0.0.1:1"
    spoiled = await network.way(front.url, running.url)
    assert (spoiled.status, spoiled.cursor) == (500, "")
    front.behind = running.url
    assert (await network.way(front.url, None)).here == ("", "")
    assert (await network.way("http://127.0.0.1:1", running.url)).error
    with pytest.raises(Unheard):
        await network.passage("http://127.0.0.1:1", running.url, load(None, {}, {}).settings)


def test_a_damaged_store_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.drop("one.txt", "date 2026-05-04 One\n\nText of it.\n")
    assert place.run("publish").returncode == 0
    file = place.folder / "data" / "feeder.db"
    url = f"sqlite:///{file}"
    assert [one.verdict for one in judge(database(url, 5))] == [Verdict.OK]
    with monkeypatch.context() as patched:
        patched.setattr(connection, "_STEPS", 1)
        assert [one.verdict for one in judge(database(url, 0))] == [Verdict.NOT_CHECKED]
    pages = file.stat().st_size // 4096
    with file.open("r+b") as opened:
        opened.seek(4096 * (pages // 2))
        opened.write(b"\xff" * 4096 * 8)
    (finding,) = judge(database(url, 5))
    assert finding.verdict is Verdict.PROBLEM
    assert "damaged" in finding.says
    file.write_bytes(b"not a database, but long enough to be read as one" * 100)
    assert [one.verdict for one in judge(database(url, 5))] == [Verdict.PROBLEM]
