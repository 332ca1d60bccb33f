"""Articles in JSON: one object, a list of them, or what an API or an export wraps around them.

schema.org, and plain objects whose keys say what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.parse.objects import kinds, plain_object, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader


class JsonArticle:
    """The parser of articles in JSON."""

    name = "json"
    precedence = 45
    streams = True

    def claims(self, head: bytes, name: str) -> bool:
        """By the keys of its first object; see ``Parser``."""
        if not syntax.starts(head, name):
            return False
        seen = syntax.glimpse(head)
        if kinds.has_article(seen.value):
            return True
        return seen.cut and isinstance(seen.value, dict) and plain_object.may_be_article(seen.value)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (see ``Parser``)
        """Each article; see ``Parser``."""
        return kinds.in_document(reader)


PARSER: Final = JsonArticle()
