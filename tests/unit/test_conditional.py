"""Conditional requests: dates exactly, tags by the grammar, and the one before the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web.headers.conditional import entity_tags, format_date, is_failed, is_not_modified, parse_date

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEN = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_a_date(text: str) -> None:
    assert parse_date(text, NOW) == THEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
    ],
)
def test_what_is_not_exactly_a_date_is_none(text: str) -> None:
    assert parse_date(text, NOW) is None


def test_a_year_of_two_digits_is_at_most_fifty_years_ahead() -> None:
    def year(digits: str) -> int:
        found = parse_date(f"Sunday, 06-Nov-{digits} 08:49:37 GMT", NOW)
        assert found is not None
        return found.year

    assert (year("76"), year("77"), year("26"), year("00")) == (2076, 1977, 2026, 2000)


def test_a_leap_second_is_the_next_minute() -> None:
    assert parse_date("Sat, 31 Dec 2016 23:59:60 GMT", NOW) == datetime(2017, 1, 1, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)))
def test_a_date_that_is_written_is_read_back(moment: datetime) -> None:
    assert parse_date(format_date(moment), NOW) == moment


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    parse_date(text, NOW)
    entity_tags(text)


@pytest.mark.parametrize(
    ("field", "tags"),
    [
        ('"a"', ['"a"']),
        ('W/"a"', ['"a"']),
        ('"a", W/"b","c"', ['"a"', '"b"', '"c"']),
        (' "a" ,, "b" ,', ['"a"', '"b"']),
        ('"a,b"', ['"a,b"']),
        ('""', ['""']),
        ('a, "b"', ['"b"']),
        ('"a" "b", "c"', ['"c"']),
        ('w/"a"', []),
        ('"a', []),
        ("*", []),
        ("", []),
    ],
)
def test_a_list_of_tags(field: str, tags: list[str]) -> None:
    assert entity_tags(field) == tags


def test_a_long_field_takes_no_longer_than_its_length() -> None:
    assert entity_tags('"' * 100_001) == []
    assert entity_tags('W/"a' * 50_000) == []


def is_same(none_match: str | None, since: str | None, now: datetime = NOW) -> bool:
    return is_not_modified(none_match, since, etag='"x"', last_modified=THEN, now=now)


def test_a_tag_decides_alone() -> None:
    later = "Sun, 06 Nov 1994 08:49:38 GMT"
    assert is_same('"x"', None)
    assert is_same(" * ", None)
    assert not is_same('"y"', later)
    assert not is_same("", later)
    assert not is_same("nonsense", later)


@pytest.mark.parametrize(("second", "same"), [(36, False), (37, True), (38, True)], ids=["before", "equal", "after"])
def test_a_date_is_compared_by_the_second(second: int, same: bool) -> None:
    assert is_same(None, f"Sun, 06 Nov 1994 08:49:{second} GMT") is same


def test_a_date_proves_nothing_while_its_second_lasts() -> None:
    date = format_date(THEN)
    assert not is_same(None, date, THEN + timedelta(milliseconds=999))
    assert is_same(None, date, THEN + timedelta(seconds=1))
    assert not is_not_modified(None, date, etag='"x"', last_modified=None, now=NOW)
    assert not is_same(None, "yesterday")


def test_a_date_that_is_not_of_one_state_alone_proves_nothing_but_a_tag_does() -> None:
    def shared(none_match: str | None, since: str | None) -> bool:
        return is_not_modified(none_match, since, etag='"x"', last_modified=THEN, now=NOW, date_is_unique=False)

    assert not shared(None, format_date(THEN))
    assert not shared(None, format_date(NOW))
    assert shared('"x"', None)


@pytest.mark.parametrize(
    ("match", "since", "failed"),
    [
        (None, None, False),
        ('"x"', None, False),
        ('"y", "x"', None, False),
        (" * ", None, False),
        ('"y"', None, True),
        ('W/"x"', None, True),  # compared strongly: a weak tag matches nothing
        ("", None, True),
        ("nonsense", None, True),
        ('"x"', "Sun, 06 Nov 1994 08:49:36 GMT", False),  # the tag decides alone
        ('"y"', "Sun, 06 Nov 1994 08:49:38 GMT", True),
        (None, "Sun, 06 Nov 1994 08:49:36 GMT", True),
        (None, "Sun, 06 Nov 1994 08:49:37 GMT", False),
        (None, "Sun, 06 Nov 1994 08:49:38 GMT", False),
        (None, "yesterday", False),
        (None, "", False),
    ],
)
def test_who_wants_another_state_is_told_that_it_is_gone(match: str | None, since: str | None, failed: bool) -> None:
    assert is_failed(match, since, etag='"x"', last_modified=THEN, now=NOW) is failed


def test_what_has_no_date_has_not_changed_since() -> None:
    assert not is_failed(None, "Sun, 06 Nov 1994 08:49:36 GMT", etag='"x"', last_modified=None, now=NOW)
