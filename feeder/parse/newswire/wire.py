"""What the wire formats of news agencies have in common.

Text between control characters of the teleprinter age, dates without a century, and the agencies' ways with datelines,
bylines and paragraphs.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from feeder import byline, names
from feeder.errors import SeedError
from feeder.model import Person
from feeder.parse import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LARGEST: Final = 4 * 1_048_576
"""Bytes of one message; the longest that agencies send have some 100,000."""

_MONTHS: Final = (  # of the languages that agencies write trailers in, by their first letters
    ("jan", "ene", "gen", "tammi"),
    ("feb", "fév", "fev", "helmi"),
    ("mar", "mär", "mrz", "maa", "mrt"),
    ("apr", "avr", "abr", "huhti"),
    ("may", "mai", "mag", "maj", "mei", "touko"),
    ("jun", "juin", "giu", "kesä"),
    ("jul", "juil", "lug", "heinä"),
    ("aug", "aoû", "aou", "ago", "elo"),
    ("sep", "set", "syys"),
    ("oct", "okt", "ott", "out", "loka"),
    ("nov", "marras"),
    ("dec", "dez", "déc", "dic", "des", "joulu"),
)
_ZONES: Final = {
    **dict.fromkeys(("GMT", "UTC", "UT", "Z"), "+00:00"),
    **dict.fromkeys(("CET", "MEZ", "BST", "WEST"), "+01:00"),
    **dict.fromkeys(("CEST", "MESZ", "EET"), "+02:00"),
    **dict.fromkeys(("AST", "EDT"), "-04:00"),
    **dict.fromkeys(("EST", "CDT"), "-05:00"),
    **dict.fromkeys(("CST", "MDT"), "-06:00"),
    **dict.fromkeys(("MST", "PDT"), "-07:00"),
    **dict.fromkeys(("PST", "AKDT"), "-08:00"),
}
ZONE: Final = "|".join(_ZONES)
_PIVOT: Final = 70
_FULL_YEAR_DIGITS: Final = 4
_HOUR, _MINUTE = 24, 60
_UNSEEN: Final = bytes({*range(9), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})
"""Control characters of transmission; an escape begins a change of character set and is left to the decoder."""

_TRAILER: Final = re.compile(
    rf"(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)\s{{0,3}}(?:(?P<zone>{ZONE})\b)?\s{{0,3}}"
    r"(?P<month>[^\W\d_]{3,12})\b\.?(?:\s{0,3}(?P<year>\d{4}|\d\d)(?!\d))?",
    re.IGNORECASE,
)
_PLACE_FIRST: Final = re.compile(
    r"(?P<place>[^\W\d_][^()\n]{1,80}?)\s{0,2}\((?P<agency>[^\W\d_](?:[^\W\d_]|[/ .&-]){1,30})\)"
)
_AGENCY_FIRST: Final = re.compile(
    r"\((?P<agency>[^\W\d_](?:[^\W\d_]|[/ .&-]){1,30})\)\s{0,2}[-\u2013\u2014]\s{1,2}"
    r"(?P<place>[^\W\d_][^()\n]{1,60}?)\s[-\u2013\u2014]\s"
)
_WRITTEN_DAY: Final = re.compile(
    r"(?:(?P<first>[^\W\d_]{3,12})\.? )?(?P<day>\d{1,2})\.?(?:st|nd|rd|th|er)?"
    r"(?: (?:de )?(?P<month>[^\W\d_]{3,12})\.?)?,? (?:de )?(?P<year>(?:19|20)\d\d)",
    re.IGNORECASE,
)
_DATELINES: Final = 5
_AGENCY_WORDS: Final = 3
_MOST_WORDS: Final = 8
"""Words of a place and a date; what is longer is a sentence."""
_BY: Final = re.compile(r"(?:by|von|par|por|di|av|af|van|door)[: ]\s*(?P<names>.+)", re.IGNORECASE)
_AND: Final = re.compile(r"\s(?:und|et|y|e|og|och|en)\s")
_LONGEST_BYLINE: Final = 160
_LIST: Final = re.compile(r"\s{0,6}[-*+\u2022] ")
_COLUMNS: Final = re.compile(r"\||\S {2,}\S.* {2,}\S|\S {3,}\S")
_FEWEST_ROWS: Final = 2


def printable(raw: bytes) -> bytes:
    """The bytes of a message without the control characters of its transmission."""
    return raw.translate(None, _UNSEEN)


def moment(year: int | str, month: int, day: int | str, clock: tuple[str, str], zone: str | None) -> str:
    """A moment in ISO 8601; a year of two digits is of 1970 to 2069, without a zone none is written."""
    number = int(year)
    if len(str(year)) < _FULL_YEAR_DIGITS:
        number += 2000 if number < _PIVOT else 1900
    return f"{number:04}-{month:02}-{int(day):02}T{clock[0]}:{clock[1]}{_ZONES.get((zone or '').upper(), '')}"


def month_of(word: str) -> int | None:
    """The month that a word in one of the languages of Europe begins like."""
    folded = word.casefold()
    found = (
        (len(start), number) for number, starts in enumerate(_MONTHS, 1) for start in starts if folded.startswith(start)
    )
    return max(found, default=(0, None))[1]


def dated(trailer: str, *days: str) -> str | None:
    """The moment in a trailer (``211530 GMT Nov 18``), in ISO 8601; None where there is none.

    ``days`` are dates (``YYYY-MM-DD``, or empty) that tell the year of the same month and day, should it be missing.

    Raises:
        SeedError: the year is missing, and none of the days tells it.
    """
    for found in _TRAILER.finditer(trailer):
        month = month_of(found["month"])
        if month is not None and int(found["hour"]) < _HOUR and int(found["minute"]) < _MINUTE:
            year = found["year"] or year_of(month, int(found["day"]), *days)
            return moment(year, month, found["day"], (found["hour"], found["minute"]), found["zone"])
    return None


def year_of(month: int, day: int, *days: str) -> int:
    """The year of a month and a day, by the first of some dates (``YYYY-MM-DD``, or empty) that has them.

    Raises:
        SeedError: none has.
    """
    for known in days:
        if known[4:] == f"-{month:02}-{day:02}":
            return int(known[:4])
    raise SeedError(
        f"the message is of {month:02}-{day:02} of a year that it does not tell; put YYYY-MM-DD- before the file's name"
    )


def day_in_name(name: str) -> str:
    """The date in a file's name as ``YYYY-MM-DD``; empty if there is none."""
    found = names.date_and_rest(name)
    digits = re.split(r"\D+", found[0]) if found else []
    whole = "".join(part.zfill(2) for part in digits)
    return f"{whole[:4]}-{whole[4:6]}-{whole[6:]}" if whole else ""


