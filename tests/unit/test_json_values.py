from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse.objects import values


@given(seconds=st.integers(100_000_000, 10**11 - 1), unit=st.sampled_from([1, 1000, 10**6]), text=st.booleans())
def test_a_number_is_a_time_of_unix_whatever_its_unit(seconds: int, unit: int, text: bool) -> None:
    if unit > 1 and seconds * unit < 10**11 * unit // 1000:
        return  # milliseconds of 1970 to 1973 look like seconds of a later year
    if values._COMPACT_DAY.fullmatch(str(seconds * unit)[:8]) and text and len(str(seconds * unit)) in {12, 14}:
        return
    value = seconds * unit
    moment, oddity = values.moment(str(value) if text else value)
    assert isinstance(moment, datetime)
    assert moment == datetime.fromtimestamp(seconds, UTC)
    assert oddity is not None
    assert str(value) in oddity


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2019-04-30", "2019-04-30"),
        (" 2019-04-30T10:00Z ", "2019-04-30T10:00Z"),
        ({"$date": "2019-04-30T10:00:00Z"}, "2019-04-30T10:00:00Z"),
        ({"date": "2019-04-30 10:00:00.000000", "timezone": "UTC"}, "2019-04-30 10:00:00.000000"),
        (["2019-04-30"], "2019-04-30"),
        (20190430, "20190430"),
        ("20190430", "20190430"),
        ("20190430101500", "20190430101500"),
        (1556616600.5, datetime(2019, 4, 30, 9, 30, 0, 500000, tzinfo=UTC)),
        (-1556616600, datetime(1920, 9, 3, 14, 30, tzinfo=UTC)),
        (2019, "2019"),
        (10**18, "1" + "0" * 18),
        (True, None),
        (None, None),
        ({"year": 2019}, None),
        (["2019", "2020"], None),
        ("", None),
    ],
)
def test_a_date_is_given_on_as_it_was_found(value: Any, moment: Any) -> None:
    assert values.moment(value)[0] == moment


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (" a ", "a"),
        (7, "7"),
        (True, ""),
        (None, ""),
        (["a"], "a"),
        (["a", "b"], ""),
        ({"rendered": "a"}, "a"),
        ({"main": "a", "kicker": "b"}, "a"),
        ({"en-US": "a", "sv": "b"}, "a"),
        ({"en-US": {"value": ["a"]}}, "a"),
        ({"x": {"y": "z"}}, ""),
        ({}, ""),
    ],
)
def test_a_line_is_found_in_whatever_holds_one(value: Any, line: str) -> None:
    assert values.line(value) == line


def test_an_object_that_holds_itself_for_ever_is_left() -> None:
    value: dict[str, Any] = {"value": "deep"}
    for _ in range(50):
        value = {"value": value}
    assert values.line(value) == ""


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("AT&T &amp; others", "AT&T & others"),
        ("Fish & chips", "Fish & chips"),
        ("a < b > c", "a < b > c"),
        ("<p>A <b>bold</b> word.</p><p>Two.</p>", "A bold word. Two."),
        ("Ferry &#8220;x&#8221;", "Ferry \u201cx\u201d"),
    ],
)
def test_markup_is_left_out_of_a_line(value: str, line: str) -> None:
    assert values.plain_line(value) == line


LONG = "The ferry to Norra Ekholm stopped at noon on Tuesday and nobody at the pier could say when it would run again. "


@pytest.mark.parametrize(
    ("value", "paragraphs"),
    [
        ("One.\nTwo.\n\nThree.", ("One. Two.", "Three.")),
        ("One.\nTwo.", ("One.", "Two.")),
        (f"{LONG}\nTwo.\n\nThree.", (LONG.strip(), "Two.", "Three.")),
        ("One.\r\n\r\nTwo.\r\n", ("One.", "Two.")),
        (" \n\n", ()),
    ],
)
def test_programs_end_a_paragraph_with_a_line_and_people_wrap_it(value: str, paragraphs: tuple[str, ...]) -> None:
    assert values.paragraphs(value) == paragraphs


@pytest.mark.parametrize(
    ("value", "key", "body"),
    [
        ("<p>a</p>", "content", {"html": "<p>a</p>"}),
        ("a <b>b</b>\nc & d", "content", {"html": "<p>a <b>b</b></p>\n<p>c &amp; d</p>"}),
        ("if a < b", "content", {"paragraphs": ("if a < b",)}),
        ("a <b>b</b>", "text", {"paragraphs": ("a <b>b</b>",)}),
        ("a <b>b</b>", "content_html", {"html": "a <b>b</b>"}),
        ("<p>a</p>", "text", {"paragraphs": ("<p>a</p>",)}),
        (" ", "content_html", {}),
        (7, "content", {}),
        ({"rendered": "<p>a</p>", "protected": False}, "content", {"html": "<p>a</p>"}),
        ({"processed": "<p>a</p>", "value": "b"}, "body", {"html": "<p>a</p>"}),
        ({"sv": {"value": "a"}}, "body", {"paragraphs": ("a",)}),
        (["a", "b\nc", 7], "paragraphs", {"paragraphs": ("a", "b", "c")}),
        (["a", "<p>b</p>"], "content", {"html": "<p>a</p>\n<p>b</p>"}),
        (
            [{"type": "p", "children": [{"text": "a"}, {"text": "b"}]}, {"children": [{"text": "c"}]}],
            "c",
            {"paragraphs": ("ab", "c")},
        ),
        (
            {"type": "doc", "content": [{"type": "p", "content": [{"type": "text", "text": "a"}]}]},
            "c",
            {"paragraphs": ("a",)},
        ),
        ({"blocks": []}, "c", {}),
        ({"x": 1}, "c", {}),
    ],
)
def test_a_body_is_html_or_paragraphs_by_its_key_or_its_tags(value: Any, key: str, body: dict[str, Any]) -> None:
    assert values.body(value, key) == body


def test_a_text_among_blocks_is_not_taken_for_markup() -> None:
    assert values.body(["a < b & c", "<p>d</p>"], "content")["html"] == "<p>a &lt; b &amp; c</p>\n<p>d</p>"


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("Ann Lee", [("Ann Lee", "", "")]),
        (5, []),
        ([{"name": "Ann Lee", "url": "https://x.example"}, {"id": 7}, None], [("Ann Lee", "", "https://x.example")]),
        ({"first_name": "Ann", "last_name": "Lee"}, [("Ann Lee", "", "")]),
        ({"node": {"name": "Ann Lee"}}, [("Ann Lee", "", "")]),
        ({"name": "Ann", "url": "mailto:ann@x.example?subject=a"}, [("Ann", "ann@x.example", "")]),
        ({"uri": "ann@x.example", "name": "Ann"}, [("Ann", "", "")]),
        ({"name": {"first": "Ann"}}, []),
    ],
)
def test_people_are_names_whatever_holds_them(value: Any, people: list[tuple[str, str, str]]) -> None:
    found = [(each["name"], each["email"], each["url"]) for each in values.people(value)]
    assert found == people


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "value", "content", "children", "blocks", "data", "en", "name"]), inner
        )
    ),
    max_leaves=10,
)


@given(value=VALUES, key=st.sampled_from(["content", "html", "text"]))
def test_no_value_makes_a_reader_fail(value: Any, key: str) -> None:
    body = values.body(value, key)
    assert set(body) <= {"html", "paragraphs"}
    assert isinstance(values.line(value), str)
    assert all(isinstance(each["name"], str) for each in values.people(value))
    values.moment(value)
    values.plain_line(value)
