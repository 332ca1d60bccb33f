"""H: servers that compress wrongly."""

from __future__ import annotations

import asyncio
import gzip

from faults import fault
from right_stream import Coder, Line, Request, Stream


@fault("H0")
@fault("H0", "WARN", profile="generic")
def does_not_compress(stream: Stream) -> None:
    stream.squeezes = False


@fault("H1")
@fault("H1", profile="generic")
def compresses_for_who_refuses_it(stream: Stream) -> None:
    stream.coding = lambda accepted: "gzip" in accepted  # type: ignore[method-assign]


@fault("H1")
def compresses_unasked(stream: Stream) -> None:
    stream.coding = lambda accepted: True  # type: ignore[method-assign]


@fault("H1")
def knows_small_letters_only(stream: Stream) -> None:
    coding = stream.coding
    stream.coding = lambda accepted: "GZIP" not in accepted and coding(accepted)  # type: ignore[method-assign]


class Waiting(Coder):
    """It waits for more before it gives anything."""

    def write(self, plain: bytes) -> bytes:
        return self.zlib.compress(plain)


@fault("H2")
@fault("H2", profile="generic")
def waits_for_more_before_it_compresses(stream: Stream) -> None:
    stream.coder = Waiting  # type: ignore[method-assign]


class Members(Coder):
    """Each piece a member of its own, which browsers do not read on after."""

    def write(self, plain: bytes) -> bytes:
        return gzip.compress(plain)

    def end(self) -> bytes:
        return b""


@fault("H2")
@fault("H4")
@fault("H5")
def compresses_member_by_member(stream: Stream) -> None:
    stream.coder = Members  # type: ignore[method-assign]


class Deaf(Coder):
    """Heartbeats stay in its buffer."""

    def write(self, plain: bytes) -> bytes:
        return b"" if plain == b":\n" else super().write(plain)


@fault("H2")
def keeps_heartbeats_back(stream: Stream) -> None:
    stream.coder = Deaf  # type: ignore[method-assign]


class Changing(Coder):
    def write(self, plain: bytes) -> bytes:
        return super().write(plain.replace(b"Storm", b"Sturm"))


@fault("H3")
def compresses_something_else(stream: Stream) -> None:
    stream.coder = Changing  # type: ignore[method-assign]


class Losing(Coder):
    def write(self, plain: bytes) -> bytes:
        return super().write(b"" if b"id: right.6\n" in plain else plain)


@fault("H3")
@fault("H5")
def loses_an_event_in_compression(stream: Stream) -> None:
    stream.coder = Losing  # type: ignore[method-assign]


class Unended(Coder):
    def end(self) -> bytes:
        return b""


@fault("H4")
def has_no_trailer(stream: Stream) -> None:
    stream.coder = Unended  # type: ignore[method-assign]


@fault("H4", profile="generic")
def has_no_trailer_for_strangers(stream: Stream) -> None:
    stream.coder, stream.lives_seconds = Unended, 0.1  # type: ignore[method-assign]


class Miscounting(Coder):
    def end(self) -> bytes:
        trailer = super().end()
        return trailer[:-8] + bytes(8)


@fault("H4")
def has_wrong_sums(stream: Stream) -> None:
    stream.coder = Miscounting  # type: ignore[method-assign]


@fault("H5")
def has_one_window_for_all(stream: Stream) -> None:
    """Who joins later gets references to what it has not seen."""
    shared = Coder()
    shared.write(b"".join(stream.frame(one.kind, one.item, one.id, "sse") for one in stream.log))

    class Joining(Coder):
        def __init__(self) -> None:
            self.zlib = shared.zlib.copy()
            self.has_begun = False

        def write(self, plain: bytes) -> bytes:
            head = b"" if self.has_begun else b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
            self.has_begun = True
            return head + super().write(plain)

    stream.coder = Joining  # type: ignore[method-assign]


@fault("H6", "WARN")
def compresses_errors_unasked(stream: Stream) -> None:
    stream.problem = lambda writer, status, detail, **fields: stream.say(  # type: ignore[method-assign]
        writer, status, {"Content-Type": "text/plain", "Content-Encoding": "gzip", **fields}, gzip.compress(b"No.")
    )


@fault("H4")
def has_no_trailer_for_old_clients(stream: Stream) -> None:
    line = stream.line

    def lined(writer: asyncio.StreamWriter, request: Request, *, squeezed: bool) -> Line:
        stream.coder = Coder if request.version == "HTTP/1.1" else Unended  # type: ignore[method-assign]
        return line(writer, request, squeezed=squeezed)

    stream.line = lined  # type: ignore[method-assign]
