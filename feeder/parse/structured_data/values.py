"""What the values of schema.org properties mean, however a site wrote them.

A property holds text, an object, a reference or a list of them, in JSON-LD, in plain JSON and in microdata alike;
sites put HTML and doubly escaped entities where text is expected, and lists where one value is. Nothing here raises.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from feeder import text
from feeder.model import Enclosure, Person
from feeder.parse import credits_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_VALUES: Final = 500
_DEEPEST: Final = 6
_LONGEST: Final = 20_000
"""Characters of a value of one line that are looked at; the body has its own limits."""
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_END_TAG: Final = re.compile(r"</[a-zA-Z]")
_BLOCK: Final = re.compile(
    r"<(?:p|br|div|h[1-6]|ul|ol|table|blockquote|figure|section|article|pre)\b[^<>]{0,2000}>", re.IGNORECASE
)
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n\s*")
_COMMAS: Final = re.compile(r"\s*[,，、]\s*")  # noqa: RUF001 (the commas of Chinese and Japanese)
_SEMICOLONS: Final = re.compile(r"\s*[;；|]\s*")  # noqa: RUF001
_BYTES: Final = re.compile(r"([0-9]{1,12})(?:\s?(?:B|bytes?))?", re.IGNORECASE)
_RUN_TOGETHER: Final = re.compile(r"^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$")
_SHORT_OFFSET: Final = re.compile(r"(?<=[0-9]:[0-9]{2})([+-])([0-9]{3})$")
"""An hour of one digit: ``2015-03-17T09:22-500``."""
_SECONDS_DIGITS, _MILLISECONDS_DIGITS = 10, 13
_NAMES: Final = ("@value", "name", "headline", "text", "title", "alternateName")
_ADDRESSES: Final = ("contentUrl", "url", "@id", "embedUrl")
_GROUPS: Final = frozenset({"Organization", "NewsMediaOrganization", "Corporation", "WebSite", "Brand", "NGO"})


def each(value: object, depth: int = _DEEPEST) -> Iterator[object]:
    """The values of a property, lists in lists and JSON-LD's ``@list`` opened; nothing empty."""
    if isinstance(value, dict) and ("@list" in value or "@set" in value):
        value = value.get("@list", value.get("@set"))
    if isinstance(value, list):
        if depth:
            for item in value[:_MOST_VALUES]:
                yield from each(item, depth - 1)
    elif value not in (None, "", {}) and not isinstance(value, bool):
        yield value


def unescaped(markup: str) -> str:
    """Text with its entities read, twice where a site escaped them twice; only those that end properly."""
    for _ in range(2):
        markup = _ENTITY.sub(lambda found: unescape(found[0]), markup)
    return markup


def bare(found: str) -> str:
    """One line without tags, entities and doubled white space."""
    line = unescaped(_TAG.sub("", found[:_LONGEST]))
    return text.clean_line(_TAG.sub("", line) if _END_TAG.search(line) else line)


def folded(found: str) -> str:
    """A title for comparing: letters and digits alone, whatever their case."""
    return "".join(filter(str.isalnum, text.clean_line(found).casefold()))


def line(value: object) -> str:
    """The first text of a property, of an object its name; empty where there is none."""
    return next(iter(lines(value)), "")


def lines(value: object) -> list[str]:
    """The texts of a property, in their order."""
    found = (bare(_named(item)) for item in each(value))
    return [item for item in found if item]


def _named(item: object) -> str:
    if isinstance(item, dict):
        return next((str(item[key]) for key in _NAMES if isinstance(item.get(key), str | int) and item[key]), "")
    return item if isinstance(item, str) else str(item)


def values(value: object) -> list[str]:
    """The keywords of a property: a list of them, or a line with commas or semicolons between them."""
    found = lines(value)
    if len(found) == 1:
        parting = _SEMICOLONS if ";" in found[0] and found[0].count(";") >= found[0].count(",") else _COMMAS
        found = parting.split(found[0])
    return [item.strip(" #") for item in found if item.strip(" #")]


def moment(value: object) -> str | None:
    """A date as it is written; seconds or milliseconds since 1970 as the moment they are."""
    found = next((_named(item).strip() for item in each(value)), "")
    if found.isascii() and found.isdigit() and len(found) in {_SECONDS_DIGITS, _MILLISECONDS_DIGITS}:
        seconds = int(found) / (1000 if len(found) == _MILLISECONDS_DIGITS else 1)
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    found = _RUN_TOGETHER.sub(r"\1-\2-\3T\4:\5:\6", text.clean_line(found[:_LONGEST]))
    return _SHORT_OFFSET.sub(r"\g<1>0\2", found) or None


