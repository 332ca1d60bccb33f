"""Markdown, and anything else below front matter (YAML, TOML or JSON): the files of static site generators.

The body is read in ``writing/body.py``, the front matter in ``writing/front_matter.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.parse import metadata, whole
from feeder.parse.writing import front_matter
from feeder.parse.writing.body import SUFFIXES, drafted_by_place, suffix_of, with_body, with_title_of_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader

_FOREIGN: Final = frozenset({"rst", "rest", "adoc", "asciidoc", "asc", "org", "textile", "tex"})


class Markdown:
    """The parser of Markdown and of front matter."""

    name = "markdown"
    precedence = 60
    streams = False

    def claims(self, head: bytes, name: str) -> bool:
        """By its front matter, or by its suffix; see ``Parser``."""
        suffix = suffix_of(name)
        if suffix in SUFFIXES:
            return bool(text.glimpse(head).strip())
        return suffix not in _FOREIGN and front_matter.has_fence(text.glimpse(head))

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article; see ``Parser``."""
        source = whole.read(reader)
        content, suffix = "\n".join(source.lines), suffix_of(name)
        block = front_matter.split(content) or (front_matter.split_object(content) if suffix in SUFFIXES else None)
        if block is None:
            yield source.draft(with_body(drafted_by_place({"where": {}}, name), content, suffix))
            return
        given = drafted_by_place(metadata.read(front_matter.read(block), "front matter"), name)
        yield source.draft(with_title_of_name(with_body(given, block.body, suffix), name))


PARSER: Final = Markdown()
