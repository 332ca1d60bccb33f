"""Values of JSON as the fields of an article: text, moments and bodies, whatever shape an export gives them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Final

from feeder import safe_html, text
from feeder.parse import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TEXT_KEYS: Final = (
    *("rendered", "main", "value", "text", "#text", "$t", "plain", "default", "original", "name", "title", "$oid"),
)
"""Where the text of an object stands: WordPress, NYT, ninjs and Drupal, and what converters make of XML."""
_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_LONGEST_KEY: Final = 80
"""Characters; a longer key means nothing here."""
_SEPARATORS: Final = re.compile(r"[-_\s:]+")
_BLOCK_TAG: Final = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|blockquote|article|section|figure|table|pre)\b[^<>]*>", re.IGNORECASE
)
_INLINE_END: Final = re.compile(r"</(?:a|b|i|u|em|strong|mark|code|span|sup|sub)>", re.IGNORECASE)
_PLAIN: Final = ("text", "plain")
"""Ends of keys whose text is literal."""
_DIGITS: Final = re.compile(r"-?[0-9]{9,17}(?:\.[0-9]{1,9})?", re.ASCII)
_COMPACT_DAY: Final = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = ((10**11, 1), (10**14, 1000), (10**17, 10**6))
"""Numbers below are seconds, milliseconds, microseconds: each until the year 5138."""
_WIDE: Final = 100
"""As in ``plain``: characters above which a line was not wrapped by hand."""
_DEEPEST: Final = 12
_LEAF_KEYS: Final = ("text", "html", "value", "content", "children", "data", "items", "paragraphs")
"""Where the text of a block stands in what editors store: Editor.js, ProseMirror, Portable Text, Slate, Contentful."""


def folded(key: str) -> str:
    """A key as it is compared: ``datePublished``, ``date_published`` and ``date-published`` are one."""
    return _folded(key) if len(key) <= _LONGEST_KEY else key


@lru_cache(maxsize=4096)
def _folded(key: str) -> str:
    return _SEPARATORS.sub("", key).lower()


def line(value: object) -> str:
    """The text of a value: text itself, a number, the one that an object or a list of one holds; else nothing."""
    for _ in range(_DEEPEST):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict):
            value = _inner(value)
        else:
            break
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _inner(value: Mapping[str, object]) -> object:
    """What an object holds: its text, or (Contentful) that of its first language."""
    for key in _TEXT_KEYS:
        if value.get(key):
            return value[key]
    if value and all(_LOCALE.fullmatch(key) for key in value):
        return next(iter(value.values()))
    return None


def lines(value: object) -> Iterator[str]:
    """The texts of a list, or the one of anything else."""
    for item in value if isinstance(value, list) else [value]:
        if found := line(item):
            yield found


def plain_line(value: object) -> str:
    """A text without markup, for a title or a summary: tags are left out and entities read where there are any."""
    found = line(value)
    if "<" not in found and "&" not in found:
        return found
    if not re.search(r"</?[a-zA-Z][^<>]{0,400}>|&(?:[a-zA-Z]{2,8}|#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5});", found):
        return found
    return " ".join(safe_html.paragraphs(found[:65536]))


def kind(value: object) -> str:
    """What a value is, for a sentence."""
    named = {dict: "an object", list: "a list", bool: "a truth value", int: "a number", float: "a number", str: "text"}
    return named.get(type(value), "nothing")


# Moments.


def moment(value: object) -> tuple[str | datetime | None, str | None]:
    """A date as found, and what is odd about it; a number (or digits) is a time of Unix in UTC.

    ``{"$date": ...}`` is what MongoDB exports.
    """
    for key in ("$date", "$numberLong", "iso", "date", "value", "rendered"):
        value = value.get(key, value) if isinstance(value, dict) else value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None, None
    found = str(value).strip() if isinstance(value, str) else _digits(value)
    if isinstance(value, int | float) and _COMPACT_DAY.fullmatch(found):
        return found, f"the date is a number, {found}; read as a day"
    if not _DIGITS.fullmatch(found) or (_COMPACT_DAY.fullmatch(found[:8]) and len(found) in {12, 14}):
        return found or None, None
    return _since_1970(found)


def _digits(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def _since_1970(found: str) -> tuple[str | datetime | None, str | None]:
    number = float(found)
    unit = next((unit for limit, unit in _UNITS if abs(number) < limit), None)
    if unit is None:
        return found, None
    read = _EPOCH + timedelta(seconds=number / unit)
    return read, f"the date is a number, {found}; read as {read.isoformat()}"


# Bodies.


def body(value: object, key: str = "") -> dict[str, Any]:
    """A body as ``html`` or as ``paragraphs``, by the key that it stands under, else by whether it has block tags."""
    name = folded(key)
    while isinstance(value, dict) and (inner := _body_of(value)) is not value:
        value = inner
    if isinstance(value, str):
        if not value.strip():
            return {}
        if name.endswith("html") or (is_markup(value) and not name.endswith(_PLAIN)):
            return {"html": value}
        found = paragraphs(value)
        return {"paragraphs": found} if name.endswith(_PLAIN) else _of_blocks(found)
    blocks = list(_blocks(value, 0)) if isinstance(value, list | dict) else []
    return _of_blocks(blocks)


def _of_blocks(blocks: Sequence[str]) -> dict[str, Any]:
    """Paragraphs, as HTML if one of them has tags."""
    if not any(is_markup(block) or _INLINE_END.search(block) for block in blocks):
        return {"paragraphs": tuple(blocks)} if blocks else {}
    return {"html": "\n".join(block if is_markup(block) else f"<p>{_inline(block)}</p>" for block in blocks)}


def _inline(block: str) -> str:
    return block if _INLINE_END.search(block) else escape(block, quote=False)


def _body_of(value: Mapping[str, object]) -> object:
    """What is meant by an object: Drupal's processed text, WordPress's rendered one, Contentful's language."""
    for key in ("processed", "rendered", "html", "value", "text", "content", "plain"):
        if isinstance(value.get(key), str) and value[key]:
            return value[key]
    is_localised = bool(value) and all(_LOCALE.fullmatch(key) for key in value)
    return next(iter(value.values())) if is_localised else value


