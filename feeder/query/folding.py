"""When two words are the same: the form in which texts are compared.

Compatibility forms are one (ligatures, full width), marks on letters and case do not count, and what is no letter and
no digit parts words. Scripts that are written without spaces have no words to part: their runs stay whole, and are
searched by any part of them.

Every function takes time linear in its input, if that is clean (``text.clean``: not more than 30 marks on a letter).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Span: TypeAlias = tuple[int, int]
"""A part of a text: where it begins, and where it has ended."""

_SEAM: Final = "\0"
"""Stands on both sides of a character of an unspaced script; where two of them meet there is no word's end."""
_UNSPACED: Final = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u1950-\u19df\u1a20-\u1aaf\uaa80-\uaadf\U00011700-\U0001174f"  # Tai scripts, Ahom
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u303c"  # signs that stand for ideographs
    "\u3041-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # kana
    "\u3105-\u312f\u31a0-\u31bf"  # bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # ideographs
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"  # Hangul: words have endings without a space
    "\u2600-\u27bf\U0001f000-\U0001faff"  # emoji
    "]"
)
_UNCOUNTED: Final = re.compile(  # marks that are added to letters, and what cannot be seen
    "["
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"  # of all alphabets
    "\u0483-\u0489\u2de0-\u2dff\ua66f-\ua672\ua674-\ua67d\ua69e\ua69f"  # Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic; the tatweel
    "\u08d3-\u08e1\u08e3-\u08ff"
    "\u0711\u0730-\u074a"  # Syriac
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"  # the colour of emoji; tags and variants
    "]+"
)
_AS_TYPED: Final = str.maketrans(  # letters that no decomposition takes apart, and what is typed for them
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "ĸ": "k",
        "ł": "l",
        "ŋ": "n",
        "þ": "th",
    }
    | {"ŧ": "t", "ƀ": "b", "ɨ": "i", "ɵ": "o", "ʉ": "u", "ə": "e", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y"}
)
_ACRONYM: Final = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_PARTS: Final = re.compile(r"[^.+#]+|(?<=[^.+#])[+#]+")
_MOST_KEPT: Final = 20_000
"""Characters whose form is remembered: of each script more than a site uses."""

_MOST_WORDS_KEPT: Final = 16_384
_LONGEST_WORD: Final = 24
"""Words whose form is remembered, as a text has the same ones again and again (two or three megabytes); and how long
they are at most: a sentence without spaces is none."""


_JAMO: Final = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
"""Vowels and ends of Hangul syllables, which are one with what stands before them."""


class _Forms(dict[int, str]):
    """What each character is compared as, found when it is first met (for ``str.translate``)."""

    def __missing__(self, code: int) -> str:
        form = _form(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = form
        return form


_FORMS: Final = _Forms()


def folded(text: str) -> str:
    """The words of a text as they are compared, a space between each; an unspaced run counts as one.

    ``O'Neil`` is two words, ``o neil``, so that ``Neil`` finds it; ``e-mail`` is ``e mail``, ``3.5`` is ``3 5``.
    ``U.S.`` is ``us``, as many write it. The signs behind ``C++`` and ``C#`` are a word of their own: ``c ++``.
    """
    if text.isascii():  # quick as it is
        return _folded(text)
    return " ".join(filter(None, map(_WORDS.__getitem__, text.split())))


def _folded(text: str) -> str:
    if not text.isascii():
        text = _uncounted(text)
    text = text.translate(_FORMS)
    if not text.isascii():
        text = text.replace(_SEAM * 2, "").replace(_SEAM, " ")
    return " ".join(_words(f"{text} ".replace(". ", " ")))


def _uncounted(text: str) -> str:
    """A text in its plainest form, without what does not count."""
    return unicodedata.normalize("NFC", _UNCOUNTED.sub("", unicodedata.normalize("NFKD", text)))


class _Words(dict[str, str]):
    """What each word is compared as, found when it is met; all are forgotten when there are too many."""

    def __missing__(self, word: str) -> str:
        form = _folded(word)
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _MOST_WORDS_KEPT:
                self.clear()
            self[word] = form
        return form


_WORDS: Final = _Words()


def spans(word: str) -> list[Span]:
    """Which part of a word (without white space) each character of ``folded(word)`` comes from.

    Folding changes lengths (``ﬁ`` is two characters, ``U.S.`` is two, an accent is none), and so a part is a character
    with all marks on it. It is the whole word where nobody can tell, and no part at all for a space.
    """
    came = ((character, span) for span in _segments(word) for character in _segment(word[slice(*span)]))
    whole = 0, len(word)
    return [
        (0, 0) if one == " " else next((span for character, span in came if character == one), whole)
        for one in folded(word)
    ]


def _segments(word: str) -> Iterator[Span]:
    """The parts of a word that are folded each by itself."""
    start = 0
    for place in range(1, len(word) + 1):
        if place == len(word) or not clings(word[place]):
            yield start, place
            start = place


@lru_cache(_MOST_KEPT)
def _segment(text: str) -> str:
    """What a segment is compared as; of it only spaces, seams, full stops and signs may go."""
    return _uncounted(text).translate(_FORMS)


@lru_cache(_MOST_KEPT)
def clings(character: str) -> bool:
    """Whether a character may become one with what stands before it."""
    first = unicodedata.normalize("NFKD", character)[0]
    return bool(unicodedata.category(first)[0] == "M" or _UNCOUNTED.match(first) or _JAMO.match(first))


def is_unspaced(character: str) -> bool:
    """Whether a character of a folded text belongs to a script that is written without spaces."""
    return _UNSPACED.match(character) is not None


def _form(character: str) -> str:
    """What one character is compared as."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if character in ".+#":
        return character
    if _UNSPACED.match(character) and (category[0] in "LMN" or category == "So"):
        return f"{_SEAM}{character}{_SEAM}"
    if category[0] not in "LMN" or "\u02b9" <= character <= "\u02df":  # the last are apostrophes
        return " "
    plain = _UNCOUNTED.sub("", unicodedata.normalize("NFKD", character.casefold()))
    return plain.translate(_AS_TYPED)


def _words(text: str) -> list[str]:
    """The words of a text in which only full stops and signs are left to part."""
    if not ("." in text or "+" in text or "#" in text):
        return text.split()
    found: list[str] = []
    for word in text.split():
        if "." in word or "+" in word or "#" in word:
            found += _parts(word)
        else:
            found.append(word)
    return found


def _parts(word: str) -> list[str]:
    """The words in what has full stops or signs in it."""
    bare = word.strip(".")
    if _ACRONYM.fullmatch(bare):
        return [bare.replace(".", "")]
    return _PARTS.findall(bare)
