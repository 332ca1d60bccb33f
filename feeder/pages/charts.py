"""Small charts as SVG (SVG 2): numbers in, markup out. Pure.

A chart is as wide as there is place, and its letters keep their size: places along it are percentages, heights pixels.
It draws with classes alone, so that a style sheet gives the colours of light and dark, and a strict policy holds. What
it shows it also says, in a title and a description; what is refused hangs below the line, and the second line of two
stands on the ground as an area, so that nobody needs the colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TOP: Final = 20
"""Pixels above the drawing, for what stands there."""
HEIGHT: Final = 120
"""Those of the drawing itself."""
BOTTOM: Final = 22
"""Those below it, for the words along it."""
_LEAST: Final = 3
"""What is not nothing can be seen."""
_WIDTH: Final = 0.78
"""How much of its place a bar takes."""
_STEPS: Final = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
_EDGE: Final = 4.0
"""Words nearer to an end than so many percent would be cut."""
_ACROSS: Final = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """One of equal stretches of time: its parts (a class each) upwards from the line, and what hangs ``below`` it.

    ``said`` tells it in words; ``label`` stands under it, if there is one.
    """

    said: str
    parts: Sequence[tuple[str, int]]
    below: tuple[str, int]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of values at places from 0 to 1, in their order; None is a gap. ``name`` is its class.

    ``is_area`` has it stand on the ground, so that it looks another than a line.
    """

    name: str
    points: Sequence[tuple[float, float | None]]
    is_area: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a chart is called (``name`` is unique on its page), and what it shows, in words."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across at a height from 0 (below) to 1, with its word; ``label`` may be empty."""

    height: float
    label: str


def bars(said: Said, shown: Sequence[Bar]) -> Markup:
    """Stacked bars, one beside the other; what hangs below the line has a scale of its own, as it is seldom much."""
    above = max((sum(count for _, count in bar.parts) for bar in shown), default=0)
    below = max((bar.below[1] for bar in shown), default=0)
    scale = round_up(above)
    room = _Room(scale, *_shares(scale if above else 0, below), below=max(below, 1))
    pieces = [_across(TOP, "mark")]
    pieces += [_bar(bar, 100 / len(shown), place, room) for place, bar in enumerate(shown)]
    pieces += [_across(TOP + room.up, "base"), _text(0, TOP - 5, f"{scale:,}" if above else "", "start")]
    return _svg(said, pieces, "bars")


@dataclass(frozen=True, slots=True)
class _Room:
    """Upwards so many pixels for at most ``above``, downwards so many for at most ``below``."""

    above: int
    up: int
    down: int
    below: int


def _shares(above: int, below: int) -> tuple[int, int]:
    """How many pixels there are above the line, and below it."""
    if not below:
        return HEIGHT, 0
    least = HEIGHT // 8
    down = min(max(round(HEIGHT * below / (above + below)), least), HEIGHT // 2)
    return HEIGHT - down, down


def _bar(bar: Bar, step: float, place: int, room: _Room) -> str:
    start, width, line = place * step + step * (1 - _WIDTH) / 2, step * _WIDTH, TOP + room.up
    found, y = [], float(line)
    for (name, _), height in zip(
        bar.parts, _heights([count for _, count in bar.parts], room.up, room.above), strict=True
    ):
        y -= height
        if height:
            found.append(_rect(name, start, width, y, height))
    (height,) = _heights([bar.below[1]], room.down, room.below)
    if height:
        found.append(_rect(bar.below[0], start, width, line, height))
    found.append(_rect("zone", place * step, step, TOP, HEIGHT))
    middle = (place + 0.5) * step
    label = _text(middle, TOP + HEIGHT + 15, bar.label, "middle") if _EDGE < middle < 100 - _EDGE else ""
    return f"<g><title>{escape(bar.said)}</title>{''.join(found)}</g>{label}"


def _heights(counts: Sequence[int], most: int, scale: int) -> list[float]:
    """As many pixels as the counts are high; each that is not nothing can be seen, and together they have room."""
    wanted = [max(count / scale * most, _LEAST) if count > 0 else 0.0 for count in counts]
    total = sum(wanted)
    return [height * most / total for height in wanted] if total > most else wanted


def round_up(most: float) -> int:
    """A round number that is not less, and at least 1."""
    if most <= _STEPS[0]:
        return max(math.ceil(most), 1)
    power = 10 ** (math.floor(math.log10(most)) - 1)
    return int(next(step * power for step in _STEPS if step * power >= most))


def lines(said: Said, shown: Sequence[Line], most: float, marks: Iterable[Mark], labels: tuple[str, str]) -> Markup:
    """Lines over one stretch of time, as high as ``most``; ``labels`` are the words at its two ends."""
    heights = [(TOP + HEIGHT * (1 - mark.height), mark.label) for mark in marks]
    pieces = [_across(y, "mark") for y, _ in heights]
    drawn = "".join(_drawn(line, most) for line in shown)
    pieces.append(
        f'<svg x="0" y="{TOP}" width="100%" height="{HEIGHT}" viewBox="0 0 {_ACROSS} {HEIGHT}" '
        f'preserveAspectRatio="none">{drawn}</svg>'
    )
    begin, end = labels
    pieces += [_across(TOP + HEIGHT, "base"), *(_text(0, y - 5, label, "start") for y, label in heights)]
    pieces += [_text(0, TOP + HEIGHT + 15, begin, "start"), _text(100, TOP + HEIGHT + 15, end, "end")]
    return _svg(said, pieces, "lines")


def _drawn(line: Line, most: float) -> str:
    """Straight from value to value; a value alone is a short dash, so that it can be seen."""
    area, found = "", ""
    for run in _runs(line.points):
        spots = [f"{x * _ACROSS:.0f} {HEIGHT * (1 - min(max(y / most, 0.0), 1.0)):.1f}" for x, y in run]
        way = "M" + "L".join(spots) + ("h4" if len(spots) == 1 else "")
        found += way
        area += f"{way}V{HEIGHT}H{spots[0].partition(' ')[0]}Z"
    name = escape(line.name)
    ground = f'<path class="{name} area" d="{area}"/>' if line.is_area else ""
    return f'{ground}<path class="{name}" d="{found}"/>'


def _runs(points: Sequence[tuple[float, float | None]]) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for x, y in points:
        if y is not None:
            run.append((min(max(x, 0.0), 1.0), y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _svg(said: Said, pieces: Iterable[str], kind: str) -> Markup:
    names = f"{said.name}-title {said.name}-said"
    return Markup(  # noqa: S704 - of numbers, and of words that were escaped
        f'<svg class="chart {kind}" role="img" aria-labelledby="{names}" width="100%" height="{TOP + HEIGHT + BOTTOM}">'
        f'<title id="{said.name}-title">{escape(said.title)}</title>'
        f'<desc id="{said.name}-said">{escape(said.description)}</desc>{"".join(pieces)}</svg>'
    )


def _across(y: float, name: str) -> str:
    return f'<line class="{name}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'


def _rect(name: str, x: float, width: float, y: float, height: float) -> str:
    return f'<rect class="{escape(name)}" x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{height:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.2f}%" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>' if words else ""
