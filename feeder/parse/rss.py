"""RSS: 0.90 to 0.94, 1.0 (RDF) and 2.0, with the modules that publishers use, an item at a time.

The body is ``content:encoded`` (or a full text by another name) before ``description``, which is then the summary.
What stands in the channel after its first item is not looked at: by then items have gone on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.parse import xml
from feeder.parse.syndication import enclosures, wording
from feeder.parse.syndication.entry import Entry, own_id, people, records
from feeder.parse.syndication.fields import Fields, base_of, language_of, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft, Person
    from feeder.parse import Reader
    from feeder.parse.xml import Element

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OF_RDF: Final = ("purl.org/rss/1.0/", "my.netscape.com/rdf/simple/0.9", "channel.netscape.com/rdf/simple/0.9")
_ITEMS: Final = frozenset({"item", "Item", "ITEM"})
_NO: Final = "false"

_BODIES: Final = ("content:encoded", "?:full-text", "?:fulltext", "xhtml:body", "atom:content")
_SUMMARIES: Final = ("description", "atom:summary", "dc:description", "dcterms:abstract", "itunes:summary")
_TITLES: Final = ("title", "atom:title", "dc:title", "itunes:title", "media:title")
_PUBLISHED: Final = (
    *("pubDate", "dc:date", "dcterms:issued", "dcterms:created", "dcterms:available", "atom:published"),
    *("prism:publicationDate", "published", "date", "atom:issued", "atom:updated", "dcterms:modified"),
)
_MODIFIED: Final = ("atom:updated", "atom:modified", "dcterms:modified", "prism:modificationDate", "updated", "lastmod")
_AUTHORS: Final = ("dc:creator", "author", "itunes:author")
_RIGHTS: Final = ("dc:rights", "dcterms:rights", "copyright", "media:copyright")
_KEYWORDS: Final = ("category", "dc:subject")
_LISTED_KEYWORDS: Final = ("media:keywords", "itunes:keywords")


@dataclass(frozen=True, slots=True)
class _Channel:
    """What the channel says of all its items."""

    title: str | None
    link: str | None
    language: str | None
    rights: str | None
    authors: tuple[Person, ...]


class Rss:
    """The parser of RSS."""

    name = "rss"
    precedence = 14
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (content alone)
        """By the root element; see ``Parser``."""
        root = xml.root_of(head)
        if root is None or root.local.lower() == "rss":
            return root is not None
        return root == (_RDF, "RDF") and any(known in text.glimpse(head) for known in _OF_RDF)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (its date is normalize's)
        """An article of each item; see ``Parser``."""
        stream = xml.Stream(reader, _ITEMS)
        channel: _Channel | None = None
        for found in records(stream):
            if not isinstance(found, tuple):
                yield found
                continue
            record, warnings = found
            channel = channel or _channel(stream.head)
            yield _entry(Fields(record), channel).draft(stream.encoding, warnings)


def _channel(root: Element) -> _Channel:
    element = xml.child(root, "channel")
    fields = Fields(root if element is None else element)
    authors = next((found for _, name in fields.texts("dc:creator", "itunes:author") if (found := people(name))), ())
    editor = people(fields.text("managingEditor") or "")
    return _Channel(
        title=wording.line(wording.title(fields.text("title", "dc:title") or "")) or None,
        link=fields.text("link"),
        language=fields.text("language", "dc:language") or language_of(fields.record),
        rights=fields.text("copyright", "dc:rights"),
        authors=authors or tuple(person for person in editor if person.name and person.email),
    )


def _entry(fields: Fields, channel: _Channel) -> Entry:
    entry = Entry()
    _address(entry, fields, channel)
    base = base_of(fields.record, entry.fields.get("link") or channel.link)
    _content(entry, fields, base)
    entry.moments(fields.texts(*_PUBLISHED), fields.texts(*_MODIFIED))
    entry.moment("embargoed", fields.texts("prism:embargoDate"))
    entry.moment("expires", fields.texts("prism:expirationDate", "expirationDate"))
    _labels(entry, fields, channel)
    media = enclosures.media(fields, base)
    entry.put("images", media.images, "media")
    entry.put("enclosures", media.enclosures, "enclosure")
    return entry


def _address(entry: Entry, fields: Fields, channel: _Channel) -> None:
    """The id and the link: a ``guid`` is a link too unless it says no, a link is never an id."""
    guid, about = fields.text("guid"), xml.attribute(fields.record, "about")
    if found := guid or about or fields.text("dc:identifier"):
        entry.put("id", own_id(found, channel.link), "guid" if guid else "about" if about else "dc:identifier")
    base = base_of(fields.record, channel.link)
    for place, link in _links(fields):
        entry.put("link", resolved(link, base), place)
    if guid and _is_permalink(fields) and guid.lower().startswith(("http://", "https://")):
        entry.put("link", guid, "guid")
    entry.put("link", about, "about")


def _links(fields: Fields) -> Iterator[tuple[str, str]]:
    yield from fields.texts("feedburner:origLink", "link")
    for place, element in fields.all("link", "atom:link"):
        href = xml.attribute(element, "href") or xml.attribute(element, "resource")
        if href and (xml.attribute(element, "rel") or "alternate") == "alternate":
            yield place, href


def _is_permalink(fields: Fields) -> bool:
    guid = fields.one("guid")
    return guid is not None and (xml.attribute(guid, "isPermaLink") or "").lower() != _NO


def _content(entry: Entry, fields: Fields, base: str | None) -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [
        (place, wording.body(element)) for place, element in fields.all(*_BODIES, *_SUMMARIES)
    ]
    for _, group in fields.all("media:group"):
        bodies += [("media:description", wording.body(found)) for found in xml.children(group, "description")]
    bodies += [(place, wording.body(element)) for place, element in fields.all("media:description")]
    entry.body(bodies, base)
    entry.summary(fields.texts(*_SUMMARIES, "itunes:subtitle"))
    entry.first("title", ((place, wording.title(found)) for place, found in fields.texts(*_TITLES)))
    entry.name_it()


def _labels(entry: Entry, fields: Fields, channel: _Channel) -> None:
    entry.first("language", fields.texts("dc:language", "language"))
    entry.put("language", language_of(fields.record), "xml:lang")
    entry.put("language", channel.language, "channel language")
    _authors(entry, fields, channel)
    entry.put("section", fields.text("prism:section"), "prism:section")
    entry.each("keywords", _keywords(fields))
    entry.each("places", fields.texts("georss:featureName", "dcterms:spatial"))
    entry.first("source", ((place, found) for place, found in fields.texts("source") if "://" not in found))
    entry.put("source", channel.title, "channel title")
    entry.first("rights", fields.texts(*_RIGHTS))
    entry.put("rights", channel.rights, "channel copyright")


def _authors(entry: Entry, fields: Fields, channel: _Channel) -> None:
    named = [(place, people(found)) for place, found in fields.texts(*_AUTHORS)]
    for name, element in fields.all("atom:author"):
        named.append((name, people(xml.text_of(xml.child(element, "name")))))
    place = next((place for place, found in named if found), "")
    entry.put("authors", tuple(person for at, found in named if at == place for person in found), place)
    entry.put("authors", channel.authors, "channel")


def _keywords(fields: Fields) -> Iterator[tuple[str, str]]:
    for place, found in fields.texts(*_KEYWORDS):
        yield place, wording.title(found)
    for place, element in fields.all("atom:category"):
        yield place, xml.attribute(element, "label") or xml.attribute(element, "term") or ""
    for place, found in fields.texts(*_LISTED_KEYWORDS):
        for word in found.split(","):
            yield place, word.strip()


PARSER: Final = Rss()
