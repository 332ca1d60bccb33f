"""Dates as feeds really write them, made into text that ``dates.read`` understands.

RFC 822 is written by hand, by templates and by servers that speak their administrator's language: zones that the
standard does not know (``CEST``), names of months and days in other languages, years of two digits, a weekday that
is missing or wrong, no blank after the comma. What could be two moments (``IST``) stays as it is, and is refused.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Final

from feeder import dates
from feeder.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST: Final = 100
_PIVOT: Final = 50
"""A year of two digits below is of this century (RFC 5322 section 4.3)."""

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
_SHORT: Final = (  # abbreviations; where languages share one, they mean the same month
    "jan feb mär apr mai jun jul aug sep okt nov dez",
    "jän febr mrz avr mag giu lug ago set ott nov dic",
    "janv févr mars avri mei juin juil août sept oct nov déc",
    "ene fev mar abr may jun jul agos sep out nov des",
    "gen feb mrt apr maj juni juli aug sett okt nov dez",
    "sty lut mar kwi maj cze - sie wrz paź - gru",  # lip and lis are other months in Croatian
    "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "янв фев мар апр май июн июл авг сен окт ноя дек",
    "янв февр марта апр мая июня июля авг сент окт нояб дек",
    "січ лют бер кві тра чер лип сер вер жов лис гру",  # noqa: RUF001 (Ukrainian)
    "ιαν φεβ μαρ απρ μαϊ ιουν ιουλ αυγ σεπ οκτ νοε δεκ",  # noqa: RUF001 (Greek)
    "ιαν φεβ μάρ απρ μάι ιούν ιούλ αύγ σεπ οκτ νοέ δεκ",  # noqa: RUF001 (Greek)
    "jan feb márc ápr máj jún júl aug szept okt nov dec",
)
_MONTH_NUMBERS: Final = {
    name: number for line in (*_SHORT, " ".join(_MONTHS).lower()) for number, name in enumerate(line.split())
}
_ZONES: Final = {  # what RFC 5322 section 4.3 does not know, where the name means one offset among the feeds there are
    "WET": "+0000",
    "WEST": "+0100",
    "BST": "+0100",
    "CET": "+0100",
    "MEZ": "+0100",
    "CEST": "+0200",
    "MESZ": "+0200",
    "EET": "+0200",
    "SAST": "+0200",
    "EEST": "+0300",
    "PKT": "+0500",
    "WIB": "+0700",
    "HKT": "+0800",
    "SGT": "+0800",
    "AWST": "+0800",
    "JST": "+0900",
    "KST": "+0900",
    "ACST": "+0930",
    "AEST": "+1000",
    "ACDT": "+1030",
    "AEDT": "+1100",
    "NZST": "+1200",
    "NZDT": "+1300",
    "NST": "-0330",
    "NDT": "-0230",
    "ADT": "-0300",
    "BRT": "-0300",
    "AKDT": "-0800",
    "AKST": "-0900",
    "HST": "-1000",
}
_HALVES: Final = {"오전": "AM", "午前": "AM", "上午": "AM", "오후": "PM", "午後": "PM", "下午": "PM"}

_RFC_822: Final = re.compile(
    r"(?:[^\W\d_]{1,15}\.?\s?,?\s?)?(?P<day>\d{1,2})\.?[ -](?P<month>[^\W\d_]{3,10})\.?,?[ -](?P<year>\d{4}|\d{2})"
    r"(?P<time>,?\s\d{1,2}:\d{2}.*)?"
)
_HALF_FIRST: Final = re.compile(rf"({'|'.join(_HALVES)})\s?(\d{{1,2}}:\d{{2}}(?::\d{{2}})?)")
_NAMED_ZONE: Final = re.compile(r"(?<=[\d ])(?P<name>[A-Z]{3,4})(?:\s\([^()]*\))?(?=$|\s\d{4}$)")
_LONE_HOURS: Final = re.compile(r"(?:UTC|GMT)\s?(?P<sign>[+-])(?P<hours>\d)$")
_MONTH_ALONE: Final = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2}))?")


def readable(found: str) -> str:
    """A date in words that ``dates.read`` knows, if it is one of a feed's; else as it is."""
    text = " ".join(found[:_LONGEST].split())
    text = _HALF_FIRST.sub(lambda half: f"{half[2]} {_HALVES[half[1]]}", text)
    if written := _RFC_822.fullmatch(text):
        text = _in_english(written)
    text = _LONE_HOURS.sub(lambda zone: f"{zone['sign']}0{zone['hours']}00", text)
    return _NAMED_ZONE.sub(lambda zone: _ZONES.get(zone["name"], zone[0]), text)


def _in_english(written: re.Match[str]) -> str:
    """The day and the month without the weekday, which says nothing that they do not."""
    number = _MONTH_NUMBERS.get(written["month"].casefold())
    month = written["month"] if number is None else _MONTHS[number]
    year = written["year"]
    if len(year) == 2:  # noqa: PLR2004 (digits)
        year = f"{20 if int(year) < _PIVOT else 19}{year}"
    return f"{written['day']} {month} {year}{(written['time'] or '').removeprefix(',')}"


def whole(found: str) -> tuple[str, str | None]:
    """A date, and what to tell the author where it names no day: W3C-DTF has years and months alone."""
    text = readable(found)
    if short := _MONTH_ALONE.fullmatch(text):
        return f"{short['year']}-{short['month'] or '01'}-01", f"the date {text} names no day; the first one is taken"
    return text, None


def choose(found: Iterable[tuple[str, str]]) -> tuple[str, str, tuple[str, ...]] | None:
    """Of some dates with their places the first that can be read: its text, its place, and warnings; None for none.

    Where none can be read it is the first as it was found, for its refusal to show.
    """
    given = [(place, text) for place, text in found if text.strip()]
    warnings: list[str] = []
    for place, text in given:
        written, doubt = whole(text)
        try:
            dates.read(written, UTC)
        except SeedError as error:
            warnings.append(f"{place}: {error.reason}")
            continue
        return written, place, (*warnings, *([doubt] if doubt else []))
    return (given[0][1], given[0][0], ()) if given else None
