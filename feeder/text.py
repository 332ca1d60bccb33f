"""From bytes to clean text: which encoding a file is in, and which characters may stay.

The order is that of certainty: byte-order mark, NUL pattern (UTF-16 and UTF-32 without a mark), ISO-2022 and HZ
escapes, strict UTF-8, what the file declares, and last what chardet finds plausible, corrected where a few letters
are no evidence for a rare table. Nothing is ever replaced or guessed around: a file that cannot be decoded whole is
refused with the offset of the byte in the way.

Every function here takes time linear in its input.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

import chardet
from chardet.enums import EncodingEra

from feeder.errors import SeedError, UnfinishedError

_MARKS: Final = (  # the longer first: UTF-32 LE begins like UTF-16 LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY: Final = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x7fELF", "a program (ELF)"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"OggS\0", "an Ogg recording"),
    *((b"ID3" + bytes([version]), "an MP3 recording") for version in (2, 3, 4)),
)
_PLAUSIBLE: Final = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    *("koi8-r", "koi8-u", "tis-620", "mac-roman", "mac-cyrillic", "mac-greek", "mac-latin2", "mac-turkish"),
    *("cp437", "cp737", "cp850", "cp852", "cp855", "cp857", "cp858", "cp862", "cp866"),
    *("big5hkscs", "cp932", "cp949", "euc_jis_2004", "euc_kr", "gb18030", "johab", "shift_jis_2004"),
)
_LEAST_CONFIDENCE: Final = 0.03
"""Real news text of one sentence scores above 0.07, random bytes below 0.02 (chardet 7.7)."""

_SEQUENCE: Final = re.compile(  # one well-formed UTF-8 sequence of more than one byte (RFC 3629 section 4)
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_MALFORMED: Final = re.compile(  # what only a broken or hostile UTF-8 encoder writes: overlong, surrogates, too high
    rb"\xc0[\x80-\x9f\xa1-\xbf]|\xc1[\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]"
    rb"|\xf0[\x80-\x8f][\x80-\xbf]{2}|\xf4[\x90-\xbf][\x80-\xbf]{2}|[\xf5-\xf7][\x80-\xbf]{3}"
    rb"|[\xf8-\xfb][\x80-\xbf]{4}|[\xfc\xfd][\x80-\xbf]{5}"
)
_MAC_QUOTED: Final = re.compile(rb"[\xd2-\xd5][\x80-\xbf]")
"""A quotation mark before a letter in Mac tables, and by chance the form of UTF-8."""
_TOLD: Final = ("utf-", "iso2022", "hz")
"""Beginnings of encodings that a file itself tells by its bytes."""
_DOUBTFUL: Final = ("mac-", "cp4", "cp7", "cp8", *(f"iso8859-{part}" for part in (3, 4, 10, 13, 14, 15, 16)))
"""Tables that hardly anybody writes news in, and that differ from cp1252 in a few characters."""
_FEW: Final = 4
"""Bytes beyond ASCII below which there is no evidence for any table but the commonest."""
_HIGH_UPPER, _HIGH_LOWER = "À-ÖØ-ÞŒ", "ß-öø-ÿœ"
_UPPER, _LOWER = f"A-Z{_HIGH_UPPER}", f"a-z{_HIGH_LOWER}"
_MISPLACED: Final = re.compile(  # characters of cp1252 where no writer puts them: the table is another one
    f"(?<=[{_LOWER}.,;!?])[{_HIGH_UPPER}]|[{_HIGH_UPPER}][A-Z][a-z]|(?<=[A-Z])[à-öø-ÿœ](?=[A-Z])"
    f"|(?<![{_UPPER}{_LOWER}])[ÐÑÒÕÞðß](?![{_UPPER}{_LOWER}])|[{_HIGH_UPPER}{_HIGH_LOWER}]{{4}}"
    f"|(?<=[{_UPPER}{_LOWER}])(?:[“„‚¿¡§½¼¾†‡]|[«»‹›•×](?=[{_UPPER}{_LOWER}]))|[”½¼¾](?=[{_UPPER}{_LOWER}])"  # noqa: RUF001
    r"|(?<![0-9])(?<![0-9][ \xa0])[€£¥](?![0-9 \xa0]?[0-9])|(?<![0-9])[¢‰¹²³]|[¤¦¨¬¯¶¸ƒˆ˜÷ŠŽŸšž\x80-\x9f]"  # noqa: RUF001
)
_SUPERSETS: Final = {  # what a declared name means in practice (WHATWG Encoding Standard section 4.2)
    "ascii": "cp1252",
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
_ASCII_BYTES: Final = bytes(range(128))
_CONTROL_BYTES: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_ESCAPED_KOREAN: Final = re.compile(rb"\x1b\$\)C")
_ESCAPED_JAPANESE: Final = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ]|\([IJ])")
_ESCAPED_HZ: Final = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])++~\}")

_SAMPLE_BYTES: Final = 256
_LEAST_NUL_SHARE: Final = 0.08
_LAST_PLANE: Final = 0x10

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
    text, encoding = found or _by_declaration(raw, declared) or _by_detection(raw)
    before, nul, _ = text.partition("\0")
    if nul:
        _, skipped = _mark(raw) or ("", 0)
        offset = skipped + len(before.encode(encoding))
        raise SeedError("a NUL character; this is a binary file or a damaged one", offset=offset)
    return text, encoding


def doubts(encoding: str) -> tuple[str, ...]:
    """What the author should be told about how a file was decoded: that its encoding was guessed."""
    return () if encoding.startswith(_TOLD) else (f"encoding guessed: {encoding}",)


def glimpse(head: bytes) -> str:
    """The beginning of a file, readable enough to tell its format by; never raises.

    What is not UTF-8, UTF-16 or UTF-32 shows its ASCII characters and U+FFFD for the others.
    """
    encoding, skipped = _mark(head) or (_pattern(head) or "utf-8", 0)
    return clean(head[skipped:].decode(encoding, "replace"))


def clean(text: str) -> str:
    r"""Text in NFC with ``\n`` as its only line end and nothing in it that XML 1.0 forbids (section 2.2)."""
    text = _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", _MARKED.sub(_shortened, text))


def lines(text: str) -> list[str]:
    """Clean text as lines; one in which nothing can be seen is empty, and the first other one has nothing hidden.

    What hides in the first line would hide a format's signature too.
    """
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
    kind = next((kind for magic, kind in _BINARY if raw.startswith(magic)), None)
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
    if not raw.isascii():
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
    for encoding in (_SUPERSETS.get(name, name), name):
        try:
            return raw.decode(encoding), encoding
        except (ValueError, LookupError):  # a codec that is not one of text raises LookupError
            continue
    return None


def _by_detection(raw: bytes) -> tuple[str, str]:
    """What chardet finds plausible for text that is not UTF-8."""
    stray = _first_stray(raw)
    if _is_malformed(raw):
        raise SeedError("not well-formed UTF-8 (RFC 3629), and nothing else", offset=stray)
    if control := _CONTROL_BYTES.search(raw):
        raise SeedError("control characters and no known encoding; this is a binary file", offset=control.start())
    found = chardet.detect(
        raw,
        compat_names=False,
        encoding_era=EncodingEra.ALL,
        include_encodings=_PLAUSIBLE,
        max_bytes=len(raw),
        no_match_encoding="cp1252",
        empty_input_encoding="cp1252",
    )
    encoding = found["encoding"]
    if encoding is None or found["confidence"] < _LEAST_CONFIDENCE:
        raise SeedError("not UTF-8, and no other encoding fits", offset=stray)
    encoding = _likelier(raw, encoding)
    if _is_mixed(raw, encoding):
        raise SeedError("most of it is UTF-8, but not this byte: two encodings in one file", offset=stray)
    return _strictly(raw, encoding), encoding


def _is_malformed(raw: bytes) -> bool:
    """Whether all beyond ASCII has the form of UTF-8, but some of it stands for nothing."""
    rest = _SEQUENCE.sub(b"", raw)
    return _MALFORMED.search(rest) is not None and _MALFORMED.sub(b"", rest).isascii()


def _likelier(raw: bytes, encoding: str) -> str:
    """The encoding found, or cp1252 where that reads well and the bytes are no evidence for a rarer one."""
    few = len(raw.translate(None, _ASCII_BYTES)) < _FEW
    if not (few or encoding.startswith(_DOUBTFUL)):
        return encoding
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return encoding
    return encoding if _MISPLACED.search(text) else "cp1252"


def _first_stray(raw: bytes) -> int:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _is_mixed(raw: bytes, encoding: str) -> bool:
    """Whether text of two encodings was put into one file, so that decoding it would spoil the UTF-8 part.

    By chance up to 43 % of the high bytes of East Asian and Cyrillic text make valid UTF-8, of Latin text none.
    """
    high = len(raw.translate(None, _ASCII_BYTES))
    pairs = _SEQUENCE.findall(raw)
    if encoding.startswith("mac-"):
        pairs = [pair for pair in pairs if not _MAC_QUOTED.fullmatch(pair)]
    share = sum(len(pair) for pair in pairs) / high
    latin = encoding.startswith(("cp125", "iso8859", "mac-", "cp4", "cp85")) and not _is_foreign(raw, encoding)
    return share > (0.1 if latin else 0.5)


def _is_foreign(raw: bytes, encoding: str) -> bool:
    """Whether most letters beyond ASCII are not Latin ones."""
    letters = [char for char in raw.decode(encoding, "ignore") if char > "\x7f" and char.isalpha()]
    return sum(char > "\u024f" for char in letters) * 2 > len(letters)
