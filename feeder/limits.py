"""How much of an article is taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an article is taken: bytes of its body and of HTML in it, depth of its tags and their number.

    A larger body is refused; HTML above its limits is shown as plain text.
    """

    article_bytes: int = 1_048_576
    html_bytes: int = 262_144
    html_depth: int = 256
    html_tags: int = 20_000
