"""Which addresses are passed on, and how an author's id becomes a URI."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

_LONGEST: Final = 2048
_WHITE_AND_CONTROLS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"
_URI: Final = re.compile(r"(?!javascript:|data:|vbscript:|file:)[a-z][a-z0-9+.-]+:[!-~]+", re.IGNORECASE)
_NOT_IN_URIS: Final = re.compile(r'["<>\\^`{|}]')
_NOT_IN_AUTHORITIES: Final = re.compile(r"[^a-z0-9.-]+")

_TAG_DATE: Final = "2000"
"""A tag: URI needs a date of its authority (RFC 4151 section 2.1); always this one, because ids must not depend on
time."""
_NO_SOURCE: Final = "feeder"


def web(address: str) -> str | None:
    """An ``http`` or ``https`` address in ASCII, without white space and controls; None for anything else."""
    bare = _WHITE_AND_CONTROLS.sub("", address)
    try:
        parts = urlsplit(bare)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return quote(bare, safe=_SAFE) if usable and len(bare) <= _LONGEST else None


def own_id(given: str | None, source: str | None) -> str | None:
    """An author's id as an absolute URI: itself if it is one, else a tag: URI of its source (RFC 4151).

    The same id of the same source is the same URI for ever, in every file and on every site.
    """
    if given is None or not given.strip():
        return None
    bare = given.strip()
    if _URI.fullmatch(bare) and not _NOT_IN_URIS.search(bare):
        return bare
    return f"tag:{_authority(source)},{_TAG_DATE}:{quote(bare, safe='')}"


def _authority(source: str | None) -> str:
    """A source as the authority of a tag: the host of its address, else its name in lower-case ASCII."""
    if not source:
        return _NO_SOURCE
    host = urlsplit(address).hostname if (address := web(source)) else None
    name = _NOT_IN_AUTHORITIES.sub("-", (host or source).lower()).strip("-.")
    return name[:63].strip("-.") or quote(source, safe="").replace("%", "").lower()[:63] or _NO_SOURCE
