"""What an ``nitf`` element says, as a document of its own or within an item of NewsML.

``docdata`` says what it is and until when, ``body.head`` who wrote it and where, and ``body.content`` has the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder.model import Usage
from feeder.parse import xml
from feeder.parse.newswire import block, iptc_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.parse.findings import Findings
    from feeder.parse.xml import Element

_NOBODY: Final = "byline of nobody"
"""A byline that names no person counts only if the text begins with none that does."""
_MOST_WORDS: Final = 7
"""Of a byline that names no person; what has more is a line below the headline (ANSA has it there)."""
_BEFORE_COMMA: Final = re.compile(r" ,")


def read(nitf: Element, found: Findings) -> list[str]:
    """Adds what an ``nitf`` element says; what is odd about it is returned."""
    _read_body_head(nitf, found)
    data = xml.child(nitf, "head", "docdata")
    if data is not None:
        _read_identity(nitf, data, found)
        _read_dates(nitf, data, found)
        _read_labels(data, found)
    else:
        _read_dates(nitf, nitf, found)
    _read_publication(nitf, found)
    warnings = _read_content(nitf, found)
    for finding in found.by_field.pop(_NOBODY, []):
        found.add("byline", finding.value, finding.place)
    return warnings


def _read_identity(nitf: Element, data: Element, found: Findings) -> None:
    doc_id, key = xml.child(data, "doc-id"), xml.child(data, "du-key")
    if doc_id is not None:
        found.add("id", xml.attribute(doc_id, "id-string"), "doc-id")
        found.add("source", xml.attribute(doc_id, "regsrc"), "doc-id")
    if key is not None:
        found.add("version", iptc_xml.number(xml.attribute(key, "version")), "du-key")
    for urgency in (*xml.children(data, "urgency"), *xml.children(nitf, "head", "urgency")):
        found.add("urgency", iptc_xml.number(xml.attribute(urgency, "ed-urg")), "urgency")
    found.add("supersedes", xml.attribute(data, "management-doc-idref"), "docdata")
    correction = xml.child(data, "correction")
    if correction is not None:
        found.add("correction", xml.attribute(correction, "info") or "Correction", "correction")
        found.add("supersedes", xml.attribute(correction, "id-string"), "correction")


def _read_dates(nitf: Element, data: Element, found: Findings) -> None:
    issued = _norm(data, "date.issue")
    published = iptc_xml.first_date(
        [
            (issued, "date.issue"),
            (_norm(data, "date.release"), "date.release"),
            (_norm(nitf, "body", "body.head", "dateline", "story.date"), "story.date"),
            *((xml.attribute(each, "date.publication"), "pubdata") for each in xml.children(nitf, "head", "pubdata")),
            *(
                (xml.attribute(each, "norm"), "revision-history")
                for each in xml.children(nitf, "head", "revision-history")
            ),
            *_meta_dates(nitf),
        ]
    )
    if published is not None:
        found.add("published", *published)
    release = _norm(data, "date.release")
    if release != issued and issued is not None:
        _add_limit(found, "embargoed", release, "date.release")
    _add_limit(found, "expires", _norm(data, "date.expire"), "date.expire")


def _add_limit(found: Findings, field: str, date: str | None, place: str) -> None:
    if date is not None and not iptc_xml.is_template(date):
        found.add(field, date, place)


def _norm(parent: Element, *path: str) -> str | None:
    """A date by its ``norm`` attribute, or as it is written."""
    element = xml.child(parent, *path)
    return None if element is None else xml.attribute(element, "norm") or xml.text_of(element) or None


def _meta_dates(nitf: Element) -> Iterator[tuple[str | None, str]]:
    for meta in xml.children(nitf, "head", "meta"):
        if (xml.attribute(meta, "name") or "").lower() in {"timestamp", "date", "pubdate"}:
            yield xml.attribute(meta, "content"), "meta"


def _read_labels(data: Element, found: Findings) -> None:
    keywords = (xml.attribute(each, "key") or xml.text_of(each) for each in xml.children(data, "key-list", "keyword"))
    found.add("keywords", tuple(filter(None, keywords)), "key-list")
    places = [
        *(_place(each) for each in xml.children(data, "evloc")),
        *(xml.text_of(each) for each in xml.children(data, "identified-content", "location")),
    ]
    found.add("places", tuple(filter(None, places)), "evloc")
    for sent in xml.children(data, "del-list", "from-src"):
        found.add("source", xml.attribute(sent, "src-name"), "del-list")
    copyright_, rights = xml.child(data, "doc.copyright"), xml.child(data, "doc.rights")
    if copyright_ is not None and (holder := xml.attribute(copyright_, "holder")):
        found.add("rights", " ".join(filter(None, ("©", xml.attribute(copyright_, "year"), holder))), "doc.copyright")
        found.add("source", holder, "doc.copyright")
    if rights is not None:
        found.add("rights", xml.attribute(rights, "owner"), "doc.rights")


def _place(location: Element) -> str:
    names = (xml.attribute(location, name) for name in ("city", "county-dist", "state-prov", "iso-cc"))
    return next((name for name in names if name), "") or xml.text_of(location)


def _read_publication(nitf: Element, found: Findings) -> None:
    for publication in xml.children(nitf, "head", "pubdata"):
        found.add("section", xml.attribute(publication, "position.section"), "pubdata")
        link = xml.attribute(publication, "ex-ref") or ""
        found.add("link", link if link.startswith(("http://", "https://")) else None, "pubdata")
    found.add("subjects", tuple(_subjects(nitf)), "tobject")
    body = xml.child(nitf, "body")
    declared = (xml.attribute(nitf, "baselang"), xml.attribute(nitf, "lang"))
    found.add("language", next(filter(None, declared), None), "nitf")
    found.add("language", None if body is None else xml.attribute(body, "lang"), "body")


def _subjects(nitf: Element) -> Iterator[str]:
    """The names of a subject, from the general to the special; its code where it has none."""
    for subject in xml.children(nitf, "head", "tobject", "tobject.subject"):
        names = [xml.attribute(subject, f"tobject.subject.{level}") for level in ("type", "matter", "detail")]
        yield from filter(None, names)
        if not any(names) and (code := xml.attribute(subject, "tobject.subject.refnum")):
            yield code
    for classifier in xml.children(nitf, "head", "docdata", "identified-content", "classifier"):
        yield xml.attribute(classifier, "value") or xml.text_of(classifier)


def _read_body_head(nitf: Element, found: Findings) -> None:
    head = xml.child(nitf, "body", "body.head")
    if head is not None:
        _read_headline(head, found)
        _read_byline(head, found)
        found.add("dateline", _dateline(head), "dateline")
        distributor = xml.child(head, "distributor")
        found.add("source", xml.text_of(distributor), "distributor")
        found.add("rights", xml.text_of(xml.child(head, "rights")), "rights")
    found.add("title", xml.text_of(xml.child(nitf, "head", "title")), "head/title")


def _read_headline(head: Element, found: Findings) -> None:
    headlines = [xml.child(head, name) for name in ("hedline", "headline")]
    for headline in (each for each in headlines if each is not None):
        title = xml.text_of(xml.child(headline, "hl1"))
        found.add("title", title or ("" if len(headline) else xml.text_of(headline)), "hl1")
    abstract = xml.child(head, "abstract")
    found.add("summary", xml.text_of(abstract), "abstract")
    for headline in xml.children(head, "hedline", "hl2"):
        line = xml.text_of(headline)
        if not line.isupper() and xml.attribute(headline, "id") != "originalHeadline":
            found.add("summary", line, "hl2")


def _read_byline(head: Element, found: Findings) -> None:
    for element in xml.children(head, "byline"):
        line = _byline(element)
        marked = tuple(
            each for person in xml.children(element, "person") for each in iptc_xml.named(xml.text_of(person))
        )
        people = marked or iptc_xml.people(line)
        found.add("authors", people, "byline")
        if people or len(line.split()) <= _MOST_WORDS:
            found.add("byline" if people else _NOBODY, line, "byline")
        else:
            found.add("summary", line, "byline")


def _byline(element: Element) -> str:
    """``By Ann Lee, Staff Reporter``: the title is parted from the name, whatever the file's white space."""
    pieces = (" ".join(piece.split()) for piece in element.itertext())
    line = _BEFORE_COMMA.sub(",", " ".join(filter(None, pieces)))
    told = xml.text_of(xml.child(element, "byttl"))
    if not told or not line.endswith(told):
        return line
    name = line.removesuffix(told).rstrip(" ,")
    return f"{name}, {told}" if name else told


