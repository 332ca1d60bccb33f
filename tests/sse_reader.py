"""A reader of event streams written from the specification alone: the oracle that judges what we send."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|\n|\r")


@dataclass(frozen=True)
class Told:
    """One event as a browser would dispatch it."""

    name: str
    data: str
    last_id: str


class SpecReader:
    """HTML 9.2.5 and 9.2.6, line by line, fed in pieces of any size; it knows nothing of our code.

    Stricter than a browser in one thing: a field that the specification does not know is an error.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._line, self._has_begun = "", False
        self._name, self._data, self._id = "", "", ""
        self.last_id = ""
        self.retry: int | None = None
        self.comments = 0
        self.told: list[Told] = []

    def feed(self, piece: bytes) -> SpecReader:
        text = self._line + self._decoder.decode(piece)
        if text and not self._has_begun:
            self._has_begun = True
            text = text.removeprefix("\ufeff")
        whole, held = (text[:-1], "\r") if text.endswith("\r") else (text, "")  # a line feed may follow
        *lines, rest = _LINE_END.split(whole)
        self._line = rest + held
        for line in lines:
            self._take(line)
        return self

    @property
    def names(self) -> list[str]:
        return [told.name for told in self.told]

    @property
    def is_between_events(self) -> bool:
        return not (self._line or self._name or self._data)

    def _take(self, line: str) -> None:
        if not line:
            self._dispatch()
        elif line.startswith(":"):
            self.comments += 1
        else:
            name, _, value = line.partition(":")
            self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self._name = value
        elif name == "data":
            self._data += value + "\n"
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        else:
            raise AssertionError(f"a field that the specification does not know, or not so: {name!r}: {value!r}")

    def _dispatch(self) -> None:
        self.last_id = self._id
        if self._data:
            self.told.append(Told(self._name or "message", self._data.removesuffix("\n"), self.last_id))
        self._name = self._data = ""
