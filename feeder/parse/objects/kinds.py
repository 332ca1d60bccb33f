"""What a record of JSON is: an item of ninjs or of JSON Feed, an article of schema.org, or a plain object of one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from feeder.errors import SeedError
from feeder.model import Draft
from feeder.parse.objects import feed_item, ninjs_item, plain_object, shapes, stream, values
from feeder.parse.structured_data import schema_org

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from feeder.parse import Reader
    from feeder.parse.objects.stream import Element

_LOOKED_AT: Final = 20


def in_document(reader: Reader) -> Iterator[Draft | SeedError]:
    """The articles of a document: of the one object, of a list, or of the list in what an export wraps around it.

    Raises:
        UnfinishedError, SeedError: as ``stream.values``.
    """
    for element in stream.values(reader, shapes.leads_on, {}):
        if isinstance(element, SeedError):
            yield element
        else:
            yield from drafts(element)


def drafts(element: Element) -> Iterator[Draft | SeedError]:
    """The articles of one element of a document, or why it is none."""
    for found in _read(element.value):
        if isinstance(found, SeedError):
            yield found
        else:
            yield draft(found, element)


def draft(found: Mapping[str, Any], element: Element) -> Draft:
    """The draft with some fields, and with what is known of where it stands."""
    warnings = (*element.oddities, *found.get("warnings", ()))
    return Draft(**{**found, "encoding": element.encoding, "warnings": warnings})


def _read(value: object) -> Iterator[dict[str, Any] | SeedError]:
    if isinstance(value, list) and all(map(_is_node, value)) and (nodes := list(schema_org.articles(value))):
        yield from map(schema_org.fields, nodes)  # one document: its nodes refer to each other
        return
    is_any = False
    for record in shapes.unwrapped(value, is_article):
        is_any = True
        yield from _each(record)
    if not is_any:
        yield SeedError(f"JSON, but no article: {_why(value)}")


def _each(record: object) -> Iterator[dict[str, Any] | SeedError]:
    if not isinstance(record, dict):
        yield SeedError(f"the record is {values.kind(record)}, not an object")
        return
    try:
        found = list(_of(record))
    except SeedError as error:
        yield error
        return
    if not found:
        yield SeedError(f"JSON, but no article: {_why(record)}")
    yield from found


def _of(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if is_schema(record):
        for node in schema_org.articles(record):
            yield schema_org.fields(node)
    elif ninjs_item.is_item(record):
        yield ninjs_item.fields(record)
    elif feed_item.is_item(record):
        yield feed_item.fields(record, {})
    elif plain_object.may_be_article(record):
        yield plain_object.fields(record)


def has_article(value: object) -> bool:
    """Whether there is an article among the first records of a document."""
    found = itertools.islice(shapes.unwrapped(value, is_article), _LOOKED_AT)
    return any(isinstance(record, dict) and is_article(record) for record in found)


def is_article(value: Mapping[str, Any]) -> bool:
    """Whether an object is an article of any kind, or says of itself that it is something like one."""
    return is_schema(value) or ninjs_item.is_item(value) or plain_object.is_article(value)


def is_schema(value: Mapping[str, Any]) -> bool:
    """Whether an object is written in the words of schema.org and there is an article in it."""
    return _is_node(value) and next(schema_org.articles(value), None) is not None


def _is_node(value: object) -> bool:
    return isinstance(value, dict) and any(key in value for key in ("@type", "@graph", "@context"))


def _why(value: object) -> str:
    if isinstance(value, dict) and isinstance(value.get("@type"), str):
        return f"its @type is {value['@type'][:80]}"
    if isinstance(value, dict):
        return "it has no title and text under keys that are known"
    return f"it is {values.kind(value)}"
