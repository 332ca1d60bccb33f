"""Dates as people and programs write them: anchored forms, validated, never guessed.

A form matches from its first character or not at all; nothing rolls over, and what could be two days (``4/5/2019``)
is refused with both readings named. A day is midnight in the site's zone, written with that zone's offset, so that
the printed day is the written day; the host's zone plays no part.

The forms: ``2019-04-30`` (ISO 8601, also with ``/``), ``20190430``, ``30 April 2019``, ``April 30, 2019``,
``30 de abril de 2019`` (full names in eighteen languages), ``2019-Apr-30``, ``Tue, 30 Apr 2019`` (RFC 5322 section
3.3, obsolete zones included), ``Tuesday, 30-Apr-19 15:32:00 GMT`` (RFC 850), ``30/4/2019``, ``30. 4. 2019`` and
``4/30/2019`` where one part is above 12, ``2019年4月30日``; each with a weekday before it or a time after it, and
``Tue Apr 30 11:32:00 EDT 2019`` (ctime, date(1)).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError

if TYPE_CHECKING:
    from feeder.model import Precision

_FIRST_YEAR, _LAST_YEAR = 1000, 9998
"""Below, a year is a slip of the pen; above, a shift by an offset leaves the calendar."""
_WIDEST_OFFSET: Final = timedelta(hours=14)
"""Of the zones there are (Kiribati)."""
_NOON: Final = 12
_SIXTY: Final = 60
_SHOWN: Final = 48
_PIVOT: Final = 50
"""A year of two digits below is of this century (RFC 5322 section 4.3)."""

_ENGLISH: Final = "january february march april may june july august september october november december"
_OTHERS: Final = (  # full names only; where two languages share one, they mean the same month
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    (
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta "
        "heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta"
    ),
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "január február március április május június július augusztus szeptember október november december",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",  # noqa: RUF001 (Turkish)
    (
        "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου "
        "ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου"
    ),
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
)
_MONTHS: Final = {
    **{name: number for line in (_ENGLISH, *_OTHERS) for number, name in enumerate(line.split(), 1)},
    **{name[:3]: number for number, name in enumerate(_ENGLISH.split(), 1)},
    "sept": 9,
}
_DOTLESS: Final = str.maketrans("\u0130\u0131", "ii")
_BY_FOLDED: Final = {name.translate(_DOTLESS).casefold(): number for name, number in _MONTHS.items()}
"""By the name as ``re.IGNORECASE`` compares it: Turkish has an i without a dot, and a capital one with it."""
_NUMERIC: Final = str.maketrans(  # what an input method or a typesetter makes of digits and hyphens
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0d\uff0f\uff0e\uff1a\u2010\u2011\u2012\u2013",
    "0123456789-/.:----",
)
_ZONES: Final = {  # RFC 5322 section 4.3
    **dict.fromkeys(("Z", "UT", "UTC", "GMT"), 0),
    **dict.fromkeys(("EDT",), -4),
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    **dict.fromkeys(("PST",), -8),
    # Names that no other zone has and that begin no headline, by the usage of tzdata.
    **dict.fromkeys(("BST", "CET"), 1),
    **dict.fromkeys(("CEST", "EET"), 2),
    **dict.fromkeys(("EEST", "MSK"), 3),
    **dict.fromkeys(("HKT", "AWST"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("NZST",), 12),
    **dict.fromkeys(("NZDT",), 13),
}

_MONTH: Final = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_WEEKDAYS: Final = (  # in other languages, full names only
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato "
    "domenica segunda-feira terça-feira quarta-feira quinta-feira sexta-feira maandag dinsdag woensdag donderdag "
    "vrijdag zaterdag zondag måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag "
    "maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina poniedziałek wtorek środa "
    "czwartek piątek sobota niedziela pondělí úterý středa čtvrtek pátek neděle δευτέρα τρίτη τετάρτη πέμπτη "
    "παρασκευή σάββατο κυριακή понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок "
    "середа четвер п'ятниця субота неділя"
)
_WEEKDAY: Final = (
    r"(?:(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b\.?"
    rf"|(?:{'|'.join(sorted(_WEEKDAYS.split(), key=len, reverse=True))})\b),?\s{{1,3}})?"
)
_YEAR: Final = r"(?P<y>\d{4})(?:\s{1,3}(?:г|года|р|року|r|roku)\b\.?)?"  # noqa: RUF001 ("of the year")
_DAY: Final = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|[.º])?"
_DAYS: Final = (  # the more telling first; a text has at most one of these forms at its beginning
    rf"{_WEEKDAY}(?P<y>\d{{4}})(?P<sep>[-/]|\.\s?)(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})\.?",
    rf"{_WEEKDAY}(?P<y>\d{{4}})(?P<m>\d{{2}})(?P<d>\d{{2}})",
    (
        r"(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"
        r"(?:\s?[(\uff08](?:[日月火水木金土일월화수목금토]|(?:星期|周|週)[一二三四五六日])[)\uff09])?"  # the weekday
    ),
    rf"{_WEEKDAY}{_DAY}(?:\s{{1,3}}(?:de\s|of\s)?|-){_MONTH},?(?:\s{{1,3}}(?:de\s)?|-){_YEAR}",
    rf"{_WEEKDAY}{_MONTH}\s{{1,3}}{_DAY},?\s{{1,3}}(?P<y>\d{{4}})",
    rf"(?P<y>\d{{4}})(?:-|\.?\s{{1,3}}){_MONTH}(?:-|\s{{1,3}}){_DAY}",
    rf"{_WEEKDAY}(?P<a>\d{{1,2}})(?P<sep>[-/]|\.\s?)(?P<b>\d{{1,2}})(?P=sep)(?P<y>\d{{4}})",
)
_CLOCK: Final = r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
_HALF: Final = r"\s?(?P<half>[AaPp]\.?[Mm]\b\.?)"
_OFFSET: Final = (  # names in capitals only: "est" is a French word
    r"(?P<zone>(?:(?-i:UTC|GMT)\s?)?[+\-\u2212](?P<zh>\d{2}|(?<=[CT][+\-\u2212])\d)(?::?(?P<zm>\d{2}))?"
    rf"|(?-i:z|{'|'.join(sorted(_ZONES, key=len, reverse=True))}))"
)
_COMMENT: Final = r"(?:\s{1,3}\([^()]{0,60}\))?"
_TIME: Final = (
    rf"(?:[Tt]|,?\s{{1,3}}(?:at\s)?){_CLOCK}(?:{_HALF})?(?:\s{{0,3}}{_OFFSET}{_COMMENT})?",
    r"[Tt](?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?" + rf"(?:{_OFFSET})?",
)
_END: Final = r"(?=[,:;]?(?:\s|$))"
_CTIME: Final = rf"{_WEEKDAY}{_MONTH}\s{{1,3}}{_DAY}\s{_CLOCK}(?:\s{_OFFSET})?\s(?P<y>\d{{4}})"
_SHORT_YEAR: Final = (
    rf"{_WEEKDAY}{_DAY}(?:\s{{1,3}}|-){_MONTH}(?:\s{{1,3}}|-)(?P<y>\d{{2}})\s{{1,3}}{_CLOCK}\s{{1,3}}{_OFFSET}"
)


def _compiled(*parts: str) -> re.Pattern[str]:
    # Only digits are ASCII here: white space is any, so that U+00A0 and U+3000 part a date from a title.
    pattern = "".join(parts).replace(r"\d", "[0-9]")
    return re.compile(pattern + _END, re.IGNORECASE)


@cache
def _with_time() -> tuple[re.Pattern[str], ...]:
    """Compiled by the first who needs them: that takes longer than all else that a process does as it starts."""
    both = (_compiled(day, time) for day in _DAYS for time in _TIME)
    return (_compiled(_CTIME), _compiled(_SHORT_YEAR), *both)


@cache
def _day_alone() -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled(day) for day in _DAYS)


_ISO_DAY: Final = re.compile("(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
"""The commonest of all, and with nothing else in the field no other form."""
_ISO_HEAD: Final = re.compile(rf"{_ISO_DAY.pattern}(?=\s+(?!at\s)[^\s\d])", re.IGNORECASE)
"""Likewise where something follows that no time begins with."""


def read(value: str | date | datetime, zone: tzinfo) -> tuple[datetime, Precision]:
    """A whole field as an aware moment, and how exactly it was written.

    A moment keeps the offset it was written with; one without an offset is of ``zone``. A local time that does
    not exist, or exists twice, is read with the offset that held before the change (``fold=0``).

    Raises:
        SeedError: not one of the forms, ambiguous, or not in the calendar.
    """
    if isinstance(value, datetime):
        return _aware(_within(value), zone), "second"
    if isinstance(value, date):
        return _aware(datetime(value.year, value.month, value.day), zone), "day"  # noqa: DTZ001 (made aware there)
    return _read(value.strip(), zone)


@lru_cache(maxsize=1024)
def _read(text: str, zone: tzinfo) -> tuple[datetime, Precision]:
    """Kept, because the articles of a folder share their days."""
    found = _ISO_DAY.fullmatch(text) or _whole(text)
    if found is None:
        raise SeedError(f"{_shown(text)} is not a date that is understood; write YYYY-MM-DD")
    return _moment(found, zone)


def read_head(text: str) -> tuple[str, str]:
    """A date at the beginning of a line, and the rest of the line (the title).

    The longest form wins, but what begins a title is not a time. After a blank a time needs a zone that is parted
    from it, or seconds that no sentence goes on from (``2019-04-30 12:30 pm deadline passes`` has a title of four
    words, ``2019-04-30 10:00-12:00 power cut`` one that begins with an interval); a line that
    is a date and a time is nothing else.

    Raises:
        SeedError: no date at the beginning, or an impossible or ambiguous one.
    """
    text = text.lstrip()
    found = _ISO_HEAD.match(text)
    if found is not None:
        _read(found[0], UTC)
    elif found := _longest(text):
        _moment(found, UTC)
    else:
        raise SeedError(f"{_shown(text)} is not a date that is understood; write YYYY-MM-DD")
    rest = text[found.end() :]
    return text[: found.end()], (rest[1:] if rest[:1] in {",", ":", ";"} else rest).strip()


def starts(text: str) -> bool:
    """Whether a line begins with something of a date's form, possible or not."""
    return _match(text.lstrip().translate(_NUMERIC), (*_day_alone(), *_with_time())) is not None


