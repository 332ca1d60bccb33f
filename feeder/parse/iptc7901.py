"""IPTC 7901, the text transmission format of news agencies (revision 5, 1995), one message or a wire's spool of many.

::

    SOH  eca0003 3 i 380  dpa 0045     service and number, priority 1-9, category, words, what the agency adds
         Harbour/bridge/               keywords
    STX  1ST LEAD                      what kind of item it is
         Harbour bridge closed =       the headline; ``=`` ends it and the byline
                                       the text
    ETX  301132 GMT Apr 19             day, hour, minute; month, year
    EOT

Dialects leave out one thing or another; the control characters themselves are lost in files that a text editor saved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Usage
from feeder.parse import spool
from feeder.parse.newswire import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.parse import Reader

_SOH, _STX, _ETX, _EOT = b"\x01", b"\x02", b"\x03", b"\x04"
_HEADER: Final = (
    rb"(?P<service>[A-Za-z]{1,8}) ?(?P<number>\d{1,6})[ ]{1,3}(?P<priority>[1-9])[ ]{1,3}(?P<category>[A-Za-z]{1,4})"
    rb"(?:[ ]{1,3}(?P<words>\d{1,6}))?(?:[ ]{1,3}(?P<more>[^\r\n\x02-\x04]{0,200}))?[ ]*(?=[\r\n\x02])"
)
_BEGINS: Final = re.compile(rb"\x01[\x00-\x20]{0,4}" + _HEADER)
_PADS: Final = bytes(range(0x21)).replace(b"\x01", b"") + b"\x7f"
_BARE: Final = re.compile(  # without control characters: the header, a blank line, keywords that end with a slash
    rb"\s{0,9}" + _HEADER + rb"[\r\n]{1,4}[^\r\n]{1,200}/[ ]*[\r\n]"
)
_LOST_PREAMBLE: Final = 400

_HEADLINE_LINES: Final = 12
_TAKE: Final = re.compile(  # lines of a headline that say what kind of item it is
    r"(?:\d{1,2}(?:ST|ND|RD|TH) )?"
    r"(?:EXTRA|REFILE|FLASH|URGENT|BULLETIN|LEAD|UPDATE|ROUNDUP|CORRECTION|CORRECTED|REPEAT|"
    r"REPETITION|WRITETHRU|ALERT|PREVIEW|FEATURE|NEWS FEATURE|INTERVIEW|ANALYSIS|BACKGROUND|PROFILE|SIDEBAR|KILL|"
    r"WITHDRAWN|WITHDRAWAL|ATTENTION|ADVISORY|EILMELDUNG|EIL|ACHTUNG)[ :0-9+-]*"
)
_KILL: Final = re.compile(
    r"\(?(?:KILL|WITHDRAW(?:N|AL)|ANNULATION|ANNULE|RÜCKZUG|ZURÜCKGEZOGEN|Meldung zurückgezogen)\b.*", re.DOTALL
)
_CORRECTION: Final = re.compile(
    r"\(?(?:Berichtigung|Korrektur|Correction|Corrects?|Corrige)\b[^:]{0,20}:\s*(.+?)\)?", re.DOTALL
)
_EDITORIAL: Final = re.compile(
    r"#\s*(?:Notizblock|Notebook|Notepad)\b|The following information is not (?:intended )?for publication"
    r"|Die folgenden Informationen sind nicht zur Veröffentlichung",
    re.IGNORECASE,
)
_STARS: Final = re.compile(r"\s*(?:\*\s*){3,}")
_SIGN_OFF: Final = re.compile(r"[a-z]{2,5}(?:[ /+-]{1,2}[a-zäöüß0-9]{1,5}){1,8}")
_AGENCY: Final = re.compile(r"[^\W\d_][\w-]{1,20}")


class Iptc7901:
    """The parser of IPTC 7901."""

    name = "iptc7901"
    precedence = 16
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (its header tells all)
        """By the header behind the first SOH; see ``Parser``."""
        return _first(head) is not None or _BARE.match(head) is not None

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article for each message; see ``Parser``."""
        yield from spool.drafts(spool.messages(reader, _BEGINS, wire.LARGEST), lambda raw: _Message(raw).draft(name))


