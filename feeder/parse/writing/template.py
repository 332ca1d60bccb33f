"""What site generators leave in a body that is no text: template tags, and the imports and exports of MDX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_CODE_SPAN: Final = re.compile(r"(`+[^`]*+`+)")
_TAG: Final = (  # of Liquid, Nunjucks and Hexo; of Hugo; MDX's comments. None has a brace in it: that keeps it linear
    r"\{%(?:[^%{]|%(?!\}))*+%\}|\{\{[<%](?:[^{}]|\}(?!\}))*+\}\}|\{/\*(?:[^*{]|\*(?!/\}))*+\*/\}"
)
_TAGS: Final = re.compile(  # a line of nothing but tags, of kramdown's attributes, or of a mark for the contents
    rf" {{0,3}}(?:(?:(?:{_TAG}|\{{:[^{{}}]*+\}})[ \t]*)++|(?:\[TOC\]|\[\[_?TOC_?\]\])[ \t]*)", re.IGNORECASE
)
_TAGS_WITHIN: Final = re.compile(
    rf"{_TAG}"
    r"|(?<=[)*_\]])\{:[^{}]*+\}"  # kramdown's attributes of a link or an emphasis
    r"|(?:(?<=\]\()|(?<=\]: ))[ \t]*+\{\{[^{}]*+\}\}"  # the site's address before a path
)
_HEADING_ID: Final = re.compile(r"(?<=\S)[ \t]{0,4}\{:?[ \t]?[#.][^{}]*+\}[ \t]*$")
_CONTENTS: Final = re.compile(r"\{:\s?toc\b[^{}]*+\}")
_ITEM: Final = re.compile(r"(?:[-*+]|1\.)\s")
_BOX: Final = re.compile(
    r" {0,3}:{3,}[ \t]*(?:\{[^{}]*+\}|[\w-]*+(?:\[(?P<label>[^\[\]]*+)\])?(?P<title>[ \t][^{}]*+)?)"
)
"""A line that begins or ends a box (Docusaurus, VitePress): ``:::tip Title``, ``:::``."""
_OPEN: Final = re.compile(r" {0,3}(?:\{%|\{\{[<%])")
_CLOSED: Final = re.compile(r"(?:%\}|[>%]\}\})[ \t]*$")
_LISTING: Final = re.compile(  # Jekyll's, Hexo's and Hugo's way to begin and to end a block of code
    r" {0,3}(?:\{%-?|\{\{[<%])[ \t]*+(?P<end>end|/)?[ \t]*+(?:highlight|codeblock)\b[^{}]*+\}{1,2}[ \t]*"
)
_LISTED: Final = "`" * 8
_MOST_TAG_LINES: Final = 12
_CODE: Final = re.compile(  # how a line of JavaScript begins, and no sentence
    r"""import\s*+(?:["'{*]|[\w$]+\s*+,|(?:type\s+)?[\w$]+\s+from\s*+["'])"""
    r"|export\s*+(?:[{*]|default\s++[\w$.]++\s*+;?\s*+$|(?:default|const|let|var|async|function|class)\b[^.={(]*+[={(])"
)
_OPENING, _CLOSING = re.compile(r"[\[{(]"), re.compile(r"[\]})]")


def without_tags(body: str) -> str:
    """A body without template tags; code stays, and so does ``{{ a variable }}``, whose place would be empty."""
    if "{" not in body and ":::" not in body and "[[" not in body and "[TOC]" not in body.upper():
        return body
    return "\n".join(_outside_tags(body.split("\n")))


def _outside_tags(lines: Sequence[str]) -> Iterator[str]:
    fence, number = "", 0
    while number < len(lines):
        line = lines[number]
        behind = number if fence else _behind_tags(lines, number)
        listing = _LISTING.fullmatch(line) if fence in {"", _LISTED} else None
        if listing and bool(listing["end"]) is bool(fence):
            yield _LISTED
            fence, behind = "" if fence else _LISTED, number + 1
        elif behind == number:
            yield line if fence else _without_tags_within(line)
            fence, behind = fence_behind(line, fence), number + 1
        number = behind


def fence_behind(line: str, fence: str) -> str:
    """The fence of code that is open behind a line, empty for none."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) and line.strip() == found[1] else fence


def _behind_tags(lines: Sequence[str], start: int) -> int:
    """The line behind those that are tags and nothing else; ``start`` if there are none."""
    line = lines[start]
    if _TAGS.fullmatch(line):
        return start + 1
    if _ITEM.match(line) and start + 1 < len(lines) and _CONTENTS.match(lines[start + 1]):
        return start + 2
    if _OPEN.match(line):
        for number in range(start, min(start + _MOST_TAG_LINES, len(lines))):
            if not lines[number].strip():
                break
            if _CLOSED.search(lines[number]):
                whole = " ".join(each.strip() for each in lines[start : number + 1])
                return number + 1 if _TAGS.fullmatch(whole) else start
    return start


def _without_tags_within(line: str) -> str:
    if box := _BOX.fullmatch(line):
        title = (box["label"] or box["title"] or "").strip()
        return f"\n**{title}**\n" if title else ""
    if "{" not in line or line.startswith(("    ", "\t")):
        return line
    if line.startswith("#"):
        line = _HEADING_ID.sub("", line)
    parts = _CODE_SPAN.split(line)
    return "".join(part if place % 2 else _TAGS_WITHIN.sub("", part) for place, part in enumerate(parts))


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
