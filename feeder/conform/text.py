"""The text of a stream, read by the letter of HTML 9.2.5 and 9.2.6, with all that is wrong or unwise in it. Pure.

A browser forgives nearly everything; this reader tells. It works on bytes, so that what it judges is what was sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MARK: Final = b"\xef\xbb\xbf"
_FIELDS: Final = ("data", "event", "id", "retry")
_RESERVED: Final = ("error", "open")
_LINE: Final = re.compile(rb"\r\n|\n|\r")
# Fetch, "CORS-unsafe request-header byte", and whatever is not printable ASCII.
_UNSAFE_IN_ID: Final = re.compile(r"[^\x21-\x7e]|[\"():<>?@\[\\\]{}]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_ID: Final = 128
RETRY_MILLISECONDS: Final = (1_000, 3_600_000)
_MOST_OFFENCES: Final = 200


@dataclass(frozen=True, slots=True)
class Offence:
    """Something wrong (``is_grave``) or unwise in the text, by the code of the check that it belongs to."""

    code: str
    sentence: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class Block:
    """What stood before one empty line.

    ``data`` is None if it had none, and then nothing is dispatched; ``id`` and ``retry`` are its own fields,
    None if it had none. ``at`` is when its empty line came, in seconds of the reader's clock. ``raw`` are its bytes
    without comments.
    """

    at: float
    name: str
    data: str | None
    id: str | None
    retry: str | None
    raw: bytes


@dataclass(slots=True)
class _Open:
    """A block that has not ended."""

    values: dict[str, list[str]] = field(default_factory=dict)
    comment: bytes = b""
    raw: bytearray = field(default_factory=bytearray)


class Text:
    """A reader fed in pieces of any size; ``at`` is the moment at which a piece came."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.offences: list[Offence] = []
        self.comments: list[float] = []
        self.ends: set[bytes] = set()
        self._held = b""
        self._has_begun = False
        self._open = _Open()

    @property
    def is_between(self) -> bool:
        """Whether nothing is unfinished: neither a line nor an event."""
        return not (self._held or self._open.values)

    def take(self, piece: bytes, at: float) -> None:
        """Read on."""
        self._held += piece
        if not self._has_begun and not self._begin():
            return
        start = 0
        # A carriage return at the end waits: a line feed may follow it.
        for found in _LINE.finditer(self._held, 0, len(self._held) - self._held.endswith(b"\r")):
            self._line(self._held[start : found.start()], found[0], at)
            start = found.end()
        self._held = self._held[start:]

    def _begin(self) -> bool:
        if MARK.startswith(self._held) and self._held != MARK:
            return False
        self._has_begun = True
        if self._held.startswith(MARK):
            self._offend("C2", "the stream begins with a byte order mark")
            self._held = self._held.removeprefix(MARK)
        return True

    def _offend(self, code: str, sentence: str, *, is_grave: bool = True) -> None:
        if len(self.offences) < _MOST_OFFENCES:
            self.offences.append(Offence(code, sentence, is_grave))

    def _line(self, line: bytes, end: bytes, at: float) -> None:
        self._judge_end(line, end)
        if not line:
            self._dispatch(at, end)
            return
        text = self._decoded(line)
        if line.startswith(b":"):
            self._open.comment = line
            self.comments.append(at)
        else:
            self._open.raw += line + end
            self._field(text)

    def _judge_end(self, line: bytes, end: bytes) -> None:
        self.ends.add(end)
        if end == b"\r":
            self._offend("C3a", f"a bare carriage return ends the line {line[:40]!r}")
        elif len(self.ends - {b"\r"}) > 1:
            self._offend("C3b", f"the line {line[:40]!r} ends otherwise than lines before it", is_grave=False)

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self._offend("C1", f"the line {line[:60]!r} is not UTF-8: {error.reason}")
            return line.decode("utf-8", "replace")

    def _field(self, line: str) -> None:
        name, colon, value = line.partition(":")
        if name not in _FIELDS:
            self._offend("C13", f"a field of the name {name[:40]!r}")
            return
        if colon and value and not value.startswith(" "):
            self._offend("C6", f"no space after the colon of {line[:40]!r}", is_grave=False)
        value = value.removeprefix(" ")
        if name != "data":
            self._judge_space(name, value)
        self._open.values.setdefault(name, []).append(value)

    def _judge_space(self, name: str, value: str) -> None:
        if value.startswith(" "):
            self._offend("C6", f"the value of {name} begins with a space: {value[:40]!r}")
        if name in self._open.values:
            self._offend("C9", f"an event has two fields {name}: something in it was taken for a field")

    def _dispatch(self, at: float, end: bytes) -> None:
        was, self._open = self._open, _Open()
        if not was.values:
            self._judge_nothing(was)
            return
        names, ids, retries = (was.values.get(name, []) for name in ("event", "id", "retry"))
        self._judge_name(names)
        self._judge_id(ids)
        self._judge_retry(retries)
        self._judge_data(was)
        data = "\n".join(was.values["data"]) if "data" in was.values else None
        name = names[-1] if names and names[-1] else "message"
        self.blocks.append(Block(at, name, data, _last(ids), _last(retries), bytes(was.raw) + end))

    def _judge_nothing(self, was: _Open) -> None:
        if was.raw:
            return  # fields that nobody knows, which are told already
        if was.comment:
            self._offend("E2", f"the comment {was.comment[:40]!r} is followed by an empty line")
        else:
            self._offend("C4", "an empty line with nothing before it", is_grave=False)

    def _judge_name(self, names: list[str]) -> None:
        for name in names:
            if name in _RESERVED:
                self._offend("C14", f"an event of the name {name!r}, which EventSource fires itself")
            if _CONTROL.search(name):
                self._offend("C9", f"the event's name {name[:40]!r} has a control character")

    def _judge_id(self, ids: list[str]) -> None:
        for value in ids:
            if "\0" in value:
                self._offend("C10", f"the id {value[:40]!r} has a NUL, so clients ignore it")
            elif not value:
                self._offend("C10", "an empty id makes clients forget where they were", is_grave=False)
            elif len(value.encode()) > LONGEST_ID or _UNSAFE_IN_ID.search(value):
                self._offend("C10", f"the id {value[:60]!r} costs a CORS preflight at every reconnect", is_grave=False)

    def _judge_retry(self, retries: list[str]) -> None:
        least, most = RETRY_MILLISECONDS
        for value in retries:
            if not (value.isascii() and value.isdigit()):
                self._offend("C11", f"retry is {value[:40]!r}, which clients ignore: digits only")
            elif not least <= int(value[:20]) <= most:
                self._offend("C11", f"retry is {value[:20]} ms", is_grave=False)

    def _judge_data(self, was: _Open) -> None:
        if "data" in was.values:
            return
        shown = bytes(was.raw)[:60]
        self._offend("C12", f"{shown!r} has no data and is never dispatched", is_grave="event" in was.values)


def _last(values: list[str]) -> str | None:
    return values[-1] if values else None
