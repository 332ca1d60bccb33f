"""Tables of GitHub's form: a row of headings, and rows of as many cells, each of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.render.markdown.tree import Element, Text

if TYPE_CHECKING:
    from feeder.render.markdown.inline import Inline


def written(table: Element, line: Inline) -> list[str] | None:
    """A table; None for one that says more than this form can: spans, a caption, headings at the side."""
    rows = _rows(table)
    if not rows or not all(_is_plain(row, "td" if number else "th") for number, row in enumerate(rows)):
        return None
    width = len(rows[0].elements())
    if not width or any(len(row.elements()) != width for row in rows):
        return None
    head, *body = (_row([line.paragraph(cell.children) for cell in row.elements()]) for row in rows)
    return ["\n".join([head, _row(["---"] * width), *body])]


def _rows(table: Element) -> list[Element]:
    """The rows of a table with one head and one body at most; none if it has anything else."""
    found: list[Element] = []
    parts = [part.name for part in table.elements()]
    if _has_text(table) or parts not in (["thead", "tbody"], ["tbody"], ["thead"]):
        return []
    for part in table.elements():
        if part.attributes or _has_text(part) or any(row.name != "tr" for row in part.elements()):
            return []
        if part.name == "thead" and len(part.elements()) != 1:
            return []
        found += part.elements()
    return found


def _is_plain(row: Element, name: str) -> bool:
    """Whether a row is of such cells only, with nothing in them that needs more than a line."""
    cells = row.elements()
    is_bare = not row.attributes and not _has_text(row)
    return is_bare and all(cell.name == name and not cell.attributes and not cell.has_block for cell in cells)


def _has_text(element: Element) -> bool:
    return any(isinstance(child, Text) and child.text.strip() for child in element.children)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
