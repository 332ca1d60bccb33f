"""What another process shows of what was published, against the publisher itself; a real store and a real folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from feeder.errors import UnavailableError
from feeder.publish import installed_renderers
from feeder.publish.document import Sheet
from feeder.publish.issue import Issue
from feeder.publish.newsstand import Newsstand
from feeder.publish.pages import Pages
from feeder.publish.press import Press
from feeder.workers.words import down, read_down
from publishing import NOON, SITE, SUFFIXES, article, publisher_of, take

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.publish import Publisher
    from feeder.store import Store

SIZE = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "feeds"


def newsstand_of(store: Store, folder: Path) -> Newsstand:
    press = Press(installed_renderers(SITE, SUFFIXES))
    return Newsstand(Pages(store, store, press=press, site=SITE, folder=folder, size=SIZE))


def hand_over(publisher: Publisher, newsstand: Newsstand, had: Issue | None = None) -> int:
    """As to another process, which had an earlier issue; gives how many sheets had to go."""
    issue = publisher.issue()
    news = issue.since(had or Issue())
    sheets = dict(newsstand.issue.sheets)
    for name, sheet in news.items():
        heard = read_down(down(sheet))
        assert isinstance(heard, Sheet)
        sheets[name] = heard
    newsstand.lay_out(Issue(issue.feeds, issue.epochs, issue.opml, sheets))
    return len(news)


async def put(store: Store, publisher: Publisher, *names: str, section: str = "World") -> None:
    for name in names:
        await take(store, article(name, section), at=NOON)
    await publisher.publish()


async def test_it_shows_what_the_publisher_shows(store: Store, folder: Path) -> None:
    publisher, newsstand = publisher_of(store, folder, page_size=SIZE), newsstand_of(store, folder)
    assert (list(newsstand.known()), newsstand.feeds(), newsstand.document("all", "rss")) == ([], [], None)
    assert (newsstand.opml(), await newsstand.page("all", 1, "rss")) == (None, None)
    assert await newsstand.delta("all", "rss", 0, "e") is None
    with newsstand.bell.listen() as ear:
        await ear.wait()
        await put(store, publisher, "a", "b", "c", "d")
        hand_over(publisher, newsstand)
        assert await ear.wait(0)
    assert list(newsstand.known()) == publisher.known()
    assert newsstand.feeds() == publisher.feeds()
    assert newsstand.opml() == publisher.opml()
    for name in ("all", "world"):
        for suffix in SUFFIXES:
            document = publisher.document(name, suffix)
            assert document is not None
            assert newsstand.document(name, suffix) == document
            assert document.encoded
            for seq in range(6):
                expected = await publisher.delta(name, suffix, seq, document.epoch)
                assert await newsstand.delta(name, suffix, seq, document.epoch) == expected
            assert await newsstand.delta(name, suffix, 2, "other") is None
            for number in (1, 2):
                assert await newsstand.page(name, number, suffix) == await publisher.page(name, number, suffix)
    assert await newsstand.page("all", 1, "rss") is not None
    assert (newsstand.document("none", "rss"), await newsstand.page("none", 1, "rss")) == (None, None)


async def test_only_what_is_another_one_goes(store: Store, folder: Path) -> None:
    publisher, newsstand = publisher_of(store, folder, page_size=SIZE), newsstand_of(store, folder)
    await put(store, publisher, "a")
    await put(store, publisher, "b", section="Sport")
    assert hand_over(publisher, newsstand) == 9  # all, sport and world
    had, world = publisher.issue(), newsstand.document("world", "atom")
    assert hand_over(publisher, newsstand, had) == 0
    await take(store, article("c", "Sport"), at=NOON)
    await publisher._follow()
    assert hand_over(publisher, newsstand, had) == 6
    for name in ("all", "sport", "world"):
        assert newsstand.document(name, "atom") == publisher.document(name, "atom")
    assert newsstand.document("world", "atom") == world


async def test_a_store_that_is_away_is_no_page_that_is_not_there(store: Store, folder: Path) -> None:
    publisher, newsstand = publisher_of(store, folder, page_size=SIZE), newsstand_of(store, folder)
    await put(store, publisher, "a", "b", "c")
    hand_over(publisher, newsstand)
    page = await newsstand.page("all", 1, "json")
    assert page is not None
    press = newsstand._press
    press.renderers["json"] = Refusing()  # type: ignore[index]
    (folder / "world").mkdir(exist_ok=True)
    with pytest.raises(UnavailableError, match=r"page 1 of world\.json cannot be published: no words"):
        await newsstand.page("world", 1, "json")


class Refusing:
    """A renderer that has no words for anything."""

    media_type = "application/feed+json"

    def entry(self, _: object) -> bytes:
        return b"{}"

    def document(self, *_: object) -> bytes:
        raise ValueError("no words")
