"""Atom 1.0 (RFC 4287) and 0.3, as a feed or as a single entry, with tombstones (RFC 6721) and drafts (RFC 5023).

Backups of Blogger are Atom too: of their entries only posts are articles, not comments, pages and settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.model import Person, Usage
from feeder.parse import xml
from feeder.parse.syndication import enclosures, wording
from feeder.parse.syndication.entry import Entry, own_id, records
from feeder.parse.syndication.fields import Fields, base_of, language_of, prefix_of, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft
    from feeder.parse import Reader
    from feeder.parse.xml import Element

_ROOTS: Final = frozenset({"feed", "entry", "deleted-entry"})
_KINDS: Final = "http://schemas.google.com/g/2005#kind"
_ENTRY: Final = "entry"
_TOMBSTONE: Final = "deleted-entry"
_ESCAPED, _LITERAL = "escaped", "base64"
_YES: Final = "yes"
_PUBLISHED: Final = ("published", "issued", "created", "dc:date", "updated", "modified")
_MODIFIED: Final = ("updated", "modified")
_USAGES: Final = {  # AtomPub's and Blogger's words, and the wire services' extensions
    **dict.fromkeys(("draft", "unpublished", "scheduled", "soft_trashed"), Usage.DRAFT),
    **dict.fromkeys(("canceled", "cancelled", "withheld", "killed", "withdrawn", "deleted"), Usage.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class _Feed:
    """What a feed, or the ``source`` of an entry, says of its entries (RFC 4287 section 4.2.11)."""

    title: str | None
    link: str | None
    rights: str | None
    authors: tuple[Person, ...]
    language: str | None


class Atom:
    """The parser of Atom."""

    name = "atom"
    precedence = 15
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (content alone)
        """By the root element; see ``Parser``."""
        root = xml.root_of(head)
        if root is None or root.local not in _ROOTS:
            return False
        if root.namespace is None:
            return root.local == "feed" and "<entry" in text.glimpse(head)
        return prefix_of(root.namespace) in {"atom", "at"}

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (its date is normalize's)
        """An article of each entry; see ``Parser``."""
        stream = xml.Stream(reader, {_ENTRY, _TOMBSTONE})
        feed: _Feed | None = None
        for found in records(stream):
            if not isinstance(found, tuple):
                yield found
                continue
            record, warnings = found
            fields = Fields(record)
            feed = feed or _feed(Fields(stream.head))
            if xml.local(record) == _TOMBSTONE:
                yield _tombstone(fields, feed).draft(stream.encoding, warnings)
            elif _is_article(fields):
                yield _entry(fields, feed).draft(stream.encoding, warnings)


def _feed(fields: Fields) -> _Feed:
    base = base_of(fields.record)
    links = [(xml.attribute(link, "rel"), xml.attribute(link, "href")) for _, link in fields.all("link")]
    addresses = [href for rel in ("self", "alternate", None) for at, href in links if at == rel and href]
    return _Feed(
        title=_line(fields.one("title")) or None,
        link=resolved(addresses[0], base) if addresses else base,
        rights=_line(fields.one("rights", "copyright")) or None,
        authors=_people(fields, base),
        language=language_of(fields.record),
    )


def _is_article(fields: Fields) -> bool:
    """Whether an entry of a Blogger backup is a post; elsewhere every entry is one."""
    kind = next((_term(found) for _, found in fields.all("category") if found.get("scheme") == _KINDS), "")
    return kind.rpartition("#")[2] in {"", "post"} and (fields.text("blogger:type") or "POST").upper() == "POST"


def _entry(fields: Fields, feed: _Feed) -> Entry:
    entry = Entry()
    source = fields.one("source")
    origin = feed if source is None else _feed(Fields(source))
    base = base_of(fields.record, feed.link)
    entry.put("id", own_id(fields.text("id", "dc:identifier") or "", origin.link), "id")
    _address(entry, fields, base)
    _content(entry, fields, base)
    entry.moments(fields.texts(*_PUBLISHED), fields.texts(*_MODIFIED))
    _labels(entry, fields, base)
    for place, told in (("source", origin), ("feed", feed)):
        _inherit(entry, told, place if source is not None else "feed")
    media = enclosures.media(fields, base)
    entry.put("images", media.images, "media")
    entry.put("enclosures", media.enclosures, "enclosure")
    _state(entry, fields)
    return entry


def _address(entry: Entry, fields: Fields, base: str | None) -> None:
    entry.put("link", fields.text("feedburner:origLink"), "feedburner:origLink")
    links = [link for _, link in fields.all("link") if (xml.attribute(link, "rel") or "alternate") == "alternate"]
    for link in sorted(links, key=lambda link: "html" not in (xml.attribute(link, "type") or "html")):
        entry.put("link", resolved(xml.attribute(link, "href") or "", base_of(link, base)), "link")


def _content(entry: Entry, fields: Fields, base: str | None) -> None:
    bodies = [("content", _body(found, base)) for found in _contents(fields)]
    bodies += [("summary", _body(found, base)) for _, found in fields.all("summary", "media:description")]
    for _, group in fields.all("media:group"):
        bodies += [("media:description", wording.body(found)) for found in xml.children(group, "description")]
    entry.body(bodies, None)
    if entry.where.get("html", entry.where.get("paragraphs")) == "content":
        summary = _line(fields.one("summary"))
        entry.put("summary", summary if summary != entry.shown else None, "summary")
    entry.put("title", _line(fields.one("title")), "title")
    entry.name_it()


def _labels(entry: Entry, fields: Fields, base: str | None) -> None:
    spoken = next(iter(_contents(fields)), fields.one("summary"))
    entry.put("language", language_of(fields.record if spoken is None else spoken), "xml:lang")
    entry.first("language", fields.texts("dc:language"))
    entry.put("authors", _people(fields, base), "author")
    categories = (found for _, found in fields.all("category") if found.get("scheme") != _KINDS)
    words = (("category", xml.attribute(found, "label") or _term(found)) for found in categories)
    entry.each("keywords", [*words, *fields.texts("dc:subject")])
    entry.each("places", fields.texts("georss:featureName"))
    entry.put("rights", _line(fields.one("rights", "copyright")), "rights")


def _inherit(entry: Entry, feed: _Feed, place: str) -> None:
    people = tuple(person for person in feed.authors if person.name != feed.title)  # a feed's own name is nobody's
    entry.put("authors", people, f"{place} author")
    entry.put("rights", feed.rights, f"{place} rights")
    entry.put("language", feed.language, f"{place} xml:lang")
    entry.put("source", feed.title, f"{place} title")


def _state(entry: Entry, fields: Fields) -> None:
    """Whether it is to be shown: AtomPub's control, Blogger's status, and the wire services' publishing status."""
    control = fields.one("app:control", "control")
    if control is not None and xml.text_of(xml.child(control, "draft")).lower() == _YES:
        entry.put("usage", Usage.DRAFT, "app:draft")
    entry.put("usage", _USAGES.get((fields.text("blogger:status") or "").lower()), "blogger:status")
    management = fields.named("newsmanagement")
    if management is not None:
        for name in ("publishing_status", "PublishingStatus"):
            status = xml.text_of(xml.child(management, name))
            entry.put("usage", _USAGES.get(status.lower()), name)