def _first(raw: bytes) -> re.Match[bytes] | None:
    """The first header, if only a preamble stands before it (pads, ``ZCZC``)."""
    start = raw.find(_SOH, 0, _LOST_PREAMBLE)
    return _BEGINS.match(raw, start) if start >= 0 else None


class _Message:
    """The parts of one message, decoded: its header, keywords, text and trailer."""

    def __init__(self, raw: bytes) -> None:
        found = _first(raw) or _BARE.match(raw)
        if found is None:
            raise SeedError(
                "no header of IPTC 7901 (service and number, priority, category) at the message's beginning"
            )
        self._header = found
        self.encoding = text.decode(wire.printable(raw))[1]
        self.doubts = text.doubts(self.encoding)
        keywords, body, trailer = _sections(raw[found.start("service") :])
        self.keywords, self.lines, self.trailer = (
            self._text(keywords),
            self._text(body).split("\n"),
            self._text(trailer),
        )

    def _text(self, raw: bytes) -> str:
        return text.clean(wire.printable(raw).decode(self.encoding))

    def field(self, name: str) -> str:
        """A field of the header; empty if missing."""
        return (self._header[name] or b"").decode("ascii", "replace").strip()

    def draft(self, name: str) -> Draft:
        heading, body = _headed(self.lines)
        paragraphs = wire.paragraphs(_published_lines(body))
        place, agency, day = wire.dateline(paragraphs)
        agency = agency or _first_word(self.field("more"))
        paragraphs = _without_sign_off(paragraphs, {agency.rpartition("/")[2], _first_word(self.field("more"))})
        published, published_by = self._published(name, day)
        byline = heading.byline
        if not byline and len(paragraphs) > 1 and wire.is_byline(paragraphs[0]):
            byline, paragraphs = paragraphs[0], paragraphs[1:]
        found: dict[str, tuple[str, Any]] = {
            "id": ("header", self._id(published)),
            "title": ("headline", heading.title),
            "paragraphs": ("text", paragraphs),
            "published": (published_by, published),
            "authors": ("byline", wire.people(byline)),
            "byline": ("byline", byline),
            "dateline": ("dateline", place),
            "keywords": ("keywords", tuple(word.strip() for word in re.split(r"[/\n]", self.keywords) if word.strip())),
            "subjects": ("category", (f"category:{self.field('category').lower()}",)),
            "source": ("dateline" if place else "header", agency),
            "urgency": ("priority", int(self.field("priority"))),
            "correction": ("headline", heading.correction),
        }
        found = {field: given for field, given in found.items() if given[1]}
        return Draft(
            **{field: value for field, (_, value) in found.items()},
            usage=Usage.WITHDRAWN if heading.is_kill else Usage.USABLE,
            encoding=self.encoding,
            where={field: place for field, (place, _) in found.items() if field != "paragraphs"},
            warnings=self.doubts + ((_KILLED,) if heading.is_kill else ()),
        )

    def _published(self, name: str, day: str) -> tuple[str | None, str]:
        """When it was sent, by its trailer, else the day of its dateline; and which of them it is."""
        sent = wire.dated(self.trailer, day, wire.day_in_name(name))
        return (sent, "trailer") if sent else (day or None, "dateline")

    def _id(self, published: str | None) -> str:
        """Numbers begin anew each day, so the moment is part of it; a number of zeros is none."""
        number = self.field("number")
        if not published or not int(number):
            return ""
        return f"{self.field('service').lower()}{number}-{re.sub('[^0-9T]', '', published[:16])}"


