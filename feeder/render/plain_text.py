"""Plain text in XML, written so that nobody takes it for HTML.

``&lt;b>`` in a title is the text ``<b>``, but readers and validators that know how sloppy feeds are take it for markup.
The Advisory Board's profile of RSS therefore wants the two characters of markup as numbers (``&#x3C;``, ``&#x26;``):
to an XML parser the same, and a sign for everyone else that it is meant.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def spelled_out(xml: bytes, names: Sequence[str]) -> bytes:
    """XML as a serialiser wrote it, with the text of the elements of these names spelled out.

    In what a serialiser writes ``<`` is always the start of a tag, so no text can look like one.
    """
    if b"&" not in xml:
        return xml
    return _elements(tuple(names)).sub(_numbered, xml)


@functools.cache
def _elements(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """The start tag of any of these elements with the text up to the next tag, if an ampersand is in it."""
    return re.compile(rf"<(?:{'|'.join(names)})(?: [^>]*+)?>[^<&]*+&[^<]*+".encode())


def _numbered(found: re.Match[bytes]) -> bytes:
    tag, _, text = found[0].partition(b">")
    return tag + b">" + text.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
