"""Conditional requests: whether a client already has what it asks for (RFC 9110 section 13). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_ENTITY_TAG: Final = re.compile(r'[ \t]*(W/)?("[\x21\x23-\x7e\x80-\U0010ffff]*")[ \t]*(?:,|\Z)|[^,]*(?:,|\Z)')
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CENTURY: Final = 100
_FAR_YEARS: Final = 50

_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME: Final = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_DATE_FORMS: Final = (
    # Sun, 06 Nov 1994 08:49:37 GMT
    re.compile(rf"(?:{'|'.join(_DAYS)}), (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    # Sunday, 06-Nov-94 08:49:37 GMT
    re.compile(
        r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
        rf"(?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"
    ),
    # Sun Nov  6 08:49:37 1994
    re.compile(rf"(?:{'|'.join(_DAYS)}) {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)


def is_not_modified(  # noqa: PLR0913 (what the request says, what the resource says, and the time)
    none_match: str | None,
    modified_since: str | None,
    *,
    etag: str,
    last_modified: datetime | None,
    now: datetime,
    date_is_unique: bool = True,
) -> bool:
    """Whether a GET or HEAD is answered with 304.

    Args:
        none_match: ``If-None-Match``, its lines joined by commas; when there is one the other does not count.
        modified_since: ``If-Modified-Since``.
        etag: the current strong entity tag, quoted.
        last_modified: the whole second of the last change (aware UTC), if the resource has one.
        now: aware UTC. While the second of the last change is not over another change may follow in it, so a
            date alone proves nothing yet.
        date_is_unique: whether no earlier state of the resource had the same second; else a date alone proves
            nothing for good.
    """
    if none_match is not None:
        return none_match.strip() == "*" or etag in entity_tags(none_match)
    if modified_since is None or last_modified is None or not date_is_unique:
        return False
    if now < last_modified + timedelta(seconds=1):
        return False
    since = parse_date(modified_since, now)
    return since is not None and last_modified <= since


def is_failed(
    match: str | None, unmodified_since: str | None, *, etag: str, last_modified: datetime | None, now: datetime
) -> bool:
    """Whether a GET or HEAD is answered with 412, before all that ``is_not_modified`` says (section 13.2.2).

    Args:
        match: ``If-Match``, its lines joined by commas; compared strongly, and when there is one the other does not
            count.
        unmodified_since: ``If-Unmodified-Since``; what is no date does not count.
        etag: the current strong entity tag, quoted.
        last_modified: the whole second of the last change (aware UTC), if the resource has one.
        now: aware UTC.
    """
    if match is not None:
        return match.strip() != "*" and etag not in entity_tags(match, strong=True)
    since = parse_date(unmodified_since, now) if unmodified_since and last_modified else None
    return since is not None and last_modified is not None and last_modified > since


def entity_tags(field: str, *, strong: bool = False) -> list[str]:
    """The opaque tags of a list, quoted, weak ones (unless only strong ones count) without their ``W/``.

    What is malformed is passed over.
    """
    return [match[2] for match in _ENTITY_TAG.finditer(field) if match[2] and not (strong and match[1])]


def parse_date(text: str, now: datetime) -> datetime | None:
    """A date in one of the three forms of RFC 9110 section 5.6.7, exactly; ``now`` settles two-digit years."""
    for form in _DATE_FORMS:
        if match := form.fullmatch(text):
            return _moment(match, now)
    return None


def _moment(match: re.Match[str], now: datetime) -> datetime | None:
    year = int(match["year"])
    if len(match["year"]) == len("94"):
        year += now.year - now.year % _CENTURY
        if year > now.year + _FAR_YEARS:
            year -= _CENTURY
    leap = match["second"] == "60"
    try:
        whole = datetime(
            year,
            _MONTHS.index(match["month"]) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            59 if leap else int(match["second"]),
            tzinfo=UTC,
        )
        return whole + timedelta(seconds=leap)
    except (ValueError, OverflowError):
        return None


def format_date(moment: datetime) -> str:
    """A moment as an IMF-fixdate; the names are the protocol's, whatever the locale."""
    at = moment.astimezone(UTC)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day:02} {month} {at.year:04} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"
