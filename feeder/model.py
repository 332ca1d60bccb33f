"""The nouns of the road: what a seed, a draft, an article, an event and a feed are.

Everything here is a frozen value. A ``Draft`` is what a parser found (untrusted, everything optional); an
``Article`` is what ``normalize`` made of it (complete, safe, aware datetimes). Nobody behind ``normalize``
checks again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

Precision = Literal["day", "minute", "second"]
"""How exactly a moment was written; a day keeps its day in every output."""


class Kind(StrEnum):
    """What an event says of its article; the value is the event's name on the stream."""

    PUBLISHED = "published"
    UPDATED = "updated"
    CORRECTED = "corrected"
    RETRACTED = "retracted"


class Usage(StrEnum):
    """What the author lets be done with an article (the wire formats call it pubStatus)."""

    USABLE = "usable"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Seed:
    """One file below the seeds folder as a look saw it; equal values mean the same, unchanged file.

    ``path`` is relative to the folder, with ``/``, and carries undecodable bytes as surrogates
    (``os.fsdecode``). Times are in nanoseconds. ``ctime_ns`` tells a rewrite that kept an old mtime.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Person:
    """A person construct (RFC 4287 section 3.2)."""

    name: str
    email: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A related resource: an image or another attachment; ``length`` is in bytes where it is known."""

    url: str
    type: str | None = None
    length: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a parser found in a file: untrusted, everything optional.

    Dates are as found: text, or what the format itself yields (TOML has dates and times); ``normalize`` reads
    them. A body is given once: ``paragraphs`` (plain text, literal) or ``html`` (anything, sanitised later).
    ``where`` names the place each field came from; ``warnings`` are oddities for the author to see. The address of
    an image or an enclosure is absolute, or a path as the author wrote it: of a file beside the article.

    ``member`` is the name of the file within an archive that it came from, and ``format`` what that file is; they
    then stand for the archive's own.
    """

    member: str | None = None
    format: str | None = None

    id: str | None = None
    version: int | None = None
    supersedes: str | None = None
    usage: Usage = Usage.USABLE
    slug: str | None = None
    title: str | None = None
    summary: str | None = None
    html: str | None = None
    paragraphs: tuple[str, ...] | None = None
    published: str | date | datetime | None = None
    modified: str | date | datetime | None = None
    embargoed: str | date | datetime | None = None
    expires: str | date | datetime | None = None
    language: str | None = None
    authors: tuple[Person, ...] = ()
    byline: str | None = None
    dateline: str | None = None
    places: tuple[str, ...] = ()
    section: str | None = None
    keywords: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    source: str | None = None
    rights: str | None = None
    link: str | None = None
    correction: str | None = None
    urgency: int | None = None
    images: tuple[Enclosure, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    encoding: str | None = None
    where: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A complete, safe article.

    ``published`` and the other moments are aware and keep the offset they were written with, so that the
    printed day is the written day. ``text`` is the body as paragraphs parted by one blank line; ``html`` is
    sanitised. ``sections`` are the names (slugs) of the section and of its parents, parents first.

    ``content_key`` is equal for two articles with the same normalised title, date and body: it says what an
    exact duplicate is. ``digest`` covers everything that is shown: another digest is a new version.
    ``own_id`` tells that ``id`` was the author's and not minted from the content. ``slug`` in a candidate is
    the wish and ``version`` the declared one or 1; in a stored article both are final.

    ``said_since`` is the event (its number and moment) by which what matters was said last, where a later one changed
    only what does not matter (``identity.is_significant``), in stored articles only; None: it is the article's own.

    ``sketch`` is that of the text (``likeness.py``), in candidates only; ``related`` are the ids of the articles that
    were shown and said almost the same when this one was first published, in stored articles only.
    """

    id: str
    own_id: bool = False
    slug: str
    version: int = 1
    declared_version: int | None = None
    supersedes: str | None = None
    usage: Usage = Usage.USABLE
    title: str
    summary: str
    html: str
    text: str
    published: datetime
    published_precision: Precision = "second"
    modified: datetime | None = None
    embargoed: datetime | None = None
    expires: datetime | None = None
    language: str | None = None
    authors: tuple[Person, ...] = ()
    byline: str | None = None
    dateline: str | None = None
    places: tuple[str, ...] = ()
    section: str | None = None
    sections: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    source: str | None = None
    rights: str | None = None
    link: str | None = None
    correction: str | None = None
    urgency: int | None = None
    images: tuple[Enclosure, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    content_key: str
    digest: str
    format: str
    encoding: str | None = None
    where: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()
    sketch: str = field(default="", compare=False)  # follows from the text
    related: tuple[str, ...] = ()
    said_since: tuple[int, datetime] | None = None

    @property
    def due(self) -> datetime:
        """When it may be shown at the earliest: its embargo, else its own date (a future date is an embargo)."""
        return max(self.embargoed, self.published) if self.embargoed else self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What is kept of versions of an article whose content is gone, so that filters still find who was shown them.

    ``languages`` (lower case) and ``sections`` (names) are all that the versions had, sorted. ``facets`` are hashes of
    their tags and of the titles of their sections, 8 bytes each, sorted; ``words`` is a Bloom filter of all they said.
    Both can be asked and not read. ``query/traces.py`` makes and asks them.
    """

    languages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    facets: bytes = field(default=b"", repr=False)
    words: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log: what happened to an article, numbered for ever.

    ``at`` is the moment of acceptance (aware UTC, never before the event in front of it). ``article`` is the
    version that the event brought; it is None for a retraction and, once an article has been retracted, for
    every earlier event of it (``retracted`` is then true): its content is gone from the log.

    ``shelves`` are the shelves (``Feed.shelf``) that the event concerns, not only those of its version: those of the
    version before as well, so that who saw the article sees it leave, and for a retraction all that it ever stood on.
    ``left`` are those of them that it leaves by this event; of a retraction, all.

    ``traces`` are those of all versions that the article ever had; only a retraction has them, and every earlier event
    of an article that has been retracted.
    """

    seq: int
    epoch: str
    at: datetime
    kind: Kind
    article_id: str
    slug: str
    version: int
    shelves: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    article: Article | None = None
    reason: str | None = None
    backfill: bool = False
    retracted: bool = False
    traces: Traces | None = None

    @property
    def cursor(self) -> str:
        """The event's id on the stream, ``EPOCH.SEQ``: what a reader hands back to read on after it."""
        return f"{self.epoch}.{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An article that a feed showed and shows no more: it was retracted, or has left for another section.

    ``at`` is the moment (aware UTC) of the event by which it left and ``seq`` that event's number; ``reason`` is that
    of a retraction, None for an article that is shown elsewhere.
    """

    article_id: str
    slug: str
    seq: int
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which articles are wanted: those that agree with every value that is set (``query.py`` says what agreeing is).

    ``section`` and ``tag`` are named as in an address or as written; ``language`` is a BCP 47 tag, which stands for
    the more specific ones too; ``query`` is in the language of the search.
    """

    section: str | None = None
    tag: str | None = None
    language: str | None = None
    author: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A channel: which articles it shows, and what its documents say of it.

    ``name`` is the address (``/feeds/NAME.atom``). ``shelf`` says where its articles stand: None is every article, a
    section's name is that section, and ``=NAME`` is that of a configured feed, for which ``wanted`` says what is put
    there. ``entries`` is how many of the latest articles the document shows; ``formats`` are the suffixes that it
    exists in, None for all that are written.
    """

    name: str
    title: str
    description: str = ""
    shelf: str | None = None
    wanted: Filter = Filter()
    formats: tuple[str, ...] | None = None
    language: str | None = None
    author: str | None = None
    rights: str | None = None
    icon: str | None = None
    entries: int = 50


@dataclass(frozen=True, slots=True)
class Section:
    """A section that at least one shown article belongs to: its name (slug) and its title as written."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What a list of news says of a shown article; ``at`` is the moment (aware UTC) of its latest event."""

    slug: str
    title: str
    language: str | None
    published: datetime
    published_precision: Precision
    at: datetime