def is_typeset(text: str) -> bool:
    """Whether a date has full-width digits or a dash in it, which is odd enough to tell the author."""
    return text.translate(_NUMERIC) != text


def is_date(text: str) -> bool:
    """Whether a line is something of a date's form, possible or not, and nothing else."""
    return _whole(text.strip()) is not None


def _match(text: str, forms: tuple[re.Pattern[str], ...]) -> re.Match[str] | None:
    return next((found for form in forms if (found := form.match(text))), None)


def _longest(text: str) -> re.Match[str] | None:
    """The longest form that a line begins with, less a time that may be the title's."""
    plain = text.translate(_NUMERIC)
    found = _match(plain, _with_time())
    if found is not None and (found.end() == len(plain.rstrip()) or _is_surely_time(found)):
        return found
    return _match(plain, _day_alone())


def _whole(text: str) -> re.Match[str] | None:
    found = _match(text.translate(_NUMERIC), (*_with_time(), *_day_alone()))
    return found if found is not None and found.end() == len(text) else None


def _is_surely_time(found: re.Match[str]) -> bool:
    if found.start("y") > found.start("H"):
        return True
    if "T" in found[0][found.start("H") - 1].upper() and not found[0][found.start("H") - 2].isspace():
        return True
    parts = found.groupdict()
    if parts.get("half") or not parts.get("zone"):
        return _is_announced(found) or (bool(parts.get("S")) and not _goes_on(found))
    if parts["zone"].upper().startswith(("Z", "UTC", "GMT")):
        return True
    is_apart = found[0][found.start("zone") - 1].isspace()
    return bool(parts.get("zm") or not parts.get("zh")) if is_apart else bool(parts.get("S"))


