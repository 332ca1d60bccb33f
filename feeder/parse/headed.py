"""Text under a block of ``Key: value`` lines, as Pelican, MultiMarkdown and mail write it; a blank line ends the block.

The body is plain text, or Markdown or HTML if the file's suffix says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from feeder import dates, text
from feeder.parse import markdown, metadata, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader

_LINE: Final = re.compile(r"(?P<key>[^\W\d_][\w .-]{0,30}?)[ \t]*:(?!//)(?:[ \t]+(?P<value>.*)|(?P<empty>))")
_MOST_LINES: Final = 200
_FEWEST_KEYS: Final = 2
_MARKED_UP: Final = markdown.SUFFIXES | markdown.HTML_SUFFIXES
_SUFFIXES: Final = frozenset({*_MARKED_UP, "txt", "text"})


@dataclass(slots=True)
class _Header:
    """A block of keys as read: each key's values in their order, and the line that the body begins at."""

    values: dict[str, list[str]] = field(default_factory=dict)
    end: int = 0

    def is_one(self) -> bool:
        """Whether this is metadata and not the first paragraph of somebody's prose."""
        if any(metadata.field_of(key) == "title" for key in self.values):
            return True
        known = [metadata.is_known(key) for key in self.values]
        return len(known) >= _FEWEST_KEYS and (all(known) or self._has_date())

    def _has_date(self) -> bool:
        published = [found[0] for key, found in self.values.items() if metadata.field_of(key) == "published"]
        return any(dates.is_date(value) for value in published)


class Headed:
    """The parser of text with a header block."""

    name = "headed"
    precedence = 20

    def claims(self, head: bytes, name: str) -> bool:
        """By the block alone; see ``Parser``."""
        last = name.rpartition("/")[2]
        if "." in last.lstrip(".") and markdown.suffix_of(last) not in _SUFFIXES:
            return False
        return _header(text.lines(text.glimpse(head))).is_one()

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article; see ``Parser``."""
        source = whole.read(reader)
        lines = source.lines
        header = _header(lines)
        values = {key: found[0] if len(found) == 1 else found for key, found in header.values.items()}
        given = metadata.read(values, "header")
        body = "\n".join(lines[header.end :])
        suffix = markdown.suffix_of(name)
        kind = suffix if suffix in _MARKED_UP else "txt"
        yield source.draft(markdown.with_body(given, body, kind))


def _header(lines: Sequence[str]) -> _Header:
    """The keys at the beginning of some lines, and of each its values; an indented line goes on with the value."""
    header = _Header()
    header.end = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    current: list[str] = []
    for line in lines[header.end : header.end + _MOST_LINES]:
        found = _LINE.fullmatch(line if current else line.strip())
        if found:
            current = header.values.setdefault(found["key"].strip(), [])
            current.append((found["value"] or "").strip())
        elif current and line[:1].isspace() and line.strip():
            current[-1] = f"{current[-1]} {line.strip()}".strip()
        else:
            break
        header.end += 1
    return header


PARSER: Final = Headed()
