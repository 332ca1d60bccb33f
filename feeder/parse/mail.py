"""E-mail (RFC 5322, MIME), one message (``.eml``) or a mailbox of many (mbox, RFC 4155): each is an article.

The subject is the title, as it was written; only what says how the mail travelled is taken off (``Fwd:``, the mark of
the mailing list it came through). A reply is an article too. What cannot be shown is told in warnings. A web page that
was saved as a mail (``.mhtml``) is read as the page that it is.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from feeder import text
from feeder.model import Draft, Person
from feeder.parse import spool
from feeder.parse.message import mime, parts, saved_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.parse import Reader

LARGEST: Final = 32 * 1_048_576
"""Bytes of one mail, its attachments (in base64) included; mail servers let 10 to 50 MB through."""

_FROM_LINE: Final = rb"From [^\r\n]{0,300}\b(?:19|20)\d\d[^\r\n]{0,40}\r?\n(?=>?[!-9;-~]{1,80}[ \t]*:)"
_BEGINS: Final = re.compile(rb"(?:\A|(?<=\n))" + _FROM_LINE)
_QUOTED_FROM: Final = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_COUNTED: Final = re.compile(rb"\d{1,10}[ \t]*\r?\n(?=[!-9;-~]{1,80}:)")
"""Apple Mail's ``.emlx``: the mail's length stands before it and a property list behind it."""

_TRANSPORT: Final = frozenset(
    {
        "message-id",
        "mime-version",
        "received",
        "return-path",
        "delivered-to",
        "content-transfer-encoding",
        "dkim-signature",
    }
)
_WRITTEN: Final = frozenset({"from", "date", "subject", "to"})
_SUFFIXES: Final = frozenset({"eml", "emlx", "mbox"}) | saved_page.SUFFIXES
_FEWEST_FIELDS: Final = 2

_FORWARDED: Final = re.compile(r"(?:\[?(?:fwd?|wg|tr|rv|i|vs|doorst|enc|pd)\]?\s?:\s*)+", re.IGNORECASE)
_LIST_MARK: Final = re.compile(r"\[(?P<list>[^\[\]]{1,60})\]\s*")
_LIST: Final = re.compile(r"(?P<name>[^<>]*)<(?P<id>[^<>\s]+)>\s*")
_VIA_LIST: Final = re.compile(r"(?P<name>.+?)\s+via\s+.+", re.IGNORECASE)
_MAILBOX: Final = re.compile(  # RFC 5322 section 3.4, and an address with its name in a comment behind it
    r"(?:(?P<phrase>(?:\"(?:[^\"\\]|\\.)*+\"|[^\"<>,])*+)<(?P<angle>[^<>]*+)>"
    r"|(?P<bare>[^\s<>,()\"@]++@[^\s<>,()\"@]++)\s*+(?:\((?P<comment>[^()]*+)\))?)\s*+(?:,|$)"
)
_ESCAPED: Final = re.compile(r"\\(.)")
_LONGEST_FROM: Final = 2000
_ID: Final = re.compile(r"<\s*([^<>\s]+)\s*>")
_URL: Final = re.compile(r"<?\s*(https?://[^\s<>]+)\s*>?", re.IGNORECASE)
_COMMENT: Final = re.compile(r"\([^()]{0,200}\)")
_DATE: Final = re.compile(  # RFC 5322 sections 3.3 and 4.3, with what may be missing or too much in practice
    r"(?:[A-Za-z]{3,9}\.?,?\s*)?(?P<day>\d{1,2})[\s-](?P<month>[A-Za-z]{3})[a-z]{0,6}\.?[\s-](?P<year>\d{2,4}),?\s"
    r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:\s?(?P<zone>[+-]\d{4}|[A-Za-z]{1,5}))?",
    re.ASCII,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
}
_THIS_CENTURY, _FULL_YEAR = 50, 1000


class Mail:
    """The parser of mails and mailboxes."""

    name = "mail"
    precedence = 18
    streams = True

    def claims(self, head: bytes, name: str) -> bool:
        """By the header that it begins with; see ``Parser``."""
        start = _start(head)
        fields = mime.fields_of(head[start : start + mime.HEADER_BYTES]).keys()
        if len(fields & _WRITTEN) < _FEWEST_FIELDS and saved_page.ADDRESS not in fields:
            return False
        suffix = name.rpartition("/")[2].rpartition(".")[2].lower()
        return bool(fields & _TRANSPORT) or suffix in _SUFFIXES or _BEGINS.match(head) is not None

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """One article for each mail; see ``Parser``."""
        yield from spool.drafts(spool.messages(reader, _BEGINS, LARGEST, strictly=True), partial(_draft, name=name))


def _start(raw: bytes) -> int:
    """Where the header begins: behind a byte-order mark, empty lines, the line of a mailbox or a length."""
    start = len(raw) - len(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    for form in (_BEGINS, _COUNTED):
        if found := form.match(raw, start):
            return found.end()
    return start


def _draft(raw: bytes, *, name: str) -> Draft:
    """The article of one mail, or of the page that was saved as one."""
    mail = mime.parse(_alone(raw))
    if page := saved_page.page_of(mail, name):
        return saved_page.read(mail, page, name)
    body = parts.read(mail)
    found = {**_labels(mail), **_authors(mail)}
    title, taken = _title(mail, body)
    paragraphs = body.paragraphs
    if title:
        found["title"] = title
        paragraphs = paragraphs[1:] if paragraphs and title[0] != "Subject" else paragraphs
    return Draft(
        **{field: value for field, (_, value) in found.items()},
        html=body.html,
        paragraphs=paragraphs,
        encoding=body.encoding,
        where={field: name for field, (name, _) in found.items()},
        warnings=(*_oddities(found, taken), *body.warnings),
    )


def _oddities(found: _Fields, taken: str) -> Iterator[str]:
    if taken:
        yield f"left out of the subject: {taken}"
    if found.get("published", ("",))[0] == "Received":
        yield "no date; when the mail was first received stands for it"


def _alone(raw: bytes) -> bytes:
    """A mail without what a mailbox puts around it."""
    start = _start(raw)
    if _BEGINS.match(raw):
        return _QUOTED_FROM.sub(b"", raw[start:])
    counted = _COUNTED.match(raw)
    return raw[start : start + int(counted[0])] if counted else raw[start:]


_Fields = dict[str, tuple[str, Any]]
"""Fields of a ``Draft``: the name of the header field that each came from, and its value."""


def _labels(mail: mime.Part) -> _Fields:
    """What header fields say of a mail, but for who wrote it and what it is called."""
    listed = mail.get("list-id")
    named = _LIST.search(listed)
    keywords = chain.from_iterable(re.split(r"[,;]", value) for value in mail.all("keywords"))
    found: _Fields = {
        "id": ("Message-ID", _uri(mail.plain("message-id"))),
        "supersedes": (
            "Supersedes",
            _uri(mail.plain("supersedes") or mail.plain("replaces") or mail.plain("obsoletes")),
        ),
        "published": _published(mail),
        "expires": ("Expires", _iso(mail.plain("expires") or mail.plain("expiry-date"))),
        "language": ("Content-Language", mail.get("content-language").partition(",")[0].strip()),
        "keywords": ("Keywords", tuple(word.strip() for word in keywords if word.strip())),
        "source": ("List-Id", (named["name"].strip(' "') or named["id"]) if named else ""),
        "link": ("Archived-At", _address(mail.plain("archived-at") or mail.plain(saved_page.ADDRESS))),
        "summary": ("Summary", mail.get("summary")),
    }
    if not found["source"][1] and mail.get("organization"):
        found["source"] = ("Organization", mail.get("organization"))
    return {field: given for field, given in found.items() if given[1]}


def _published(mail: mime.Part) -> tuple[str, str]:
    if date := mail.plain("date"):
        return "Date", _iso(date)
    received = [value for key, value in mail.fields if key == "received"]
    last = received[-1].decode("ascii", "replace").rpartition(";")[2] if received else ""
    return "Received", _iso(" ".join(last.split()))


def _iso(value: str) -> str:
    """A date of RFC 5322 as ISO 8601; anything else as it stands, for ``dates`` to read or to refuse.

    A zone that says nothing (``-0000``, and military letters by section 4.3) means that the time is UTC.
    """
    found = _DATE.fullmatch(_COMMENT.sub(" ", value[:400]).strip())
    if found is None or found["month"].lower() not in _MONTHS:
        return value.strip()
    year, month = int(found["year"]), _MONTHS.index(found["month"].lower()) + 1
    if year < _FULL_YEAR:
        year += 2000 if year < _THIS_CENTURY else 1900
    hour, _, rest = found["time"].partition(":")
    return f"{year:04}-{month:02}-{int(found['day']):02}T{int(hour):02}:{rest}{_offset(found['zone'])}"


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if zone[0] not in "+-":
        return _ZONES.get(zone.upper(), "+00:00")
    return "+00:00" if zone == "-0000" else f"{zone[:3]}:{zone[3:]}"


def _uri(value: str) -> str:
    """A message's id as a URI (RFC 2392)."""
    found = _ID.search(value)
    bare = found[1] if found else value.strip()
    return f"mid:{bare}" if bare and "@" in bare else bare


