"""What is made of an address where nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Feed
from feeder.pages import Followed, near_feeds, words_of


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/articles/2026-03-01-storm-over-the-harbour", "storm over the harbour"),
        ("/2026/03/storm_harbour.html", "storm harbour"),
        ("/articles/a-b-in-de-storm/", "storm"),
        ("/%D9%85%D8%B5%D8%B1-%D8%A7%D9%84%D9%8A%D9%88%D9%85", "مصر اليوم"),
        ("/%ff%00", ""),
        ("/wp-login.php", "login"),
        ("/12345", ""),
        ("/", ""),
        ("", ""),
    ],
)
def test_the_words_of_an_address(path: str, words: str) -> None:
    assert words_of(path) == words


@given(st.text())
def test_any_address_gives_few_words(path: str) -> None:
    assert len(words_of(path)) <= 80


def named(*names: str) -> list[Followed]:
    return [Followed(Feed(name=name, title=name.title()), ()) for name in names]


def test_feeds_of_a_name_like_it_are_near() -> None:
    feeds = named("world", "world-africa", "sport", "culture")
    assert [one.feed.name for one in near_feeds("wrld", feeds)] == ["world"]
    assert [one.feed.name for one in near_feeds("Sports", feeds)] == ["sport"]
    assert near_feeds("x" * 10_000, feeds) == []
    assert near_feeds("", []) == []
