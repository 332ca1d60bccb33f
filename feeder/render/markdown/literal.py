"""Text and HTML within Markdown, written so that they stay what they are.

For readers of CommonMark, and for those that look for more before they read it: template tags, footnotes and boxes of
site generators, which feeder's own reader of Markdown knows as well.
"""

from __future__ import annotations

import re
from typing import Final

_WHITE: Final = re.compile(r"[ \t\n\r\f]+")
_SPECIAL: Final = re.compile(
    # escaped: what may begin or end markup anywhere in a line; a ``_`` within a word does not
    r"(?P<escaped>[\\*\[\]<~]|(?<![^\W_])_|_(?![^\W_])|&(?=#|[a-zA-Z]))"
    # by its number: what is looked for before backslashes count, and what some take for the end of a line
    r"|`|\{(?=[%{:#./])|[\x0b\x1c-\x1f\x85\u2028\u2029]"
)
_LINE_START: Final = re.compile(
    r"(?=[=>|]|[-+](?:[ -]|\Z)|#{1,6}(?:[ ]|\Z)|:::|:-)|(?P<number>\d{1,9})(?=[.)](?:[ ]|\Z))"
)
_EDGE: Final = re.compile(r"\A[^\S ]+|[^\S ]+\Z")
_IN_ADDRESS: Final = re.compile(r"(?P<escaped>[\\()]|&(?=#|[a-zA-Z]))|[\s<>`{}|\x00-\x1f\x7f]")
_IN_TITLE: Final = re.compile(r'"')
_BLANK_LINE: Final = re.compile(r"\n(?=[ \t]*\n)")
_HAZARD: Final = re.compile(r"[{`]|~(?=~~)|\[(?=\^|\[|_{0,2}TOC)|^:(?=::)", re.IGNORECASE | re.MULTILINE)
"""What in HTML would be taken for a template tag, a fence, a footnote or a box by who looks for these first."""


def as_text(found: str) -> str:
    """Text within a line; white space is one blank, as in HTML."""
    return _SPECIAL.sub(_escaped, _WHITE.sub(" ", found))


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found["escaped"] else f"&#{ord(found[0])};"


def as_lines(written: str) -> str:
    """The lines of a paragraph: none begins like a block, and none ends in what readers strip."""
    kept = _EDGE.sub(lambda edge: "".join(f"&#{ord(each)};" for each in edge[0]), written.strip(" "))
    return "\n".join(
        _LINE_START.sub(r"\g<number>\\", line, count=1) if _starts(line) else line for line in kept.split("\n")
    )


def _starts(line: str) -> bool:
    return _LINE_START.match(line) is not None


def as_address(url: str) -> str:
    """The destination of a link or an image."""
    return _IN_ADDRESS.sub(_in_address, url)


def _in_address(found: re.Match[str]) -> str:
    if found["escaped"]:
        return f"\\{found[0]}"
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))


def as_title(given: str | None) -> str:
    """What stands behind a destination; nothing where there is no title."""
    return "" if given is None else ' "' + _IN_TITLE.sub('\\"', as_text(given)) + '"'


def as_html(source: str) -> str:
    """Sanitised HTML without an empty line, at which Markdown would go on, and without what is read before HTML."""
    return _BLANK_LINE.sub("&#10;", _HAZARD.sub(lambda found: f"&#{ord(found[0])};", source))


def as_tag(source: str) -> str:
    """A tag within a line."""
    return as_html(source).replace("\n", "&#10;")
