"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1); an item is also what the stream sends of an event.

Keys stand in a fixed order and absent values are left out. What the format has no word for stands in
``_feeder``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.render import moments, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Article, Enclosure, Event, Person, Tombstone
    from feeder.render import Head, Site

VERSION: Final = "https://jsonfeed.org/version/1.1"

_LINE_BREAKS: Final = {character.encode(): f"\\u{ord(character):04x}".encode() for character in "\x85\u2028\u2029"}
"""JSON may hold these as they are, but readers that split a stream by ``splitlines`` break at them."""


class JsonFeed:
    """The renderer of ``NAME.json``, and of the stream's data."""

    media_type = "application/feed+json; charset=utf-8"

    def __init__(self, site: Site) -> None:
        self._site = site

    def entry(self, event: Event) -> bytes:
        """One item on one line; of a retracted article only its id, its address and the fact.

        Raises:
            ValueError: the article holds what JSON cannot (half of a surrogate pair).
        """
        return _line(self._retraction(event) if event.article is None else self._item(event, event.article))

    def tombstone(self, gone: Tombstone) -> bytes:
        """What a document says of an article that it shows no more: no item, as that would need content."""
        return _line(
            _present(
                id=gone.article_id,
                url=self._site.article_url(gone.slug),
                seq=gone.seq,
                at=gone.at.isoformat(),
                reason=gone.reason,
            )
        )

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        """A feed with an item a line, so that two versions can be compared line by line."""
        top = _line(self._top(head)).removesuffix(b"}}")  # the last member is an object, and stays open
        gone = b',"tombstones":[\n' + b",\n".join(tombstones) + b"\n]" if tombstones else b""
        return b"".join((top, gone, b'},"items":[\n', b",\n".join(filter(None, entries)), b"\n]}\n"))

    def _item(self, event: Event, article: Article) -> dict[str, Any]:
        page = self._site.article_url(event.slug)
        article = shown.in_full(article, self._site.base_url, page)
        return _present(
            id=event.article_id,
            url=page,
            external_url=article.link,
            title=article.title,
            content_html=article.html,
            summary=article.summary or None,
            image=article.images[0].url if article.images else None,
            date_published=moments.rfc3339(moments.published(article, event.at)),
            date_modified=moments.rfc3339(moments.updated(article, event)) if article.modified else None,
            authors=[_author(person) for person in shown.authors(article)],
            tags=shown.categories(article),
            language=article.language,
            attachments=[_attachment(found) for found in shown.enclosed(article)],
            _feeder=_present(**self._facts(event), **_particulars(article)),
        )

    def _retraction(self, event: Event) -> dict[str, Any]:
        return {
            "id": event.article_id,
            "url": self._site.article_url(event.slug),
            "_feeder": _present(**self._facts(event), reason=event.reason, retracted=True),
        }

    def _facts(self, event: Event) -> dict[str, Any]:
        """What ``_feeder`` says of every event.

        ``feeds`` are those that show the article from this event on, so that who follows a section sees a story
        leave it; of a retracted one, those that it leaves.
        """
        return {
            "seq": event.seq,
            "version": event.version,
            "at": event.at.isoformat(),
            "feeds": self._site.feeds_of(event),
            "backfill": event.backfill or None,
        }

    def _top(self, head: Head) -> dict[str, Any]:
        site, feed = head.site, head.feed
        author = feed.author or site.author
        return _present(
            version=VERSION,
            title=feed.title,
            home_page_url=head.home_url,
            feed_url=head.url("json"),
            description=feed.description or site.description or None,
            next_url=head.previous_url("json"),
            icon=feed.icon or site.icon,
            language=feed.language or site.language,
            authors=[{"name": author}] if author else None,
            hubs=[{"type": "WebSub", "url": head.hub}] if head.hub else None,
            _feeder=_present(
                cursor=head.cursor or None,
                stream=head.stream_url,
                updated=head.updated.isoformat(),
                rights=feed.rights or site.rights,
                current=None if head.page is None else head.feed_url("json"),
            ),
        )


def _particulars(article: Article) -> dict[str, Any]:
    """What ``_feeder`` says of an article that is shown."""
    return {
        "published_precision": article.published_precision,
        "section": article.section,
        "byline": article.byline,
        "dateline": article.dateline,
        "places": article.places,
        "subjects": article.subjects,
        "source": article.source,
        "rights": article.rights,
        "correction": article.correction,
        "supersedes": article.supersedes,
        "related": article.related,
        "urgency": article.urgency,
        "expires": article.expires.isoformat() if article.expires else None,
    }


def _author(person: Person) -> dict[str, Any]:
    return _present(name=person.name, url=person.uri or (f"mailto:{person.email}" if person.email else None))


def _attachment(found: Enclosure) -> dict[str, Any]:
    return _present(
        url=found.url, mime_type=found.type or shown.UNKNOWN_TYPE, title=found.title, size_in_bytes=found.length
    )


def _present(**members: Any) -> dict[str, Any]:
    """The members that have a value; an empty list is none, an empty text is one."""
    return {name: value for name, value in members.items() if value is not None and value not in ([], ())}


def _line(value: dict[str, Any]) -> bytes:
    try:
        line = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from error
    for raw, escaped in _LINE_BREAKS.items():
        line = line.replace(raw, escaped)
    return line
