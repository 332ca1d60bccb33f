"""NewsML-G2 2.x of the IPTC: one news item, or a message with any number of them, read one after the other.

Items that are no news (concepts, plans, packages that only refer to their parts) are no articles: beside news items
they are passed over, alone they are refused. What an item says is read in ``newsml_g2_item``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.parse import xml
from feeder.parse.newswire import newsml_g2_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader
    from feeder.parse.xml import Element

_OTHERS: Final = {
    "packageItem": "a package refers to its news items, and none of them is in this file",
    "conceptItem": "a concept item describes a concept, it is no article",
    "knowledgeItem": "a knowledge item is a vocabulary, it is no article",
    "planningItem": "a planning item announces coverage, it is no article",
    "catalogItem": "a catalog item lists vocabularies, it is no article",
}
_ROOTS: Final = frozenset({"newsItem", "newsMessage", "itemSet", *_OTHERS})


class NewsmlG2:
    """The parser of NewsML-G2."""

    name = "newsmlg2"
    precedence = 11
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (by its root element alone)
        """By its root element; see ``Parser``."""
        root = xml.root_of(head)
        return root is not None and root.local in _ROOTS

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002
        """The news items of a file in its order; see ``Parser``."""
        stream = xml.Stream(reader, {"newsItem", *_OTHERS})
        other, is_news = None, False
        for item in stream:
            if isinstance(item, SeedError):
                is_news = True
                yield item
            elif xml.local(item) == "newsItem":
                is_news = True
                yield _article(item, stream)
            else:
                other = other or xml.local(item)
        if not is_news:
            raise SeedError(_OTHERS.get(other or "", "there is no news item in the file"))


def _article(item: Element, stream: xml.Stream) -> Draft | SeedError:
    try:
        return newsml_g2_item.read(item, encoding=stream.encoding, warnings=stream.warnings)
    except SeedError as error:
        return error


PARSER: Final = NewsmlG2()
