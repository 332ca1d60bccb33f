"""A summary where the author gave none: the first paragraph, cut at a sentence."""

from __future__ import annotations

import re
from typing import Final

LIMIT: Final = 300
"""Characters that a summary stays below."""
_SHORTEST: Final = 60
"""A first sentence below this is not cut out of a longer paragraph: it may be an abbreviation's stop."""

_SENTENCE_END: Final = re.compile(
    r"[.!?…][\"'\u201d\u2019\u00bb)\]]*(?=\s|$)|[\u3002\uff01\uff1f\uff61][\u300d\u300f\u201d\u2019\uff09]*"
)
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Sr|Jr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Prof|Rev|vs|No|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sept?|Oct|Nov|Dec|Inc|Co|Corp|Ltd|approx|etc)|\.[A-Za-z])\.$"
)


def summarise(paragraph: str) -> str:
    """A paragraph below ``LIMIT`` characters: whole, up to its last sentence that fits, or cut after a word with …."""
    text = " ".join(paragraph[: LIMIT * 4].split())
    if len(text) < LIMIT:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text[: LIMIT - 1])]
    end = next((end for end in reversed(ends) if _ends_sentence(text, end)), 0)
    if end >= _SHORTEST:
        return text[:end]
    cut = text[: LIMIT - 2]
    words, blank, _ = cut.rpartition(" ")
    return (words if blank and len(words) > LIMIT // 2 else cut).rstrip(" ,;:–—-") + "…"  # noqa: RUF001 (a dash)


def _ends_sentence(text: str, end: int) -> bool:
    return not _ABBREVIATED.search(text, max(0, end - 10), end)
