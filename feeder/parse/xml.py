"""XML, read safely: whole documents, and endless ones a record at a time.

The parser is libxml2 with everything off that reaches outside of the document: no DTD is ever shown to it (see
``xml_text``), nothing is loaded, nothing recovered; it bounds depth (256) and text (10 MB) itself. Elements are
found by their local names: too many files of the wire formats and feeds have a wrong namespace, or none.
"""

from __future__ import annotations

from copy import deepcopy
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lxml import etree

from feeder import text
from feeder.errors import SeedError, UnfinishedError
from feeder.parse import xml_text
from feeder.parse.xml_text import Name, root_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import TypeAlias

    from feeder.parse import Reader

    Element: TypeAlias = Any
    """An element of lxml, which has no types."""

__all__ = [
    "LARGEST_RECORD",
    "Name",
    "Stream",
    "Tree",
    "attribute",
    "bare",
    "child",
    "children",
    "document",
    "html_of",
    "inner_html",
    "local",
    "records",
    "root_of",
    "text_of",
    "tree",
    "without",
]

LARGEST_RECORD: Final = 4 * 1_048_576
"""Bytes of a record in a file of several, and of what stands before the first one and is kept."""

_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_BREAKS: Final = frozenset("br p li td th tr div hl1 hl2 h1 h2 h3 h4 h5 h6".split())  # noqa: SIM905
_UNWANTED: Final = "feeder-unwanted"
_HARDENED: Final = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
    "encoding": "utf-8",
}


class Tree(NamedTuple):
    """A whole document: its root element, the encoding it was in, and what was odd about it."""

    root: Element
    encoding: str
    warnings: tuple[str, ...]


def document(raw: bytes) -> Element:
    """The root element of a whole document; see ``tree``."""
    return tree(raw).root


def tree(raw: bytes) -> Tree:
    """A whole document, in whatever encoding it really is.

    Raises:
        UnfinishedError: it is cut off.
        SeedError: it is not well-formed, or its DTD declares entities; ``line`` says where.
    """
    said = xml_text.declared(raw)
    decoded, encoding = text.decode(raw, declared=said)
    cleaner = xml_text.Cleaner()
    parser = etree.XMLParser(**_HARDENED)
    try:
        parser.feed(cleaner.feed(decoded, last=True).encode())
    except etree.XMLSyntaxError as error:
        raise _refusal(error) from None
    try:
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise (_refusal(error) if _is_of_prefixes(parser) else _cut_off(error)) from None
    return Tree(root, encoding, (*xml_text.doubts(encoding, said, is_ascii=raw.isascii()), *cleaner.warnings))


def _refusal(error: Any) -> SeedError:
    return SeedError(f"not well-formed XML: {_message(error)}", line=error.lineno)


def _cut_off(error: Any) -> UnfinishedError:
    """What the parser finds only when there is no more: the end is missing."""
    return UnfinishedError(f"the XML is cut off: {_message(error)}", line=error.lineno)


def _is_of_prefixes(parser: Any) -> bool:
    """Whether all that is wrong are prefixes without a namespace: told at the end, though nothing is missing there."""
    return all(entry.type_name.startswith("NS_ERR") for entry in parser.feed_error_log)


def _message(error: Any) -> str:
    return " ".join((error.msg or "").partition(", line ")[0].split())[:200]