def _dateline(head: Element) -> str:
    """The place of a story; its date stands there too, and is told elsewhere."""
    dateline = xml.child(head, "dateline")
    if dateline is None:
        return ""
    written = xml.bare(dateline)
    xml.without(written, list(written.iter("story.date")))
    line = xml.text_of(written)
    parts = [xml.text_of(part) for part in xml.children(written, "location") for part in part]
    return (", ".join(parts) if line == " ".join(parts) else line).strip(" ,;-\u2013\u2014")


def _read_content(nitf: Element, found: Findings) -> list[str]:
    """Adds the text: the body, notes for readers before it and the tagline behind it."""
    title, body = found.first("title"), xml.child(nitf, "body")
    if body is None:
        return []
    notes = list(xml.children(body, "body.head", "note"))
    parts = [note for note in notes if not block.is_for_editors(note)]
    parts += [*xml.children(body, "body.content"), *xml.children(body, "body.end", "tagline")]
    text = block.joined([block.of_element(part, title=str(title.value) if title else "") for part in parts])
    text.add_to(found, "body.content")
    return [*text.warnings, *([block.NOT_FOR_READERS] if any(map(block.is_for_editors, notes)) else [])]


def usage(nitf: Element, found: Findings) -> tuple[Usage, list[str]]:
    """What may be done with the article; one that is embargoed without a date is held back."""
    data = xml.child(nitf, "head", "docdata")
    status = None if data is None else xml.attribute(data, "management-status")
    if status is not None and status.lower() == "embargoed":
        return _embargo(_norm(data, "date.release"), found)
    told = iptc_xml.usage(status)
    if status is not None and told is None:
        return Usage.DRAFT, [f"the status {status[:40]!r} is not known; it is held back"]
    return told or Usage.USABLE, []


def _embargo(release: str | None, found: Findings) -> tuple[Usage, list[str]]:
    if release is None:
        return Usage.DRAFT, ["it is embargoed, but until when is not said; it is held back"]
    found.add("embargoed", release, "date.release")
    return Usage.USABLE, []
