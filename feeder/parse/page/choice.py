"""Which of several findings about a page's article to believe, and what to tell the author where they disagree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeder import byline, dates, language
from feeder.parse import credits_line
from feeder.parse.findings import Finding
from feeder.parse.page import printed_dates
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from feeder.model import Person

_BETWEEN: Final = re.compile(r"\s+[-|\u2013\u2014\u00b7•»«:/~]+\s+|\s*[|»«｜]\s*|\s+::\s+")  # noqa: RUF001
_FEWEST_WORDS: Final = 3
_LONGEST_SITE: Final = 40
_CUT: Final = re.compile(r"\s*(?:\.\.\.|…)$")
_ARTICLE: Final = re.compile(r"(?:the|der|die|das|el|la|le|les|los|il|lo|het|de|o|os|as|a)\s", re.IGNORECASE)
_FAR: Final = timedelta(days=2)
_SHOWN: Final = re.compile(r" element$|^date near the headline$|^published date$")
_OF_THE_SERVER: Final = "meta date"
"""A place where many servers put the moment at which they made the page: an earlier day that it shows is believed."""
_EARLIEST, _LATEST = timedelta(hours=-14), timedelta(hours=36)
"""Between midnight UTC of a day and its moments anywhere on earth."""
_CLOSE_KIN: Final = (
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"hr", "sr", "bs", "sh", "sl", "mk", "bg"}),
    frozenset({"id", "ms"}),
    frozenset({"cs", "sk"}),
    frozenset({"es", "ca", "gl", "pt", "eu"}),
    frozenset({"ru", "uk", "be", "bg"}),
    frozenset({"ur", "fa", "ar"}),
    frozenset({"hi", "mr", "ne"}),
    frozenset({"nl", "af"}),
    frozenset({"tl", "fil"}),
    frozenset({"he", "iw"}),
    frozenset({"zh", "yue"}),
)
"""Languages that are taken for each other; a declaration of one is believed before the detection of another."""
_LEAST_SAMPLE: Final = 200


def title(found: Sequence[Finding], sites: Collection[str], page_title: str) -> Finding | None:
    """The title: the most trusted one, without the site's name, whole where another one shows that it was cut."""
    given = [Finding(_without_channels(_without_site(finding.value, sites)), finding.place) for finding in found]
    given = [finding for finding in given if finding.value and values.folded(finding.value) not in sites]
    if not given:
        bare = _without_channels(_without_site(page_title, sites))
        bare = bare if bare != page_title else _likely_part(page_title)
        return Finding(bare, "title element") if bare else None
    first = _beside_the_site(given, page_title)
    stem = values.folded(_CUT.sub("", first.value))
    longer = (finding for finding in given if len(finding.value) > len(first.value))
    whole = next((finding for finding in longer if values.folded(finding.value).startswith(stem)), None)
    return whole if whole is not None and _CUT.search(first.value) else first


def _beside_the_site(given: Sequence[Finding], page_title: str) -> Finding:
    """The most trusted title; the heading instead, if the title element has both and that one is shorter: the site."""
    parts = {values.folded(part) for part in _BETWEEN.split(page_title)}
    if values.folded(given[0].value) in parts:
        for finding in given[1:]:
            is_longer = len(finding.value) > len(given[0].value)
            if finding.place == "heading" and is_longer and values.folded(finding.value) in parts:
                return finding
    return given[0]


