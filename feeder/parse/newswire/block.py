"""The text of an article as the wire formats carry it: NITF, XHTML or plain text, within an element or escaped.

What comes out is HTML (NITF's block tags mapped to HTML's) or paragraphs, with the byline and the media that stood
among them. What a format marks as not for publication never comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Final

from feeder import byline
from feeder.errors import SeedError
from feeder.model import Enclosure
from feeder.parse import plain, xml
from feeder.parse.newswire import iptc_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from feeder.parse.findings import Findings
    from feeder.parse.xml import Element

_AS_HTML: Final = {  # NITF 3.6, block content
    **dict.fromkeys(("hl1", "hl2"), "h2"),
    **dict.fromkeys(("block", "body.content", "abstract", "note", "nitf-table"), "div"),
    **dict.fromkeys(("byline", "dateline", "distributor", "tagline", "postaddr", "datasource", "credit"), "p"),
    **dict.fromkeys(("fn", "bibliography", "nitf-table-metadata"), "p"),
    "bq": "blockquote",
    "lang": "span",
    **dict.fromkeys(("TEXT", "INGRESS", "BRODTEXT"), "div"),  # TTNITF, what TT makes of NITF
    "RUBRIK": "h1",
    "MELLIS": "h3",
    "CITAT": "blockquote",
}
_BLOCKS: Final = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol dl pre table blockquote section article figure hr body".split()  # noqa: SIM905
)
_UNSEEN: Final = frozenset("head header footer nav script style form template title dat bild".split())  # noqa: SIM905
_MARKUP: Final = re.compile(
    r"</?(?:p|br|div|h[1-6]|ul|ol|table|pre|b|i|em|strong|a|span|html|body)\b[^<>]*>", re.IGNORECASE
)
_NITF: Final = re.compile(r"<(?:\w+:)?nitf\b")
_SENTENCE_END: Final = re.compile("[.!?\u3002][\"'\u201d\u2019\u00bb)]*$")
_MOST_LOOKED_AT: Final = 12
"""Among how many elements a byline is looked for: above it are notes on what is new and points, but no sentence."""
_LONGEST_LOOK: Final = 65_536
_COLUMNS: Final = re.compile(r"\S {3,40}\S")
_FEWEST_ROWS: Final = 4

NOT_FOR_READERS: Final = "a note that is not for publication was left out"
"""What the author is told of a note to editors."""


@dataclass(slots=True)
class Block:
    """What a piece of content holds; ``html`` or ``paragraphs`` has its text."""

    html: str | None = None
    paragraphs: tuple[str, ...] | None = None
    byline: str = ""
    heading: str = ""
    deck: str = ""
    images: list[Enclosure] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is no text in it."""
        return not (self.html or self.paragraphs)

    def add_to(self, found: Findings, place: str) -> None:
        """Adds what is in it to the findings of an article."""
        found.add("html", self.html, place)
        found.add("paragraphs", None if self.html else self.paragraphs, place)
        found.add("byline", self.byline, "first paragraph")
        found.add("authors", iptc_xml.people(self.byline), "first paragraph")
        found.add("images", tuple(self.images), "media")
        found.add("enclosures", tuple(self.enclosures), "media")


def joined(blocks: Sequence[Block]) -> Block:
    """Several pieces as one, in their order."""
    whole = Block(heading=next((each.heading for each in blocks if each.heading), ""))
    whole.byline = next((each.byline for each in blocks if each.byline), "")
    for each in blocks:
        whole.images += each.images
        whole.enclosures += each.enclosures
        whole.warnings += each.warnings
    if any(each.html for each in blocks):
        whole.html = "\n".join(each.html or _as_html(each.paragraphs or ()) for each in blocks)
    else:
        whole.paragraphs = tuple(line for each in blocks for line in each.paragraphs or ()) or None
    return whole


def _as_html(paragraphs: Iterable[str]) -> str:
    return "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)


def of_element(content: Element, *, title: str = "") -> Block:
    """The text within an element that has block content of NITF or XHTML; a heading that is the title is left out."""
    found = Block()
    copy = xml.bare(content)
    xml.without(copy, list(_unwanted(copy, found)))
    for element in list(copy.iter()):
        _mend(element)
        element.tag = _AS_HTML.get(element.tag) or element.tag.lower()
        if element.tag == "p" and not len(element) and element is not copy:
            _split(element)
    xml.without(copy, list(_opening(copy, title, found)))
    if not any(element.tag in _BLOCKS for element in copy.iterdescendants()):
        lines = "".join(copy.itertext()) if copy.find(".//br") is None else _with_breaks(copy)
        found.paragraphs = plain.paragraphs(lines.split("\n")) or None
    elif xml.text_of(copy):
        found.html = xml.inner_html(copy)
    return found


def _mend(element: Element) -> None:
    """Takes out of an element's text what does not belong there, and parts a dateline from the text behind it."""
    if element.text:
        element.text = iptc_xml.once_more(element.text)
    if element.tail:
        element.tail = iptc_xml.once_more(element.tail)
        if element.get("class") == "dateline" and element.tail[0].isalnum():
            element.tail = f" {element.tail}"


