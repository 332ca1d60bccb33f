"""The members of an item of ninjs, whatever the case of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feeder.parse.objects.values import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Found = dict[str, tuple[Any, str]]
"""Fields of a ``Draft`` with their value and the key that it comes from."""


class Item:
    """The members of an item by their folded keys, and what is odd about them."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members: dict[str, tuple[str, Any]] = {}
        for key, value in members.items():
            if value is not None and value not in ("", [], {}):
                self._members.setdefault(folded(key), (key, value))
        self.warnings: list[str] = []

    def get(self, key: str) -> Any:
        """The value of a key, None where it has none."""
        return self._members.get(key, ("", None))[1]

    def find(self, *keys: str) -> tuple[str, Any]:
        """The first of some keys that has a value, as it is written, and the value."""
        return next((self._members[key] for key in keys if key in self._members), ("", None))

    def starting(self, start: str) -> Iterator[tuple[str, Any]]:
        """The members whose keys begin with something."""
        return (member for key, member in self._members.items() if key.startswith(start))
