"""Blocks: paragraphs, headings, lists, quotations, code, tables. What Markdown cannot say whole stays HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder.render.markdown import tables
from feeder.render.markdown.inline import Inline
from feeder.render.markdown.literal import as_html, as_tag
from feeder.render.markdown.tree import Element, Text, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEEPEST: Final = 6
"""Deeper than this a block stays HTML: nobody reads indentation of that depth, and readers stop at some depth."""
_LONGEST_NUMBER: Final = 999_999_999
_BOX_WORDS: Final = "div section article main header footer center hgroup nav"
_BOXES: Final = frozenset(_BOX_WORDS.split())
"""They say nothing that is lost with their tags."""
_BLOCK_WORDS: Final = (  # CommonMark 4.6, condition 6; and 1
    "address article aside blockquote caption center col colgroup dd details div dl dt figcaption figure footer h1 h2 "
    "h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_STARTS_BLOCK: Final = frozenset(_BLOCK_WORDS.split())
_LONE_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>[ ]*(?:\n|\Z)")
_BACKTICKS: Final = re.compile(r"`{3,}")
_LISTING: Final = 8
"""So many backticks begin a listing of another kind for feeder's reader of Markdown."""


def written(html: str, title: str) -> str:
    """Sanitised HTML as CommonMark, with tables and strikethrough.

    A first heading that repeats the ``title`` stays HTML: readers of front matter would take it for the title.
    """
    return "\n\n".join(_Blocks(html, title).flow(read(html), 0))


