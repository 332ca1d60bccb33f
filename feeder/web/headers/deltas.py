"""What a client has of a feed, by the tags it names, and whether it takes a delta (RFC 3229). Pure.

A tag carries the number and the epoch of the feed's last event, so nothing needs to be remembered of what was served:
also after a restart the log knows what came since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from feeder.codings import CODINGS, IDENTITY
from feeder.web.headers.accept_encoding import weigh
from feeder.web.headers.conditional import entity_tags

_TAG: Final = re.compile(rf'"([0-9]{{1,18}})-([0-9A-Za-z._]{{1,64}})-([0-9a-f]{{16}})(?:-({"|".join(CODINGS)}))?"')
_UNAWARE: Final = re.compile(r"\b(?:universal)?feedparser/", re.IGNORECASE)
"""A library that asks for deltas in the name of programs that know nothing of them: rss2email 3.13, which goes by the
library's name, takes 226 for an error and never has another article."""
_MOST_TAGS: Final = 4
"""How many tags of one request are asked about."""


@dataclass(frozen=True, slots=True)
class Held:
    """A document that a client has: by which event, of which epoch, and in which coding.

    ``state`` is the tag of the same document without a coding.
    """

    tag: str
    seq: int
    epoch: str
    state: str
    coding: str


def takes_feed(field: str | None, agent: str = "") -> bool:
    """Whether ``A-IM`` names the manipulation ``feed`` with a weight above 0 (section 10.5.3).

    ``agent`` is the ``User-Agent``: some ask through a library and do not know that they do.
    """
    return field is not None and weigh(field).get("feed", 0.0) > 0 and not _UNAWARE.search(agent)


def held(none_match: str | None) -> list[Held]:
    """The documents of ours that ``If-None-Match`` names, the newest first, and no more than a few."""
    found = [_read(tag) for tag in entity_tags(none_match or "")]
    ours = sorted((one for one in found if one), key=lambda one: one.seq, reverse=True)
    return ours[:_MOST_TAGS]


def _read(tag: str) -> Held | None:
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    seq, epoch, state, coding = match.groups()
    return Held(tag, int(seq), epoch, f'"{seq}-{epoch}-{state}"', coding or IDENTITY)
