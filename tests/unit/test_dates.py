from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.dates import is_date, read, read_head, starts
from feeder.errors import SeedError

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("2019-04-30", "2019-04-30T00:00:00-04:00", "day"),
        ("2019-4-3", "2019-04-03T00:00:00-04:00", "day"),
        ("2019/04/30", "2019-04-30T00:00:00-04:00", "day"),
        ("20190430", "2019-04-30T00:00:00-04:00", "day"),
        ("30 April 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("30th Apr 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("30-Apr-2019", "2019-04-30T00:00:00-04:00", "day"),
        ("April 30, 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("Tuesday, April 30th, 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("Sept. 3, 2019", "2019-09-03T00:00:00-04:00", "day"),
        ("30. März 2019", "2019-03-30T00:00:00-04:00", "day"),
        ("1er août 2019", "2019-08-01T00:00:00-04:00", "day"),
        ("1 de mayo de 2019", "2019-05-01T00:00:00-04:00", "day"),
        ("30 апреля 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("2019年4月30日", "2019-04-30T00:00:00-04:00", "day"),
        ("2019년 4월 30일", "2019-04-30T00:00:00-04:00", "day"),
        ("30/4/2019", "2019-04-30T00:00:00-04:00", "day"),
        ("4/30/2019", "2019-04-30T00:00:00-04:00", "day"),
        ("30.04.2019", "2019-04-30T00:00:00-04:00", "day"),
        ("05/05/2019", "2019-05-05T00:00:00-04:00", "day"),
        ("2019-04-30 11:32", "2019-04-30T11:32:00-04:00", "minute"),
        ("2019-04-30T11:32Z", "2019-04-30T11:32:00+00:00", "minute"),
        ("2019-04-30T11:32:07", "2019-04-30T11:32:07-04:00", "second"),
        ("2019-04-30T11:32:07.123Z", "2019-04-30T11:32:07.123000+00:00", "second"),
        ("2019-04-30 11:32:07,5 +0530", "2019-04-30T11:32:07.500000+05:30", "second"),
        ("2019-04-30T11:32:07+02:00", "2019-04-30T11:32:07+02:00", "second"),
        ("2019-04-30 11:32:07 UTC", "2019-04-30T11:32:07+00:00", "second"),
        ("20190430T113207Z", "2019-04-30T11:32:07+00:00", "second"),
        ("20190430T1132+0200", "2019-04-30T11:32:00+02:00", "minute"),
        ("Tue, 30 Apr 2019 11:32:07 -0400", "2019-04-30T11:32:07-04:00", "second"),
        ("Tue, 30 Apr 2019 11:32:07 +0000 (UTC)", "2019-04-30T11:32:07+00:00", "second"),
        ("30 Apr 19 11:32 PST", "2019-04-30T11:32:00-08:00", "minute"),
        ("30 Apr 69 11:32 GMT", "1969-04-30T11:32:00+00:00", "minute"),
        ("Tue Apr 30 11:32:07 EDT 2019", "2019-04-30T11:32:07-04:00", "second"),
        ("Tue Apr 30 2019 11:32:07 GMT-0400 (Eastern Daylight Time)", "2019-04-30T11:32:07-04:00", "second"),
        ("April 30, 2019 at 12:05 a.m.", "2019-04-30T00:05:00-04:00", "minute"),
        ("April 30, 2019, 12:05 PM", "2019-04-30T12:05:00-04:00", "minute"),
        ("2019-04-30T11:32:07-04", "2019-04-30T11:32:07-04:00", "second"),
        ("Tuesday, 30-Apr-19 11:32:07 GMT", "2019-04-30T11:32:07+00:00", "second"),
        ("30th of April 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("Tue 2019-04-30", "2019-04-30T00:00:00-04:00", "day"),
        ("Tuesday, 30/4/2019", "2019-04-30T00:00:00-04:00", "day"),
        ("\uff12\uff10\uff11\uff19\uff0d\uff10\uff14\uff0d\uff13\uff10", "2019-04-30T00:00:00-04:00", "day"),
        ("2019\u201104\u201130", "2019-04-30T00:00:00-04:00", "day"),
        ("30 апреля 2019 г.", "2019-04-30T00:00:00-04:00", "day"),
        ("30 kwietnia 2019 r.", "2019-04-30T00:00:00-04:00", "day"),
        ("30 MAYIS 2019", "2019-05-30T00:00:00-04:00", "day"),
        ("30. huhtikuuta 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("30. dubna 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("30 Απριλίου 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("30 квітня 2019 року", "2019-04-30T00:00:00-04:00", "day"),
        ("2019-Apr-30", "2019-04-30T00:00:00-04:00", "day"),
        ("2019 April 30", "2019-04-30T00:00:00-04:00", "day"),
        ("2019. április 30.", "2019-04-30T00:00:00-04:00", "day"),
        ("2019. 4. 30.", "2019-04-30T00:00:00-04:00", "day"),
        ("30. 4. 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("mardi 30 avril 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("Dienstag, 30. April 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("terça-feira, 30 de abril de 2019", "2019-04-30T00:00:00-04:00", "day"),
        ("вторник, 30 апреля 2019 г.", "2019-04-30T00:00:00-04:00", "day"),
        ("2019年4月30日（火）", "2019-04-30T00:00:00-04:00", "day"),
        ("2019年4月30日 (星期二)", "2019-04-30T00:00:00-04:00", "day"),
        ("2019-04-30 17:32:07 CEST", "2019-04-30T17:32:07+02:00", "second"),
        ("2019-04-30 11:32 BST", "2019-04-30T11:32:00+01:00", "minute"),
        ("2019-04-30 11:32:07 NZDT", "2019-04-30T11:32:07+13:00", "second"),
        ("2019-04-30 11:32:07 GMT+2", "2019-04-30T11:32:07+02:00", "second"),
        ("2019-04-30 11:32 UTC-10", "2019-04-30T11:32:00-10:00", "minute"),
        ("1969-07-20", "1969-07-20T00:00:00-04:00", "day"),
        ("1850-01-01", "1850-01-01T00:00:00-04:56", "day"),
    ],
)
def test_every_form_is_read_whole_and_at_the_head_of_a_line(text: str, iso: str, precision: str) -> None:
    moment, found = read(f" {text}\n", NEW_YORK)
    assert (moment.isoformat(), found) == (iso, precision)
    assert is_date(text)
    assert starts(text + " and a title")
    if precision != "minute" or not text.endswith("11:32"):
        assert read_head(f"{text} 3 ferries sail") == (text, "3 ferries sail")


@pytest.mark.parametrize(
    ("line", "date_text", "title"),
    [
        ("2019-04-30 3 hurt, 10 safe", "2019-04-30", "3 hurt, 10 safe"),
        ("2019-04-30 2019-2020 budget", "2019-04-30", "2019-2020 budget"),
        ("2019-04-30 12:30 ferry sails", "2019-04-30", "12:30 ferry sails"),
        ("2019-04-30 12:30 AM ferry sails", "2019-04-30", "12:30 AM ferry sails"),
        ("2019-04-30 AM radio is back", "2019-04-30", "AM radio is back"),
        ("2019-04-30 11:32:00 est une date", "2019-04-30", "11:32:00 est une date"),
        ("2019-04-30 11:32:00 EST une date", "2019-04-30 11:32:00 EST", "une date"),
        ("2019-04-30 11:32:00 (noon) ferry", "2019-04-30 11:32:00", "(noon) ferry"),
        ("2019-04-30T11:32 ferry", "2019-04-30T11:32", "ferry"),
        ("2019-04-30 date 2019-05-01 ferry", "2019-04-30", "date 2019-05-01 ferry"),
        ("2019-04-30: ferry", "2019-04-30", "ferry"),
        ("2019-04-30\u3000渡船", "2019-04-30", "渡船"),
        ("\u00a02019-04-30\u00a0 ferry  sails ", "2019-04-30", "ferry  sails"),
        ("May 1, 2019 May fair opens", "May 1, 2019", "May fair opens"),
        ("2019-04-30", "2019-04-30", ""),
        ("2019-04-30 12:30 pm deadline passes", "2019-04-30", "12:30 pm deadline passes"),
        ("2019-04-30 11:32:00 is when it began", "2019-04-30", "11:32:00 is when it began"),
        ("2019-04-30 10:00-12:00 power cut", "2019-04-30", "10:00-12:00 power cut"),
        ("30 April 2019 10:00-12:00 power cut", "30 April 2019", "10:00-12:00 power cut"),
        ("2019-04-30 11:32:00 -12 degrees", "2019-04-30", "11:32:00 -12 degrees"),
        ("2019-04-30 11:32:00 -0400 Ferry", "2019-04-30 11:32:00 -0400", "Ferry"),
        ("2019-04-30 11:32:00-04:00 ferry", "2019-04-30 11:32:00-04:00", "ferry"),
        ("2019-04-30 11:32 PM ", "2019-04-30 11:32 PM", ""),
        ("2019-04-30 11:32 EST ferry", "2019-04-30 11:32 EST", "ferry"),
        ("2019-04-30 11:32 CEST ferry", "2019-04-30 11:32 CEST", "ferry"),
        ("2019-04-30 11:32 GMT+2 ferry", "2019-04-30 11:32 GMT+2", "ferry"),
        ("2019-04-30 11:32 WEST BANK quiet", "2019-04-30", "11:32 WEST BANK quiet"),
        ("2019-04-30 11:32 +2 degrees", "2019-04-30", "11:32 +2 degrees"),
        ("2019. 4. 30. Ferry", "2019. 4. 30.", "Ferry"),
        ("2019-04-30 11:32Z ferry", "2019-04-30 11:32Z", "ferry"),
        ("April 30, 2019, 12:05 PM ferry", "April 30, 2019, 12:05 PM", "ferry"),
        ("Tue Apr 30 11:32:07 2019 ferry", "Tue Apr 30 11:32:07 2019", "ferry"),
        ("2019\u201304\u201330 \u2013 ferry", "2019\u201304\u201330", "\u2013 ferry"),
    ],
)
def test_the_rest_of_the_line_is_the_title(line: str, date_text: str, title: str) -> None:
    assert read_head(line) == (date_text, title)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2019-02-30", "not in the calendar"),
        ("2019-13-01", "not in the calendar"),
        ("2019-04-30T24:00:00Z", "not in the calendar"),
        ("2019-04-30T10:60:00Z", "not in the calendar"),
        ("31 June 2019", "not in the calendar"),
        ("2016-12-31T23:59:60Z", "leap second"),
        ("2019-04-30T10:00:00+99:00", "impossible offset"),
        ("2019-04-30T10:00:00+01:75", "impossible offset"),
        ("2019-04-30T10:00:00-14:01", "impossible offset"),
        ("April 30, 2019 at 13:05 PM", "twelve hours"),
        ("4/5/2019", "ambiguous"),
        ("04.05.2019", "ambiguous"),
        ("4. 5. 2019", "ambiguous"),
        ("2019. február 30.", "not in the calendar"),
        ("9999-12-31", "out of range"),
        ("0019-04-30", "out of range"),
        ("13/13/2019", "not in the calendar"),
        ("", "not a date"),
        ("yesterday", "not a date"),
        ("Sat on the bench", "not a date"),
        ("May 2019", "not a date"),
        ("2019-04", "not a date"),
        ("2019-04-30x", "not a date"),
        ("19-04-30", "not a date"),
        ("1556582400", "not a date"),
        ("٢٠١٩-٠٤-٣٠", "not a date"),
        ("2019-04-30T11:32:00Z-tail", "not a date"),
        ("30 Mayday 2019", "not a date"),
    ],
)
def test_what_is_no_date_is_refused_and_never_rolls_over(text: str, reason: str) -> None:
    with pytest.raises(SeedError, match=reason):
        read(text, UTC)
    with pytest.raises(SeedError, match=reason):
        read_head(text)


def test_only_a_whole_field_is_a_date() -> None:
    with pytest.raises(SeedError, match="not a date"):
        read("2019-04-30 and more", UTC)
    assert not is_date("2019-04-30 and more")


def test_what_a_format_itself_yields_is_taken_as_it_is() -> None:
    assert read(date(2019, 4, 30), NEW_YORK) == (datetime(2019, 4, 30, tzinfo=NEW_YORK), "day")
    assert read(datetime(2019, 4, 30, 11), NEW_YORK)[0].isoformat() == "2019-04-30T11:00:00-04:00"  # noqa: DTZ001
    aware = datetime(2019, 4, 30, 11, tzinfo=timezone(timedelta(hours=2)))
    assert read(aware, NEW_YORK) == (aware, "second")
    with pytest.raises(SeedError, match="impossible offset"):
        read(aware.replace(tzinfo=timezone(timedelta(hours=15))), UTC)
    with pytest.raises(SeedError, match="out of range"):
        read(datetime(9999, 12, 31, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("text", "zone", "iso"),
    [
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T00:00:00-03:00"),  # midnight did not exist
        ("2019-11-03 01:30", "America/New_York", "2019-11-03T01:30:00-04:00"),  # existed twice
        ("2019-03-10 02:30", "America/New_York", "2019-03-10T02:30:00-05:00"),  # did not exist
        ("2011-12-30", "Pacific/Apia", "2011-12-30T00:00:00-10:00"),  # a day that was left out
    ],
)
def test_local_times_around_a_change_of_clocks_are_read_by_one_rule(text: str, zone: str, iso: str) -> None:
    assert read(text, ZoneInfo(zone))[0].isoformat() == iso


@given(st.datetimes(datetime(1000, 1, 1), datetime(9998, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_a_moment_survives_being_written_and_read(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read(aware.isoformat(), UTC)[0] == aware
    assert read_head(aware.isoformat(" ", "seconds") + " x")[0] == aware.isoformat(" ", "seconds")
    assert read(f"{aware:%A, %d %B} {aware.year} {aware:%H:%M:%S %z}", UTC)[0] == aware.replace(microsecond=0)


@given(st.integers(1000, 9998), st.integers(0, 99), st.integers(0, 99))
def test_a_day_is_in_the_calendar_or_refused(year: int, month: int, day: int) -> None:
    text = f"{year}-{month:02}-{day:02}"
    try:
        found = read(text, UTC)[0]
    except SeedError:
        with pytest.raises(ValueError, match=r"."):
            date(year, month, day)
    else:
        assert found.date() == date(year, month, day)


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with suppress(SeedError):
        assert read(text, UTC)[0].tzinfo is not None
    with suppress(SeedError):
        found, rest = read_head(text)
        assert text.lstrip().startswith(found)
        assert rest in text
    assert starts(text) in {True, False}