def _split(paragraph: Element) -> None:
    """Makes a paragraph of each of those that lines set in begin within one; all set in, they are the file's own."""
    lines = (paragraph.text or "").split("\n")
    if len(lines) >= _FEWEST_ROWS and sum(1 for line in lines if _COLUMNS.search(line)) * 2 >= len(lines):
        paragraph.tag = "pre"  # a table of results, set with blanks
        return
    below = [line for line in lines[1:] if line.strip()]
    if not (any(line.startswith("   ") for line in below) and any(not line[0].isspace() for line in below)):
        return
    parts: list[list[str]] = [[]]
    for line in lines:
        if not line.strip() or line.startswith("   "):
            parts.append([])
        parts[-1].append(line)
    first, *others = [" ".join(" ".join(part).split()) for part in parts if any(map(str.strip, part))]
    paragraph.text = first
    for other in reversed(others):
        sibling = paragraph.makeelement("p")
        sibling.text = other
        paragraph.addnext(sibling)


def _with_breaks(copy: Element) -> str:
    for element in copy.iter("br"):
        element.text = "\n"
    return "".join(copy.itertext())


def of_text(content: str, *, title: str = "") -> Block:
    """The text of a content that is text itself: plain, or markup that was escaped or put into CDATA."""
    if _NITF.search(content, 0, _LONGEST_LOOK) and (inner := _document(content)) is not None:
        bodies = [found for found in inner.iter() if xml.local(found) == "body.content"]
        return of_element(bodies[0] if bodies else inner, title=title)
    if _MARKUP.search(content):
        fragment = _document(f"<div>{content}</div>")
        return Block(html=content) if fragment is None else of_element(fragment, title=title)
    lines = iptc_xml.once_more(content).replace("\r\n", "\n").split("\n")
    return Block(paragraphs=plain.paragraphs(lines) or None)


def _document(content: str) -> Element | None:
    try:
        return xml.document(content.encode())
    except SeedError:
        return None


def is_for_editors(note: Element) -> bool:
    """Whether a note of NITF is no text for readers (``npa``: a non-publishable advisory)."""
    return xml.local(note) == "note" and (note.get("type") or "").lower() == "npa"


def _unwanted(copy: Element, found: Block) -> Iterator[Element]:
    """What is no text of the article: media (kept beside it), heads and feet of pages, what is for editors only."""
    for element in copy.iterdescendants():
        if element.tag == "media":
            _keep(element, found)
            yield element
        elif element.tag == "BYLINE":
            found.byline = found.byline or xml.text_of(element)
            yield element
        elif element.tag.lower() in _UNSEEN or "notepad" in (element.get("class") or "").split():
            yield element
        elif is_for_editors(element):
            found.warnings.append(NOT_FOR_READERS)
            yield element


def _opening(copy: Element, title: str, found: Block) -> Iterator[Element]:
    """What stands at the beginning and is no paragraph: the title once more, a line below it, a byline."""
    is_at_top = not (copy.text or "").strip()
    elements = copy.iterdescendants("h1", "h2", "h3", "h4", "p", "li", "pre") if is_at_top else iter(())
    for element in islice(elements, _MOST_LOOKED_AT):
        line = xml.text_of(element)
        if element.tag == "p" and byline.is_byline(line):
            found.byline = line
            yield element
            return
        if line and is_at_top and _is_title(element, line, title, found, copy):
            yield element
        elif line:
            is_at_top = False
            if _SENTENCE_END.search(line):
                return


def _is_title(element: Element, line: str, title: str, found: Block, copy: Element) -> bool:
    """Whether a heading before the text is the title, or belongs to it and is not the first of several in the text."""
    if element.tag == "h1" and not found.heading:
        found.heading = line
        return True
    if element.tag != "h2" or next(islice(copy.iterdescendants("h2"), 1, None), None) is not None:
        return False
    found.deck = "" if line.casefold() == title.casefold() else line
    return True


def _keep(media: Element, found: Block) -> None:
    """A picture or another medium of NITF: the first of its renditions that has an address."""
    reference = next((part for part in media.iter("media-reference") if part.get("source")), None)
    if reference is None:
        return
    kind = (media.get("media-type") or "").lower()
    mime = (reference.get("mime-type") or "").lower()
    caption = " ".join(filter(None, (xml.text_of(part) for part in media.iter("media-caption"))))
    enclosure = Enclosure(
        url=reference.get("source").strip(),
        type=mime or None,
        title=caption or reference.get("alternate-text") or None,
    )
    if not re.search(r"[./]", enclosure.url):
        found.warnings.append(f"a medium has no address but a code, left out: {enclosure.url[:80]!r}")
        return
    (
        found.images if kind in {"image", "photo", "graphic", ""} or mime.startswith("image/") else found.enclosures
    ).append(enclosure)
