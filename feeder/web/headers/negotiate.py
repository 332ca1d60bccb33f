"""Which of the media types on offer a client prefers (RFC 9110 section 12.5.1). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a token of the HTTP grammar)
_RANGE: Final = re.compile(rf"[ \t]*({_TOKEN})/({_TOKEN})[ \t]*((?:;[^,]*)?)")
_WEIGHT: Final = re.compile(r";[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*(?:;|\Z)")


def prefer(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered type that the client likes best, the earlier one of equals; None if it takes none of them.

    No ``Accept``, or one in which nothing can be read, takes everything.
    """
    ranges = [match for part in (accept or "").split(",") if (match := _RANGE.fullmatch(part))]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda media_type: _liking(media_type, ranges))
    return best if _liking(best, ranges)[0] > 0 else None


def _liking(media_type: str, ranges: Sequence[re.Match[str]]) -> tuple[float, int]:
    """The weight that the most specific matching range gives, and how specific it is."""
    found = [(closeness, _weight(found[3])) for found in ranges if (closeness := _closeness(media_type, found))]
    closeness, weight = max(found, default=(0, 0.0))
    return weight, closeness


def _closeness(media_type: str, found: re.Match[str]) -> int:
    kind, subkind = found[1].lower(), found[2].lower()
    if f"{kind}/{subkind}" == media_type:
        return 3
    if kind == media_type.partition("/")[0] and subkind == "*":
        return 2
    return 1 if (kind, subkind) == ("*", "*") else 0


def _weight(parameters: str) -> float:
    match = _WEIGHT.search(parameters)
    return float(match[1]) if match else 1.0
