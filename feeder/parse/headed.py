"""Text under a block of ``Key: value`` lines, as Pelican, MultiMarkdown, Hexo and mail write it.

A blank line ends the block, or a line ``---`` (Hexo's front matter does without the first fence). A key without a value
may have a list of them below it, ``- one`` a line. The body is plain text, or Markdown or HTML if the file's suffix
says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from feeder import dates
from feeder.parse import metadata, whole
from feeder.parse.writing.body import HTML_SUFFIXES, SUFFIXES, drafted_by_place, suffix_of, with_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader

_LINE: Final = re.compile(r"(?P<key>[^\W\d_][\w .-]{0,30}?)[ \t]*:(?!//)(?:[ \t]+(?P<value>.*)|(?P<empty>))")
_ITEM: Final = re.compile(r"[ \t]*-[ \t]+(?P<value>\S.*)")
_FENCE: Final = re.compile(r"-{3,}[ \t]*|[.]{3}[ \t]*")
_MOST_LINES: Final = 200
_FEWEST_KEYS: Final = 2
_MARKED_UP: Final = SUFFIXES | HTML_SUFFIXES
_SUFFIXES: Final = frozenset({*_MARKED_UP, "txt", "text"})


@dataclass(slots=True)
class _Header:
    """A block of keys as read: each key's values in their order, and the line that the body begins at."""

    values: dict[str, list[str]] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    end: int = 0

    def given(self) -> dict[str, object]:
        """Each key with its value, or with several."""
        is_several = {key: key in self.lists or len(found) > 1 for key, found in self.values.items()}
        return {key: found if is_several[key] else found[0] for key, found in self.values.items()}

    def goes_on(self, key: str, line: str) -> bool:
        """Whether a line belongs to the last key: an item of its list, or set in as more of its value; it is added."""
        values, item = self.values[key], _ITEM.fullmatch(line)
        if item and (key in self.lists or values == [""]):
            values[:] = [*filter(None, values), item["value"].strip()]
            self.lists.add(key)
        elif line[:1].isspace() and line.strip():
            values[-1] = f"{values[-1]} {line.strip()}".strip()
        else:
            return False
        return True

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
    streams = False

    def claims(self, head: bytes, name: str) -> bool:
        """By the block alone; see ``Parser``."""
        last = name.rpartition("/")[2]
        if "." in last.lstrip(".") and suffix_of(last) not in _SUFFIXES:
            return False
        return _header(whole.first_lines(head)).is_one()

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article; see ``Parser``."""
        source = whole.read(reader)
        lines = source.lines
        header = _header(lines)
        given = drafted_by_place(metadata.read(header.given(), "header"), name)
        body = "\n".join(lines[header.end :])
        suffix = suffix_of(name)
        kind = suffix if suffix in _MARKED_UP else "txt"
        yield source.draft(with_body(given, body, kind))


def _header(lines: Sequence[str]) -> _Header:
    """The keys at the beginning of some lines, and of each its values."""
    header = _Header()
    header.end = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    key = ""
    for line in lines[header.end : header.end + _MOST_LINES]:
        found = _LINE.fullmatch(line if key else line.strip())
        if found:
            key = found["key"].strip()
            header.values.setdefault(key, []).append((found["value"] or "").strip())
        elif not (key and header.goes_on(key, line)):
            header.end += bool(key and _FENCE.fullmatch(line))
            break
        header.end += 1
    return header


PARSER: Final = Headed()
