"""The stream on the wire: what one event or one notice is in server-sent events and in NDJSON. Pure.

Only events and checkpoints carry an id, because a browser keeps the last id that it saw and hands it back.
Every frame's data is one line, so nothing in it can become a field of its own (HTML 9.2.6).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import orjson

from feeder.stream.deflate import key_frame

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Event
    from feeder.stream.cursor import Gap


class Codec(StrEnum):
    """How frames are written; the value is the media type."""

    SSE = "text/event-stream"
    NDJSON = "application/x-ndjson"


HEARTBEATS: Final = {
    # No blank line after the colon: some clients would take it for the end of an event without data.
    Codec.SSE: b":\n",
    # Whoever reads lines of JSON gets one.
    Codec.NDJSON: b'{"id":null,"event":"heartbeat","data":null}\n',
}


class Frame:
    """One event or notice, written once per codec and shared by all who read it.

    ``data`` is JSON on one line. ``id`` is None for what is no place to resume at.
    """

    __slots__ = ("_deflated", "_written", "data", "id", "name", "retry_milliseconds")

    def __init__(self, name: str, data: bytes, *, id: str | None = None, retry_milliseconds: int | None = None) -> None:  # noqa: A002 (the field's name on the wire)
        if b"\n" in data or b"\r" in data:
            raise ValueError(f"the data of {name} {id} is not one line")
        self.name = name
        self.data = data
        self.id = id
        self.retry_milliseconds = retry_milliseconds
        self._written: dict[Codec, bytes] = {}
        self._deflated: dict[Codec, bytes] = {}

    def written(self, codec: Codec) -> bytes:
        """The frame's bytes, whole: an SSE event with its blank line, or a line of JSON."""
        found = self._written.get(codec)
        if found is None:
            found = self._written[codec] = self._sse() if codec is Codec.SSE else self._ndjson()
        return found

    def deflated(self, codec: Codec) -> bytes:
        """The same, compressed for itself: it can be read behind anything that is."""
        found = self._deflated.get(codec)
        if found is None:
            found = self._deflated[codec] = key_frame(self.written(codec))
        return found

    def _sse(self) -> bytes:
        head = f"id: {self.id}\n" if self.id is not None else ""
        if self.retry_milliseconds is not None:
            head += f"retry: {self.retry_milliseconds}\n"
        return b"%sevent: %s\ndata: %s\n\n" % (head.encode(), self.name.encode(), self.data)

    def _ndjson(self) -> bytes:
        return b'{"id":%s,"event":%s,"data":%s}\n' % (orjson.dumps(self.id), orjson.dumps(self.name), self.data)


def event(happened: Event, data: bytes) -> Frame:
    """An event of the log; ``data`` is its JSON item.

    Raises:
        ValueError: the data is not one line.
    """
    return Frame(happened.kind.value, data, id=happened.cursor)


def checkpoint(cursor: str, at: datetime) -> Frame:
    """All that matched up to ``cursor`` has been written; ``at`` is the server's clock (aware UTC)."""
    return Frame("checkpoint", orjson.dumps({"cursor": cursor, "at": _rfc3339(at)}), id=cursor)


def gap(found: Gap, feed: str) -> Frame:
    """The reader's cursor could not be honoured; ``feed`` is where the current articles are (a URL)."""
    data = {
        "requested": found.requested,
        "resumed_from": found.resumed_from,
        "lost": found.lost,
        "reason": found.reason,
        "feed": feed,
    }
    return Frame("gap", orjson.dumps(data))


def busy(retry_milliseconds: int) -> Frame:
    """There is no room now; come back after so long. The connection is closed after it."""
    return _come_back("busy", retry_milliseconds)


def goodbye(retry_milliseconds: int) -> Frame:
    """This connection ends here, between two events; come back after so long and read on from the last id."""
    return _come_back("goodbye", retry_milliseconds)


def _come_back(name: str, milliseconds: int) -> Frame:
    data = orjson.dumps({"retry_seconds": milliseconds / 1000})
    return Frame(name, data, retry_milliseconds=milliseconds)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
