"""The checks, grouped by the letters of the checklist; a check is a function that looks at a server.

``requests`` A · ``heads`` B · ``framing`` C · ``resuming`` D (``seam``: while events come) · ``liveness`` E ·
``endings`` F · ``slowness`` G · ``squeezing`` H · ``contract`` K (what feeder's stream promises besides) ·
``choosing`` K (its filters). ``words`` reads what the contract writes as JSON.
"""

from __future__ import annotations

import re
from typing import Final

from feeder.conform.checks import (
    choosing,
    contract,
    endings,
    framing,
    heads,
    liveness,
    requests,
    resuming,
    seam,
    slowness,
    squeezing,
)
from feeder.conform.verdict import Check

_LETTERS: Final = (
    requests,
    heads,
    framing,
    resuming,
    seam,
    liveness,
    endings,
    slowness,
    squeezing,
    contract,
    choosing,
)


def _place(one: Check) -> tuple[str, int, str]:
    letter, number, suffix = re.fullmatch(r"([A-Z])([0-9]+)([a-z]?)", one.code).groups()  # type: ignore[union-attr]
    return letter, int(number), suffix


_FOUND: Final = [found for letter in _LETTERS for found in vars(letter).values() if isinstance(found, Check)]

CHECKS: Final = tuple(sorted(_FOUND, key=_place))
"""All of them, in the checklist's order."""
