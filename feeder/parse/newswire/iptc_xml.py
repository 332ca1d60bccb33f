"""What the IPTC's XML formats (NITF, NewsML-G2, NewsML 1.2) have in common: their words, their dates, their people."""

from __future__ import annotations

import re
from datetime import UTC
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING, Any, Final

from feeder import byline, dates, safe_html
from feeder.errors import SeedError
from feeder.model import Draft, Person, Usage
from feeder.parse import credits_line
from feeder.parse.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.parse.findings import Findings

_STATES: Final = {  # NITF management-status, NewsML 1.2 Status, NewsML-G2 pubStatus
    "usable": Usage.USABLE,
    "embargoed": Usage.USABLE,
    **dict.fromkeys(("withheld", "canceled", "cancelled", "killed", "kill"), Usage.WITHDRAWN),
}
_KILLS: Final = frozenset({"kill", "killed", "mandatorykill", "withdraw", "withdrawn", "delete", "cancel", "canceled"})
_CORRECTS: Final = frozenset({"correction", "corrected", "corrective", "correct"})
_LINES: Final = frozenset({"title", "summary", "byline", "dateline"})
_MOST_DIGITS: Final = 15
_LONGEST_HEADLINE: Final = 150
_SENTENCE: Final = re.compile(r".*?[.!?\u3002](?=\s|$)|.*(?=\s)|.+")
_LONGEST_CREDITS: Final = 400
_OPENING: Final = re.compile(r"(?:by|von|par|por|di|door|af|av)[:\s]\s*", re.IGNORECASE)
_BETWEEN: Final = re.compile(
    r"[,;|/\u00b7\u2022\n]|\s(?:&|\+|and|und|et|y|e|en|och|og|ja|i|with|mit)(?=\s)", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_DASH: Final = re.compile(r"<(e[mn]dash)>-?</\1>")
_DASHES: Final = {"endash": "\u2013", "emdash": "\u2014"}
_DAY: Final = re.compile(r"^([0-9]{4}-?[0-9]{2}-?[0-9]{2})(?:Z|[+-][0-9]{2}:?[0-9]{2})$", re.ASCII)
"""A day with an offset (XML Schema's date has one); the day is what is written."""
_TEMPLATE: Final = re.compile(r"[YMDH]{2,}", re.IGNORECASE)


def suffix(qcode: str | None) -> str:
    """A code without its scheme, in lower case: ``stat:usable`` is ``usable`` whatever the scheme is called."""
    return (qcode or "").rpartition(":")[2].strip().lower()


def usage(status: str | None) -> Usage | None:
    """What a status lets be done; None for one that is not known."""
    return _STATES.get(suffix(status))


def kills(word: str | None) -> bool:
    """Whether a signal or an instruction withdraws what was sent before."""
    return suffix(word).replace("-", "").replace(" ", "") in _KILLS


def corrects(word: str | None) -> bool:
    """Whether a signal or an instruction tells of a correction."""
    return suffix(word) in _CORRECTS


def number(given: str | None) -> int | None:
    """A whole number as formats write one (version, urgency); None for anything else."""
    digits = (given or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None


def first_date(candidates: Iterable[tuple[str | None, str]]) -> tuple[str, str] | None:
    """The first of several dates (with their places) that can be read; the first that is there, if none can."""
    given = [(_DAY.sub(r"\1", date.strip()), place) for date, place in candidates if date and date.strip()]
    return next((found for found in given if is_readable(found[0])), given[0] if given else None)


def is_readable(date: str) -> bool:
    """Whether a date is one that ``normalize`` reads."""
    try:
        dates.read(date, UTC)
    except SeedError:
        return False
    return True


def is_template(date: str) -> bool:
    """Whether a date is a form that nobody filled in (``YYYYMMDD000000-HHMM``), which is none."""
    return _TEMPLATE.match(date) is not None


def people(line: str | None) -> tuple[Person, ...]:
    """The people whom a line of credits surely names; initials, logins, desks and agencies are nobody."""
    found = (name for part in _names(line or "") for name in byline.people(part))
    return tuple(Person(name) for name in dict.fromkeys(found))


def named(name: str) -> tuple[Person, ...]:
    """The people whom a format itself marks as such, who may be called Press; in no script is a role a name."""
    found = (each for each in _names(name) if (" " in each or not each.isascii()) and credits_line.is_name(each))
    return tuple(Person(each) for each in found)


def _names(line: str) -> list[str]:
    """What stands between the commas, strokes and ands of a line of credits."""
    return [part.strip() for part in _BETWEEN.split(_OPENING.sub("", line.strip()[:_LONGEST_CREDITS], count=1))]


def once_more(written: str) -> str:
    """A text without what an editorial system left in it: references escaped twice, its own marks for dashes."""
    if "&" in written:
        written = _REFERENCE.sub(_character, written)
    return _DASH.sub(lambda found: _DASHES[found[1]], written) if "dash>" in written else written


def _character(reference: re.Match[str]) -> str:
    """What a reference stands for: by its whole name, as ``&nothing;`` is not the sign ``&not`` of old HTML."""
    name = reference[0]
    return unescape(name) if name.startswith("&#") else html5.get(name[1:], name)


def headline_of(found: Findings) -> None:
    """Gives an article without a headline its first sentence as one; flashes and results come without."""
    text = found.first("paragraphs") or found.first("html")
    if found.first("title") is not None or text is None:
        return
    paragraphs = text.value if isinstance(text.value, tuple) else safe_html.paragraphs(text.value)
    sentence = _SENTENCE.match(" ".join(paragraphs[0].split())[:_LONGEST_HEADLINE]) if paragraphs else None
    if sentence is not None:
        found.add("title", sentence[0].rstrip(" .") or paragraphs[0], "first sentence")


def _people_only(found: Findings) -> Finding | None:
    """The authors without the agency itself, which credits name beside them."""
    agencies = {str(source.value).casefold() for source in found.of("source")}
    for finding in found.of("authors"):
        if kept := tuple(person for person in finding.value if person.name.casefold() not in agencies):
            return Finding(kept, finding.place)
    return None


def draft(found: Findings, *, usage: Usage, encoding: str, warnings: Iterable[str]) -> Draft:
    """The draft that some findings make: of each field the value found first."""
    headline_of(found)
    fields: dict[str, Any] = {}
    where: dict[str, str] = {}
    notes = list(warnings)
    if (title := found.first("title")) is not None and title.place == "first sentence":
        notes.append("no headline is given; the first sentence stands for it")
    for name in found.by_field:
        if (finding := _people_only(found) if name == "authors" else found.first(name)) is not None:
            value = finding.value
            fields[name], where[name] = once_more(value) if name in _LINES else value, finding.place
    return Draft(**fields, usage=usage, encoding=encoding, where=where, warnings=tuple(notes))
