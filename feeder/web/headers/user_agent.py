"""What a program says of itself in ``User-Agent`` (RFC 9110 section 10.1.5): its name, and for how many it asks. Pure.

What stands there was written by anybody: it is cut, and what is not visible ASCII is left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

UNNAMED: Final = "no name"
"""The program of who does not say one."""

_LONGEST: Final = 512
_LONGEST_NAME: Final = 40
_MOST_SUBSCRIBERS: Final = 100_000_000
_HIDDEN: Final = re.compile(r"[^\x20-\x7e]+")
_PRODUCT: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?")
_COMPATIBLE: Final = re.compile(r"\(compatible; *([^;)]+)")
_COMMENT: Final = re.compile(r"\([^()]*\)")
_OF_EVERY_BROWSER: Final = ("Mozilla/", "AppleWebKit/", "Gecko/", "Version/", "Mobile/")
_MANY: Final = re.compile(r"\b([0-9]{1,9}) (?:subscriber|reader)s?\b", re.IGNORECASE)


@lru_cache(256)
def product(agent: str) -> str:
    """The name of the program with its version, in a few printable characters.

    Who pretends to be a browser is called by what it says behind that: ``compatible; NAME``, or by the last product
    that not every browser names.
    """
    text = _HIDDEN.sub("", agent[:_LONGEST]).strip()
    if not text.startswith("Mozilla/"):
        found = _PRODUCT.match(text)
        return found[0][:_LONGEST_NAME] if found else UNNAMED
    if compatible := _COMPATIBLE.search(text):
        return compatible[1].strip()[:_LONGEST_NAME] or UNNAMED
    names: list[str] = [
        one for one in _PRODUCT.findall(_COMMENT.sub(" ", text)) if not one.startswith(_OF_EVERY_BROWSER)
    ]
    if len(names) > 1 and names[-1].startswith("Safari/"):  # Chrome and its kin name it, too
        names.pop()
    return (names or ["Mozilla"])[-1][:_LONGEST_NAME]


@lru_cache(256)
def subscribers(agent: str) -> int:
    """For how many readers a service says that it asks (``Feedly/1.0 (…; 16 subscribers; …)``); 0 if it does not."""
    found = _MANY.search(agent[:_LONGEST])
    many = int(found[1]) if found else 0
    return many if many <= _MOST_SUBSCRIBERS else 0
