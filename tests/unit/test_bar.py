"""The bar while a site is written: where a person watches, and nowhere else."""

from __future__ import annotations

import io
from itertools import count

from feeder.cli.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_writing_of_pages_shows_how_far_it_is_and_how_quick() -> None:
    out, clock = Terminal(), count(0.0, 1.0)
    with Bar(out, clock=lambda: next(clock)) as bar:
        bar.found_pages(3000)
        for _ in range(3):
            bar.wrote_pages(1000)
    shown = out.getvalue().split("\r\x1b[K")
    assert shown[1] == "writing pages  33%  1,000 of 3,000 articles  1,000 articles/s  0:00:02 left"
    assert shown[3] == "writing pages [###############] 100%  3,000 of 3,000 articles  1,000 articles/s"
    assert shown[-1] == ""


def test_nothing_is_shown_where_nobody_watches() -> None:
    out = io.StringIO()
    with Bar(out) as bar:
        bar.found_pages(1)
        bar.wrote_pages(1)
    assert out.getvalue() == ""
