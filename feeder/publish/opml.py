"""The list of all feeds (OPML), which readers import; it stands beside them as ``feeds.opml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.codings import encoded
from feeder.publish.document import Document, hash_of
from feeder.render import OPML_TYPE, opml_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Feed
    from feeder.publish.document import Sheet
    from feeder.render import Site

NAME: Final = "feeds"
SUFFIX: Final = "opml"


def listing(site: Site, feeds: Sequence[Feed], suffixes: Sequence[str], everything: Sheet) -> Document:
    """The list as it is when the feed of everything is this."""
    head, newest = everything.head, everything.document
    body = opml_document(site, feeds, head.updated, suffixes=suffixes)
    return Document(
        name=NAME,
        suffix=SUFFIX,
        body=body,
        media_type=OPML_TYPE,
        seq=newest.seq,
        epoch=newest.epoch,
        etag=f'"{newest.seq}-{newest.epoch}-{hash_of(body)}"',
        last_modified=newest.last_modified,
        date_is_unique=newest.date_is_unique,
        cursor=newest.cursor,
        encoded=encoded(body),
    )
