from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse.page import printed_dates


@pytest.mark.parametrize(
    ("line", "language", "day"),
    [
        ("2019-04-30", None, "2019-04-30"),
        ("Published: 2019-04-30T10:20:00Z", "en", "2019-04-30T10:20:00Z"),
        ("05.03.2014, 10:38 Uhr", "de", "2014-03-05"),
        ("05.03.2014", None, "2014-03-05"),
        ("Publié le 4 déc. 2018 à 07:19", "fr", "2018-12-04"),
        ("30 avril 2015 à 07:19", "fr", "2015-04-30"),
        ("4 de maio de 2022, 05:34 h", "pt", "2022-05-04"),
        ("1. listopadu 2021 10:52", "cs", "1. listopadu 2021 10:52"),
        ("5 мар 2014", "ru", "2014-03-05"),
        ("Posted on March 5th, 2014 by Ann Lee", "en", "2014-03-05"),
        ("2023年11月17日 10:20", "zh", "2023年11月17日 10:20"),
        ("입력 2023.11.17. 오전 10:20", "ko", "2023-11-17"),
        ("23 ม.ค. 2562", "th", "2019-01-23"),
        ("28 آب/اغسطس 2013", "ar", "2013-08-28"),
        ("04/05/2019", "fr", "2019-05-04"),
        ("30/04/2019", "en", "30/04/2019"),
        ("04/05/2019", "en", None),
        ("04/05/2019", None, None),
        ("26.01.22, 14:30 Uhr", "de", "2022-01-26"),
        ("Stand: 03.02.98", "de", "1998-02-03"),
        ("26.13.22", "de", None),
        ("10.11.12.13", "de", None),
        ("04/05/2019", "en-GB", "2019-05-04"),
        ("04/05/2019", "en_AU", "2019-05-04"),
        ("04/05/2019", "en-US", None),
        ("Sat, 05/04/2019 - 13:44", "en", "2019-05-04"),
        ("Sunday 05/04/2019", "en", None),
        ("Monday 02/03/2020", "en", None),
        ("32.01.2014", "de", None),
        ("31 February 2014", "en", None),
        ("There are 30 people of 2019", "en", None),
        ("Call 2019-13-45", "en", None),
        ("5.3.1066", "de", None),
        ("no date at all", "en", None),
        ("x" * 200 + " 2019-04-30", "en", None),
        ("", None, None),
    ],
)
def test_printed_dates(line: str, language: str | None, day: str | None) -> None:
    assert printed_dates.printed(line, language) == day


def test_a_line_of_nothing_but_a_date() -> None:
    assert printed_dates.is_only_date("Posted on 4 May 2018 at 10:30")
    assert not printed_dates.is_only_date("On 4 May 2018 the harbour bridge was closed for good")
    assert not printed_dates.is_only_date("Bridge shut")


@given(st.text(max_size=170), st.sampled_from([None, "en", "de", "th"]))
def test_what_is_found_can_be_read(line: str, language: str | None) -> None:
    found = printed_dates.printed(line, language)
    assert found is None or printed_dates.is_readable(found)


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://example.org/2018/05/04/bridge", "2018-05-04"),
        ("https://example.org/2018/CITY/05/04/bridge.html", "2018-05-04"),
        ("https://example.org/news/2018-05-04-bridge", "2018-05-04"),
        ("https://example.org/news/20180504/bridge", "2018-05-04"),
        ("https://example.org/2018/13/04/bridge", None),
        ("https://example.org/2018/05/bridge", None),
        ("https://example.org/a/20180504123", None),
        ("https://example.org/1080/05/04/", None),
        (None, None),
    ],
)
def test_the_day_in_an_address(address: str | None, day: str | None) -> None:
    assert printed_dates.in_address(address) == day


def test_a_sentence_with_a_date_is_no_date_line() -> None:
    assert printed_dates.dated_line("Posted by Ann Lee on 4 May 2018", "en") == "4 May 2018"
    sentence = "On 4 May 2018 the harbour bridge was closed after an inspector found a crack in a pier"
    assert printed_dates.dated_line(sentence, "en") is None
    assert printed_dates.dated_line("Bridge shut", "en") is None


@pytest.mark.parametrize(
    ("line", "is_when"),
    [
        ("4 May 2018", True),
        ("Publié le 03/02/2020 à 07h19 - Mis à jour le 04/02/2020 à 10h00", True),
        ("Tuesday 15 October 2019 by", True),
        ("On 4 May 2018 the harbour bridge was closed after an inspector found a crack", False),
        ("By at 10:30", False),
        ("", False),
    ],
)
def test_a_line_that_says_only_when(line: str, *, is_when: bool) -> None:
    assert printed_dates.says_when(line) is is_when
