"""The script of the pages as a text: it is read by people, and put into pages as it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from feeder.codings import encoded
from feeder.pages import ASSETS
from program import require

NAME = "live.js"
TEXT = ASSETS[NAME].decode()
MOST_ON_THE_WIRE = 8_000
LONGEST_FUNCTION = 20


def test_it_is_small_on_the_wire() -> None:
    assert min(map(len, encoded(ASSETS[NAME]).values())) < MOST_ON_THE_WIRE


def test_it_can_be_read(tmp_path: Path) -> None:
    node = shutil.which("node")
    require(node, "Node is not there (on Debian: apt-get install nodejs)")
    file = tmp_path / NAME
    file.write_text(TEXT)
    assert subprocess.run([str(node), "--check", file], capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize(
    "word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval", "new Function"]
)
def test_what_comes_is_put_in_as_text(word: str) -> None:
    assert word not in TEXT


def test_its_style() -> None:
    assert TEXT.startswith("'use strict';\n")
    assert [line for line in TEXT.splitlines() if len(line) > 120 or line != line.rstrip() or "\t" in line] == []
    assert re.findall(r"\bvar\b|[^=!]==[^=]|!=[^=]", TEXT) == []


def test_its_functions_are_short_and_each_is_used() -> None:
    functions = re.findall(r"^(?:async )?function (\w+)\(.*?^\}", TEXT, re.MULTILINE | re.DOTALL)
    bodies = re.findall(r"^(?:async )?function \w+\(.*?^\}", TEXT, re.MULTILINE | re.DOTALL)
    assert len(functions) > 40
    assert [name for name, body in zip(functions, bodies, strict=True) if body.count("\n") > LONGEST_FUNCTION] == []
    assert [name for name in functions if len(re.findall(rf"\b{name}\b", TEXT)) < 2] == []