def _is_announced(found: re.Match[str]) -> bool:
    """Whether a comma or ``at`` before the time ties it to the day, and seconds or a.m./p.m. make it one."""
    before = found[0][: found.start("H")].rstrip().lower()
    return before.endswith((",", " at")) and bool(found.groupdict().get("half"))


def _goes_on(found: re.Match[str]) -> bool:
    """Whether a sentence goes on behind: its next word is in lower case, or it is a.m. and p.m. of a title."""
    return bool(found.groupdict().get("half")) or found.string[found.end() :].lstrip()[:1].islower()


def _moment(found: re.Match[str], zone: tzinfo) -> tuple[datetime, Precision]:
    parts = {name: part for name, part in found.groupdict().items() if part is not None}
    year, month, day = _calendar_day(parts, found[0])
    hour, minute, second, micro = _time_of_day(parts, found[0])
    try:
        local = datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 (made aware below)
    except ValueError as error:
        raise SeedError(f"{_shown(found[0])} is not in the calendar: {error}") from None
    precision: Precision = "second" if "S" in parts else "minute" if "H" in parts else "day"
    return _aware(local.replace(tzinfo=_offset(parts, found[0])), zone), precision


def _calendar_day(parts: dict[str, str], text: str) -> tuple[int, int, int]:
    year = int(parts["y"])
    if len(parts["y"]) == 2:  # noqa: PLR2004 (digits)
        year += 2000 if year < _PIVOT else 1900
    if "month" in parts:
        return year, _BY_FOLDED[parts["month"].translate(_DOTLESS).casefold()], int(parts["d"])
    if "m" in parts:
        return year, int(parts["m"]), int(parts["d"])
    first, second = int(parts["a"]), int(parts["b"])
    if first != second and max(first, second) <= _NOON:
        raise SeedError(f"{_shown(text)} is ambiguous: day or month first? Write {year}-MM-DD")
    return (year, second, first) if first > _NOON else (year, first, second)


