"""From an edition of a feed to its documents: rendered, read back, and ready for the web."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import structlog
from lxml import etree

from feeder import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from feeder.model import Event
    from feeder.render import Head, Renderer, Site

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document as it stands in the folder, with all that the web says of it.

    ``etag`` is strong and quoted, ``"SEQ-HASH"``: the last event that concerned the feed and 16 hexadecimal
    digits of the SHA-256 of ``body``. ``last_modified`` is the whole second (UTC) of that event and ``cursor``
    its id on the stream. ``date_is_unique`` says whether that second names this document and no earlier one.
    """

    name: str
    suffix: str
    body: bytes
    media_type: str
    etag: str
    last_modified: datetime
    date_is_unique: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What a feed shows at one moment: its articles, newest first, and the last event that concerned it.

    ``date_is_unique`` is that of the ``Front`` it was made from.
    """

    head: Head
    last: Event | None
    shown: tuple[Event, ...]
    date_is_unique: bool

    @property
    def keys(self) -> set[tuple[str, int]]:
        """The id of each article, and the event by which it is shown."""
        return {(event.article_id, event.seq) for event in self.shown}


def installed_renderers(site: Site, suffixes: Iterable[str] | None = None) -> dict[str, Renderer]:
    """The renderers on offer, or those of the suffixes named, ready for a site.

    Raises:
        ConfigError: nothing renders one of the suffixes.
    """
    chosen = registry.offers("renderers") if suffixes is None else suffixes
    return {suffix: registry.find("renderers", suffix)(site) for suffix in chosen}


class Press:
    """Makes documents of editions; renders each entry once per format for as long as a document shows it."""

    def __init__(self, renderers: Mapping[str, Renderer]) -> None:
        self._renderers = renderers
        self._entries: dict[tuple[str, str, int], bytes] = {}
        self.renders = 0
        self.left_out = 0

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The formats, in the order in which they are written."""
        return tuple(self._renderers)

    def print(self, edition: Edition, suffix: str) -> Document:
        """One document of an edition.

        Raises:
            ValueError: the format cannot say what the head says, or what came out is not well-formed.
        """
        renderer, head = self._renderers[suffix], edition.head
        entries = [entry for event in edition.shown if (entry := self._entry(renderer, suffix, event))]
        body = renderer.document(head, entries)
        self.renders += 1
        check_well_formed(body, renderer.media_type)
        seq = edition.last.seq if edition.last else 0
        return Document(
            name=head.feed.name,
            suffix=suffix,
            body=body,
            media_type=renderer.media_type,
            etag=f'"{seq}-{hashlib.sha256(body).hexdigest()[:16]}"',
            last_modified=head.updated.replace(microsecond=0),
            date_is_unique=edition.date_is_unique,
            cursor=head.cursor,
        )

    def keep(self, keys: set[tuple[str, int]]) -> None:
        """Forget the entries of all but these ``(article id, seq)``: no document shows them any more."""
        self._entries = {key: entry for key, entry in self._entries.items() if key[1:] in keys}

    def _entry(self, renderer: Renderer, suffix: str, event: Event) -> bytes:
        key = suffix, event.article_id, event.seq
        if key not in self._entries:
            self._entries[key] = self._rendered(renderer, suffix, event)
        return self._entries[key]

    def _rendered(self, renderer: Renderer, suffix: str, event: Event) -> bytes:
        try:
            return renderer.entry(event)
        except ValueError as error:
            self.left_out += 1
            _logger.warning("entry left out", article=event.article_id, format=suffix, reason=str(error))
            return b""


def check_well_formed(body: bytes, media_type: str) -> None:
    """Read a document back as a reader would.

    Raises:
        ValueError: it is neither well-formed XML nor JSON, whichever it claims to be.
    """
    kind = media_type.partition(";")[0]
    if kind.endswith("json"):
        orjson.loads(body)
    elif kind.endswith("xml"):
        _parse_xml(body)


def _parse_xml(body: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
