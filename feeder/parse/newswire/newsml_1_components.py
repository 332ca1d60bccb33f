"""The tree of components of a ``NewsItem`` of NewsML 1, walked once: what is text, caption, picture.

Linear in the size of the item: what a component's role means for all below it is handed down, never looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.model import Enclosure
from feeder.parse import xml
from feeder.parse.newswire import iptc_xml

if TYPE_CHECKING:
    from feeder.parse.xml import Element

_PICTURE_SUFFIX: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|tiff?)$", re.IGNORECASE)
_NO_ADDRESS: Final = re.compile(r"(?:urn|tag|cid|#)")
_PICTURES: Final = frozenset({"photo", "picture", "image", "graphic", "cartoon"})
_MEDIA: Final = frozenset({"video", "audio", "animation", "sound"})
_CAPTIONS: Final = frozenset({"caption", "captionwriter", "caption text"})
_BODIES: Final = ("body", "main", "story", "text", "")
"""Roles of components that have the text, the surest first; those that have none are next to them."""
_ASIDE: Final = frozenset({"stylesheet", "script", "contact", "tweettext", "tweet", "boilerplate", "note", "advisory"})
"""Roles of components that are beside the article: never its text."""
_NO_TEXT: Final = re.compile(r"text/(?:css|.*script)|(?!text/)[^/]+/(?!.*(?:xml|html|nitf|json|plain))", re.IGNORECASE)
_PARTS: Final = {"title": "title", "headline": "title", "lead": "summary", "lede": "summary", "abstract": "summary"}
"""Roles of components that have a part of the article each, beside its body: the field that they are."""


def formal(element: Element | None) -> str:
    """A controlled value: its formal name, or its text where a provider writes it so."""
    return "" if element is None else xml.attribute(element, "FormalName") or xml.text_of(element)


@dataclass(frozen=True, slots=True)
class Content:
    """A ``ContentItem``, the role of its component, and the component whose renditions it is one of."""

    element: Element
    role: str
    owner: Element

    @property
    def kind(self) -> str:
        """What it is: its media type, in lower case, or the beginning of its MIME type."""
        mime = formal(xml.child(self.element, "MimeType")).lower().partition("/")[0]
        return formal(xml.child(self.element, "MediaType")).lower() or mime

    @property
    def medium(self) -> str:
        """``image``, another kind of medium, or nothing."""
        kind = self.kind
        if kind in _PICTURES or (not kind and _PICTURE_SUFFIX.search(xml.attribute(self.element, "Href") or "")):
            return "image"
        return kind if kind in _MEDIA else ""

    @property
    def address(self) -> str:
        """Where a medium is."""
        href = xml.attribute(self.element, "Href") or ""
        return href if self.medium and not _NO_ADDRESS.match(href) else ""

    @property
    def area(self) -> int:
        """Its pixels, 0 if they are not told."""
        sizes = {
            (xml.attribute(each, "FormalName") or "").lower().removeprefix("pixel"): iptc_xml.number(
                xml.attribute(each, "Value")
            )
            or 0
            for each in xml.children(self.element, "Characteristics", "Property")
        }
        return sizes.get("width", 0) * sizes.get("height", 0)

    @property
    def rank(self) -> int:
        """How surely it is the article's text, by its role: 0 is the surest."""
        return _BODIES.index(self.role) if self.role in _BODIES else len(_BODIES)

    @property
    def is_beside(self) -> bool:
        """Whether it is something for machines, or a text that is not the article's."""
        return self.role in _ASIDE or _NO_TEXT.match(formal(xml.child(self.element, "MimeType"))) is not None

    @property
    def has_text(self) -> bool:
        """Whether there is any text in it."""
        return bool(xml.text_of(xml.child(self.element, "DataContent")))


class Components:
    """What the components of a news item hold, in the document's order.

    ``bodies`` are contents that may be the text, ``parts`` those that are a title or a lead (with the field's name),
    ``captions`` the texts of captions by the component that they are about, ``lines`` the news lines outside of
    captions. What is an alternative of an earlier content (``EquivalentsList``) is left out.
    """

    def __init__(self, item: Element) -> None:
        self.bodies: list[Content] = []
        self.parts: list[tuple[str, Content]] = []
        self.captions: dict[Element, str] = {}
        self.lines: list[Element] = []
        self._media: list[Content] = []
        self._walk(item, item, None)

    def media(self) -> list[tuple[str, Enclosure]]:
        """The pictures and other media with their kinds, of each component the largest one."""
        owners: dict[Element, list[Content]] = {}
        for content in self._media:
            owners.setdefault(content.owner, []).append(content)
        return [self._largest(owner, contents) for owner, contents in owners.items()]

    def _largest(self, owner: Element, contents: list[Content]) -> tuple[str, Enclosure]:
        best = max(contents, key=lambda content: content.area)
        mime = formal(xml.child(best.element, "MimeType")).lower() or None
        title = self.captions.get(owner) or xml.text_of(xml.child(owner, "NewsLines", "HeadLine"))
        return best.medium, Enclosure(url=best.address, type=mime, title=title or None)

    def _walk(self, component: Element, whole: Element, caption_of: Element | None) -> None:
        """Takes in a component.

        ``whole`` is what it would be a rendition of, ``caption_of`` the one that all in it is a caption of.
        """
        role = formal(xml.child(component, "Role")).lower()
        caption_of = component.getparent() if caption_of is None and role in _CAPTIONS else caption_of
        owner = whole if role else component
        below = None if _has_body(component) else component
        is_list = (xml.attribute(component, "EquivalentsList") or "").lower() == "yes"
        seen: set[str] = set()
        for child in component.iterchildren("{*}NewsComponent", "{*}ContentItem", "{*}NewsLines"):
            name = xml.local(child)
            if is_list and name in seen:
                continue
            seen.add(name)
            if name == "NewsComponent":
                self._walk(child, child if below is None else below, caption_of)
            elif name == "NewsLines":
                self.lines += [child] if caption_of is None else []
            else:
                self._take(Content(child, role, owner), caption_of)

    def _take(self, content: Content, caption_of: Element | None) -> None:
        if content.medium:
            self._media += [content] if content.address else []
        elif caption_of is not None:
            self.captions.setdefault(caption_of, xml.text_of(xml.child(content.element, "DataContent")))
        elif content.role in _PARTS:
            self.parts.append((_PARTS[content.role], content))
        elif not content.is_beside:
            self.bodies.append(content)


def _has_body(component: Element) -> bool:
    """Whether a component directly below has a text that is no caption: what has a role there is no rendition."""
    texts = (part for part in xml.children(component, "NewsComponent") if _is_text(part))
    return any(formal(xml.child(part, "Role")).lower() not in _CAPTIONS for part in texts)


def _is_text(component: Element) -> bool:
    return xml.child(component, "ContentItem", "DataContent") is not None
