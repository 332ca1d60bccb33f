"""An HTML page as a tree: decoded by what its bytes and its head say, parsed within limits."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from lxml import etree, html

from feeder import text
from feeder.errors import SeedError
from feeder.parse.structured_data import json_ld
from feeder.parse.structured_data.values import bare, is_web

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRESCANNED: Final = 16_384
"""Bytes that are searched for a declared encoding; the HTML standard has 1024, saved pages need more."""
_CHARSET: Final = re.compile(rb"<meta\b[^<>]{0,300}?\bcharset\s*=\s*[\"']?\s*([a-zA-Z0-9:_.-]{2,40})", re.IGNORECASE)
_XML_ENCODING: Final = re.compile(rb"^\s{0,80}<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"']([a-zA-Z0-9:_.-]{2,40})")
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^<>]{0,200}\?>")
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_SEPARATORS: Final = re.compile(r"[-_.:\s]+")
_FORMATTING: Final = re.compile(r"</?(?:font|b|i|u|big|small|tt|strong|em|span|center)\b[^<>]*+>", re.IGNORECASE)
_UTF: Final = "utf"
_CUT_OFF: Final = re.compile(r"<(?:[a-zA-Z/!][^<>]*+)?\Z")
_OPENING: Final = re.compile(r"<!--|<(script|style)\b[^<>]*+>", re.IGNORECASE)
_TAIL: Final = 1_000
"""Characters in which the last tag of a page begins."""
MOST_ELEMENTS: Final = 60_000
"""Elements of a page; a long front page has 6,000."""


@dataclass(frozen=True)
class Page:
    """A page: its tree, its encoding and what to tell the author of that."""

    source: str
    tree: Any
    encoding: str
    warnings: tuple[str, ...] = field(default=())

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """The contents of the ``meta`` elements, and of schema.org's RDFa properties, by their folded names.

        ``article:published_time`` and ``articlePublishedTime`` are one; a ``property`` may hold several names.
        """
        found: dict[str, list[str]] = {}
        for element in self.tree.iter():
            content = element.get("content")
            names = _names(element) if content else ()
            for name in {folded(name.removeprefix("schema:")) for name in names}:
                found.setdefault(name, []).append(bare(content or ""))
        return found

    @cached_property
    def title(self) -> str:
        """What the page's ``title`` element says."""
        found = self.tree.find("head/title")
        found = self.tree.find(".//title") if found is None else found
        return "" if found is None else bare(content_of(found))

    @cached_property
    def canonical(self) -> str | None:
        """The page's own address, as it says."""
        links = (link.get("href") or "" for link in self.linked("canonical"))
        return next((link.strip() for link in links if link.strip()), next(iter(self.metas.get("ogurl", ())), None))

    @cached_property
    def base(self) -> str | None:
        """The absolute address that the page's links are relative to, where it says one."""
        found = self.tree.find(".//base")
        given = (None if found is None else found.get("href"), self.canonical)
        return next((address.strip() for address in given if address and is_web(address.strip())), None)

    def linked(self, relation: str) -> Iterator[Any]:
        """The ``link`` elements of a relation."""
        return (link for link in self.tree.iter("link") if relation in (link.get("rel") or "").lower().split())

    def json_ld(self) -> tuple[list[object], tuple[str, ...]]:
        """The JSON-LD documents of the page, and warnings about those that cannot be read."""
        documents: list[object] = []
        warnings: list[str] = []
        for script in self.tree.iter("script"):
            if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
                continue
            try:
                documents.append(json_ld.read(content_of(script)))
            except SeedError as error:
                warnings += [f"{error.reason} was left out"] if content_of(script).strip() else []
        return documents, tuple(warnings)


def _names(element: Any) -> list[str]:
    """What an element with a ``content`` says the name of that is; one in the body counts as RDFa of schema.org."""
    properties = (element.get("property") or "").split()
    if element.tag != "meta":
        return [name for name in properties if name.startswith("schema:")]
    return [*properties, *filter(None, (element.get("name"), element.get("http-equiv")))]


def folded(name: str) -> str:
    """A name in lower case without what parts its words."""
    return _SEPARATORS.sub("", name).lower()


def read(raw: bytes) -> Page:
    """The page that some bytes are.

    Raises:
        SeedError: it cannot be decoded (see ``text.decode``), there is nothing in it, or far too much.
    """
    declared = _declared(raw)
    decoded, encoding = text.decode(raw, declared=declared)
    decoded = text.clean(decoded)
    tree, notes = _tree(decoded)
    is_told = declared is not None and not declared.lower().startswith(_UTF) and _is_known(declared)
    return Page(decoded, tree, encoding, (*notes, *(() if is_told else text.doubts(encoding))))


def content_of(element: Any) -> str:
    """All text below an element."""
    return "".join(element.itertext()) if len(element) else element.text or ""


def is_cut_off(source: str) -> bool:
    """Whether a page ends where no page ends; a missing ``</html>`` is no sign of that, many omit it."""
    if _CUT_OFF.search(source, max(0, len(source) - _TAIL)):
        return True
    lowered, at = source.lower(), 0
    while found := _OPENING.search(source, at):
        end = f"</{found[1].lower()}" if found[1] else "-->"
        at = lowered.find(end, found.end() if found[1] else found.start() + 2)
        if at < 0:
            return found[1] is not None and not found[0].endswith("/>")
    return False


def _without_xml(decoded: str) -> str:
    """XHTML as HTML: ``<script/>`` and ``<title/>`` end in the one what they begin, in the other they do not."""
    head = decoded[:_PRESCANNED]
    if not head.lstrip().startswith("<?xml") or "<!ENTITY" in head:
        return decoded
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_pis=True)
    try:
        tree = etree.fromstring(_XML_DECLARATION.sub("", decoded, count=1).encode(), parser)
    except (etree.LxmlError, ValueError):
        return decoded
    for element in tree.iter(f"{_XHTML}*"):
        element.tag = element.tag.removeprefix(_XHTML)
    etree.cleanup_namespaces(tree)
    return str(etree.tostring(tree, method="html", encoding="unicode"))


def _declared(raw: bytes) -> str | None:
    head = raw[:_PRESCANNED]
    found = _CHARSET.search(head) or _XML_ENCODING.search(head)
    return found[1].decode("ascii") if found else None


def _is_known(encoding: str) -> bool:
    try:
        return bool(codecs.lookup(encoding))
    except LookupError:
        return False


def _tree(decoded: str) -> tuple[Any, tuple[str, ...]]:
    """The tree of some HTML and warnings; tags of mere formatting that nobody closed may not bury the rest."""
    decoded = _without_xml(decoded)
    tree, is_too_deep = _parsed(decoded)
    notes: tuple[str, ...] = ()
    if is_too_deep:
        tree, is_too_deep = _parsed(_FORMATTING.sub("", decoded))
        notes = ("the page has more than 256 elements within each other; its bold, italic and coloured text is plain",)
    if is_too_deep:
        raise SeedError("the page has more than 256 elements within each other")
    if tree is None:
        raise SeedError("no HTML: there is no element in it")
    if sum(1 for _ in zip(tree.iter(), range(MOST_ELEMENTS + 1), strict=False)) > MOST_ELEMENTS:
        raise SeedError(f"the page has more than {MOST_ELEMENTS} elements, which is no single article")
    return tree, notes


def _parsed(decoded: str) -> tuple[Any, bool]:
    """The tree of some HTML, hardened (no network, no entities of its own); and whether it was too deep for that."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(decoded.encode(), parser)
    except (etree.LxmlError, ValueError) as error:
        raise SeedError("no HTML: nothing of it can be parsed") from error
    return tree, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
