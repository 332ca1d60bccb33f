"""How alike two texts are: sketches of their wording that can be stored and compared.

A sketch holds the smallest hashes of a text's runs of three words (Broder's bottom-k sketch, 1997). The share of
them that two texts have in common estimates Jaccard's index of all their runs, within about 0.06 for ``SIZE`` hashes.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE: Final = 64
"""Hashes in a full sketch."""
LEAST: Final = 32
"""Runs of words below which two texts are too short to be called alike."""
COMPARED_WORDS: Final = 1000
"""How much of a text is looked at."""
SHINGLE: Final = 3

_UNSPACED: Final = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")
_WORD: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W\u2e80-\u9fff\uf900-\ufaff]+")
_WITHOUT_MARKS: Final = bytes(code if chr(code).isalnum() or code > 127 else 32 for code in range(256))  # noqa: PLR2004


def sketch(text: str) -> str:
    """The sketch of a text, as base64 of its hashes in ascending order, four bytes each; "" where it has no words."""
    hashes = _smallest(_hashes(text))
    return b64encode(struct.pack(f">{len(hashes)}I", *hashes)).decode()


def hashes_of(sketch: str) -> tuple[int, ...]:
    """The hashes of a sketch, ascending."""
    packed = b64decode(sketch)
    return struct.unpack(f">{len(packed) // 4}I", packed)


def resemblance(one: str, other: str) -> float:
    """Jaccard's index of two texts, estimated from their sketches: 1 for the same wording, 0 for none in common."""
    if one == other:
        return 1.0
    first, second = set(hashes_of(one)), set(hashes_of(other))
    smallest = sorted(first | second)[:SIZE]
    return sum(1 for each in smallest if each in first and each in second) / len(smallest)


def is_telling(sketch: str) -> bool:
    """Whether a sketch is of a text long enough to be compared with others."""
    return len(sketch) >= LEAST * 4 * 4 // 3


def _smallest(hashes: Sequence[int]) -> list[int]:
    """The smallest hashes in order, each once; as they are spread evenly, most of many need not be sorted."""
    if len(hashes) > 2 * SIZE:
        bound = (3 * SIZE << 31) // len(hashes)  # half as many again as are wanted lie below
        low = {each for each in hashes if each < bound}
        if len(low) >= SIZE:
            return sorted(low)[:SIZE]
    return sorted(set(hashes))[:SIZE]


def _hashes(text: str) -> list[int]:
    """The hash of each run of three words; of all the words where there are fewer."""
    words = _words(text)
    if len(words) < SHINGLE:
        return [crc32(b"".join(words))] if words else []
    return list(map(crc32, words[2:], map(crc32, words[1:], map(crc32, words))))


def _words(text: str) -> list[bytes]:
    """The first words, folded; a character of a script without spaces is a word."""
    if text.isascii() or not _UNSPACED.search(text):
        bare = text.casefold().encode("utf-8", "replace").translate(_WITHOUT_MARKS)
        return bare.split(None, COMPARED_WORDS)[:COMPARED_WORDS]
    return " ".join(_WORD.findall(text.casefold())[:COMPARED_WORDS]).encode("utf-8", "replace").split()
