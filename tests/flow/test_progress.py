"""A long pass at a terminal: the bar, what is written beside it, and Ctrl-C; all through a real pseudo-terminal."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from feeder.ingest import CHUNK
from feeder.judge.worker import Worker
from plugins import Plugin
from program import COMMAND, PATIENCE_SECONDS, Place

MANY = 600
"""Files that keep the slow parser busy for some seconds."""


@pytest.fixture(autouse=True)
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    return Plugin(tmp_path, "slow", monkeypatch)


def fill(place: Place, count: int = MANY) -> None:
    for number in range(count):
        (place.seeds / f"{number:05}.txt").write_text(
            f" date 2026-01-02 Story {number}\n\nIt was so on day {number}, and not for the first time, people said.\n"
        )


@dataclass
class Terminal:
    """A command at a terminal of its own; ``shown`` is all that it wrote there. Its output goes to a file."""

    place: Place
    command: tuple[str, ...] = ("publish",)
    columns: int = 100
    term: str = "xterm"
    shown: str = ""
    _raw: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> Self:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, self.columns, 0, 0))
        self.process = subprocess.Popen(
            [*COMMAND, *self.command], cwd=self.place.folder, env=self.place.environment() | {"TERM": self.term},
            stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - here are no threads
        )  # fmt: skip
        os.close(theirs)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        os.close(self._ours)

    def until(self, pattern: str) -> str:
        """All that was shown, once it has the pattern in it; the end, when the program leaves."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not re.search(pattern, self.shown) and self._read():
            assert time.monotonic() < deadline, self.shown
        return self.shown

    def press(self, key: bytes) -> None:
        os.write(self._ours, key)

    def end(self) -> int:
        """Read to the end, and the exit code."""
        self.until(r"\Z(?!)")
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], PATIENCE_SECONDS)[0]:
            return False
        try:
            self._raw += os.read(self._ours, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # the other end is closed
                raise
            return False
        self.shown = self._raw.decode("utf-8", "replace")
        return True


def lines(shown: str) -> list[str]:
    """Each state of the bar's line."""
    return [part for part in re.split("\r\x1b\\[K|\r?\n", shown) if part]


def test_a_long_pass_shows_how_far_it_is_how_quick_and_how_long_it_will_take(place: Place) -> None:
    fill(place)
    with Terminal(place) as terminal:
        assert terminal.end() == 0
        assert terminal.process.stdout is not None
        assert b"600 published" in terminal.process.stdout.read()
    shown = lines(terminal.shown)
    reading = [line for line in shown if line.startswith("reading [")]
    form = r"reading \[#*-*\] +\d+%  [\d,]+ of 600 files  [\d,]+ articles/s(  \d:\d\d:\d\d left)?"
    assert all(re.fullmatch(form, line) for line in reading), shown
    assert any("left" in line for line in reading)
    numbers = [int(re.sub(r"\D", "", line.partition("%  ")[2].partition(" of")[0])) for line in reading]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 2
    assert any(re.match(r"publishing \[#*-*\] +\d+%  [\d,]+ of 600 articles", line) for line in shown)
    assert terminal.shown.endswith("\r\x1b[K")  # and leaves nothing behind
    assert set(shown) == set(reading) | {line for line in shown if line.startswith("publishing [")}


def test_a_long_check_that_says_nothing_shows_how_far_it_is(place: Place) -> None:
    fill(place)
    with Terminal(place, ("check", "--quiet", "seeds")) as terminal:
        assert terminal.end() == 0
        assert terminal.process.stdout is not None
        assert terminal.process.stdout.read() == b""
    assert any(re.match(r"reading \[#+-*\] +\d+%  [\d,]+ of 600 files", line) for line in lines(terminal.shown))
    assert terminal.shown.endswith("\r\x1b[K")


def test_lines_of_the_log_do_not_run_into_the_bar(place: Place) -> None:
    fill(place)
    for number in range(20):
        (place.seeds / f"bad{number}.txt").write_text(" date 2026-02-30 No such day\n\nText.\n")
    with Terminal(place) as terminal:
        assert terminal.end() == 0
    logged = [line for line in lines(terminal.shown) if "refused" in line]
    assert len(logged) == 20
    assert not any("reading [" in line or "publishing [" in line for line in logged)


def test_a_narrow_terminal_gets_a_line_that_fits(place: Place) -> None:
    fill(place)
    with Terminal(place, columns=30) as terminal:
        assert terminal.end() == 0
    assert max(len(line) for line in lines(terminal.shown)) == 29
    assert any(re.match(r"reading +\d+%  [\d,]+ of 600", line) for line in lines(terminal.shown))


@pytest.mark.parametrize(("term", "count"), [("xterm", 3), ("dumb", MANY)])
def test_short_work_and_dumb_terminals_show_nothing(place: Place, term: str, count: int) -> None:
    fill(place, count)
    with Terminal(place, term=term) as terminal:
        assert terminal.end() == 0
    assert terminal.shown == ""


def test_without_a_terminal_nothing_is_shown(place: Place) -> None:
    fill(place)
    done = place.run("publish")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\r" not in done.stdout


@pytest.mark.parametrize("when", ["reading", "publishing"])
def test_ctrl_c_ends_it_in_one_line_and_the_next_run_goes_on(place: Place, slow: Plugin, when: str) -> None:
    count = CHUNK + 500  # so that there is more to publish after the first step of it
    fill(place, count)
    with Terminal(place) as terminal:
        terminal.until(rf"{when} \[")
        terminal.press(b"\x03")
        assert terminal.end() == 130
        assert terminal.process.stdout is not None
        assert terminal.process.stdout.read() == b""
    said = [line for line in lines(terminal.shown) if " [" not in line]
    assert [line for line in said if line != "^C"] == [
        "feeder: stopped; what was taken in is kept, and the next run goes on from there"
    ]
    assert "Traceback" not in terminal.shown
    slow.remove()  # the next run need not take its time
    done = place.run("publish")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(place.run("status", "--json").stdout)["files"]["published"] == count
    assert place.run("publish").stdout.startswith("files: nothing new\nevents: 0\n")
    assert events(place) == list(range(1, count + 1))


def events(place: Place) -> list[int]:
    """The numbers that the log has given out."""
    import sqlite3

    with sqlite3.connect(place.folder / "data" / "feeder.db") as store:
        return [seq for (seq,) in store.execute("SELECT seq FROM events ORDER BY seq")]


async def test_ctrl_c_does_not_reach_the_processes_that_read() -> None:
    """It goes to all processes of the terminal; one that is just starting would die of it with a traceback."""
    worker = Worker("feeder.judge.reading:answer", deadline_seconds=PATIENCE_SECONDS)
    async with aclosing(worker.ask(b"")) as answers:
        async for _ in answers:
            assert worker._process is not None
            assert os.getsid(worker._process.pid) == worker._process.pid
    await worker.close()
