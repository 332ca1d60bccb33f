"""Front matter: the block of YAML, TOML or JSON before a text, between two fences.

Nothing of it is trusted. YAML is read from its events: no aliases, anchors or tags, and every scalar is text, so
that ``date: 2019-04-30`` is what was written and ``title: No`` is not a truth value.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import yaml

from feeder.errors import SeedError, UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 65536
_MOST_NODES: Final = 5000
_DEEPEST: Final = 10

_FENCE: Final = re.compile(r"(?P<fence>---|\+\+\+|;;;)[ \t]*(?P<kind>yaml|toml|json)?[ \t]*", re.IGNORECASE)
_KINDS: Final = {"---": "yaml", "+++": "toml", ";;;": "json"}
_FIRST_LINE: Final = {  # what a block begins with, so that a text under a rule is not taken for one
    "yaml": re.compile(r"""(?:["']?[\w@.$][^:#{}\[\]]{0,80}["']?[ \t]*:(?:\s|$)|#|\?\s|\{)"""),
    "toml": re.compile(r"""(?:["']?[\w-][^=]{0,80}=|\[|#)"""),
    "json": re.compile(r"[{\"]"),
}
_TOML_TEXT: Final = re.compile(  # strings and comments, ended or not
    r"""\"{3}(?:[^"\\]|\\.|"(?!""))*+(?:\"{3}|\Z)|'{3}(?:[^']|'(?!''))*+(?:'{3}|\Z)"""
    r"""|"(?:[^"\\\n]|\\[^\n])*+"?|'[^'\n]*+'?|#[^\n]*+""",
    re.DOTALL,
)
_DEEP_KEY: Final = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{_DEEPEST}}}")
_JSON_START: Final = re.compile(r"\s*+\{\s*+[\"}]")
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Block:
    """Front matter as it stands in a text; ``line`` is that of its first line, ``body`` what follows it."""

    kind: str
    text: str
    body: str
    line: int


def has_fence(text: str) -> bool:
    """Whether a text (or its beginning) opens a block of front matter."""
    return _opening(text) is not None


def split(text: str) -> Block | None:
    """The front matter of a text and what follows it; None where the text begins with none.

    Raises:
        UnfinishedError: its second fence is missing.
        SeedError: it is longer than any front matter.
    """
    opening = _opening(text)
    if opening is None:
        return None
    kind, fence, start, line = opening
    ends = re.compile(rf"^(?:{re.escape(fence)}{r'|[.]{3}' if kind == 'yaml' else ''})[ \t]*$", re.MULTILINE)
    end = ends.search(text, start)
    if end is None:
        raise UnfinishedError(f"the front matter has no second {fence}", line=line - 1)
    if end.start() - start > _LONGEST:
        raise SeedError(f"the front matter is longer than {_LONGEST} characters", line=line - 1)
    return Block(kind, text[start : end.start()], text[end.end() :].removeprefix("\n"), line)


def split_object(text: str) -> Block | None:
    """The JSON object that a text begins with and what follows it, as Hugo has it; None where it begins with none.

    Raises:
        UnfinishedError: its last brace is missing.
        SeedError: it is not JSON, or longer than any front matter.
    """
    if _JSON_START.match(text) is None:
        return None
    start = text.index("{")
    line = text.count("\n", 0, start) + 1
    shown = text[start : start + _LONGEST]
    try:
        _, length = json.JSONDecoder().raw_decode(shown)
    except RecursionError:
        raise SeedError("the front matter is nested too deep", line=line) from None
    except json.JSONDecodeError as error:
        raise _unreadable_object(error, line, is_cut=len(shown) == _LONGEST) from None
    except ValueError:
        raise SeedError("the front matter has a number of too many digits", line=line) from None
    return Block("json", shown[:length], text[start + length :].lstrip(" \t").removeprefix("\n"), line)


def _unreadable_object(error: json.JSONDecodeError, line: int, *, is_cut: bool) -> SeedError:
    is_open = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    if is_open and is_cut:
        return SeedError(f"the front matter is longer than {_LONGEST} characters", line=line)
    if is_open:
        return UnfinishedError("the front matter has no last brace", line=line)
    return SeedError(f"the front matter is not JSON: {error.msg}", line=line + error.lineno - 1)


