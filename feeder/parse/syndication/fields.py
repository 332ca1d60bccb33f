"""The elements of one entry of a feed by what they mean, whatever prefixes and spellings the feed uses.

A name is that of the vocabulary's own prefix (``dc:creator``, ``content:encoded``, ``media:content``); an element of
the feed's own format stands without one. Case does not count, because feeds write ``pubdate`` and ``Item`` too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from feeder.parse import xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.parse.xml import Element

_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_PREFIXES: Final = {  # by namespace without scheme, www. and a slash at the end: feeds write those in every way
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/terms": "dcterms",
    "w3.org/2005/atom": "atom",
    "purl.org/atom/ns#": "atom",
    "search.yahoo.com/mrss": "media",
    "itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "georss.org/georss": "georss",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "prismstandard.org/namespaces/basic/2.0": "prism",
    "prismstandard.org/namespaces/basic/2.1": "prism",
    "prismstandard.org/namespaces/1.2/basic": "prism",
    "purl.org/rss/1.0/modules/prism": "prism",
    "w3.org/2007/app": "app",
    "purl.org/atom/app#": "app",
    "purl.org/atompub/tombstones/1.0": "at",
    "schemas.google.com/blogger/2018": "blogger",
    "w3.org/1999/xhtml": "xhtml",
    "w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
_WORDPRESS: Final = re.compile(r"wordpress\.org/export/1\.\d/?(?P<excerpt>excerpt)?")
_SCHEME: Final = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


class Fields:
    """The children of an entry by name; ``record`` is the element itself."""

    def __init__(self, record: Element) -> None:
        self.record = record
        self._named: dict[str, list[Element]] = {}
        own = _namespace(record)
        for element in record.iterchildren():
            namespace = _namespace(element)
            prefix = "" if namespace == own else prefix_of(namespace)
            name = xml.local(element).lower()
            self._named.setdefault(f"{prefix}:{name}" if prefix else name, []).append(element)

    def all(self, *names: str) -> Iterator[tuple[str, Element]]:
        """The elements of these names with their names, those of the first name first."""
        for name in names:
            for element in self._named.get(name.lower(), ()):
                yield name, element

    def one(self, *names: str) -> Element | None:
        """The first of them that has anything in it."""
        return next((found for _, found in self.all(*names) if len(found) or (found.text or "").strip()), None)

    def texts(self, *names: str) -> Iterator[tuple[str, str]]:
        """Their texts with their names, each on one line; no text is empty."""
        for name, element in self.all(*names):
            if found := xml.text_of(element):
                yield name, found

    def text(self, *names: str) -> str | None:
        """The first text."""
        return next((found for _, found in self.texts(*names)), None)

    def named(self, local: str) -> Element | None:
        """The first element of a local name in a vocabulary that is not known here."""
        return self.one(f"?:{local}")


def prefix_of(namespace: str) -> str:
    """The usual prefix of a vocabulary; ``?`` for one that is not known, nothing for none."""
    bare = _SCHEME.sub("", namespace).rstrip("/").lower()
    if written := _WORDPRESS.match(bare):
        return "excerpt" if written["excerpt"] else "wp"
    return _PREFIXES.get(bare, "?" if bare else "")


def language_of(element: Element) -> str | None:
    """The ``xml:lang`` that holds for an element."""
    return next((found for at in _lineage(element) if (found := at.get(f"{_XML}lang"))), None)


def base_of(element: Element, otherwise: str | None = None) -> str | None:
    """The address that relative ones within an element are relative to (XML Base section 4)."""
    base = otherwise or ""
    for at in reversed(list(_lineage(element))):
        base = resolved(at.get(f"{_XML}base") or "", base)
    return base or None


def resolved(address: str, base: str | None) -> str:
    """An address without blanks around it, absolute if its base is one of the web."""
    address = address.strip()
    if not (base or "").lower().startswith(("http://", "https://")):
        return address
    try:
        return urljoin(base or "", address)
    except ValueError:  # what is in brackets is no IPv6 address
        return address


def _lineage(element: Element) -> Iterator[Element]:
    yield element
    yield from element.iterancestors()


def _namespace(element: Element) -> str:
    name: str = element.tag
    return name[1:].partition("}")[0] if name.startswith("{") else ""
