"""Traces: what is kept of an article when its content must go, so that a query can still be asked of what it said.

Who was shown a story by a query must hear that it was retracted; but a text that was withdrawn must not be kept for
that. So words are kept as a Bloom filter: a set that can be asked whether a word is in it, and says yes of every word
that is and of about one in a hundred that is not. It has no order, no spelling and no counts. Tags and the titles of
sections are kept as hashes, as they are asked for whole.

Asking never misses: whatever matched one of the versions matches their traces. It says yes too often where words of
several versions come together, or those of a phrase without standing beside each other; what a query denies counts as
not said.

A filter that is full cannot grow, as nobody knows what is in it: more words go into a second one behind it, at least
twice as large. So there are few, whatever happens to an article in its life.

The hashes are the same on every machine and in every process, as they lie in stores.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from feeder.model import Traces
from feeder.names import section_names
from feeder.query.folding import is_unspaced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from feeder.query.terms import Query, Searchable, Term

_HASHES: Final = 7
_BITS_OF_A_WORD: Final = 10
"""With seven hashes, about one foreign word in 120 is taken for one of the set, at most: sizes are powers of two."""
_SET_BITS_OF_A_WORD: Final = 5
"""How many bits a word has set of its own in a filter that is full."""
_LEAST_BYTES: Final = 64
_MOST_BYTES: Final = 32_768
"""Room for 26,000 different words; what says more is found by more queries than it should be."""
_DIGEST: Final = 8

_TAG: Final = "tag"
_TAG_NAME: Final = "name"
_SECTION: Final = "section"


def traces_of(versions: Iterable[Searchable], before: Traces | None = None) -> Traces:
    """The traces of some versions of an article, and of those before, of which only traces are there.

    Takes time linear in what the versions say.
    """
    before = before or Traces()
    languages, sections = set(before.languages), set(before.sections)
    facets, words = set(_digests(before.facets)), set[str]()
    for one in versions:
        languages.add(one.language)
        sections.update(one.article.sections)
        facets.update(_digest(kind, value) for kind, value in _facets(one))
        words.update(_words(one))
    return Traces(
        languages=tuple(sorted(languages - {""})),
        sections=tuple(sorted(sections)),
        facets=b"".join(sorted(facets)),
        words=_filter(words, before.words),
    )


def may_match(query: Query, left: Traces) -> bool:
    """Whether a query may have matched one of the versions that these are the traces of; true if one did."""
    return any(all(one.negated or _says(left, one) for one in terms) for terms in query.alternatives)


def has_tag(left: Traces, words: str, name: str) -> bool:
    """Whether a version had a tag: by its folded words, or by its name in an address."""
    return _has_facet(left, _TAG, words) or _has_facet(left, _TAG_NAME, name)


def has_language(left: Traces, wanted: str) -> bool:
    """Whether a version was in a language (lower case) or in a more specific one (RFC 4647 section 3.3.1)."""
    return any(f"{one}-".startswith(f"{wanted}-") for one in left.languages)


def _says(left: Traces, wanted: Term) -> bool:
    match wanted.field:
        case "tag":
            return has_tag(left, wanted.words, wanted.text.lower())
        case "language":
            return has_language(left, wanted.text.lower())
        case "section":
            names = section_names(wanted.text)
            return _has_facet(left, _SECTION, wanted.words) or (bool(names) and names[-1] in left.sections)
        case field:
            filters = _filters(left.words)
            return all(_is_in(filters, _key(field, part)) for part in _asked(wanted.words))


def _facets(one: Searchable) -> Iterator[tuple[str, str]]:
    yield from ((_TAG, words) for words in one.tags)
    yield from ((_TAG_NAME, name) for name in one.tag_names)
    yield from ((_SECTION, words) for words in one.section_titles)


def _words(one: Searchable) -> Iterator[str]:
    for field, text in ((None, one.words), ("title", one.title), ("author", one.authors)):
        for word in set(text.split()):
            yield from (_key(field, part) for part in _parts(word))


def _key(field: str | None, part: str) -> str:
    """A word, and one of a field: no folded word has a colon in it."""
    return f"{field}:{part}" if field else part


def _parts(word: str) -> Iterable[str]:
    """What is kept of a word of a text: itself; of a run of an unspaced script its characters, and each two."""
    if not any(map(is_unspaced, word)):
        return (word,)
    return {*word, *_pairs(word)}


def _asked(words: str) -> Iterator[str]:
    """What must be kept of a text that has these words; a run may be any part of a longer one."""
    for word in words.split():
        if len(word) > 1 and any(map(is_unspaced, word)):
            yield from _pairs(word)
        else:
            yield word


def _pairs(word: str) -> Iterator[str]:
    return (word[n : n + 2] for n in range(len(word) - 1))


def _digests(facets: bytes) -> Iterator[bytes]:
    return (facets[n : n + _DIGEST] for n in range(0, len(facets), _DIGEST))


def _has_facet(left: Traces, kind: str, value: str) -> bool:
    return _digest(kind, value) in _digests(left.facets)


@lru_cache(maxsize=4096)
def _digest(kind: str, value: str) -> bytes:
    return hashlib.blake2b(_key(kind, value).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _filter(words: Collection[str], before: bytes) -> bytes:
    """Filters of some words and of those that are in others already; the last one takes them if it has room."""
    filters = _filters(before)
    new = [word for word in words if not _is_in(filters, word)]
    if not new:
        return before
    *others, last = filters or [b""]
    known = int.from_bytes(last).bit_count() // _SET_BITS_OF_A_WORD
    if len(last) < _size(known + len(new)):
        others.append(last)
        last = bytes(max(_size(len(new)), min(2 * len(last), _MOST_BYTES)))
    return b"".join((*others, _with(last, new)))


def _filters(words: bytes) -> list[bytes]:
    """The filters, each at least twice as large as the one before: their sizes are the bits of the sum."""
    sizes = [1 << n for n in range(len(words).bit_length()) if len(words) >> n & 1]
    return [words[start : start + size] for size, start in zip(sizes, accumulate(sizes, initial=0), strict=False)]


def _with(bits: bytes, words: Iterable[str]) -> bytes:
    filled = bytearray(bits)
    for word in words:
        for place in _places(word, len(filled)):
            filled[place >> 3] |= 1 << (place & 7)
    return bytes(filled)


def _size(words: int) -> int:
    """The bytes of a filter for so many words: a power of two."""
    wanted = min(max(words * _BITS_OF_A_WORD // 8, _LEAST_BYTES), _MOST_BYTES)
    return 1 << (wanted - 1).bit_length()


def _is_in(filters: Iterable[bytes], word: str) -> bool:
    return any(all(bits[place >> 3] >> (place & 7) & 1 for place in _places(word, len(bits))) for bits in filters)


def _places(word: str, size: int) -> Iterator[int]:
    """The bits of a word in a filter of so many bytes."""
    first, step = _hashes(word)
    return ((first + n * step) % (8 * size) for n in range(_HASHES))


@lru_cache(maxsize=4096)
def _hashes(word: str) -> tuple[int, int]:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1
