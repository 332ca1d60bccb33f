"""Dates as pages print them for readers: ``Publié le 4 déc. 2018 à 07:19``, ``05.03.2014``, ``2023年11月17日``.

A label may stand before them and a time behind them. What is read is a form of ``dates``, or one that the page's
language makes clear: with full stops the day comes first everywhere, with strokes it does where the language has one
custom only. Nothing is guessed; a date that stays ambiguous is none.
"""

from __future__ import annotations

import re
from datetime import UTC, date
from typing import Final

from feeder import dates, text
from feeder.errors import SeedError

LONGEST: Final = 160
"""Characters of a line that may be a date with its label."""
ADDRESS: Final = "address"
"""Where a date was found that stands in the page's own address."""
_IN_ADDRESS: Final = re.compile(
    r"/(?P<y>(?:19|20)[0-9]{2})(?P<sep>[/_-]|/[a-zA-Z]{2,20}/)?(?P<m>[0-9]{2})(?(sep)[/_-])(?P<d>[0-9]{2})(?![0-9])"
)
_DAY_FIRST: Final = frozenset(
    [
        "ar",
        "bg",
        "ca",
        "cs",
        "da",
        "de",
        "el",
        "es",
        "et",
        "fi",
        "fr",
        "gl",
        "he",
        "hr",
        "id",
        "is",
        "it",
        "lt",
        "lv",
        "ms",
        "nb",
        "nl",
        "nn",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sq",
        "sr",
        "th",
        "tr",
        "uk",
        "vi",
    ]
)
_DAY_FIRST_THERE: Final = frozenset({"en-gb", "en-ie", "en-au", "en-nz", "en-za", "en-in"})
"""Where English is written with the day first."""
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan janv ene gen sty led янв січ oca ιαν tammi มกราคม ม.ค يناير",  # noqa: RUF001 (Greek and Cyrillic)
            "feb févr fév fev febr lut úno únor фев лют şub φεβ helmi กุมภาพันธ์ ก.พ فبراير شباط",
            "mar mars mär märz mrz mrt marz бер мар maalis มีนาคม มี.ค مارس آذار μαρ",  # noqa: RUF001 (Greek and Cyrillic)
            "apr avr abr kwi dub апр кві nis huhti เมษายน เม.ย أبريل ابريل نيسان απρ",
            "may mai maj mei mag mayo maio kvě мая май тра touko พฤษภาคม พ.ค مايو أيار μαΐ",
            "jun juin giu cze haz čvn июн чер kesä มิถุนายน มิ.ย يونيو حزيران ιουν",  # noqa: RUF001 (Greek and Cyrillic)
            "jul juil lug lip tem čvc июл лип heinä กรกฎาคม ก.ค يوليو تموز ιουλ",
            "aug août aou ago sie srp ağu авг сер elo สิงหาคม ส.ค أغسطس اغسطس آب αυγ",  # noqa: RUF001 (Greek and Cyrillic)
            "sep sept set wrz eyl zář сен вер syys กันยายน ก.ย سبتمبر أيلول σεπ",
            "oct okt out ott paź eki říj окт жов loka ตุลาคม ต.ค أكتوبر اكتوبر οκτ",
            "nov lis kas ноя лис marras พฤศจิกายน พ.ย نوفمبر νοε",
            "dec dez déc dic dis gru ara pro дек гру joulu ธันวาคม ธ.ค ديسمبر δεκ",  # noqa: RUF001 (Greek and Cyrillic)
        ),
        1,
    )
    for name in names.split()
}
_WORD: Final = r"(?P<month>[^\W\d_](?:[^\W\d_]|[\u0e30-\u0e4e]|\.(?=[\u0e01-\u0e2e])){2,15})"
_YEAR, _TWO = r"(?P<y>[0-9]{4})(?![0-9])", "[0-9]{1,2}"
_DAY: Final = rf"(?<![0-9])(?P<d>{_TWO})(?:st|nd|rd|th|er|[.º])?[\s-]{{1,3}}"
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY: Final = rf"(?:\b(?P<weekday>{'|'.join(_WEEKDAYS)})[a-z]{{0,6}}\.?,?\s{{1,3}})?"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![0-9])(?P<y>[0-9]{{4}})\s?[-/.年년]\s?(?P<m>{_TWO})\s?[-/.月월]\s?(?P<d>{_TWO})(?![0-9])",
        rf"(?<![0-9.])(?P<d>{_TWO})\.\s?(?P<m>{_TWO})\.\s?{_YEAR}",
        rf"{_DAY}(?:(?:de|of|di)\s|\w{{2,8}}/)?{_WORD}\.?,?[\s-]{{1,3}}(?:(?:de|del)\s)?{_YEAR}",
        rf"{_WORD}\.?\s(?P<d>{_TWO})(?:st|nd|rd|th)?,?\s{_YEAR}",
        r"(?<![0-9.:])(?P<d>[0-9]{2})\.(?P<m>[0-9]{2})\.(?P<y>[0-9]{2})(?![0-9.:])",
        rf"{_WEEKDAY}(?<![0-9/.-])(?P<a>{_TWO})(?P<sep>[/-])(?P<b>{_TWO})(?P=sep){_YEAR}(?![/-])",
    )
)
_CLOCK: Final = re.compile(
    r"(?<![0-9])[0-9]{1,2}\s?[:.h]\s?[0-9]{2}(?::[0-9]{2})?(?![0-9])(?:\s?(?:[ap]\.?m\b\.?|h\b|Uhr\b))?", re.IGNORECASE
)
_BUDDHIST: Final = 543
"""Years by which the calendar of Thailand is ahead."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_PIVOT, _CENTURY = 50, 2000
"""A year of two digits below is of this century, as in ``dates``."""
_NOON: Final = 12
_FEW_WORDS: Final = 4
_MOST_WORDS, _MOST_LETTERS = 8, 60


def machine(given: str) -> str | None:
    """A date written for programs (``datetime``, ``content``), if it can be read."""
    found = text.clean_line(given)
    return found if is_readable(found) else None


def is_readable(given: str) -> bool:
    """Whether a date is in one of the forms of ``dates``, and in the calendar."""
    try:
        dates.read(given, UTC)
    except SeedError:
        return False
    return True


def printed(line: str, language: str | None) -> str | None:
    """The date in a line printed for readers: as it is written where ``dates`` reads it whole, else ``YYYY-MM-DD``.

    ``language`` is the page's; it decides between day and month where strokes part them.
    """
    line = text.clean_line(line)
    if not line or len(line) > LONGEST:
        return None
    for form in _FORMS:
        for found in form.finditer(line):
            day = _day(found, (language or "").lower().replace("_", "-"))
            if day is not None:
                whole = line[found.start() :]
                return whole if is_readable(whole) else day.isoformat()
    return None


def in_address(address: str | None) -> str | None:
    """The day in a page's address, as ``YYYY-MM-DD``: ``/2018/05/04/title``, ``/2010/POLITICS/08/13/title``."""
    for found in _IN_ADDRESS.finditer(address or ""):
        if (day := _day(found, "")) is not None:
            return day.isoformat()
    return None


