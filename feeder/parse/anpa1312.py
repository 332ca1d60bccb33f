r"""ANPA 1312, the wire format of North American agencies (Bulletin 1312), one message or a wire's spool of many.

::

    SYN SYN SOH W2870 US asian             service level and number, selectors
    r i DC3 DC1 BC-Harbour Bridge 04-30 0416   priority, category, how it is set, keyword, month-day, words
    STX ^BC-Harbour Bridge,1st Ld-Writethru,416<   keyword and version; ``^`` begins a line that is set apart,
        ^Harbour bridge closed<            ``<`` ends one flush left and ``=`` one that is centred
        ^By ANN EXAMPLE=
        TAB LINDENAU (XN) _ The bridge ... a paragraph
    ETX AP-WF-04-30-19 1532GMT<            source, circuit, date and time
    EOT

The keyword names a story for all its versions of a day (so the agencies' filing rules), so it makes the article's id:
a ``Writethru`` is a later version of it, and a ``Bulletin Kill`` withdraws it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Usage
from feeder.parse import spool
from feeder.parse.newswire import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.parse import Reader

_STX, _ETX, _EOT = b"\x02", b"\x03", b"\x04"
_FIRST_LINE: Final = rb"(?P<level>[A-Za-z]{1,2})(?P<number>\d{4})(?:\x1f[A-Za-z0-9-]{0,12})?[^\r\n]{0,40}[\r\n]{1,4}"
_SECOND_LINE: Final = (
    rb"(?P<priority>[a-z]) (?P<category>[a-z])(?P<set>[\x10-\x14 ]{1,3})(?P<keyword>[^\r\n\x02]{1,120}?)"
    rb"(?:[ ]{1,12}(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[ ]{1,4}(?P<words>\d{1,5})?)?)?[ ]*(?=[\r\n\x02])"
)
_BEGINS: Final = re.compile(rb"\x01[\x00\x16 ]{0,8}" + _FIRST_LINE + _SECOND_LINE, re.IGNORECASE)
_PREAMBLE: Final = 400
_TABULAR: Final = b"\x12"

_TRAILER: Final = re.compile(
    r"(?P<source>[A-Z]{2,5})-(?P<circuit>[A-Z]{2,3})-(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d)\s{1,3}"
    rf"(?P<hour>\d\d):?(?P<minute>\d\d)\s?(?P<zone>{wire.ZONE})?<?",
    re.IGNORECASE,
)
_KEYWORD: Final = re.compile(
    r"(?P<keyword>(?:[A-Z]{2}-)?[^,]{2,80}?)(?:,\s?(?P<version>[^,\d][^,]{2,60}|\d{1,2}(?:st|nd|rd|th)[^,]{2,60}))?"
    r"(?:,\s?(?P<words>\d{1,5}))?"
)
_CYCLE: Final = re.compile(r"(?:AM|PM|BC|AP)-", re.IGNORECASE)
_VERSION: Final = re.compile(r"(?:(?P<number>\d{1,2})(?:st|nd|rd|th) )?(?:Ld|Lead)?(?:-?Writethru)?", re.IGNORECASE)
_KILL: Final = re.compile(r"\b(?:Bulletin Kill|Kill|Withhold|Eliminat(?:e|ion))\b", re.IGNORECASE)
_ALERT: Final = re.compile(r"Alert|Digest|Advisory|Newsbrief|NewsMinute|Summary Box", re.IGNORECASE)
"""Keywords that are used again and again for stories of their own."""
_NOTE: Final = re.compile(  # for editors; and pictures, which come by another wire
    r"\(?(?:Eds?[:.]|EDITOR|Editors?:|Note)|(?:With:? )?(?:[A-Z]{2,4} )?(?:Photo|Graphic|Video|Audio)s?\b"
)
_AFFILIATION: Final = re.compile(r"\b(?:Press|Writer|Editor|Correspondent|Reporter|Columnist|Staff|News|Service|AP)\b")
_OPENING: Final = re.compile(r"(?:[^()]{1,80}\([^()]{2,30}\) \u2014 )?(?P<sentence>.{1,160}?)(?=[.!?](?:\s|$)|$)")
_NUMBERED: Final = re.compile(r"\*\w+")
_FULL_LINE: Final = 90
"""Characters of a headline; what is longer is a summary."""
_UNBROKEN_LINE: Final = 60
_LONGEST_HEAD: Final = 2000
_LAST_LINES: Final = 6
_URGENCY: Final = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "a": 6, "s": 6, "w": 6, "c": 6, "h": 6, "z": 4}
_CATEGORIES: Final = {
    "e": "Entertainment",
    "f": "Business",
    "i": "International",
    "l": "Lifestyle",
    "p": "Politics",
    "s": "Sports",
    "t": "Travel",
    "w": "Politics",
}
_TYPOGRAPHY: Final = (("``", "\u201c"), ("''", "\u201d"), (" _ ", " \u2014 "), ("`", "'"))


class Anpa1312:
    """The parser of ANPA 1312."""

    name = "anpa1312"
    precedence = 17
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (its header tells all)
        """By the header behind the first SOH; see ``Parser``."""
        return _first(head) is not None

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article for each message; see ``Parser``."""
        yield from spool.drafts(spool.messages(reader, _BEGINS, wire.LARGEST), lambda raw: _Message(raw).draft(name))


