"""How findings are told: to people in columns, to programs in lines."""

from __future__ import annotations

import io

import pytest

from feeder.cli.doctor import tell
from feeder.cli.screen import Screen
from feeder.doctor import Finding, Verdict

DISK = Finding("data", Verdict.PROBLEM, "data: 3.0 MiB free.", "Make room on its disk, or move it to a larger one.")
CLOCK = Finding("clock", Verdict.OK, "The clock says\x1b[2J noon.")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_finding_is_three_columns_with_its_remedy_below(width: int) -> None:
    out = io.StringIO()
    screen = Screen(out, width=width, has_colours=False)
    for one in (DISK, CLOCK):
        tell(screen, one)
    lines = out.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    assert lines[0].split() == ["data", "problem", "data:", "3.0", "MiB", "free."]
    assert lines[1].index("→") == lines[0].index("data:")
    assert "\x1b" not in out.getvalue()


def test_where_nothing_is_laid_out_it_is_one_line_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    for one in (DISK, CLOCK):
        tell(screen, one)
    assert capsys.readouterr().out.splitlines() == [
        f"problem\tdata\t{DISK.says}\t{DISK.remedy}",
        "ok\tclock\tThe clock says\\x1b[2J noon.\t",
    ]
