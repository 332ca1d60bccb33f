"""Articles in JSON: one object, a list of them, or what an API or an export wraps around them.

schema.org, and plain objects whose keys say what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.parse import json_kinds, json_record, json_shapes, json_stream, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader


class JsonArticle:
    """The parser of articles in JSON."""

    name = "json"
    precedence = 45
    streams = True

    def claims(self, head: bytes, name: str) -> bool:
        """By the keys of its first object; see ``Parser``."""
        if not json_text.starts(head, name):
            return False
        seen = json_text.glimpse(head)
        if json_kinds.has_article(seen.value):
            return True
        return seen.cut and isinstance(seen.value, dict) and json_record.may_be_article(seen.value)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (see ``Parser``)
        """Each article; see ``Parser``."""
        for element in json_stream.values(reader, json_shapes.leads_on, {}):
            if isinstance(element, SeedError):
                yield element
            else:
                yield from json_kinds.drafts(element)


PARSER: Final = JsonArticle()
