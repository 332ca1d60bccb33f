"""JSON (RFC 8259) as it really comes: read safely, with the place of what is wrong, and with what is odd about it told.

A number that JSON does not have (``NaN``) is no value, half of a surrogate pair is U+FFFD, of a key that stands twice
the last one counts; each is a warning. Everything else that is not JSON is refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from feeder import text
from feeder.errors import SeedError, UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterable

DEEPEST: Final = 100
"""Levels of lists and objects; real articles have under twenty."""

_WHITE: Final = " \t\r\n"
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]', re.DOTALL)
_CUT_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{0,4})?")
_ESCAPE: Final = 6
"""Characters of an escape; the place of an error in the second half of a pair may be that of the first."""
_CUT_NUMBER: Final = re.compile(r"\.|[eE][-+]?")
_CUT_WORD: Final = re.compile(r"-|[tfnNI-]\w{0,8}")
_WORDS: Final = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_NOT_OURS: Final = frozenset({"md", "markdown", "mdown", "mkd", "mkdn", "mdwn", "mdtext", "mdx"})
"""Suffixes of Markdown, where an object at the beginning is front matter."""
_CLOSED: Final = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What the beginning of a file says: its first value, as far as it can be seen.

    ``cut`` tells that the value goes on behind what was seen, or is broken; ``more`` that another one follows it.
    """

    value: Any
    cut: bool = False
    more: bool = False


def loads(source: str) -> tuple[Any, tuple[str, ...]]:
    """A JSON text as a value, and what is odd about it.

    Raises:
        UnfinishedError: it ends too early.
        SeedError: it is not JSON, or nested deeper than ``DEEPEST``; ``line`` is that of the text.
    """
    value, end, oddities = decode(source, 0)
    rest = _after(source, end)
    if rest < len(source):
        raise SeedError("not JSON: something follows its end", line=source.count("\n", 0, rest) + 1)
    return value, oddities


def decode(source: str, start: int) -> tuple[Any, int, tuple[str, ...]]:
    """The value that begins at a place of a text (white space may be before it), where it ends, and what is odd.

    Raises:
        UnfinishedError, SeedError: see ``loads``.
    """
    oddities: dict[str, None] = {}
    decoder = json.JSONDecoder(
        object_pairs_hook=lambda pairs: _object(pairs, oddities),
        parse_constant=lambda name: _constant(name, oddities),
    )
    start = _after(source, start)
    try:
        value, end = decoder.raw_decode(source, start)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        _refuse(error)
    except ValueError:
        raise SeedError("a number of too many digits") from None
    if source.count("{", start, end) + source.count("[", start, end) > DEEPEST and _is_deep(value):
        raise _too_deep()
    if _HALF.search(source, start, end):
        value = _whole(value, oddities)
    return value, end, tuple(oddities)


def _after(source: str, place: int) -> int:
    """The place of the next character that is not white space."""
    while place < len(source) and source[place] in _WHITE:
        place += 1
    return place


def _object(pairs: list[tuple[str, Any]], oddities: dict[str, None]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        oddities[f"the key {twice[:80]!r} stands twice; the last one counts"] = None
    return found


def _constant(name: str, oddities: dict[str, None]) -> None:
    oddities[f"{name} is no value of JSON; taken for none"] = None


def _whole(value: Any, oddities: dict[str, None]) -> Any:
    """The value with U+FFFD for each half of a surrogate pair."""
    if isinstance(value, dict):
        return {_whole(key, oddities): _whole(item, oddities) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item, oddities) for item in value]
    if not isinstance(value, str) or not _SURROGATE.search(value):
        return value
    oddities["half of a surrogate pair (an emoji cut in two?) is shown as \ufffd"] = None
    return _SURROGATE.sub("\ufffd", value)


def _is_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [item for found in level for item in _items(found)]
        if not level:
            return False
    return any(isinstance(found, dict | list) for found in level)


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _too_deep() -> SeedError:
    return SeedError(f"the JSON is nested too deep, more than {DEEPEST} levels")


def _refuse(error: json.JSONDecodeError) -> NoReturn:
    if not error.doc.strip():
        raise UnfinishedError("there is nothing but white space in the file") from None
    if _is_cut(error):
        raise UnfinishedError("the JSON ends too early", line=error.doc.count("\n", 0, len(error.doc.rstrip())) + 1)
    raise SeedError(f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}", line=error.lineno) from None


def _is_cut(error: json.JSONDecodeError) -> bool:
    """Whether more of the same text could make it right."""
    rest = error.doc[error.pos :].rstrip()
    if not rest or error.msg.startswith("Unterminated string"):
        return True
    if error.msg.startswith(("Invalid \\u", "Invalid \\escape")):
        last = error.doc.rfind("\\")
        return error.pos >= last - _ESCAPE and _CUT_ESCAPE.fullmatch(error.doc, last) is not None
    if _CUT_NUMBER.fullmatch(rest):
        return error.doc[error.pos - 1 : error.pos].isdigit()
    return _CUT_WORD.fullmatch(rest) is not None and any(word.startswith(rest) for word in _WORDS)


# What a file's beginning says.


def starts(head: bytes, name: str) -> bool:
    """Whether a file begins with a list or an object of JSON and is not Markdown below one."""
    return text.glimpse(head[:256]).lstrip()[:1] in _CLOSED and suffix(name) not in _NOT_OURS


def suffix(name: str) -> str:
    """A file name's suffix in lower case, without its dot."""
    return name.rpartition("/")[2].rpartition(".")[2].lower()


@lru_cache(maxsize=2)
def glimpse(head: bytes) -> Glimpse:
    """The first value of a file by its first bytes, completed where they are cut off; never raises."""
    seen = text.glimpse(head)
    try:
        value, end = json.JSONDecoder().raw_decode(seen, _after(seen, 0))
    except json.JSONDecodeError as error:
        return Glimpse(_completed(seen[: _seen_until(error)]), cut=True)
    except (RecursionError, ValueError):
        return Glimpse(_completed(seen), cut=True)
    return Glimpse(value, more=_after(seen, end) < len(seen))


def _seen_until(error: json.JSONDecodeError) -> int:
    """How much of a text is right, or would be if it went on."""
    return len(error.doc) if error.msg.startswith("Unterminated string") else error.pos


def _completed(seen: str) -> Any:
    """The value that a text would be if it ended after its last whole member; None where there is no such value."""
    open_ends: list[str] = []
    last, ends = 0, ""
    for found in _MARK.finditer(seen):
        mark = found[0]
        if mark in _CLOSED:
            if len(open_ends) == DEEPEST:
                break
            open_ends.append(_CLOSED[mark])
            last, ends = found.end(), _reversed(open_ends)
        elif mark == "," and open_ends:
            last, ends = found.start(), _reversed(open_ends)
        elif mark in {"}", "]"} and open_ends:
            open_ends.pop()
            last, ends = found.end(), _reversed(open_ends)
        elif found.end() == len(seen) and seen[: found.start()].rstrip().endswith(":"):
            return _loaded(f'{seen[: found.start()]}"…"{_reversed(open_ends)}')
    return _loaded(seen[:last] + ends)


def _reversed(ends: list[str]) -> str:
    return "".join(reversed(ends))


def _loaded(source: str) -> Any:
    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None
