"""What one news item of NewsML-G2 says (specification 2.35): identity, management, metadata and content.

Codes are read by their suffix (``stat:usable``, ``pubstat:usable``): what a provider calls a scheme stands in a
catalog that is never fetched. A picture, a graphic, a video or a sound is an article if it has a headline and a
caption: the caption is its text, the medium its image or enclosure.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.model import Draft, Enclosure, Person, Usage
from feeder.parse import xml
from feeder.parse.findings import Findings
from feeder.parse.newswire import block, iptc_xml, nitf_document
from feeder.parse.newswire.block import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.parse.xml import Element

_MEDIA: Final = frozenset({"picture", "graphic", "video", "audio", "animation"})
_NO_TEXT: Final = frozenset({"composite", "data"})
_NOT_THE_TITLE: Final = ("sub", "deck", "kicker", "overline", "short", "seo")
_OLDER: Final = frozenset({"previousversion", "supersedes", "replaces", "corrects", "updates"})
_XHTML: Final = frozenset(
    "html body div section article main p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote span br".split()  # noqa: SIM905
)
_IS_WEB: Final = re.compile(r"https?://")


def read(item: Element, *, encoding: str, warnings: Iterable[str]) -> Draft:
    """The draft of a ``newsItem``.

    Raises:
        SeedError: it is no article; the reason says what it is.
    """
    found = Findings()
    notes = list(warnings)
    kind = iptc_xml.suffix(_code(xml.child(item, "itemMeta", "itemClass")))
    if kind in _NO_TEXT:
        raise SeedError(f"an item of the class {kind} is no text", line=item.sourceline)
    usage = _read_management(item, found, notes)
    _read_headlines(item, found)
    _read_dates(item, found)
    _read_people(item, found)
    _read_labels(item, found)
    _read_rights(item, found)
    _read_content(item, found, kind, notes)
    return iptc_xml.draft(found, usage=usage, encoding=encoding, warnings=notes)


def _code(element: Element | None) -> str | None:
    """A controlled value: its code, its address or its literal."""
    if element is None:
        return None
    return next(filter(None, (xml.attribute(element, name) for name in ("qcode", "uri", "literal"))), None)


def _names(element: Element, *, whole_code: bool = False) -> str:
    """What a concept is called: its name, else its literal, else its code (with the scheme or without)."""
    name = next((found for each in xml.children(element, "name") if (found := xml.text_of(each))), "")
    code = xml.attribute(element, "qcode") or ""
    return name or xml.attribute(element, "literal") or (code if whole_code else code.rpartition(":")[2])


# Management.


def _read_management(item: Element, found: Findings, notes: list[str]) -> Usage:
    found.add("id", xml.attribute(item, "guid"), "guid")
    found.add("version", iptc_xml.number(xml.attribute(item, "version")), "version")
    meta = xml.child(item, "itemMeta")
    if meta is None:
        return Usage.USABLE
    _read_links(meta, xml.attribute(item, "guid"), found)
    embargoed = xml.child(meta, "embargoed")
    found.add("embargoed", xml.text_of(embargoed), "embargoed")
    found.add("expires", xml.text_of(xml.child(meta, "expires")), "expires")
    signals = [name for each in xml.children(meta, "signal") for name in (_code(each), xml.text_of(each)) if name]
    if any(map(iptc_xml.corrects, signals)):
        found.add("correction", _public_note(meta) or "Correction", "signal")
    if any(map(iptc_xml.kills, signals)):
        return Usage.WITHDRAWN
    return _usage(_code(xml.child(meta, "pubStatus")), notes)


def _usage(status: str | None, notes: list[str]) -> Usage:
    word = iptc_xml.suffix((status or "").rpartition("/")[2])
    usage = iptc_xml.usage(word) if word else Usage.USABLE
    if usage is None:
        notes.append(f"the pubStatus {word[:40]!r} is not known; it is held back")
    return usage or Usage.DRAFT


def _read_links(meta: Element, guid: str | None, found: Findings) -> None:
    for link in xml.children(meta, "link"):
        if iptc_xml.suffix(xml.attribute(link, "rel")) in _OLDER:
            targets = (xml.attribute(link, name) for name in ("residref", "guidref", "href"))
            found.add("supersedes", next((each for each in targets if each and each != guid), None), "link")


def _public_note(meta: Element) -> str:
    """A note that its provider marks as one for readers."""
    for note in xml.children(meta, "edNote"):
        if iptc_xml.suffix(xml.attribute(note, "role")) == "public":
            return xml.text_of(note)
    return ""


# Metadata of the content.


def _content_meta(item: Element, *path: str) -> Iterator[Element]:
    return xml.children(item, "contentMeta", *path)


def _read_headlines(item: Element, found: Findings) -> None:
    for headline in _content_meta(item, "headline"):
        role = iptc_xml.suffix(xml.attribute(headline, "role"))
        is_title = not role.startswith(_NOT_THE_TITLE)
        found.add("title" if is_title else "summary", xml.text_of(headline), "headline")
    for description in _content_meta(item, "description"):
        role = iptc_xml.suffix(xml.attribute(description, "role"))
        if role in {"", "summary", "abstract", "lead", "teaser"}:
            found.add("summary", xml.text_of(description), "description")


def _read_dates(item: Element, found: Findings) -> None:
    created = [
        (xml.text_of(xml.child(item, *path)), path[-1])
        for path in (
            ("itemMeta", "firstCreated"),
            ("contentMeta", "contentCreated"),
            ("itemMeta", "versionCreated"),
            ("contentMeta", "contentModified"),
        )
    ]
    published = iptc_xml.first_date(created)
    if published is None:
        return
    found.add("published", *published)
    modified = iptc_xml.first_date([created[2], created[3]])
    if modified is not None and modified[0] != published[0]:
        found.add("modified", *modified)


def _read_people(item: Element, found: Findings) -> None:
    for element in _content_meta(item, "by"):
        line = xml.text_of(element)
        found.add("byline", line, "by")
        found.add("authors", iptc_xml.people(line), "by")
    people = [person for each in _content_meta(item, "creator") for person in _people(each)]
    found.add("authors", tuple(people), "creator")


def _people(creator: Element) -> Iterator[Person]:
    address = xml.attribute(creator, "uri") or ""
    is_person = iptc_xml.suffix(xml.attribute(creator, "type")) == "person"
    name = _names(creator)
    for person in iptc_xml.named(name) if is_person else iptc_xml.people(name):
        yield Person(person.name, uri=address if _IS_WEB.match(address) else None)


def _read_labels(item: Element, found: Findings) -> None:
    for language in (*_content_meta(item, "language"),):
        found.add("language", xml.attribute(language, "tag"), "language")
    found.add("language", xml.attribute(item, "lang"), "xml:lang")
    found.add("dateline", xml.text_of(xml.child(item, "contentMeta", "dateline")).strip(" -\u2013\u2014"), "dateline")
    found.add("urgency", iptc_xml.number(xml.text_of(xml.child(item, "contentMeta", "urgency"))), "urgency")
    keywords = (xml.text_of(each) for each in _content_meta(item, "keyword"))
    found.add("keywords", tuple(filter(None, keywords)), "keyword")
    subjects = list(_content_meta(item, "subject"))
    is_place = [iptc_xml.suffix(xml.attribute(each, "type")) in {"geoarea", "poi"} for each in subjects]
    names = [_names(each, whole_code=True) for each in subjects]
    found.add("subjects", tuple(n for n, place in zip(names, is_place, strict=True) if n and not place), "subject")
    located = [_names(each) for each in _content_meta(item, "located")]
    places = [*located, *(name for name, place in zip(names, is_place, strict=True) if place)]
    found.add("places", tuple(filter(None, places)), "located")


def _read_rights(item: Element, found: Findings) -> None:
    for part in ("copyrightNotice", "copyrightHolder"):
        for element in xml.children(item, "rightsInfo", part):
            found.add("rights", xml.text_of(element) if part == "copyrightNotice" else _names(element), part)
    for element in (*xml.children(item, "itemMeta", "provider"), *_content_meta(item, "infoSource")):
        found.add("source", _names(element), xml.local(element))
    found.add("source", xml.text_of(xml.child(item, "contentMeta", "creditline")), "creditline")


# Content.


def _read_content(item: Element, found: Findings, kind: str, notes: list[str]) -> None:
    for part in xml.children(item, "contentSet", "inlineXML"):
        for inner in (each for each in part.iterchildren("{*}nitf")):
            notes += nitf_document.read(inner, found)
    text = _text(item, found)
    notes += text.warnings
    found.add("summary", text.deck, "heading")
    text.add_to(found, "contentSet")
    found.add("title", text.heading, "h1")
    found.add("title", xml.text_of(xml.child(item, "itemMeta", "title")), "itemMeta title")
    media = _medium(item, kind)
    if media is not None:
        found.add(
            "images" if (media.type or "image/").startswith("image/") else "enclosures", (media,), "remoteContent"
        )
    if kind in _MEDIA and found.first("html") is None and found.first("paragraphs") is None:
        _caption(item, found, kind)
    if found.first("html") is None and found.first("paragraphs") is None and media is None:
        elsewhere = xml.child(item, "contentSet", "remoteContent") is not None
        if elsewhere and found.first("summary") is None:
            raise SeedError("the text of the item is elsewhere, and nothing is fetched", line=item.sourceline)


def _text(item: Element, found: Findings) -> Block:
    """The first content that has a text, the structured ones first."""
    title = found.first("title")
    heading = str(title.value) if title is not None else ""
    for part in xml.children(item, "contentSet", "inlineXML"):
        if _is_readable(part):
            text = block.of_element(_body(part), title=heading)
            if not text.is_empty:
                return text
    for part in xml.children(item, "contentSet", "inlineData"):
        text = block.of_text(_decoded(part), title=heading)
        if not text.is_empty:
            return text
    return Block()


def _is_readable(part: Element) -> bool:
    """Whether inline XML is a text for readers, and not NITF (read already) or data of its own kind (SportsML)."""
    return all(xml.local(each).lower() in _XHTML for each in part)


def _body(part: Element) -> Element:
    """The element that has the text of an XHTML page: its body, in it the main section if it says which that is."""
    page = next((each for each in part.iterchildren("{*}html")), part)
    body = xml.child(page, "body")
    return page if body is None else body


def _decoded(part: Element) -> str:
    """Character data, out of base64 if it is in that."""
    content = "".join(part.itertext())
    if not (xml.attribute(part, "encoding") or "").lower().endswith("base64"):
        return content
    try:
        return base64.b64decode(content, validate=False).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _caption(item: Element, found: Findings, kind: str) -> None:
    """Makes the caption of a medium its text."""
    captions = (
        xml.text_of(each)
        for each in _content_meta(item, "description")
        if iptc_xml.suffix(xml.attribute(each, "role")) in {"", "caption", "summary"}
    )
    caption = next(filter(None, captions), "")
    if not caption or found.first("title") is None:
        raise SeedError(
            f"an item of the class {kind} without a headline and a caption is no article", line=item.sourceline
        )
    found.add("paragraphs", (caption,), "description")


def _medium(item: Element, kind: str) -> Enclosure | None:
    """The best of the renditions of a medium: the largest, or the first."""
    parts = [part for part in xml.children(item, "contentSet", "remoteContent") if _address(part)]
    wanted = [part for part in parts if _is_medium(part, kind)]
    if not wanted:
        return None
    best = max(wanted, key=_size)
    return Enclosure(
        url=_address(best) or "",
        type=xml.attribute(best, "contenttype"),
        length=iptc_xml.number(xml.attribute(best, "size")),
    )


def _address(part: Element) -> str | None:
    href = xml.attribute(part, "href") or ""
    return None if not href or re.match(r"(?:tag|urn|cid):", href) else href


def _is_medium(part: Element, kind: str) -> bool:
    form = (xml.attribute(part, "contenttype") or "").lower()
    return form.startswith(("image/", "video/", "audio/")) or (not form and kind in _MEDIA)


def _size(part: Element) -> int:
    width, height = (iptc_xml.number(xml.attribute(part, name)) or 0 for name in ("width", "height"))
    return width * height