def dated_line(line: str, language: str | None) -> str | None:
    """The date of a line that says hardly anything else; a sentence of the article may have a date in it, too."""
    if len(line) > LONGEST or not any(map(str.isdigit, line)):
        return None
    day = next((found for form in _FORMS if (found := form.search(line))), None)
    words = re.findall(r"[^\W\d_]{2,}", line.replace(day[0], "")) if day else []
    is_line = len(words) <= _MOST_WORDS and sum(map(len, words)) <= _MOST_LETTERS
    return printed(line, language) if is_line else None


def is_only_date(line: str) -> bool:
    """Whether a line has a date in it and few words besides: ``Posted on 4 May 2018 at 10:30``."""
    day = next((found for form in _FORMS if (found := form.search(line))), None)
    return day is not None and len(re.findall(r"[^\W\d_]{2,}", line.replace(day[0], ""))) <= _FEW_WORDS


def says_when(line: str) -> bool:
    """Whether a line says hardly anything but when: one date or two, and the words that belong to them."""
    undated = line
    for form in _FORMS:
        undated = form.sub(" ", undated)
    words = re.findall(r"[^\W\d_]{2,}", _CLOCK.sub(" ", undated))
    return undated != line and len(words) <= _MOST_WORDS and sum(map(len, words)) <= _MOST_LETTERS


def _day(found: re.Match[str], language: str) -> date | None:
    parts = found.groupdict()
    year = int(parts["y"]) + (0 if len(parts["y"]) > len("99") else _CENTURY if int(parts["y"]) < _PIVOT else 1900)
    month, day = _month_and_day(parts, language)
    if language.partition("-")[0] == "th" and year > _LAST_YEAR:
        year -= _BUDDHIST
    try:
        return date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None


def _month_and_day(parts: dict[str, str], language: str) -> tuple[int, int]:
    """Month and day; zeros, which no calendar has, where they are not clear."""
    if parts.get("m"):
        return int(parts["m"]), int(parts["d"])
    if parts.get("month"):
        return _month(parts["month"], parts["d"], parts["y"]), int(parts["d"])
    first, second = int(parts["a"]), int(parts["b"])
    is_day_first = language.partition("-")[0] in _DAY_FIRST or language in _DAY_FIRST_THERE
    if first > _NOON or (second <= _NOON and is_day_first):
        return second, first
    if second > _NOON or first == second:
        return first, second
    return _on_weekday(int(parts["y"]), first, second, parts["weekday"])


def _on_weekday(year: int, first: int, second: int, weekday: str | None) -> tuple[int, int]:
    """Month and day of two numbers by the weekday before them, of which only one is right; zeros without one."""
    if weekday is None or not _FIRST_YEAR <= year <= _LAST_YEAR:
        return 0, 0
    named = _WEEKDAYS.index(weekday.lower())
    right = [(m, d) for m, d in ((first, second), (second, first)) if date(year, m, d).weekday() == named]
    return right[0] if len(right) == 1 else (0, 0)


def _month(name: str, day: str, year: str) -> int:
    """The number of a month by its name or its short form; 0 for a word that is none."""
    short = name.casefold().rstrip(".")
    if short in _MONTHS:
        return _MONTHS[short]
    try:
        return dates.read(f"{day} {name} {year}", UTC)[0].month
    except SeedError:
        return 0
