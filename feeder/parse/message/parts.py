"""Which parts of a mail are the article, and their text."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from feeder import safe_html, text
from feeder.errors import SeedError, UnfinishedError
from feeder.parse.message import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.parse.message.mime import Part

LARGEST: Final = 4 * 1_048_576
"""Bytes of one text in a mail."""

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_TEXTS: Final = _HTML | {"text/plain", "text/markdown"}
_HIDDEN: Final = frozenset(  # encrypted, or signed so that the text is within the signature
    {"multipart/encrypted", "application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
_SILENT: Final = frozenset(  # no loss to a reader
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    }
)
_MOST_ENCODED: Final = 4
"""Bytes of a transfer encoding for one of what it encodes, at most: ``=41`` and a few line ends."""
_MOST_NOTES: Final = 20
_META_CHARSET: Final = re.compile(rb"<meta[^<>]{1,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META_BYTES: Final = 4096
_BODY_TAG: Final = re.compile(r"<body\b[^<>]{0,4000}>", re.IGNORECASE)
_HEAD: Final = re.compile(r"<head[\s>]", re.IGNORECASE)
_HEAD_END: Final = re.compile(r"</head", re.IGNORECASE)
_INNER_PICTURE: Final = re.compile(r"<img\b[^<>]{0,2000}?\bsrc\s*=\s*[\"']?cid:[^<>]{0,2000}>", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title\b[^<>]{0,200}>([^<>]{1,500})</title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """What a mail says: HTML or paragraphs; what it is headed by, without a subject; what to tell its author."""

    html: str | None
    paragraphs: tuple[str, ...] | None
    heading: str
    encoding: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A part that may be the text of the mail, decoded; ``whole`` is the document that ``shown`` was taken from."""

    part: Part
    shown: str
    whole: str = ""
    encoding: str = ""
    warnings: tuple[str, ...] = field(default=())

    @property
    def is_html(self) -> bool:
        return self.part.type in _HTML

    @property
    def says_something(self) -> bool:
        if not self.is_html:
            return bool(self.shown.strip())
        return any(paragraph.strip() for paragraph in safe_html.paragraphs(self.shown))


def read(mail: Part) -> Body:
    """The body of a mail.

    Raises:
        UnfinishedError: it is cut off.
        SeedError: it is encrypted, a delivery report, or without any text.
    """
    check(mail)
    said = list(_texts(mail))
    chosen = [text for text in said if text.is_html == said[0].is_html]
    notes = tuple(_left_out(mail, chosen))
    if not chosen:
        raise SeedError("there is no text in the mail" + (f"; {notes[0]}" if notes else ""))
    warnings = (*(warning for text in chosen for warning in text.warnings), *notes)
    if chosen[0].is_html:
        heading = _TITLE.search(chosen[0].whole)
        html = "\n".join(text.shown for text in chosen)
        return Body(html, None, heading[1] if heading else "", chosen[0].encoding, warnings)
    found = [plain_text.read(text.shown, flowed=_flowed(text.part)) for text in chosen]
    paragraphs = tuple(paragraph for text in found for paragraph in text.paragraphs)
    warnings += tuple(warning for text in found for warning in text.warnings)
    return Body(None, paragraphs, found[0].heading, chosen[0].encoding, warnings)


def check(mail: Part) -> None:
    """See that a mail can be read at all.

    Raises:
        UnfinishedError: it is cut off.
        SeedError: it is encrypted, or a delivery report.
    """
    if mail.type == "multipart/report":
        raise SeedError("a delivery report, not an article")
    for part in mail.walk():
        if not part.is_whole and part.end == len(part.raw):
            raise UnfinishedError("the mail is cut off: its last part has no end")
        if part.type in _HIDDEN:
            raise SeedError("the mail is encrypted, or signed in a way that hides its text")


def _texts(part: Part) -> Iterator[_Text]:
    """What is to be read, in its order; of alternatives and of related parts only what counts, and nothing empty."""
    if part.type == "multipart/alternative":
        yield from _best(part)
    elif part.children:
        counts = part.children[:1] if part.type in {"multipart/related", "multipart/signed"} else part.children
        for child in counts:
            yield from _texts(child)
    elif _is_text(part) and (found := _decoded(part)).says_something:
        yield found


def _is_text(part: Part) -> bool:
    return part.type in _TEXTS and part.disposition != "attachment" and not part.filename


def _best(part: Part) -> list[_Text]:
    """HTML that says something; without it the last alternative that does (RFC 2046 section 5.1.4)."""
    found = [texts for child in part.children if (texts := list(_texts(child)))]
    rich = [texts for texts in found if any(text.is_html for text in texts)]
    return (rich or found or [[]])[-1]


def _left_out(mail: Part, chosen: list[_Text]) -> Iterator[str]:
    """What of a mail is not shown: its attachments, which are within it and not beside it."""
    shown = {id(text.part) for text in chosen}
    found = list(islice(_unshown(mail, shown), _MOST_NOTES + 1))
    for part in found[:_MOST_NOTES]:
        yield f"not shown: {part.filename or 'a part without a name'} ({part.type})"
    if len(found) > _MOST_NOTES:
        yield "not shown: further attachments"


def _unshown(part: Part, shown: set[int], *, is_alternative: bool = False) -> Iterator[Part]:
    is_alternative = is_alternative or part.type == "multipart/alternative"
    for child in part.children:
        yield from _unshown(child, shown, is_alternative=is_alternative)
    if part.children or id(part) in shown or part.type in _SILENT or part.type.startswith("multipart/"):
        return
    is_version = is_alternative and part.type.startswith("text/")
    if not is_version and part.raw[part.start : part.end].strip():
        yield part


def _decoded(part: Part) -> _Text:
    raw = part.content if part.end - part.start <= _MOST_ENCODED * LARGEST else part.raw[part.start : part.end]
    if len(raw) > LARGEST:
        raise SeedError(f"the text of the mail has more than {LARGEST} bytes")
    if not raw.strip():
        return _Text(part, "")
    declared = part.parameter("charset").strip()
    is_html = part.type in _HTML
    if is_html and not declared and (meta := _META_CHARSET.search(raw, 0, _META_BYTES)):
        declared = meta[1].decode("ascii", "replace")
    decoded, encoding = text.decode(raw, declared=declared or None)
    whole = text.clean(decoded)
    warnings = () if _fits(raw, declared) else text.doubts(encoding)
    return _Text(part, _inner(whole) if is_html else whole, whole, encoding, warnings)


def _fits(raw: bytes, declared: str) -> bool:
    """Whether a text is in the charset that it says it is in."""
    try:
        codecs.decode(raw, declared)
    except (LookupError, ValueError, TypeError):
        return False
    return True


def _inner(html: str) -> str:
    """What stands in the body of an HTML document, or all of it but its head, without pictures that are in the mail."""
    html = _INNER_PICTURE.sub("", html)
    if found := _BODY_TAG.search(html):
        return html[found.end() :]
    if (start := _HEAD.search(html)) and (end := _HEAD_END.search(html, start.end())):
        return html[: start.start()] + html[end.start() :]
    return html


def _flowed(part: Part) -> plain_text.Flow:
    """How the lines of a plain text are broken (RFC 3676 section 4)."""
    if part.parameter("format").lower() != "flowed":
        return plain_text.Flow.FIXED
    return plain_text.Flow.DELETING if part.parameter("delsp").lower() == "yes" else plain_text.Flow.FLOWED
