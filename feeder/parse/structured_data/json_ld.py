"""The JSON-LD of a page: what stands in its ``<script type="application/ld+json">``, read tolerantly.

Sites print it with templates, so it has comments and CDATA marks around it, line breaks in its strings, commas behind
its last values and none between others, and several documents in one script. Those are mended, because they can mean
only one thing; a string with quotation marks in it could mean anything, and is not.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Final

from feeder.errors import SeedError

_WRAPPING: Final = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_BROKEN: Final = re.compile(  # a string; or outside of strings a comment, a comma with nothing behind it, a lost comma
    r'(?P<string>"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))(?P<lost>\s++(?="))?|(?P<end>[}\]])\s*+(?=")|'
    r"/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)|//[^\n]*+|,(?=\s*+[}\]])|;\s*+\Z",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED: Final = frozenset('"\\/bfnrt')
_BETWEEN: Final = re.compile(r"\}\s*\{")
_LARGEST: Final = 2_097_152


def read(script: str) -> object:
    """The document in a script; several of them are a list.

    Raises:
        SeedError: it is broken beyond what can be mended safely.
    """
    content = _WRAPPING.sub("", _WRAPPING.sub("", script, count=1), count=1).strip()
    if len(content) > _LARGEST:
        raise SeedError("JSON-LD of more than 2 MB")
    if '"' not in content and "&quot;" in content:
        content = unescape(content)
    for attempt in (_as_it_is, _mended, _listed):
        try:
            return _storable(json.loads(attempt(content), strict=False))
        except (ValueError, RecursionError):
            continue
    raise SeedError("JSON-LD that is broken")


def _storable(found: object) -> object:
    """The document without halves of characters, which JSON can escape and no encoding can write."""
    printed = json.dumps(found, ensure_ascii=False)
    try:
        printed.encode()
    except UnicodeEncodeError:
        return json.loads(printed.encode("utf-8", "replace"), strict=False)
    return found


def _as_it_is(content: str) -> str:
    return content


def _listed(content: str) -> str:
    """Several documents behind each other as a list."""
    return f"[{_BETWEEN.sub('},{', _mended(content))}]"


def _mended(content: str) -> str:
    return _BROKEN.sub(_mend, content)


def _mend(found: re.Match[str]) -> str:
    """A string with its escapes as JSON knows them; a comma where one was lost; of the rest nothing."""
    if found["string"]:
        return _ESCAPE.sub(_escape, found["string"]) + ("," if found["lost"] else "")
    return f"{found['end']}," if found["end"] else ""


def _escape(found: re.Match[str]) -> str:
    r"""An escape that JSON knows; of others (``\'``) what stands behind the stroke."""
    return found[0] if len(found[0]) > 2 or found[0][1] in _ESCAPED else found[0][1]  # noqa: PLR2004 (the stroke and one character)
