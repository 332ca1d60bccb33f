"""What one ``NewsItem`` of NewsML 1.2 says (functional specification, document version 9).

A news item is a tree of components: any of them may have news lines, metadata, content or more components. What
stands higher counts first. Of the contents the first text is the article's, the pictures are its images; what is an
alternative of another (``EquivalentsList``) or only refers to another item is passed over.

The public identifier ends with the revision (``urn:newsml:provider:date:id:2U``), the id of an article does not: all
revisions of a news item are one article (RFC 3085 section 2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.model import Draft, Usage
from feeder.parse import xml
from feeder.parse.findings import Findings
from feeder.parse.newswire import block, iptc_xml, nitf_document
from feeder.parse.newswire.block import Block
from feeder.parse.newswire.newsml_1_components import Components, formal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.parse.xml import Element

_ENDS: Final = frozenset({"canceled", "cancelled", "withheld", "expired", "killed"})
_SCHEME: Final = "urn:newsml:"
_COLONS: Final = 4
"""Of a whole identifier: provider, day and item. One that names the provider alone is that of all its items."""
_BLANKS_AND_COMMAS: Final = re.compile(r"\s*[,;]\s*")


def read(item: Element, head: Element, *, encoding: str, warnings: Iterable[str]) -> Draft:
    """The draft of a ``NewsItem``; ``head`` has the ``NewsEnvelope`` of the file.

    Raises:
        SeedError: there is no text and no caption in it; the reason says what there is.
    """
    found = Findings()
    notes = list(warnings)
    _read_identifier(item, found)
    usage = _read_management(item, found, notes)
    _read_dates(item, head, found)
    components = Components(item)
    _read_lines(components, found)
    _read_descriptions(item, found)
    _read_sources(item, head, found)
    topics = _topics(item)
    codes = [code for subjects in _each(item, "SubjectCode") for code in map(formal, subjects) if code]
    found.add("subjects", tuple(topics.get(code) or code for code in codes) if topics else (), "SubjectCode")
    _read_contents(item, components, found, notes)
    found.add("subjects", tuple(codes), "SubjectCode")  # NITF may have given their names
    return iptc_xml.draft(found, usage=usage, encoding=encoding, warnings=notes)


def _each(item: Element, *names: str) -> Iterator[Element]:
    """The elements of some names anywhere in an item, in their order: what stands higher comes first."""
    for name in names:
        yield from item.iterdescendants(f"{{*}}{name}")


# Identity and management.


def _read_identifier(item: Element, found: Findings) -> None:
    identifier = xml.child(item, "Identification", "NewsIdentifier")
    if identifier is None:
        return
    revision = xml.child(identifier, "RevisionId")
    written = xml.text_of(revision)
    update = "" if revision is None else xml.attribute(revision, "Update") or ""
    found.add("version", iptc_xml.number(written), "RevisionId")
    public = xml.text_of(xml.child(identifier, "PublicIdentifier"))
    for ending in (f":{written}{update}", f":{written}"):
        if written and public.startswith(_SCHEME) and public.endswith(ending):
            public = public.removesuffix(ending)
            break
    if not public.startswith(_SCHEME) or public.count(":") >= _COLONS:
        found.add("id", public, "PublicIdentifier")
    parts = [xml.text_of(xml.child(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    found.add("id", f"{_SCHEME}{':'.join(parts)}" if all(parts) else parts[2], "NewsIdentifier")


def _read_management(item: Element, found: Findings, notes: list[str]) -> Usage:
    management = xml.child(item, "NewsManagement")
    if management is None:
        return Usage.USABLE
    found.add("urgency", iptc_xml.number(formal(xml.child(management, "Urgency"))), "Urgency")
    for instruction in xml.children(management, "Instruction"):
        word = formal(instruction)
        found.add("correction", "Correction" if iptc_xml.corrects(word) else None, "Instruction")
        if iptc_xml.kills(word):
            return Usage.WITHDRAWN
    return _usage(management, found, notes)


def _usage(management: Element, found: Findings, notes: list[str]) -> Usage:
    status = iptc_xml.suffix(formal(xml.child(management, "Status"))) or "usable"
    change = xml.child(management, "StatusWillChange")
    future, moment = "", ""
    if change is not None:
        future = iptc_xml.suffix(formal(xml.child(change, "FutureStatus")))
        moment = xml.text_of(xml.child(change, "DateAndTime"))
    if future in _ENDS:
        found.add("expires", moment, "StatusWillChange")
    if status in {"embargoed", "withheld"} and future == "usable" and moment:
        found.add("embargoed", moment, "StatusWillChange")
        return Usage.USABLE
    if status == "embargoed":
        notes.append("it is embargoed, but until when is not said; it is held back")
        return Usage.DRAFT
    usage = iptc_xml.usage(status)
    if usage is None:
        notes.append(f"the status {status[:40]!r} is not known; it is held back")
    return usage or Usage.DRAFT


def _read_dates(item: Element, head: Element, found: Findings) -> None:
    first = _moment(item, "NewsManagement", "FirstCreated")
    revised = _moment(item, "NewsManagement", "ThisRevisionCreated")
    published = iptc_xml.first_date(
        [
            (_moment(item, "NewsManagement", "FirstPublished"), "FirstPublished"),
            (first, "FirstCreated"),
            (revised, "ThisRevisionCreated"),
            (_moment(head, "NewsEnvelope", "DateAndTime"), "NewsEnvelope"),
            (_moment(item, "Identification", "NewsIdentifier", "DateId"), "DateId"),
        ]
    )
    if published is None:
        return
    found.add("published", *published)
    if revised and revised != published[0]:
        found.add("modified", revised, "ThisRevisionCreated")


def _moment(element: Element, *path: str) -> str:
    return xml.text_of(xml.child(element, *path))


# News lines and metadata.


def _read_lines(components: Components, found: Findings) -> None:
    for lines in components.lines:
        found.add("title", _line(lines, "HeadLine"), "HeadLine")
        below = _line(lines, "SubHeadLine")
        found.add("summary", None if below.isupper() else below, "SubHeadLine")
        found.add("byline", _line(lines, "ByLine"), "ByLine")
        found.add("authors", iptc_xml.people(_line(lines, "ByLine")), "ByLine")
        found.add("dateline", _line(lines, "DateLine").strip(" -\u2013\u2014"), "DateLine")
        found.add("rights", _line(lines, "CopyrightLine"), "CopyrightLine")
        keywords = (
            part for each in xml.children(lines, "KeywordLine") for part in _BLANKS_AND_COMMAS.split(xml.text_of(each))
        )
        found.add("keywords", tuple(filter(None, keywords)), "KeywordLine")


def _line(lines: Element, name: str) -> str:
    return next(filter(None, map(xml.text_of, xml.children(lines, name))), "")


def _read_descriptions(item: Element, found: Findings) -> None:
    for language in _each(item, "Language"):
        found.add("language", formal(language), "Language")
    for element in (item, *_each(item, "NewsComponent")):
        found.add("language", xml.attribute(element, "lang"), "xml:lang")
    values = (_value(each) for each in _properties(item, "keyword", "keywords"))
    keywords = (part for value in values for part in _BLANKS_AND_COMMAS.split(value))
    found.add("keywords", tuple(filter(None, keywords)), "Property")
    places = (_value(each) for each in _properties(item, "city", "country", "countryarea", "location"))
    found.add("places", tuple(filter(None, places)), "Location")


def _properties(item: Element, *names: str) -> Iterator[Element]:
    for metadata in _each(item, "DescriptiveMetadata"):
        for each in metadata.iterdescendants("{*}Property"):
            if (xml.attribute(each, "FormalName") or "").lower() in names:
                yield each


def _value(each: Element) -> str:
    return xml.attribute(each, "Value") or xml.text_of(each)


def _topics(item: Element) -> dict[str, str]:
    """The names that the item itself gives to codes."""
    topics = {}
    for topic in _each(item, "Topic"):
        names = [
            each for each in xml.children(topic, "Description") if xml.attribute(each, "Variant") in {None, "Name"}
        ]
        english = next((each for each in names if xml.attribute(each, "lang") == "en"), next(iter(names), None))
        topics[_moment(topic, "FormalName")] = xml.text_of(english)
    return topics


def _read_sources(item: Element, head: Element, found: Findings) -> None:
    for element in (*_each(item, "Provider"), *_each(item, "Source")):
        found.add("source", formal(xml.child(element, "Party")), xml.local(element))
    found.add("source", formal(xml.child(head, "NewsEnvelope", "SentFrom", "Party")), "SentFrom")
    for creator in (*_each(item, "Creator"), *_each(item, "Author")):
        found.add("authors", iptc_xml.people(formal(xml.child(creator, "Party"))), xml.local(creator))
    for holder in _each(item, "CopyrightHolder"):
        found.add("rights", xml.text_of(holder), "CopyrightHolder")


# Contents.


def _read_contents(item: Element, components: Components, found: Findings, notes: list[str]) -> None:
    for field, content in components.parts:
        found.add(field, xml.text_of(xml.child(content.element, "DataContent")), "ContentItem")
    title = found.first("title")
    heading = str(title.value) if title is not None else ""
    bodies = sorted(components.bodies, key=lambda each: each.rank)
    texts = (_text(each.element, found, heading) for each in bodies)
    text = next((each for each in texts if not each.is_empty), None)
    media = components.media()
    found.add("images", tuple(each for kind, each in media if kind == "image"), "ContentItem")
    found.add("enclosures", tuple(each for kind, each in media if kind != "image"), "ContentItem")
    if text is None:
        _read_caption(item, components, found, has_media=bool(media))
        return
    if sum(1 for each in bodies if each.has_text) > 1:
        notes.append("the news item has more than one text; the first is taken")
    notes += text.warnings
    text.add_to(found, "DataContent")
    found.add("title", text.heading, "h1")
    found.add("summary", text.deck, "heading")


def _read_caption(item: Element, components: Components, found: Findings, *, has_media: bool) -> None:
    """A picture without a text is an article if it has a caption."""
    caption = next(iter(components.captions.values()), "")
    if has_media and caption:
        found.add("paragraphs", (caption,), "caption")
    elif found.first("summary") is None:
        refers = next(_each(item, "NewsItemRef"), None) is not None
        reason = "it only refers to other news items" if refers else "no body: there is no text in the news item"
        raise SeedError(reason, line=item.sourceline)


def _text(content: Element, found: Findings, title: str) -> Block:
    """The text of a content item, empty where it has none."""
    data = xml.child(content, "DataContent")
    if data is None:
        return Block()
    inner = xml.child(data, "nitf")
    if inner is not None:
        return _nitf(inner, found)
    if len(data):
        page = xml.child(data, "html")
        body = data if page is None else xml.child(page, "body")
        return block.of_element(page if body is None else body, title=title)
    return block.of_text("".join(data.itertext()), title=title)


def _nitf(inner: Element, found: Findings) -> Block:
    """The text of NITF within a content item; what else it says counts after what the news item says."""
    text = Findings()
    warnings = nitf_document.read(inner, text)
    values = {name: finding.value for name in text.by_field if (finding := text.first(name)) is not None}
    for name in text.by_field.keys() - {"html", "paragraphs", "images", "enclosures"}:
        for finding in text.of(name):
            found.add(name, finding.value, finding.place)
    return Block(
        html=values.get("html"),
        paragraphs=values.get("paragraphs"),
        images=list(values.get("images", ())),
        enclosures=list(values.get("enclosures", ())),
        warnings=warnings,
    )
