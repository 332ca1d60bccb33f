"""A part of a page as plain, structured HTML: paragraphs, headings, lists, tables, quotations, links and pictures.

What sites build of ``div``, ``span``, ``font`` and ``<br><br>`` becomes paragraphs. A picture's caption goes into its
``title``, so that it is no sentence of the text. Nothing is made safe here; ``normalize`` does that.
"""

from __future__ import annotations

import re
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from feeder import text
from feeder.model import Enclosure
from feeder.parse.page.document import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATTRIBUTES: Final = {
    "a": ("href",),
    "img": ("src", "alt", "title"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start",),
    "time": ("datetime",),
    "abbr": ("title",),
}
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp"}
) | {"rt", "ruby", "s", "samp", "small", "strong", "sub", "sup", "time", "u", "var"}
_STRUCTURES: Final = frozenset({"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr"})
_ITEMS: Final = frozenset({"li", "dt", "dd", "td", "th", "caption"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "main", "header", "figure", "blockquote", "pre", "hr", "center", "address"}
) | (_STRUCTURES | _ITEMS | _HEADINGS)
_DEEPEST: Final = 60
"""Blocks within each other; below, there is only text."""
_MOST_IMAGES: Final = 40
_LONGEST_CAPTION: Final = 400
_FEWEST_CELLS: Final = 4
_LAZY: Final = ("data-src", "data-original", "data-lazy-src", "data-srcset", "srcset")
_NEAREST, _MOST_AROUND = 4, 60
"""Elements above a picture in which its caption is looked for, and elements within the right one."""
_CAPTION: Final = re.compile(
    r"(?:^|[\s_-])(?:(?:wp-)?caption(?:-?text)?|figcaption|legende?|bildunterschrift|bildtext|pie-?(?:de-?)?foto|"
    r"(?:photo|image|img|picture|foto|media)[-_]{1,2}(?:caption|credit|desc\w*|legend|info|author|source|title)|"
    r"(?:photo|image)-?credit|credit|popis(?:ek)?|didascalia)(?=$|[\s_-])",
    re.IGNORECASE,
)
_NOTHING: Final = re.compile(
    r"^(?:data|blob|javascript|about):|(?:^|/)(?:blank|spacer|pixel|placeholder|transparent|1x1|loading)\b[^/]*$",
    re.IGNORECASE,
)


def blocks(element: Any, base: str | None = None) -> list[str]:
    """The inside of an element as HTML, block by block; ``base`` is the address that links are relative to."""
    return _Writer(base).inside(element)


def images(element: Any, base: str | None = None) -> tuple[Enclosure, ...]:
    """The pictures in an element with their captions; a path is a file beside the page, unless it begins with ``/``."""
    found: dict[str, Enclosure] = {}
    for image in element.iter("img", "amp-img"):
        source = source_of(image, base)
        if source and source not in found:
            title = _caption_of(image) or text.clean_line(image.get("alt") or "")
            found[source] = Enclosure(source, title=title or None)
        if len(found) == _MOST_IMAGES:
            break
    return tuple(found.values())


def source_of(image: Any, base: str | None = None) -> str | None:
    """The address of a picture, where its page loads it late too; None for a spacer."""
    if {image.get("width"), image.get("height")} & {"0", "1", "0px", "1px"}:
        return None
    given = [image.get("src") or "", *(_first(image.get(key) or "") for key in _LAZY)]
    found = (source.strip() for source in given)
    source = next((source for source in found if source and not _NOTHING.search(source)), None)
    return _joined(source, base) if source is not None and source.startswith("/") else source


def _joined(address: str, base: str | None) -> str:
    """An address as an absolute one, as far as the page's own is known; ``//host/path`` is https."""
    try:
        return urljoin(base or "https:", address) if base or address.startswith("//") else address
    except ValueError:
        return address


def _first(candidates: str) -> str:
    """The first address of a ``srcset``."""
    return next(iter(candidates.partition(",")[0].split()), "")


def _caption_of(image: Any) -> str:
    """What stands under a picture: in its ``figure``, or in what holds nothing else."""
    for above, _ in zip(image.iterancestors(), range(_NEAREST), strict=False):
        if (found := _caption(above)) is not None:
            return text.clean_line(content_of(found))[:_LONGEST_CAPTION]
    return ""


def _caption(holder: Any) -> Any | None:
    """The caption in an element that holds one picture and hardly anything else."""
    within = list(islice(holder.iter(), _MOST_AROUND))
    if len(within) == _MOST_AROUND or sum(each.tag in {"img", "amp-img"} for each in within) != 1:
        return None
    return next((each for each in within if is_caption(each)), None)


def is_caption(element: Any) -> bool:
    """Whether an element is a picture's caption, by its tag or its class."""
    if element.tag == "figcaption":
        return True
    is_named = _CAPTION.search(element.get("class") or "") is not None
    return is_named and len(content_of(element)) <= _LONGEST_CAPTION and element.find(".//img") is None


