"""A file that is one article: read whole, but never without end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.errors import SeedError
from feeder.model import Draft

if TYPE_CHECKING:
    from feeder.parse import Reader

LARGEST: Final = 4 * 1_048_576 + 65_536
"""Bytes: the largest body by default in the widest encoding (UTF-32), and the largest front matter."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file as its lines, how it was decoded, and what to tell the author of that."""

    lines: list[str]
    encoding: str
    warnings: tuple[str, ...]

    def draft(self, fields: dict[str, Any]) -> Draft:
        """The draft with some fields, and with what is known of the file."""
        warnings = (*self.warnings, *fields.get("warnings", ()))
        return Draft(**{**fields, "encoding": self.encoding, "warnings": warnings})


def read(reader: Reader) -> Source:
    """The text of a file.

    Raises:
        SeedError: it is larger than any article, or not text; see ``text.decode``.
    """
    decoded, encoding = text.decode(raw(reader))
    return Source(text.lines(decoded), encoding, text.doubts(encoding))


@lru_cache(maxsize=1)
def first_lines(head: bytes) -> tuple[str, ...]:
    """The lines of a file's beginning as ``claims`` is shown it; the last is kept for the parsers asked next."""
    return tuple(text.lines(text.glimpse(head)))


def raw(reader: Reader) -> bytes:
    """The bytes of a file that is one article.

    Raises:
        SeedError: it is larger than any article.
    """
    found = reader.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise SeedError(f"the file has more than {LARGEST} bytes, which is no single article")
    return found