def sites(names: Iterable[str], address: str | None) -> frozenset[str]:
    """What the site is called: its names and its host, folded; and the parts of a name with its motto."""
    host = (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
    parts = [part for name in names for part in (name, *_BETWEEN.split(name)[:1])]
    labels = host.split(".")
    found = [*parts, host, labels[0], *(labels[-2:-1] if len(labels) > 1 else [])]
    return frozenset(same for name in found if (same := values.folded(name)))


def _without_site(given: str, sites: Collection[str]) -> str:
    """A title without the site's name behind or before it."""
    for _ in range(3):
        edges = list(_BETWEEN.finditer(given))
        if edges and values.folded(given[edges[-1].end() :]) in sites:
            given = given[: edges[-1].start()].strip()
        elif edges and values.folded(given[: edges[0].start()]) in sites:
            given = given[edges[0].end() :].strip()
        else:
            break
    return given


def _without_channels(given: str) -> str:
    """A title without the channel and the site that Chinese pages put behind it: ``title_channel_site``."""
    first, *others = (part.strip() for part in given.split("_"))
    is_title = first and not first.isascii() and all(len(part) <= len(first) for part in others)
    return first if others and is_title and not any(part.isascii() for part in others) else given


def _likely_part(page_title: str) -> str:
    """The title of a page without what stands behind the last stroke, if that looks like a site's name."""
    edges = list(_BETWEEN.finditer(page_title))
    if not edges:
        return page_title
    head, tail = page_title[: edges[-1].start()].strip(), page_title[edges[-1].end() :].strip()
    is_site = len(tail) <= _LONGEST_SITE and len(tail) < len(head) and ":" not in edges[-1][0]
    return head if is_site and (len(head.split()) >= _FEWEST_WORDS or not head.isascii()) else page_title


def published(
    found: Sequence[Finding], updates: Sequence[Finding], language: str | None
) -> tuple[Finding | None, tuple[str, ...]]:
    """The date of publication and warnings.

    The most trusted readable one counts, unless two others agree with each other and not with it (an address is none
    of those: a story that is published again keeps the old one; and all that the page shows is one). Of the same day
    the one that is written most exactly is taken. Where there is none, the date of the last update stands for it.
    """
    readable = _readable(found, language)
    if not readable and not found and (updated := _readable(updates, language)):
        return updated[0][0], ("the page gives the date of an update only; it stands for the date of publication",)
    if not readable:
        return next(iter(found), None), ()
    first, moment = readable[0]
    others = [(finding, other) for finding, other in readable[1:] if abs(other - moment) > _FAR]
    backed = any(finding.place != first.place and abs(other - moment) <= _FAR for finding, other in readable[1:])
    warnings: tuple[str, ...] = ()
    if others and not backed:
        rival, when = others[0]
        warnings = (f"the dates disagree: {first.value} ({first.place}) and {rival.value} ({rival.place})",)
        agreeing = {_witness(finding.place) for finding, other in others if abs(other - when) <= _FAR}
        is_of_the_server = first.place == _OF_THE_SERVER and when < moment
        if len(agreeing - {printed_dates.ADDRESS}) > (0 if is_of_the_server else 1):
            first, moment = rival, when
    return _exactest(first, moment, readable), warnings


def _witness(place: str) -> str:
    """Who tells a date that was found at a place; what the page shows is one, however often it was found there."""
    return "shown" if _SHOWN.search(place) else place


def _exactest(first: Finding, moment: datetime, readable: Sequence[tuple[Finding, datetime]]) -> Finding:
    """Of a day alone, the same day with its time and zone, if a place that is for programs says it."""
    if ":" in first.value:
        return first
    for finding, other in readable:
        is_same = other.date() == moment.date() or (
            first.place == printed_dates.ADDRESS and _EARLIEST <= other - moment < _LATEST
        )
        if _is_exact(finding) and is_same:
            return finding
    return first


def _is_exact(finding: Finding) -> bool:
    return "T" in finding.value and ":" in finding.value and "headline" not in finding.place


def _readable(found: Sequence[Finding], language: str | None) -> list[tuple[Finding, datetime]]:
    """The findings that are dates, each with its moment; what is clear only in the page's language as a clear day."""
    clear = (
        finding if printed_dates.is_readable(finding.value) else Finding(day, finding.place)
        for finding in found
        if printed_dates.is_readable(finding.value) or (day := printed_dates.printed(finding.value, language))
    )
    return [(finding, dates.read(finding.value, UTC)[0]) for finding in clear]


def authors(found: Sequence[Finding], sites: Collection[str]) -> Finding | None:
    """Who wrote it: the most trusted finding with a person; else that with an agency; never the site itself."""
    agencies: Finding | None = None
    for finding in found:
        kept = _without_sites(finding.value, sites)
        if kept and not all(credits_line.is_agency(person.name) for person in kept):
            return Finding(kept, finding.place)
        agencies = agencies or (Finding(kept, finding.place) if kept else None)
    return agencies


def _without_sites(people: Sequence[Person], sites: Collection[str]) -> tuple[Person, ...]:
    """The people without the site; without agencies, too, if there is somebody else."""
    others = [person for person in people if values.folded(person.name) not in sites]
    others = others or [person for person in people if not _is_site(person.name, sites)]
    names = credits_line.without_agencies([person.name for person in others])
    return tuple(person for person in others if person.name in names)


def _is_site(name: str, sites: Collection[str]) -> bool:
    """Whether a name is the site's and nobody's; a personal site may be called by its author."""
    return values.folded(name) in sites and (not byline.people(name) or _ARTICLE.match(name) is not None)


def tongue(found: Sequence[Finding], sample: str) -> tuple[Finding | None, tuple[str, ...]]:
    """The language: the declared one that the text is in; the detected one with a warning, if none is."""
    declared = [finding for finding in found if language.tag(finding.value)]
    if not declared:
        return None, ()
    if len(sample) < _LEAST_SAMPLE:
        return declared[0], ()
    detected = language.detect(sample)
    if detected is None:
        return declared[0], ()
    for finding in declared:
        if is_kin(_primary(finding.value), detected):
            return finding, ()
    warning = f"the page says that its language is {declared[0].value}, the text is {detected}"
    return Finding(detected, "detected"), (warning,)


def is_kin(one: str, other: str) -> bool:
    """Whether two languages are one, or so close that a detector takes them for each other."""
    return one == other or any({one, other} <= kin for kin in _CLOSE_KIN)


def _primary(given: str) -> str:
    return (language.tag(given) or "").partition("-")[0].lower()