class _Blocks:
    """The blocks of one document."""

    def __init__(self, source: str, title: str) -> None:
        self.source = source
        self.title = title.casefold()
        self.inline = Inline(source)
        self.line = Inline(source, is_one_line=True)
        self.forms: dict[str, Callable[[Element, int], list[str]]] = {
            "p": self._paragraph,
            "blockquote": self._quotation,
            "pre": self._code,
            "hr": lambda element, _: self._bare(element, ["___"]),
            "table": lambda element, _: self._bare(element, tables.written(element, self.line)),
            "aside": self._box,
            **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), self._heading),
            **dict.fromkeys(_BOXES, self._box),
        }

    def flow(self, element: Element, depth: int) -> list[str]:
        """What is in an element, a block each; text beside blocks is a paragraph of its own."""
        found: list[str] = []
        line: list[Element | Text] = []
        above = ""
        for child in (*_unboxed(element), None):
            if isinstance(child, Text) or (child is not None and child.is_inline):
                line.append(child)
                continue
            loose, line = self.inline.paragraph(line), []
            found += [loose] if loose else []
            above = "" if loose else above
            if child is not None:
                is_second = above == child.name
                written = self._block(child, depth, is_first=not found, is_second=is_second)
                found, above = found + written, above if not written else "" if is_second else child.name
        return found

    def _block(self, element: Element, depth: int, *, is_first: bool, is_second: bool) -> list[str]:
        if element.name in {"ul", "ol"}:
            return self._list(element, depth, is_second=is_second) or [self._html(element)]
        form = self.forms.get(element.name)
        if form is None or depth > _DEEPEST or (is_first and self._is_title(element)):
            return [self._html(element)]
        return form(element, depth)

    def _is_title(self, element: Element) -> bool:
        return element.name[0] == "h" and " ".join(element.text().split()).casefold() == self.title

    def _html(self, element: Element) -> str:
        inner = "\n" if element.name not in _STARTS_BLOCK else ""
        parts = (self.source[element.start : element.inner], inner, self.source[element.inner : element.end])
        return as_html("".join(parts))

    def _bare(self, element: Element, found: list[str] | None) -> list[str]:
        """What was found for an element without attributes; all of it as HTML if it has some, or none was found."""
        return [self._html(element)] if element.attributes or found is None else found

    def _paragraph(self, element: Element, _: int) -> list[str]:
        lines = self.inline.paragraph(element.children)
        is_html = element.has_block or _LONE_TAG.match(lines)
        return self._bare(element, None if is_html else [lines] if lines else [])

    def _heading(self, element: Element, _: int) -> list[str]:
        line = self.line.paragraph(element.children)
        if line.endswith("#"):
            line = f"{line[:-1]}\\#"
        return self._bare(element, [f"{'#' * int(element.name[1])} {line}"] if line and not element.has_block else None)

    def _quotation(self, element: Element, depth: int) -> list[str]:
        lines = "\n\n".join(self.flow(element, depth + 1)).split("\n")
        return self._bare(element, ["\n".join(f"> {line}".rstrip(" ") if not line else f"> {line}" for line in lines)])

    def _code(self, element: Element, depth: int) -> list[str]:
        text = _listing(element)
        if text is None or depth:  # within a list some readers lose count of fences, ours included
            return [self._html(element)]
        longest = max((len(run[0]) for run in _BACKTICKS.finditer(text)), default=2)
        fence = "`" * (longest + 1 + (longest + 1 == _LISTING))
        return self._bare(element, [f"{fence}\n{text}\n{fence}" if text else f"{fence}\n{fence}"])

    def _box(self, element: Element, depth: int) -> list[str]:
        if not element.has_block or element.name not in _STARTS_BLOCK:
            return [self._html(element)]
        within = self.flow(element, depth + 1)
        start = as_tag(self.source[element.start : element.inner])
        return [start, *within, self.source[element.inner_end : element.end]]

    def _list(self, element: Element, depth: int, *, is_second: bool) -> list[str] | None:
        """A list with another mark than the one right before it, so that they stay two; None if it has to stay HTML."""
        start = element.attributes.get("start", "1") if element.name == "ol" else "1"
        is_known = element.attributes.keys() <= ({"start"} if element.name == "ol" else set())
        items = element.elements()
        ends = [child for child in element.children if isinstance(child, Text) and child.text.strip()]
        if not is_known or ends or depth > _DEEPEST or not start.isascii() or not start.isdigit():
            return None
        if any(item.name != "li" or item.attributes for item in items) or int(start) + len(items) > _LONGEST_NUMBER:
            return None
        found = [self.flow(item, depth + 1) for item in items]
        if not all(found):
            return None
        is_tight = all(_is_tight(item) for item in items)
        marks = _marks(element.name, int(start), len(items), is_second=is_second)
        lines = [
            _item(mark, ("\n" if is_tight else "\n\n").join(each)) for mark, each in zip(marks, found, strict=True)
        ]
        return [("\n" if is_tight else "\n\n").join(lines)] if lines else []


def _listing(element: Element) -> str | None:
    """The text of a block of code and nothing else; None if it is another one."""
    match element.children:
        case [Element(name="code") as code] if not code.attributes and code.is_plain():
            return code.text().removesuffix("\n")
    return None


def _unboxed(element: Element) -> Iterator[Element | Text | None]:
    """What is in an element; a box without attributes is what is in it, with a gap (None) at each of its edges."""
    for child in element.children:
        if isinstance(child, Element) and child.name in _BOXES and not child.attributes:
            yield from (None, *_unboxed(child), None)
        else:
            yield child


def _marks(name: str, start: int, count: int, *, is_second: bool) -> list[str]:
    if name == "ul":
        return ["* " if is_second else "- "] * count
    point = ")" if is_second else "."
    return [f"{number}{point} " for number in range(start, start + count)]


def _item(mark: str, text: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([mark + first, *(" " * len(mark) + line if line else line for line in others)])


def _is_tight(item: Element) -> bool:
    """Whether an item is one line of text with at most one list below it, which needs no empty line."""
    blocks = [child for child in item.children if isinstance(child, Element) and not child.is_inline]
    if not blocks:
        return True
    (first, *others) = blocks
    is_last = all(
        isinstance(child, Text) and not child.text.strip() for child in item.children[item.children.index(first) + 1 :]
    )
    is_list = first.name == "ul" or (first.name == "ol" and first.attributes.get("start", "1") == "1")
    return not others and is_last and is_list
