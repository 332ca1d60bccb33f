"""How many files the process may open: raised as far as it goes, and said if that is too few."""

from __future__ import annotations

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="NOT TESTED: this system has no such limits")

PROGRAM = """
import logging, resource, structlog
from feeder.listening import make_room
structlog.configure(processors=[structlog.processors.KeyValueRenderer(key_order=["event"])])
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
room = make_room({listeners})
room.tell()
print(room.listeners, *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def said(soft: int, hard: int, listeners: int) -> tuple[str, list[str]]:
    """How many can listen, the limits afterwards, and what the log says.

    In a process of its own, as a limit cannot be raised again.
    """
    program = PROGRAM.format(soft=soft, hard=hard, listeners=listeners)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    *log, limits = done.stdout.splitlines()
    return limits, log


def test_it_is_raised_as_far_as_it_goes() -> None:
    assert said(256, 4000, 3000) == ("3000 4000 4000", [])


def test_a_limit_that_is_high_enough_is_nothing_to_say() -> None:
    assert said(4000, 4000, 3488) == ("3488 4000 4000", [])


def test_too_low_a_limit_is_said_in_one_line_with_what_to_do() -> None:
    limits, log = said(256, 2000, 1489)
    assert limits == "1488 2000 2000"
    (line,) = log
    assert {"stream.max_listeners", "(LimitNOFILE=", "-n"} <= set(line.replace(",", " ").split())
    assert line.endswith("max_listeners=1489 room=1488 files=2000 needed=2001")


def test_where_there_are_very_few_half_of_them_are_for_listeners() -> None:
    limits, (_,) = said(100, 300, 20_000)
    assert limits == "150 300 300"


def test_without_a_limit_on_listeners_there_are_as_many_as_fit() -> None:
    assert said(256, 2000, 0) == ("1488 2000 2000", [])
