"""NewsML 1.0 to 1.2 of the IPTC (AFP, ANA, Belga, EFE, PA, Reuters): one news item or several in a file.

What a news item says is read in ``newsml_1_item``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.parse import xml
from feeder.parse.newswire import newsml_1_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader
    from feeder.parse.xml import Element


class Newsml1:
    """The parser of NewsML 1."""

    name = "newsml1"
    precedence = 13
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (by its root element alone)
        """By its root element; see ``Parser``."""
        root = xml.root_of(head)
        return root is not None and root.local in {"NewsML", "NewsItem"}

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002
        """The news items of a file in its order; see ``Parser``."""
        stream, is_news = xml.Stream(reader, {"NewsItem"}), False
        for item in stream:
            is_news = True
            yield item if isinstance(item, SeedError) else _article(item, stream)
        if not is_news:
            raise SeedError("there is no news item in the file")


def _article(item: Element, stream: xml.Stream) -> Draft | SeedError:
    try:
        return newsml_1_item.read(item, stream.head, encoding=stream.encoding, warnings=stream.warnings)
    except SeedError as error:
        return error


PARSER: Final = Newsml1()
