"""The SQLite store under SIGKILL, a failing disk and a restored backup: real processes, real files, real kills.

``FEEDER_SOAK=1`` makes the sweep of kill points complete; otherwise it takes a sample of them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines import SQLITE_DISAGREEMENTS, disagreements
from feeder.store import open_store
from program import disk, may_trace, require

if TYPE_CHECKING:
    from collections.abc import Iterator

SOAK = os.environ.get("FEEDER_SOAK") == "1"
PATIENCE_SECONDS = 60

# What the killed process runs: it takes in files that come, change, are withdrawn and copied, and says after each
# transaction which events it was told to have been written. Arguments: the database, how many transactions.
CHILD = """
import asyncio, hashlib, pathlib, sys
from datetime import UTC, datetime, timedelta
from feeder.errors import LostError, UnavailableError
from feeder.model import Article, Seed, Usage
from feeder.store import Refusal, Take, open_store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

def take(path, text, usage=Usage.USABLE):
    key = hashlib.sha256(text.encode()).hexdigest()
    one = Article(
        id=f"urn:uuid:{key}", slug="story", title=text, summary="", html="", text=text * 200, usage=usage,
        published=NOW - timedelta(days=1), section=text[0], sections=(text[0],), content_key=key, digest=key,
        format="seed",
    )
    return Take(seed=Seed(path, len(text), 1, 2, 3), sha256=key, articles=(one,))

