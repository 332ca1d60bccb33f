"""RSS 2.0 and Atom 1.0 through feedgen; the only file that knows it.

feedgen writes a document from all of its entries. Here an article is rendered once, as the only child of a root that
declares the namespaces, and entries that stand in a row between a head and an end are what feedgen would have
written of them all.

Where feedgen falls short an extension of ours steps in: attributes of Atom's entry links, the language of an
entry, the marks of an archive (RFC 5005), several media and links in RSS, and what people read who open a feed in a
browser. feedgen takes the time of day for every
date that it is not given, and it writes RSS dates by switching the locale of the whole process, which another
thread would feel; so every date is given, and those of RSS are written here.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feeder.model import Tombstone
from feeder.render import moments, opened, shown
from feeder.render.heads import Heads
from feeder.render.plain_text import spelled_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.model import Article, Enclosure, Event, Person
    from feeder.render import Head, Site

ATOM: Final = "http://www.w3.org/2005/Atom"
CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
DUBLIN_CORE_TERMS: Final = "http://purl.org/dc/terms/"
MEDIA: Final = "http://search.yahoo.com/mrss/"
HISTORY: Final = "http://purl.org/syndication/history/1.0"
TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
GENERATOR: Final = "feeder"
"""Without a version: an upgrade alone does not change a document."""

_IN_RSS: Final = {"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE, "dcterms": DUBLIN_CORE_TERMS, "media": MEDIA}
_MEDIA_KINDS: Final = frozenset({"image", "audio", "video"})
_PICTURES_OF_RSS: Final = frozenset({"png", "jpg", "jpeg", "gif"})
_END_TAG: Final = re.compile(r"</\w")
_IN_CHANNELS: Final = ("title", "description", "copyright")
_IN_ITEMS: Final = ("title", "category", "dc:creator", "dc:rights", "media:title")
_IN_FEEDS: Final = ("title", "subtitle", "rights", "name")
_IN_ENTRIES: Final = ("title", "summary", "rights", "name")
"""The elements that hold plain text."""


class Rss:
    """The renderer of ``NAME.rss``: RSS 2.0 by the Advisory Board's profile.

    A retracted article is nothing here: the format has no tombstone.
    """

    media_type = "application/rss+xml; charset=utf-8"
    _end = b"  </channel>\n</rss>\n"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._heads = Heads(self._head, moments.rfc822)

    def entry(self, event: Event) -> bytes:
        """One ``item``, or nothing for a retracted article.

        Raises:
            ValueError: the article holds a character that XML forbids.
        """
        if event.article is None:
            return b""
        root = etree.Element("rss", nsmap=_IN_RSS)
        etree.SubElement(root, "channel").append(self._item(event, event.article).rss_entry())
        document: bytes = etree.tostring(root, pretty_print=True, encoding="utf-8")
        _, _, item = document.split(b"\n", 2)
        return spelled_out(item.removesuffix(self._end), _IN_ITEMS)

    def tombstone(self, gone: Tombstone) -> bytes:  # noqa: ARG002 (the contract's)
        """Nothing."""
        return b""

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:  # noqa: ARG002
        """A channel of ready items."""
        return b"".join((self._heads.of(head), *entries, self._end))

    def _head(self, head: Head) -> bytes:
        empty: bytes = self._channel(head).rss_str(pretty=True)
        return opened.styled(head.site, spelled_out(empty.removesuffix(self._end), _IN_CHANNELS))

    def _channel(self, head: Head) -> FeedGenerator:
        site, feed = head.site, head.feed
        channel = _generator(head)
        channel.description(_description(head))
        channel.link(href=head.url("rss"), rel="self", type="application/rss+xml")
        channel.link(href=head.home_url, rel="alternate")  # the last link given becomes the channel's
        if (icon := feed.icon or site.icon) and _is_picture_of_rss(icon):
            channel.image(url=icon, title=feed.title, link=head.home_url)
        # Its default is now and is always written; the extension writes the right one.
        channel._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 (there is no public way to unset it)
        channel.register_extension("channel", partial(_Channel, head), atom=False)
        return channel

    def _item(self, event: Event, article: Article) -> FeedEntry:
        page = self._site.article_url(event.slug)
        article = shown.in_full(article, self._site.base_url, page)
        item = FeedEntry()
        item.guid(event.article_id, permalink=False)
        item.title(article.title)
        item.link(href=page, rel="alternate")
        if article.summary:
            item.description(escape(article.summary, quote=False), isSummary=True)  # a description is HTML
        item.content(article.html, type="html")
        item.category([{"term": term} for term in shown.categories(article)])
        main = shown.main_enclosure(article)
        if main is not None:  # 0 is the profile's word for an unknown length
            item.enclosure(url=main.url, length=main.length or 0, type=main.type or shown.UNKNOWN_TYPE)
        item.register_extension("item", partial(_Item, event, article, main), atom=False)
        return item


class Atom:
    """The renderer of ``NAME.atom``: RFC 4287, with the tombstones of RFC 6721 and the archives of RFC 5005.

    A feed's ``id`` is the address of its Atom document, on the pages of its archive too.
    """

    media_type = "application/atom+xml; charset=utf-8"
    _end = b"</feed>\n"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._heads = Heads(self._head, moments.rfc3339)

    def entry(self, event: Event) -> bytes:
        """One ``entry``, or an ``at:deleted-entry`` for a retracted article.

        Raises:
            ValueError: the article holds a character that XML forbids.
        """
        if event.article is None:
            return self.tombstone(
                Tombstone(article_id=event.article_id, slug=event.slug, seq=event.seq, at=event.at, reason=event.reason)
            )
        root = etree.Element("feed", xmlns=ATOM)
        root.append(self._entry(event, event.article).atom_entry())
        document: bytes = etree.tostring(root, pretty_print=True, encoding="utf-8")
        _, _, entry = document.partition(b"\n")
        return spelled_out(entry.removesuffix(self._end), _IN_ENTRIES)

    def tombstone(self, gone: Tombstone) -> bytes:
        """An ``at:deleted-entry`` (RFC 6721 section 3).

        Its namespace is declared in it and not at the root: the W3C's validator warns of any that it does not know,
        and most documents hold no tombstone.
        """
        element = etree.Element(f"{{{TOMBSTONES}}}deleted-entry", nsmap={"at": TOMBSTONES})
        element.set("ref", gone.article_id)
        element.set("when", moments.rfc3339(gone.at))
        if gone.reason:
            _child(element, f"{{{TOMBSTONES}}}comment", gone.reason)
        found: bytes = etree.tostring(element, encoding="utf-8")
        return b"  " + found + b"\n"

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        """A feed of ready entries; the tombstones before them, as the schema of RFC 4287 has it of extensions."""
        return b"".join((self._heads.of(head), *tombstones, *entries, self._end))

    def _head(self, head: Head) -> bytes:
        empty: bytes = self._feed(head).atom_str(pretty=True)
        return opened.styled(head.site, spelled_out(empty.removesuffix(self._end), _IN_FEEDS))

    def _feed(self, head: Head) -> FeedGenerator:
        site, feed = head.site, head.feed
        document = _generator(head)
        document.id(head.feed_url("atom"))
        document.subtitle(feed.description or site.description or None)
        document.updated(head.updated)
        document.author(name=feed.author or site.author or site.title)  # for entries without: one is demanded
        document.link(href=head.url("atom"), rel="self", type="application/atom+xml")
        document.link(href=head.home_url, rel="alternate", type="text/html")
        for link in _further_links(head, "atom", "application/atom+xml"):
            document.link(link)
        document.icon(feed.icon or site.icon)
        document.logo(feed.icon or site.icon)
        document.register_extension("feed", partial(_Feed, head), rss=False)
        return document

    def _entry(self, event: Event, article: Article) -> FeedEntry:
        page = self._site.article_url(event.slug)
        article = shown.in_full(article, self._site.base_url, page)
        entry = FeedEntry()
        entry.id(event.article_id)
        entry.title(article.title)
        entry.published(moments.published(article, event.at))
        entry.updated(updated := moments.updated(article, event))
        if article.summary:
            entry.summary(**_summary(article.summary))
        entry.content(article.html, type="html")
        entry.category([{"term": term} for term in shown.categories(article)])
        entry.author([_person(person) for person in shown.authors(article)])
        entry.rights(article.rights)
        links = _links(article, page)
        entry.link(links)
        entry.register_extension("entry", partial(_Entry, article.language, links, updated), rss=False)
        return entry


class _Channel:
    """feedgen extension: what RSS channels need and feedgen does not write."""

    def __init__(self, head: Head) -> None:
        self._head = head

    def extend_ns(self) -> dict[str, str]:
        return _IN_RSS | _history(self._head)

    def extend_rss(self, rss: Any) -> Any:
        head, channel = self._head, rss[0]
        _child(channel, "lastBuildDate", moments.rfc822(head.updated))
        for link in _further_links(head, "rss", "application/rss+xml"):
            _child(channel, f"{{{ATOM}}}link", **link)
        _mark_archive(channel, head)
        opened.introduce(channel, head, "rss")
        return rss


class _Item:
    """feedgen extension: dates, people, language, rights, media and the page elsewhere of an RSS item."""

    def __init__(self, event: Event, article: Article, main: Enclosure | None) -> None:
        self._event = event
        self._article = article
        self._main = main

    def extend_rss(self, item: Any) -> Any:
        article, event = self._article, self._event
        _child(item, "pubDate", moments.rfc822(moments.published(article, event.at)))
        self._dublin_core(item)
        if article.modified:  # not by atom:updated, which some readers take for the date before they see pubDate
            _child(item, f"{{{DUBLIN_CORE_TERMS}}}modified", moments.rfc3339(moments.updated(article, event)))
        if article.link:
            _child(item, f"{{{ATOM}}}link", href=article.link, rel="related")
        for found in (*article.images, *article.enclosures):
            if found is not self._main:
                _media(item, found, "image" if found in article.images else None)
        return item

    def _dublin_core(self, item: Any) -> None:
        """RSS's own ``author`` must be an e-mail address, and language and rights are the channel's only."""
        for person in shown.authors(self._article):
            _child(item, f"{{{DUBLIN_CORE}}}creator", person.name)
        if self._article.language:
            _child(item, f"{{{DUBLIN_CORE}}}language", self._article.language)
        if self._article.rights:
            _child(item, f"{{{DUBLIN_CORE}}}rights", self._article.rights)


class _Entry:
    """feedgen extension: what feedgen loses of an Atom entry: of its links, its language and its milliseconds."""

    def __init__(self, language: str | None, links: list[dict[str, str]], updated: datetime) -> None:
        self._language = language
        self._links = links
        self._updated = updated

    def extend_atom(self, entry: Any) -> Any:
        if self._language:
            entry.set(XML_LANG, self._language)
        entry.find("updated").text = moments.rfc3339(self._updated)
        for element, link in zip(entry.findall("link"), self._links, strict=True):
            for name, value in link.items():
                element.set(name, value)
        return entry


class _Feed:
    """feedgen extension: the moment of an Atom feed, and what makes it a page of an archive (RFC 5005 section 4)."""

    def __init__(self, head: Head) -> None:
        self._head = head

    def extend_ns(self) -> dict[str, str]:
        return _history(self._head)

    def extend_atom(self, feed: Any) -> Any:
        feed.find("updated").text = moments.rfc3339(self._head.updated)
        _mark_archive(feed, self._head)
        opened.introduce(feed, self._head, "atom")
        return feed


def _history(head: Head) -> dict[str, str]:
    """The namespace of an archive's mark, where there is one."""
    return {} if head.page is None else {"fh": HISTORY}