def _first(raw: bytes) -> re.Match[bytes] | None:
    """The first header, if only a preamble of pads stands before it."""
    found = _BEGINS.search(raw, 0, _PREAMBLE + spool.LONGEST_BEGINNING)
    return found if found and found.start() <= _PREAMBLE else None


class _Message:
    """One message, decoded: its header, the lines of its text and its trailer."""

    def __init__(self, raw: bytes) -> None:
        found = _first(raw)
        if found is None:
            raise SeedError("no header of ANPA 1312 (level and number, priority, category) at the message's beginning")
        self._header = found
        body, ended, trailer = raw[found.end() :].partition(_ETX)
        if not ended:
            body, ended, trailer = body.partition(_EOT)
        if not ended:
            raise UnfinishedError("the message is cut off: there is no ETX behind its text")
        whole, self.encoding = text.decode(wire.printable(body.partition(_STX)[2] or body) or b"\n")
        self.lines = text.clean(whole).split("\n")
        self.trailer = wire.printable(trailer).decode("ascii", "replace")
        if not _TRAILER.search(self.trailer) and (last := _last_line(self.lines)):
            self.trailer = self.lines.pop(last)

    def field(self, name: str) -> str:
        """A field of the header; empty if missing."""
        return (self._header[name] or b"").decode("ascii", "replace").strip()

    def draft(self, name: str) -> Draft:
        story = _Story(is_tabular=_TABULAR in self._header["set"])
        for line in self.lines:
            story.add(line)
        paragraphs, title = story.paragraphs(), story.title
        place, agency, day = wire.dateline(paragraphs)
        published, published_by = self._published(name, day)
        ended = _TRAILER.search(self.trailer)
        found: dict[str, tuple[str, Any]] = {
            "id": ("keyword", self._id(story, published)),
            "version": ("keyword", story.version),
            "title": ("headline", title) if title else ("first paragraph", _opening(paragraphs)),
            "summary": ("text above the byline", story.summary),
            "paragraphs": ("text", paragraphs),
            "published": (published_by, published),
            "authors": ("byline", wire.people(story.byline)),
            "byline": ("byline", ", ".join(filter(None, (story.byline, story.affiliation)))),
            "dateline": ("dateline", place),
            "section": ("category", _CATEGORIES.get(self.field("category").lower())),
            "keywords": ("keyword", tuple(filter(None, (_CYCLE.sub("", story.keyword).rpartition("--")[2],)))),
            "source": ("trailer", ended["source"].upper()) if ended else ("dateline", agency),
            "urgency": ("priority", _URGENCY.get(self.field("priority").lower())),
        }
        return _made(found, story, (self.encoding, *text.doubts(self.encoding)))

    def _published(self, name: str, day: str) -> tuple[str | None, str]:
        """When it was sent, by its trailer; without one its day, which the header gives without a year."""
        if found := _TRAILER.search(self.trailer):
            clock = (found["hour"], found["minute"])
            return wire.moment(found["year"], int(found["month"]), found["day"], clock, found["zone"]), "trailer"
        if day or not self.field("month"):
            return day or None, "dateline"
        month, of_month = int(self.field("month")), int(self.field("day"))
        return f"{wire.year_of(month, of_month, wire.day_in_name(name))}-{month:02}-{of_month:02}", "header"

    def _id(self, story: _Story, published: str | None) -> str:
        """The keyword of a day; where that may be another story's too, the number and the moment."""
        if not published:
            return ""
        if story.is_identified and not _ALERT.search(story.keyword):
            return f"{story.keyword}-{published[:10]}"
        return f"{self.field('level')}{self.field('number')}-{re.sub('[^0-9T]', '', published[:16])}"


def _last_line(lines: list[str]) -> int:
    """Where the trailer is, if it stands before the end of the text; 0 if it does not."""
    places = range(max(1, len(lines) - _LAST_LINES), len(lines))
    return next((number for number in places if _TRAILER.fullmatch(lines[number].strip())), 0)


