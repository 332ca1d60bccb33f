"""References to media within the HTML of an article: found, made local, and made absolute.

For sanitised HTML only: its tags are well-formed and its attributes stand in double quotes. Every function takes time
linear in its input, whatever that is.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Final

from feeder.media.addresses import is_ours
from feeder.media.references import is_local, is_of_media

if TYPE_CHECKING:
    from collections.abc import Callable

_TAG: Final = re.compile(r'<(/?[a-zA-Z]+)(?:[^">]++|"[^"]*+(?:"|\Z))*+(?:>|\Z)')
_ATTRIBUTE: Final = re.compile(r'([a-zA-Z-]+)="([^"]*+)"')
_REFERS: Final = {"img": "src", "a": "href"}
"""The attribute of each tag that may name a media file: of those that the sanitiser leaves."""


def references(html: str) -> tuple[str, ...]:
    """The local references of images and of links to media, as they were written, each once, in their order.

    A link to another article is none: it would be looked for among the media in vain.
    """
    found: dict[str, None] = {}

    def note(tag: str, reference: str) -> None:
        if _is_beside(tag, reference):
            found[reference] = None

    _rewritten(html, note)
    return tuple(found)


def _is_beside(tag: str, reference: str) -> bool:
    return is_local(reference) and (tag == "img" or is_of_media(reference))


def pictures(html: str) -> tuple[str, ...]:
    """The addresses of ours that images show, each once, in their order."""
    tags = (found[0] for found in _TAG.finditer(html) if found[1].lower() == "img")
    found = (unescape(value) for tag in tags for name, value in _ATTRIBUTE.findall(tag) if name.lower() == "src")
    return tuple(dict.fromkeys(address for address in found if is_ours(address)))


def localise(html: str, found: Callable[[str], str | None]) -> str:
    """HTML whose images and links to files beside the article lead to where those are shown.

    ``found`` gives the address for one of its ``references``, or None for one that is left as it is.
    """
    return _rewritten(html, lambda tag, reference: found(reference) if _is_beside(tag, reference) else None)


def absolute(html: str, base_url: str) -> str:
    """HTML whose addresses of ours (``/media/SHA256.EXT``) follow a base: a URL, or the site's path within its host."""
    if not base_url or "/media/" not in html:
        return html
    return _rewritten(html, lambda _, reference: base_url + reference if is_ours(reference) else None)


def _rewritten(html: str, instead: Callable[[str, str], str | None]) -> str:
    """The HTML with every reference replaced by what ``instead`` gives for it and its tag; None leaves it."""
    if "=" not in html:
        return html  # no tag in it has an attribute

    def tag(found: re.Match[str]) -> str:
        name = found[1].lower()
        return _ATTRIBUTE.sub(lambda one: attribute(one, name), found[0]) if name in _REFERS else found[0]

    def attribute(found: re.Match[str], tag: str) -> str:
        name, value = found.groups()
        given = instead(tag, unescape(value)) if name.lower() == _REFERS[tag] else None
        return found[0] if given is None else f'{name}="{escape(given)}"'

    return _TAG.sub(tag, html)
