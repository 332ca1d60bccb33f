"""Articles as records: the JSON in which they are stored and cross from a worker, both ways.

Absent fields are left out, so that a field added later reads as its default from an old record.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.model import Article, Enclosure, Person, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_NAMES: Final = tuple(field.name for field in dataclasses.fields(Article))
_DEFAULTS: Final = tuple(field.default for field in dataclasses.fields(Article))
_VALUES: Final = attrgetter(*_NAMES)


def encode(article: Article, *, without: Collection[str] = ()) -> bytes:
    """An article as one line of JSON, perhaps without some fields; moments keep the offset they were written with."""
    fields = zip(_NAMES, _VALUES(article), _DEFAULTS, strict=True)
    present = {name: value for name, value, default in fields if value is not default and value != default}
    for name in without:
        present.pop(name, None)
    return orjson.dumps(present)


def decode(record: bytes, *, sketch: str = "") -> Article:
    """The article that ``encode`` made a record of, perhaps without its sketch."""
    fields = orjson.loads(record)
    if sketch:
        fields["sketch"] = sketch
    return restore(fields)


def restore(fields: dict[str, Any]) -> Article:
    """The article whose record was read as these fields; they are used up."""
    for name, as_it_was in _RESTORE.items():
        if name in fields:
            fields[name] = as_it_was(fields[name])
    return Article(**fields)


def _people(found: list[dict[str, Any]]) -> tuple[Person, ...]:
    return tuple(Person(**person) for person in found)


def _event(found: list[Any]) -> tuple[int, datetime]:
    seq, at = found
    return seq, datetime.fromisoformat(at)


def _enclosures(found: list[dict[str, Any]]) -> tuple[Enclosure, ...]:
    return tuple(Enclosure(**enclosure) for enclosure in found)


_RESTORE: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("published", "modified", "embargoed", "expires"), datetime.fromisoformat),
    **dict.fromkeys(("places", "sections", "keywords", "subjects", "warnings", "related"), tuple),
    **dict.fromkeys(("images", "enclosures"), _enclosures),
    "authors": _people,
    "said_since": _event,
    "usage": Usage,
}
