"""The moments that an entry shows: as they were written, and never after the event that brought them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from feeder.model import Article, Event

_DAY: Final = timedelta(days=1)
_HALF_HOUR: Final = timedelta(minutes=30)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MILLISECONDS: Final = 1000


def published(article: Article, at: datetime) -> datetime:
    """When the article was published, to the second, which is all that RSS can say.

    A day is its midnight, with the offset that it was written with.
    """
    return _shown(article.published, at).replace(microsecond=0)


def updated(article: Article, event: Event) -> datetime:
    """When the article last changed: its modification, or its publication if it has none or one before that.

    It is right to the second, and its milliseconds are the event's own. What is dated by the day, and what one look at
    the folder found changed, would have one moment otherwise: readers that order entries by it could not tell them
    apart, and the W3C's validator warns of it (DuplicateUpdated). It is never after the event, so that of a change
    without a date of its own is somewhat earlier than it. That event is the last one that changed what matters.
    """
    seq, at = article.said_since or (event.seq, event.at)
    first = published(article, at)
    moment = max(first, _shown(article.modified or article.published, at))
    latest = min(moment + (_MILLISECONDS - 1) * _MILLISECOND, at)
    earliest = max(first, latest - (_MILLISECONDS - 1) * _MILLISECOND)
    found = earliest + (latest - earliest) * (seq % _MILLISECONDS) / (_MILLISECONDS - 1)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """As Atom and JSON Feed write it, with milliseconds where there is a fraction.

    Not with more digits: widespread date formats read all of them as milliseconds.
    """
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def rfc822(moment: datetime) -> str:
    """As RSS 2.0 writes it: ``Tue, 30 Apr 2019 00:00:00 +0000``; English names under every locale.

    The offset is one of whole half hours, as many readers (and the W3C's validator) know no other: the next one to the
    east, so that a midnight stays in its day and the instant is the same (Kathmandu's ``00:00 +0545`` is
    ``00:15 +0600``).
    """
    offset = moment.utcoffset() or timedelta()
    if beyond := offset % _HALF_HOUR:
        east = offset - beyond + _HALF_HOUR
        moment = moment.astimezone(timezone(east if east < _DAY else east - _HALF_HOUR))
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