def number(value: object) -> int | None:
    """A whole number, as a number or as digits; ``3.0`` is one too."""
    found = line(value).removesuffix(".0")
    return int(found) if found.isascii() and found.isdigit() and len(found) < _SECONDS_DIGITS else None


def web_address(value: object) -> str | None:
    """The first absolute ``http`` or ``https`` address of a property, of an object its address."""
    return next((found for found in _addresses(value) if is_web(found)), None)


def _addresses(value: object) -> Iterator[str]:
    for item in each(value):
        found = _first_address(item) if isinstance(item, dict) else item
        if isinstance(found, str) and found.strip():
            yield unescaped(found.strip())


def _first_address(item: Mapping[str, object]) -> object:
    keys = (key for key in _ADDRESSES if item.get(key))
    return next((found for key in keys for found in each(item[key]) if isinstance(found, str)), None)


def is_web(address: str) -> bool:
    """Whether an address is an absolute one of the web."""
    try:
        return urlsplit(address).scheme in {"http", "https"} and bool(urlsplit(address).netloc)
    except ValueError:
        return False


def media(value: object, kind: str = "") -> tuple[Enclosure, ...]:
    """Images or recordings: an address, or an object with one; ``kind`` is their media type's first half."""
    found = (_medium(item, kind) for item in each(value))
    return tuple(medium for medium in found if medium is not None)


def _medium(item: object, kind: str) -> Enclosure | None:
    address = next(_addresses(item), "")
    if not address or address.startswith(("data:", "#", "blob:", "javascript:")) or any(map(str.isspace, address)):
        return None
    if not isinstance(item, dict):
        return Enclosure(address)
    if not any(item.get(key) for key in ("contentUrl", "url")) and (kind or "#" in address):
        return None
    form = line(item.get("encodingFormat")) or line(item.get("fileFormat"))
    length = _BYTES.fullmatch(line(item.get("contentSize")))
    title = line(item.get("caption")) or line(item.get("name")) or line(item.get("description"))
    return Enclosure(address, form if "/" in form else None, int(length[1]) if length else None, title or None)


def people(value: object) -> tuple[list[Person], list[Person]]:
    """The people of a property, and the organisations; a line may name several."""
    persons: list[Person] = []
    groups: list[Person] = []
    for item in each(value):
        if isinstance(item, dict):
            is_group = bool(types(item) & _GROUPS)
            (groups if is_group else persons).extend(_group(item) if is_group else _person(item))
        else:
            persons.extend(Person(name) for name in credits_line.names(bare(str(item))))
    kept = set(credits_line.without_agencies([person.name for person in persons]))
    return [person for person in persons if person.name in kept], groups


def _group(item: Mapping[str, object]) -> list[Person]:
    """An organisation by its whole name, in which there may be anything; an address is none."""
    name = line(item.get("name"))
    return [Person(name, uri=web_address(item.get("url")))] if name and not is_web(name) else []


def _person(item: Mapping[str, object]) -> list[Person]:
    email = line(item.get("email")).removeprefix("mailto:") or None
    uri = web_address(item.get("url")) or web_address(item.get("sameAs"))
    given = " ".join(filter(None, (line(item.get("givenName")), line(item.get("familyName")))))
    found = [name for each_name in lines(item.get("name")) for name in credits_line.names(each_name)] or [given]
    if len(found) > 1:
        return [Person(name) for name in found]
    return [Person(found[0], email=email, uri=uri)] if found[0] else []


def types(node: Mapping[str, object]) -> frozenset[str]:
    """The types of a node by their bare names: ``http://schema.org/NewsArticle`` is ``NewsArticle``."""
    found = (item for item in each(node.get("@type", node.get("type"))) if isinstance(item, str))
    return frozenset(item.rstrip("/").rpartition("/")[2].rpartition("#")[2].rpartition(":")[2] for item in found)


def body(value: object) -> dict[str, Any]:
    """A body as the fields ``html`` or ``paragraphs`` of a ``Draft``: whichever it is written as."""
    parts = [part for item in each(value) if (part := _named(item)).strip()]
    whole = "\n\n".join(parts)
    if not _TAG.search(whole) and _BLOCK.search(read := _ENTITY.sub(lambda found: unescape(found[0]), whole)):
        whole = read
    if _BLOCK.search(whole):
        return {"html": whole}
    if _END_TAG.search(whole):
        return {"html": "\n".join(f"<p>{part}</p>" for part in _parted(whole))}
    found = tuple(paragraph for part in _parted(unescaped(whole)) if (paragraph := part.strip()))
    return {"paragraphs": found} if found else {}


def _parted(whole: str) -> list[str]:
    """Paragraphs between empty lines; where there are none, each line is one."""
    whole = text.clean(whole).strip()
    parts = _BLANK_LINES.split(whole)
    return parts if len(parts) > 1 else whole.split("\n")
