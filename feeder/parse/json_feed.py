"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/): each item is an article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder.errors import SeedError
from feeder.parse.objects import feed_item, kinds, stream, syntax, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

_VERSION: Final = "jsonfeed.org/version/"
_SIGNS: Final = frozenset({"feed_url", "home_page_url", "items"})


class JsonFeed:
    """The parser of JSON Feed documents."""

    name = "jsonfeed"
    precedence = 42
    streams = True

    def claims(self, head: bytes, name: str) -> bool:
        """By its version, or by its items; see ``Parser``."""
        return syntax.starts(head, name) and is_feed(syntax.glimpse(head).value)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (see ``Parser``)
        """Each item. Of a feed larger than an article what it says of all its items counts if it stands before them."""
        feed: dict[str, Any] = {}
        for element in stream.values(reader, lambda key: key == "items", feed):
            if isinstance(element, SeedError):
                yield element
                continue
            document = element.value if is_feed(element.value) else {"items": [element.value]}
            items = document.get("items")
            if not isinstance(items, list):
                raise SeedError(f"a JSON Feed whose items are {values.kind(items)}, not a list")
            if not items:
                raise SeedError("a JSON Feed without items")
            for item in items:
                yield _item(item, {**feed, **document}, element)


def _item(item: object, feed: dict[str, Any], element: stream.Element) -> Draft | SeedError:
    if not isinstance(item, dict):
        return SeedError(f"the item is {values.kind(item)}, not an object")
    return kinds.draft(feed_item.fields(item, feed), element)


def is_feed(value: object) -> bool:
    """Whether a document is a feed: it says so, or it has items with content under this format's names."""
    if not isinstance(value, dict):
        return False
    if _VERSION in str(value.get("version", ""))[:100]:
        return True
    items = value.get("items")
    given = items if isinstance(items, list) else []
    return len(_SIGNS & value.keys()) > 1 and any(isinstance(item, dict) and feed_item.is_item(item) for item in given)


PARSER: Final = JsonFeed()
