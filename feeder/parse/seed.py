"""The seed form: a line ``date 2019-04-30 The title``, then paragraphs of plain text.

Also read, in this order: a title on the line below the date; the same without the word ``date``; a title with a line
below it that is a date and nothing else, and a byline before or behind that; a title and its text in a file whose
name begins with the date. Text is literal: nothing is unescaped.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Final

from feeder import byline, dates, names, text
from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft
from feeder.parse import plain, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.parse import Reader

_KEYWORD: Final = re.compile("\\s*date(?:\\s*[:\uff1a]\\s*|\\s+|$)", re.IGNORECASE)
_LABEL: Final = re.compile(r"\s*(?:date|dated|published(?:\son)?|posted(?:\son)?)\b\s*:?\s*", re.IGNORECASE)
_MARKUP: Final = ("<", "{", "[", "#", "%", "---", "+++", "..", "=", "//", "/*")
_RULE: Final = re.compile(r"\s*([-=_*~])\1{2,}\s*")
"""A line drawn under a title."""
_DAY_AND_TITLE: Final = re.compile(r"\s*(?:[0-9]{4}-[0-9]{2}-[0-9]{2})\s+(?=[^\W\d]|[\"'\u2018\u201c\u00ab\u201e])")
_PLAIN_SUFFIXES: Final = frozenset({"", "txt", "text"})


class Seed:
    """The parser of the seed form."""

    name = "seed"
    precedence = 30
    streams = False

    def claims(self, head: bytes, name: str) -> bool:
        """By its first lines; see ``Parser``."""
        lines = whole.first_lines(head)
        first = _next_line(lines, 0)
        if first is None:
            return False
        if _date_start(lines, first):
            return True
        if lines[first].lstrip().startswith(_MARKUP) or _suffix(name) not in _PLAIN_SUFFIXES:
            return False
        return _is_dated(lines, first) or names.begins_with_date(name)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (its date is normalize's)
        """One article; see ``Parser``."""
        source = whole.read(reader)
        lines = source.lines
        first = _next_line(lines, 0)
        if first is None:
            raise UnfinishedError("there is nothing but white space in the file")
        start = _date_start(lines, first)
        if start or _begins_with_day(lines, first):
            yield _headed_by_date(lines, first, start, source)
        else:
            yield _headed_by_title(lines, first, source)


def _date_start(lines: Sequence[str], first: int) -> int:
    """Where the date begins in a head line, 0 if the line is none."""
    keyword = _KEYWORD.match(lines[first])
    return keyword.end() if keyword and _may_be_date(lines[first][keyword.end() :]) else 0


def _is_dated(lines: Sequence[str], first: int) -> bool:
    """Whether a text without the keyword has its date where people put one."""
    return _begins_with_day(lines, first) or _dated_by(lines, first)[0] is not None


def _begins_with_day(lines: Sequence[str], first: int) -> bool:
    """Whether the first line is a date above a title, or a day and a title: no diary, table or log begins so."""
    if _is_date_line(lines[first]):
        below = _next_line(lines, first + 1)
        return below is not None and plain.is_headline(lines[below])
    is_alone = first + 1 < len(lines) and not lines[first + 1].strip()
    found = _DAY_AND_TITLE.match(lines[first])
    return is_alone and found is not None and plain.is_headline(lines[first][found.end() :])


def _dated_by(lines: Sequence[str], title: int) -> tuple[int | None, int | None]:
    """The lines below a title that are its date and its byline, if it has a date there."""
    credit, dated = None, _next_line(lines, title + 1)
    if dated is not None and byline.is_byline(lines[dated].strip()):
        credit, dated = dated, _next_line(lines, dated + 1)
    if dated is None or not _is_date_line(lines[dated]):
        return None, None
    return dated, credit


def _headed_by_date(lines: Sequence[str], first: int, start: int, source: whole.Source) -> Draft:
    published, title = _date(lines[first][start:], first)
    place, body = "head line", first + 1
    if not title:
        title, place, body = _title_below(lines, first + 1)
    is_paragraph = place == "first paragraph"
    return Draft(
        title=title,
        published=published,
        paragraphs=plain.paragraphs(_below(lines, body)),
        encoding=source.encoding,
        where={"title": place, "published": "head line"},
        warnings=(*source.warnings, *(["the title was taken from the first paragraph"] if is_paragraph else [])),
    )


def _headed_by_title(lines: Sequence[str], first: int, source: whole.Source) -> Draft:
    dated, credit = _dated_by(lines, first)
    published, where = None, {"title": "first line"}
    body = first + 1
    if dated is not None:
        published = _LABEL.sub("", text.clean_line(lines[dated]), count=1).strip()
        where["published"] = "second line" if credit is None else "third line"
        body = dated + 1
        _check(published, dated)
    credited = [lines[credit], ""] if credit is not None else []
    return Draft(
        title=lines[first],
        published=published,
        paragraphs=plain.paragraphs([*credited, *_below(lines, body)]),
        encoding=source.encoding,
        where=where,
        warnings=source.warnings,
    )


def _below(lines: Sequence[str], start: int) -> Sequence[str]:
    """The body from a line on, without a line drawn under the title."""
    return lines[start + 1 :] if start < len(lines) and _RULE.fullmatch(lines[start]) else lines[start:]


def _title_below(lines: Sequence[str], start: int) -> tuple[str, str, int]:
    """The title, where it stands, and where the body begins: the next line, or a first paragraph like a headline.

    Raises:
        SeedError: there is no title.
    """
    found = _next_line(lines, start)
    if found is None:
        raise SeedError("no title and no body: there is nothing but a date", line=start)
    if found == start:
        return lines[found], "next line", found + 1
    is_alone = found + 1 >= len(lines) or not lines[found + 1].strip()
    if not (is_alone and plain.is_headline(lines[found]) and _next_line(lines, found + 1) is not None):
        raise SeedError("no title: none follows the date, and the first paragraph is not like one", line=start)
    return lines[found], "first paragraph", found + 1


def _next_line(lines: Sequence[str], start: int) -> int | None:
    """The next line from ``start`` on with anything in it."""
    return next((number for number in range(start, len(lines)) if lines[number].strip()), None)


def _may_be_date(rest: str) -> bool:
    return rest.strip()[:1].isdigit() or dates.starts(rest)


def _is_date_line(line: str) -> bool:
    return any(map(str.isdigit, line)) and dates.is_date(_LABEL.sub("", text.clean_line(line), count=1))


def _date(line: str, number: int) -> tuple[str, str]:
    try:
        return dates.read_head(line)
    except SeedError as error:
        raise SeedError(error.reason, line=number + 1) from None


def _check(published: str, number: int) -> None:
    try:
        dates.read(published, UTC)
    except SeedError as error:
        raise SeedError(error.reason, line=number + 1) from None


def _suffix(name: str) -> str:
    last = name.rpartition("/")[2]
    return last.rpartition(".")[2].lower() if "." in last.lstrip(".") else ""


PARSER: Final = Seed()
