"""Reading a document back, before it takes the place of the last good one.

It has to be well-formed, and to say what it was made to say: these articles in this order, these tombstones, each once.
Formats that nobody here can read, a plug-in's, are only asked to be well-formed XML or JSON if they claim to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_DELETED: Final = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


@dataclass(frozen=True, slots=True)
class Contents:
    """The ids of the articles and of the tombstones in a document, in its order."""

    entries: tuple[str | None, ...]
    tombstones: tuple[str | None, ...]


def check(body: bytes, media_type: str, wanted: Contents) -> None:
    """Read a document back as a reader would, and compare what it says.

    Raises:
        ValueError: it is not well-formed, or not what was wanted.
    """
    kind = media_type.partition(";")[0]
    found = read_back(body, kind)
    if found is None:
        return
    _compare("entries", found.entries, wanted.entries)
    _compare("tombstones", found.tombstones, wanted.tombstones)
    ids = found.entries + found.tombstones
    if len(set(ids)) < len(ids):
        raise ValueError("an article stands in it twice")


def read_back(body: bytes, kind: str) -> Contents | None:
    """What a document of a media type says; None if only its grammar can be judged.

    Raises:
        ValueError: it is not well-formed.
    """
    if kind.endswith("json"):
        document = orjson.loads(body)
    elif kind.endswith("xml"):
        document = _parse_xml(body)
    else:
        return None
    read = _READERS.get(kind)
    try:
        return read(document) if read else None
    except (AttributeError, TypeError, LookupError) as error:
        raise ValueError(f"it is no {kind}: {error}") from error


def _parse_xml(body: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, collect_ids=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def _rss(root: Any) -> Contents:
    return Contents(tuple(item.findtext("guid") for item in root.find("channel").iterchildren("item")), ())


def _atom(root: Any) -> Contents:
    entries = tuple(entry.findtext(f"{_ATOM}id") for entry in root.iterchildren(f"{_ATOM}entry"))
    return Contents(entries, tuple(gone.get("ref") for gone in root.iterchildren(_DELETED)))


def _json(document: Any) -> Contents:
    tombstones = document.get("_feeder", {}).get("tombstones", ())
    return Contents(tuple(item["id"] for item in document["items"]), tuple(gone["id"] for gone in tombstones))


_READERS: Final[Mapping[str, Callable[[Any], Contents]]] = {
    "application/rss+xml": _rss,
    "application/atom+xml": _atom,
    "application/feed+json": _json,
}


def _compare(what: str, found: Sequence[str | None], wanted: Sequence[str | None]) -> None:
    if len(found) != len(wanted):
        raise ValueError(f"it has {len(found)} {what} where {len(wanted)} belong")
    for number, (one, other) in enumerate(zip(found, wanted, strict=True), 1):
        if one != other:
            raise ValueError(f"number {number} of its {what} is {one!r} where {other!r} belongs")
