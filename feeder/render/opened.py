"""What RSS and Atom say to people who open a feed in a browser: a style, and what this is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

if TYPE_CHECKING:
    from feeder.render import Head, Site

_XHTML: Final = "http://www.w3.org/1999/xhtml"
_WHAT_IT_IS: Final = "This is a feed: paste its address into a feed reader, and what is new comes to you. "
_WHERE_TO_GO: Final = "Read it as a page, and see how to subscribe"


def styled(site: Site, document: bytes) -> bytes:
    """A document that names its style (https://www.w3.org/TR/xml-stylesheet/), behind the XML declaration."""
    declaration, _, rest = document.partition(b"\n")
    address = escape(site.stylesheet).encode()
    return b'%s\n<?xml-stylesheet type="text/css" href="%s"?>\n%s' % (declaration, address, rest)


def introduce(parent: Any, head: Head, suffix: str) -> None:
    """Add to a channel or a feed what people read: its address, and a link to the page for them.

    XHTML, because no style can make a link of anything else. In a ``div`` it is welcome in both formats: the W3C's
    validator passes over it, and readers do not show it.
    """
    block = _add(parent, "div", lang="en", dir="ltr")
    _add(_add(block, "p", _WHAT_IT_IS), "code", head.feed_url(suffix))
    _add(_add(block, "p"), "a", _WHERE_TO_GO, href=head.about_url)


def _add(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    child = etree.SubElement(parent, f"{{{_XHTML}}}{tag}", nsmap={None: _XHTML}, **attributes)
    child.text = text
    return child