def _made(found: dict[str, tuple[str, Any]], story: _Story, decoded: tuple[str, ...]) -> Draft:
    found = {field: given for field, given in found.items() if given[1]}
    encoding, *warnings = decoded
    if not story.title:
        warnings.append("no headline; the beginning of the text stands for it")
    if story.is_kill:
        warnings.append("a notice that a story is withdrawn; one of another day must be withdrawn by its own id")
    return Draft(
        **{field: value for field, (_, value) in found.items()},
        usage=Usage.WITHDRAWN if story.is_kill else Usage.USABLE,
        encoding=encoding,
        where={field: place for field, (place, _) in found.items() if field != "paragraphs"},
        warnings=tuple(warnings),
    )


def _opening(paragraphs: tuple[str, ...]) -> str:
    """The first sentence, without its dateline: an alert has no headline."""
    found = _OPENING.match(paragraphs[0]) if paragraphs else None
    return found["sentence"].strip() if found else ""


@dataclass(slots=True)
class _Story:
    """What the lines of a message say, taken in one after another."""

    is_tabular: bool = False
    keyword: str = ""
    is_identified: bool = False
    version: int | None = None
    is_kill: bool = False
    title: str = ""
    summary: str = ""
    byline: str = ""
    affiliation: str = ""
    _items: list[list[str]] = field(default_factory=list)
    _open: str = ""
    _in_text: bool = False

    def add(self, line: str) -> None:
        """Take in one line: set apart (``^``), the beginning of a paragraph, its continuation or a row of a table."""
        before, *apart = line.split("^")
        if not line.strip():
            self._open = ""
        elif before.strip():
            self._add_text(before)
        for item in apart:
            self._set_apart(item)

    def _add_text(self, line: str) -> None:
        if line[0] == "\t" or (line.startswith("   ") and not self.is_tabular):
            self._begin(line.strip(), "paragraph")
        elif self._open in {"paragraph", "apart"}:
            self._items[-1].append(line.strip())
        elif self._open == "head" and len(self._items[-1][0]) < _LONGEST_HEAD:
            self._set_apart(f"{self._items.pop()[0]} {line}")
        elif self._open == "row":
            self._items[-1].append(f"\n{line.rstrip()}")
        else:
            self._begin(line.rstrip(), "row")

    def _begin(self, line: str, kind: str) -> None:
        self._in_text = True
        self._items.append([line])
        self._open = kind

    def _set_apart(self, given: str) -> None:
        """Take in what stands between ``^`` and ``<`` or ``=``; above the text it is about the story."""
        item = given.strip()
        ended = item.endswith(("<", "="))
        item = _typeset(item.rstrip("<= "))
        if self._in_text:
            self._begin(item, "" if ended or len(item) < _UNBROKEN_LINE else "apart")
        elif not ended and len(item) >= _UNBROKEN_LINE:
            self._items.append([item])
            self._open = "head"
        elif item and not _NUMBERED.fullmatch(item):
            self._open = ""
            self._head(item)

    def _head(self, item: str) -> None:
        if not self.keyword and not self.title and (_CYCLE.match(item) or re.search(r",\s?\d{1,5}$", item)):
            self._name(item)
        elif _NOTE.match(item):
            return
        elif not self.byline and wire.is_byline(item):
            self.byline = item
        elif self.byline and not self.affiliation and _AFFILIATION.search(item) and len(item) < _UNBROKEN_LINE:
            self.affiliation = item
        elif not self.title:
            self.title = item
        elif not self.summary and len(item) > _FULL_LINE:
            self.summary = item
        else:
            self._items.append([item])

    def _name(self, item: str) -> None:
        """Take in the keyword line: the story's name, its version, its words."""
        found = _KEYWORD.fullmatch(item)
        self.keyword = found["keyword"].strip() if found else item
        version = ((found and found["version"]) or "").strip()
        self.is_kill = _KILL.search(version or item) is not None
        numbered = _VERSION.fullmatch(version)
        self.is_identified = found is not None and (numbered is not None or self.is_kill)
        if version and numbered:
            self.version = 1 + int(numbered["number"] or 1)

    def paragraphs(self) -> tuple[str, ...]:
        """The text."""
        joined = (_typeset(" ".join(item).replace(" \n", "\n").rstrip("<= ")) for item in self._items)
        return tuple(paragraph for paragraph in joined if paragraph.strip("_ \n"))


def _typeset(line: str) -> str:
    """Quotation marks and dashes, which the character set of the wire has no signs for."""
    for written, meant in _TYPOGRAPHY:
        line = line.replace(written, meant)
    return line


PARSER: Final = Anpa1312()