def read(block: Block) -> dict[str, Any]:
    """The keys of a block, with text, lists and mappings of text (of TOML and JSON also numbers and dates).

    Raises:
        SeedError: it is not what it says it is; ``line`` is the file's.
    """
    found = _READERS[block.kind](block)
    if not isinstance(found, dict):
        raise SeedError("the front matter is not a list of keys with their values", line=block.line)
    return {str(key): value for key, value in found.items()}


def _opening(text: str) -> tuple[str, str, int, int] | None:
    """Kind, fence, and where the block begins: its place in the text and its line."""
    blank = len(text) - len(text.lstrip())
    end = text.find("\n", blank)
    fence = _FENCE.fullmatch(text[blank : len(text) if end < 0 else end])
    if fence is None or text[:blank].rpartition("\n")[2]:
        return None
    kind = (fence["kind"] or _KINDS[fence["fence"]]).lower()
    start = len(text) if end < 0 else end + 1
    first = text[start : start + 2000].lstrip()
    if first and not first.startswith(fence["fence"]) and not _FIRST_LINE[kind].match(first):
        return None
    return kind, fence["fence"], start, text.count("\n", 0, start) + 1


def _read_yaml(block: Block) -> object:
    try:
        events = iter(_checked(yaml.parse(block.text, Loader=yaml.CSafeLoader), block.line))
        return next((_value(event, events, 0, block.line) for event in events if _is_node(event)), {})
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = (error.problem or "unreadable").replace("mapping values are not allowed in this context", _COLON)
        raise SeedError(
            f"the front matter is not YAML: {reason}", line=block.line + (mark.line if mark else 0)
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise SeedError(f"the front matter is not YAML: {str(error).splitlines()[0]}", line=block.line) from None


_COLON: Final = "a value with a colon in it needs quotes around it"


def _checked(events: Iterator[yaml.Event], line: int) -> Iterator[yaml.Event]:
    """The events of a document, none of which can name, repeat or construct anything."""
    for number, event in enumerate(events):
        here = line + _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise SeedError("the front matter uses anchors or aliases, which are not read", line=here)
        if getattr(event, "tag", None) not in (None, "!"):
            raise SeedError("the front matter uses tags, which are not read", line=here)
        if number > _MOST_NODES:
            raise SeedError(f"the front matter has more than {_MOST_NODES} values", line=here)
        yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _is_node(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent)


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int, line: int) -> object:
    """The value that begins with an event; what follows it is taken from ``events``."""
    if isinstance(event, yaml.ScalarEvent):
        is_null = event.implicit[0] and event.value in {"", "~", "null", "Null", "NULL"}
        return None if is_null else event.value
    if depth == _DEEPEST:
        raise SeedError("the front matter is nested too deep", line=line + _line(event))
    if isinstance(event, yaml.SequenceStartEvent):
        return [_value(item, events, depth + 1, line) for item in _until(events, yaml.SequenceEndEvent)]
    pairs: dict[str, object] = {}
    for key in _until(events, yaml.MappingEndEvent):
        name = str(_value(key, events, depth + 1, line))
        if name in pairs:
            raise SeedError(f"the front matter has the key {name[:80]!r} twice", line=line + _line(key))
        pairs[name] = _value(next(events), events, depth + 1, line)
    return pairs


def _until(events: Iterator[yaml.Event], end: type[yaml.Event]) -> Iterator[yaml.Event]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


def _read_toml(block: Block) -> object:
    bare = _TOML_TEXT.sub(lambda found: "s" * (found[0][0] != "#") + "\n" * found[0].count("\n"), block.text)
    if deep := _DEEP_KEY.search(bare):  # tomllib takes quadratic time and memory on it
        raise SeedError("the front matter is nested too deep", line=block.line + bare.count("\n", 0, deep.start()))
    try:
        return tomllib.loads(block.text)
    except RecursionError:
        raise SeedError("the front matter is nested too deep", line=block.line) from None
    except ValueError as error:
        place = _TOML_PLACE.search(str(error))
        line = block.line + (int(place[1]) - 1 if place and place[1] else 0)
        raise SeedError(f"the front matter is not TOML: {_TOML_PLACE.sub('', str(error))}", line=line) from None


def _read_json(block: Block) -> object:
    text = block.text.strip()
    try:
        return orjson.loads(text if text.startswith("{") else f"{{{text}}}")
    except orjson.JSONDecodeError as error:
        line = block.line + error.lineno - 1
        raise SeedError(f"the front matter is not JSON: {error.msg}", line=line) from None


_READERS: Final = {"yaml": _read_yaml, "toml": _read_toml, "json": _read_json}
