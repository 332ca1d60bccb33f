"""Which part of a file a client asks for (RFC 9110 section 14). Pure."""

from __future__ import annotations

import re
from typing import Final

_ONE_RANGE: Final = re.compile(r"[ \t]*bytes[ \t]*=[ \t]*([0-9]{0,40})-([0-9]{0,40})[ \t]*", re.IGNORECASE)


def wanted(field: str | None, length: int) -> range | None:
    """The bytes that a ``Range`` header asks for.

    None means all of them: nothing is asked for, or nothing that can be understood, or several ranges at once, which
    need not be served (section 14.2). An empty range means that there are no such bytes (416).
    """
    asked = _ONE_RANGE.fullmatch(field) if field else None
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:
        return range(max(length - int(last), 0), length)
    start, end = int(first), int(last) if last else length - 1
    if last and end < start:
        return None
    return range(start, min(end + 1, length))


def describe(part: range, length: int) -> str:
    """The ``Content-Range`` of a part, or of none that there is (section 14.4)."""
    return f"bytes {part.start}-{part.stop - 1}/{length}" if part else f"bytes */{length}"
