from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from feeder.model import Enclosure, Person, Usage
from feeder.parse.metadata import field_of, is_known, read


@pytest.mark.parametrize(
    ("found", "field", "value"),
    [
        ({"Expiry-Date": "2030-01-01"}, "expires", "2030-01-01"),
        ({"expiry_date": "2030-01-01"}, "expires", "2030-01-01"),
        ({"pubDate": "Jul 08 2022", "created": "2020-01-01"}, "published", "Jul 08 2022"),
        ({"published": "2019-04-30"}, "published", "2019-04-30"),
        ({"published": "true", "created": date(2020, 1, 1)}, "published", date(2020, 1, 1)),
        ({"last_update": {"date": "2020-01-01", "author": "x"}}, "modified", "2020-01-01"),
        ({"date": "2019-04-30", "publishDate": "2019-05-02"}, "embargoed", "2019-05-02"),
        ({"date": "2019-04-30", "publishDate": "2019-05-02", "embargo": "2019-06-01"}, "embargoed", "2019-06-01"),
        ({"tags": "a, b; c"}, "keywords", ("a", "b", "c")),
        ({"tags": ["a, b", "c"]}, "keywords", ("a, b", "c")),
        ({"tags": ["a"], "keywords": ["b"]}, "keywords", ("a", "b")),
        ({"taxonomies": {"tags": ["a"]}}, "keywords", ("a",)),
        ({"categories": ["News", ["Politics"]]}, "section", "News"),
        ({"categories": ["News", ["Politics"]], "tags": ["a"]}, "keywords", ("a", "Politics")),
        ({"category": "News/World"}, "section", "News/World"),
        ({"author": "Ann Example"}, "authors", (Person("Ann Example"),)),
        ({"author": "Example, Ann"}, "authors", (Person("Example, Ann"),)),
        ({"author": "Ann Example and Bob Sample"}, "authors", (Person("Ann Example"), Person("Bob Sample"))),
        ({"author": "Research and Development"}, "authors", (Person("Research and Development"),)),
        ({"authors": "Ann, Bob"}, "authors", (Person("Ann"), Person("Bob"))),
        ({"author": "Example, Ann; Sample, Bob"}, "authors", (Person("Example, Ann"), Person("Sample, Bob"))),
        ({"author": ["A, B", "C"]}, "authors", (Person("A, B"), Person("C"))),
        ({"author": "Ann Example <ann@example.org>"}, "authors", (Person("Ann Example", "ann@example.org"),)),
        ({"author": "Ann <https://example.org/a>"}, "authors", (Person("Ann", uri="https://example.org/a"),)),
        ({"author": {"name": "Ann", "email": "a@b", "url": "c"}}, "authors", (Person("Ann", "a@b", "c"),)),
        ({"authors": {"name": "Ann"}, "author": "Bob"}, "authors", (Person("Ann"),)),
        ({"from": "Ann Example <ann@example.org>"}, "authors", (Person("Ann Example", "ann@example.org"),)),
        ({"cover": {"src": "a.png", "alt": "A"}}, "images", (Enclosure("a.png", None, None, "A"),)),
        (
            {"images": ["a.png", "b.png"], "cover": "c.png"},
            "images",
            tuple(map(Enclosure, ("a.png", "b.png", "c.png"))),
        ),
        (
            {"enclosure": {"url": "a.mp3", "type": "audio/mpeg", "length": "12"}},
            "enclosures",
            (Enclosure("a.mp3", "audio/mpeg", 12),),
        ),
        ({"version": "3"}, "version", 3),
        ({"version": "three"}, "version", None),
        ({"urgency": 4}, "urgency", 4),
        ({"title": ["a", "b"]}, "title", "a"),
        ({"title": {"en": "a"}}, "title", None),
        ({"title": "  ", "headline": "b"}, "title", "b"),
        ({"title": 404}, "title", "404"),
        ({"subject": "b"}, "title", "b"),
    ],
)
def test_what_a_key_means(found: dict[str, Any], field: str, value: object) -> None:
    assert read(found, "header").get(field) == value


@pytest.mark.parametrize(
    ("found", "usage"),
    [
        ({}, Usage.USABLE),
        ({"draft": "false", "published": "true", "status": "published"}, Usage.USABLE),
        ({"draft": True}, Usage.DRAFT),
        ({"draft": "Yes"}, Usage.DRAFT),
        ({"published": "false"}, Usage.DRAFT),
        ({"published": False}, Usage.DRAFT),
        ({"status": "Draft"}, Usage.DRAFT),
        ({"status": "hidden"}, Usage.DRAFT),
        ({"pubStatus": "canceled"}, Usage.WITHDRAWN),
        ({"withdrawn": "true", "draft": "true"}, Usage.WITHDRAWN),
        ({"status": "whatever"}, Usage.USABLE),
    ],
)
def test_whether_it_may_be_shown(found: dict[str, Any], usage: Usage) -> None:
    assert read(found, "header")["usage"] is usage


def test_every_field_says_where_it_came_from() -> None:
    fields = read({"title": "a", "layout": "b", "lang": "en", "empty": None}, "front matter")
    assert fields["where"] == {"title": "front matter", "language": "front matter"}
    assert fields.keys() == {"usage", "where", "title", "language"}


def test_keys_are_known_whatever_their_case_and_separators() -> None:
    assert field_of("Last_Mod") == "modified"
    assert field_of("layout") is None
    assert is_known("Status")
    assert not is_known("Note")


def test_a_linked_name_is_one_person_whatever_stands_in_it() -> None:
    fields = read({"authors": "[Team; Releases, Docs](https://example.org/team)"}, "x")
    assert fields["authors"] == (Person("Team; Releases, Docs", uri="https://example.org/team"),)


@pytest.mark.parametrize("flags", [{"draft": "maybe"}, {"publish": "later"}, {"retracted": "perhaps", "draft": False}])
def test_an_unclear_flag_keeps_it_back_and_is_told(flags: dict[str, Any]) -> None:
    fields = read({"title": "x", **flags}, "x")
    assert (fields["usage"], len(fields["warnings"])) == (Usage.DRAFT, 1)
    assert read({"title": "x", **flags, "withdrawn": True}, "x")["usage"] is Usage.WITHDRAWN
