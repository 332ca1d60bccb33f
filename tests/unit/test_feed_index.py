"""The page of all feeds, as it is grouped; and what its feeds are called and where they are."""

from __future__ import annotations

import pytest

from feeder.model import Feed
from feeder.pages import commands, feed_index, follow, short_title
from feeder.pages.addresses import Followed, listen_url
from feeder.pages.feed_groups import MOST_TOGETHER
from feeder.render import Site

CHOSEN = Feed(name="ferries", title="Ferries", shelf="=ferries")
SITE = Site(title="The Test", base_url="https://news.example", feeds=(CHOSEN,))
KINDS = {"rss": "application/rss+xml", "atom": "application/atom+xml"}


def followed(name: str, title: str | None = None) -> Followed:
    return follow(SITE, Feed(name=name, title=title or f"The Test – {name.title()}", shelf=name), KINDS)


def names(found: tuple[Followed, ...]) -> list[str]:
    return [one.feed.name for one in found]


def test_what_is_everything_what_was_chosen_and_sections_stand_apart() -> None:
    index = feed_index(SITE, [followed("all"), followed("ferries"), followed("world"), followed("art")])
    assert index.everything is not None
    assert index.everything.feed.name == "all"
    assert (names(index.chosen), names(index.sections), index.letters) == (["ferries"], ["world", "art"], ())


def test_many_sections_stand_under_their_letters() -> None:
    many = [followed(f"{letter}-{number}") for letter in "wb" for number in range(MOST_TOGETHER // 2)]
    index = feed_index(SITE, [*many, followed("2026-vote"), followed("1-a")])
    assert [(letter.name, len(letter.sections)) for letter in index.letters] == [("0–9", 2), ("B", 20), ("W", 20)]
    assert names(index.letters[0].sections) == ["1-a", "2026-vote"]
    assert index.everything is None


@pytest.mark.parametrize(
    ("title", "short"),
    [("The Test – World", "World"), ("The Test", "The Test"), ("The Test – ", "The Test – "), ("Other", "Other")],
)
def test_a_section_is_called_by_its_own_name_beside_others(title: str, short: str) -> None:
    assert short_title(SITE, Feed(name="world", title=title)) == short


def test_a_feed_is_followed_by_documents_by_its_stream_and_through_its_archive() -> None:
    one = follow(SITE, Feed(name="world", title="World"), KINDS, 12)
    assert [address.url for address in one.documents] == [
        "https://news.example/feeds/world.rss",
        "https://news.example/feeds/world.atom",
    ]
    assert one.live == "https://news.example/events?feed=world"
    assert one.archive_url == "https://news.example/feeds/world/archive/12.rss"
    assert listen_url(SITE, q="tag:'a & b'") == "https://news.example/events?q=tag:%27a%20%26%20b%27"


def test_commands_are_safe_to_paste() -> None:
    live = listen_url(SITE, q="it's $(x) `y`")
    for command in commands(live, is_search=True):
        assert command.line.count("'") % 2 == 0
        assert "$" not in command.line
    assert len(commands(live)) == len(commands(live, is_search=True)) + 1
