"""Charts: whatever the numbers, the markup is well-formed and nothing leaves its box."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.pages import charts
from feeder.pages.charts import BOTTOM, HEIGHT, TOP, Bar, Line, Mark, Said

SAID = Said("name", "A title", "What is shown.")
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20
)
COUNTS = st.integers(0, 10**9)
BARS = st.lists(
    st.builds(
        Bar,
        WORDS,
        st.tuples(*(st.tuples(st.just(name), COUNTS) for name in ("published", "updated", "corrected"))),
        st.tuples(st.just("refused"), COUNTS),
        WORDS,
    ),
    max_size=48,
)
VALUES = st.none() | st.floats(-1e9, 1e9)
LINES = st.lists(
    st.builds(Line, st.just("p50"), st.lists(st.tuples(st.floats(-2, 2), VALUES), max_size=40), st.booleans()),
    max_size=3,
)


def drawn(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own


def percent(value: str | None) -> float:
    assert value is not None
    return float(value.removesuffix("%"))


def rects(chart: ET.Element, name: str = "") -> list[tuple[float, float, float, float]]:
    """Left and right in percent, top and bottom in pixels."""
    return [
        (
            percent(one.get("x")),
            percent(one.get("x")) + percent(one.get("width")),
            percent(one.get("y")),
            percent(one.get("y")) + percent(one.get("height")),
        )
        for one in chart.iter("rect")
        if one.get("class") != "zone" and name in {"", one.get("class")}
    ]


@given(BARS)
@example([Bar("x", [("published", 10**9), *[("updated", 1)] * 60], ("refused", 1))])
def test_bars_stay_in_their_box_and_are_seen(shown: list[Bar]) -> None:
    chart = drawn(charts.bars(SAID, shown))
    assert chart.get("height") == str(TOP + HEIGHT + BOTTOM)
    for left, right, top, bottom in rects(chart):
        assert 0 <= left < right <= 100.01
        assert TOP - 0.2 <= top < bottom <= TOP + HEIGHT + 0.2
    counts = [count for bar in shown for _, count in (*bar.parts, bar.below)]
    assert len(rects(chart)) == sum(count > 0 for count in counts)
    assert [one.text or "" for one in chart.iter("title")][1:] == [bar.said for bar in shown]


@given(BARS)
def test_what_is_refused_hangs_below_all_that_is_not(shown: list[Bar]) -> None:
    chart = drawn(charts.bars(SAID, shown))
    (line,) = [percent(one.get("y1")) for one in chart.iter("line") if one.get("class") == "base"]
    assert all(top >= line - 0.2 for _, _, top, _ in rects(chart, "refused"))
    for name in ("published", "updated", "corrected"):
        assert all(bottom <= line + 0.2 for _, _, _, bottom in rects(chart, name))


def test_bars_are_as_high_as_their_numbers() -> None:
    shown = [Bar("", [("published", count)], ("refused", 0)) for count in (100, 50, 0)]
    heights = [bottom - top for _, _, top, bottom in rects(drawn(charts.bars(SAID, shown)))]
    assert heights == [HEIGHT, HEIGHT / 2]
    assert [one.text for one in drawn(charts.bars(SAID, shown)).iter("text")] == ["100"]


def test_a_word_stands_below_its_bar_unless_it_would_be_cut() -> None:
    shown = [Bar("", [], ("refused", 0), label) for label in ("first", *"abcdefghijklmnopqrstuvwxyz", "last")]
    assert [one.text for one in drawn(charts.bars(SAID, shown)).iter("text")] == list("abcdefghijklmnopqrstuvwxyz")


@given(LINES, st.floats(1e-6, 1e9), st.lists(st.builds(Mark, st.floats(0, 1), WORDS), max_size=4), WORDS, WORDS)
def test_lines_stay_in_their_box(shown: list[Line], most: float, marks: list[Mark], begin: str, end: str) -> None:
    chart = drawn(charts.lines(SAID, shown, most, marks, (begin, end)))
    (inner,) = chart.iter("svg") if len(list(chart.iter("svg"))) == 1 else list(chart.iter("svg"))[1:]
    assert inner.get("viewBox") == f"0 0 1000 {HEIGHT}"
    for path in inner.iter("path"):
        way = path.get("d") or ""
        for spot in way.replace("M", "L").replace("Z", "").split("L"):
            x, _, y = spot.partition("V")[0].removesuffix("h4").partition(" ")
            assert not spot or (0 <= float(x) <= 1000 and 0 <= float(y) <= HEIGHT)
    assert [one.text for one in chart.iter("text")] == [
        word for word in (*(m.label for m in marks), begin, end) if word
    ]


def test_a_line_has_gaps_where_nothing_is_known_and_an_area_stands_on_the_ground() -> None:
    points = [(0.0, 1.0), (0.5, 0.5), (0.6, None), (1.0, 0.0)]
    chart = drawn(charts.lines(SAID, [Line("p50", points), Line("p99", points, is_area=True)], 1, [], ("", "")))
    line, ground, edge = (path for path in chart.iter("path"))
    assert line.get("d") == edge.get("d") == f"M0 0.0L500 {HEIGHT / 2}M1000 {HEIGHT:.1f}h4"
    assert ground.get("d") == f"M0 0.0L500 {HEIGHT / 2}V{HEIGHT}H0ZM1000 {HEIGHT:.1f}h4V{HEIGHT}H1000Z"
    assert (ground.get("class"), edge.get("class")) == ("p99 area", "p99")


def test_a_chart_says_what_it_is_and_shows_and_words_are_words() -> None:
    chart = drawn(charts.bars(Said("a", "<b>&", '"it\'s"'), [Bar("<x>", [("published", 1)], ("refused", 0), "<i>")]))
    title, description = chart[0], chart[1]
    assert (chart.get("role"), chart.get("aria-labelledby")) == ("img", "a-title a-said")
    assert [(one.tag, one.get("id"), one.text) for one in (title, description)] == [
        ("title", "a-title", "<b>&"), ("desc", "a-said", "\"it's\"")
    ]  # fmt: skip
    assert "style=" not in charts.bars(SAID, [])


@pytest.mark.parametrize(
    ("most", "rounded"),
    [
        (0, 1),
        (0.2, 1),
        (1, 1),
        (7, 7),
        (10, 10),
        (11, 15),
        (99, 100),
        (101, 150),
        (2869, 3000),
        (10**9 + 1, 15 * 10**8),
    ],
)
def test_the_top_of_a_scale_is_a_round_number(most: float, rounded: int) -> None:
    assert charts.round_up(most) == rounded
