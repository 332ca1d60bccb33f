"""The pictures and recordings of an item of ninjs: its associations and its own renditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder.model import Enclosure
from feeder.parse.objects import values
from feeder.parse.objects.values import folded, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PICTURES: Final = frozenset({"picture", "photo", "image", "graphic", "infographic", ""})
_RECORDINGS: Final = frozenset({"video", "audio"})
_WIDEST: Final = 2048
"""Pixels; of several sizes the largest one up to this is shown."""
_GONE: Final = frozenset({"canceled", "cancelled", "withheld"})
_MIDDLING: Final = 1000
_NAMED_WIDTHS: Final = {"thumbnail": 100, "small": 200, "preview": 500, "viewimage": 640, "baseimage": 1400}
"""Pixels of renditions that do not say how wide they are."""
_PICTURE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def resources(members: Mapping[str, Any]) -> dict[str, Any]:
    """The images and enclosures of an item, as keyword arguments of a ``Draft``."""
    images: list[Enclosure] = []
    enclosures: list[Enclosure] = []
    lower = {folded(key): value for key, value in members.items()}
    given = [({"type": "picture", "renditions": lower.get("renditions")}), *_in_order(lower.get("associations"))]
    for item in given:
        kind = folded(line(item.get("type")))
        if kind in _PICTURES and (found := _best(item, "image")):
            images.append(found)
        elif kind in _RECORDINGS and (found := _best(item, kind)):
            enclosures.append(found)
    return {"images": tuple(images), "enclosures": tuple(enclosures)}


def associated(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The associated items with their names: an object of them (1.x) or a list (2.x, 3.x)."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in pairs:
        if isinstance(item, dict):
            yield line(item.get("name")) or str(name), item


def _in_order(value: object) -> list[Mapping[str, Any]]:
    """Those that are not withdrawn, the feature image first."""
    found = [
        (name, {folded(key): each for key, each in item.items()})
        for name, item in associated(value)
        if folded(line(item.get("pubstatus") or item.get("pubStatus"))) not in _GONE
    ]
    return [item for _, item in sorted(found, key=lambda pair: folded(pair[0]) not in _FEATURED)]


_FEATURED: Final = frozenset({"featuremedia", "featureimage", "mainpic", "main", "hero"})


def _best(item: Mapping[str, Any], kind: str) -> Enclosure | None:
    """The rendition to show: of the right kind, as large as is useful."""
    found = [each for each in _renditions(item.get("renditions")) if _is(each, kind)]
    if not found:
        return None
    fitting = [each for each in found if each["width"] <= _WIDEST]
    best = max(fitting, key=lambda each: each["width"]) if fitting else min(found, key=lambda each: each["width"])
    title = next((told for key in ("descriptiontext", "headline") if (told := line(item.get(key)))), _caption(item))
    return Enclosure(best["href"], best["type"] or None, best["length"], values.plain_line(title) or None)


def _renditions(value: object) -> Iterator[dict[str, Any]]:
    for name, given in associated(value):
        lower = {folded(key): each for key, each in given.items()}
        href = line(lower.get("href") or lower.get("url"))
        if href:
            yield {
                "href": href,
                "type": line(lower.get("contenttype") or lower.get("mimetype")).lower(),
                "width": _number(lower.get("width")) or _NAMED_WIDTHS.get(folded(name), _MIDDLING),
                "length": _number(lower.get("sizeinbytes") or lower.get("size")),
            }


def _is(rendition: Mapping[str, Any], kind: str) -> bool:
    """Whether a rendition is of a kind, by its media type or else by its suffix."""
    if rendition["type"]:
        return bool(rendition["type"].startswith(f"{kind}/"))
    path: str = rendition["href"].lower().partition("?")[0]
    return (kind == "image") == path.endswith(_PICTURE_SUFFIXES)


def _number(value: object) -> int | None:
    digits = line(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < len("10000000000000") else None


def _caption(item: Mapping[str, Any]) -> str:
    given = [
        *_texts(item.get("descriptions"), "caption"),
        *_texts(item.get("descriptions"), ""),
        *_texts(item.get("headlines"), ""),
    ]
    return next(iter(given), "")


def _texts(value: object, role: str) -> Iterator[str]:
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict) and (not role or folded(line(each.get("role"))) == role):
            yield line(each.get("value"))
