"""Heads of documents that are rendered once, with gaps for what an event changes of them."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from feeder.render import Head

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.model import Feed
    from feeder.render import Site

_MOST: Final = 512
_CURSOR: Final = "~cursor~"
_MOMENT: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What stands in the gaps. A head that holds one of them besides is rendered whole each time."""


class Heads:
    """The heads of the feeds of a format, as XML.

    A new event gives a feed another moment and another cursor; all else stays until somebody changes the settings.
    Pages of archives and searches are not kept: there are many, and they are seldom made.

    Args:
        render: the library's rendering of a head.
        written: how the format writes the feed's moment, which it holds once.
    """

    def __init__(self, render: Callable[[Head], bytes], written: Callable[[datetime], str]) -> None:
        self._render = render
        self._written = written
        self._parts = functools.lru_cache(_MOST)(self._cut)

    def of(self, head: Head) -> bytes:
        """What ``render`` gives of this head."""
        is_kept = head.page is None and head.query is None
        parts = self._parts(head.site, head.feed, head.previous) if is_kept else None
        if parts is None:
            return self._render(head)
        start, middle, end, is_moment_first = parts
        moment, cursor = self._written(head.updated).encode(), escape(head.cursor).encode()
        first, second = (moment, cursor) if is_moment_first else (cursor, moment)
        return b"".join((start, first, middle, second, end))

    def _cut(self, site: Site, feed: Feed, previous: int | None) -> tuple[bytes, bytes, bytes, bool] | None:
        head = Head(site=site, feed=feed, updated=_MOMENT, cursor=_CURSOR, previous=previous)
        whole = self._render(head)
        cursor, moment = _CURSOR.encode(), self._written(_MOMENT).encode()
        if whole.count(cursor) != 1 or whole.count(moment) != 1:
            return None
        is_moment_first = whole.index(moment) < whole.index(cursor)
        first, second = (moment, cursor) if is_moment_first else (cursor, moment)
        start, _, rest = whole.partition(first)
        middle, _, end = rest.partition(second)
        return start, middle, end, is_moment_first
