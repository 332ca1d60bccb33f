"""What a pass over all feeds comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """What one pass over all feeds did: documents served now, files written, entries left out, what failed."""

    feeds: int
    documents: int
    written: int
    left_out: int
    problems: tuple[str, ...]
