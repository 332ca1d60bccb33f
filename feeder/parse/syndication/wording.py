"""The texts of a feed's entries: titles with markup in them, bodies that are HTML or are not, what stands for a title.

What RSS says of none of its texts is whether it is HTML. A description is, if there is a tag in it; a title is, if
what looks like a tag is surely one (``How to use <div>`` is not).
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from feeder import safe_html
from feeder.parse import plain, xml
from feeder.parse.syndication.fields import resolved

if TYPE_CHECKING:
    from feeder.parse.xml import Element

_LONGEST_TITLE: Final = 80
_SHORTEST_TITLE: Final = 30

_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,20})(?P<rest>[\s/][^<>]*)?>")
_MARKUP: Final = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9:-]{0,20}(?:[\s/][^<>]*)?>|!--)")
_ADDRESS: Final = re.compile(
    r"""(?P<before>\s(?:href|src|cite)\s?=\s?)(?P<value>"[^"]*"|'[^']*'|[^\s"'<>=]+)""", re.IGNORECASE
)
_NOT_RELATIVE: Final = re.compile(r"#|[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_CUT: Final = re.compile(r"\s?(?:\[(?:…|\.\.\.|&hellip;|&#8230;)\]|\.\.\.|…)\s*$")


def line(html: str) -> str:
    """HTML as one line of text."""
    return " ".join(" ".join(safe_html.paragraphs(html)).split())


def title(found: str) -> str:
    """A title of RSS: text, or HTML if its tags are in pairs or have attributes; references are read once more."""
    tags = list(_TAG.finditer(found))
    ended = {tag["name"].lower() for tag in tags if tag["end"]}
    begun = {tag["name"].lower() for tag in tags if not tag["end"]}
    is_html = bool(ended & begun) or any("=" in (tag["rest"] or "") or tag["name"].lower() == "br" for tag in tags)
    return line(found) if is_html else unescape(found)


def body(element: Element) -> dict[str, Any]:
    """What an element says at length, as ``html`` or as ``paragraphs``; nothing if it says nothing."""
    if len(element):
        return {"html": xml.html_of(element)}
    return written(element.text or "")


def written(found: str) -> dict[str, Any]:
    """A text that may be HTML, as ``html`` or as ``paragraphs``."""
    if not found.strip():
        return {}
    return {"html": found} if _MARKUP.search(found) else paragraphs(unescape(found))


def paragraphs(found: str) -> dict[str, Any]:
    """Plain text as ``paragraphs``."""
    parts = plain.paragraphs(found.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return {"paragraphs": parts} if parts else {}


def shown(given: dict[str, Any]) -> str:
    """What a body shows, on one line."""
    if "html" in given:
        return line(given["html"])
    return " ".join(" ".join(given.get("paragraphs", ())).split())


def summary(found: str, body_shown: str) -> str | None:
    """A description on one line, unless it is the body; what marks it as cut off becomes an ellipsis."""
    text = line(found) if _MARKUP.search(found) else " ".join(unescape(found).split())
    if text == body_shown:
        return None
    return _CUT.sub("…", text) if text.endswith("]") else text


def first_words(text: str) -> str:
    """A title for what has none: how it begins, cut after a word."""
    if len(text) <= _LONGEST_TITLE:
        return text
    cut = text[:_LONGEST_TITLE]
    words, _, _ = cut.rpartition(" ")
    return (words if len(words) > _SHORTEST_TITLE else cut).rstrip(" ,;:.–—-") + "…"  # noqa: RUF001 (a dash)


def absolute(html: str, base: str | None) -> str:
    """HTML with the addresses in it made absolute; without a base of the web they stay as they are."""
    if not (base or "").lower().startswith(("http://", "https://")):
        return html

    def mended(found: re.Match[str]) -> str:
        value = found["value"]
        quote = value[0] if value[0] in "\"'" else ""
        bare = unescape(value.strip(quote) if quote else value)
        if not bare.strip() or _NOT_RELATIVE.match(bare.strip()):
            return found[0]
        address = resolved(bare, base).replace("&", "&amp;").replace('"', "%22").replace("<", "%3C")
        return f'{found["before"]}"{address}"'

    return _MARKUP.sub(lambda tag: _ADDRESS.sub(mended, tag[0]), html)
