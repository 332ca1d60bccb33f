from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.names import article_slug, begins_with_date, date_and_rest, section_names, slug

DAY = datetime(2019, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The Harbour’s bridge: shut!", "2019-04-30-the-harbours-bridge-shut"),
        ("Größte Brücke", "2019-04-30-grosste-brucke"),
        ("Мост закрыт", "2019-04-30-most-zakryt"),
        ("大桥关闭", "2019-04-30-da-qiao-guan-bi"),
        ("\U0001f600 \U0001f680", "2019-04-30"),
        ("&amp; &#65;", "2019-04-30-amp-65"),
        ("word " * 40, "2019-04-30" + "-word" * 14),
    ],
)
def test_an_article_is_named_by_its_day_and_title(title: str, expected: str) -> None:
    assert article_slug(DAY, title) == expected


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("world/americas", ("world", "world-americas")),
        ("Politik & Wirtschaft", ("politik-wirtschaft",)),
        ("All", ("all-section",)),
        ("search/tips", ("search-section", "search-tips")),
        ("/a//\U0001f600/b/", ("a", "a-b")),
        ("_posts", ("posts",)),
        ("\U0001f600", ()),
        ("", ()),
        ("a" * 90 + "/b", ("a" * 63,)),
    ],
)
def test_a_section_is_named_with_its_parents(section: str, expected: tuple[str, ...]) -> None:
    assert section_names(section) == expected


@given(st.text(max_size=200))
def test_names_are_addresses_whatever_the_text(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,80}", article_slug(DAY, text))
    assert re.fullmatch(r"[a-z0-9-]{0,20}", slug(text, 20))
    for name in section_names(text):
        assert re.fullmatch(r"[a-z0-9-]{1,71}", name)
        assert name not in {"all", "search"}


def test_the_date_in_a_file_name_and_what_follows_it() -> None:
    assert date_and_rest("world/2019-4-30-bridge.md") == ("2019-4-30", "-bridge.md")
    assert date_and_rest("20190430-bridge.txt") == ("20190430", "-bridge.txt")
    assert date_and_rest("jekyll-2009-05-18-tag.markdown") == ("2009-05-18", "-tag.markdown")
    assert date_and_rest("jekyll-2017-2-5-zeroes.md") == ("2017-2-5", "-zeroes.md")
    assert date_and_rest("2019-04-30-bridge/index.md") == ("2019-04-30", "-bridge")
    assert date_and_rest("12345678-bridge.txt") is None
    assert date_and_rest("x2009-05-18.txt") is None


def test_a_name_begins_with_a_date_or_has_it_elsewhere() -> None:
    assert begins_with_date("a/20190430-b.txt")
    assert begins_with_date("2019-04-30 b")
    assert not begins_with_date("b-2019-04-30.txt")
    assert not begins_with_date("2019-04-30")
