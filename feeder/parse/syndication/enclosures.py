"""The pictures and other files of a feed's entry: enclosures, Media RSS, the pictures of podcasts.

Of the renditions of one file (a ``media:group``, or one address with several queries) the widest counts. A thumbnail
is a picture only where there is no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from feeder.model import Enclosure
from feeder.parse import xml
from feeder.parse.syndication import wording
from feeder.parse.syndication.fields import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.parse.syndication.fields import Fields
    from feeder.parse.xml import Element

_PICTURES: Final = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".heic")
_MOVING: Final = frozenset({"video", "audio", "document", "executable"})
_DEAD: Final = frozenset({"application/x-shockwave-flash"})
_LONGEST_NUMBER: Final = 12
_MOST: Final = 200
"""Files of one entry; what comes after them is not looked at."""


class Media(NamedTuple):
    """What belongs to an entry: pictures, and all other files."""

    images: tuple[Enclosure, ...]
    enclosures: tuple[Enclosure, ...]


class _File(NamedTuple):
    """One rendition of a file; ``weight`` is its width, or its size where it has none."""

    enclosure: Enclosure
    is_image: bool
    weight: int


def media(fields: Fields, base: str | None) -> Media:
    """The files that an entry names; relative addresses are made absolute by ``base`` where it is one of the web."""
    files = [file for file in _files(fields, base) if file.enclosure.url][:_MOST]
    images = _widest(file for file in files if file.is_image)
    if not images:
        images = _widest(_thumbnails(fields, base))[:1]
    return Media(images, _widest(file for file in files if not file.is_image))


def is_picture(url: str, kind: str | None) -> bool:
    """Whether a file is a picture, by its type or else by its name."""
    if kind and "/" in kind:
        return kind.lower().startswith("image/")
    return url.partition("?")[0].lower().endswith(_PICTURES)


def number(found: str | None) -> int | None:
    """A size in digits, None for anything else."""
    digits = (found or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else None


def _files(fields: Fields, base: str | None) -> Iterator[_File]:
    for group in (element for _, element in fields.all("media:group")):
        yield from _best(list(_contents(xml.children(group, "content"), base, group)))
    yield from _contents((element for _, element in fields.all("media:content")), base, fields.record)
    for _, element in fields.all("enclosure"):
        yield from _enclosure(element, xml.attribute(element, "url") or xml.attribute(element, "resource"), base)
    for _, element in fields.all("link", "atom:link"):
        if xml.attribute(element, "rel") == "enclosure":
            yield from _enclosure(element, xml.attribute(element, "href"), base)


def _contents(elements: Iterable[Element], base: str | None, around: Element) -> Iterator[_File]:
    for element in elements:
        kind, url = xml.attribute(element, "type"), xml.attribute(element, "url")
        if url is None or kind in _DEAD:
            continue
        medium = (xml.attribute(element, "medium") or "").lower()
        is_image = is_picture(url, kind) or medium == "image" or not (kind or medium in _MOVING)
        size = number(xml.attribute(element, "fileSize"))
        width = number(xml.attribute(element, "width"))
        found = Enclosure(resolved(url, base), kind, size, _caption(element, around))
        yield _File(found, is_image, width or size or 0)


def _best(files: list[_File]) -> list[_File]:
    """Of the renditions in a group the widest; the first of equals."""
    return [max(files, key=lambda file: file.weight)] if files else []


def _caption(element: Element, around: Element) -> str | None:
    """What a picture shows, and who made it, as a newspaper prints it below."""
    said, credit = (_said(name, element, around) for name in ("description", "credit"))
    said = said or _said("title", element, around)
    if credit and credit not in said:
        return f"{said} ({credit})" if said else credit
    return said or None


def _said(name: str, element: Element, around: Element) -> str:
    """What Media RSS says of a file, or of the group or item that it is in."""
    stem = max(element.tag.rfind("}"), element.tag.rfind(":")) + 1  # a prefix that is not declared is part of the tag
    tag = element.tag[:stem] + name
    texts = (xml.text_of(found) for at in (element, around) for found in at if found.tag == tag)
    return wording.line(wording.title(next((found for found in texts if found), "")))


def _enclosure(element: Element, url: str | None, base: str | None) -> Iterator[_File]:
    if url is None:
        return
    kind, length = xml.attribute(element, "type"), number(xml.attribute(element, "length"))
    found = Enclosure(resolved(url, base), kind, length, xml.attribute(element, "title"))
    yield _File(found, is_picture(url, kind), 0)


def _thumbnails(fields: Fields, base: str | None) -> Iterator[_File]:
    """Pictures that stand for the entry: thumbnails, a podcast's cover, RSS's own ``image``."""
    named = [element for _, element in fields.all("media:thumbnail")]
    for _, element in fields.all("media:group", "media:content"):
        named += xml.children(element, "thumbnail")
    for element in (*named, *(element for _, element in fields.all("itunes:image", "image"))):
        url = xml.attribute(element, "url") or xml.attribute(element, "href") or xml.text_of(xml.child(element, "url"))
        url = url or (xml.text_of(element) if not len(element) else "")
        if url:
            yield _File(Enclosure(resolved(url, base)), True, number(xml.attribute(element, "width")) or 0)


def _widest(files: Iterable[_File]) -> tuple[Enclosure, ...]:
    """Each file once, in their order: of one address with several queries the widest."""
    kept: dict[str, _File] = {}
    for file in files:
        key = file.enclosure.url.partition("?")[0] if file.is_image else file.enclosure.url
        if key not in kept or file.weight > kept[key].weight:
            kept[key] = file
    return tuple(file.enclosure for file in kept.values())
