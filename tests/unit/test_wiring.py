"""The feeds and the site, as the settings say them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from feeder.config import load
from feeder.model import Event, Feed, Filter, Kind
from feeder.render import Site
from feeder.wiring import feeds_of, site_of

SITE = {
    "site.title": "The Paper",
    "site.description": "All of it",
    "site.language": "en",
    "site.icon": "https://news.example/icon.png",
    "site.rights": "(c)",
}


def feeds(*tables: dict[str, object], **settings: str) -> list[Feed]:
    return feeds_of(load(None, {}, SITE | settings | {"feed": json.dumps(tables)}).settings)


def test_without_tables_there_is_the_feed_of_everything() -> None:
    (everything,) = feeds()
    assert everything == Feed(
        name="all",
        title="The Paper",
        description="All of it",
        language="en",
        author="",
        rights="(c)",
        icon="https://news.example/icon.png",
        entries=50,
    )


def test_a_table_says_what_a_feed_shows_and_how_it_looks() -> None:
    _, harbour = feeds(
        {
            "name": "harbour",
            "title": "From the harbour",
            "description": "Boats",
            "section": "world",
            "tag": "ferries",
            "language": "es",
            "author": "Ana",
            "query": "boat",
            "entries": 7,
            "formats": ["json"],
            "icon": "https://news.example/boat.png",
        }
    )
    assert (harbour.title, harbour.description, harbour.entries) == ("From the harbour", "Boats", 7)
    assert (harbour.formats, harbour.icon, harbour.language) == (("json",), "https://news.example/boat.png", "es")
    assert harbour.shelf == "=harbour"
    assert harbour.wanted == Filter(section="world", tag="ferries", language="es", author="Ana", query="boat")


def test_what_a_table_leaves_unsaid_is_the_site_s() -> None:
    _, tagged = feeds({"name": "tagged", "tag": "x"}, **{"feeds.entries": "9"})
    assert (tagged.title, tagged.description, tagged.language) == ("The Paper \N{EN DASH} tagged", "All of it", "en")
    assert (tagged.entries, tagged.icon, tagged.formats) == (9, "https://news.example/icon.png", None)
    assert tagged.wanted == Filter(tag="x")


def test_a_feed_without_a_filter_shows_everything() -> None:
    _, latest = feeds({"name": "latest", "entries": 3})
    assert (latest.shelf, latest.wanted, latest.entries) == (None, Filter(), 3)


def test_all_stands_first_and_may_have_a_title_and_a_size_of_its_own() -> None:
    everything, late = feeds(
        {"name": "late", "tag": "x"}, {"name": "all", "title": "The Paper in full", "entries": 200}
    )
    assert (everything.name, everything.title, everything.entries) == ("all", "The Paper in full", 200)
    assert (everything.shelf, late.name) == (None, "late")


@pytest.mark.parametrize(
    ("hub", "told"),
    [("self", "https://news.example/hub"), ("", None), ("https://hub.example/", "https://hub.example/")],
)
def test_the_site_names_its_hub(hub: str, told: str | None) -> None:
    settings = load(None, {}, {"websub.hub": hub, "site.base_url": "https://news.example"}).settings
    assert site_of(settings, "http://127.0.0.1:8000").hub == told


def test_a_hub_of_ours_is_where_the_site_is() -> None:
    assert site_of(load(None, {}, {}).settings, "http://127.0.0.1:8000").hub == "http://127.0.0.1:8000/hub"


def event(kind: Kind = Kind.PUBLISHED, *, shelves: tuple[str, ...], left: tuple[str, ...] = ()) -> Event:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Event(seq=1, epoch="e", at=at, kind=kind, article_id="x", slug="x", version=1, shelves=shelves, left=left)


def named(site: Site, found: Event) -> list[str]:
    """The feeds that are said to show, or to lose, an article."""
    return site.feeds_of(found)


def test_an_event_names_the_feeds_that_there_are() -> None:
    chosen = ({"name": "late", "tag": "x"}, {"name": "world", "tag": "y"}, {"name": "latest"})
    site = site_of(load(None, {}, {"feed": json.dumps(chosen)}).settings, "https://news.example")
    assert named(site, event(shelves=("world", "sport"))) == ["all", "latest", "sport"]
    assert named(site, event(shelves=("world", "sport", "=world", "=late"))) == [
        "all",
        "latest",
        "sport",
        "world",
        "late",
    ]
    retracted = event(Kind.RETRACTED, shelves=("sport", "=late"), left=("sport", "=late"))
    assert named(site, retracted) == ["all", "latest", "sport", "late"]


def test_the_section_of_a_shadowed_name_is_still_told_where_it_has_a_feed() -> None:
    site = site_of(load(None, {}, {}).settings, "https://news.example")
    assert named(site, event(shelves=("world",))) == ["all", "world"]
