"""The styles of a page, which stand in it: who has the page has all that it takes to draw it.

A page says which of its own text is style by its hash (CSP 3 section 8.1), so that none that an article might bring in
counts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERYWHERE: Final = "style.css"
"""The style of all pages; ``NAME.css`` beside it is that of the pages that ``NAME.html`` makes."""

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_BREAK: Final = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Style:
    """What stands between ``<style>`` and ``</style>``, and its source in a policy."""

    text: str
    source: str


def style_of(name: str, assets: Mapping[str, bytes]) -> Style:
    """The style of the pages of a template, named without its suffix."""
    texts = [assets[file].decode() for file in (EVERYWHERE, f"{name}.css") if file in assets]
    text = _BREAK.sub("\n", _COMMENT.sub("", "\n".join(texts))).strip()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Style(text, f"'sha256-{digest}'")