def _tombstone(fields: Fields, feed: _Feed) -> Entry:
    """A withdrawal. It has no content of its own, so what is never shown is said in its place."""
    entry = Entry()
    ref = xml.attribute(fields.record, "ref")
    entry.put("usage", Usage.WITHDRAWN, _TOMBSTONE)
    entry.put("id", own_id(ref or "", feed.link), "ref")
    entry.put("published", xml.attribute(fields.record, "when"), "when")
    entry.put("title", "A deleted entry", _TOMBSTONE)
    entry.put("paragraphs", (_line(fields.one("at:comment", "comment")) or "The publisher has deleted it.",), "comment")
    return entry


def _term(category: Element) -> str:
    return xml.attribute(category, "term") or xml.text_of(category)


# Text constructs (RFC 4287 section 3.1; Atom 0.3 has media types and a mode instead).


def _kind(element: Element) -> str:
    """``html``, ``xhtml``, ``text``, or nothing for what is no text (RFC 4287 section 4.1.3.3)."""
    kind = (xml.attribute(element, "type") or "text").lower().partition(";")[0].strip()
    if element.get("src") is not None or element.get("mode") == _LITERAL:
        return ""
    if len(element):
        return "xhtml" if kind in {"text", "html", "xhtml"} or "html" in kind or kind.startswith("text/") else ""
    if kind in {"html", "text/html", "xhtml", "application/xhtml+xml"}:
        return "html"
    if kind in {"text", "text/plain"}:
        return "html" if element.get("mode") == _ESCAPED else "text"
    return "text" if kind.startswith("text/") else ""


def _contents(fields: Fields) -> list[Element]:
    """The contents that are text, the richest first: Atom 0.3 allows several."""
    order = ("xhtml", "html", "text")
    found = [element for _, element in fields.all("content") if _kind(element)]
    return sorted(found, key=lambda element: order.index(_kind(element)))


def _body(element: Element, base: str | None) -> dict[str, Any]:
    kind, base = _kind(element), base_of(element, base)
    if not kind:
        return {}
    if kind == "text":
        return wording.paragraphs(element.text or "")
    body = {"html": xml.html_of(element)} if kind == "xhtml" else wording.written(element.text or "")
    if "html" in body:
        body["html"] = wording.absolute(body["html"], base)
    return body


def _line(element: Element | None) -> str:
    """A text construct on one line."""
    if element is None:
        return ""
    if _kind(element) == "html":
        return wording.line(element.text or "")
    return xml.text_of(element)


# Person constructs (RFC 4287 section 3.2).


def _people(fields: Fields, base: str | None) -> tuple[Person, ...]:
    found = [_person(element, base) for _, element in fields.all("author")]
    found += [Person(name) for _, name in fields.texts("dc:creator")] if not any(found) else []
    return tuple(person for person in found if person is not None)


def _person(element: Element, base: str | None) -> Person | None:
    values = {name: xml.text_of(xml.child(element, name)) for name in ("name", "email", "uri", "url")}
    name = values["name"] or (xml.text_of(element) if not len(element) else "")
    uri = values["uri"] or values["url"]
    if not (name or values["email"]):
        return None
    return Person(name, values["email"] or None, resolved(uri, base_of(element, base)) if uri else None)


PARSER: Final = Atom()
