"""Who wrote it, by the line that says so: ``By Jane Reporter and John Smith, Associated Press``.

Cautious on purpose: what might be a sentence or a headline is none. An agency or a desk is not a person.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 120
_FEWEST_WORDS, _MOST_WORDS = 2, 5
_BY: Final = re.compile(r"by[: ]\s*", re.IGNORECASE)
_ENDED: Final = re.compile(r"(?<!\b[JS]r)(?<!\b[A-Z])\.\Z|[!?:]\Z")
"""How a sentence ends, and no name (``Jr.``, an initial)."""
_BETWEEN: Final = re.compile(r"\s*(?:[,;|/&•·]|\s[-\u2013\u2014]\s|\b(?:and|with)\b)\s*", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*\.?")
_POSSESSIVE: Final = re.compile(r"['\u2019][sS]\b")
_PREFIX: Final = re.compile(r"\b(?:Mc|Mac|De|Di|La|Le|Van)(?=[^\W\d_a-z]{2})")
_PART: Final = re.compile(rf"({_PREFIX.pattern})?([^\W\d_]+)")
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "das", "de", "del", "della", "der", "di", "dos", "du", "el", "ibn", "la", "le", "ten", "ter"}
    | {"van", "von", "y", "zu"}
)
_ELIDED: Final = frozenset({"d'", "d\u2019", "l'", "l\u2019", "o'", "o\u2019"})
_NOT_PEOPLE: Final = re.compile(
    r"^The\b|\b(?:Academy|Agence|Agency|Associated|Association|Bloomberg|Board|Bureau|Chronicle|College|Column(?:ist)?|"
    r"Correspondents?|Council|Department|Desk|Editors?|Editorial|Foundation|Gazette|Guardian|Herald|Institute?|Journal|"
    r"Magazine|Media|Ministry|News|Network|Newspapers?|Post|Press|Presse|Radio|Reuters|Service|Special to|"
    r"Staff|Standard|Team|Television|Times|Tribune|Universi\w+|Writers?|AFP|ANSA|AP|BBC|CNN|DPA|EFE|NPR|PA|TASS|UPI|"
    r"Xinhua)\b",
    re.IGNORECASE,
)
_AGENCY: Final = re.compile(  # what a byline may name without a person beside it
    r"(?:The\s)?(?:Associated Press|Agence France-Presse|Reuters|Bloomberg(?: News)?|AFP|ANSA|AP|BBC|CNN|DPA|EFE|NPR|"
    r"PA|TASS|UPI|Xinhua|Editorial Board|Staff(?: Writers?| Reports?)?|[\w ]+ (?:News Service|Staff))",
    re.IGNORECASE,
)


def is_byline(paragraph: str) -> bool:
    """Whether a paragraph is a byline: short, ``By``, then names and agencies and no full stop."""
    opening = _BY.match(paragraph)
    if opening is None or len(paragraph) >= _LONGEST or _ENDED.search(paragraph):
        return False
    parts = [part for part in _BETWEEN.split(paragraph[opening.end() :]) if part]
    if not any(_is_person(part) or _AGENCY.fullmatch(part) for part in parts):
        return False
    return all(_is_person(part) or (part[0].isupper() and _NOT_PEOPLE.search(part)) for part in parts)


def people(line: str) -> tuple[str, ...]:
    """The people named in a byline (with its ``By`` or without); capitals throughout become names."""
    opening = _BY.match(line)
    parts = _BETWEEN.split(line[opening.end() :] if opening else line)
    return tuple(dict.fromkeys(_cased(part) for part in parts if _is_person(part)))


def _is_person(part: str) -> bool:
    words = part.split()
    return (
        _FEWEST_WORDS <= len(words) <= _MOST_WORDS
        and all(_WORD.fullmatch(word) and (_is_capital(word) or word in _PARTICLES) for word in words)
        and _is_capital(words[-1])
        and not _POSSESSIVE.search(part)
        and not _NOT_PEOPLE.search(part)
    )


def _is_capital(word: str) -> bool:
    """Whether a word begins like a name: ``Lee``, and ``d'Arco`` too."""
    return word[0].isupper() or (word[:2] in _ELIDED and word[2:3].isupper())


def _cased(name: str) -> str:
    """``JANE O'BRIEN`` and ``JOHN McSMITH`` as they are usually written; a name in mixed case stays as it is."""
    if not _PREFIX.sub("", name).isupper():
        return name
    return _PART.sub(lambda found: (found[1] or "") + found[2].capitalize(), name)
