from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from feeder import registry
from feeder.errors import ConfigError


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    registry.offers.cache_clear()
    registry.find.cache_clear()


def offer(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    points = [EntryPoint(name="x", value=value, group="feeder.parsers") for value in values]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    registry.offers.cache_clear()


def test_the_built_in_ones_come_through_the_same_door() -> None:
    assert set(registry.offers("renderers")) == {"rss", "atom", "json"}
    assert "seed" in registry.offers("parsers")
    assert registry.find("stores", "sqlite").__name__ == "open_store"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no 'oracle' among the stores; there are: sqlite"):
        registry.find("stores", "oracle")


def test_two_packages_that_offer_one_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "a:PARSER", "b:PARSER")
    with pytest.raises(ConfigError, match="two packages offer 'x'"):
        registry.offers("parsers")


def test_one_offer_made_twice_is_one_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "a:PARSER", "a:PARSER")
    assert list(registry.offers("parsers")) == ["x"]


def test_a_package_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch)
    with pytest.raises(ConfigError, match="install the package"):
        registry.offers("parsers")
