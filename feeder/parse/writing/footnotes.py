"""Footnotes in Markdown (``a word[^1]`` and ``[^1]: the note``), as Pelican, Hugo, Jekyll and GitHub read them.

CommonMark does not know them and would show the marks. They are rewritten to what it knows before it is read: a
raised number, and a numbered list at the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder.parse.writing import template

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOTE: Final = re.compile(r" {0,3}\[\^(?P<label>[^\]\s\[^]{1,80})\]:[ \t]*(?P<text>.*)")
_MARK: Final = re.compile(r"\[\^([^\]\s\[^]{1,80})\]")
_CODE_SPAN: Final = re.compile(r"(`+[^`]*+`+)")
_SET_IN: Final = ("    ", "\t")


def rewritten(body: str) -> str:
    """A body with its footnotes as a list at its end; one without any, or with marks alone, as it is."""
    if "[^" not in body:
        return body
    kept, notes = _parted(body.split("\n"))
    if not notes:
        return body
    numbers: dict[str, int] = {}
    text = "\n".join(_numbered(kept, notes, numbers))
    listed = dict.fromkeys([*numbers, *notes])
    items = (f"{number}. " + "\n    ".join(notes[label]) for number, label in enumerate(listed, 1))
    return f"{text.rstrip()}\n\n---\n\n" + "\n".join(items) + "\n"


def _parted(lines: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The lines that are no footnotes, and the lines of each footnote."""
    kept: list[str] = []
    notes: dict[str, list[str]] = {}
    note: list[str] | None = None
    fence = ""
    for line in lines:
        found = _NOTE.match(line) if not fence else None
        if found and found["label"] not in notes:
            note = notes[found["label"]] = [found["text"].strip()]
        elif note is not None and (line.startswith(_SET_IN) or (line.strip() and note[-1])):
            note.append(line.strip())
        elif note is not None and not line.strip():
            note.append("")
        else:
            note, fence = None, template.fence_behind(line, fence)
            kept.append(line)
    return kept, {label: _trimmed(found) for label, found in notes.items()}


def _trimmed(note: list[str]) -> list[str]:
    while len(note) > 1 and not note[-1]:
        note.pop()
    return note


def _numbered(lines: Sequence[str], notes: dict[str, list[str]], numbers: dict[str, int]) -> list[str]:
    """The lines with the number of each footnote in the place of its mark, in the order in which they are named."""

    def raised(mark: re.Match[str]) -> str:
        if mark[1] not in notes:
            return mark[0]
        return f"<sup>{numbers.setdefault(mark[1], len(numbers) + 1)}</sup>"

    found, fence = [], ""
    for line in lines:
        is_code = bool(fence) or line.startswith(_SET_IN)
        fence = template.fence_behind(line, fence)
        parts = [line] if is_code or fence else _CODE_SPAN.split(line)
        found.append(
            "".join(part if is_code or place % 2 else _MARK.sub(raised, part) for place, part in enumerate(parts))
        )
    return found