def _mark_archive(parent: Any, head: Head) -> None:
    if head.page is not None:
        _child(parent, f"{{{HISTORY}}}archive")


def _further_links(head: Head, suffix: str, kind: str) -> list[dict[str, str]]:
    """How to go on from here: the live stream, who tells of changes, and the pages of the archive."""
    links = []
    if head.stream_url:
        links.append({"href": head.stream_url, "rel": "alternate", "type": "text/event-stream"})
    if head.hub:
        links.append({"href": head.hub, "rel": "hub"})
    if head.page is not None:
        links.append({"href": head.feed_url(suffix), "rel": "current", "type": kind})
    if previous := head.previous_url(suffix):
        links.append({"href": previous, "rel": "prev-archive", "type": kind})
    return links


def _generator(head: Head) -> FeedGenerator:
    """A feedgen document with what RSS and Atom say alike."""
    generator = FeedGenerator()
    generator.title(head.feed.title)
    generator.language(head.feed.language or head.site.language)
    generator.rights(head.feed.rights or head.site.rights)
    generator.generator(GENERATOR)
    return generator


def _description(head: Head) -> str:
    """RSS demands one; the title is the last resort."""
    return head.feed.description or head.site.description or head.feed.title


def _summary(text: str) -> dict[str, str]:
    """A text construct (RFC 4287 section 3.1): plain text, or HTML if it would be taken for HTML all the same."""
    if _END_TAG.search(text):
        return {"summary": escape(text, quote=False), "type": "html"}
    return {"summary": text, "type": "text"}


