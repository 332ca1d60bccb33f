"""Many messages in one file, one after another: each as its bytes, in bounded memory whatever the file's size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

_CHUNK_BYTES: Final = 262_144
_NEVER: Final = re.compile(rb"(?!)")
LONGEST_BEGINNING: Final = 2048
"""Bytes that a beginning may have, with all that its pattern looks at behind it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message's bytes, and the line (from 1) and the byte (from 0) that it begins at."""

    raw: bytes
    line: int
    offset: int


def messages(
    reader: Reader, begins: re.Pattern[bytes], largest: int, *, strictly: bool = False
) -> Iterator[Message | SeedError]:
    """The messages of a file in its order; what stands before the first beginning is part of the first message.

    Args:
        reader: the file.
        begins: what each message begins with, within ``LONGEST_BEGINNING`` bytes.
        largest: bytes of a message; a larger one is refused alone.
        strictly: whether a file that does not begin with a beginning is one message throughout.
    """
    spool = _Spool(reader, begins, largest)
    spool.fill()
    spool.find_first()
    if strictly and not begins.match(spool.held):
        spool.begins = _NEVER
    while spool.held:
        end = spool.end()
        if end is None or end > largest:
            yield SeedError(f"a message of more than {largest} bytes", line=spool.line, offset=spool.offset)
        else:
            yield Message(bytes(spool.held[:end]), spool.line, spool.offset)
        spool.drop_message(end)


def drafts(found: Iterator[Message | SeedError], read: Callable[[bytes], Draft]) -> Iterator[Draft | SeedError]:
    """The article of each message; one that cannot be read refuses itself alone, with its line."""
    for message in found:
        if isinstance(message, SeedError):
            yield message
            continue
        try:
            yield read(message.raw)
        except SeedError as error:
            line = message.line if message.offset else None
            yield type(error)(error.reason, line=line, offset=None if line else error.offset)


class _Spool:
    """The bytes from the current message on, as far as they are needed."""

    def __init__(self, reader: Reader, begins: re.Pattern[bytes], largest: int) -> None:
        self._reader = reader
        self.begins = begins
        self._largest = largest
        self._ended = False
        self._first = 0
        self.held = bytearray()
        self.line = 1
        self.offset = 0

    def fill(self) -> None:
        """Read on."""
        found = self._reader.read(_CHUNK_BYTES)
        self._ended = not found
        self.held += found

    def find_first(self) -> None:
        """Look for the first beginning, which does not end the first message."""
        found = self.begins.search(self.held)
        self._first = found.start() if found else 0

    def end(self) -> int | None:
        """How many bytes belong to the current message; None if they are more than a message may have."""
        start = self._first + 1
        while True:
            found = self.begins.search(self.held, start)
            seen = len(self.held) - LONGEST_BEGINNING  # a beginning behind that may be there in part only
            if found is not None and (self._ended or found.start() < seen):
                return found.start()
            if self._ended:
                return len(self.held)
            if seen > self._largest:
                return None
            start = max(start, seen)
            self.fill()

    def drop_message(self, end: int | None) -> None:
        """Go on behind the current message."""
        while end is None:
            self._drop(len(self.held) - LONGEST_BEGINNING - 1)
            end = self.end()
        self._drop(end)

    def _drop(self, size: int) -> None:
        self.line += self.held.count(b"\n", 0, size)
        self.offset += size
        del self.held[:size]
        self._first = 0