async def main(path, rounds):
    store = await open_store(f"sqlite:///{path}", data=pathlib.Path(path).parent)
    first = (await store.bounds()).newest
    print("open", flush=True)
    for n in range(first, first + rounds):
        files = [
            take(f"{n}.txt", f"new {n}"),
            take(f"{n % 7}.txt", f"edited {n}"),
            take("copy.txt", f"edited {n}"),
            take(f"{n % 5}.txt", f"taken back {n}", Usage.DRAFT if n % 3 else Usage.USABLE),
            Take(seed=Seed("bad.txt", n, 1, 2, 3), sha256=str(n), refusal=Refusal("no date")),
        ]
        try:
            accepted = await store.accept(files, now=NOW + timedelta(seconds=n), withdraw=True)
        except (LostError, UnavailableError) as error:
            print("unavailable", error, flush=True)
        else:
            print("written", *(event.cursor + "=" + event.article_id for event in accepted.events), flush=True)
    await store.close()
    print("closed", flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@dataclass
class Desk:
    """A database, and what its processes said of it."""

    path: Path

    def __post_init__(self) -> None:
        self.acknowledged: list[str] = []

    def start(self, transactions: int, *wrapper: str) -> subprocess.Popen[str]:
        command = [*wrapper, sys.executable, "-c", CHILD, str(self.path), str(transactions)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def hear(self, lines: list[str]) -> None:
        for line in lines:
            if line.startswith("written ") and line.endswith("\n"):
                self.acknowledged += line.split()[1:]

    def run(self, transactions: int, *wrapper: str) -> list[str]:
        """Let a process run to its end, whatever that is; says what it printed."""
        with self.start(transactions, *wrapper) as child:
            assert child.stdout is not None
            lines = list(child.stdout)
        self.hear(lines)
        return lines

    async def check(self) -> None:
        """Open it again as the service would, and look whether everything agrees."""
        store = await open_store(f"sqlite:///{self.path}", data=self.path.parent)
        newest = (await store.bounds()).newest
        events = await store.read(0, newest + 1)
        await store.close()
        assert [event.seq for event in events] == list(range(1, newest + 1))
        written = [f"{event.cursor}={event.article_id}" for event in events]
        assert set(self.acknowledged) <= set(written), "an acknowledged event is lost"
        assert len(written) == len(set(written))
        assert disagreements(self.path, DISAGREEMENTS) == []


DISAGREEMENTS = SQLITE_DISAGREEMENTS | {
    "the head is the last event": "SELECT 1 FROM head WHERE seq != (SELECT coalesce(max(seq), 0) FROM events)",
    "an event is of the epoch whose range it is in": (
        "SELECT seq FROM events WHERE epoch != "
        "(SELECT name FROM epochs WHERE first <= seq ORDER BY ordinal DESC LIMIT 1)"
    ),
    "moments do not go back": "SELECT 1 FROM events AS a JOIN events AS b ON b.seq = a.seq + 1 WHERE b.at < a.at",
    "an article stands at its last event": (
        "SELECT num FROM articles WHERE seq IS NOT (SELECT max(events.seq) FROM events WHERE article = num)"
    ),
    "it is shown unless that took it back": (
        "SELECT num FROM articles JOIN events USING (seq) WHERE (state = 'shown') != (kind != 'retracted')"
    ),
    "and has its version": (
        "SELECT num FROM articles JOIN events USING (seq) WHERE articles.version != events.version"
    ),
    "a version is published once": (
        "SELECT article FROM events WHERE kind != 'retracted' GROUP BY article, version HAVING count(*) > 1"
    ),
    "what is retracted has no content, what is not has": (
        "SELECT events.seq FROM events WHERE (content IS NULL) != (kind = 'retracted' OR retracted)"
    ),
    "a published file holds a shown article": (
        "SELECT path FROM files WHERE status = 'published' AND num NOT IN (SELECT file FROM filings "
        "JOIN articles ON articles.num = filings.article WHERE state = 'shown' AND copied IS NULL)"
    ),
    "a shown article has its file": (
        "SELECT num FROM articles WHERE state = 'shown' AND num NOT IN (SELECT article FROM filings "
        "WHERE article IS NOT NULL AND copied IS NULL)"
    ),
    "only copies wait": "SELECT file FROM staged EXCEPT SELECT file FROM filings WHERE copied IS NOT NULL",
    "shelves hold the shown articles": (
        "SELECT seq, value FROM articles, json_each(shelves) WHERE state = 'shown' "
        "EXCEPT SELECT seq, shelf FROM shelved WHERE gone IS NULL"
    ),
    "and nothing else": (
        "SELECT seq, shelf FROM shelved WHERE gone IS NULL "
        "EXCEPT SELECT seq, value FROM articles, json_each(shelves) WHERE state = 'shown'"
    ),
    "every reference leads somewhere": "SELECT * FROM pragma_foreign_key_check",
    "the file is whole": "SELECT quick_check FROM pragma_quick_check WHERE quick_check != 'ok'",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "feeder.db")


async def test_a_process_that_ends_well_leaves_one_file(desk: Desk) -> None:
    lines = desk.run(20)
    assert lines[-1] == "closed\n"
    assert len(desk.acknowledged) > 40
    assert [path.name for path in desk.path.parent.iterdir()] == ["feeder.db"]
    await desk.check()


async def test_kills_at_random_moments_lose_nothing_that_was_acknowledged(desk: Desk) -> None:
    chance = random.Random(2026)
    for _ in range(100 if SOAK else 20):
        child = desk.start(100_000)
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(chance.randrange(1, 40))]
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
        assert child.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        child.stdout.close()
        desk.hear(lines)
        await desk.check()
    assert len(desk.acknowledged) > 500


def traced(what: str) -> list[str]:
    """A wrapper that does something to the process's n-th write; skips loudly where it cannot."""
    require(may_trace(), "strace is missing or may not trace here (apt-get install strace)")
    return [
        "strace",
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-e",
        "trace=pwrite64,fdatasync,fsync,ftruncate,unlink",
        "-e",
        what,
    ]


@pytest.mark.parametrize(("call", "least"), [("pwrite64", 60), ("fdatasync", 6), ("ftruncate", 1), ("unlink", 1)])
async def test_a_kill_at_any_write_leaves_a_whole_store(desk: Desk, call: str, least: int) -> None:
    point, ended = 1, False
    while not ended:
        for path in desk.path.parent.iterdir():
            path.unlink()
        desk.acknowledged.clear()
        ended = desk.run(3, *traced(f"inject={call}:signal=SIGKILL:when={point}"))[-1:] == ["closed\n"]
        if desk.path.exists():
            await desk.check()
        desk.run(2)
        await desk.check()
        point += 1 if SOAK else 1 + point // 3
    assert point > least


async def test_a_failed_flush_ends_all_writing_and_the_next_process_goes_on(desk: Desk) -> None:
    desk.run(2)
    lines = desk.run(5, *traced("inject=fdatasync,fsync:error=EIO:when=4+"))
    failed = [line for line in lines if line.startswith("unavailable")]
    assert "the disk reports an error" in failed[0]
    assert len(failed) > 1
    assert all("not used any more" in line for line in failed[1:])
    written = len(desk.acknowledged)
    await desk.check()
    desk.run(2)
    assert len(desk.acknowledged) > written
    await desk.check()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; where none may be mounted, a full disk is still tried in test_store_sqlite."""
    with disk(tmp_path / "disk", megabytes=1) as folder:
        yield folder


async def test_a_full_disk_stops_the_intake_and_nothing_else(small_disk: Path) -> None:
    desk = Desk(small_disk / "feeder.db")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    lines = desk.run(300)
    assert any("disk is full" in line for line in lines)
    assert lines[-1] == "closed\n"
    written = len(desk.acknowledged)
    ballast.unlink()
    await desk.check()
    desk.run(2)
    assert len(desk.acknowledged) > written
    await desk.check()


async def test_a_restored_backup_never_gives_an_id_twice(desk: Desk) -> None:
    desk.run(5)
    backup = desk.path.with_suffix(".backup")
    shutil.copy(desk.path, backup)
    desk.run(5)
    lost = set(desk.acknowledged)
    shutil.copy(backup, desk.path)
    desk.acknowledged.clear()
    desk.run(5)
    again = {cursor.partition("=")[0] for cursor in desk.acknowledged}
    assert again
    assert not again & {cursor.partition("=")[0] for cursor in lost}
    await desk.check()


async def test_another_process_sees_commits_in_their_order(desk: Desk) -> None:
    child = desk.start(60)
    assert child.stdout is not None
    child.stdout.readline()
    reader = await open_store(f"sqlite:///{desk.path}", data=desk.path.parent, write=False)
    seen, running = 0, True
    while running:
        running = child.poll() is None
        while events := await reader.read(seen, 7):
            assert [event.seq for event in events] == list(range(seen + 1, seen + len(events) + 1))
            seen = events[-1].seq
    desk.hear(child.stdout.readlines())
    child.stdout.close()
    await reader.close()
    assert seen == int(desk.acknowledged[-1].partition("=")[0].partition(".")[2])
