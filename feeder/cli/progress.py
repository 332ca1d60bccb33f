"""The bar of a long pass: how far it is, how quick, and how long it will take; only where a person is watching."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

_FIRST_SECONDS: Final = 0.7
"""Work that is done sooner than this shows no bar."""
_EACH_SECONDS: Final = 0.1
_LONGEST_BAR, _SHORTEST_BAR = 24, 5
_FEW_COLUMNS: Final = 80
_CLEAR: Final = "\r\x1b[K"


@dataclass(slots=True)
class _Stage:
    """One part of the work: what is done in it, of what number, and since when: nothing before that is timed."""

    name: str
    unit: str
    total: int
    since: float | None = None
    done: int = 0
    untimed: int = 0


class Bar:
    """A line at the bottom of a terminal: ``Progress`` of ``feeder.ingest.progress``, ``Watcher`` of a static site.

    Everything else that is written to that terminal meanwhile calls ``clear`` first. Use it as a context manager.
    Where ``out`` is no terminal, nothing is ever written.
    """

    def __init__(self, out: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._is_watched = out.isatty() and os.environ.get("TERM") != "dumb"
        self._stage: _Stage | None = None
        self._articles = self._untimed = 0
        self._last = self._next = 0.0
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_shown |= self._is_watched and kind is KeyboardInterrupt  # the terminal has written ^C there
        self.clear()

    def found(self, files: int) -> None:
        """``Progress.found``."""
        self._articles = 0
        self._stage = _Stage("reading", "files", files)

    def judged(self, files: int, articles: int) -> None:
        """``Progress.judged``."""
        self._articles += articles
        self._advance(files)

    def accepted(self, articles: int) -> None:
        """``Progress.accepted``."""
        if self._stage is not None and self._stage.unit == "files":
            self._stage = _Stage("publishing", "articles", self._articles, since=self._last)
            self._next = self._last if self._is_shown else self._next  # who watches sees at once that it is a new part
        self._advance(articles)

    def found_pages(self, articles: int) -> None:
        """``Watcher.found_pages`` of ``feeder.static_site``."""
        now = self._clock()
        self._stage, self._next = _Stage("writing pages", "articles", articles, since=now), now + _FIRST_SECONDS

    def wrote_pages(self, articles: int) -> None:
        """``Watcher.wrote_pages``."""
        self._advance(articles)

    def clear(self) -> None:
        """Take the line away; it comes back with the next step."""
        if self._is_shown:
            self._write(_CLEAR)
            self._is_shown = False

    def _advance(self, steps: int) -> None:
        stage = self._stage
        if stage is None or not self._is_watched:
            return
        now = self._last = self._clock()
        stage.done = min(stage.done + steps, stage.total)
        if stage.since is None:  # what came before this was the start of a parser
            stage.since, stage.untimed = now, stage.done
            self._untimed = self._articles
            self._next = now + _FIRST_SECONDS
        if now >= self._next:
            self._next = now + _EACH_SECONDS
            self._write(_CLEAR + self._line(stage, now - stage.since))
            self._is_shown = True

    def _line(self, stage: _Stage, seconds: float) -> str:
        part = stage.done / stage.total if stage.total else 1.0
        figures = f"{part:4.0%}  {stage.done:,} of {stage.total:,} {stage.unit}{self._pace(stage, seconds)}"
        room = self._columns() - len(stage.name) - len(figures) - 5
        if room < _SHORTEST_BAR:
            return f"{stage.name} {figures}"[: self._columns() - 1]
        length = min(room, _LONGEST_BAR)
        return f"{stage.name} [{'#' * int(part * length):-<{length}}] {figures}"

    def _pace(self, stage: _Stage, seconds: float) -> str:
        """The rate, in articles where a file may hold a million of them, and the time that is left at that rate."""
        articles = self._articles - self._untimed if stage.unit == "files" else stage.done
        steps = stage.done - stage.untimed
        if not steps and not articles:
            return ""
        pace = f"  {articles / max(seconds, 1e-9):,.0f} articles/s"
        if not steps or stage.done >= stage.total:
            return pace
        left = round(seconds * (stage.total - stage.done) / steps)
        return f"{pace}  {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._out.fileno()).columns or _FEW_COLUMNS
        except (OSError, ValueError):
            return _FEW_COLUMNS

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OSError:
            self._is_watched = False  # the terminal was closed; the work goes on