def is_markup(value: str) -> bool:
    """Whether a text is HTML: it has tags that make blocks."""
    return _BLOCK_TAG.search(value) is not None


def paragraphs(value: str) -> tuple[str, ...]:
    """The paragraphs of a plain text: programs end each with a line break; only what people wrapped is joined."""
    found = text.clean(value).split("\n")
    if "" in (each.strip() for each in found[1:-1]) and max(len(each) for each in found) <= _WIDE:
        return plain.paragraphs(found)
    return tuple(" ".join(each.split()) for each in found if each.strip())


def _blocks(value: Any, depth: int) -> Iterator[str]:
    """The paragraphs of a list of texts or of blocks."""
    if depth > _DEEPEST:
        return
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.strip():
            yield from paragraphs(item) if not is_markup(item) else (item,)
        elif isinstance(item, dict):
            yield from _block(item, depth)


def _block(item: Mapping[str, Any], depth: int) -> Iterator[str]:
    nested = [item[key] for key in ("blocks", "content", "children", "items") if isinstance(item.get(key), list)]
    if any(_is_block(found) for inner in nested for found in inner) or "blocks" in item:
        for inner in nested or [item["blocks"]]:
            yield from _blocks(inner, depth + 1)
    elif leaves := "".join(_leaves(item, 0)).strip():
        yield leaves


def _is_block(value: object) -> bool:
    """Whether an item of a list has items of its own, so that it is a paragraph and not a part of one."""
    return isinstance(value, dict) and any(isinstance(value.get(key), list) for key in ("content", "children"))


def _leaves(value: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, depth + 1)
    elif isinstance(value, dict):
        for key in _LEAF_KEYS:
            if key in value:
                yield from _leaves(value[key], depth + 1)
                return


def people(value: object) -> Iterator[dict[str, str]]:
    """Persons as mappings with ``name``, ``email`` and ``url``; a number is a key of somebody's table and no name."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            found = _person(item)
            if found["name"] or found["email"]:
                yield found
        elif isinstance(item, str) and item.strip():
            yield {"name": item.strip(), "email": "", "url": ""}


def _person(item: Mapping[str, object]) -> dict[str, str]:
    lower = {folded(key): value for key, value in item.items() if isinstance(value, str)}
    nested = next(
        (item[key] for key in ("attributes", "fields", "data", "node") if isinstance(item.get(key), dict)), None
    )
    if isinstance(nested, dict):
        return _person(nested)
    first, last = lower.get("firstname", ""), lower.get("lastname", "")
    name = next((lower[key] for key in _NAMES if lower.get(key, "").strip()), " ".join(filter(None, (first, last))))
    url = next((lower[key] for key in ("url", "uri", "link", "website") if lower.get(key, "").startswith("http")), "")
    mailed = next((lower[key][7:] for key in ("url", "uri") if lower.get(key, "").startswith("mailto:")), "")
    return {"name": name.strip(), "email": lower.get("email", "") or mailed.partition("?")[0], "url": url}


_NAMES: Final = ("name", "fullname", "displayname", "authorname", "title", "webtitle", "username", "nickname")


def first(values: Sequence[str]) -> str | None:
    """The first text, None where there is none."""
    return values[0] if values else None
