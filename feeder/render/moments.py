"""The moments that an entry shows: as they were written, and never after the event that brought them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.model import Article


def published(article: Article, at: datetime) -> datetime:
    """When the article was published; a day is its midnight, with the offset that it was written with."""
    return _shown(article.published, at)


def updated(article: Article, at: datetime) -> datetime:
    """When the article last changed: its modification, or its publication if it has none or one before that."""
    return max(published(article, at), _shown(article.modified or article.published, at))


def rfc822(moment: datetime) -> str:
    """As RSS 2.0 writes it: ``Tue, 30 Apr 2019 00:00:00 +0000``; English names under every locale."""
    return format_datetime(moment)


def _shown(moment: datetime, at: datetime) -> datetime:
    return min(_whole_minutes(moment), at)


def _whole_minutes(moment: datetime) -> datetime:
    """The same reading of the clock with an offset of whole minutes.

    Local mean times of the nineteenth century have seconds in their offset (Amsterdam: +00:19:32), which
    neither RFC 822 nor RFC 3339 can write. The printed day and time stay; the instant moves by seconds.
    """
    offset = moment.utcoffset() or timedelta()
    if not offset % timedelta(minutes=1):
        return moment
    return moment.replace(tzinfo=timezone(timedelta(minutes=int(offset / timedelta(minutes=1)))))
