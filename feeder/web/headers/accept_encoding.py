"""Which content coding a client gets of those that are ready (RFC 9110 section 12.5.3). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder.codings import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODING: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_WEIGHT: Final = r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?"
_MEMBER: Final = re.compile(rf"[ \t]*({_CODING})[ \t]*(?:;[ \t]*[qQ]=({_WEIGHT})[ \t]*)?")
_SYNONYMS: Final = {"x-gzip": "gzip"}
_UNNAMED_IDENTITY: Final = 0.0001
"""Less than any weight that can be written: who names a coding prefers it to none."""


def choose(field: str | None, sizes: Mapping[str, int]) -> str | None:
    """The coding that the client likes best, the smallest of equals; None if it takes none of them.

    Args:
        field: ``Accept-Encoding``, its lines joined by commas. Absent or empty, and where nothing in it can be read,
            it means no coding.
        sizes: how many bytes the document has in each coding on offer, ``identity`` among them.
    """
    if not field:
        return IDENTITY
    weights = weigh(field)
    others = weights.get("*")
    if others is None:
        weights.setdefault(IDENTITY, _UNNAMED_IDENTITY)
    liked = {coding: weight for coding in sizes if (weight := weights.get(coding, others or 0.0))}
    return min(liked, key=lambda coding: (-liked[coding], sizes[coding]), default=None)


def weigh(field: str) -> dict[str, float]:
    """The weight of each name in a list; what is malformed is passed over.

    One that stands there twice has the lower weight: who excludes a coding once does not get it.
    """
    weights: dict[str, float] = {}
    for part in field.split(","):
        if found := _MEMBER.fullmatch(part):
            name = found[1].lower()
            name = _SYNONYMS.get(name, name)
            weight = 1.0 if found[2] is None else float(found[2])
            weights[name] = min(weight, weights.get(name, 1.0))
    return weights
