"""Plain text: its paragraphs, and whether a line of it is a headline."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from feeder import byline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LONG_LINE: Final = 100
"""Characters above which a line was not wrapped by hand."""
_LONGEST_HEADLINE: Final = 200
_SENTENCE_END: Final = re.compile("[.!?…\u3002\uff01\uff1f:;][\"'\u201d\u2019\u00bb\u300d\u300f)\\]]*$")
_BLANKS: Final = re.compile(r"[ \t]+")
_UNSPACED: Final = re.compile(  # Chinese and Japanese characters, their punctuation and full-width forms
    "[\u2e80-\u303f\u3040-\u30ff\u31c0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]"
)


def paragraphs(lines: Sequence[str]) -> tuple[str, ...]:
    """The paragraphs of some lines, each as one line.

    Blank lines part them and a single line break is a blank. Where there is no blank line at all, each line is a
    paragraph if any of them is long; else an indented line begins one. A byline at the top stands alone.
    """
    blocks = list(_blocks(lines))
    above = []
    if blocks and (credited := _credit(blocks[0])):
        above.append([", ".join(line.strip() for line in blocks[0][:credited])])
        blocks[0] = blocks[0][credited:]
        blocks = blocks[not blocks[0] :]
    if len(blocks) == 1:
        blocks = list(_parts(blocks[0]))
    return tuple(_joined(block) for block in (*above, *blocks))


def is_headline(line: str) -> bool:
    """Whether a line alone may be a title: short, and not ended like a sentence."""
    line = line.strip()
    return 0 < len(line) <= _LONGEST_HEADLINE and not _SENTENCE_END.search(line)


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line and not line.isspace():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _credit(block: Sequence[str]) -> int:
    """How many lines at the top of a block are a byline: none, one, or two with the agency on a line of its own."""
    if not byline.is_byline(block[0].strip()):
        return 0
    below = block[1].strip() if len(block) > 1 else ""
    is_agency = below and not byline.people(below) and byline.is_byline(f"{block[0].strip()}, {below}")
    return 2 if is_agency else 1


def _parts(block: list[str]) -> Iterator[list[str]]:
    """The paragraphs of lines without a blank one among them."""
    if any(_width(line) > _LONG_LINE for line in block):
        yield from ([line] for line in block)
        return
    indented = [line[0].isspace() for line in block]
    if all(indented):  # a block set in as a whole, unless each line is a sentence's last
        indented = [bool(_SENTENCE_END.search(line.rstrip()[-9:])) for line in block]
        indented = [all(indented)] * len(block)
    edges = sorted({0, len(block), *(number for number, begins in enumerate(indented) if begins)})
    yield from (block[start:end] for start, end in pairwise(edges))


def _width(line: str) -> int:
    """How long a line is in letters of an alphabet; a Chinese character takes the room of two."""
    return len(line.strip()) + len(_UNSPACED.findall(line))


def _joined(block: Iterable[str]) -> str:
    """Lines as one; Chinese and Japanese are written without blanks, so none is put between them."""
    pieces: list[str] = []
    for line in map(_trimmed, block):
        if pieces and not (_UNSPACED.match(pieces[-1][-1]) and _UNSPACED.match(line)):
            pieces.append(" ")
        pieces.append(line)
    return "".join(pieces)


def _trimmed(line: str) -> str:
    """A line without blanks around it, and with one where there are more."""
    line = line.strip()
    return _BLANKS.sub(" ", line) if "  " in line or "\t" in line else line
