"""A connection that listens: as little as can be, since there are many.

It is the protocol of its transport; nothing else is kept for it. What the kernel does not take at once waits in the
transport, by reference; until that has gone the listener is paused, and is sent nothing more.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from feeder.stream.deflate import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.stream.admission import Seat
    from feeder.stream.channel import Channel
    from feeder.stream.utterance import Utterance
    from feeder.stream.walk import Walk

_UNSENT_BYTES: Final = 128 * 1024
"""How much the kernel holds of what the peer has no room for: who does not read pins no more than this."""

_NOTHING: Final = Tally()


class Listener(asyncio.Protocol):
    """One listener.

    Args:
        transport: its connection.
        channel: what it hears.
        seat: its place among those who are let in.
        walk: where it is, if not at the tip.
        moved: called with it when it can be written again.
        left: called with it when it has gone.

    ``sent`` is what it was sent (of a connection that is compressed), but for what its channel has said since ``mark``.
    ``is_chained`` says whether it got all that the channel has said since its last key frame. ``life_spoke`` and
    ``pause_spoke`` are its places on the wheel: for the end of its time, and for the next one of its writes.
    """

    __slots__ = (
        "_fd",
        "_left",
        "_moved",
        "channel",
        "ends",
        "is_chained",
        "is_ending",
        "is_over",
        "is_paused",
        "life_spoke",
        "mark",
        "pause_spoke",
        "paused_at",
        "seat",
        "sent",
        "transport",
        "walk",
    )

    def __init__(  # noqa: PLR0913 (what a connection is)
        self,
        transport: asyncio.Transport,
        channel: Channel[Listener],
        seat: Seat,
        walk: Walk,
        *,
        moved: Callable[[Listener], None],
        left: Callable[[Listener], None],
    ) -> None:
        self.transport: asyncio.Transport | None = transport
        self.channel = channel
        self.seat = seat
        self.walk: Walk | None = walk
        self._moved = moved
        self._left = left
        self._fd = int(transport.get_extra_info("socket").fileno())
        self.sent = self.mark = _NOTHING
        self.ends = 0.0
        self.paused_at: float = 0
        self.is_chained = self.is_over = self.is_ending = self.is_paused = False
        self.life_spoke = self.pause_spoke = -1

    def begin(self) -> None:
        """Be the protocol of the connection from now on."""
        transport = self.transport
        if transport is None:
            return
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=0)
        transport.resume_reading()  # so that its end is noticed
        self.is_paused = transport.get_write_buffer_size() > 0

    def send(self, data: bytes) -> bool:
        """Hand bytes to the kernel; false if it did not take all of them at once. Only while not paused."""
        transport = self.transport
        if transport is None or not data:
            return True
        try:
            count = os.write(self._fd, data)
        except (BlockingIOError, InterruptedError):
            count = 0
        except OSError:
            transport.abort()
            return True
        if count == len(data):
            return True
        transport.write(memoryview(data)[count:])
        # One that is closing drops the rest: nothing may follow what was cut off.
        self.is_paused = transport.get_write_buffer_size() > 0 or transport.is_closing()
        return not self.is_paused

    def hear(self, utterance: Utterance) -> bool:
        """Be sent what the channel says, as ``send``."""
        if utterance.is_key or self.is_chained:
            self.is_chained = True
            return self.send(utterance.data)
        return self.send(utterance.alone)

    def settle(self, tally: Tally) -> None:
        """Be on one's own from here, where the channel's tally is this."""
        if self.channel.wire.is_gzip:
            self.sent = self.sent.then(tally.since(self.mark))
            self.is_chained = False

    def end(self, last: bytes) -> None:
        """End the stream properly, by these bytes; the connection is closed once they are taken."""
        transport = self.transport
        if transport is not None:
            self.is_ending = True
            transport.write(last)
            transport.close()

    def abort(self) -> None:
        """End the connection now, so that nobody takes it for a proper end."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """A listener has nothing to say."""

    def eof_received(self) -> bool:
        """It asks nothing more: that is how listeners leave, but who polls may still wait for its end."""
        return self.walk is not None and self.walk.is_poll

    def resume_writing(self) -> None:
        """All has been taken."""
        self.is_paused = False
        self._moved(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        """It has gone, by whoever's will."""
        self.transport = None
        self._fd = -1
        self._left(self)


def tune(transport: asyncio.Transport, patience_seconds: float) -> None:
    """Have the kernel hold little for a peer, and end the connection to one that has vanished (RFC 5482; 0: never)."""
    peer = transport.get_extra_info("socket")
    with suppress(OSError, AttributeError):  # no TCP connection, or not on this system
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        if patience_seconds:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience_seconds * 1000))
