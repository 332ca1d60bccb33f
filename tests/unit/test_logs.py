"""What the log says of a fault: where it was, and nothing of what the program held then."""

from __future__ import annotations

import subprocess
import sys
from typing import Literal

import pytest

_PROGRAM = """
import sys

import structlog

from feeder.cli import logs
from feeder.config import Log

logs.configure(Log(format=sys.argv[1]))


def deliver(secret):
    raise KeyError("not there")


try:
    deliver("".join(("a-", "canary")))
except KeyError:
    structlog.get_logger().exception("request failed")
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_fault_is_logged_with_its_place_and_without_what_was_in_it(form: Literal["console", "json"]) -> None:
    ran = subprocess.run([sys.executable, "-c", _PROGRAM, form], capture_output=True, text=True, check=True)
    assert "request failed" in ran.stderr
    assert "in deliver" in ran.stderr
    assert "not there" in ran.stderr
    assert "a-canary" not in ran.stderr