class Stream:
    """The records of a document of any size, in bounded memory: iterate over it.

    Yields each finished element whose local name is among ``locals`` (the outermost, where they nest), or the
    ``SeedError`` of one that is larger than ``LARGEST_RECORD``. An element is emptied when the next one is asked for.
    A syntax error is raised after the records before it, with its line.
    """

    def __init__(self, reader: Reader, locals: Collection[str]) -> None:  # noqa: A002 (local names)
        self._locals = locals
        self._texts = xml_text.Texts(reader)
        self._cleaner = xml_text.Cleaner()
        self._parser = etree.XMLPullParser(events=("start", "end"), **_HARDENED)
        self._fed = 0
        self._began = 0
        self._record: Element = None
        self._head: Element = None
        self._ahead: list[Element | SeedError] = []
        self._found = self._read()

    @property
    def head(self) -> Element:
        """The root element with all that stands before the first record, without the records; a copy.

        Reads up to the end of the first record if nothing has been read yet.
        """
        if self._head is None:
            self._ahead.extend(record for record in [next(self._found, None)] if record is not None)
        return self._head

    @property
    def encoding(self) -> str:
        """Python's name of the encoding, as far as it is known by now."""
        return self._texts.encoding

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was odd about the document so far."""
        return (*self._texts.warnings, *self._cleaner.warnings)

    def __iter__(self) -> Iterator[Element | SeedError]:
        while self._ahead:
            yield self._ahead.pop()
        yield from self._found

    def _read(self) -> Iterator[Element | SeedError]:
        piece: str | None = ""
        while piece is not None:
            piece = self._texts.read()
            error = self._feed(piece)
            for event, element in self._parser.read_events():
                if self._record is None or element is self._record:
                    yield from self._seen(event, element)
                elif event == "end" and self._is_too_large():
                    _free(element)  # it is refused anyway
            if error is not None:
                raise error

    def _feed(self, piece: str | None) -> SeedError | None:
        """Hands the next text to the parser (all is said with None); what it says against it."""
        data = self._cleaner.feed(piece or "", last=piece is None).encode()
        self._fed += len(data)
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as error:
            return _refusal(error)
        try:
            if piece is None:
                self._parser.close()
        except etree.XMLSyntaxError as error:
            return None if _is_of_prefixes(self._parser) else _cut_off(error)
        return None

    def _seen(self, event: str, element: Element) -> Iterator[Element | SeedError]:
        if event == "start":
            if local(element) in self._locals:
                self._record, self._began = element, self._fed
                self._head = _before(element) if self._head is None else self._head
        elif element is self._record:
            yield self._whole(element)
            self._record = None
            _free(element)
        elif self._is_superfluous(element):
            _free(element)

    def _whole(self, record: Element) -> Element | SeedError:
        if self._is_too_large():
            return SeedError(f"a record of more than {LARGEST_RECORD} bytes", line=record.sourceline)
        return record

    def _is_too_large(self) -> bool:
        return self._fed - self._began > LARGEST_RECORD

    def _is_superfluous(self, element: Element) -> bool:
        """Whether a finished element outside of records is needed no more."""
        if self._head is None and element.getparent() is None:
            self._head = element
        return self._head is not None or self._fed > LARGEST_RECORD


def records(reader: Reader, locals: Collection[str]) -> Iterator[Element | SeedError]:  # noqa: A002
    """The records of a document of any size; see ``Stream``."""
    return iter(Stream(reader, locals))


def _before(record: Element) -> Element:
    """A copy of the document up to an element: its ancestors with the siblings before each of them."""
    path = [*reversed(list(record.iterancestors())), record]
    top = parent = etree.Element(path[0].tag, path[0].attrib, path[0].nsmap)
    for level, following in pairwise(path):
        parent.text = level.text
        for sibling in level.iterchildren():
            if sibling is following:
                break
            parent.append(_copied(sibling))
        if following is not record:
            parent = etree.SubElement(parent, following.tag, following.attrib, following.nsmap)
    return top


def _copied(element: Element) -> Element:
    copied = deepcopy(element)
    copied.tail = None
    return copied


def _free(element: Element) -> None:
    """Forgets what is in an element and the siblings before it."""
    if element.getparent() is None:
        return
    element.clear(keep_tail=False)
    while element.getprevious() is not None:
        del element.getparent()[0]


# Small readers, blind to namespaces.


def local(element: Element) -> str:
    """An element's local name."""
    name: str = element.tag
    return name.rpartition("}")[2]


def children(element: Element, *path: str) -> Iterator[Element]:
    """The elements reached by a path of local names, in the document's order: all branches are followed."""
    first, *rest = path
    for found in element.iterchildren(f"{{*}}{first}"):
        if rest:
            yield from children(found, *rest)
        else:
            yield found


def child(element: Element, *path: str) -> Element | None:
    """The first element reached by a path of local names (``child(rss, "channel", "title")``)."""
    return next(children(element, *path), None)


def attribute(element: Element, name: str) -> str | None:
    """An attribute's value by its local name, without blanks at its edges; None if it is not there or empty."""
    value = element.get(name)
    if value is None:
        value = next((element.get(key) for key in element.attrib if key.endswith(f"}}{name}")), None)
    return (value or "").strip() or None


def text_of(element: Element | None) -> str:
    """The text of an element and all within it, white space collapsed; a line break is white space too."""
    if element is None:
        return ""
    if not len(element):
        return " ".join((element.text or "").split())
    pieces: list[str] = []
    for event, found in etree.iterwalk(element, events=("start", "end")):
        is_break = local(found) in _BREAKS
        if event == "start":
            pieces += [" " if is_break else "", found.text or ""]
        elif found is not element:
            pieces += [" " if is_break else "", found.tail or ""]
    return " ".join("".join(pieces).split())


def html_of(element: Element) -> str:
    """What is in an element, as HTML: its markup without namespaces. Unsafe still; ``normalize`` sanitises it."""
    return inner_html(bare(element))


def bare(element: Element) -> Element:
    """A copy of an element without namespaces, that may be changed; ``xml:lang`` becomes ``lang``."""
    copied = _copied(element)
    for found in copied.iter():
        found.tag = local(found)
        language = found.get(_XML_LANG)
        for name in [name for name in found.attrib if name.startswith("{")]:
            del found.attrib[name]
        if language and found.get("lang") is None:
            found.set("lang", language)
    etree.cleanup_namespaces(copied)
    return copied


def inner_html(element: Element) -> str:
    """What is in a bare element, as HTML."""
    inner = (etree.tostring(part, method="html", encoding="unicode") for part in element)
    return escape(element.text or "", quote=False) + "".join(inner)


def without(element: Element, unwanted: Collection[Element]) -> None:
    """Takes some of the elements below one out of it, their content too; the text behind them stays. Linear."""
    for found in unwanted:
        found.tag = _UNWANTED
    etree.strip_elements(element, _UNWANTED, with_tail=False)
