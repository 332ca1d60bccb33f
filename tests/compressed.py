"""A channel in gzip with its listeners, as the stream keeps them; each checks with zlib what it is sent."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from feeder.stream.deflate import HEADER, Tally, Window, key_frame

NOTHING = Tally()


@dataclass
class Listener:
    """Takes in each piece byte by byte, and has to have read all of it by the last one."""

    came: Tally
    write: Callable[[bytes], object] = lambda _: None
    sent: Tally = NOTHING
    in_chain: bool = False
    plain: bytes = b""
    raw: bytes = HEADER
    _inflate: zlib._Decompress = field(default_factory=lambda: zlib.decompressobj(31))

    def __post_init__(self) -> None:
        assert self._inflate.decompress(HEADER) == b""
        self.write(HEADER)

    def take(self, piece: bytes, plain: bytes) -> None:
        read = b"".join(self._inflate.decompress(piece[at : at + 1]) for at in range(len(piece)))
        assert read == plain
        self.write(piece)
        self.raw += piece
        self.plain += plain

    def end(self, tally: Tally) -> None:
        had_ended = self._inflate.eof
        self.take(tally.trailer(), b"")  # zlib raises an error if CRC or length are wrong
        assert (had_ended, self._inflate.eof, self._inflate.unused_data) == (False, True, b"")


@dataclass
class Channel:
    """What is sent to all costs one compression for those in the chain, one for the others, and one CRC."""

    window: Window = field(default_factory=Window)
    tally: Tally = NOTHING
    listeners: list[Listener] = field(default_factory=list)

    def join(self, write: Callable[[bytes], object] = lambda _: None) -> Listener:
        self.listeners.append(Listener(self.tally, write))
        return self.listeners[-1]

    def push(self, plain: bytes) -> None:
        piece, is_key = self.window.push(plain)
        self.tally = self.tally.plus(plain)
        frame = key_frame(plain)
        for one in self.listeners:
            one.in_chain = one.in_chain or is_key
            one.take(piece if one.in_chain else frame, plain)

    def tell(self, one: Listener, plain: bytes) -> None:
        """Something that only this listener gets: it falls out of the chain."""
        one.in_chain = False
        one.take(key_frame(plain), plain)
        one.sent = self.sent_to(one).plus(plain)
        one.came = self.tally

    def end(self, one: Listener) -> None:
        self.listeners.remove(one)
        one.end(self.sent_to(one))

    def sent_to(self, one: Listener) -> Tally:
        return one.sent.then(self.tally.since(one.came))