def _sections(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """The keywords, the text and the trailer of a message that begins with its header."""
    end = re.search(rb"[\r\n\x02]", raw)
    rest = raw[end.start() if end else len(raw) :]
    if _STX in rest:
        keywords, _, body = rest.partition(_STX)
        body, ended, trailer = body.partition(_ETX)
        if not ended and _EOT not in body:
            raise UnfinishedError("the message is cut off: there is no ETX behind its text")
        return keywords, body.partition(_EOT)[0], trailer.partition(_EOT)[0]
    return _bare_sections(rest.partition(_EOT)[0].replace(_ETX, b""))


def _bare_sections(rest: bytes) -> tuple[bytes, bytes, bytes]:
    """The same where the control characters are lost: the keywords end with a slash, the trailer is the last line."""
    lines = rest.strip(_PADS).splitlines()
    last = lines.pop() if lines and re.match(rb"\d{6}\b", lines[-1]) else b""
    is_keywords = bool(lines) and lines[0].rstrip().endswith(b"/")
    return (lines[0] if is_keywords else b""), b"\n".join(lines[1:] if is_keywords else lines), last


_KILLED: Final = "a notice that another message is withdrawn; withdraw that one too"


@dataclass(slots=True)
class _Heading:
    """What stands above the text."""

    title: str = ""
    byline: str = ""
    correction: str = ""
    is_kill: bool = False

    def add(self, item: str) -> None:
        """Take in a line of it, or a note in brackets."""
        item = item.strip().removesuffix("=").rstrip()
        if corrected := _CORRECTION.fullmatch(item):
            self.correction = corrected[1]
        elif _KILL.fullmatch(item):
            self.is_kill = True
        elif _TAKE.fullmatch(item) or (item.startswith("(") and item.endswith(")") and item.count("(") == 1):
            return
        elif not self.byline and self.title and wire.is_byline(item):
            self.byline = item
        else:
            self.title = f"{self.title} {item}".strip()


def _headed(lines: list[str]) -> tuple[_Heading, list[str]]:
    """The heading, which ``=`` or a blank line ends, and the lines below it."""
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    blank = next((number for number in range(first, len(lines)) if not lines[number].strip()), len(lines))
    block = lines[first : min(blank, first + _HEADLINE_LINES)]
    marked = [number for number, line in enumerate(block, 1) if line.rstrip().endswith("=")]
    size = marked[-1] if marked else len(block) if blank - first <= _UNMARKED_LINES else 1
    heading = _Heading()
    for item in _items(block[:size]):
        heading.add(item)
    return heading, lines[first + size :]


_UNMARKED_LINES: Final = 4


def _items(block: list[str]) -> list[str]:
    """The lines of a heading; a note in brackets over several lines is one."""
    items: list[str] = []
    for line in block:
        if items and items[-1].startswith("(") and ")" not in items[-1]:
            items[-1] = f"{items[-1]} {line.strip()}"
        else:
            items.append(line.strip())
    return items


def _published_lines(lines: list[str]) -> list[str]:
    """The lines of the text before what is for editors alone."""
    end = next((number for number, line in enumerate(lines) if _EDITORIAL.match(line.strip())), len(lines))
    while end and (not lines[end - 1].strip() or _STARS.fullmatch(lines[end - 1])):
        end -= 1
    return lines[:end]


def _without_sign_off(paragraphs: tuple[str, ...], agencies: set[str]) -> tuple[str, ...]:
    """The paragraphs without the last line of initials (``dpa al rmo``)."""
    last = paragraphs[-1] if len(paragraphs) > 1 else ""
    is_one = _SIGN_OFF.fullmatch(last) and last.split()[0] in {agency.lower() for agency in agencies}
    return paragraphs[:-1] if is_one else paragraphs


def _first_word(more: str) -> str:
    found = _AGENCY.match(more)
    return found[0] if found else ""


PARSER: Final = Iptc7901()
