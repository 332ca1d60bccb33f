"""The form of the stream's lines: what it writes, and that its name is another one for whatever a line depends on."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pytest

from engines import NOON, article
from feeder import registry
from feeder.model import Event, Feed, Kind
from feeder.render import Site
from feeder.stream import form_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = Site(title="Harbour News", base_url="https://news.example", feeds=(Feed(name="all", title="All"),))


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    registry.offers.cache_clear()
    registry.find.cache_clear()


def test_it_writes_the_items_of_the_installed_json_feed() -> None:
    event = Event(
        seq=7, epoch="a", at=NOON, kind=Kind.PUBLISHED, article_id="x", slug="x", version=1, article=article()
    )
    assert form_of(SITE).write(event) == registry.find("renderers", "json")(SITE).entry(event)


def test_the_same_site_has_the_same_form() -> None:
    assert form_of(SITE).name == form_of(replace(SITE)).name
    assert len(form_of(SITE).name) == 16


def test_another_site_has_another_one() -> None:
    moved = replace(SITE, base_url="https://moved.example")
    fuller = replace(SITE, feeds=(*SITE.feeds, Feed(name="storms", title="Storms", shelf="=storms")))
    assert len({form_of(one).name for one in (SITE, moved, fuller)}) == 3


def test_another_release_has_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = form_of(SITE).name
    monkeypatch.setattr("feeder.stream.form.__version__", "99.0")
    assert form_of(SITE).name != before


def test_another_renderer_has_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = form_of(SITE).name
    point = EntryPoint(name="json", value="feeder.render.jsonfeed:JsonFeed ", group="feeder.renderers")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    registry.offers.cache_clear()
    registry.find.cache_clear()
    assert form_of(SITE).name != before