def _time_of_day(parts: dict[str, str], text: str) -> tuple[int, int, int, int]:
    hour, minute, second = (int(parts.get(name, "0")) for name in "HMS")
    if second == _SIXTY:
        raise SeedError(f"{_shown(text)} is a leap second, which no clock here can show; write second 59")
    if half := parts.get("half"):
        if not 1 <= hour <= _NOON:
            raise SeedError(f"{_shown(text)} is no time of a clock of twelve hours")
        hour = hour % _NOON + (_NOON if half[0] in "Pp" else 0)
    return hour, minute, second, int(parts.get("f", "0")[:6].ljust(6, "0"))


def _offset(parts: dict[str, str], text: str) -> timezone | None:
    if "zone" not in parts:
        return None
    if "zh" not in parts:
        return timezone(timedelta(hours=_ZONES[parts["zone"].upper()]))
    hours, minutes = int(parts["zh"]), int(parts.get("zm", "0"))
    offset = timedelta(hours=hours, minutes=minutes)
    if offset > _WIDEST_OFFSET or minutes >= _SIXTY:
        raise SeedError(f"{_shown(text)} has an impossible offset from UTC")
    return timezone(offset if "+" in parts["zone"] else -offset)


def _within(moment: datetime) -> datetime:
    """The moment, if its offset is one of this world's."""
    if abs(moment.utcoffset() or timedelta(0)) > _WIDEST_OFFSET:
        raise SeedError(f"{moment.isoformat()!r} has an impossible offset from UTC")
    return moment


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    """The moment with a fixed offset in whole minutes (RFC 3339 has no seconds there)."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise SeedError(f"the year {moment.year} is out of range ({_FIRST_YEAR} to {_LAST_YEAR})")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    offset = moment.utcoffset() or timedelta(0)
    return moment.replace(tzinfo=timezone(timedelta(minutes=round(offset.total_seconds() / 60))), fold=0)


def _shown(text: str) -> str:
    """A date for a sentence: its first words, in quotes."""
    words = " ".join(text[:200].split())
    return repr(words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…")
