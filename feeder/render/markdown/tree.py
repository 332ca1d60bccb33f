"""The tree of sanitised HTML, with the place of everything in its source.

For what ``safe_html`` gives only: every element but the void ones has its end tag, attributes stand in double quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_TAG: Final = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^">]++|"[^"]*+")*+)>')
_ATTRIBUTE: Final = re.compile(r'([a-zA-Z-]+)="([^"]*+)"')
_VOID: Final = frozenset({"br", "col", "hr", "img", "wbr"})
_INLINE_WORDS: Final = (
    "a abbr b bdi bdo br cite code data del dfn em i img ins kbd mark q rp rt ruby s samp small span strike strong "
    "sub sup time tt u var wbr"
)
_INLINE: Final = frozenset(_INLINE_WORDS.split())
_HIGHEST: Final = 40
_SAYS_NOTHING: Final = frozenset({("rel", "noopener noreferrer"), ("title", "")})
"""Attributes that the sanitiser adds by itself, or that are as good as none."""


@dataclass(slots=True)
class Text:
    """A stretch of text: as it reads, and where it stands in the source."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Element:
    """An element; ``start`` and ``end`` are those of all of it, ``inner`` and ``inner_end`` those of what is in it."""

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    has_block: bool = False
    """Whether a block is somewhere in it."""
    height: int = 0
    """How many elements lie within each other below it."""
    children: list[Element | Text] = field(default_factory=list)

    @property
    def is_inline(self) -> bool:
        """Whether it runs within a line of text; what is nested deeper than any sense is taken for a block."""
        return self.name in _INLINE and not self.has_block and self.height < _HIGHEST

    def elements(self) -> list[Element]:
        """The elements right below it."""
        return [child for child in self.children if isinstance(child, Element)]

    def is_plain(self) -> bool:
        """Whether there is nothing in it but text."""
        return all(isinstance(child, Text) for child in self.children)

    def text(self) -> str:
        """The text right below it."""
        return "".join(child.text for child in self.children if isinstance(child, Text))


def read(html: str) -> Element:
    """The root of what some sanitised HTML says; it has no name and no tags."""
    root = Element("", {}, 0, 0, inner_end=len(html), end=len(html))
    above, place = [root], 0
    for found in _TAG.finditer(html):
        _add_text(above[-1], html, place, found.start())
        place = found.end()
        if found[1]:
            _close(above, found)
        else:
            _open(above, found)
    _add_text(above[-1], html, place, len(html))
    return root


def _add_text(parent: Element, html: str, start: int, end: int) -> None:
    if start < end:
        text = html[start:end]
        if parent.name == "pre" and not parent.children:
            text = text.removeprefix("\n")  # HTML 13.1.2.5: the first one does not count
        parent.children.append(Text(unescape(text) if "&" in text else text, start, end))


def _open(above: list[Element], found: re.Match[str]) -> None:
    given = {
        name: unescape(value) for name, value in _ATTRIBUTE.findall(found[3]) if (name, value) not in _SAYS_NOTHING
    }
    element = Element(found[2], given, found.start(), found.end(), inner_end=found.end(), end=found.end())
    above[-1].children.append(element)
    if element.name not in _VOID:
        above.append(element)
    else:
        _tell(above[-1], element)


def _close(above: list[Element], found: re.Match[str]) -> None:
    if len(above) > 1 and above[-1].name == found[2]:
        element = above.pop()
        element.inner_end, element.end = found.start(), found.end()
        _tell(above[-1], element)


def _tell(parent: Element, child: Element) -> None:
    parent.has_block |= not child.is_inline
    parent.height = max(parent.height, child.height + 1)
