"""The chunked coding taken apart, with what is wrong about it (RFC 9112 section 7.1). Pure."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})((?:[ \t]*;[^\r\n]*)?)")
_LONGEST_LINE: Final = 4096


class Chunks:
    """A decoder fed in pieces of any size. After a complaint that leaves no way on it gives nothing more."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.is_ended = False
        self.count = 0
        self._held = b""
        self._left = 0
        self._state = "size"

    def take(self, raw: bytes) -> bytes:
        """The content that these bytes of the body complete."""
        self._held += raw
        out = bytearray()
        steps = {"size": self._size, "data": self._data, "after": self._after, "trailer": self._trailer}
        while self._state in steps and (piece := steps[self._state]()) is not None:
            out += piece
        if self._state == "ended" and self._held:
            self._complain(f"{len(self._held)} bytes follow the last chunk")
        return bytes(out)

    def _complain(self, sentence: str) -> bytes:
        self.complaints.append(sentence)
        self._state, self._held = "broken", b""
        return b""

    def _line(self) -> bytes | None:
        line, found, rest = self._held.partition(b"\n")
        if not found:
            if len(line) > _LONGEST_LINE:
                self._complain("a chunk's size line does not end")
            return None
        self._held = rest
        if not line.endswith(b"\r"):
            self._complain(f"the line {line[:40]!r} of the chunked coding ends in a bare line feed")
            return None
        return line[:-1]

    def _size(self) -> bytes | None:
        line = self._line()
        if line is None:
            return None
        found = _SIZE.fullmatch(line)
        if found is None:
            return self._complain(f"{line[:40]!r} is no size of a chunk")
        self._left = int(found[1], 16)
        self._state = "data" if self._left else "trailer"
        self.count += bool(self._left)
        return b""

    def _data(self) -> bytes | None:
        piece, self._held = self._held[: self._left], self._held[self._left :]
        self._left -= len(piece)
        if not self._left:
            self._state = "after"
        return piece or None

    def _after(self) -> bytes | None:
        if len(self._held) < len(b"\r\n"):
            return None
        end, self._held = self._held[:2], self._held[2:]
        if end != b"\r\n":
            return self._complain(f"a chunk is followed by {end!r} instead of CRLF: its size is wrong")
        self._state = "size"
        return b""

    def _trailer(self) -> bytes | None:
        line = self._line()
        if line == b"":
            self._state, self.is_ended = "ended", True
        return None if line is None else b""
