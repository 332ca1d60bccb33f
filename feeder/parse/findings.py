"""What is found of an article in several places of one file, the most trusted place first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Finding:
    """A value of one field of a ``Draft``, and the place it was found in."""

    value: Any
    place: str


@dataclass(slots=True)
class Findings:
    """Findings by field, in the order in which they were added."""

    by_field: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, field_name: str, value: object, place: str) -> None:
        """Add a value; nothing (None, empty) is no value."""
        if value not in (None, "", (), []):
            self.by_field.setdefault(field_name, []).append(Finding(value, place))

    def add_all(self, fields: Mapping[str, Any]) -> None:
        """Add keyword arguments of a ``Draft``, each with the place that its ``where`` names."""
        for name, place in fields["where"].items():
            self.add(name, fields[name], place)

    def add_others(self, others: Findings) -> None:
        """Add what was found elsewhere, behind what is there."""
        for name, found in others.by_field.items():
            self.by_field.setdefault(name, []).extend(found)

    def of(self, field_name: str) -> list[Finding]:
        """The values of a field, the most trusted first."""
        return self.by_field.get(field_name, [])

    def first(self, field_name: str) -> Finding | None:
        """The most trusted value of a field."""
        return next(iter(self.of(field_name)), None)

    def first_value(self, field_name: str) -> Any | None:
        """The most trusted value of a field, without its place."""
        found = self.first(field_name)
        return None if found is None else found.value
