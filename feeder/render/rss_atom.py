"""RSS 2.0 and Atom 1.0 through feedgen; the only file that knows it.

feedgen writes a document from all of its entries. Here an article is rendered once, as the only entry of an
otherwise empty document, and what that document has more than the empty one is the entry: its namespaces are
declared at the root, and entries that stand in a row between a head and an end are, byte for byte, what
feedgen would have written of them all.

Where feedgen falls short an extension of ours steps in: attributes of Atom's entry links, the language of an
entry, tombstones (RFC 6721), several media and links in RSS. feedgen takes the time of day for every date that
it is not given, and it writes RSS dates by switching the locale of the whole process, which another thread
would feel; so every date is given, and those of RSS are written here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Final

from feedgen.feed import FeedGenerator
from lxml import etree

from feeder import media
from feeder.model import Feed
from feeder.render import Head, moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Article, Enclosure, Event
    from feeder.render import Site

ATOM: Final = "http://www.w3.org/2005/Atom"
DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
MEDIA: Final = "http://search.yahoo.com/mrss/"
TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
GENERATOR: Final = "feeder"
"""Without a version: an upgrade alone does not change a document."""

_MEDIA_KINDS: Final = frozenset({"image", "audio", "video"})


class Rss:
    """The renderer of ``NAME.rss``: RSS 2.0 by the Advisory Board's profile.

    A retracted article is nothing here: the format has no tombstone.
    """

    media_type = "application/rss+xml; charset=utf-8"
    _end = b"  </channel>\n</rss>\n"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._empty = self._channel(_any_head(site)).rss_str(pretty=True).removesuffix(self._end)

    def entry(self, event: Event) -> bytes:
        """One ``item``, or nothing for a retracted article.

        Raises:
            ValueError: the article holds a character that XML forbids.
        """
        if event.article is None:
            return b""
        channel = self._channel(_any_head(self._site))
        self._add_item(channel, event, event.article)
        document: bytes = channel.rss_str(pretty=True)
        return document.removeprefix(self._empty).removesuffix(self._end)

    def document(self, head: Head, entries: Sequence[bytes]) -> bytes:
        """A channel of ready items."""
        empty: bytes = self._channel(head).rss_str(pretty=True)
        return b"".join((empty.removesuffix(self._end), *entries, self._end))

    def _channel(self, head: Head) -> FeedGenerator:
        site, feed = head.site, head.feed
        channel = _generator(head)
        channel.description(_description(head))
        channel.link(href=site.feed_url(feed.name, "rss"), rel="self", type="application/rss+xml")
        channel.link(href=f"{site.base_url}/", rel="alternate")  # the last link given becomes the channel's
        if icon := feed.icon or site.icon:
            channel.image(url=icon, title=feed.title, link=f"{site.base_url}/")
        # Its default is now and is always written; the extension writes the right one.
        channel._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 (there is no public way to unset it)
        channel.register_extension("channel", partial(_Channel, head), atom=False)
        return channel

    def _add_item(self, channel: FeedGenerator, event: Event, article: Article) -> None:
        article = media.addressed(article, self._site.base_url)
        item = channel.add_entry(order="append")
        item.guid(event.article_id, permalink=False)
        item.title(article.title)
        item.link(href=self._site.article_url(event.slug), rel="alternate")
        if article.summary:
            item.description(escape(article.summary, quote=False), isSummary=True)  # a description is HTML
        item.content(article.html, type="html")
        item.category([{"term": term} for term in _categories(article)])
        main = _main_enclosure(article)
        if main is not None:
            item.enclosure(url=main.url, length=main.length, type=main.type)
        item.register_extension("item", partial(_Item, event, article, main), atom=False)


class Atom:
    """The renderer of ``NAME.atom``: RFC 4287, with the tombstones of RFC 6721.

    A feed's ``id`` is the address of its Atom document.
    """

    media_type = "application/atom+xml; charset=utf-8"
    _end = b"</feed>\n"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._empty = self._feed(_any_head(site)).atom_str(pretty=True).removesuffix(self._end)

    def entry(self, event: Event) -> bytes:
        """One ``entry``, or an ``at:deleted-entry`` for a retracted article.

        Raises:
            ValueError: the article holds a character that XML forbids.
        """
        feed = self._feed(_any_head(self._site), tombstone=event if event.article is None else None)
        if event.article is not None:
            self._add_entry(feed, event, event.article)
        document: bytes = feed.atom_str(pretty=True)
        return document.removeprefix(self._empty).removesuffix(self._end)

    def document(self, head: Head, entries: Sequence[bytes]) -> bytes:
        """A feed of ready entries."""
        empty: bytes = self._feed(head).atom_str(pretty=True)
        return b"".join((empty.removesuffix(self._end), *entries, self._end))

    def _feed(self, head: Head, tombstone: Event | None = None) -> FeedGenerator:
        site, feed = head.site, head.feed
        address = site.feed_url(feed.name, "atom")
        document = _generator(head)
        document.id(address)
        document.subtitle(feed.description or site.description or None)
        document.updated(head.updated)
        document.author(name=feed.author or site.author or site.title)  # for entries without: one is demanded
        document.link(href=address, rel="self", type="application/atom+xml")
        document.link(href=f"{site.base_url}/", rel="alternate", type="text/html")
        document.link(href=site.stream_url(feed.name, head.cursor), rel="alternate", type="text/event-stream")
        document.icon(feed.icon or site.icon)
        document.register_extension("tombstones", partial(_Tombstones, tombstone), rss=False)
        return document

    def _add_entry(self, feed: FeedGenerator, event: Event, article: Article) -> None:
        article = media.addressed(article, self._site.base_url)
        entry = feed.add_entry(order="append")
        entry.id(event.article_id)
        entry.title(article.title)
        entry.published(moments.published(article, event.at))
        entry.updated(moments.updated(article, event.at))
        entry.summary(article.summary or None, type="text")
        entry.content(article.html, type="html")
        entry.category([{"term": term} for term in _categories(article)])
        entry.author(_authors(article))
        entry.rights(article.rights)
        links = self._links(event, article)
        entry.link(links)
        entry.register_extension("entry", partial(_Entry, article.language, links), rss=False)

    def _links(self, event: Event, article: Article) -> list[dict[str, str]]:
        page = {"href": self._site.article_url(event.slug), "rel": "alternate", "type": "text/html"}
        related = [{"href": article.link, "rel": "related"}] if article.link else []
        return [page, *related, *map(_enclosure_link, (*article.enclosures, *article.images))]


class _Channel:
    """feedgen extension: what RSS channels need and feedgen does not write."""

    def __init__(self, head: Head) -> None:
        self._head = head

    def extend_ns(self) -> dict[str, str]:
        return {"dc": DUBLIN_CORE, "media": MEDIA}

    def extend_rss(self, rss: Any) -> Any:
        head, channel = self._head, rss[0]
        _child(channel, "lastBuildDate", moments.rfc822(head.updated))
        stream = head.site.stream_url(head.feed.name, head.cursor)
        _child(channel, f"{{{ATOM}}}link", href=stream, rel="alternate", type="text/event-stream")
        return rss


class _Item:
    """feedgen extension: dates, people, language, rights and media of an RSS item."""

    def __init__(self, event: Event, article: Article, main: Enclosure | None) -> None:
        self._event = event
        self._article = article
        self._main = main

    def extend_rss(self, item: Any) -> Any:
        article, at = self._article, self._event.at
        _child(item, "pubDate", moments.rfc822(moments.published(article, at)))
        self._dublin_core(item)
        if article.modified:
            _child(item, f"{{{ATOM}}}updated", moments.updated(article, at).isoformat())
        for found in (*article.images, *article.enclosures):
            if found is not self._main:
                _media(item, found)
        return item

    def _dublin_core(self, item: Any) -> None:
        """RSS's own ``author`` must be an e-mail address, and language and rights are the channel's only."""
        for name in _names(self._article):
            _child(item, f"{{{DUBLIN_CORE}}}creator", name)
        if self._article.language:
            _child(item, f"{{{DUBLIN_CORE}}}language", self._article.language)
        if self._article.rights:
            _child(item, f"{{{DUBLIN_CORE}}}rights", self._article.rights)


class _Entry:
    """feedgen extension: what feedgen loses of an Atom entry's links, and the entry's language."""

    def __init__(self, language: str | None, links: list[dict[str, str]]) -> None:
        self._language = language
        self._links = links

    def extend_atom(self, entry: Any) -> Any:
        if self._language:
            entry.set(XML_LANG, self._language)
        for element, link in zip(entry.findall("link"), self._links, strict=True):
            for name, value in link.items():
                element.set(name, value)
        return entry


class _Tombstones:
    """feedgen extension: a retracted article in an Atom feed (RFC 6721 section 3)."""

    def __init__(self, event: Event | None) -> None:
        self._event = event

    def extend_ns(self) -> dict[str, str]:
        return {"at": TOMBSTONES}

    def extend_atom(self, feed: Any) -> Any:
        if self._event is not None:
            when = self._event.at.isoformat()
            _child(feed, f"{{{TOMBSTONES}}}deleted-entry", ref=self._event.article_id, when=when)
        return feed


def _generator(head: Head) -> FeedGenerator:
    """A feedgen document with what RSS and Atom say alike."""
    generator = FeedGenerator()
    generator.title(head.feed.title)
    generator.language(head.feed.language or head.site.language)
    generator.rights(head.feed.rights or head.site.rights)
    generator.generator(GENERATOR)
    return generator


def _any_head(site: Site) -> Head:
    """The head of a document that is only made for what follows it."""
    return Head(site=site, feed=Feed(name="all", title="-"), updated=datetime.fromtimestamp(0, UTC), cursor="0")


def _description(head: Head) -> str:
    """RSS demands one; the title is the last resort."""
    return head.feed.description or head.site.description or head.feed.title


def _categories(article: Article) -> list[str]:
    """The section and the keywords, each once."""
    return list(dict.fromkeys((*filter(None, (article.section,)), *article.keywords)))


def _names(article: Article) -> list[str]:
    """Who wrote it, as names; the byline where no person is known."""
    return [person.name for person in article.authors] or list(filter(None, (article.byline,)))


def _authors(article: Article) -> list[dict[str, str | None]]:
    """Person constructs (RFC 4287 section 3.2)."""
    people: list[dict[str, str | None]] = [
        {"name": person.name, "email": person.email, "uri": person.uri} for person in article.authors
    ]
    return people or [{"name": name} for name in _names(article)]


def _main_enclosure(article: Article) -> Enclosure | None:
    """The one enclosure that RSS allows: the first whose length and type are known, as it demands both.

    Where nothing else is enclosed it is an image.
    """
    everything = (*article.enclosures, *article.images)
    return next((found for found in everything if found.length is not None and found.type), None)


def _enclosure_link(found: Enclosure) -> dict[str, str]:
    """An enclosure as a link of Atom (RFC 4287 section 4.2.7)."""
    length = None if found.length is None else str(found.length)
    link = {"href": found.url, "rel": "enclosure", "type": found.type, "length": length, "title": found.title}
    return {name: value for name, value in link.items() if value is not None}


def _media(item: Any, found: Enclosure) -> None:
    """A ``media:content`` of its own (a ``media:group`` is for renditions of one and the same thing)."""
    content = _child(item, f"{{{MEDIA}}}content", url=found.url)
    if found.type:
        content.set("type", found.type)
        medium = found.type.partition("/")[0]
        content.set("medium", medium if medium in _MEDIA_KINDS else "document")
    if found.length is not None:
        content.set("fileSize", str(found.length))
    if found.title:
        _child(content, f"{{{MEDIA}}}title", found.title, type="plain")


def _child(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    child = etree.SubElement(parent, tag, **attributes)
    child.text = text
    return child
