"""Articles as records: the JSON in which they are stored and cross from a worker, both ways.

Absent fields are left out, so that a field added later reads as its default from an old record.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.model import Article, Enclosure, Person, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELDS: Final = tuple((field.name, field.default) for field in dataclasses.fields(Article))


def encode(article: Article) -> bytes:
    """An article as one line of JSON; moments keep the offset they were written with."""
    fields = {name: value for name, default in _FIELDS if (value := getattr(article, name)) != default}
    return orjson.dumps(fields)


def decode(record: bytes) -> Article:
    """The article that ``encode`` made a record of."""
    return restore(orjson.loads(record))


def restore(fields: dict[str, Any]) -> Article:
    """The article whose record was read as these fields; they are used up."""
    for name, as_it_was in _RESTORE.items():
        if name in fields:
            fields[name] = as_it_was(fields[name])
    return Article(**fields)


def _people(found: list[dict[str, Any]]) -> tuple[Person, ...]:
    return tuple(Person(**person) for person in found)


def _enclosures(found: list[dict[str, Any]]) -> tuple[Enclosure, ...]:
    return tuple(Enclosure(**enclosure) for enclosure in found)


_RESTORE: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("published", "modified", "embargoed", "expires"), datetime.fromisoformat),
    **dict.fromkeys(("places", "sections", "keywords", "subjects", "warnings"), tuple),
    **dict.fromkeys(("images", "enclosures"), _enclosures),
    "authors": _people,
    "usage": Usage,
}
