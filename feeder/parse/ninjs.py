"""ninjs, the IPTC's News in JSON (https://iptc.org/standards/ninjs/), an item or a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.parse.objects import kinds, ninjs_item, shapes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader


class Ninjs:
    """The parser of ninjs, versions 1 to 3 and the dialects that are about."""

    name = "ninjs"
    precedence = 43
    streams = True

    def claims(self, head: bytes, name: str) -> bool:
        """By the keys of its first item; see ``Parser``."""
        if not syntax.starts(head, name):
            return False
        found = syntax.glimpse(head).value
        return ninjs_item.is_item(next(shapes.unwrapped(found, ninjs_item.is_item), None))

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (see ``Parser``)
        """Each item that is an article; see ``Parser``."""
        return kinds.in_document(reader)


PARSER: Final = Ninjs()
