"""What site generators leave in a body that is no text: template tags, and the imports and exports of MDX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_TAGS: Final = re.compile(  # lines of nothing but Liquid, kramdown or Hugo
    r" {0,3}(?:(?:\{%(?:[^%]|%(?!\}))*+%\}|\{:[^{}]*+\}|\{\{[<%](?:[^}]|\}(?!\}))*+\}\})[ \t]*+)++"
)
_CODE: Final = re.compile(  # how a line of JavaScript begins, and no sentence
    r"""import\s*+(?:["'{*]|[\w$]+\s*+,|(?:type\s+)?[\w$]+\s+from\s*+["'])"""
    r"|export\s*+(?:[{*]|default\s++[\w$.]++\s*+;?\s*+$|(?:default|const|let|var|async|function|class)\b[^.={(]*+[={(])"
)
_OPENING, _CLOSING = re.compile(r"[\[{(]"), re.compile(r"[\]})]")


def without_tags(body: str) -> str:
    """A body without the lines that are template tags and nothing else; what stands in fences stays."""
    if "{" not in body:
        return body
    return "\n".join(_outside_tags(body.split("\n")))


def _outside_tags(lines: Sequence[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        if not fence and _TAGS.fullmatch(line):
            continue
        yield line
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and line.strip() == found[1]:
                fence = ""


def without_code(body: str) -> str:
    """An MDX body without the imports and exports that it begins with."""
    lines = body.split("\n")
    place = 0
    while place < len(lines) and (not lines[place].strip() or _CODE.match(lines[place])):
        place = _statement_end(lines, place)
    return "\n".join(lines[place:])


def _statement_end(lines: Sequence[str], start: int) -> int:
    """The line behind a statement: all its brackets are closed, or a blank line ends it."""
    depth = 0
    for number in range(start, len(lines)):
        depth += len(_OPENING.findall(lines[number])) - len(_CLOSING.findall(lines[number]))
        if depth <= 0 or not lines[number].strip():
            return number + 1
    return len(lines)
