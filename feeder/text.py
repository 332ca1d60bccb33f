"""From bytes to clean text: which encoding a file is in, and which characters may stay.

The order is that of certainty: byte-order mark, NUL pattern (UTF-16 and UTF-32 without a mark), ISO-2022 and HZ
escapes, strict UTF-8, what the file declares, and last what ``charset`` finds plausible. Nothing is ever replaced or
guessed around: a file that cannot be decoded whole is refused with the offset of the byte in the way.

Every function here takes time linear in its input.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import Final

from feeder import charset
from feeder.errors import SeedError, UnfinishedError

WIDER: Final = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
"""What is meant in practice by the name of an encoding (WHATWG Encoding Standard section 4.2), in Python's names."""

_MARKS: Final = (  # the longer first: UTF-32 LE begins like UTF-16 LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY: Final = {
    "a PNG image": (b"\x89PNG\r\n",),
    "a JPEG image": (b"\xff\xd8\xff",),
    "a GIF image": (b"GIF87a", b"GIF89a"),
    "a TIFF image": (b"II*\0", b"MM\0*"),
    "a PDF document": (b"%PDF-",),
    "a PostScript document": (b"%!PS",),
    "an RTF document": (b"{\\rtf",),
    "an old Office document": (b"\xd0\xcf\x11\xe0",),
    "a ZIP archive or an Office document": (b"PK\x03\x04",),
    "an empty ZIP archive": (b"PK\x05\x06",),
    "a gzip archive": (b"\x1f\x8b",),
    "an xz archive": (b"\xfd7zXZ\0",),
    "a 7-Zip archive": (b"7z\xbc\xaf",),
    "a RAR archive": (b"Rar!\x1a",),
    "a Zstandard archive": (b"\x28\xb5\x2f\xfd",),
    "a program (ELF)": (b"\x7fELF",),
    "a program": (b"\xca\xfe\xba\xbe",),
    "an SQLite database": (b"SQLite format 3\0",),
    "an Ogg recording": (b"OggS\0",),
    "an MP3 recording": (b"ID3\2", b"ID3\3", b"ID3\4"),
}
_TOLD: Final = ("utf-", "iso2022", "hz")
"""Beginnings of encodings that a file itself tells by its bytes."""
_MEANT: Final = WIDER | {"ascii": "cp1252"}
"""What a declared name is read as: who says ASCII and writes more is read too, but it is not what was said."""
_ESCAPED_KOREAN: Final = re.compile(rb"\x1b\$\)C")
_ESCAPED_JAPANESE: Final = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ]|\([IJ])")
_ESCAPED_HZ: Final = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])++~\}")
_SAMPLE_BYTES: Final = 256
_LEAST_NUL_SHARE: Final = 0.08
_LAST_PLANE: Final = 0x10
_ODD: Final = re.compile(  # what may not stay as it is; all other characters are in NFC beside each other
    "[^\t\n -~\xa0-\xac\xae-\u02ff\u0370-\u0373\u0375-\u037d\u037f-\u0386\u0388-\u0482\u048a-\u052f\u05d0-\u05ea"
    "\u0620-\u064a\u0660-\u066f\u0671-\u0674\u0679-\u06d3\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2116\u2122\u3000-\u3029"
    "\u3030-\u3098\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]"
)
_ASCII_CONTROLS: Final = bytes({*range(0x20), 0x7F} - {0x09, 0x0A})
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_FORBIDDEN: Final = re.compile(  # C0 and C1 controls, surrogates and non-characters
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_INVISIBLE: Final = re.compile(  # bidi marks, embeddings, overrides and isolates, zero widths, fillers
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\uffa0"
    "\ufff9-\ufffb]"
)
_JOINERS: Final = re.compile("[\u200c\u200d]+")
_JOINABLE: Final = re.compile(  # emoji and their modifiers; Arabic, Persian and the scripts of India and Indochina
    "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff\u0600-\u0dff\u1000-\u109f\u1780-\u18af]"
)
_WHITE: Final = re.compile(r"\s+")
_NOTHING: Final = re.compile(rf"(?:\s|{_INVISIBLE.pattern}|{_JOINERS.pattern[:-1]})*+")

_LONGEST_RUN: Final = 30
"""Combining marks on one character, as in the Stream-Safe Text Format (Unicode Annex 15 section 13): normalising
longer runs takes quadratic time."""
_MARKED: Final = re.compile(rf"[^\w\s\x00-\xbf]{{{_LONGEST_RUN + 1},}}")


def decode(raw: bytes, *, declared: str | None = None) -> tuple[str, str]:
    """A whole file as text, and the name of its encoding (Python's); no byte-order mark is left.

    ``declared`` is the encoding that the file itself names; it counts only where the bytes do not speak for
    themselves.

    Raises:
        UnfinishedError: the file is empty, or ends in the middle of a character.
        SeedError: it is not text, or not in one encoding throughout; ``offset`` says where.
    """
    if not raw:
        raise UnfinishedError("the file is empty")
    found = _by_mark(raw)
    if found is None:
        _refuse_binary(raw)
        found = _by_pattern(raw) or _by_escape(raw) or _by_utf8(raw, declared)
    text, encoding = found or _by_declaration(raw, declared) or _by_guess(raw)
    nul = text.find("\0")
    if nul >= 0:
        _, skipped = _mark(raw) or ("", 0)
        offset = skipped + len(text[:nul].encode(encoding))
        raise SeedError("a NUL character; this is a binary file or a damaged one", offset=offset)
    return text, encoding


def doubts(encoding: str) -> tuple[str, ...]:
    """What the author should be told about how a file was decoded: that its encoding was guessed."""
    return () if encoding.startswith(_TOLD) else (f"encoding guessed: {encoding}",)


@lru_cache(maxsize=1)
def glimpse(head: bytes) -> str:
    """The beginning of a file, readable enough to tell its format by; never raises.

    What is not UTF-8, UTF-16 or UTF-32 shows its ASCII characters and U+FFFD for the others. The last one is kept,
    because every parser looks at the same beginning.
    """
    encoding, skipped = _mark(head) or (_pattern(head) or "utf-8", 0)
    return clean(head[skipped:].decode(encoding, "replace"))


def clean(text: str) -> str:
    r"""Text in NFC with ``\n`` as its only line end and nothing in it that XML 1.0 forbids (section 2.2)."""
    if is_plain(text):
        return text
    text = _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", _MARKED.sub(_shortened, text))


def is_plain(text: str) -> bool:
    """Whether a text is surely clean already, with nothing hidden in it and no joiners; a quick look at each character.

    So is every piece of such a text, and whatever such pieces are put together to.
    """
    if text.isascii():
        return len(text.encode().translate(None, _ASCII_CONTROLS)) == len(text)
    return _ODD.search(text) is None


def lines(text: str) -> list[str]:
    """Clean text as lines; one in which nothing can be seen is empty, and the first other one has nothing hidden.

    What hides in the first line would hide a format's signature too.
    """
    if is_plain(text):
        return ["" if line.isspace() else line for line in text.split("\n")]
    found = ["" if _NOTHING.fullmatch(line) else line for line in clean(text).split("\n")]
    first = next((number for number, line in enumerate(found) if line), None)
    if first is not None:
        found[first] = _unhidden(found[first])
    return found


def clean_line(text: str) -> str:
    """One line for a title or a name: white space collapsed, what cannot be seen removed.

    Bidirectional controls and zero-width characters can make a title lie; the joiners stay where they are
    spelling (Persian, the scripts of India) or part of an emoji.
    """
    if is_plain(text):
        return " ".join(text.split())
    return unicodedata.normalize("NFC", _WHITE.sub(" ", _unhidden(clean(text))).strip())


def _unhidden(text: str) -> str:
    return _JOINERS.sub(_joined, _INVISIBLE.sub("", text))


def _shortened(found: re.Match[str]) -> str:
    """A run of marks and symbols without the marks that are too many on one character."""
    kept, run = [], 0
    for character in found[0]:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _LONGEST_RUN:
            kept.append(character)
    return "".join(kept)


def _joined(found: re.Match[str]) -> str:
    """The first of some joiners, if it stands between two characters that it can join."""
    text, before, after = found.string, found.start() - 1, found.end()
    joins = before >= 0 and _JOINABLE.match(text, before) and _JOINABLE.match(text, after)
    return found[0][0] if joins else ""


def _mark(raw: bytes) -> tuple[str, int] | None:
    return next(((name, len(mark)) for mark, name in _MARKS if raw.startswith(mark)), None)


def _by_mark(raw: bytes) -> tuple[str, str] | None:
    encoding, skipped = _mark(raw) or ("", 0)
    return (_strictly(raw, encoding, skipped), encoding) if encoding else None


def _refuse_binary(raw: bytes) -> None:
    kind = next((kind for kind, magics in _BINARY.items() if raw.startswith(magics)), None)
    if raw[4:8] == b"ftyp":
        kind = "a video or an image (MP4, HEIC, AVIF)"
    if raw.startswith(b"RIFF") and raw[8:12] in {b"WEBP", b"WAVE", b"AVI "}:
        kind = "an image, a sound or a video (WebP, WAV, AVI)"
    if kind is not None:
        raise SeedError(f"{kind}, not text", offset=0)


def _pattern(raw: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the high bytes of its ASCII characters are NUL."""
    sample = raw[: min(len(raw), _SAMPLE_BYTES) // 4 * 4]
    if b"\0" not in sample:
        return None
    quarters = [sample[place::4] for place in range(4)]
    if not any(quarters[3]) and max(quarters[2]) <= _LAST_PLANE:
        return "utf-32-le"
    if not any(quarters[0]) and max(quarters[1]) <= _LAST_PLANE:
        return "utf-32-be"
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < max(2, _LEAST_NUL_SHARE * len(sample) / 2) or min(even, odd) * 4 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _by_pattern(raw: bytes) -> tuple[str, str] | None:
    encoding = _pattern(raw)
    return (_strictly(raw, encoding), encoding) if encoding else None


def _strictly(raw: bytes, encoding: str, skipped: int = 0) -> str:
    try:
        return raw[skipped:].decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + skipped
        if error.end + skipped == len(raw) and ("unexpected end" in error.reason or "truncated" in error.reason):
            raise UnfinishedError("the file ends in the middle of a character", offset=offset) from None
        raise SeedError(f"not {encoding} throughout: {error.reason}", offset=offset) from None


def _by_escape(raw: bytes) -> tuple[str, str] | None:
    if not raw.isascii() or (b"\x1b" not in raw and b"~{" not in raw):
        return None
    if _ESCAPED_KOREAN.search(raw):
        return _strictly(raw, "iso2022_kr"), "iso2022_kr"
    if _ESCAPED_JAPANESE.search(raw):
        name = "iso2022_jp_2004" if re.search(rb"\x1b\$\([OPQ]", raw) else "iso2022_jp_ext"
        return _strictly(raw, name), name
    return _by_hz(raw) if _ESCAPED_HZ.search(raw) else None


def _by_hz(raw: bytes) -> tuple[str, str] | None:
    """HZ (RFC 1843), only where all of it reads: its escapes are characters of plain text too."""
    try:
        return raw.decode("hz"), "hz"
    except UnicodeDecodeError:
        return None


def _by_utf8(raw: bytes, declared: str | None) -> tuple[str, str] | None:
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if not declared and error.end == len(raw) and error.reason == "unexpected end of data":
            raise UnfinishedError("the file ends in the middle of a character", offset=error.start) from None
        return None


def _by_declaration(raw: bytes, declared: str | None) -> tuple[str, str] | None:
    """The encoding that the file names, or the wider one that is meant by it; None where it does not fit."""
    try:
        name = codecs.lookup(declared or "").name
    except (LookupError, ValueError):
        return None
    for encoding in (_MEANT.get(name, name), name):
        try:
            return raw.decode(encoding), encoding
        except (ValueError, LookupError):  # a codec that is not one of text raises LookupError
            continue
    return None


def _by_guess(raw: bytes) -> tuple[str, str]:
    encoding = charset.guess(raw)
    return _strictly(raw, encoding), encoding
