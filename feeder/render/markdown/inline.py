"""What runs within a line: emphasis, links, images, code. What Markdown has no word for stays HTML, which it allows.

Emphasis stays HTML too where CommonMark would not see it: beside a letter that follows its punctuation, as in Chinese
and Japanese (section 6.2, flanking delimiter runs), or where two meet.
"""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.render.markdown.literal import as_address, as_lines, as_tag, as_text, as_title
from feeder.render.markdown.tree import Element, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MARKS: Final = {"em": "*", "i": "*", "strong": "**", "b": "**", "s": "~~", "strike": "~~", "del": "~~"}
_BREAK: Final = "\\\n"
_AROUND_BREAK: Final = re.compile(r" *\\\n *")
_LETTERS: Final = frozenset("LNM")
_LINK: Final = frozenset({"href", "title"})
_IMAGE: Final = frozenset({"src", "alt", "title"})


@dataclass(frozen=True, slots=True)
class _Marked:
    """An emphasis whose form depends on what stands beside it."""

    element: Element
    mark: str
    inner: str


@dataclass(frozen=True, slots=True)
class Inline:
    """The lines of one document.

    Args:
        source: the HTML that its tree was read from.
        is_one_line: whether line breaks stay HTML, and ``|`` is written as a number: in headings and tables.
    """

    source: str
    is_one_line: bool = False

    def paragraph(self, nodes: Iterable[Element | Text]) -> str:
        """Some nodes as the lines of a block; empty where nothing is in them."""
        written = _AROUND_BREAK.sub(lambda _: _BREAK, self.write(nodes)).strip(" ")
        end = len(written)
        while written.endswith(_BREAK, 0, end):
            end -= len(_BREAK)
        lines = as_lines(written[:end] + "<br>" * ((len(written) - end) // len(_BREAK)))
        return lines.replace("|", "&#124;") if self.is_one_line else lines

    def write(self, nodes: Iterable[Element | Text], within: frozenset[str] = frozenset()) -> str:
        """Some nodes, whatever stands before and behind them; ``within`` are the marks that are open."""
        return self._joined([self._piece(node, within) for node in nodes])

    def _joined(self, pieces: Sequence[str | _Marked]) -> str:
        written = ""
        for number, piece in enumerate(pieces):
            behind = next((_first(later) for later in pieces[number + 1 :] if _first(later)), "")
            if isinstance(piece, _Marked):
                written += self._marked(piece, written, behind)
            elif piece.endswith("!") and behind == "[":
                written += f"{piece[:-1]}\\!"
            else:
                written += piece
        return written

    def _piece(self, node: Element | Text, within: frozenset[str]) -> str | _Marked:
        if isinstance(node, Text):
            return as_text(node.text)
        if node.name == "br" and not node.attributes:
            return "<br>" if self.is_one_line else _BREAK
        mark = _MARKS.get(node.name)
        if mark and not node.attributes and mark not in within:
            return _Marked(node, mark, self.write(node.children, within | {mark}))
        return self._by_name(node, within) or self._as_html(node, within)

    def _by_name(self, node: Element, within: frozenset[str]) -> str | None:
        """Code, a link or an image in the words of Markdown; None if it cannot say all of it."""
        given = node.attributes
        if node.name == "code" and not given and node.is_plain():
            return self._code(node.text())
        if node.name == "a" and "href" in given and given.keys() <= _LINK:
            text = self.write(node.children, within)
            return f"[{text}]({as_address(given['href'])}{as_title(given.get('title'))})"
        if node.name == "img" and given.get("src") and given.keys() <= _IMAGE:
            alt = self.write([Text(given.get("alt", ""), 0, 0)])
            return f"![{alt}]({as_address(given['src'])}{as_title(given.get('title'))})"
        return None

    def _code(self, text: str) -> str | None:
        text = re.sub(r"[\t\n\r\f]", " ", text)
        if not text.strip() or "``" in text or ("`" in text and "{" in text) or (self.is_one_line and "|" in text):
            return None
        fence = "``" if "`" in text else "`"
        pad = " " if "`" in (text[0], text[-1]) or text[0] == text[-1] == " " else ""
        return f"{fence}{pad}{text}{pad}{fence}"

    def _as_html(self, node: Element, within: frozenset[str]) -> str:
        start = as_tag(self.source[node.start : node.inner])
        return f"{start}{self.write(node.children, within)}{self.source[node.inner_end : node.end]}"

    def _marked(self, piece: _Marked, before: str, behind: str) -> str:
        text, mark = piece.inner.strip(" "), piece.mark
        lead = " " if piece.inner.startswith(" ") else ""
        trail = " " if piece.inner.endswith(" ") and text else ""
        outer = ((before + lead)[-1:], (trail + behind)[:1])
        meets = mark[0] in {*outer, text[:1], text[-1:]}
        if text and not meets and _flanks(text[0], outer[0]) and _flanks(text[-1], outer[1]):
            return f"{lead}{mark}{text}{mark}{trail}"
        element = piece.element
        start, end = self.source[element.start : element.inner], self.source[element.inner_end : element.end]
        return f"{start}{piece.inner}{end}"


def _first(piece: str | _Marked) -> str:
    """The first character of a piece, as far as it is known before it is written."""
    if isinstance(piece, str):
        return piece[:1]
    return " " if piece.inner.startswith(" ") else piece.mark[0]


def _flanks(inner: str, outer: str) -> bool:
    """Whether a mark between two characters opens, or closes, under every version of CommonMark.

    Whether a symbol outside ASCII counts as punctuation depends on the version.
    """
    if inner.isspace():
        return False
    if unicodedata.category(inner)[0] in _LETTERS:
        return True
    return not outer or outer.isspace() or outer in string.punctuation or unicodedata.category(outer)[0] == "P"
