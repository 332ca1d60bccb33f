"""NITF, the News Industry Text Format of the IPTC (3.0 to 3.6) and its dialects (AAP, AFP, AP, EFE, NTB, PA).

A document is an article; what it says is read in ``newswire/nitf_document.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.parse import whole, xml
from feeder.parse.findings import Findings
from feeder.parse.newswire import iptc_xml, nitf_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader


class Nitf:
    """The parser of NITF."""

    name = "nitf"
    precedence = 12
    streams = False

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (by its root element alone)
        """By its root element; see ``Parser``."""
        root = xml.root_of(head)
        return root is not None and root.local == "nitf"

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002
        """One article; see ``Parser``."""
        tree = xml.tree(whole.raw(reader))
        found = Findings()
        warnings = [*tree.warnings, *nitf_document.read(tree.root, found)]
        usage, warning = nitf_document.usage(tree.root, found)
        yield iptc_xml.draft(found, usage=usage, encoding=tree.encoding, warnings=[*warnings, *warning])


PARSER: Final = Nitf()