def _day(found: str) -> str:
    """A date with a year, as datelines write it, as ``YYYY-MM-DD``; empty if it is none."""
    if written := _WRITTEN_DAY.fullmatch(found):
        month = month_of(written["month"] or written["first"] or "")
        return f"{written['year']}-{month:02}-{int(written['day']):02}" if month else ""
    return ""


def dateline(paragraphs: Sequence[str]) -> tuple[str, str, str]:
    """The place, the agency and the date (``YYYY-MM-DD``, if it has a year) of a dateline in the first paragraphs.

    ``Berlin (dpa) - ``, ``PARIS, Nov 21, 2018 (AFP) - ``, ``(ANSA) - ROMA, 21 NOV - ``; empty where there is none.
    """
    for paragraph in paragraphs[:_DATELINES]:
        found = _PLACE_FIRST.match(paragraph) or _AGENCY_FIRST.match(paragraph)
        if found is None or not _is_dateline(found["place"], found["agency"]):
            continue
        parts = [part.strip() for part in found["place"].split(",")]
        place = [part for part in parts if not any(map(str.isdigit, part))]
        day = ", ".join(part for part in parts if part not in place)
        return ", ".join(place), found["agency"].strip(), _day(day)
    return "", "", ""


def _is_dateline(place: str, agency: str) -> bool:
    """Whether this is not the beginning of a sentence with something in brackets."""
    words = agency.split()
    is_name = len(words) == 1 or (len(words) <= _AGENCY_WORDS and all(word[0].isupper() for word in words))
    return place[0].isupper() and len(place.split()) <= _MOST_WORDS and is_name


def is_byline(line: str) -> bool:
    """Whether a line says who wrote: ``By Ann Lee``, ``Von Ann Lee und Bo Ray, dpa``, ``By The Associated Press``."""
    found = _BY.match(line)
    if found is None or len(line) > _LONGEST_BYLINE or line.endswith((".", "!", "?", ":")):
        return False
    return byline.is_byline(f"By {_plain_names(found['names'])}") or bool(people(line))


def people(line: str) -> tuple[Person, ...]:
    """The people whom a byline names."""
    found = _BY.match(line)
    return tuple(Person(name) for name in byline.people(f"By {_plain_names(found['names'])}")) if found else ()


def _plain_names(given: str) -> str:
    return _AND.sub(" and ", given)


def paragraphs(lines: Iterable[str]) -> tuple[str, ...]:
    """The paragraphs of wire text: parted by blank lines or by indents; lists and tables keep their lines."""
    return tuple(chain.from_iterable(_of_block(block) for block in _blocks(lines)))


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line.rstrip())
        elif block:
            yield block
            block = []


def _of_block(block: list[str]) -> Iterator[str]:
    if len(block) >= _FEWEST_ROWS and sum(bool(_COLUMNS.search(line)) for line in block) * 2 > len(block):
        yield "\n".join(block)
        return
    piece: list[str] = []
    for line in block:
        if _LIST.match(line) and piece:
            yield from _of_piece(piece)
            piece = []
        piece.append(line)
    yield from _of_piece(piece)


def _of_piece(piece: list[str]) -> tuple[str, ...]:
    return plain.paragraphs([line.strip() for line in piece] if _LIST.match(piece[0]) else piece)