def _address(value: str) -> str:
    found = _URL.match(value)
    return found[1] if found else ""


def _authors(mail: mime.Part) -> _Fields:
    """Who it is from; a list's own address behind ``via`` is not the author's."""
    listed = bool(mail.plain("list-id") or mail.plain("list-post"))
    people = tuple(_person(found, listed=listed) for found in _MAILBOX.finditer(mail.plain("from")[:_LONGEST_FROM]))
    return {"authors": ("From", people)} if people else {}


def _person(found: re.Match[str], *, listed: bool) -> Person:
    """One mailbox: ``Ann Lee <ann@example.org>``, ``ann@example.org (Ann Lee)`` or an address alone."""
    address = (found["angle"] or found["bare"] or "").strip()
    phrase = _ESCAPED.sub(r"\1", (found["phrase"] or found["comment"] or "").strip().strip('"'))
    shown = text.clean_line(mime.decoded_words(phrase)).strip("'\" ")
    if listed and (via := _VIA_LIST.fullmatch(shown)):
        return Person(via["name"].strip("'\" "))
    return Person("" if shown == address else shown, email=address if "@" in address else None)


def _title(mail: mime.Part, body: parts.Body) -> tuple[tuple[str, str] | None, str]:
    """The subject without the marks of its way here, and these; without a subject, what the body is headed by."""
    subject = text.clean_line(mail.get("subject"))
    if not subject:
        return (("first line", body.heading) if body.heading else None), ""
    kept, taken = _without_marks(subject, mail.get("list-id"))
    return ("Subject", kept), taken


def _without_marks(subject: str, listed: str) -> tuple[str, str]:
    """A subject without ``Fwd:`` and the name of its list in brackets, and what was taken off."""
    kept, taken = subject, []
    if (mark := _LIST_MARK.search(kept)) and _letters(mark["list"]) and _letters(mark["list"]) in _letters(listed):
        kept = kept[: mark.start()] + kept[mark.end() :]
        taken.append(mark[0].strip())
    if forwarded := _FORWARDED.match(kept):
        kept = kept[forwarded.end() :]
        taken.insert(0, forwarded[0].strip())
    return (kept.strip(), " ".join(taken)) if kept.strip() else (subject, "")


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


PARSER: Final = Mail()
