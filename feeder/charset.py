"""Which encoding text is in that says nothing of it and is not UTF-8: what chardet finds plausible, corrected.

A few letters are no evidence for a rare table, and of tables that chardet finds equally likely the one is meant in
which no character stands where nobody writes it.
"""

from __future__ import annotations

import re
from typing import Final

from feeder.errors import SeedError

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
_DOUBTFUL: Final = ("mac-", "cp4", "cp7", "cp8", *(f"iso8859-{part}" for part in (3, 4, 10, 13, 14, 15, 16)))
"""Tables that hardly anybody writes news in, and that differ from cp1252 in a few characters."""
_GRAPHIC: Final = ("cp437", "cp737", "cp862", "cp866")
"""DOS tables in which what begins a UTF-8 sequence of two bytes is a piece of a frame, and never beside a letter."""
_FEW: Final = 4
"""Bytes beyond ASCII below which there is no evidence for any table but the commonest."""
_EQUAL, _NEARLY = 0.98, 0.75
"""Shares of the best confidence: what is as likely, and what is not out of the question."""
_WESTERN: Final = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
_OLD_WESTERN: Final = ("cp850", "cp437", "mac-roman")
_COMMONER: Final = {  # tables that share their letters, or all but a few, with a common one
    "iso8859-13": ("cp1257",),
    "iso8859-16": ("iso8859-2", "cp1250"),
}
_HIGH_UPPER, _HIGH_LOWER = "À-ÖØ-ÞŒ", "ß-öø-ÿœ"
_UPPER, _LOWER = f"A-Z{_HIGH_UPPER}", f"a-z{_HIGH_LOWER}"
_MISPLACED: Final = re.compile(  # characters of cp1252 where no writer puts them: the table is another one
    f"(?<=[{_LOWER}.,;!?])[{_HIGH_UPPER}]|[{_HIGH_UPPER}][A-Z][a-z]|(?<=[A-Z])[à-öø-ÿœ](?=[A-Z])"
    f"|(?<![{_UPPER}{_LOWER}])[ÐÑÒÕÞðß](?![{_UPPER}{_LOWER}])|[{_HIGH_UPPER}{_HIGH_LOWER}]{{4}}"
    f"|(?<=[{_UPPER}{_LOWER}])(?:[“„‚¿¡§½¼¾†‡]|[«»‹›•×](?=[{_UPPER}{_LOWER}]))|[”½¼¾](?=[{_UPPER}{_LOWER}])"  # noqa: RUF001
    r"|(?<![0-9])(?<![0-9][ \xa0])[€£¥](?![0-9 \xa0]?[0-9])|(?<![0-9])[¢‰¹²³]|[¤¦¨¬¯¶¸ƒˆ˜÷ŠŽŸšž\x80-\x9f]"  # noqa: RUF001
)
_ASCII_BYTES: Final = bytes(range(128))
_CONTROL_BYTES: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")


def guess(raw: bytes) -> str:
    """The encoding (Python's name) that some text is most likely in.

    Raises:
        SeedError: it is binary, broken UTF-8, in two encodings, or in none that is known; ``offset`` says where.
    """
    stray = _first_stray(raw)
    if _is_malformed(raw):
        raise SeedError("not well-formed UTF-8 (RFC 3629), and nothing else", offset=stray)
    if control := _CONTROL_BYTES.search(raw):
        raise SeedError("control characters and no known encoding; this is a binary file", offset=control.start())
    confidences = _plausible(raw)
    encoding = _likelier(raw, confidences)
    if confidences.get(encoding, 1.0) < _LEAST_CONFIDENCE:
        raise SeedError("not UTF-8, and no other encoding fits", offset=stray)
    if _is_mixed(raw, encoding):
        raise SeedError("most of it is UTF-8, but not this byte: two encodings in one file", offset=stray)
    return encoding


def _plausible(raw: bytes) -> dict[str, float]:
    """What chardet finds plausible with its confidence, the likeliest first."""
    import chardet  # noqa: PLC0415 (it takes as long to load as all the rest, and most text is UTF-8)

    found = chardet.detect_all(
        raw,
        ignore_threshold=True,
        compat_names=False,
        encoding_era=chardet.EncodingEra.ALL,
        include_encodings=_PLAUSIBLE,
        max_bytes=len(raw),
        no_match_encoding="cp1252",
        empty_input_encoding="cp1252",
    )
    return {each["encoding"]: each["confidence"] for each in found if each["encoding"]}


def _is_malformed(raw: bytes) -> bool:
    """Whether all beyond ASCII has the form of UTF-8, but some of it stands for nothing."""
    rest = _SEQUENCE.sub(b"", raw)
    return _MALFORMED.search(rest) is not None and _MALFORMED.sub(b"", rest).isascii()


def _likelier(raw: bytes, confidences: dict[str, float]) -> str:
    """Of the encodings found the one that is meant: a common one where the bytes are no evidence for a rarer."""
    best, confidence = next(iter(confidences.items()), ("cp1252", 0.0))
    equals = {encoding for encoding, found in confidences.items() if found >= _EQUAL * confidence}
    few = len(raw.translate(None, _ASCII_BYTES)) < _FEW
    is_like_western = confidences.get("cp1252", 0.0) >= _NEARLY * confidence
    if (few or (best.startswith(_DOUBTFUL) and is_like_western)) and _reads_well(raw, "cp1252"):
        return "cp1252"
    if best in _WESTERN and not _reads_well(raw, "cp1252"):
        return next((each for each in _OLD_WESTERN if each in equals and _reads_well(raw, each)), best)
    return next((each for each in _COMMONER.get(best, ()) if each in equals), best)


def _reads_well(raw: bytes, encoding: str) -> bool:
    """Whether some Western text is decoded without a character where no writer puts it."""
    try:
        return _MISPLACED.search(raw.decode(encoding)) is None
    except UnicodeDecodeError:
        return False


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
    if encoding in _GRAPHIC:
        pairs = [pair for pair in pairs if len(pair) == 2]  # noqa: PLR2004 (longer ones begin with a letter there)
    share = sum(len(pair) for pair in pairs) / high
    latin = encoding.startswith(("cp125", "iso8859", "mac-", "cp85")) and not _is_foreign(raw, encoding)
    return share > (0.1 if latin or encoding in _GRAPHIC else 0.5)


def _is_foreign(raw: bytes, encoding: str) -> bool:
    """Whether most letters beyond ASCII are not Latin ones."""
    letters = [char for char in raw.decode(encoding, "ignore") if char > "\x7f" and char.isalpha()]
    return sum(char > "\u024f" for char in letters) * 2 > len(letters)
