"""What a client has, by the tags it names, and whether it takes a delta (RFC 3229)."""

from __future__ import annotations

import pytest

from feeder.web.headers.deltas import held, takes_feed

HASH = "0123456789abcdef"


@pytest.mark.parametrize(
    ("field", "takes"),
    [
        ("feed", True),
        ("Feed", True),
        ("vcdiff, diffe, feed, gzip", True),
        ("vcdiff;q=0.5,feed;q=0.1", True),
        ("feed;q=0", False),
        ("feed;q=0.0, gzip", False),
        ("feeds", False),
        ("gzip", False),
        ("*", False),
        ("", False),
        (None, False),
    ],
)
def test_who_takes_a_delta(field: str | None, takes: bool) -> None:
    assert takes_feed(field) is takes


def test_who_asks_without_knowing_gets_the_whole() -> None:
    assert not takes_feed("feed", "feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/")
    assert takes_feed("feed", "newsboat/2.21.0 (Linux x86_64)")


def test_a_tag_says_which_document_it_was() -> None:
    (one,) = held(f'W/"17-aB3._x-{HASH}-gzip"')
    assert (one.seq, one.epoch, one.coding) == (17, "aB3._x", "gzip")
    assert (one.tag, one.state) == (f'"17-aB3._x-{HASH}-gzip"', f'"17-aB3._x-{HASH}"')
    (plain,) = held(f'"17-aB3._x-{HASH}"')
    assert (plain.coding, plain.state) == ("identity", plain.tag)


def test_the_newest_comes_first_and_no_more_than_a_few() -> None:
    field = ", ".join(f'"{seq}-a-{HASH}"' for seq in (3, 9, 1, 7, 5, 8))
    assert [one.seq for one in held(field)] == [9, 8, 7, 5]


@pytest.mark.parametrize(
    "field",
    [
        None,
        "",
        "*",
        f"17-a-{HASH}",
        f'"17-{HASH}"',
        f'"x-a-{HASH}"',
        f'"-1-a-{HASH}"',
        f'"17--{HASH}"',
        '"17-a-0123"',
        f'"17-a-{HASH}-deflate"',
        f'"17-a-{HASH}-"',
        f'"{"9" * 19}-a-{HASH}"',
        f'"\u0661-a-{HASH}"',
        f'w/"17-a-{HASH}"',
    ],
)
def test_what_is_none_of_ours_is_passed_over(field: str | None) -> None:
    assert held(field) == []