class _Writer:
    """Blocks as they are finished, and the line that is not."""

    def __init__(self, base: str | None, depth: int = 0) -> None:
        self.base = base
        self.blocks: list[str] = []
        self.line: list[str] = []
        self.depth = depth
        self.pictures = 0

    def inside(self, element: Any) -> list[str]:
        """What is in an element, as blocks."""
        self._inside(element)
        self._end()
        return self.blocks

    def _inside(self, element: Any) -> None:
        self._say(element.text)
        for child in element:
            self._element(child)
            self._say(child.tail)

    def _say(self, said: str | None) -> None:
        if said:
            self.line.append(escape(said, quote=False))

    def _end(self) -> None:
        """The line is a paragraph, if there is anything in it."""
        line = "".join(self.line).strip()
        while line.endswith("<br>"):
            line = line[:-4].rstrip()
        self.line = []
        line = re.sub(r"\s+", " ", line.removeprefix("<br>").strip())
        if line:
            self.blocks.append(f"<p>{line}</p>")

    def _element(self, element: Any) -> None:
        tag = element.tag
        if self.depth > _DEEPEST:
            self._say(content_of(element))
        elif is_caption(element):
            pass
        elif tag == "br":
            self._break()
        elif tag in {"img", "amp-img"}:
            self._image(element)
        elif tag == "hr":
            self._end()
            self.blocks.append("<hr>")
        elif tag in _INLINE and not _has_blocks(element):
            self._inline(element)
        elif tag in _BLOCKS or _has_blocks(element):
            self._block(element)
        else:
            self._inside(element)

    def _break(self) -> None:
        """One break stays one; a second one behind it ends the paragraph."""
        if "".join(self.line[-2:]).rstrip().endswith("<br>"):
            self._end()
        else:
            self.line.append("<br>")

    def _image(self, element: Any) -> None:
        source = source_of(element, self.base)
        if source is None:
            return
        self.pictures += 1
        title = _caption_of(element) if self.pictures <= _MOST_IMAGES else ""
        alt = text.clean_line(element.get("alt") or "")
        said = f' title="{escape(title)}"' if title else ""
        self.line.append(f'<img src="{escape(source)}" alt="{escape(alt)}"{said}>')

    def _inline(self, element: Any) -> None:
        at = len(self.line)
        self._inside(element)
        if "".join(self.line[at:]).strip():
            self.line.insert(at, _start(element, self.base))
            self.line.append(f"</{element.tag}>")

    def _block(self, element: Any) -> None:
        self._end()
        inner = _Writer(self.base, self.depth + 1)
        if element.tag == "pre":
            self.blocks.append(f"<pre>{escape(content_of(element), quote=False)}</pre>")
        elif element.tag in _STRUCTURES and not _is_layout(element):
            self._structure(element)
        elif element.tag in _HEADINGS or element.tag == "blockquote":
            found = inner.inside(element)
            said = "\n".join(found) if element.tag == "blockquote" else " ".join(map(_bare, found))
            self.blocks += [f"<{element.tag}>{said}</{element.tag}>"] if said.strip() else []
        else:
            self.blocks += inner.inside(element)

    def _structure(self, element: Any) -> None:
        parts: list[str] = []
        for child in element:
            inner = _Writer(self.base, self.depth + 1)
            if child.tag in _ITEMS:
                found = inner.inside(child)
                said = _bare(found[0]) if len(found) == 1 else "\n".join(found)
                parts += [f"{_start(child, None)}{said}</{child.tag}>"] if said or child.tag in {"td", "th"} else []
            elif child.tag in _STRUCTURES:
                inner._structure(child)
                parts += inner.blocks
        if parts:
            self.blocks.append(f"{_start(element, None)}{''.join(parts)}</{element.tag}>")


def _bare(block: str) -> str:
    """A paragraph without its tags, as a list's item or a heading has it."""
    return block[3:-4] if block.startswith("<p>") and block.count("<p>") == 1 else block


def _start(element: Any, base: str | None) -> str:
    """A start tag with the attributes that mean something; a link within the page leads nowhere in a feed."""
    given = [(name, element.get(name) or "") for name in _ATTRIBUTES.get(element.tag, ())]
    if element.tag == "a":
        given = [(name, _joined(value.strip(), base)) for name, value in given if not value.strip().startswith("#")]
    said = "".join(f' {name}="{escape(value)}"' for name, value in given if value)
    return f"<{element.tag}{said}>"


def _has_blocks(element: Any) -> bool:
    return any(below.tag in _BLOCKS for below in _below(element))


def _below(element: Any) -> Iterator[Any]:
    found = element.iter()
    next(found)
    return found  # type: ignore[no-any-return]


def _is_layout(element: Any) -> bool:
    """Whether a table only puts things beside each other: it has few cells, and paragraphs in them."""
    if element.tag not in {"table", "thead", "tbody", "tfoot", "tr"}:
        return False
    cells = list(element.iter("td", "th"))
    return len(cells) <= _FEWEST_CELLS and any(_has_blocks(cell) for cell in cells)
