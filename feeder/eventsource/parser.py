"""What the bytes of an event stream say, to the letter of HTML 9.2.6. Pure; fed in pieces of any size.

Lines are parted as bytes and decoded one by one: no byte of a line end is ever part of a longer UTF-8 sequence, so this
gives what decoding the whole stream would, U+FFFD for what is no UTF-8 included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_LINE_BYTES: Final = 32 * 1024 * 1024
MOST_EVENT_BYTES: Final = 64 * 1024 * 1024
"""What one line, and the data of one event, may have: a stream that goes on without an end fills no memory."""

_MOST_DIGITS: Final = 18
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is dispatched.

    ``id`` is the one that it came with, None if it came with none; ``last_id`` is where to read on after it ("" for
    nowhere): its own, or that of an event before it.
    """

    name: str
    data: str
    id: str | None
    last_id: str


class TooLongError(ValueError):
    """A line or an event is longer than the reader takes; the message says which, and how long that may be."""


class Parser:
    """One connection's stream.

    ``last_id`` is where to read on after what has been dispatched; it begins as the one that the connection was asked
    with, as in browsers, so that an event without an id does not lose it. ``retry_milliseconds`` is what the stream
    last asked for, and ``comments`` counts its comments: signs of life that say nothing.
    """

    def __init__(
        self,
        last_id: str = "",
        *,
        most_line_bytes: int = MOST_LINE_BYTES,
        most_event_bytes: int = MOST_EVENT_BYTES,
    ) -> None:
        self.last_id = last_id
        self.retry_milliseconds: int | None = None
        self.comments = 0
        self._most_line_bytes = most_line_bytes
        self._most_event_bytes = most_event_bytes
        self._line = bytearray()
        self._is_first = True
        self._is_after_cr = False
        self._next_id = last_id
        self._own_id: str | None = None
        self._name = ""
        self._data: list[str] = []
        self._data_bytes = 0

    def feed(self, piece: bytes) -> list[Message]:
        """The events that this piece completes.

        Raises:
            TooLongError: a limit is passed; the stream cannot be read on.
        """
        if self._is_after_cr and piece:
            self._is_after_cr = False
            piece = piece.removeprefix(b"\n")
        *lines, rest = _LINE_END.split(piece)
        found: list[Message] = []
        for line in lines:
            self._take(self._completed(line), found)
        self._is_after_cr = self._is_after_cr or piece.endswith(b"\r")
        self._line += rest
        self._bound(len(self._line))
        return found

    def _completed(self, line: bytes) -> bytes:
        if self._line:
            line = bytes(self._line + line)
            self._line.clear()
        self._bound(len(line))
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _bound(self, length: int) -> None:
        if length > self._most_line_bytes:
            raise TooLongError(f"a line is longer than {self._most_line_bytes:,} bytes")

    def _take(self, line: bytes, found: list[Message]) -> None:
        if not line:
            self._dispatch(found)
        elif line.startswith(b":"):
            self.comments += 1
        else:
            name, _, value = line.partition(b":")
            self._field(name, value.removeprefix(b" "))

    def _field(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._data_bytes += len(value) + 1
            if self._data_bytes > self._most_event_bytes:
                raise TooLongError(f"an event is longer than {self._most_event_bytes:,} bytes")
            self._data.append(_text(value))
        elif name == b"event":
            self._name = _text(value)
        elif name == b"id":
            if b"\0" not in value:
                self._next_id = self._own_id = _text(value)
        elif name == b"retry" and value.isdigit():
            self.retry_milliseconds = int(value) if len(value) <= _MOST_DIGITS else 10**_MOST_DIGITS

    def _dispatch(self, found: list[Message]) -> None:
        self.last_id = self._next_id
        if self._data:
            found.append(Message(self._name or "message", "\n".join(self._data), self._own_id, self.last_id))
        self._own_id, self._name, self._data, self._data_bytes = None, "", [], 0


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
