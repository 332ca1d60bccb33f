"""What is said of a prepared document: the headers of each of its codings, for all roads that serve it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.codings import IDENTITY
from feeder.render import search_stream_path
from feeder.web.headers.conditional import format_date

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.web.parts import Document, Parts

CACHE_CONTROL: Final = "public, no-cache"
"""Anyone may keep it, and asks before using it: a retraction is never hidden by a cache, and asking is cheap."""

ON_ALL: Final = {"Server": "feeder", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
"""What every answer says, whatever it is."""

ON_ALL_THAT_CLOSE: Final = {"Server": ON_ALL["Server"], "Connection": "close"} | ON_ALL
"""The same of one after which the connection ends, in the order in which aiohttp has it."""

CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Delta-Base, ETag, IM, Last-Modified, Link",
}
"""Every page may read what everyone may read."""

_POLICY: Final = "default-src 'none'; sandbox"
"""Who opens a feed in a browser gets no script to run in the site's name."""

_OPENED: Final = {
    "Content-Type": "application/xml; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; sandbox",
}
"""What is said to a browser that opens a feed of XML, so that it shows it, and in its style.

What is sent as ``application/rss+xml`` or ``application/atom+xml`` Chromium shows as plain text and Firefox saves. The
style may come from the site although ``sandbox`` takes its origin from the document: ``'self'`` is whoever sent it.
"""

OPENING: Final = "document"
"""The ``Sec-Fetch-Dest`` of who opens an address in a browser (https://www.w3.org/TR/fetch-metadata/)."""

_STREAM: Final = 'rel="alternate"; type="text/event-stream"'


def sizes(found: Document) -> dict[str, int]:
    """How many bytes the document has in each coding."""
    return {IDENTITY: len(found.body)} | {coding: len(body) for coding, body in found.encoded.items()}


def body_of(found: Document, coding: str) -> bytes:
    """The bytes of one coding."""
    return found.body if coding == IDENTITY else found.encoded[coding]


def unchanged(found: Document, coding: str, link: str, now: datetime) -> dict[str, str]:
    """What a 304 says (RFC 9110 section 15.4.5), and the 200 that it stands for says too.

    No date of change is said that is yet to come (section 8.8.2.1): after a step of the clock there is none for a
    while, as one that went back would hide changes.
    """
    changed = found.last_modified
    date = {"Last-Modified": format_date(changed)} if changed and changed <= now else {}
    return {
        "ETag": found.etag_of(coding),
        **date,
        "Cache-Control": CACHE_CONTROL,
        "Vary": _vary(found),
        "Link": link,
        **CORS,
    }


def whole(found: Document, coding: str, link: str, now: datetime, *, opening: bool = False) -> dict[str, str]:
    """What a 200 says, but for its length; ``opening`` if a browser opens the address."""
    coded = {} if coding == IDENTITY else {"Content-Encoding": coding}
    kind = {"Content-Type": found.media_type, "Content-Security-Policy": _POLICY}
    if opening and _is_shown(found):
        kind = _OPENED
    return unchanged(found, coding, link, now) | kind | coded


def _is_shown(found: Document) -> bool:
    """Whether a browser that opens it can show it in a style."""
    return found.media_type.partition(";")[0].endswith("+xml")


def _vary(found: Document) -> str:
    return "Accept-Encoding, Sec-Fetch-Dest" if _is_shown(found) else "Accept-Encoding"


def feed_links(parts: Parts, name: str, suffix: str, found: Document) -> str:
    """The document's own address, its hub, and the live stream from its last event on (RFC 8288).

    The stream's is a path: it holds by whichever name the document was reached. A subscriber looks for hub and self
    here first (WebSub section 4).
    """
    own = f'<{parts.site.feed_url(name, suffix)}>; rel="self"'
    hub = f', <{parts.site.hub}>; rel="hub"' if parts.site.hub else ""
    return f"{own}{hub}, {_stream_link(parts, name, found)}, {_html_link(parts.site.about_url(name))}"


def _html_link(address: str) -> str:
    """The page that says the same to people."""
    return f'<{address}>; rel="alternate"; type="text/html"'


def _stream_link(parts: Parts, name: str, found: Document) -> str:
    live = parts.path(f"/events?feed={name}&since={found.cursor}")
    return f"<{live}>; {_STREAM}"


def search_links(parts: Parts, query: str, suffix: str, found: Document) -> str:
    """The address of what is found for a query as it was understood, and the live stream of it from there on."""
    live = parts.path(search_stream_path(query, found.cursor))
    page = _html_link(parts.site.search_url(query))
    return f'<{parts.site.search_url(query, suffix)}>; rel="self", <{live}>; {_STREAM}, {page}'


def list_links(parts: Parts) -> str:
    """The address of the list of all feeds."""
    return f'<{parts.site.base_url}/feeds.opml>; rel="self"'


def page_links(parts: Parts, name: str, number: int, suffix: str, found: Document) -> str:
    """The address of a page of the archive, of the feed it belongs to and of the page before it (RFC 5005 section 4).

    And the live stream, from the last event of the page's articles on.
    """
    own, feed = parts.site.page_url(name, number, suffix), parts.site.feed_url(name, suffix)
    before = f', <{parts.site.page_url(name, number - 1, suffix)}>; rel="prev-archive"' if number > 1 else ""
    return f'<{own}>; rel="self", <{feed}>; rel="current"{before}, {_stream_link(parts, name, found)}'


def delta(found: Document, coding: str, link: str, now: datetime, base: str) -> dict[str, str]:
    """What a 226 says (RFC 3229 section 10.4.1): of the whole document that the client has then, and from which one.

    ``im`` lets those keep it who know what it is, ``no-store`` keeps all others from taking it for the feed (10.8.3).
    """
    return whole(found, coding, link, now) | {
        "Cache-Control": "no-store, im",
        "Vary": f"A-IM, If-None-Match, {_vary(found)}",
        "IM": "feed",
        "Delta-Base": base,
    }