def _is_picture_of_rss(address: str) -> bool:
    """Whether a channel may show it: RSS knows PNG, JPEG and GIF only. Without an extension nobody can tell."""
    name = urlsplit(address).path.rpartition("/")[2]
    return "." not in name or name.rpartition(".")[2].lower() in _PICTURES_OF_RSS


def _person(person: Person) -> dict[str, str | None]:
    """A person construct (RFC 4287 section 3.2)."""
    return {"name": person.name, "email": shown.addr_spec(person.email), "uri": person.uri}


def _links(article: Article, page: str) -> list[dict[str, str]]:
    """The links of an Atom entry: its page, the page elsewhere, and everything enclosed."""
    alternate = {"href": page, "rel": "alternate", "type": "text/html"}
    related = [{"href": article.link, "rel": "related"}] if article.link else []
    return [alternate, *related, *map(_enclosure_link, shown.enclosed(article))]


def _enclosure_link(found: Enclosure) -> dict[str, str]:
    """An enclosure as a link of Atom (RFC 4287 section 4.2.7)."""
    length = None if found.length is None else str(found.length)
    link = {"href": found.url, "rel": "enclosure", "type": found.type, "length": length, "title": found.title}
    return {name: value for name, value in link.items() if value is not None}


def _media(item: Any, found: Enclosure, medium: str | None) -> None:
    """A ``media:content`` of its own (a ``media:group`` is for renditions of one and the same thing)."""
    content = _child(item, f"{{{MEDIA}}}content", url=found.url)
    if found.type:
        content.set("type", found.type)
        kind = found.type.partition("/")[0]
        medium = kind if kind in _MEDIA_KINDS else "document"
    if medium:
        content.set("medium", medium)
    if found.length:  # a positive number, if any
        content.set("fileSize", str(found.length))
    if found.title:
        _child(content, f"{{{MEDIA}}}title", found.title, type="plain")


def _child(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    child = etree.SubElement(parent, tag, **attributes)
    child.text = text
    return child
